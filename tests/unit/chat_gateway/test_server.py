"""The door, with real WebSockets: who comes in, what they are told, what is refused, and who is never held up."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from websockets.exceptions import ConnectionClosed, InvalidStatus

from chat_gateway import line, server, visits
from contracts.chat import (
    MAX_FRAME_BYTES,
    SYSTEM,
    Assigned,
    Attend,
    Available,
    ChatPing,
    Ended,
    Got,
    Leave,
    LiveTyping,
    Noted,
    Open,
    Party,
    Said,
    Transferred,
    Typing,
)
from store import staff
from store.staff import StoredStaff
from tests.unit.chat_gateway.chats import BOSS, CITIZEN, KIM
from tests.unit.chat_gateway.gateways import Gateway, Site, frame
from tests.unit.chat_gateway.logs import until


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    site = Site(tmp_path)
    async with site.stack:
        yield site


@pytest.fixture
async def gateway(site: Site) -> Gateway:
    return await site.gateway()


async def served(gateway: Gateway, agent: Party = KIM) -> str:
    contact_id = await gateway.begun()
    await gateway.service.log.submit(contact_id, SYSTEM, Assigned(agent=agent))
    return contact_id


# -- who comes in ------------------------------------------------------------------------------------------


async def test_a_citizen_with_a_ticket(gateway: Gateway) -> None:
    contact_id = await gateway.begun()
    async with gateway.citizen(contact_id) as page:
        assert page.seqs() == [1, 2]
        ack = await page.say(Said(text="여보세요"))
        assert (ack.type, ack.seq) == ("ack", 3)  # type: ignore[union-attr]
        await page.until(3)
        assert page.client.entries[-1].body == Said(text="여보세요")
        assert gateway.service.connections == {"citizen": 1, "staff": 0}
        assert gateway.service.conversations["waiting"] == 1
    await until(lambda: gateway.service.connections["citizen"] == 0)


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:1", "null"])
async def test_pages_of_other_sites_stay_outside(gateway: Gateway, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with gateway.socket("kim", origin):
            pass
    assert refused.value.response.status_code == 403
    assert gateway.service.counts.refused["not-allowed"] == 1


async def test_our_own_pages_come_in(gateway: Gateway) -> None:
    for origin in (f"http://{gateway.address}", "https://chat.example.kr"):
        async with gateway.socket("kim", origin) as opened:
            await opened.send(Open().model_dump_json())
            assert '"welcome"' in str(await opened.recv())


@pytest.mark.parametrize(
    "first",
    [
        frame(type="open", ticket="forged"),
        frame(type="open"),
        frame(type="open", version=99),
        frame(type="ping", sent_ms=1),
        "not json",
        b"\x00",
    ],
    ids=["forged ticket", "nobody", "another version", "not open", "not json", "binary"],
)
async def test_who_does_not_open_rightly_is_told_and_closed(gateway: Gateway, first: str | bytes) -> None:
    async with gateway.socket() as opened:
        await opened.send(first)
        assert '"refused"' in str(await opened.recv())
        with pytest.raises(ConnectionClosed) as closed:
            await opened.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008


async def test_who_says_nothing_is_closed(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "OPEN_S", 0.1)
    async with gateway.socket() as opened:
        with pytest.raises(ConnectionClosed) as closed:
            await opened.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1008


async def test_what_is_too_long_or_unreadable_is_refused_and_the_line_stays(gateway: Gateway) -> None:
    contact_id = await gateway.begun()
    async with gateway.citizen(contact_id) as page:
        for bad in ("x" * (MAX_FRAME_BYTES + 1), "[]", frame(type="nonsense"), frame(type="open")):
            await page.socket.send(bad)
            assert (await page.hear("refused")).code == "bad-request"
        await page.send(ChatPing(sent_ms=7))
        assert (await page.hear("pong")).sent_ms == 7


async def test_a_citizen_has_one_conversation(gateway: Gateway) -> None:
    mine, other = await gateway.begun(), await gateway.begun()
    async with gateway.citizen(mine) as page:
        await page.send(Attend(contact_id=other))
        assert (await page.hear("refused")).code == "not-found"
        page.client.contact_id = other
        assert (await page.say(Said(text="남의 상담"))).type == "refused"
        await page.send(Available(on=True))
        assert (await page.hear("refused")).code == "not-allowed"
    assert (await gateway.service.log.head(other)).last_seq == 2


async def test_staff_read_their_own_and_supervisors_all_and_that_is_written_down(gateway: Gateway) -> None:
    contact_id = await served(gateway)
    async with gateway.agent("kim", contact_id) as page:
        assert page.client.last_seq == 3
        assert page.client.entries[-1].body == Assigned(agent=KIM)
    async with gateway.agent("lee", contact_id) as page:
        assert page.heard[-1].code == "not-found"  # type: ignore[union-attr]
    async with gateway.agent("boss", contact_id) as page:
        assert page.client.last_seq == 3
    async with gateway.database.session() as session:
        rows = await session.execute(text("SELECT staff_id, contact_id FROM contact_accesses"))
        assert rows.all() == [("boss", contact_id)]


async def test_who_is_signed_out_is_closed(
    gateway: Gateway, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with gateway.agent("kim") as page, gateway.agent("boss") as other:
        visible = gateway.service.hub.staff_online()
        assert set(visible) == {"kim", "boss"}
        assert visible["boss"] == BOSS
        site.office.signed_in.remove("kim")
        await recheck(gateway)
        assert await page.closed() == 1008
        await other.send(ChatPing(sent_ms=1))
        await other.hear("pong")
        await until(lambda: set(gateway.service.hub.staff_online()) == {"boss"})


async def recheck(gateway: Gateway) -> None:
    """What happens every five seconds, now."""
    door = gateway.service._server
    for one, scope in list(door._staff.items()):
        await door._recheck(one, scope)


# -- what they are told ------------------------------------------------------------------------------------


async def test_what_one_says_the_other_hears_but_not_what_is_for_staff(gateway: Gateway) -> None:
    contact_id = await served(gateway)
    async with gateway.citizen(contact_id) as citizen, gateway.agent("kim", contact_id) as agent:
        await citizen.say(Said(text="이 바보야"), "client-0001")
        await agent.say(Noted(text="화가 나심"), "client-0002")
        await agent.say(Said(text="네, 도와드리겠습니다"), "client-0003")
        await asyncio.gather(citizen.until(6), agent.until(6))
        assert citizen.seqs() == agent.seqs() == [1, 2, 3, 4, 5, 6]
        assert [entry.body.kind for entry in citizen.client.entries][3:] == ["said", "hidden", "said"]
        assert agent.client.entries[3].body == Said(text="이 바보야", profane=((2, 4),))
        assert citizen.client.entries[3].body == Said(text="이 바보야")
        assert citizen.client.entries[5].author.staff_id == ""
        assert citizen.client.head is not None
        assert citizen.client.head.agent is not None
        assert (citizen.client.head.agent.staff_id, citizen.client.head.agent.name) == ("", "김상담")


async def test_a_reply_that_came_while_the_page_was_away_is_there(gateway: Gateway) -> None:
    """Chatwoot #14934: replies that were sent during a reconnect never appear. Here they are replayed."""
    contact_id = await served(gateway)
    async with gateway.citizen(contact_id) as page:
        await page.say(Said(text="여보세요"))
        await page.until(4)
        client = page.client
    await gateway.service.log.submit(contact_id, KIM, Said(text="네"))
    async with gateway.citizen(contact_id, client) as page:
        assert page.heard[-1].type == "replayed"
        assert page.seqs() == [1, 2, 3, 4, 5]
        assert client.repeats == 0


