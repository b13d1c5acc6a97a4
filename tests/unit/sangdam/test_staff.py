"""Accounts from the command line."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from contracts.errors import BadSetting, Conflict
from contracts.panel import Staff
from sangdam.staff import DEMO_AGENT, DEMO_LEAD, add_staff, ensure_demo_staff
from store import staff
from store.database import Database

KIM = Staff(staff_id="kim", name="김상담", role="agent")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path}/staff.db")
    yield database
    await database.close()


async def people(database: Database) -> list[str]:
    async with database.session() as session:
        return [person.staff_id for person in await staff.all(session)]


@pytest.mark.parametrize("password", ["", "123456789", "x" * 257])
async def test_passwords_that_cannot_be_used(database: Database, password: str) -> None:
    with pytest.raises(BadSetting):
        await add_staff(database, KIM, password)
    assert await people(database) == []


@pytest.mark.parametrize("login", ["", "two words", "a" * 65, "line\nbreak", "kim\0"])
async def test_logins_that_cannot_be_used(database: Database, login: str) -> None:
    with pytest.raises(BadSetting):
        await add_staff(database, KIM.model_copy(update={"staff_id": login}), "1234567890")
    assert await people(database) == []


async def test_a_login_is_one_persons(database: Database) -> None:
    await add_staff(database, KIM, "1234567890")
    with pytest.raises(Conflict):
        await add_staff(database, KIM, "another long one")
    assert await people(database) == ["kim"]
    async with database.session() as session:
        stored = await staff.get(session, "kim")
    assert stored is not None
    assert "1234567890" not in stored.password_hash


async def test_the_demonstration_has_an_agent_and_a_lead(database: Database) -> None:
    for _ in range(2):
        await ensure_demo_staff(database)
        assert await people(database) == sorted([DEMO_AGENT.staff_id, DEMO_LEAD.staff_id])
