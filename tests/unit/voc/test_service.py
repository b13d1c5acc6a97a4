"""The service on the embedded bus and real databases: what is heard is counted, once, whatever happens meanwhile."""

import asyncio
from contextlib import asynccontextmanager
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event as sqlalchemy_events

from bus import outage as outage_module
from bus.embedded import EmbeddedBus
from bus.events import publish_events
from contracts.clock import wall_ms
from contracts.contact import ContactStateChanged, RolesChanged
from contracts.errors import Unreachable
from contracts.transcript import Utterance, utterance_id
from store import batch, voc_contacts
from store.database import Database
from tests.unit.voc.readers import FirstWords
from voc import conversations as conversations_module
from voc import looks as looks_module
from voc.recount import recount
from voc.service import VocService

SEOUL = ZoneInfo("Asia/Seoul")
IDS = [f"00000000-0000-0000-0000-{number:012d}" for number in range(24)]
CONTACT = IDS[1]
BEGAN_MS = 1_700_017_200_000


@pytest.fixture
async def bus(tmp_path):
    bus = await EmbeddedBus.open(tmp_path / "bus.db", session_s=2)
    yield bus
    await bus.close()


class Store:
    """The database, which can be switched off, and what the console would have written to it."""

    def __init__(self, database):
        self.database = database
        self.off = False

    def session(self):
        if self.off:
            raise Unreachable("없음", "away")
        return self.database.session()

    async def keep(self, *events):
        async with self.database.session() as session:
            await batch.keep(session, events)

    async def abouts(self):
        async with self.database.session() as session:
            return {about.contact_id: about for about in await voc_contacts.since(session, 0)}

    async def topic(self, contact_id=CONTACT):
        about = (await self.abouts()).get(contact_id)
        return about.topic if about else None


@pytest.fixture
async def store(tmp_path, monkeypatch):
    monkeypatch.setattr(outage_module, "LAST_WAIT_S", 0.05)
    monkeypatch.setattr(conversations_module, "TELL_MS", 300)
    monkeypatch.setattr(looks_module, "AGAIN_MS", 200)
    monkeypatch.setattr(looks_module, "LAST_MS", 300)
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path}/sangdam.db")
    yield Store(database)
    await database.close()


@asynccontextmanager
async def running(bus, store, reader=None, **settings):
    service = VocService(bus, store, reader or FirstWords(), zone=SEOUL, **settings)
    task = asyncio.create_task(service.run())
    async with asyncio.timeout(10):
        await service.ready.wait()
    try:
        yield service
    finally:
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled(), task.exception()


async def until(look, limit_s=10.0):
    async with asyncio.timeout(limit_s):
        while not await look():
            await asyncio.sleep(0.02)


async def told(store, topic, contact_id=CONTACT):
    async def is_so():
        return await store.topic(contact_id) == topic

    await until(is_so)


def state(name, revision, contact_id=CONTACT, **more):
    fields = {"roles": {0: "caller", 1: "agent"}, "started_at_ms": BEGAN_MS} | more
    return ContactStateChanged(
        contact_id=contact_id, at_ms=wall_ms(), revision=revision, state=name, **fields
    )


def said(number, text, contact_id=CONTACT, revision=1, channel=0):
    return Utterance(
        contact_id=contact_id,
        at_ms=wall_ms(),
        utterance_id=utterance_id(contact_id, channel, number),
        revision=revision,
        status="final",
        channel=channel,
        role="unknown",
        start_ms=number,
        end_ms=number + 1,
        text=text,
        heard_ms=wall_ms(),
    )


async def all_is_right(store):
    """A fresh count of what the store knows says the same."""
    found = await recount(store.database, FirstWords(), zone=SEOUL, now_ms=wall_ms() + 10**9, check=True)
    assert not found, found


