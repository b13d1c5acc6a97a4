"""Several consoles on one bus and one database, and the database away: what panels see of it."""

import asyncio
import time

import pytest
import websockets

from bus.events import publish_events
from console.auth import COOKIE
from contracts.errors import Unreachable
from contracts.summary import SummaryEdited
from store import contacts, summaries

TEXT = {"inquiry": "여권", "handling": "", "followup": "", "category": ""}


def ids(panel):
    return [entry["contact"]["contact_id"] for entry in panel.hello["contacts"]]


def share_session(here, there):
    """The cookie of one process opens the other."""
    there.cookies = here.cookies


async def test_both_show_everything_whichever_stores_it(start, story):
    here, there = await start(), await start(beside=True)
    call = story()
    share_session(here, there)
    async with here.panel("kim") as one, there.panel("kim") as other:
        await here.tell(call.state("ringing"))
        for panel in (one, other):
            await panel.next("contact.state")
            await panel.watch(call.contact_id)
        await there.tell(*(call.said(number, f"{number}번째 말") for number in range(20)), call.card("water"))
        views = [
            await panel.until(call.contact_id, lambda view: len(view.utterances) == 20 and bool(view.cards))
            for panel in (one, other)
        ]
    assert views[0] == views[1]


async def test_partials_reach_a_panel_of_the_other_process(start, story):
    here, there = await start(), await start(beside=True)
    share_session(here, there)
    call = story()
    await here.tell(call.state(), call.said(0, "주차 과태", final=False))
    for server in (here, there):
        async with server.panel("kim") as panel:
            await panel.watch(call.contact_id)
            view = await panel.until(call.contact_id, lambda view: bool(view.utterances))
            assert [one.text for one in view.utterances] == ["주차 과태"]


async def test_a_restart_knows_the_partials_of_now(start, story):
    server = await start()
    call = story()
    await server.tell(call.state(), call.said(0, "주차 과태", final=False))
    server = await start()
    async with server.panel("kim") as panel:
        view = await panel.watch(call.contact_id)
    assert [one.text for one in view.utterances] == ["주차 과태"]


async def test_a_call_that_nobody_has_stored_yet_is_listed_opened_and_written_about(start, story):
    """The consumer that stores is held up; the agent is faster than it."""
    server = await start()
    call = story()
    async with server.panel("kim") as panel, server.signed_in("kim") as client:
        server.database.is_away = True
        await server.tell(call.state("ringing"), call.said(0, "여보세요"))
        await panel.next("contact.state")
        server.database.is_away = False
        async with server.panel("kim") as late:
            assert ids(late) == [call.contact_id]
            view = await late.watch(call.contact_id)
            await late.until(call.contact_id, lambda view: bool(view.utterances))
        edit = {"revision": 1, "text": TEXT, "saved": True}
        answer = await client.put(f"/api/contacts/{call.contact_id}/summary", json=edit)
        assert answer.status_code == 200, answer.text
        listed = (await client.get("/api/contacts")).json()
        assert [entry["contact"]["contact_id"] for entry in listed] == [call.contact_id]
    assert view.contact.state == "ringing"
    async with server.database.session() as session:
        edited = (await summaries.of_contact(session, call.contact_id))[1]
    assert isinstance(edited, SummaryEdited)


async def test_a_call_that_was_handed_over_is_closed_to_who_had_it_stored_or_not(start, story):
    server = await start()
    call = story()
    async with server.panel("kim") as panel, server.panel("lee") as other:
        await server.tell(call.state())
        await panel.next("contact.state")
        await _stored(server, call.contact_id)
        server.database.is_away = True
        await server.tell(call.state("transferred", agent_id="lee"), call.said(0, "이어지는 말"))
        await other.next("contact.state")
        server.database.is_away = False
        async with server.panel("kim") as late:
            assert ids(late) == []
            await late.ask(type="watch", contact_id=call.contact_id)
            assert (await late.message())["code"] == "not-found"


async def test_with_the_database_away_open_panels_go_on(start, story):
    server = await start()
    call = story()
    async with server.panel("kim") as panel:
        await server.tell(call.state())
        await panel.next("contact.state")
        await panel.watch(call.contact_id)
        server.database.is_away = True
        await server.tell(call.said(0, "여보세요"), call.said(1, "여", final=False))
        view = await panel.until(call.contact_id, lambda view: len(view.utterances) == 2)
        assert view.utterances[0].text == "여보세요"
        await panel.ask(type="ping", sent_ms=7)
        assert (await panel.next("pong"))["sent_ms"] == 7


