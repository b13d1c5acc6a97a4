import asyncio
import json
import socket
import uuid

import pytest
import websockets

from console.auth import COOKIE
from console.panel_socket import _CLOSE_S
from console.panels import CLOSE_SIGNED_OUT
from contracts.errors import BadRequest, NotFound
from contracts.suggestion import SearchAnswered
from store import contacts, staff


async def test_hello_tells_who_and_todays_own_contacts(server, story):
    mine, other = story(), story(agent_id="lee")
    await server.tell(mine.state(), other.state())
    await _stored(server, other.contact_id)
    async with server.panel("kim") as panel:
        assert panel.hello["staff"] == {"staff_id": "kim", "name": "Kim", "role": "agent"}
        assert [entry["contact"]["contact_id"] for entry in panel.hello["contacts"]] == [mine.contact_id]


async def test_a_snapshot_then_events_each_as_it_happens(server, story):
    call = story()
    await server.tell(call.state("ringing"), call.said(0, "여보세요"))
    await _stored(server, call.contact_id)
    async with server.panel("kim") as panel:
        view = await panel.watch(call.contact_id)
        assert view.contact.state == "ringing"
        await server.tell(
            call.state(), call.said(1, "여권", final=False), call.said(1, "여권을 잃어버렸어요", revision=2)
        )
        await server.tell(call.card("passport"))
        view = await panel.until(call.contact_id, lambda view: bool(view.cards))
        view = await panel.until(call.contact_id, lambda view: len(view.utterances) == 2)
        assert [one.text for one in view.utterances] == ["여보세요", "여권을 잃어버렸어요"]
        assert view.contact.state == "talking"


async def test_a_fresh_snapshot_holds_the_partials_of_now(server, story):
    call = story()
    await server.tell(call.state())
    await _stored(server, call.contact_id)
    async with server.panel("kim") as first, server.panel("kim") as second:
        await first.watch(call.contact_id)
        await server.tell(call.said(0, "주차 과태", final=False))
        await first.next("utterance")
        view = await second.watch(call.contact_id)
        assert [(one.text, one.status) for one in view.utterances] == [("주차 과태", "partial")]


async def test_nothing_is_lost_between_subscription_and_snapshot(server, story):
    """Panels come while a call is talking; whenever they come, all of them end with the same view."""
    call = story()
    await server.tell(call.state())
    await _stored(server, call.contact_id)

    async def talk() -> None:
        for number in range(40):
            await server.tell(call.said(number, f"{number}번째 말"))

    async def join(after_s: float) -> object:
        await asyncio.sleep(after_s)
        async with server.panel("kim") as panel:
            await panel.watch(call.contact_id)
            return await panel.until(call.contact_id, lambda view: len(view.utterances) == 40)

    async with server.panel("kim"):
        pass  # signs in once for all
    _, *views = await asyncio.gather(talk(), *(join(number * 0.01) for number in range(8)))
    assert all(view == views[0] for view in views)
    assert [one.text for one in views[0].utterances] == [f"{number}번째 말" for number in range(40)]


async def test_a_reconnect_gives_the_view_that_was(server, story):
    call = story()
    await server.tell(call.state(), call.said(0, "여권을 잃어버렸어요"), call.card("passport"))
    await _stored(server, call.contact_id)
    async with server.panel("kim") as panel:
        await panel.watch(call.contact_id)
        before = await panel.until(call.contact_id, lambda view: bool(view.cards and view.utterances))
        await panel.ask(
            type="outcome",
            contact_id=call.contact_id,
            suggestion_id=before.cards[0].offer.suggestion_id,
            outcome="pinned",
        )
        before = await panel.until(call.contact_id, lambda view: bool(view.cards[0].outcomes))
        panel.socket.transport.abort()
    async with server.panel("kim") as panel:
        assert await panel.watch(call.contact_id) == before