async def test_a_contact_counts_while_it_goes_on_and_changes_with_what_is_said(bus, store):
    async with running(bus, store) as service:
        await publish_events(bus, [state("talking", 1), said(1, "단수 마포구")])
        await told(store, "단수")
        await publish_events(bus, [said(1, "누수 마포구", revision=2), said(0, "네", channel=1)])
        await told(store, "누수")
        ended = state("ended", 2)
        await publish_events(bus, [said(2, "답답해요!"), ended])
        await until(lambda: complained(store))
        assert service.counts.failed == 0
    (about,) = (await store.abouts()).values()
    assert (about.at_ms, about.district, about.phrases) == (
        BEGAN_MS,
        "마포구",
        ("누수", "마포구", "답답해요!"),
    )


async def complained(store):
    return any(about.complaint for about in (await store.abouts()).values())


async def test_the_end_is_told_at_once_and_what_comes_later_still_counts(bus, store):
    async with running(bus, store, monotonic=lambda: 1_000_000) as service:
        await publish_events(bus, [state("talking", 1), said(1, "단수"), state("ended", 2)])
        await told(store, "단수")  # though no time passes
        await publish_events(bus, [said(1, "누수", revision=2)])
        await told(store, "누수")
        roles = RolesChanged(contact_id=CONTACT, at_ms=wall_ms(), roles={0: "agent"}, staff_id="kim")
        await publish_events(bus, [roles])
        await told(store, "")
        assert service.counts.contacts == 3


async def test_a_contact_that_ended_long_ago_is_corrected(bus, store):
    """It was forgotten here: what was heard before comes from the store."""
    await store.keep(state("ended", 2), said(1, "단수"), said(2, "마포구"))
    async with running(bus, store):
        await publish_events(bus, [said(1, "누수", revision=2)])
        await told(store, "누수")
        assert (await store.abouts())[CONTACT].district == "마포구"


async def test_contacts_that_are_done_with_are_forgotten(bus, store):
    events = [state("talking", 1), said(1, "단수"), state("ended", 2)]
    async with running(bus, store) as service:
        await publish_events(bus, events)
        await store.keep(*events)
        await told(store, "단수")
        await until(lambda: asyncio.sleep(0, not len(service)))
        assert service.counts.contacts == 1
    await all_is_right(store)


async def test_a_theme_that_was_found_meanwhile_stays_and_is_no_news(bus, store):
    events = [state("talking", 1), said(1, "단수"), state("ended", 2)]
    await store.keep(*events)
    async with running(bus, store) as service:
        await publish_events(bus, events)
        await told(store, "단수")
        about = (await store.abouts())[CONTACT]
        async with store.session() as session:
            await voc_contacts.put(session, [about.model_copy(update={"theme_id": "t1"})], zone=SEOUL)
        await until(lambda: asyncio.sleep(0, not len(service)))
    assert (await store.abouts())[CONTACT].theme_id == "t1"
    await all_is_right(store)


async def test_a_database_that_is_away_is_waited_for_and_nothing_is_lost(bus, store):
    store.off = True
    async with running(bus, store) as service:
        for contact_id in IDS:
            await publish_events(bus, [state("talking", 1, contact_id), said(1, "단수", contact_id)])
        await until(lambda: asyncio.sleep(0, bus.counts.retried["voc"] > 2 and service.owed == len(IDS)))
        store.off = False
        await until(lambda: counted(store, IDS))
    assert {about.topic for about in (await store.abouts()).values()} == {"단수"}


async def counted(store, ids):
    return (await store.abouts()).keys() == set(ids)


async def test_what_could_not_be_written_before_the_end_of_a_process_is_written_by_the_next(bus, store):
    store.off = True
    async with running(bus, store):
        await publish_events(bus, [state("talking", 1), said(1, "단수"), state("ended", 2)])
        await until(lambda: asyncio.sleep(0, bus.counts.retried["voc"] > 0))
    store.off = False
    async with running(bus, store):
        await told(store, "단수")


async def test_what_the_store_learns_later_counts(bus, store):
    """Another worker heard the first finals, and committed them; the console is a while behind."""
    async with running(bus, store):
        await publish_events(bus, [said(2, "물"), state("ended", 3)])
        await told(store, "물")
        await store.keep(said(1, "단수"), state("talking", 2))
        await told(store, "단수")
        await store.keep(state("ended", 3), said(0, "급수"))
        await told(store, "급수")
    await store.keep(said(2, "물"))
    await all_is_right(store)