async def test_with_the_database_away_a_panel_is_greeted_from_memory_and_again_when_it_is_back(
    start, story, monkeypatch
):
    monkeypatch.setattr("console.panel_socket._ASK_AGAIN_S", (0.05, 0.1))
    server = await start()
    old, new = story(), story()
    async with server.panel("kim") as open_already:
        async with server.database.session() as session:
            await contacts.upsert(session, old.state())
        server.database.is_away = True
        await server.tell(new.state(), new.said(0, "여보세요"))
        await open_already.next("contact.state")
        async with server.panel("kim") as panel:
            assert ids(panel) == [new.contact_id]
            assert panel.hello["complete"] is False
            view = await panel.watch(new.contact_id)
            view = await panel.until(new.contact_id, lambda view: bool(view.utterances))
            assert [one.text for one in view.utterances] == ["여보세요"]
            server.database.is_away = False
            panel.hello = await panel.next("hello")
            assert panel.hello["complete"] is True
            assert sorted(ids(panel)) == sorted([old.contact_id, new.contact_id])


async def test_with_the_database_away_a_half_known_contact_is_refused_and_its_events_come(start, story):
    """The page keeps the view it had and goes on with it, until it gets its snapshot."""
    server = await start()
    call = story()
    async with server.panel("kim") as panel:
        async with server.database.session() as session:
            await contacts.upsert(session, call.state())
        server.database.is_away = True
        await server.tell(call.state("held"), call.said(0, "여보세요"))
        await panel.next("contact.state")
        await panel.ask(type="watch", contact_id=call.contact_id)
        refused = await panel.next("error")
        assert (refused["code"], refused["contact_id"]) == (Unreachable.code, call.contact_id)
        await server.tell(call.said(1, "여권이요"))
        told = [message["event"].get("text") for message in panel.seen if message["type"] == "event"]
        while "여권이요" not in told:
            told.append((await panel.message())["event"].get("text"))
        assert "여보세요" in told
        server.database.is_away = False
        view = await panel.watch(call.contact_id)
        assert len(view.utterances) == 2


async def test_with_the_database_away_a_supervisor_opens_nobody_elses_contact(start, story):
    """The look could not be written down."""
    server = await start()
    call = story()
    async with server.panel("boss") as panel:
        await server.tell(call.state())
        await panel.next("contact.state")
        server.database.is_away = True
        await panel.ask(type="watch", contact_id=call.contact_id)
        assert (await panel.next("error"))["code"] == Unreachable.code
        await server.tell(call.said(0, "비밀"))
        await panel.ask(type="ping", sent_ms=7)
        assert (await panel.message())["type"] == "pong"


async def test_a_session_outlives_a_short_absence_of_the_database_only(start, monkeypatch):
    monkeypatch.setattr("console.server.RECHECK_S", 0.05)
    monkeypatch.setattr("console.auth._STAFF_TTL_MS", 0)
    server = await start()
    async with server.panel("kim") as panel:
        server.database.is_away = True
        cookie = {"Cookie": f"{COOKIE}={server.cookies['kim']}"}
        async with server.visitor() as visitor:
            assert (await visitor.get("/api/me", headers=cookie)).status_code == 200
            answer = await visitor.post("/api/sign-in", json={"login": "kim", "password": "맞는 비밀번호 12"})
            assert (answer.status_code, answer.json()["code"]) == (503, Unreachable.code)
            await panel.ask(type="ping", sent_ms=7)
            assert (await panel.message())["type"] == "pong"
            monkeypatch.setattr("console.auth._GRACE_MS", 0)
            assert (await visitor.get("/api/me", headers=cookie)).status_code == 503
        with pytest.raises(websockets.ConnectionClosed):
            await panel.message()
    assert server.console.counts.closed_panels["behind"] == 1


async def test_counts_tell_what_was_shown_and_why_panels_went(start, story):
    observed = []
    server = await start(observe=lambda event, at_ms: observed.append((event, at_ms)))
    async with asyncio.timeout(5):
        await server.console.ready.wait()
    call = story()
    said = call.said(0, "여보세요")
    async with server.panel("kim") as panel:
        await server.tell(call.state(), said)
        await panel.next("contact.state")
        async with asyncio.timeout(5):
            while server.console.counts.events < 2:
                await asyncio.sleep(0.01)
        assert [event for event, _ in observed][-1] == said
        assert abs(observed[-1][1] - said.at_ms) < 5000
        assert len(server.console.panels) == 1
    async with asyncio.timeout(5):
        while not server.console.counts.closed_panels:
            await asyncio.sleep(0.01)
    assert server.console.counts.closed_panels == {"left": 1}


async def test_stopping_takes_less_than_five_seconds_even_when_the_database_hangs(start, story):
    server = await start()
    call = story()
    async with server.panel("kim"):
        server.database.gate.clear()
        await publish_events(server.bus, [call.state(), call.said(0, "여보세요")])
        await asyncio.sleep(0.2)
        began = time.monotonic()
        server.working.cancel()
        await asyncio.wait([server.working])
        took_s = time.monotonic() - began
        server.database.gate.set()
    assert took_s < 5


async def _stored(server, contact_id):
    async with asyncio.timeout(5):
        while True:
            async with server.database.session() as session:
                if await contacts.get(session, contact_id):
                    return
            await asyncio.sleep(0.02)
