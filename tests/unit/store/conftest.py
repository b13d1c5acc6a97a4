from collections.abc import AsyncIterator

import pytest

from store.database import Database


@pytest.fixture
def url(tmp_path):
    return f"sqlite+aiosqlite:///{tmp_path}/new/sangdam.db"


@pytest.fixture
async def database(url) -> AsyncIterator[Database]:
    database = await Database.open(url)
    yield database
    await database.close()


@pytest.fixture
async def session(database):
    async with database.session() as session:
        yield session
