"""Lines out of half a JSON object, however it is cut."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.errors import ModelUnusable
from summarize.answer import MAX_CHARS, Answer

IDS = ("a", "b", "c")
NOTE = {
    "inquiry": [{"text": '따옴표 " 와 {중괄호} [문의]함', "evidence": [1, 2]}],
    "handling": [{"text": "줄\n바꿈 \\ 안내함", "evidence": [3]}, {"text": "둘째", "evidence": []}],
    "followup": [],
    "agency": {"text": "마포구청", "evidence": [3]},
    "due": {"text": "", "evidence": []},
    "owner": {"text": "고객", "evidence": [1]},
    "result": {"text": "접수", "evidence": [2]},
    "category": "1010",
}
TEXT = json.dumps(NOTE, ensure_ascii=False, indent=1)


def fed(pieces):
    answer = Answer(IDS)
    lines = [line for piece in pieces for line in answer.feed(piece)]
    return lines, answer


@settings(deadline=None)
@given(
    st.lists(st.integers(0, len(TEXT)), max_size=12),
    st.sampled_from(["", "```json\n", '<think>아마 {"text": 1} 일까</think>\n', "결과:\n"]),
)
def test_lines_come_the_same_however_the_answer_is_cut(cuts, before):
    text = before + TEXT + ("\n```" if before.startswith("`") else "")
    ends = sorted({*cuts, len(text)})
    pieces = [text[start:end] for start, end in zip([0, *ends], [*ends, len(text)], strict=False)]
    lines, answer = fed(pieces)
    note = answer.finish()
    assert lines == list(note.lines)
    assert [line.field for line in lines] == ["inquiry", "handling", "handling", "agency", "owner", "result"]
    assert lines[0].evidence == ("a", "b")
    assert note.category == "1010"


def test_a_line_comes_as_soon_as_it_is_whole():
    answer = Answer(IDS)
    assert answer.feed('{"inquiry": [{"text": "여권 문의함", "evidence": [1') == []
    assert [line.text for line in answer.feed("]}, {")] == ["여권 문의함"]


def test_numbers_of_no_utterance_are_no_evidence():
    evidence = [0, -1, 4, 99, True, "2", "[3]", "둘", 2, None, 1.5]
    lines, _ = fed(
        [json.dumps({"inquiry": [{"text": "가", "evidence": evidence}, "근거 없음", {"evidence": [1]}]})]
    )
    assert [line.evidence for line in lines] == [("b", "c")]
    answer = Answer(IDS)
    answer.feed('{"inquiry": ["근거 없음"], "handling": "글", "result": 3}')
    assert [(line.text, line.evidence) for line in answer.finish().lines] == [("근거 없음", ()), ("글", ())]


@pytest.mark.parametrize(
    "text",
    ["", "미안하지만 할 수 없습니다.", "{", '{"inquiry": 3}', "[1]", '{"a": [}', "<think>{}", "{" * 900],
)
def test_what_is_no_note_is_told(text):
    _, answer = fed([text])
    with pytest.raises(ModelUnusable):
        answer.finish()


def test_an_answer_without_an_end_is_given_up():
    answer = Answer(IDS)
    answer.feed("[" * MAX_CHARS)
    with pytest.raises(ModelUnusable, match="24,000"):
        answer.feed("[")