async def test_receipts(gateway: Gateway) -> None:
    contact_id = await served(gateway)
    async with (
        gateway.citizen(contact_id) as citizen,
        gateway.agent("kim", contact_id) as agent,
        gateway.agent("boss", contact_id) as boss,
    ):
        await boss.send(Got(contact_id=contact_id, delivered=3, read=3))
        await agent.send(Got(contact_id=contact_id, delivered=3, read=2))
        told = (await citizen.hear("receipts")).receipts
        assert (told.staff_delivered, told.staff_read) == (3, 2), "a supervisor who looks on reads for nobody"
        await citizen.send(Got(contact_id=contact_id, delivered=3, read=3))
        assert await agent.hear_that(lambda m: m.type == "receipts" and m.receipts.citizen_read == 3)


async def test_live_typing_is_the_citizens_choice(gateway: Gateway) -> None:
    contact_id = await served(gateway)
    async with gateway.citizen(contact_id) as citizen, gateway.agent("kim", contact_id) as agent:
        words = Typing(contact_id=contact_id, draft="d", seq=0, event="reset", text="여보")
        await citizen.send(words)
        told = await agent.hear("typing")
        assert (told.text, told.is_composing) == ("", True), "that, not what"
        await citizen.say(LiveTyping(on=True))
        await citizen.send(words)
        told = await agent.hear("typing")
        assert (told.text, told.side, told.name) == ("여보", "citizen", "")
    assert gateway.service.counts.typing_relayed == 2


