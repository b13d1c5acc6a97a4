import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from store.database import Database
from tests.unit.chat_gateway.channels.provider import Provider, Site, site


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory) -> Path:
    """With all tables: making them takes longer than most tests here."""
    import asyncio

    path = tmp_path_factory.mktemp("empty") / "chat.db"

    async def make() -> None:
        await (await Database.open(f"sqlite+aiosqlite:///{path}")).close()

    asyncio.run(make())
    return path


@pytest.fixture
def folder(tmp_path, empty_database) -> Path:
    shutil.copy(empty_database, tmp_path / "chat.db")
    return tmp_path


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    async with Provider().serving() as serving:
        yield serving


@pytest.fixture
async def gateway(folder, provider) -> AsyncIterator[Site]:
    async with site(folder, provider) as made:
        yield made
