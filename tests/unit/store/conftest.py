import os
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text

from store.database import Database
from store.tables import Base

POSTGRES = os.environ.get("SANGDAM_TEST_POSTGRES", "")
"""URL of an empty PostgreSQL database. With it every repository test runs on both engines."""


@pytest.fixture
def url(tmp_path):
    return f"sqlite+aiosqlite:///{tmp_path}/new/sangdam.db"


@pytest.fixture
async def sqlite(url) -> AsyncIterator[Database]:
    database = await Database.open(url)
    yield database
    await database.close()


@pytest.fixture(params=["sqlite", "postgresql"] if POSTGRES else ["sqlite"])
async def database(request, url) -> AsyncIterator[Database]:
    database = await Database.open(POSTGRES if request.param == "postgresql" else url)
    if request.param == "postgresql":
        async with database.session() as session:
            await session.execute(text(f"TRUNCATE {', '.join(Base.metadata.tables)} RESTART IDENTITY"))
    yield database
    await database.close()


@pytest.fixture
async def session(database):
    async with database.session() as session:
        yield session