async def test_live_typing_has_a_limit(gateway: Gateway) -> None:
    contact_id = await served(gateway)
    async with gateway.citizen(contact_id) as citizen, gateway.agent("kim", contact_id):
        many = 2 * int(visits.TYPING_BURST)
        for seq in range(many):
            await citizen.send(Typing(contact_id=contact_id, draft="d", seq=seq, event="edit"))
        await citizen.send(ChatPing(sent_ms=1))
        await citizen.hear("pong")
    counts = gateway.service.counts
    assert counts.typing_shed > 0
    assert counts.typing_relayed + counts.typing_shed >= many


async def test_who_passes_it_on_hears_that_and_nothing_more(gateway: Gateway) -> None:
    async with gateway.database.session() as session:
        await staff.add(session, StoredStaff("lee", "이상담", "agent", "x"))
    contact_id = await served(gateway)
    async with gateway.agent("kim", contact_id) as kim, gateway.agent("boss", contact_id) as boss:
        await kim.say(Transferred(staff_id="lee", note="부탁"))
        await kim.until(5)
        await gateway.service.log.submit(contact_id, CITIZEN, Said(text="새 상담사께"))
        await boss.until(6)
        await kim.send(ChatPing(sent_ms=1))
        await kim.hear("pong")
        assert kim.client.last_seq == 5
        assert (await kim.say(Said(text="아직 저인가요"), "client-0002")).type == "refused"


async def test_leaving(gateway: Gateway) -> None:
    contact_id = await served(gateway)
    async with gateway.agent("kim", contact_id) as page:
        await page.send(Leave(contact_id=contact_id))
        await until(lambda: not gateway.service.hub.attended(contact_id, "staff"))
        await gateway.service.log.submit(contact_id, CITIZEN, Said(text="여보세요"))
        await page.send(ChatPing(sent_ms=1))
        await page.hear("pong")
        assert page.client.last_seq == 3


# -- nobody is held up -------------------------------------------------------------------------------------


async def test_a_reader_that_has_stalled_holds_up_nobody(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line, "SEND_S", 0.5)
    contact_id = await served(gateway)
    async with gateway.agent("kim", contact_id) as agent:
        stalled = await stalled_page(gateway, contact_id)
        for n in range(40):
            for half in ("a", "b"):
                said = Said(text=("가" * 1_900) + half)
                await gateway.service.log.submit(contact_id, CITIZEN, said, f"client-{n:04d}{half}")
            async with asyncio.timeout(1.5):
                await agent.until(3 + 2 * (n + 1))
        await until(lambda: gateway.service.counts.closed["behind"])
        await until(lambda: not gateway.service.hub.attended(contact_id, "citizen"))
        stalled.close()


