"""Every line of a draft was said, and the same is drafted however the records come."""

import random
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.categories import categorise, load_categories
from contracts.contact import ContactStateChanged
from contracts.summary import SummaryField, SummaryLine
from contracts.transcript import Utterance, utterance_id
from summarize.conversation import Conversation
from summarize.draft import extractive
from summarize.extract import MAX_LINES, extract
from summarize.spoken import spoken_of
from summarize.trust import check

CONTACT = "00000000-0000-0000-0000-000000000001"
CATEGORIES = load_categories()

_SENTENCES = st.sampled_from(
    ["네.", "안녕하세요.", "여권 재발급은 어떻게 하나요?", "어떻게 해야 하나요?", "구청에 방문하시면 됩니다.", "감사합니다.", "불이 났어요!",
     "제 이름은 [이름]입니다.", "연결해 드리겠습니다.", "문자로 보내 드릴까요?", "소파를 버리려고 하는데요", "오천 원입니다.", "아, 잠깐만요.",
     "잠시만 기다려 주세요.", "어느 구에 사시나요?", "국세청 전화는 126번입니다.", "…", "수도 요금이 너무 많이 나왔어요"]
)  # fmt: skip
_TEXTS = st.one_of(st.lists(_SENTENCES, max_size=5).map(" ".join), st.text(max_size=80))
_TURNS = st.lists(
    st.tuples(_TEXTS, st.integers(0, 1), st.sampled_from(["caller", "agent", "unknown"])), max_size=12
)


def _said(turns: list[tuple[str, int, str]]) -> list[Utterance]:
    return [
        Utterance(
            contact_id=CONTACT,
            at_ms=0,
            utterance_id=utterance_id(CONTACT, channel, index),
            revision=1,
            status="final",
            channel=channel,
            role=role,
            start_ms=index,
            end_ms=index + 1,
            text=text,
            heard_ms=0,
        )
        for index, (text, channel, role) in enumerate(turns)
    ]


@settings(max_examples=300, deadline=None)
@given(_TURNS)
def test_every_line_was_said(turns: list[tuple[str, int, str]]) -> None:
    said = _said(turns)
    texts = {utterance.utterance_id: utterance.text for utterance in said}
    lines = extract(said, {})
    for line in lines:
        assert line.text.strip()
        assert line.evidence
        rest = line.text
        for piece in line.evidence:
            head = _longest_head(rest, texts[piece])
            assert head, (line, texts[piece])
            rest = rest[len(head) :].lstrip()
        assert not rest
    for field, most in MAX_LINES.items():
        assert len([line for line in lines if line.field == field]) <= most
    assert lines == extract(said, {})
    category = categorise(said, {}, CATEGORIES)
    if category is not None:
        assert set(category.evidence) <= texts.keys()
        assert 0 < category.confidence <= 1


@settings(max_examples=150, deadline=None)
@given(_TURNS, st.randoms(use_true_random=False), st.lists(st.integers(0, 11), max_size=6))
def test_order_and_repetition_of_records_change_no_draft(
    turns: list[tuple[str, int, str]], chance: random.Random, cut: list[int]
) -> None:
    """Nor does it matter what came from the bus and what, after a take-over, from the store."""
    said = _said(turns)
    ended = ContactStateChanged(contact_id=CONTACT, at_ms=9, revision=2, state="ended", started_at_ms=0)
    records = [*said, ended]
    whole, moved = Conversation(CONTACT), Conversation(CONTACT)
    for record in records:
        _tell(whole, record)
    shuffled = [*records, *chance.sample(records, len(records) // 2)]
    chance.shuffle(shuffled)
    stored = {said[number].utterance_id for number in cut if number < len(said)}
    for record in shuffled:
        if not (isinstance(record, Utterance) and record.utterance_id in stored):
            _tell(moved, record)
    moved.restore(
        [final for final in said if final.utterance_id in stored and final.text], None, {}, None, None
    )
    assert extractive(moved.utterances(), moved.roles(), CATEGORIES) == extractive(
        whole.utterances(), whole.roles(), CATEGORIES
    )
    assert moved.next_revision() == whole.next_revision()
    less = Conversation(CONTACT)
    _tell(less, ended)
    assert less.next_revision() + 2 * sum(bool(final.text) for final in said) == whole.next_revision()


_FIELDS = st.sampled_from(["inquiry", "handling", "followup", "agency", "due", "owner", "result"])
_WRITTEN = st.one_of(
    st.text(max_size=120),
    st.sampled_from(
        ["여권 재발급 방법 문의함", "수수료 5,000원 안내함", "구청 방문 예정", "마포구 김민수 고객 02-1234-5678로 10월 2일 15:30 회신 예정", "[이름] 고객 문의함",
         "국번 없이 126 안내함", "나흘 뒤 세 시", "10월", "만", "일", "1/2 3.4.5 2026-13-45 99:99 0-0"]
    ),
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(_TURNS, st.lists(st.tuples(_FIELDS, _WRITTEN, st.lists(st.integers(-2, 20), max_size=4)), max_size=8))
def test_whatever_is_written_what_is_shown_rests_on_what_was_said(
    turns: list[tuple[str, int, str]], written: list[tuple[SummaryField, str, list[int]]]
) -> None:
    said = _said([turn for turn in turns if turn[0].strip()])
    ids = {utterance.utterance_id for utterance in said}
    lines = [
        SummaryLine(
            field=field,
            text=text,
            evidence=tuple(said[n].utterance_id if 0 <= n < len(said) else f"none/{n}" for n in cited),
        )
        for field, text, cited in written
    ]
    found = check(lines, spoken_of(said, {}))
    assert len(found.lines) + found.withheld <= len(lines)
    for line in found.lines:
        assert line.evidence
        assert set(line.evidence) <= ids
        assert line.text
        end = 0
        for doubt in line.doubts:
            assert end <= doubt.start < doubt.end <= len(line.text)
            end = doubt.end
    again = check(found.lines, spoken_of(said, {}))
    assert again.lines == found.lines


def _tell(conversation: Conversation, record: Utterance | ContactStateChanged) -> None:
    if isinstance(record, Utterance):
        conversation.hear(record, 0)
    else:
        conversation.move(record, 0)


def _longest_head(text: str, source: str) -> str:
    """The longest beginning of `text` that ends with a word and stands in `source`."""
    ends = [match.end() for match in re.finditer(r"\S+", text)]
    return next((text[:end] for end in reversed(ends) if text[:end] in source), "")
