"""Chats while everything breaks: nothing is lost, nothing is doubled, the order stands, on both screens and in the log.

Two real gateways on SQLite and the embedded bus, behind a proxy that knows no stickiness.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from sangdam.evaluate.chat_seed import read_log
from sangdam.evaluate.waiting import until
from tests.integration.failure.chat_proxy import Cut, Way, Where
from tests.integration.failure.chat_site import ChatFailureSite, requeued

MANY = 200
MESSAGES = 6
"""Of each side of each conversation."""
TALK_S = 12.0


def about(kind: str, words: str) -> Callable[[dict[str, Any]], bool]:
    """A message of this type about what was said with these words."""

    def fits(told: dict[str, Any]) -> bool:
        entry = told.get("entry") or {}
        body = told.get("body") or entry.get("body") or {}
        return told.get("type") == kind and body.get("text") == words

    return fits


def ack_of(client_id: Callable[[], str]) -> Callable[[dict[str, Any]], bool]:
    return lambda told: told.get("type") == "ack" and told.get("client_id") == client_id()


@contextlib.contextmanager
def held(path: Path):
    """Nobody can write into this SQLite file."""
    connection = sqlite3.connect(path, timeout=10, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")
    finally:
        connection.close()


async def test_gateways_die_while_200_conversations_talk(tmp_path: Path) -> None:
    """Each is killed and comes back; then every line breaks at once, and each stops in order."""
    async with ChatFailureSite(tmp_path / "site", conversations=MANY) as site:
        talking = asyncio.gather(*(site.both_talk(one, MESSAGES, TALK_S) for one in site.contacts))
        await asyncio.sleep(1.5)
        await site.kill(0)
        await asyncio.sleep(1.5)
        await site.revive(0)
        await asyncio.sleep(1.0)
        await site.kill(1)
        await asyncio.sleep(1.0)
        await site.revive(1)
        site.proxy.cut_all()
        await asyncio.sleep(1.0)
        await asyncio.to_thread(site.gateways[0].stop)
        await site.revive(0)
        await talking
        await site.settled()
        assert await site.faults() == []
        assert min(site.proxy.used.values()) > MANY / 4  # both took part
        assert sum(page.connections for page in site.pages) > 2 * len(site.pages)
        logs = await read_log(site.options, site.contacts)
        assert not any(requeued(log) for log in logs.values())  # nobody was away for long


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cuts")


POINTS: dict[str, tuple[Way, str, Where]] = {
    "the gateway never gets it": ("up", "send", "before"),
    "half of it arrives": ("up", "send", "within"),
    "it arrives, and the line is gone": ("up", "send", "after"),
    "kept, and no answer": ("down", "ack", "before"),
    "half of the answer": ("down", "ack", "within"),
    "answered, and the line is gone": ("down", "ack", "after"),
    "kept, and its own entry is lost": ("down", "entry", "before"),
    "half of its own entry": ("down", "entry", "within"),
    "its own entry, and the line is gone": ("down", "entry", "after"),
}


async def test_the_line_is_cut_at_every_point_of_a_send(folder: Path) -> None:
    """Of citizens, of staff, and of the one who is to hear it; a conversation for each."""
    places = [(point, who) for point in POINTS for who in ("citizen", "staff")]
    hearing: list[tuple[Where, str]] = [
        (where, who) for where in ("before", "within", "after") for who in ("citizen", "staff")
    ]
    async with ChatFailureSite(
        folder / "points", conversations=len(places) + len(hearing), per_agent=1
    ) as site:
        contacts = iter(site.contacts)
        runs = [cut_while_sending(site, next(contacts), point, who) for point, who in places]
        runs += [cut_while_hearing(site, next(contacts), where, who) for where, who in hearing]
        await asyncio.gather(*runs)
        await site.settled()
        assert await site.faults() == []


async def cut_while_sending(site: ChatFailureSite, contact_id: str, point: str, who: str) -> None:
    way, kind, where = POINTS[point]
    words = f"둘째 {point} {who}"
    client_ids: list[str] = []
    fits = ack_of(lambda: client_ids[0] if client_ids else "-") if kind == "ack" else about(kind, words)
    page = site.page(contact_id, who)
    # The other side's page gets the same entry, by its own line: this cut is meant for the sender's.
    cut = site.proxy.cut(Cut(way, where, fits, of=lambda: page.local_port))
    await site.say(contact_id, who, f"첫째 {point} {who}")
    client_ids.append(await site.say(contact_id, who, words))
    await site.say(contact_id, who, f"셋째 {point} {who}")
    async with asyncio.timeout(20):
        await cut.happened.wait()


async def cut_while_hearing(site: ChatFailureSite, contact_id: str, where: Where, who: str) -> None:
    other = "staff" if who == "citizen" else "citizen"
    words = f"둘째 for {who} {where}"
    page = site.page(contact_id, who)
    cut = site.proxy.cut(Cut("down", where, about("entry", words), of=lambda: page.local_port))
    for text in (f"첫째 for {who} {where}", words, f"셋째 for {who} {where}"):
        await site.say(contact_id, other, text)
    async with asyncio.timeout(20):
        await cut.happened.wait()


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[ChatFailureSite]:
    """One citizen, one agent."""
    async with ChatFailureSite(tmp_path / "site", conversations=1) as site:
        yield site


async def test_chatwoot_14934_a_reply_while_the_citizens_line_is_down(pair: ChatFailureSite) -> None:
    """The agent answers while the citizen's page is away; back again, it shows all answers, once and in order."""
    (contact_id,) = pair.contacts
    citizen = pair.citizens[contact_id]
    await pair.say(contact_id, "citizen", "여보세요, 계신가요?")
    await pair.settled()
    await citizen.pause()
    for number in range(5):
        await pair.say(contact_id, "staff", f"답 {number}")
    await until(lambda: not pair.staff[contact_id].unacked, "the answers are kept", 10)
    assert not any(
        line.body.kind == "said" and line.body.text == "답 0" for line in citizen.entries(contact_id)
    )
    citizen.start()
    await pair.settled()
    shown = [line.body.text for line in citizen.chats[contact_id].lines() if line.body.kind == "said"]
    assert shown == ["여보세요, 계신가요?", *(f"답 {number}" for number in range(5))]
    assert await pair.faults() == []