async def stalled_page(gateway: Gateway, contact_id: str) -> socket.socket:
    """A page that opens, attends and never reads."""
    host, _, port = gateway.address.partition(":")
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    raw.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(raw, (host, int(port)))
    hello = (
        f"GET /ws/chat HTTP/1.1\r\nHost: {gateway.address}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    await loop.sock_sendall(raw, hello.encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += await loop.sock_recv(raw, 100)
    ticket = gateway.site.tickets.make(contact_id).ticket
    for message in (Open(ticket=ticket), Attend(contact_id=contact_id)):
        await loop.sock_sendall(raw, masked(message.model_dump_json().encode()))
    await until(lambda: gateway.service.hub.attended(contact_id, "citizen"))
    return raw


def masked(payload: bytes) -> bytes:
    """A text frame of RFC 6455 with a mask of zeros."""
    length = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2, "big")
    return b"\x81" + length + bytes(4) + payload


async def test_at_the_stop_pages_are_asked_to_come_back(gateway: Gateway) -> None:
    contact_id = await gateway.begun()
    async with gateway.citizen(contact_id) as page:
        await gateway.service.drain()
        assert 500 <= (await page.hear("reconnect")).after_ms <= 5000
        assert await page.closed() == 1012
    async with gateway.socket() as late:
        await late.send(Open(ticket=gateway.site.tickets.make(contact_id).ticket).model_dump_json())
        assert '"refused"' in str(await late.recv())
        with pytest.raises(ConnectionClosed) as closed:
            await late.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1013


# -- two gateways ------------------------------------------------------------------------------------------


async def test_two_sides_at_two_gateways(site: Site) -> None:
    a, b = await site.gateway("a"), await site.gateway("b")
    contact_id = await served(a)
    async with a.citizen(contact_id) as citizen, b.agent("kim", contact_id) as agent:
        for n in range(10):
            await citizen.say(Said(text=f"말 {n}"), f"client-c{n:03d}")
            await agent.say(Said(text=f"답 {n}"), f"client-s{n:03d}")
        await asyncio.gather(citizen.until(23), agent.until(23))
        assert citizen.seqs() == agent.seqs() == list(range(1, 24))
        assert citizen.client.repeats == agent.client.repeats == 0
        await agent.send(Got(contact_id=contact_id, delivered=23, read=23))
        assert await citizen.hear_that(lambda m: m.type == "receipts" and m.receipts.staff_read == 23)
        await citizen.say(LiveTyping(on=True), "client-live")
        await agent.until(24)
        await citizen.send(
            Typing(contact_id=contact_id, draft="d", seq=0, event="reset", text="거기 계신가요")
        )
        assert (await agent.hear("typing")).text == "거기 계신가요"
        await agent.say(Ended(), "client-end0")
        await citizen.until(25)


async def test_typing_goes_nowhere_where_nobody_looks(site: Site) -> None:
    a, b = await site.gateway("a"), await site.gateway("b")
    contact_id = await served(a)
    async with b.agent("kim", contact_id):
        async with a.citizen(contact_id):
            await until(lambda: a.service.hub._elsewhere.is_elsewhere(contact_id, 0))
            await until(lambda: b.service.hub._elsewhere.is_elsewhere(contact_id, 0))
        await until(lambda: not b.service.hub._elsewhere.is_elsewhere(contact_id, 0))


async def test_a_gap_is_filled_before_what_follows(site: Site) -> None:
    """An entry that another gateway committed and has not published is read from the database."""
    a = await site.gateway("a")
    contact_id = await served(a)
    b = await site.gateway("b")
    b.service.log.publisher.put = lambda *_: None  # type: ignore[method-assign]
    async with a.citizen(contact_id) as page:
        for n in range(3):
            await b.service.log.submit(contact_id, KIM, Said(text=f"답 {n}"))
        assert page.client.last_seq == 3
        await page.say(Said(text="여보세요"))
        await page.until(7)
        assert page.seqs() == [1, 2, 3, 4, 5, 6, 7]
    assert a.service.counts.gaps >= 1


async def test_routes_of_the_gateway_are_there(gateway: Gateway) -> None:
    async with httpx.AsyncClient(base_url=f"http://{gateway.address}") as http:
        assert (await http.get("/api/chat/site")).json()["name_ko"] == "120"
        begun = (await http.post("/api/chat", json={"nickname": "나무"})).json()
        assert (await gateway.service.log.head(begun["contact_id"])).nickname == "나무"
