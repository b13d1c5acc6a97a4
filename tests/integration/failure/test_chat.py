"""Chats while everything breaks: nothing is lost, nothing is doubled, the order stands, on both screens and in the log.

Two real gateways on SQLite and the embedded bus, behind a proxy that knows no stickiness. The tests come one after
another and leave the site whole; each compares every conversation.
"""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from chat_gateway.view import ChatLine
from contracts.chat import ChatEntry, Said
from sangdam.evaluate.chat_seed import read_log
from sangdam.evaluate.waiting import until
from tests.integration.failure.chat_proxy import Cut, Way, Where
from tests.integration.failure.chat_site import ChatFailureSite, requeued

pytestmark = pytest.mark.asyncio(loop_scope="module")

MANY = 240
MESSAGES = 6
"""Of each side of each conversation."""
TALK_S = 10.0
SIDES = ("citizen", "staff")


def about(kind: str, words: str) -> Callable[[dict[str, Any]], bool]:
    """A message of this type about what was said with these words."""

    def fits(told: dict[str, Any]) -> bool:
        entry = told.get("entry") or {}
        body = told.get("body") or entry.get("body") or {}
        return told.get("type") == kind and body.get("text") == words

    return fits


def ack_of(client_id: Callable[[], str]) -> Callable[[dict[str, Any]], bool]:
    return lambda told: told.get("type") == "ack" and told.get("client_id") == client_id()


def texts(lines: Sequence[ChatEntry | ChatLine]) -> list[str]:
    """What is said on a screen, in its order."""
    return [line.body.text for line in lines if isinstance(line.body, Said)]


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


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def chats(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ChatFailureSite]:
    async with ChatFailureSite(tmp_path_factory.mktemp("chats"), conversations=MANY) as site:
        yield site


async def test_gateways_die_while_200_conversations_talk(chats: ChatFailureSite) -> None:
    """Each is killed and comes back; then every line breaks at once, and one stops in order."""
    talking = asyncio.gather(*(chats.both_talk(one, MESSAGES, TALK_S) for one in chats.contacts))
    await asyncio.sleep(1.0)
    await chats.kill(0)
    await asyncio.sleep(1.0)
    await chats.revive(0)
    await chats.kill(1)
    await asyncio.sleep(0.5)
    await chats.revive(1)
    chats.proxy.cut_all()
    await asyncio.sleep(0.5)
    await asyncio.to_thread(chats.gateways[0].stop)
    await chats.revive(0)
    await talking
    await chats.settled()
    assert await chats.faults() == []
    assert min(chats.proxy.used.values()) > MANY / 4  # both took part
    assert any(page.reconnects for page in chats.pages)  # of the one that stopped in order
    assert sum(page.connections for page in chats.pages) > 2 * len(chats.pages)
    logs = await read_log(chats.options, chats.contacts)
    assert not any(requeued(log) for log in logs.values())  # nobody was away for long


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


async def test_the_line_is_cut_at_every_point_of_a_send(chats: ChatFailureSite) -> None:
    """Of citizens, of staff, and of the one who is to hear it; each with an agent's page of its own."""
    runs = [(cut_while_sending, point, who) for point in POINTS for who in SIDES]
    runs += [(cut_while_hearing, where, who) for where in ("before", "within", "after") for who in SIDES]
    await asyncio.gather(
        *(
            run(chats, contact_id, how, who)
            for contact_id, (run, how, who) in zip(chats.contacts, runs, strict=False)
        )
    )
    assert len(runs) <= chats.agents
    await chats.settled()
    assert await chats.faults() == []


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


async def test_chatwoot_14934_a_reply_while_the_citizens_line_is_down(chats: ChatFailureSite) -> None:
    """The agent answers while the citizen's page is away; back again, it shows all answers, once and in order."""
    contact_id = chats.contacts[0]
    citizen = chats.citizens[contact_id]
    before = len(texts(citizen.entries(contact_id)))
    await chats.say(contact_id, "citizen", "여보세요, 계신가요?")
    await chats.settled()
    await citizen.pause()
    for number in range(5):
        await chats.say(contact_id, "staff", f"답 {number}")
    await until(lambda: not chats.staff[contact_id].unacked, "the answers are kept", 10)
    assert not any(
        line.body.kind == "said" and line.body.text == "답 0" for line in citizen.entries(contact_id)
    )
    citizen.start()
    await chats.settled()
    shown = texts(citizen.chats[contact_id].lines())[before:]
    assert shown == ["여보세요, 계신가요?", *(f"답 {number}" for number in range(5))]
    assert await chats.faults() == []


async def test_chatwoot_15743_a_message_that_is_sent_again(chats: ChatFailureSite) -> None:
    """The answer to a send is lost, so the page sends it again, over another gateway: it is there once."""
    contact_id = chats.contacts[0]
    citizen = chats.citizens[contact_id]
    client_ids: list[str] = []
    fits = ack_of(lambda: client_ids[0] if client_ids else "-")
    for kind in (fits, about("entry", "하나만 보냅니다")):
        chats.proxy.cut(Cut("down", "before", kind, of=lambda: citizen.local_port))
    before = citizen.connections
    client_ids.append(await chats.say(contact_id, "citizen", "하나만 보냅니다"))
    await until(lambda: citizen.connections > before and not citizen.unacked, "sent again", 15)
    await chats.settled()
    for screen in (citizen, chats.staff[contact_id]):
        assert texts(screen.chats[contact_id].lines()).count("하나만 보냅니다") == 1
    assert await chats.faults() == []


async def test_received_and_not_committed(chats: ChatFailureSite) -> None:
    """The database stands still, so nothing is acknowledged; both gateways die with what they had received."""
    contact_id = chats.contacts[0]
    with held(chats.folder / "sangdam.db"):
        for side in ("citizen", "staff"):
            await chats.say(contact_id, side, f"{side} 쓰는 중")
        await asyncio.sleep(0.5)
        assert sum(page.unacked for page in chats.pages) == 2
        for number in (0, 1):
            await chats.kill(number)
    await asyncio.gather(chats.revive(0), chats.revive(1))
    await chats.settled()
    assert await chats.faults() == []


async def test_committed_and_not_published(chats: ChatFailureSite) -> None:
    """The bus stands still, so only the database knows; the gateway dies, and another one tells it."""
    contact_id = chats.contacts[0]
    citizen, staff = chats.citizens[contact_id], chats.staff[contact_id]
    await apart(chats, contact_id)
    with held(chats.folder / "bus.db"):
        await chats.say(contact_id, "citizen", "저장만 됨")
        await until(lambda: not citizen.unacked, "acknowledged", 10)
        await chats.kill(chats.gateway_of(citizen))
        assert "저장만 됨" not in texts(staff.entries(contact_id))
    await until(lambda: "저장만 됨" in texts(staff.entries(contact_id)), "told by the other", 15)
    await chats.revive(0 if not chats.gateways[0].lives else 1)
    await chats.settled()
    assert await chats.faults() == []


async def apart(site: ChatFailureSite, contact_id: str) -> None:
    """The two pages are with two gateways."""
    citizen, staff = site.citizens[contact_id], site.staff[contact_id]
    for _ in range(20):
        if site.gateway_of(citizen) != site.gateway_of(staff):
            return
        before = citizen.connections
        citizen.drop()
        await until(lambda was=before: citizen.connections > was and citizen.is_open, "back", 10)
    raise AssertionError("the proxy is sticky")
