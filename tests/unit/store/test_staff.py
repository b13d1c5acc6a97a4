import pytest

from contracts.errors import Conflict, NotFound
from store import staff
from store.staff import StoredStaff

KIM = StoredStaff("kim", "김상담", "agent", "hash-1")


async def test_account_comes_back(session):
    await staff.add(session, KIM)
    await staff.add(session, StoredStaff("admin", "관리자", "admin", "hash-2", disabled=True))
    assert await staff.get(session, "kim") == KIM
    assert await staff.get(session, "lee") is None
    assert [person.staff_id for person in await staff.all(session)] == ["admin", "kim"]
    assert [person.disabled for person in await staff.all(session)] == [True, False]


async def test_login_is_taken_once(database):
    async with database.session() as session:
        await staff.add(session, KIM)
    with pytest.raises(Conflict, match="kim"):
        async with database.session() as session:
            await staff.add(session, StoredStaff("kim", "다른 김", "admin", "hash-3"))
    async with database.session() as session:
        assert await staff.get(session, "kim") == KIM


async def test_password_of_a_known_account(session):
    await staff.add(session, KIM)
    await staff.set_password(session, "kim", "hash-9")
    assert (await staff.get(session, "kim")).password_hash == "hash-9"
    with pytest.raises(NotFound, match="lee"):
        await staff.set_password(session, "lee", "hash-9")
