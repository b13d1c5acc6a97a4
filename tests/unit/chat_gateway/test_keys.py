"""Keys and one-time links, on both databases."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select

from chat_gateway import keys as keys_module
from chat_gateway.keys import KEY_MS, LINK_MS, Keys
from contracts.chat_http import LinkAsked
from contracts.errors import NotFound, NotSignedIn
from privacy.vault import Vault
from store.chat_tables import ChatKeyRow
from store.database import Database

CONTACT = "00000000-0000-4000-8000-000000000001"
OTHER = "00000000-0000-4000-8000-000000000002"
ASKED = LinkAsked(skill="세금", facts={"메뉴": "자동차세"}, phone="01012345678")


class Clock:
    now_ms = 1_000_000_000

    def __call__(self) -> int:
        return self.now_ms


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request: pytest.FixtureRequest, tmp_path) -> AsyncIterator[Database]:
    url = f"sqlite+aiosqlite:///{tmp_path}/store.db"
    if request.param == "postgresql":
        url = request.getfixturevalue("database_url")
    opened = await Database.open(url)
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(database: Database, clock: Clock) -> Keys:
    return Keys(database, Vault("v" * 32), clock)


async def rows(database: Database) -> list[ChatKeyRow]:
    async with database.session() as session:
        return list(await session.scalars(select(ChatKeyRow)))


async def test_a_key_opens_its_own_conversation(keys: Keys, clock: Clock, database: Database) -> None:
    key = await keys.make_key("person", CONTACT)
    assert len(key) >= 43  # 256 bits
    assert (await keys.check(key, CONTACT)).person_id == "person"
    for wrong, contact in ((key, OTHER), (key[:-1], CONTACT), ("", CONTACT), ("\ud800", CONTACT)):
        with pytest.raises(NotSignedIn):
            await keys.check(wrong, contact)
    (row,) = await rows(database)
    assert key not in repr(vars(row))


async def test_a_key_lives_as_long_as_it_is_used(keys: Keys, clock: Clock) -> None:
    key = await keys.make_key("person", CONTACT)
    clock.now_ms += KEY_MS - 1
    assert await keys.bearer(key) is not None
    clock.now_ms += KEY_MS - 1
    assert await keys.bearer(key) is not None
    clock.now_ms += KEY_MS
    assert await keys.bearer(key) is None


async def test_a_link_works_once(keys: Keys, clock: Clock, database: Database) -> None:
    token, expires_ms = await keys.make_link(ASKED, "person")
    assert expires_ms == clock.now_ms + LINK_MS
    redeemed = await keys.redeem(token)
    assert redeemed.person_id == "person"
    assert redeemed.asked == ASKED.model_copy(update={"phone": ""})
    with pytest.raises(NotFound):
        await keys.redeem(token)
    await keys.give_back(token, redeemed)
    assert (await keys.redeem(token)).person_id == "person"
    (row,) = await rows(database)
    assert "자동차세".encode() not in (row.sealed or b"")


async def test_of_many_who_redeem_a_link_at_once_one_has_it(keys: Keys) -> None:
    token, _ = await keys.make_link(ASKED, "person")
    found = await asyncio.gather(*(keys.redeem(token) for _ in range(8)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in found) == ["NotFound"] * 7 + ["Redeemed"]


async def test_a_link_runs_out_and_is_no_key(keys: Keys, clock: Clock) -> None:
    token, _ = await keys.make_link(ASKED, "person")
    assert await keys.bearer(token) is None
    key = await keys.make_key("person", CONTACT)
    for wrong in (key, "", "no such token"):
        with pytest.raises(NotFound):
            await keys.redeem(wrong)
    clock.now_ms += LINK_MS
    with pytest.raises(NotFound):
        await keys.redeem(token)


async def test_what_has_run_out_is_cleared_away(
    keys: Keys, clock: Clock, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys_module.chat_keys, "FORGET_AT_ONCE", 2)
    for _ in range(5):
        await keys.make_link(ASKED, "person")
    await keys.make_key("person", CONTACT)
    clock.now_ms += LINK_MS
    await keys.forget_expired()
    assert [row.kind for row in await rows(database)] == ["key"]