async def test_what_the_last_owner_writes_late_does_not_stay(bus, store):
    events = [state("talking", 1), said(1, "단수"), state("ended", 2)]
    await store.keep(*events)
    async with running(bus, store):
        await publish_events(bus, events)
        await told(store, "단수")
        stale = (await store.abouts())[CONTACT].model_copy(update={"topic": "옛것"})
        async with store.session() as session:
            await voc_contacts.put(session, [stale], zone=SEOUL)
        await told(store, "단수")
    await all_is_right(store)


async def test_nobody_knows_when_a_contact_began(bus, store, monkeypatch):
    monkeypatch.setattr(looks_module, "GIVE_UP_MS", 100)
    async with running(bus, store) as service:
        await publish_events(bus, [said(1, "단수")])
        await until(lambda: asyncio.sleep(0, service.counts.looks >= 1))
        await until(lambda: asyncio.sleep(0, not len(service) and not service.owed))
    assert await store.abouts() == {}


async def test_a_contact_that_cannot_be_read_or_written_stops_no_other(bus, store):
    class Stumbles(FirstWords):
        def about(self, said):
            if said.contact_id == IDS[0]:
                raise ValueError("no")
            return super().about(said)

    engine = store.database._engine.sync_engine

    def refuse(_connection, _cursor, statement, parameters, _context, _many):
        if "INTO voc_contacts" in statement and any(IDS[2] in row for row in parameters):
            raise ValueError("this one not")

    sqlalchemy_events.listen(engine, "before_cursor_execute", refuse)
    async with running(bus, store, Stumbles()) as service:
        events = [state("ended", 1, contact_id) for contact_id in IDS[:6]]
        await publish_events(bus, events)
        await until(lambda: counted(store, [IDS[1], *IDS[3:6]]))
        assert service.counts.failed >= 2


async def test_more_contacts_than_are_kept(bus, store):
    async with running(bus, store, max_conversations=4) as service:
        for contact_id in IDS:
            events = [state("talking", 1, contact_id), said(1, "단수", contact_id)]
            await publish_events(bus, events)
            await store.keep(*events)
        await until(lambda: counted(store, IDS))
        await publish_events(bus, [said(2, "마포구", contact_id) for contact_id in IDS])
        await store.keep(*(said(2, "마포구", contact_id) for contact_id in IDS))
        await until(lambda: all_in_mapo(store))
        await until(lambda: asyncio.sleep(0, len(service) <= 4))
    assert {about.topic for about in (await store.abouts()).values()} == {"단수"}
    await all_is_right(store)


async def all_in_mapo(store):
    return {about.district for about in (await store.abouts()).values()} == {"마포구"}


async def test_two_workers_share_the_contacts_and_one_of_them_goes(bus, store):
    first = [[state("talking", 1, each), said(1, "단수", each)] for each in IDS]
    second = [[said(2, "마포구", each), state("ended", 2, each)] for each in IDS]
    async with running(bus, store):
        async with running(bus, store):
            for events in first:
                await publish_events(bus, events)
                await store.keep(*events)
            for events in second[:12]:
                await publish_events(bus, events)
        for events in second[12:]:
            await publish_events(bus, events)
        for events in second:
            await store.keep(*events)
        await until(lambda: all_in_mapo(store))
    assert {about.topic for about in (await store.abouts()).values()} == {"단수"}
    await all_is_right(store)


async def test_what_works_beside_it_ends_with_it(bus, store):
    class Beside:
        def __init__(self):
            self.state = "new"

        async def run(self):
            self.state = "running"
            try:
                await asyncio.Event().wait()
            finally:
                self.state = "ended"

    many = [Beside() for _ in range(3)]
    async with running(bus, store, detector=many[0], courier=many[1], reports=many[2]):
        await until(lambda: asyncio.sleep(0, {each.state for each in many} == {"running"}))
    assert {each.state for each in many} == {"ended"}
