"""A site with a language model: real services built from settings, a real server that writes, then one that is gone."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from bus.events import publish_events
from bus.open import open_bus
from contracts.codec import AnyEvent, decode
from contracts.contact import ContactStateChanged
from contracts.errors import BadSetting
from contracts.suggestion import AnswerOffered, SuggestionOffered
from contracts.summary import SummaryDrafted, SummaryWriting
from contracts.topics import SUGGESTIONS, SUMMARIES
from contracts.transcript import Utterance, utterance_id
from sangdam.added_models import load_added
from sangdam.application import Application, running
from sangdam.demo import load_sample_guides
from sangdam.services import Foundation, build
from sangdam.settings import Settings
from store.database import Database
from tests.openai_server import ScriptedModel

TALK = (
    (1, "소파를 버리려고 하는데 대형폐기물은 어떻게 신고하나요?"),
    (0, "구청 누리집에서 신고하시고 수수료는 5000원입니다."),
    (1, "네 알겠습니다."),
)
WITHIN_S = 30.0


def answers(request: dict[str, Any]) -> str:
    """A model that quotes its passage, and that invents a fee where it sums up."""
    data = next(one["content"] for one in request["messages"] if one["role"] == "user")
    if '"passage"' in data:
        sentence = json.loads(data)["passage"].splitlines()[0].split(". ")[0].rstrip(".")
        return json.dumps({"answer": f"{sentence}.", "quote": sentence}, ensure_ascii=False)
    return json.dumps(
        {
            "inquiry": [{"text": "소파 대형폐기물 신고 방법을 문의함", "evidence": [1]}],
            "handling": [
                {"text": "구청 누리집에서 신고, 수수료 9000원을 안내함", "evidence": [2]},
                {"text": "여권 재발급 사진 규격을 안내함", "evidence": [2]},
            ],
            "followup": [], "agency": "", "due": "", "owner": "", "result": "", "category": "",
        },
        ensure_ascii=False,
    )  # fmt: skip


def a_call() -> list[Any]:
    contact = str(uuid.uuid4())
    head: dict[str, Any] = {"contact_id": contact, "started_at_ms": 1, "roles": {0: "agent", 1: "caller"}}
    said = [
        Utterance(
            contact_id=contact, at_ms=1_000 * n, utterance_id=utterance_id(contact, channel, n * 8000),
            revision=1, status="final", channel=channel, role="agent" if channel == 0 else "caller",
            start_ms=1_000 * n, end_ms=1_000 * n + 900, text=text, heard_ms=1_000 * n + 900,
        )
        for n, (channel, text) in enumerate(TALK)
    ]  # fmt: skip
    begun = ContactStateChanged(**head, at_ms=1, revision=1, state="talking")
    return [begun, *said, ContactStateChanged(**head, at_ms=9_000, revision=2, state="ended")]


class Site:
    def __init__(self, foundation: Foundation) -> None:
        self.bus = foundation.bus
        self.seen: list[AnyEvent] = []

    async def listen(self) -> None:
        subscription = await self.bus.subscribe("test", [SUGGESTIONS.name, SUMMARIES.name])
        while True:
            batch = await subscription.fetch(timeout_s=0.2)
            self.seen += [decode(record.value) for record in batch.records]

    def of(self, contact: str, *kinds: type) -> list[Any]:
        return [one for one in self.seen if one.contact_id == contact and isinstance(one, kinds)]

    async def until(self, done: Callable[[], Any]) -> None:
        async with asyncio.timeout(WITHIN_S):
            while not done():
                await asyncio.sleep(0.05)


@pytest.fixture
def model():
    with ScriptedModel(answers) as server:
        yield server


@pytest.fixture
async def site(tmp_path: Path, model: ScriptedModel) -> AsyncIterator[Site]:
    options = Settings(data_dir=tmp_path, llm_url=model.base_url, llm_model="a-model", answers=True)
    names = ("assist", "summarize")
    bus = await open_bus(options.bus_url)
    database = await Database.open(options.database_url)
    await load_sample_guides(database)
    foundation = Foundation(options, bus, database, "", "test")
    application = Application(
        foundation, build(names, foundation, added=await asyncio.to_thread(load_added, options, names))
    )
    site = Site(foundation)
    listening = asyncio.create_task(site.listen())
    async with running(application):
        async with asyncio.timeout(WITHIN_S):
            for part in application.parts.values():
                await part.ready.wait()
        yield site
    listening.cancel()
    await bus.close()
    await database.close()


async def test_a_model_words_cards_and_summaries_and_its_absence_costs_nothing_else(
    site: Site, model: ScriptedModel
) -> None:
    call = a_call()
    contact = call[0].contact_id
    await publish_events(site.bus, call)
    await site.until(lambda: site.of(contact, AnswerOffered))
    [card] = [one for one in site.of(contact, SuggestionOffered) if "대형폐기물" in one.snippet.title][:1]
    [answer] = site.of(contact, AnswerOffered)
    assert (answer.suggestion_id, answer.revision) == (card.suggestion_id, card.revision)
    assert answer.quote in " ".join(card.snippet.text.split())

    await site.until(lambda: any(d.engine == "a-model" for d in site.of(contact, SummaryDrafted)))
    base, *_, draft = site.of(contact, SummaryDrafted)
    assert base.engine == "extractive"
    assert (draft.label, draft.fallback, draft.withheld) == ("요약 초안", "", 1), "passports nobody spoke of"
    assert [line.field for line in draft.lines if "소파" in line.text] == ["inquiry"]
    [handled] = [line for line in draft.lines if line.field == "handling"]
    [doubt] = handled.doubts
    assert "9000" in handled.text[doubt.start : doubt.end], "the fee was 5,000"
    ids = {one.utterance_id for one in call if isinstance(one, Utterance)}
    assert all(set(line.evidence) <= ids for line in draft.lines)
    assert all(one.revision <= draft.revision for one in site.of(contact, SummaryWriting))

    model.down()
    call = a_call()
    contact = call[0].contact_id
    await publish_events(site.bus, call)
    await site.until(lambda: any(d.fallback for d in site.of(contact, SummaryDrafted)))
    last = site.of(contact, SummaryDrafted)[-1]
    assert (last.engine, last.fallback) == ("extractive", "away")
    assert last.lines
    assert site.of(contact, SuggestionOffered), "cards come as ever"


def test_what_does_not_go_together_is_said(tmp_path: Path) -> None:
    for options in (Settings(llm_url="http://127.0.0.1:1/v1"), Settings(answers=True)):
        with pytest.raises(BadSetting):
            load_added(options, ("assist", "summarize"))
