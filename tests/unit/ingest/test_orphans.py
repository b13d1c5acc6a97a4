"""Calls of dead processes end; those of the living never do."""

import asyncio
import uuid

import pytest

from contracts.clock import wall_ms
from contracts.contact import ContactStateChanged
from contracts.errors import StorageFull, Unreachable
from ingest.counts import IngestCounts
from ingest.live import CallInfo, LiveCalls
from ingest.orphans import REASON, Orphans
from ingest.watch import DEAD_MS
from store import contacts, instances
from store.database import Database


@pytest.fixture(params=["sqlite", "postgresql"])
async def database(request, tmp_path):
    on_server = request.param == "postgresql"
    url = request.getfixturevalue("database_url") if on_server else f"sqlite+aiosqlite:///{tmp_path}/store.db"
    opened = await Database.open(url)
    yield opened
    await opened.close()


class Time:
    """A monotonic clock on which every look comes three seconds after the one before, however busy the machine."""

    now_ms = 0

    def __call__(self):
        self.now_ms += 3_000
        return self.now_ms


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

        async def gone():
            pass

        self.orphans._leave = gone
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


class Flaky:
    """A database that is away now and then."""

    def __init__(self, database, every):
        self.every = every
        self.asked = 0
        self._database = database

    def session(self):
        self.asked += 1
        if self.every and self.asked % self.every == 0:
            raise Unreachable("없음", "away")
        return self._database.session()


async def test_while_the_database_is_away_nobody_is_ready(published, database, caplog):
    flaky = Flaky(database, every=1)
    process = Process(published.bus, flaky, "one")
    await published.until(lambda: flaky.asked > 5)
    assert not process.orphans.ready.is_set()
    flaky.every = 0
    async with asyncio.timeout(5):
        await process.orphans.ready.wait()
    await process.leave()
    assert caplog.text.count("no sign of life") == 1
    assert caplog.text.count("is back") == 1


async def test_who_cannot_look_all_the_time_judges_nobody(published, database):
    """Fifteen seconds are looked at in a row at most: less than it takes to be sure."""
    flaky = Flaky(database, every=6)
    await keep(database, call("gone"))
    process = Process(published.bus, flaky, "one")
    await published.until(lambda: flaky.asked > 60)
    assert process.orphans._monotonic() > 2 * DEAD_MS
    assert published.events == []
    flaky.every = 0
    await published.until(lambda: published.events)
    await process.leave()


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
    await start("two")
    await published.until(lambda: refused > 4)
    assert await alive(database) == {"one", "two"}
    monkeypatch.setattr(published.bus, "publish_many", publish)
    await published.until(lambda: published.events)


async def test_live_calls_say_whose_they_are(published):
    calls = LiveCalls(published.bus, instance="this-one")
    info = CallInfo(agent_id=None, title="", source="test", roles={0: "caller"}, rate_hz=8000)
    async with calls.open(info):
        pass
    await published.until(lambda: "ended" in published.states())
    assert {event.instance for event in published.events} == {"this-one"}
