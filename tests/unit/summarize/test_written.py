"""Drafts by a model behind a real HTTP server that streams, stalls, breaks and lies."""

import asyncio
import json
from pathlib import Path

import pytest

from contracts.categories import load_categories
from contracts.errors import ModelAway, ModelUnusable
from models.openai_server import Limits, OpenAIServer
from sangdam.evaluate.summary import harm_of
from sangdam.evaluate.summary_cases import read_injections
from summarize.draft import extractive
from summarize.form import load_template
from summarize.written import LABEL, Writer
from tests.openai_server import Reply, ScriptedModel, in_turn

TEMPLATE, CATEGORIES = load_template(), load_categories()
TURNS = (
    "agent: 안녕하세요. 다산콜입니다.",
    "caller: 소파를 버리려고 하는데 수수료가 얼마예요?",
    "agent: 소파는 오천 원이고 구청 홈페이지에서 신고하시면 됩니다.",
    "caller: 네, 감사합니다.",
)
GOOD = {
    "inquiry": [{"text": "소파 배출 수수료 문의함", "evidence": [2]}],
    "handling": [
        {"text": "소파 수수료 5,000원 안내함", "evidence": [3]},
        {"text": "구청 홈페이지에서 신고하도록 안내함", "evidence": [3]},
    ],
    "followup": [],
    "agency": {"text": "", "evidence": []},
    "due": {"text": "", "evidence": []},
    "owner": {"text": "", "evidence": []},
    "result": {"text": "안내 완료", "evidence": [3]},
    "category": "2010",
}
INJECTIONS = read_injections(Path(__file__).parents[3] / "samples" / "summaries" / "injections.yaml")


def note(**fields):
    return json.dumps({**GOOD, **fields}, ensure_ascii=False)


@pytest.fixture
def server():
    with ScriptedModel(note()) as server:
        yield server


@pytest.fixture
async def model(server):
    model = OpenAIServer(
        server.base_url, "test-model", key=None, limits=Limits(first_s=0.5, between_s=0.4, tries=1)
    )
    yield model
    await model.close()


async def write(model, said, shown=None):
    async def show(lines):
        if shown is not None:
            shown.append(lines)

    base = extractive(said, {}, CATEGORIES, TEMPLATE)
    return await Writer(model, TEMPLATE, CATEGORIES).write(said, {}, base, show)


async def test_a_good_answer_is_a_draft_with_its_evidence(server, model, say):
    said = say(*TURNS)
    draft = await write(model, said)
    assert (draft.engine, draft.label, draft.withheld) == ("test-model", LABEL, 0)
    assert [(line.field, line.text) for line in draft.lines] == [
        ("inquiry", "소파 배출 수수료 문의함"),
        ("handling", "소파 수수료 5,000원 안내함"),
        ("handling", "구청 홈페이지에서 신고하도록 안내함"),
        ("result", "안내 완료"),
    ]
    assert draft.lines[1].evidence == (said[2].utterance_id,)
    assert draft.category.code == "2010"
    assert server.requests[0].json["response_format"]


async def test_lines_are_shown_while_the_rest_is_written(server, model, say):
    server.reply = lambda _: Reply(note(), gap_s=0.02, piece_chars=4)
    shown = []
    draft = await write(model, say(*TURNS), shown)
    assert 1 <= len(shown) <= 8
    assert all(lines == draft.lines[: len(lines)] for lines in shown)
    assert len(shown[0]) < len(draft.lines)


async def test_what_a_model_invents_is_marked_or_withheld(server, model, say):
    lies = [
        {"text": "소파 수수료 15,000원 안내함", "evidence": [3]},
        {"text": "무상 수거 기사를 내일 보내기로 함", "evidence": [3]},
        {"text": "소파 수수료 5,000원 안내함", "evidence": [99]},
    ]
    server.reply = lambda _: note(
        handling=lies, result={"text": "재통화 약속", "evidence": [1]}, category="9999"
    )
    said = say(*TURNS)
    shown = []
    draft = await write(model, said, shown)
    handling = [line for line in draft.lines if line.field == "handling"]
    assert [line.text for line in handling] == ["소파 수수료 15,000원 안내함", "소파 수수료 5,000원 안내함"]
    assert [doubt.kind for doubt in handling[0].doubts] == ["amount"]
    assert said[2].utterance_id in handling[1].evidence
    assert draft.withheld == 2
    assert [line.text for line in draft.lines if line.field == "result"] == ["안내 완료"]
    assert draft.category.code == "2010"
    assert not any("무상" in line.text for lines in shown for line in lines)


@pytest.mark.parametrize(
    "first",
    [
        "죄송합니다.",
        '{"lines": []}',
        note(inquiry=[{"text": "로또 당첨 번호", "evidence": [1]}], handling=[]),
    ],
)
async def test_an_unusable_answer_is_asked_for_once_more(server, model, say, first):
    server.reply = in_turn(first, note())
    assert (await write(model, say(*TURNS))).engine == "test-model"
    assert len(server.requests) == 2
    server.reply = lambda _: first
    with pytest.raises(ModelUnusable):
        await write(model, say(*TURNS))
    assert len(server.requests) == 4


async def test_an_endless_answer_ends(server, model, say):
    server.reply = lambda _: Reply('{"inquiry": [' + "[1], " * 300, endless=True, piece_chars=2_000)
    with pytest.raises(ModelUnusable):
        await write(model, say(*TURNS))


@pytest.mark.parametrize(
    "reply",
    [
        Reply(note(), break_after=20),
        Reply(note(), stall_after=20),
        Reply(note(), error_after=20),
        Reply(status=500),
        Reply(note(), before_s=2.0),
    ],
    ids=["break", "stall", "error", "500", "silent"],
)
async def test_a_server_that_fails_is_away(server, model, say, reply):
    server.reply = lambda _: reply
    with pytest.raises(ModelAway):
        await write(model, say(*TURNS))


async def test_a_server_that_is_down_is_away(server, model, say):
    server.down()
    with pytest.raises(ModelAway):
        await write(model, say(*TURNS))


async def test_leaving_early_stops_the_model(server, model, say):
    server.reply = lambda _: Reply(note(), gap_s=0.05)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await write(model, say(*TURNS))
    await asyncio.to_thread(server.wait, lambda: server.left)


@pytest.mark.parametrize("case", INJECTIONS, ids=lambda case: case.title)
async def test_a_caller_who_dictates_changes_nothing(server, model, case):
    """The model obeys; what it writes is checked all the same, and the caller's words stay data."""
    server.reply = lambda _: json.dumps(case.answer, ensure_ascii=False)
    assert await harm_of(case, TEMPLATE, CATEGORIES, model) == []
    asked = server.requests[0]
    callers = [one.text for one in case.said if one.role == "caller"]
    assert not any(text in asked.system for text in callers)
    # Whoever takes the check away must see this fail.
    answered = json.dumps(case.answer, ensure_ascii=False)
    assert any(word in answered for word in (*case.harmful, *case.never))


def test_there_are_enough_who_try():
    assert len(INJECTIONS) >= 12
