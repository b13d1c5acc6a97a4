from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy import text

from sangdam.local.databases import drop_database
from store.database import Database
from store.tables import Base
from tests.servers import Postgres


@pytest.fixture
def url(tmp_path):
    return f"sqlite+aiosqlite:///{tmp_path}/new/sangdam.db"


@pytest.fixture(params=["url", "database_url"], ids=["sqlite", "postgresql"])
def new_url(request) -> str:
    """A database that nobody has opened yet, on both engines."""
    return request.getfixturevalue(request.param)


@pytest.fixture
async def sqlite(url) -> AsyncIterator[Database]:
    database = await Database.open(url)
    yield database
    await database.close()


@pytest.fixture(scope="session")
def shared_url(postgres: Postgres) -> Iterator[str]:
    """A PostgreSQL database that the tests of this folder empty and use, one after the other."""
    url = postgres.fresh_database()
    yield url
    drop_database(url)


@pytest.fixture
async def postgresql(shared_url) -> AsyncIterator[Database]:
    database = await Database.open(shared_url)
    async with database.session() as session:
        await session.execute(text(f"TRUNCATE {', '.join(Base.metadata.tables)} RESTART IDENTITY"))
    yield database
    await database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request) -> Database:
    """Every repository test runs on both engines."""
    return request.getfixturevalue(request.param)


@pytest.fixture
async def session(database):
    async with database.session() as session:
        yield session
