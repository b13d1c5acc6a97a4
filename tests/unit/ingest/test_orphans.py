"""Calls of dead processes end; those of the living never do."""

import asyncio
import contextlib
import os
import uuid

import pytest
from sqlalchemy import text

from contracts.clock import wall_ms
from contracts.contact import ContactStateChanged
from contracts.errors import StorageFull, Unreachable
from ingest.counts import IngestCounts
from ingest.live import CallInfo, LiveCalls
from ingest.orphans import REASON, Orphans
from ingest.watch import DEAD_MS
from store import contacts, instances
from store.database import Database
from store.tables import Base

POSTGRES = os.environ.get("SANGDAM_TEST_POSTGRES", "")


@pytest.fixture(params=["sqlite", "postgresql"] if POSTGRES else ["sqlite"])
async def database(request, tmp_path):
    on_server = request.param == "postgresql"
    opened = await Database.open(POSTGRES if on_server else f"sqlite+aiosqlite:///{tmp_path}/sangdam.db")
    if on_server:
        async with opened.session() as session:
            await session.execute(text(f"TRUNCATE {', '.join(Base.metadata.tables)} RESTART IDENTITY"))
    yield opened
    await opened.close()


class Time:
    """A monotonic clock that runs a thousand times faster: three seconds between beats are three milliseconds."""

    def __init__(self):
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()

    def __call__(self):
        return int((self._loop.time() - self._began) * 100_000)


class Process:
    """One ingest process's `Orphans`."""

    def __init__(self, bus, database, name):
        self.counts = IngestCounts()
        self.orphans = Orphans(bus, database, name, self.counts, beat_s=0.03, monotonic=Time())
        self.task = asyncio.create_task(self.orphans.run())

    async def leave(self):
        self.task.cancel()
        await asyncio.wait([self.task])

    def die(self):
        """As `kill -9`: nothing is tidied up."""
        self.orphans._leave = contextlib.nullcontext
        self.task.cancel()


@pytest.fixture
async def start(published, database):
    running = []

    async def begin(name, on=None):
        process = Process(published.bus, on or database, name)
        running.append(process)
        async with asyncio.timeout(10):
            await process.orphans.ready.wait()
        return process

    yield begin
    for process in running:
        await process.leave()


async def keep(database, *events):
    async with database.session() as session:
        for event in events:
            await contacts.upsert(session, event)


def call(instance, state="talking", revision=2, **more):
    return ContactStateChanged(
        contact_id=str(uuid.uuid4()), at_ms=wall_ms(), revision=revision, state=state,
        started_at_ms=wall_ms(), instance=instance, agent_id="kim", **more,
    )  # fmt: skip


async def alive(database):
    async with database.session() as session:
        return set(await instances.all(session))


async def eventually(look, limit_s=10.0):
    async with asyncio.timeout(limit_s):
        while not await look():
            await asyncio.sleep(0.01)


async def test_calls_of_the_dead_end_and_those_of_the_living_go_on(published, database, start):
    one, two = await start("one"), await start("two")
    ours, theirs, over = call("one"), call("two"), call("two", "ended")
    await keep(database, ours, theirs, over)
    two.die()
    await published.until(lambda: published.events)
    await eventually(lambda: _is(alive(database), {"one"}))
    (end,) = published.events
    assert (end.contact_id, end.state, end.revision, end.reason) == (theirs.contact_id, "ended", 3, REASON)
    assert (end.agent_id, end.started_at_ms) == ("kim", theirs.started_at_ms)
    assert one.counts.orphans == 1


async def _is(awaitable, wanted):
    return await awaitable == wanted


async def test_calls_of_nobody_known_end_once_though_the_store_tells_late(published, database, start):
    orphan, old = call("before"), call("")
    await keep(database, orphan, old)
    process = await start("one")
    await published.until(lambda: len(published.events) == 2)
    await asyncio.sleep(0.5)
    assert {event.contact_id for event in published.events} == {orphan.contact_id, old.contact_id}
    assert process.counts.orphans == 2 == len(published.events)
    # A change that was on its way when the process died has the same revision, and came first.
    await keep(database, orphan.model_copy(update={"revision": 3, "state": "held"}))
    await published.until(lambda: len(published.events) == 3)
    assert (published.events[2].contact_id, published.events[2].revision) == (orphan.contact_id, 4)


async def test_two_survivors_publish_the_same_end(published, database, start):
    await start("one"), await start("two")
    await keep(database, call("gone"))
    await published.until(lambda: len(published.events) == 2)
    one, two = published.events
    assert one.model_copy(update={"at_ms": two.at_ms}) == two
    await keep(database, one, two)
    async with database.session() as session:
        assert (await contacts.get(session, one.contact_id)).contact.revision == 3


async def test_chats_are_nobodys_orphans(published, database, start):
    await keep(database, call("gone", kind="chat"))
    await start("one")
    await asyncio.sleep(1.0)
    assert published.events == []


async def test_a_polite_stop_leaves_nothing_behind(database, start):
    process = await start("one")
    await start("two")
    assert await alive(database) == {"one", "two"}
    await process.leave()
    assert await alive(database) == {"two"}


async def test_while_the_database_is_away_nobody_is_ready_or_judged(published, database, start, caplog):
    class Flaky:
        away = True
        session_ = database.session

        def session(self):
            if self.away:
                raise Unreachable("없음", "away")
            return self.session_()

    flaky = Flaky()
    process = Process(published.bus, flaky, "one")
    await asyncio.sleep(0.3)
    assert not process.orphans.ready.is_set()
    flaky.away = False
    async with asyncio.timeout(5):
        await process.orphans.ready.wait()
    await keep(database, call("gone"))
    began = process.orphans._monotonic()
    for _ in range(4):
        await asyncio.sleep(0.12)
        flaky.away = True
        await asyncio.sleep(0.05)
        flaky.away = False
    assert process.orphans._monotonic() - began > 2 * DEAD_MS
    assert published.events == []
    await published.until(lambda: published.events)
    await process.leave()
    assert caplog.text.count("no sign of life") == 5


async def test_a_bus_that_is_away_does_not_stop_the_beat(published, database, start, monkeypatch):
    publish = published.bus.publish_many
    refused = 0

    async def refuse(topic, records):
        nonlocal refused
        refused += 1
        await asyncio.sleep(0.2)
        raise StorageFull("가득", "full")

    monkeypatch.setattr(published.bus, "publish_many", refuse)
    await keep(database, call("gone"))
    await start("one")
    other = await start("two")
    await published.until(lambda: refused > 4)
    assert await alive(database) == {"one", "two"}
    monkeypatch.setattr(published.bus, "publish_many", publish)
    await published.until(lambda: published.events)
    assert other.task.get_name()


async def test_live_calls_say_whose_they_are(published):
    calls = LiveCalls(published.bus, instance="this-one")
    info = CallInfo(agent_id=None, title="", source="test", roles={0: "caller"}, rate_hz=8000)
    async with calls.open(info):
        pass
    await published.until(lambda: "ended" in published.states())
    assert {event.instance for event in published.events} == {"this-one"}