async def test_chatwoot_15743_a_message_that_is_sent_again(pair: ChatFailureSite) -> None:
    """The answer to a send is lost, so the page sends it again, over another gateway: it is there once."""
    (contact_id,) = pair.contacts
    citizen = pair.citizens[contact_id]
    client_ids: list[str] = []
    fits = ack_of(lambda: client_ids[0] if client_ids else "-")
    for kind in (fits, about("entry", "하나만 보냅니다")):
        pair.proxy.cut(Cut("down", "before", kind, of=lambda: citizen.local_port))
    before = citizen.connections
    client_ids.append(await pair.say(contact_id, "citizen", "하나만 보냅니다"))
    await until(lambda: citizen.connections > before and not citizen.unacked, "sent again", 15)
    await pair.settled()
    for screen in (citizen, pair.staff[contact_id]):
        said = [line for line in screen.chats[contact_id].lines() if line.body.kind == "said"]
        assert len(said) == 1
    assert await pair.faults() == []


async def test_received_and_not_committed(pair: ChatFailureSite) -> None:
    """The database stands still, so nothing is acknowledged; both gateways die with what they had received."""
    (contact_id,) = pair.contacts
    with held(pair.folder / "sangdam.db"):
        for side in ("citizen", "staff"):
            await pair.say(contact_id, side, f"{side} 쓰는 중")
        await asyncio.sleep(0.5)
        for page in pair.pages:
            assert page.unacked == 1
        for number in (0, 1):
            await pair.kill(number)
    for number in (0, 1):
        await pair.revive(number)
    await pair.settled()
    assert await pair.faults() == []


async def test_committed_and_not_published(pair: ChatFailureSite) -> None:
    """The bus stands still, so only the database knows; the gateway dies, and another one tells it."""
    (contact_id,) = pair.contacts
    citizen, staff = pair.citizens[contact_id], pair.staff[contact_id]
    await apart(pair)
    with held(pair.folder / "bus.db"):
        await pair.say(contact_id, "citizen", "저장만 됨")
        await until(lambda: not citizen.unacked, "acknowledged", 10)
        await pair.kill(pair.gateway_of(citizen))
        assert not any(line.body.kind == "said" for line in staff.entries(contact_id))
    await until(
        lambda: any(e.body.kind == "said" for e in staff.entries(contact_id)), "told by the other", 15
    )
    await pair.revive(0 if not pair.gateways[0].lives else 1)
    await pair.settled()
    assert await pair.faults() == []


async def apart(site: ChatFailureSite) -> None:
    """The two pages are with two gateways."""
    (contact_id,) = site.contacts
    citizen, staff = site.citizens[contact_id], site.staff[contact_id]
    for _ in range(20):
        if site.gateway_of(citizen) != site.gateway_of(staff):
            return
        before = citizen.connections
        citizen.drop()
        await until(lambda was=before: citizen.connections > was and citizen.is_open, "back", 10)
    raise AssertionError("the proxy is sticky")
