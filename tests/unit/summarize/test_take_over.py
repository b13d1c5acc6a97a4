"""Contacts that move from worker to worker, outages of the database, a store that is behind: no summary is missed."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from bus import events as events_module
from bus import outage as outage_module
from bus.embedded import EmbeddedBus
from bus.events import publish_events
from contracts.clock import wall_ms
from contracts.codec import decode
from contracts.contact import ContactStateChanged
from contracts.errors import Unreachable
from contracts.summary import SummaryDrafted
from contracts.topics import SUMMARIES
from contracts.transcript import Utterance
from store import contacts, summaries, transcripts
from store.database import Database
from summarize import checks as checks_module
from summarize.service import SummarizeService

CONTACT = "00000000-0000-0000-0000-000000000001"
IDS = [f"00000000-0000-0000-0000-{number:012d}" for number in range(12)]
QUESTION, ANSWER = (
    "caller: 여권 재발급은 어떻게 하나요?",
    "agent: 신분증과 사진을 가지고 구청에 방문하시면 됩니다.",
)


@pytest.fixture
async def bus(tmp_path):
    bus = await EmbeddedBus.open(tmp_path / "bus.db", session_s=2)
    yield bus
    await bus.close()


class Store:
    """The database, which can be switched off, and what the console would have written to it."""

    def __init__(self, database):
        self._database = database
        self.off = False

    def session(self):
        if self.off:
            raise Unreachable("없음", "away")
        return self._database.session()

    async def keep(self, *events):
        async with self._database.session() as session:
            for event in events:
                match event:
                    case Utterance():
                        await transcripts.upsert(session, event)
                    case ContactStateChanged():
                        await contacts.upsert(session, event)
                    case SummaryDrafted():
                        await summaries.upsert_draft(session, event)


@pytest.fixture
async def store(tmp_path, monkeypatch):
    monkeypatch.setattr(outage_module, "LAST_WAIT_S", 0.05)
    monkeypatch.setattr(checks_module, "AGAIN_MS", 300)
    monkeypatch.setattr(checks_module, "LAST_MS", 600)
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path}/sangdam.db")
    yield Store(database)
    await database.close()


@asynccontextmanager
async def running(bus, store):
    service = SummarizeService(bus, store)
    task = asyncio.create_task(service.run())
    async with asyncio.timeout(10):
        await service.ready.wait()
    try:
        yield service
    finally:
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled(), task.exception()


class Panel:
    """Drafts as a panel takes them: of each contact the highest revision, the first of equal ones."""

    def __init__(self, bus):
        self._bus = bus
        self.shown = {}
        self.published = []
        self._task = asyncio.create_task(self._follow())

    async def _follow(self):
        subscription = await self._bus.subscribe("panel", [SUMMARIES.name])
        while True:
            for record in (await subscription.fetch(timeout_s=0.2)).records:
                draft = decode(record.value)
                self.published.append(draft)
                known = self.shown.get(draft.contact_id)
                if known is None or draft.revision > known.revision:
                    self.shown[draft.contact_id] = draft

    def texts(self, contact_id=CONTACT):
        draft = self.shown.get(contact_id)
        return {line.text for line in draft.lines} if draft else set()

    async def until(self, look, limit_s=15.0):
        async with asyncio.timeout(limit_s):
            while not look():
                await asyncio.sleep(0.01)

    async def stop(self):
        self._task.cancel()
        await asyncio.wait([self._task])


@pytest.fixture
async def panel(bus):
    panel = Panel(bus)
    yield panel
    await panel.stop()


def state(name, revision, contact_id=CONTACT):
    now_ms = wall_ms()
    return ContactStateChanged(
        contact_id=contact_id, at_ms=now_ms, revision=revision, state=name, roles={0: "caller", 1: "agent"}, started_at_ms=now_ms
    )  # fmt: skip


def text_of(turn):
    return turn.partition(": ")[2]


async def test_a_late_final_after_a_take_over_counts_though_the_database_is_away_just_then(
    bus, store, panel, say
):
    question, answer = say(QUESTION, ANSWER)
    ended = state("ended", 2)
    async with running(bus, store):
        await publish_events(bus, [state("talking", 1), question, ended])
        await panel.until(panel.texts)
    await store.keep(ended, question, panel.shown[CONTACT])
    store.off = True
    async with running(bus, store) as service:
        # A partial goes before it, as it would: also that is the contact's first record here.
        await publish_events(bus, [answer.model_copy(update={"status": "partial", "revision": 1})])
        await publish_events(bus, [answer])
        await asyncio.sleep(0.5)
        assert len(panel.published) == 1
        store.off = False
        await panel.until(lambda: text_of(ANSWER) in panel.texts())
        assert service.counts.revised == 1
    assert text_of(QUESTION) in panel.texts()


async def test_a_final_that_could_not_be_placed_comes_again_after_a_kill(bus, store, panel, say, monkeypatch):
    """The database is away from the take-over to the kill: the final was heard, and not committed."""
    monkeypatch.setattr(events_module.finish, "__defaults__", (0.1,))
    question, answer = say(QUESTION, ANSWER)
    ended = state("ended", 2)
    await store.keep(ended, question)
    store.off = True
    async with running(bus, store):
        await publish_events(bus, [answer])
        await asyncio.sleep(0.5)
    store.off = False
    async with running(bus, store):
        await panel.until(lambda: text_of(ANSWER) in panel.texts())


async def test_what_the_store_learns_after_the_draft_is_drafted_too(bus, store, panel, say):
    """The last owner heard the finals and committed them; the console is a while behind."""
    question, answer = say(QUESTION, ANSWER)
    async with running(bus, store):
        await publish_events(bus, [state("talking", 1), question, answer])
        await asyncio.sleep(0.5)
    async with running(bus, store):
        await publish_events(bus, [state("ended", 2)])
        await panel.until(lambda: CONTACT in panel.shown)
        assert panel.texts() == set()
        await store.keep(question)
        await panel.until(lambda: text_of(QUESTION) in panel.texts())
        await store.keep(answer, *panel.published)
        await panel.until(lambda: text_of(ANSWER) in panel.texts())
        await store.keep(panel.shown[CONTACT])
        drafts = len(panel.published)
        await asyncio.sleep(1.5)
        assert len(panel.published) == drafts == 3


async def test_a_kill_between_publishing_and_committing_changes_nothing_seen(
    bus, store, panel, say, monkeypatch
):
    """The second worker knows less, because the store is behind: its draft must not win."""
    monkeypatch.setattr(events_module.finish, "__defaults__", (0.1,))
    said = say(QUESTION, ANSWER)
    service = SummarizeService(bus, store)

    async def never(subscription, offsets, now_ms, who):
        if offsets is service._offsets:
            await asyncio.sleep(60 if service.counts.drafts else 0)
        else:
            await events_module.commit_done(subscription, offsets, now_ms, who)

    await publish_events(bus, [state("talking", 1), *said])
    async with running(bus, store) as first:
        await panel.until(lambda: CONTACT in first._conversations and first._offsets.to_commit(0) == {})
    monkeypatch.setattr("summarize.service.commit_done", never)
    # Both workers read the end; only what they know of the call before it differs.
    service._conversations[CONTACT] = first._conversations[CONTACT]
    task = asyncio.create_task(service.run())
    await publish_events(bus, [state("ended", 2)])
    await panel.until(lambda: CONTACT in panel.shown)
    task.cancel()
    await asyncio.wait([task])
    best = panel.shown[CONTACT]
    assert panel.texts() == {text_of(QUESTION), text_of(ANSWER)}
    await store.keep(said[0])
    async with running(bus, store):
        await panel.until(lambda: len(panel.published) > 1)
        assert panel.published[1].revision < best.revision
        await store.keep(*said, *panel.published)
        await asyncio.sleep(2.0)
    assert panel.texts() == {text_of(QUESTION), text_of(ANSWER)}


async def test_two_workers_share_the_contacts_and_one_of_them_goes(bus, store, panel, say):
    """Every contact has its draft, whoever has it, and each is drafted by one."""
    async with running(bus, store) as stays:
        async with running(bus, store) as goes:
            for contact_id in IDS:
                said = say(QUESTION, ANSWER, contact_id=contact_id)
                await publish_events(bus, [state("talking", 1, contact_id), *said])
                await store.keep(*said)
            await panel.until(lambda: len(stays._conversations) + len(goes._conversations) >= len(IDS))
            await publish_events(bus, [state("ended", 2, contact_id) for contact_id in IDS[:6]])
            await panel.until(lambda: len(panel.shown) == 6)
            assert stays.counts.drafts + goes.counts.drafts == 6
            await publish_events(bus, [state("ended", 2, contact_id) for contact_id in IDS[6:]])
        await panel.until(lambda: len(panel.shown) == len(IDS))
        await asyncio.sleep(1.0)
    assert all(panel.texts(contact_id) == {text_of(QUESTION), text_of(ANSWER)} for contact_id in IDS)


async def test_a_bus_that_takes_no_draft_gets_it_later(bus, store, panel, say, monkeypatch):
    publish = bus.publish_many
    refused = []

    async def refuse(topic, records):
        if topic == SUMMARIES.name and len(refused) < 5:
            refused.append(topic)
            raise Unreachable("없음", "away")
        await publish(topic, records)

    monkeypatch.setattr(bus, "publish_many", refuse)
    async with running(bus, store) as service:
        await publish_events(bus, [state("talking", 1), *say(QUESTION, ANSWER), state("ended", 2)])
        await panel.until(lambda: CONTACT in panel.shown)
        assert service.counts.drafts == 1
        assert bus.counts.retried["summarize"] == 5


async def test_a_jump_of_the_wall_clock_delays_no_draft(bus, store, panel, say):
    hour_back = SummarizeService(bus, store, clock=lambda: wall_ms() - 3_600_000)
    task = asyncio.create_task(hour_back.run())
    await publish_events(bus, [state("talking", 1), *say(QUESTION, ANSWER), state("ended", 2)])
    await panel.until(lambda: CONTACT in panel.shown, 5)
    task.cancel()
    await asyncio.wait([task])
