"""The service on the embedded bus and a SQLite store: latency, late finals, restart, redelivery."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from bus.embedded import EmbeddedBus
from bus.events import publish_events
from contracts.clock import wall_ms
from contracts.codec import decode
from contracts.contact import ContactStateChanged, RolesChanged, SummaryRequested
from contracts.topics import SUMMARIES, TRANSCRIPT
from store import contacts, summaries, transcripts
from store.database import Database
from summarize.service import SummarizeService

CONTACT = "00000000-0000-0000-0000-000000000001"
TURNS = (
    "agent: 안녕하십니까? 다산콜센터입니다. 무엇을 도와드릴까요?",
    "caller: 여권 재발급은 어떻게 하나요?",
    "agent: 신분증과 사진을 가지고 구청에 방문하시면 됩니다.",
)


@pytest.fixture
async def bus(tmp_path):
    bus = await EmbeddedBus.open(tmp_path / "bus.db")
    yield bus
    await bus.close()


@pytest.fixture
async def database(tmp_path):
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path}/sangdam.db")
    yield database
    await database.close()


@asynccontextmanager
async def running(bus, database, **settings):
    service = SummarizeService(bus, database, **settings)
    task = asyncio.create_task(service.run())
    try:
        yield service
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class Drafts:
    """What is published on `summaries`, from its beginning."""

    def __init__(self, subscription):
        self._subscription = subscription
        self.seen = []

    async def next(self, timeout_s=6.0):
        async with asyncio.timeout(timeout_s):
            while True:
                batch = await self._subscription.fetch(timeout_s=0.1)
                self.seen += [decode(record.value) for record in batch.records]
                if batch.records:
                    return self.seen[-1]

    async def none(self, for_s):
        with pytest.raises(TimeoutError):
            await self.next(for_s)


@pytest.fixture
async def drafts(bus):
    subscription = await bus.subscribe("test", [SUMMARIES.name])
    yield Drafts(subscription)
    await subscription.close()


def _state(state, revision, contact_id=CONTACT):
    now_ms = wall_ms()
    return ContactStateChanged(
        contact_id=contact_id, at_ms=now_ms, revision=revision, state=state, roles={0: "caller", 1: "agent"}, started_at_ms=now_ms
    )  # fmt: skip


def _texts(draft, field):
    return [line.text for line in draft.lines if line.field == field]


async def test_a_draft_comes_within_five_seconds_of_the_end(bus, database, drafts, say):
    async with running(bus, database) as service:
        ended = _state("ended", 2)
        await publish_events(bus, [_state("talking", 1), *say(*TURNS), ended])
        draft = await drafts.next()
    assert draft.complete
    assert draft.label == "핵심 발화"
    assert draft.engine == "extractive"
    assert draft.ended_at_ms == ended.at_ms
    assert 0 <= draft.at_ms - draft.ended_at_ms < 5_000
    assert _texts(draft, "inquiry") == ["여권 재발급은 어떻게 하나요?"]
    assert draft.category.label == "민원·제증명 > 여권"
    assert service.counts.drafts == 1


async def test_finals_after_the_end_are_waited_for(bus, database, drafts, say):
    first, question, answer = say(*TURNS)
    async with running(bus, database):
        await publish_events(bus, [_state("talking", 1), first, _state("ended", 2)])
        await asyncio.sleep(0.6)
        await publish_events(bus, [question])
        await asyncio.sleep(0.6)
        await publish_events(bus, [answer])
        draft = await drafts.next()
        await drafts.none(0.5)
    assert len(draft.lines) == 2
    assert draft.at_ms - draft.ended_at_ms < 5_000


async def test_a_final_that_comes_later_still_makes_a_new_revision(bus, database, drafts, say):
    first, question, answer = say(*TURNS)
    async with running(bus, database) as service:
        await publish_events(bus, [_state("talking", 1), first, question, _state("ended", 2)])
        draft = await drafts.next()
        await publish_events(bus, [question])
        await drafts.none(1.8)
        await publish_events(bus, [answer])
        late = await drafts.next()
    assert late.revision > draft.revision
    assert _texts(late, "handling") == ["신분증과 사진을 가지고 구청에 방문하시면 됩니다."]
    assert service.counts.revised == 1


async def test_a_draft_on_request_comes_at_once_and_says_it_is_not_complete(bus, database, drafts, say):
    async with running(bus, database):
        await publish_events(bus, [_state("talking", 1), *say(*TURNS)])
        await asyncio.sleep(0.3)
        asked_ms = wall_ms()
        await publish_events(bus, [SummaryRequested(contact_id=CONTACT, at_ms=asked_ms, staff_id="kim")])
        draft = await drafts.next()
        assert not draft.complete
        assert draft.ended_at_ms is None
        assert draft.at_ms - asked_ms < 1_000
        await publish_events(bus, [_state("ended", 2)])
        final = await drafts.next()
    assert final.revision > draft.revision
    assert final.complete
    assert final.lines == draft.lines


async def test_corrected_roles_relabel_the_draft(bus, database, drafts, say):
    async with running(bus, database):
        await publish_events(bus, [_state("talking", 1), *say(*TURNS), _state("ended", 2)])
        draft = await drafts.next()
        roles = RolesChanged(
            contact_id=CONTACT, at_ms=wall_ms(), roles={0: "agent", 1: "caller"}, staff_id="kim"
        )
        await publish_events(bus, [roles])
        swapped = await drafts.next()
    assert swapped.revision > draft.revision
    assert "여권 재발급은 어떻게 하나요?" not in _texts(swapped, "inquiry")


async def test_an_empty_call_gets_an_empty_draft(bus, database, drafts):
    async with running(bus, database):
        await publish_events(bus, [_state("talking", 1), _state("ended", 2)])
        draft = await drafts.next()
    assert draft.lines == ()
    assert draft.category is None
    assert draft.label == "핵심 발화"


async def test_after_a_crash_the_end_is_drafted_with_what_the_store_kept(bus, database, drafts, say):
    said = say(*TURNS)
    async with running(bus, database):
        await publish_events(bus, [_state("talking", 1), *said])
        await asyncio.sleep(0.5)
        await publish_events(bus, [_state("ended", 2)])
        await asyncio.sleep(0.5)
    async with database.session() as session:
        for utterance in said:
            await transcripts.upsert(session, utterance)
    await drafts.none(0.2)
    async with running(bus, database):
        draft = await drafts.next()
        assert _texts(draft, "inquiry") == ["여권 재발급은 어떻게 하나요?"]
        await drafts.none(1.5)


async def test_a_redelivered_end_changes_nothing(bus, database, drafts, say):
    ended = _state("ended", 2)
    async with running(bus, database):
        await publish_events(bus, [_state("talking", 1), *say(*TURNS), ended])
        draft = await drafts.next()
    async with database.session() as session:
        await contacts.upsert(session, ended)
        await summaries.upsert_draft(session, draft)
        for utterance in say(*TURNS):
            await transcripts.upsert(session, utterance)
    async with running(bus, database):
        await publish_events(bus, [ended, *say(*TURNS)])
        await drafts.none(2.5)
        await publish_events(bus, [SummaryRequested(contact_id=CONTACT, at_ms=wall_ms(), staff_id="kim")])
        await drafts.none(1.0)


async def test_a_late_final_after_a_restart_still_counts(bus, database, drafts, say):
    first, question, answer = say(*TURNS)
    ended = _state("ended", 2)
    async with running(bus, database):
        await publish_events(bus, [_state("talking", 1), first, question, ended])
        draft = await drafts.next()
    async with database.session() as session:
        await contacts.upsert(session, ended)
        await summaries.upsert_draft(session, draft)
        await transcripts.upsert(session, question)
    async with running(bus, database):
        await publish_events(bus, [answer])
        late = await drafts.next()
    assert late.revision > draft.revision
    assert late.complete
    assert len(late.lines) == 2


async def test_memory_is_bounded_and_what_went_comes_back(bus, database, drafts, say):
    ids = [f"00000000-0000-0000-0000-{number:012d}" for number in range(6)]
    async with running(bus, database, max_conversations=2) as service:
        for contact_id in ids:
            said = say(*TURNS, contact_id=contact_id)
            async with database.session() as session:
                for utterance in said:
                    await transcripts.upsert(session, utterance)
            await publish_events(bus, [_state("talking", 1, contact_id), *said])
            await asyncio.sleep(0.1)
        assert len(service._conversations) <= 2
        await publish_events(bus, [_state("ended", 2, ids[0])])
        draft = await drafts.next()
    assert draft.contact_id == ids[0]
    assert len(draft.lines) == 2


async def test_a_bad_record_does_not_stop_the_others(bus, database, drafts, say):
    async with running(bus, database):
        await bus.publish(TRANSCRIPT.name, CONTACT, b"not an event")
        await publish_events(bus, [_state("talking", 1), *say(*TURNS), _state("ended", 2)])
        assert (await drafts.next()).lines