async def test_another_process_shows_the_same_from_the_store(start, story):
    server = await start()
    call = story()
    await server.tell(call.state("held"), call.said(0, "네"), call.said(1, ""), call.card("water"))
    async with server.panel("kim") as panel:
        await _stored(server, call.contact_id)
        await panel.watch(call.contact_id)
        before = await panel.until(call.contact_id, lambda view: bool(view.cards and view.utterances))
    server = await start()
    async with server.panel("kim") as panel:
        after = await panel.watch(call.contact_id)
    assert after == before
    assert after.held_since_ms is not None


async def test_a_new_contact_is_announced_to_its_agent_and_to_supervisors_only(server, story):
    async with server.panel("kim") as kim, server.panel("lee") as lee, server.panel("boss") as boss:
        call = story()
        await server.tell(call.state("ringing"))
        for panel in (kim, boss):
            pushed = await panel.next("contact.state")
            assert pushed["event"]["contact_id"] == call.contact_id
        await lee.ask(type="ping", sent_ms=7)
        assert (await lee.message())["type"] == "pong"


async def test_a_foreign_contact_is_hidden_like_one_that_does_not_exist(server, story):
    call = story()
    await server.tell(call.state())
    await _stored(server, call.contact_id)
    async with server.panel("lee") as panel:
        for contact_id in (call.contact_id, str(uuid.uuid4())):
            await panel.ask(type="watch", contact_id=contact_id)
            refused = await panel.message()
            assert refused["code"] == NotFound.code
            assert contact_id in refused["ko"]
        await server.tell(call.said(0, "비밀"))
        await panel.ask(type="ping", sent_ms=7)
        assert (await panel.message())["type"] == "pong"


async def test_who_hands_a_contact_over_sees_no_more_of_it(server, story):
    call = story()
    await server.tell(call.state())
    await _stored(server, call.contact_id)
    async with server.panel("kim") as kim:
        await kim.watch(call.contact_id)
        await server.tell(call.state("transferred", agent_id="lee"))
        await kim.next("contact.state")
        await server.tell(call.said(0, "이어지는 말"))
        async with server.panel("boss") as boss:
            await boss.watch(call.contact_id)
            await boss.until(call.contact_id, lambda view: bool(view.utterances))
        await kim.ask(type="ping", sent_ms=7)
        assert (await kim.message())["type"] == "pong"


async def test_a_search_is_answered_to_the_panel_that_asked(server, story):
    call = story()
    await server.tell(call.state())
    await _stored(server, call.contact_id)
    searches = await server.bus.subscribe("test", ["search.requests"])
    async with server.panel("kim") as asking, server.panel("kim") as other:
        await asking.ask(type="search", contact_id=call.contact_id, search_id="s1", query="여권")
        request = json.loads((await _fetched(searches)).value)
        assert request["query"] == "여권"
        assert request["staff_id"] == "kim"
        await server.tell(
            SearchAnswered(
                contact_id=call.contact_id,
                at_ms=0,
                search_id=request["search_id"],
                query="여권",
                snippets=(),
            )
        )
        assert (await asking.next("search.answered"))["event"]["search_id"] == "s1"
        await other.ask(type="ping", sent_ms=7)
        assert (await other.message())["type"] == "pong"


async def test_an_outcome_needs_a_card(server, story):
    call = story()
    await server.tell(call.state())
    await _stored(server, call.contact_id)
    async with server.panel("kim") as panel:
        await panel.ask(type="outcome", contact_id=call.contact_id, suggestion_id="no/card", outcome="copied")
        assert (await panel.message())["code"] == NotFound.code


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        "x" * 20_000,
        "no json",
        "[]",
        "{}",
        '{"type":"dance"}',
        '{"type":"watch"}',
        b"\x00\x01",
        '{"type":"ping"}',
    ],
)
async def test_garbage_is_refused_and_the_panel_goes_on(server, garbage):
    async with server.panel("kim") as panel:
        await panel.socket.send(garbage)
        assert (await panel.message())["code"] == BadRequest.code
        await panel.ask(type="ping", sent_ms=7)
        assert (await panel.message())["type"] == "pong"


