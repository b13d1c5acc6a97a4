"""The service with a language model: what goes out, in which order, and what a slow or failing model costs."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest

from bus import events as events_module
from bus.embedded import EmbeddedBus
from bus.events import publish_events
from contracts.clock import wall_ms
from contracts.codec import decode
from contracts.contact import ContactStateChanged, SummaryRequested
from contracts.summary import SummaryDrafted, SummaryWriting
from contracts.topics import SUMMARIES
from models.openai_server import Limits, OpenAIServer
from store import contacts, summaries, transcripts
from store.database import Database
from summarize.service import SummarizeService
from tests.openai_server import Reply, ScriptedModel, in_turn

CONTACT = "00000000-0000-0000-0000-000000000001"
OTHER = "00000000-0000-0000-0000-000000000002"
QUESTION, ANSWER = (
    "caller: 여권 재발급은 어떻게 하나요?",
    "agent: 신분증과 사진을 가지고 구청에 방문하시면 됩니다.",
)
LATE = "agent: 수수료는 오만 원입니다."
NOTE = json.dumps(
    {
        "inquiry": [{"text": "여권 재발급 방법 문의함", "evidence": [1]}],
        "handling": [{"text": "신분증과 사진을 지참하여 구청 방문하도록 안내함", "evidence": [2]}],
        "followup": [],
    },
    ensure_ascii=False,
)
OURS, THEIRS = "extractive", "test-model"


@pytest.fixture
async def bus(tmp_path):
    bus = await EmbeddedBus.open(tmp_path / "bus.db", session_s=2)
    yield bus
    await bus.close()


@pytest.fixture
async def database(tmp_path):
    database = await Database.open(f"sqlite+aiosqlite:///{tmp_path}/sangdam.db")
    yield database
    await database.close()


@pytest.fixture
def server():
    with ScriptedModel(NOTE) as server:
        yield server


@asynccontextmanager
async def running(bus, database, server, **settings):
    model = OpenAIServer(server.base_url, THEIRS, key=None, limits=Limits(tries=1))
    service = SummarizeService(bus, database, model=model, **settings)
    task = asyncio.create_task(service.run())
    async with asyncio.timeout(10):
        await service.ready.wait()
    try:
        yield service
    finally:
        task.cancel()
        await asyncio.wait([task])
        await model.close()


class Published:
    """All that goes out, in order."""

    def __init__(self, bus):
        self._bus = bus
        self.all = []
        self._task = asyncio.create_task(self._follow())

    async def _follow(self):
        subscription = await self._bus.subscribe("panel", [SUMMARIES.name])
        while True:
            for record in (await subscription.fetch(timeout_s=0.1)).records:
                self.all.append(decode(record.value))

    def drafts(self, contact_id=CONTACT):
        return [one for one in self.all if isinstance(one, SummaryDrafted) and one.contact_id == contact_id]

    def writing(self):
        return [one for one in self.all if isinstance(one, SummaryWriting)]

    def engines(self, contact_id=CONTACT):
        return [one.engine for one in self.drafts(contact_id)]

    async def until(self, look, limit_s=15.0):
        async with asyncio.timeout(limit_s):
            while not look():
                await asyncio.sleep(0.01)

    async def stop(self):
        self._task.cancel()
        await asyncio.wait([self._task])


@pytest.fixture
async def published(bus):
    published = Published(bus)
    yield published
    await published.stop()


def state(name, revision, contact_id=CONTACT, kind="call"):
    now_ms = wall_ms()
    return ContactStateChanged(
        contact_id=contact_id, at_ms=now_ms, revision=revision, state=name, kind=kind, roles={0: "caller", 1: "agent"}, started_at_ms=now_ms
    )  # fmt: skip


def asked(contact_id=CONTACT):
    return SummaryRequested(contact_id=contact_id, at_ms=wall_ms(), staff_id="kim")


async def test_the_extractive_draft_comes_first_and_the_models_takes_its_place(
    bus, database, server, published, say
):
    server.reply = lambda _: Reply(NOTE, gap_s=0.015)
    ended = state("ended", 2)
    async with running(bus, database, server) as service:
        await publish_events(bus, [state("talking", 1), *say(QUESTION, ANSWER), ended])
        await published.until(lambda: published.engines() == [OURS, THEIRS])
    base, draft = published.drafts()
    assert base.at_ms - ended.at_ms < 5_000
    assert draft.revision == base.revision + 1
    assert (draft.label, draft.fallback, draft.complete) == ("요약 초안", "", True)
    assert [line.text for line in draft.lines if line.field == "inquiry"] == ["여권 재발급 방법 문의함"]
    writing = published.writing()
    assert writing
    assert {one.revision for one in writing} == {draft.revision}
    assert [one.seq for one in writing] == list(range(1, len(writing) + 1))
    assert published.all.index(writing[-1]) < published.all.index(draft)
    counts = service.counts
    assert (counts.llm_drafts, counts.drafts, counts.revised) == (1, 2, 0)
    assert counts.llm_seconds > 0


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        (Reply(status=500), "away"),
        (Reply("죄송합니다."), "unusable"),
        (Reply(NOTE, stall_after=5), "late"),
        (Reply(NOTE, break_after=30), "away"),
    ],
    ids=["500", "garbage", "stall", "break"],
)
async def test_a_model_that_fails_costs_only_the_wording(bus, database, server, published, say, reply, why):
    server.reply = lambda _: reply
    async with running(bus, database, server, write_limit_s=0.6) as service:
        await publish_events(bus, [state("talking", 1), *say(QUESTION, ANSWER), asked()])
        await published.until(lambda: len(published.drafts()) == 2)
        base, again = published.drafts()
        assert (base.engine, base.fallback, again.engine, again.fallback) == (OURS, "", OURS, why)
        assert again.lines == base.lines
        assert service.counts.llm_failed == {why: 1}
        # The agent asks again: the model has another chance.
        server.reply = lambda _: NOTE
        await publish_events(bus, [asked()])
        await published.until(lambda: published.engines() == [OURS, OURS, THEIRS])


async def test_a_server_that_is_down_is_said_at_once(bus, database, server, published, say):
    server.down()
    async with running(bus, database, server):
        await publish_events(bus, [state("talking", 1), *say(QUESTION, ANSWER), asked()])
        await published.until(lambda: len(published.drafts()) == 2, 4)
    assert published.drafts()[-1].fallback == "away"


async def test_a_slow_contact_holds_up_no_other(bus, database, server, published, say):
    server.reply = lambda request: (
        Reply(NOTE, stall_after=3) if "냉장고" in request["messages"][-1]["content"] else NOTE
    )
    async with running(bus, database, server, write_limit_s=1.5):
        await publish_events(bus, [*say("caller: 냉장고 버리는 법 궁금해요", ANSWER), asked()])
        await published.until(lambda: server.requests)
        await publish_events(bus, [*say(QUESTION, ANSWER, contact_id=OTHER), asked(OTHER)])
        await published.until(lambda: published.engines(OTHER) == [OURS, THEIRS], 1.4)
        assert published.engines() == [OURS]
        await published.until(lambda: len(published.drafts()) == 2)
        assert published.drafts()[-1].fallback == "late"


async def test_only_so_many_are_written_at_once_and_all_in_turn(bus, database, server, published, say):
    server.reply = lambda _: Reply(NOTE, before_s=0.1)
    ids = [f"00000000-0000-0000-0000-{number:012d}" for number in range(6)]
    async with running(bus, database, server, write_at_once=2):
        for contact_id in ids:
            await publish_events(bus, [*say(QUESTION, ANSWER, contact_id=contact_id), asked(contact_id)])
        await published.until(lambda: all(published.engines(one) == [OURS, THEIRS] for one in ids))
    assert server.most_at_once == 2


async def test_a_late_final_is_written_anew_and_nothing_old_comes_after(
    bus, database, server, published, say
):
    server.reply = in_turn(Reply(NOTE, gap_s=0.015, stall_after=30), NOTE)
    said = say(QUESTION, ANSWER, LATE)
    async with running(bus, database, server) as service:
        await publish_events(bus, [state("talking", 1), *said[:2], state("ended", 2)])
        await published.until(published.writing)
        first = published.writing()[0].revision
        await publish_events(bus, [said[2]])
        await published.until(lambda: published.engines()[-1:] == [THEIRS])
        assert service.counts.revised == 1
    assert published.engines() == [OURS, OURS, THEIRS]
    revisions = [one.revision for one in published.drafts()]
    assert revisions == sorted(set(revisions))
    second = next(at for at, one in enumerate(published.all) if one is published.drafts()[1])
    assert all(one.revision > first for one in published.all[second:])
    assert "오만" in server.requests[-1].user


async def test_the_models_text_stands_until_it_has_written_again(bus, database, server, published, say):
    """During the call for a transfer, and again at the end."""
    async with running(bus, database, server):
        await publish_events(bus, [state("talking", 1), *say(QUESTION, ANSWER), asked()])
        await published.until(lambda: published.engines() == [OURS, THEIRS])
        assert not published.drafts()[-1].complete
        await publish_events(bus, [state("ended", 2)])
        await published.until(lambda: len(published.drafts()) == 3)
    assert published.engines() == [OURS, THEIRS, THEIRS]
    assert published.drafts()[-1].complete


async def test_a_redelivered_end_asks_the_model_nothing(bus, database, server, published, say):
    ended = state("ended", 2)
    async with running(bus, database, server):
        await publish_events(bus, [state("talking", 1), *say(QUESTION, ANSWER), ended])
        await published.until(lambda: published.engines() == [OURS, THEIRS])
    async with database.session() as session:
        await contacts.upsert(session, ended)
        await summaries.upsert_draft(session, published.drafts()[-1])
        for utterance in say(QUESTION, ANSWER):
            await transcripts.upsert(session, utterance)
    calls = len(server.requests)
    async with running(bus, database, server) as service:
        await publish_events(bus, [ended, *say(QUESTION, ANSWER), asked()])
        await published.until(
            lambda: service._offsets.to_commit(0) == {} and CONTACT in service._conversations
        )
        await published.until(lambda: not service._waiting)
    assert len(server.requests) == calls
    assert len(published.drafts()) == 2


async def test_a_kill_while_the_model_writes_loses_nothing(
    bus, database, server, published, say, monkeypatch
):
    monkeypatch.setattr(events_module.finish, "__defaults__", (0.1,))
    server.reply = lambda _: Reply(NOTE, stall_after=3)
    said = say(QUESTION, ANSWER)
    async with running(bus, database, server):
        await publish_events(bus, [state("talking", 1), *said, asked()])
        await published.until(lambda: server.requests)
    assert published.engines() == [OURS]
    async with database.session() as session:
        for utterance in said:
            await transcripts.upsert(session, utterance)
        await summaries.upsert_draft(session, published.drafts()[0])
    server.reply = lambda _: NOTE
    async with running(bus, database, server):
        await published.until(lambda: THEIRS in published.engines())
    assert published.engines() == [OURS, THEIRS]


async def test_a_chat_is_written_about_in_the_same_way(bus, database, server, published, say):
    async with running(bus, database, server):
        events = [state("talking", 1, kind="chat"), *say(QUESTION, ANSWER), state("ended", 2, kind="chat")]
        await publish_events(bus, events)
        await published.until(lambda: published.engines() == [OURS, THEIRS])


async def test_an_empty_contact_asks_the_model_nothing(bus, database, server, published):
    async with running(bus, database, server):
        await publish_events(bus, [state("talking", 1), asked()])
        await published.until(published.drafts)
    assert published.engines() == [OURS]
    assert server.requests == []
