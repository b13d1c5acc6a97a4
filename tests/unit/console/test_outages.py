"""A real PostgreSQL server that dies and comes back while panels are open."""

import asyncio

import pytest

from contracts.errors import Unavailable
from sangdam.local.postgres import LocalPostgres
from store import contacts

BACK_S = 30


def _codes():
    return {error.code for error in (Unavailable, *Unavailable.__subclasses__())}


@pytest.mark.parametrize("stop", ["kill", "stop"])
async def test_panels_outlive_the_database(start, story, own_postgres: LocalPostgres, stop, monkeypatch):
    monkeypatch.setattr("console.panel_socket._ASK_AGAIN_S", (0.2, 0.4))
    server = await start(database_url=own_postgres.url)
    shown, memory, stored = story(), story(), story()
    async with server.panel("kim") as panel:
        async with server.database.session() as session:
            await contacts.upsert(session, stored.state())
        await server.tell(shown.state(), shown.said(0, "여보세요"))
        await panel.next("contact.state")
        await panel.watch(shown.contact_id)

        await asyncio.to_thread(getattr(own_postgres, stop))
        await server.tell(shown.said(1, "여권이요"), memory.state(), memory.said(0, "네"))
        view = await panel.until(shown.contact_id, lambda view: len(view.utterances) == 2)
        assert [one.text for one in view.utterances] == ["여보세요", "여권이요"]
        await panel.ask(type="watch", contact_id=stored.contact_id)
        refused = await panel.next("error")
        assert refused["code"] in _codes()
        assert refused["contact_id"] == stored.contact_id
        view = await panel.watch(memory.contact_id)
        assert view.contact.state == "talking"

        async with server.panel("kim") as late:
            assert late.hello["complete"] is False
            await asyncio.to_thread(own_postgres.start)
            async with asyncio.timeout(BACK_S):
                late.hello = await late.next("hello")
            assert {entry["contact"]["contact_id"] for entry in late.hello["contacts"]} >= {
                call.contact_id for call in (shown, memory, stored)
            }
        await panel.watch(stored.contact_id)
        await server.tell(stored.said(0, "다시"))
        await panel.until(stored.contact_id, lambda view: bool(view.utterances))
    async with asyncio.timeout(BACK_S):
        while not all([await _is_stored(server, call) for call in (shown, memory)]):
            await asyncio.sleep(0.1)


async def test_a_database_that_hangs_holds_up_no_panel(start, story, own_postgres: LocalPostgres):
    """Nothing is refused, nothing answers: as behind a firewall that drops, or a disk that stalls."""
    server = await start(database_url=own_postgres.url)
    shown, stored = story(), story()
    async with server.panel("kim") as panel:
        async with server.database.session() as session:
            await contacts.upsert(session, stored.state())
        await server.tell(shown.state())
        await panel.next("contact.state")
        await panel.watch(shown.contact_id)
        own_postgres.pause()
        try:
            await panel.ask(type="watch", contact_id=stored.contact_id)
            await panel.ask(type="ping", sent_ms=7)
            assert (await panel.message(within_s=1))["type"] == "pong"
            await server.tell(shown.said(0, "여보세요"))
            assert (await panel.message(within_s=1))["event"]["text"] == "여보세요"
            assert (await panel.message(within_s=10))["code"] in _codes()
        finally:
            own_postgres.resume()
        await panel.watch(stored.contact_id)


async def _is_stored(server, call):
    async with server.database.session() as session:
        return await contacts.get(session, call.contact_id) is not None