async def test_a_message_beyond_the_web_servers_limit_closes_only_its_own_panel(server):
    async with server.panel("kim") as other:
        async with server.panel("kim") as panel:
            await panel.socket.send("x" * 70_000)
            with pytest.raises(websockets.ConnectionClosed) as closed:
                await panel.message()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1009
        await other.ask(type="ping", sent_ms=7)
        assert (await other.message())["type"] == "pong"


async def test_without_a_session_there_is_no_panel(server):
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with websockets.connect(f"ws://127.0.0.1:{server.port}/ws/panel"):
            pass
    assert refused.value.response.status_code == 401


async def test_another_sites_page_opens_no_panel(server):
    with pytest.raises(websockets.InvalidStatus) as refused:
        async with server.panel("kim", origin="https://evil.example"):
            pass
    assert refused.value.response.status_code == 403
    async with server.panel("kim", origin=server.url):
        pass


async def test_signing_out_closes_the_panels_of_that_session(server):
    async with server.signed_in("kim") as client, server.panel("kim") as elsewhere:
        cookie = {"Cookie": f"{COOKIE}={client.cookies[COOKIE]}"}
        async with websockets.connect(
            f"ws://127.0.0.1:{server.port}/ws/panel", additional_headers=cookie
        ) as socket:
            await socket.recv()
            assert (await client.post("/api/sign-out")).status_code == 204
            with pytest.raises(websockets.ConnectionClosed) as closed:
                await asyncio.wait_for(socket.recv(), 5)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == CLOSE_SIGNED_OUT
        assert (await client.get("/api/me", headers=cookie)).status_code == 401
        await elsewhere.ask(type="ping", sent_ms=7)
        assert (await elsewhere.message())["type"] == "pong"


async def test_a_new_password_closes_the_open_panels(start, monkeypatch):
    monkeypatch.setattr("console.server.RECHECK_S", 0.1)
    monkeypatch.setattr("console.auth._STAFF_TTL_MS", 50)
    server = await start()
    async with server.panel("kim") as panel:
        async with server.database.session() as session:
            await staff.set_password(session, "kim", "another hash")
        with pytest.raises(websockets.ConnectionClosed):
            await panel.message()


async def test_a_stopping_server_asks_to_come_back(server):
    async with server.panel("kim") as panel:
        await server.console.drain()
        assert (await panel.message())["after_ms"] >= 500
        with pytest.raises(websockets.ConnectionClosed):
            await panel.message()


async def test_a_reader_that_stalls_delays_nobody(start, story):
    """One socket stops reading while 18 MB pass: the other gets each message at once, and the first is given
    up when its line is full. Its client then comes back for a fresh snapshot."""
    server = await start(queue_limit=16)
    call = story()
    await server.tell(call.state())
    await _stored(server, call.contact_id)
    narrow = socket.create_connection(("127.0.0.1", server.port))
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    clock = asyncio.get_running_loop().time
    async with (
        server.panel("kim", sock=narrow, compression=None) as stalled,
        server.panel("kim", max_size=None) as reading,
    ):
        await reading.watch(call.contact_id)
        await stalled.watch(call.contact_id)
        stalled.socket.transport.pause_reading()
        slowest = 0.0
        for number in range(60):
            sent = clock()
            await server.tell(call.said(0, "가" * 100_000, revision=number))
            await reading.next("utterance")
            slowest = max(slowest, clock() - sent)
        assert slowest < 1.0
        await asyncio.sleep(_CLOSE_S + 0.5)
        assert len(server.console.panels) == 1, "the stalled panel was not given up"
        stalled.socket.transport.abort()


async def _stored(server, contact_id):
    """Wait until the console has consumed the contact."""
    async with asyncio.timeout(5):
        while True:
            async with server.database.session() as session:
                if await contacts.get(session, contact_id):
                    return
            await asyncio.sleep(0.02)


async def _fetched(subscription):
    async with asyncio.timeout(5):
        while True:
            batch = await subscription.fetch(timeout_s=0.2)
            if batch.records:
                return batch.records[0]
