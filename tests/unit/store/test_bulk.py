import asyncio
import time
from dataclasses import replace

import pytest

from store import articles, bulk, staff
from store.staff import StoredStaff
from tests.unit.store.test_articles import PASSPORT

MANY = [replace(PASSPORT, article_id=f"a{number:04}") for number in range(1000)]


async def count(database):
    async with database.session() as session:
        return len(await articles.all(session))


async def test_part_by_part_and_told(database):
    told = []
    assert await bulk.import_all(database, MANY, 1, told=lambda done, of: told.append((done, of))) == 1000
    assert told == [(250, 1000), (500, 1000), (750, 1000), (1000, 1000)]
    assert await bulk.import_all(database, MANY, 1) == 0
    assert await bulk.retire_all(database, [article.article_id for article in MANY[:300]], 2) == 300
    async with database.session() as session:
        assert len(await articles.valid(session, PASSPORT.revised)) == 700


async def test_what_breaks_off_goes_on_the_next_time(database):
    def stop(done, _):
        if done == 500:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await bulk.import_all(database, MANY, 1, told=stop)
    assert await count(database) == 500
    assert await bulk.import_all(database, MANY, 1) == 500
    assert await count(database) == 1000


async def test_others_write_meanwhile(database):
    """Each write of somebody else is through long before the import is."""
    waits = []

    async def others():
        while not importing.done():
            began = time.monotonic()
            async with database.session() as session:
                await staff.add(
                    session, StoredStaff(f"s{len(waits)}", "이름", "agent", "hash", disabled=False)
                )
            waits.append(time.monotonic() - began)
            await asyncio.sleep(0.001)

    began = time.monotonic()
    importing = asyncio.create_task(bulk.import_all(database, MANY * 2, 1))
    await others()
    assert await importing == 1000
    took = time.monotonic() - began
    assert len(waits) >= 8
    assert max(waits) < max(0.5 * took, 0.3)
