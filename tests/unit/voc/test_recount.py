"""A fresh count on both engines: it finds whatever is wrong, puts it right, and leaves the rest alone."""

import asyncio
from collections.abc import AsyncIterator
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from contracts.contact import ContactStateChanged
from contracts.transcript import Utterance, utterance_id
from contracts.voc import About
from store import batch, voc_contacts
from store.database import Database
from store.voc_recount import Differences
from tests.unit.voc.readers import FirstWords
from voc.recount import Recounted, recount

SEOUL = ZoneInfo("Asia/Seoul")
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
BEGAN_MS = 1_700_017_200_000
NOW_MS = BEGAN_MS + 30 * DAY_MS
COUNT = 30


def key(number: int) -> str:
    return f"00000000-0000-0000-0000-{number:012d}"


def call(
    number: int, words: str, began_ms: int, state: str = "ended"
) -> list[ContactStateChanged | Utterance]:
    fields = {"contact_id": key(number), "at_ms": began_ms}
    line = {
        "utterance_id": utterance_id(key(number), 0, 0),
        "status": "final",
        "channel": 0,
        "role": "caller",
        "start_ms": 0,
        "end_ms": 1,
        "text": words,
        "heard_ms": 0,
    }
    return [
        ContactStateChanged.model_validate(
            fields | {"revision": 2, "state": state, "roles": {}, "started_at_ms": began_ms}
        ),
        Utterance.model_validate(fields | line | {"revision": 1}),
    ]


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request, tmp_path) -> AsyncIterator[Database]:
    """With 30 calls of ten days, three an instant, all counted."""
    url = f"sqlite+aiosqlite:///{tmp_path}/sangdam.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("database_url")
    database = await Database.open(url)
    async with database.session() as session:
        for number in range(COUNT):
            began = BEGAN_MS + number // 3 * DAY_MS
            await batch.keep(session, call(number, f"단수 물 말{number} 마포구", began))
    assert await again(database) == Recounted(COUNT, COUNT)
    yield database
    await database.close()


async def again(database: Database, *, now_ms: int = NOW_MS, **only: object) -> Recounted:
    return await recount(database, FirstWords(), zone=SEOUL, now_ms=now_ms, **only)


async def spoil(database: Database, *statements: str) -> None:
    async with database.session() as session:
        for statement in statements:
            await session.execute(text(statement))


async def test_all_is_counted_and_counting_again_changes_nothing(database):
    assert await again(database, check=True) == Recounted(COUNT)
    assert not await again(database)


async def test_whatever_is_wrong_is_found_and_put_right(database):
    await spoil(
        database,
        f"UPDATE voc_contacts SET topic = '옛것', theme_id = 't1' WHERE contact_id = '{key(4)}'",
        f"DELETE FROM voc_contacts WHERE contact_id = '{key(5)}'",
        "UPDATE voc_hours SET contacts = contacts + 1 WHERE hour = (SELECT min(hour) FROM voc_hours)",
        "INSERT INTO voc_days VALUES (3, 'x', '', 5, 0, 0)",
        "DELETE FROM voc_phrases WHERE phrase = '단수'",
        "UPDATE voc_phrases SET first_ms = 1 WHERE phrase = '말7'",
    )
    found = await again(database, check=True)
    assert (found.contacts, found.differing) == (COUNT, 2)
    # Of the two contacts that are wrong the sums are right: they differ from the rows.
    assert found.sums.hours == 3
    assert found.sums.days == 1 + 2
    assert found.sums.phrases == 2 + 3
    assert await again(database, check=True) == found
    assert await again(database)
    assert not await again(database, check=True)
    async with database.session() as session:
        (about,) = await voc_contacts.of(session, [key(4)])
    assert (about.topic, about.theme_id) == ("단수", "t1")


async def test_only_some_days(database):
    await spoil(database, "UPDATE voc_contacts SET topic = '옛것'", "UPDATE voc_days SET contacts = 9")
    some = {"since_ms": BEGAN_MS + 2 * DAY_MS, "until_ms": BEGAN_MS + 4 * DAY_MS}
    found = await again(database, **some)
    assert (found.contacts, found.differing) == (6, 6)
    # Of three days, since days are counted whole: a sum that is missing or one too many, and one that is wrong.
    assert found.sums == Differences(hours=6, days=6)
    assert not await again(database, check=True, **some)
    assert (await again(database, check=True)).differing == COUNT - 6


async def test_contacts_that_go_on_and_those_of_which_only_figures_are_known_stay(database):
    now_ms = BEGAN_MS + 40 * DAY_MS
    simulated = About(contact_id="sim-1", at_ms=BEGAN_MS, topic="W1", simulated=True)
    async with database.session() as session:
        await batch.keep(session, call(90, "지금", now_ms - HOUR_MS, "talking"))
        await batch.keep(session, call(91, "끝을 모르는", now_ms - 2 * DAY_MS, "talking"))
        await voc_contacts.put(session, [simulated], zone=SEOUL)
    assert await again(database, now_ms=now_ms) == Recounted(COUNT + 1, 1)
    async with database.session() as session:
        kept = {about.contact_id for about in await voc_contacts.since(session, 0)}
    assert {"sim-1", key(91)} <= kept
    assert key(90) not in kept


async def test_others_write_meanwhile(database):
    async def write() -> None:
        for number in range(25):
            about = About(
                contact_id=f"sim-{number % 7}",
                at_ms=BEGAN_MS + number * HOUR_MS,
                phrases=(f"말{number % 5}",),
            )
            async with database.session() as session:
                await voc_contacts.put(session, [about], zone=SEOUL)

    await spoil(
        database, "DELETE FROM voc_days", "UPDATE voc_hours SET contacts = 7", "DELETE FROM voc_phrases"
    )
    async with asyncio.timeout(30):
        await asyncio.gather(write(), again(database), write())
    found = await again(database)
    assert found.differing == 0
    assert not await again(database, check=True)


async def test_progress_is_told(database):
    contacts: list[tuple[int, int]] = []
    days: list[tuple[int, int]] = []
    await again(database, told=lambda *done: contacts.append(done), told_days=lambda *done: days.append(done))
    assert contacts[-1] == (COUNT, COUNT)
    assert days == [(day + 1, 10) for day in range(10)]


async def test_an_empty_database(tmp_path):
    empty = await Database.open(f"sqlite+aiosqlite:///{tmp_path}/none.db")
    assert not await again(empty)
    await empty.close()
