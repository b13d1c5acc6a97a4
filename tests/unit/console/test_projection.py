"""Store, live views and panels together, without sockets."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from console.projection import Projection, stored_view
from contracts.errors import Overloaded
from store.database import Database


class Heard:
    """In the panels' place: what would be pushed."""

    def __init__(self):
        self.events = []

    def push(self, event):
        self.events.append(event)


class Slow:
    """A database whose next session stays open until it is let go: a load that takes long."""

    def __init__(self, database):
        self.database = database
        self.gate = asyncio.Event()
        self.gate.set()
        self.busy = 0

    @asynccontextmanager
    async def session(self):
        if self.busy:
            self.busy -= 1
            raise Overloaded("바쁨", "busy")
        async with self.database.session() as session:
            yield session
        await self.gate.wait()


@pytest.fixture
async def database(tmp_path):
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'console.db'}")
    yield database
    await database.close()


async def test_partials_are_shown_and_never_stored(database, story):
    call, heard = story(), Heard()
    projection = Projection(database, heard)
    await projection.handle([call.state(), call.said(0, "여권", final=False)])
    assert [one.text for one in (await projection.view(call.contact_id)).utterances] == ["여권"]
    async with database.session() as session:
        assert (await stored_view(session, call.contact_id)).utterances == ()
    assert [event.type for event in heard.events] == ["contact.state", "utterance"]


async def test_what_is_pushed_is_stored_already(database, story):
    call = story()

    class Asking(Heard):
        def push(self, event):
            super().push(event)
            self.stored = asyncio.create_task(look())

    async def look():
        async with database.session() as session:
            return await stored_view(session, call.contact_id)

    asking = Asking()
    await Projection(database, asking).handle([call.state(), call.said(0, "여보세요")])
    assert [one.text for one in (await asking.stored).utterances] == ["여보세요"]


async def test_an_event_during_a_load_is_not_lost(database, story):
    """The load has read the store; the event is committed and shown before the load is done."""
    call, slow = story(), Slow(database)
    await Projection(database, Heard()).handle([call.state()])
    projection = Projection(slow, Heard())
    slow.gate.clear()
    loading = asyncio.create_task(projection.view(call.contact_id))
    await asyncio.sleep(0.05)
    storing = Projection(database, Heard())
    event = call.said(0, "그 사이에 한 말")
    await storing.store([event])
    showing = asyncio.create_task(projection.show([event]))
    await asyncio.sleep(0.05)
    slow.gate.set()
    await asyncio.gather(loading, showing)
    view = await projection.view(call.contact_id)
    assert [one.text for one in view.utterances] == ["그 사이에 한 말"]


async def test_views_in_memory_are_bounded_and_come_back_from_the_store(database, story):
    calls = [story() for _ in range(5)]
    projection = Projection(database, Heard(), live_contacts=2)
    for call in calls:
        await projection.handle([call.state(), call.said(0, "여보세요"), call.said(1, "여", final=False)])
    assert len(projection._live) == 2
    for call in calls:
        view = await projection.view(call.contact_id)
        assert view.utterances[0].text == "여보세요"
    assert len(projection._live) == 2


async def test_a_busy_database_is_waited_for(database, story, monkeypatch):
    monkeypatch.setattr("console.projection._RETRY_S", 0.01)
    call, slow = story(), Slow(database)
    slow.busy = 3
    await Projection(slow, Heard()).handle([call.state(), call.said(0, "여보세요")])
    async with database.session() as session:
        assert len((await stored_view(session, call.contact_id)).utterances) == 1


async def test_an_unknown_contact_has_no_view(database):
    assert await Projection(database, Heard()).view("00000000-0000-0000-0000-000000000000") is None
