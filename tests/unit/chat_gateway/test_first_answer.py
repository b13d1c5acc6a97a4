"""Guides for who waits: with the real assist over a real bus, and at its edges with cards of our own."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from assist.importer import import_articles
from assist.service import AssistService
from bus.base import Bus
from bus.events import publish_events
from bus.open import open_bus
from chat_gateway.bus_events import Told
from chat_gateway.first_answer import WITHIN_MS, FirstAnswers, guide_of
from chat_gateway.log import ChatLog
from chat_gateway.rules import Rules
from contracts.chat import (
    CITIZEN,
    SYSTEM,
    Assigned,
    ChatEntry,
    Offered,
    Opened,
    Party,
    Said,
    Solved,
    Urgent,
)
from contracts.clock import wall_ms
from contracts.errors import Conflict
from contracts.suggestion import Snippet, SuggestionOffered
from models.morphemes import Morphemes
from privacy.vault import Vault
from store import articles
from store.database import Database
from tests.unit.chat_gateway.chats import rules as site_rules

ROOT = Path(__file__).parents[3]
KIM = Party(side="staff", staff_id="kim", name="김상담")


@dataclass
class Desk:
    bus: Bus
    database: Database
    log: ChatLog
    answers: FirstAnswers

    async def begin(self) -> str:
        return (await self.log.begin(Opened(channel="web"), person_id="person")).contact_id

    async def ask(self, contact_id: str, text: str) -> ChatEntry:
        return await self.log.submit(contact_id, CITIZEN, Said(text=text))

    async def offered(self, contact_id: str) -> list[ChatEntry]:
        entries = await self.log.entries(contact_id)
        return [entry for entry in entries if isinstance(entry.body, Offered)]

    async def card(self, entry: ChatEntry, *names: str, **more: Any) -> None:
        """What assist would say of this line."""
        await publish_events(self.bus, [offer(entry, name, **more) for name in names])

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not holds():
                await asyncio.sleep(0.01)


def offer(entry: ChatEntry, name: str, **snippet: Any) -> SuggestionOffered:
    fields = {
        "article_id": name,
        "title": name,
        "text": f"{name}의 본문",
        "revised": dt.date(2026, 1, 2),
        "score": 0.9,
    }
    return SuggestionOffered(
        contact_id=entry.contact_id,
        at_ms=wall_ms(),
        suggestion_id=f"{entry.contact_id}/{name}",
        revision=1,
        utterance_id=f"{entry.contact_id}/0/{entry.seq}",
        query="여권",
        reason="'여권'을 말씀하셨습니다",
        snippet=Snippet(**fields | snippet),
        final_at_ms=entry.at_ms,
    )


@asynccontextmanager
async def running(
    folder: Path, rules: Rules | None = None, clock: Callable[[], int] | None = None
) -> AsyncIterator[Desk]:
    database = await Database.open(f"sqlite+aiosqlite:///{folder}/store.db")
    bus = await open_bus(f"embedded://{folder}/bus.db")
    rules = rules or site_rules()
    log = ChatLog(database, bus, Vault("v" * 32), rules, instance="one", events=Told())
    more = {"clock": clock} if clock else {}
    answers = FirstAnswers(log, bus, rules, **more)
    log.listen(answers.heard)
    tasks = [asyncio.create_task(log.run()), asyncio.create_task(answers.run())]
    async with asyncio.timeout(10):
        await answers.ready.wait()
    try:
        yield Desk(bus, database, log, answers)
    finally:
        for task in tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        await bus.close()
        await database.close()


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with running(tmp_path) as made:
        yield made


# -- with assist -------------------------------------------------------------------------------------------


@asynccontextmanager
async def assisted(desk: Desk) -> AsyncIterator[None]:
    report = import_articles(ROOT / "samples" / "guides", dt.date(2026, 1, 1))
    async with desk.database.session() as session:
        await articles.upsert_many(session, report.accepted)
    service = AssistService(desk.bus, desk.database, Morphemes())
    task = asyncio.create_task(service.run())
    try:
        async with asyncio.timeout(60):
            await service.ready.wait()
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


LOST = "여권을 잃어버렸는데 어떻게 해야 하나요? 제 번호는 010-1234-5678이에요"


async def met(desk: Desk) -> tuple[ChatEntry, ChatEntry]:
    """A greeting and a question, and the guides that meet it; asked anew on a machine that is busy with others."""
    for _ in range(4):
        contact_id = await desk.begin()
        await desk.ask(contact_id, "안녕하세요")
        question = await desk.ask(contact_id, LOST)
        with suppress(TimeoutError):
            async with asyncio.timeout(WITHIN_MS / 1000 + 0.5):
                while not await desk.offered(contact_id):
                    await asyncio.sleep(0.02)
            return question, (await desk.offered(contact_id))[0]
    pytest.fail("no guides within 2 s")


async def test_a_question_is_met_with_guides_and_small_talk_is_not(desk: Desk) -> None:
    async with assisted(desk):
        quiet = await desk.begin()
        await desk.ask(quiet, "안녕하세요, 날씨가 참 좋네요")
        question, entry = await met(desk)
        asking = question.contact_id
        assert entry.author == SYSTEM
        assert isinstance(entry.body, Offered)
        assert 1 <= len(entry.body.guides) <= 3
        guide = entry.body.guides[0]
        assert guide.article_id == "passport-lost"
        assert guide.passage
        assert guide.source.startswith("https://")
        assert (guide.category, guide.revised[:2]) == ("여권", "20")
        # The place in the queue stays.
        head = await desk.log.head(asking)
        assert (head.state, head.topic) == ("waiting", "여권")
        assert head.queued_at_ms == head.opened_at_ms

        asked = desk.answers.counts.asked
        await desk.ask(asking, "대형폐기물은 어떻게 버리나요?")
        assert desk.answers.counts.asked == asked  # offered once
        assert await desk.offered(quiet) == []

        await desk.log.submit(asking, CITIZEN, Solved(article_id=guide.article_id))
        head = await desk.log.head(asking)
        assert (head.state, head.solved_by, head.topic) == ("ended", "self", "여권")


# -- at the edges ------------------------------------------------------------------------------------------


async def test_never_instead_of_a_person(desk: Desk) -> None:
    contact_id = await desk.begin()
    question = await desk.ask(contact_id, "여권이요")
    await desk.log.submit(contact_id, SYSTEM, Assigned(agent=KIM))
    await desk.card(question, "passport")
    await desk.until(lambda: desk.answers.counts.late == 1)
    assert await desk.offered(contact_id) == []
    guide = guide_of(offer(question, "passport").snippet)
    assert guide is not None
    with pytest.raises(Conflict):
        await desk.log.submit(contact_id, SYSTEM, Offered(guides=(guide,)))
    assert (await desk.log.head(contact_id)).state == "serving"


async def test_who_is_in_need_is_not_shown_guides(desk: Desk) -> None:
    contact_id = await desk.begin()
    await desk.log.submit(contact_id, SYSTEM, Urgent(words=("살려주세요",)))
    question = await desk.ask(contact_id, "여권이요")
    await desk.card(question, "passport")
    other = await desk.begin()
    await desk.card(await desk.ask(other, "여권이요"), "passport")
    await desk.until(lambda: desk.answers.counts.offered == 1)
    assert await desk.offered(contact_id) == []
    assert desk.answers.counts.asked == 1


async def test_of_many_cards_the_first_few_each_once_and_no_agencies(desk: Desk) -> None:
    contact_id = await desk.begin()
    question = await desk.ask(contact_id, "여권이요")
    elsewhere = question.model_copy(update={"seq": question.seq + 7})
    await desk.card(elsewhere, "of-another-line")
    await desk.card(question, "agency-police", kind="agency")
    await desk.card(question, "a", "a", "b", "c", "d", heading="준비물", source="https://x.kr")
    await desk.until(lambda: desk.answers.counts.offered == 1)
    (entry,) = await desk.offered(contact_id)
    assert isinstance(entry.body, Offered)
    assert [guide.article_id for guide in entry.body.guides] == ["a", "b", "c"]
    assert entry.body.guides[0].title == "a: 준비물"
    assert entry.body.guides[0].source == "https://x.kr"


async def test_what_comes_too_late_is_not_shown(tmp_path: Path) -> None:
    now_ms = 0
    async with running(tmp_path, clock=lambda: now_ms) as desk:
        contact_id = await desk.begin()
        question = await desk.ask(contact_id, "여권이요")
        now_ms = WITHIN_MS + 1
        await desk.card(question, "passport")
        other = await desk.begin()
        await desk.card(await desk.ask(other, "여권이요"), "passport")
        await desk.until(lambda: desk.answers.counts.offered == 1)
        assert await desk.offered(contact_id) == []
        assert len(await desk.offered(other)) == 1


async def test_two_lines_that_are_answered_at_once_bring_one_offer(desk: Desk) -> None:
    contact_id = await desk.begin()
    lines = [await desk.ask(contact_id, text) for text in ("여권이요", "잃어버렸어요")]
    await publish_events(desk.bus, [offer(line, f"guide-{line.seq}") for line in lines])
    await desk.until(lambda: desk.answers.counts.offered + desk.answers.counts.late == 2)
    assert len(await desk.offered(contact_id)) == 1


async def test_a_site_may_show_none(tmp_path: Path) -> None:
    async with running(tmp_path, replace(site_rules(), guides=0)) as desk:
        await desk.ask(await desk.begin(), "여권이요")
        assert desk.answers.counts.asked == 0
