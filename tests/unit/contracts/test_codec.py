import datetime as dt
import json

import pytest

from contracts import topics
from contracts.chat import Receipts
from contracts.chat_bus import ChatAttended, ChatLogged, ChatReceipted, ChatTyped
from contracts.codec import decode, encode, topic_of
from contracts.contact import ContactStateChanged, LanguageChosen, RolesChanged, SummaryRequested
from contracts.errors import BadEvent
from contracts.event import Event
from contracts.suggestion import (
    AnswerOffered,
    NothingFound,
    SearchAnswered,
    SearchRequested,
    Snippet,
    SuggestionOffered,
    SuggestionOutcome,
    suggestion_id,
)
from contracts.summary import (
    SummaryCategory,
    SummaryDrafted,
    SummaryEdited,
    SummaryLine,
    SummaryText,
    SummaryWriting,
)
from contracts.transcript import (
    LanguageDetected,
    RecognitionChanged,
    SoundHeard,
    TranscriptEnded,
    Utterance,
    Word,
    utterance_id,
)
from contracts.voc import AlertChanged

CONTACT = "6f2c1f2e-54f0-4b3a-9d53-0a6c63a0f4b1"
HEAD = {"contact_id": CONTACT, "at_ms": 1_763_000_000_123}
SNIPPET = Snippet(
    article_id="bulky",
    title="대형 폐기물",
    text="신고한 뒤 스티커를 붙입니다.",
    revised=dt.date(2025, 3, 1),
    score=0.75,
    matched=("소파", "폐기물"),
)
EVENTS = (
    ContactStateChanged(
        **HEAD, revision=2, state="talking", agent_id="kim", roles={0: "agent", 1: "caller"}, started_at_ms=5
    ),
    RolesChanged(**HEAD, roles={0: "caller", 1: "agent"}, staff_id="kim"),
    LanguageChosen(**HEAD, language="vi", staff_id="kim"),
    SummaryRequested(**HEAD, staff_id="kim"),
    Utterance(
        **HEAD,
        utterance_id=utterance_id(CONTACT, 1, 2560),
        revision=7,
        status="final",
        channel=1,
        role="caller",
        start_ms=160,
        end_ms=2000,
        text="제 번호는 [전화번호]입니다",
        stable_chars=15,
        confidence=0.5,
        words=(
            Word(text="제", start_ms=160, end_ms=300, probability=0.9),
            Word(text="번호는", start_ms=300, end_ms=700, probability=0.2, suspect=True, nearest=("번동",)),
        ),
        masked=("phone",),
        heard_ms=2100,
    ),
    TranscriptEnded(**HEAD, channel=1, end_ms=61_000),
    SoundHeard(**HEAD, sound_id=f"{CONTACT}/1/0/music", sound="music", channel=1, start_ms=0, end_ms=9000),
    RecognitionChanged(**HEAD, mode="finals", revision=1_763_000_000_123),
    LanguageDetected(**HEAD, language="en", probability=0.97),
    SuggestionOffered(
        **HEAD,
        suggestion_id=suggestion_id(CONTACT, "bulky"),
        revision=1,
        utterance_id=utterance_id(CONTACT, 1, 2560),
        query="소파 버리기",
        reason="'소파'를 말씀하셨습니다",
        snippet=SNIPPET,
        final_at_ms=4,
    ),
    NothingFound(**HEAD, utterance_id=utterance_id(CONTACT, 1, 0), query="외계인", best_score=0.01),
    SuggestionOutcome(
        **HEAD, suggestion_id=suggestion_id(CONTACT, "bulky"), outcome="pinned", staff_id="kim"
    ),
    SearchRequested(**HEAD, search_id="s1", query="여권", staff_id="kim"),
    SearchAnswered(**HEAD, search_id="s1", query="여권", snippets=(SNIPPET,)),
    SummaryDrafted(
        **HEAD,
        revision=1,
        engine="extractive",
        label="핵심 발화",
        lines=(SummaryLine(field="inquiry", text="소파를 버리려고", evidence=("u1",)),),
        category=SummaryCategory(label="청소", confidence=0.5, evidence=("u1",)),
        complete=True,
        ended_at_ms=9,
    ),
    SummaryWriting(**HEAD, revision=2, engine="a-model", seq=1, lines=()),
    SummaryEdited(**HEAD, revision=3, text=SummaryText(inquiry="소파 배출 문의"), saved=True, staff_id="kim"),
    AnswerOffered(
        **HEAD,
        suggestion_id=f"{HEAD['contact_id']}/bulky-waste",
        revision=1,
        text="스티커를 붙여 내놓으시면 됩니다.",
        quote="스티커를 붙여",
        model="a-model",
    ),
    ChatLogged(**HEAD, seq=3, origin="a", sealed="AAAA"),
    ChatReceipted(**HEAD, origin="a", receipts=Receipts(citizen_read=2)),
    ChatAttended(**HEAD, origin="a", attending=True),
    ChatTyped(**HEAD, origin="a", sealed="AAAA"),
    AlertChanged(**HEAD, lane="safety", severity="warning", state="new", is_new=True),
)


def named(event: Event) -> str:
    return type(event).__name__


def families(kind: type[Event] = Event) -> set[type[Event]]:
    return {found for child in kind.__subclasses__() for found in {child, *families(child)}}


def test_every_kind_of_event_stands_in_this_test():
    ours = {kind for kind in families() if kind.__module__.startswith("contracts.")}
    assert {type(event) for event in EVENTS} == ours


@pytest.mark.parametrize("event", EVENTS, ids=named)
def test_an_event_comes_back_as_it_was(event):
    assert decode(encode(event)) == event


@pytest.mark.parametrize("event", EVENTS, ids=named)
def test_every_event_has_a_topic(event):
    assert topic_of(event) in topics.TOPICS.values()


def test_topics_are_those_of_the_design():
    by_type = {named(event): topic_of(event).name for event in EVENTS}
    assert by_type["ContactStateChanged"] == by_type["RolesChanged"] == "contact.events"
    assert by_type["Utterance"] == by_type["TranscriptEnded"] == "transcript"
    assert by_type["SuggestionOffered"] == by_type["NothingFound"] == "suggestions"
    assert by_type["SearchRequested"] == "search.requests"
    assert by_type["SearchAnswered"] == "search.results"
    assert by_type["SummaryDrafted"] == by_type["SummaryEdited"] == "summaries"


@pytest.mark.parametrize("event", EVENTS, ids=named)
def test_fields_of_a_newer_writer_are_passed_over(event):
    newer = json.loads(encode(event)) | {"new_field": {"deep": [1, 2]}}
    assert decode(json.dumps(newer).encode()) == event


@pytest.mark.parametrize("event", EVENTS, ids=named)
@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_another_schema_version_is_refused(event, version):
    other = json.loads(encode(event)) | {"schema_version": version}
    with pytest.raises(BadEvent, match="schema_version"):
        decode(json.dumps(other).encode())


def test_an_event_without_a_version_is_of_the_first():
    plain = json.loads(encode(EVENTS[4]))
    del plain["schema_version"]
    assert decode(json.dumps(plain).encode()) == EVENTS[4]


@pytest.mark.parametrize(
    "value",
    [b"", b"{", b"[]", b"null", b"\xff\xfe", b"{}", b'{"type": "utterance"}', b'{"type": "nonsense"}'],
)
def test_what_is_no_event_is_refused(value):
    with pytest.raises(BadEvent) as refused:
        decode(value)
    assert refused.value.ko
    assert refused.value.en


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("contact_id", "not-a-uuid"),
        ("contact_id", CONTACT.upper()),
        ("contact_id", CONTACT + "\n"),
        ("status", "almost"),
        ("role", "boss"),
        ("start_ms", "soon"),
        ("text", None),
    ],
)
def test_a_field_that_does_not_fit_is_named(field, value):
    utterance = json.loads(encode(EVENTS[4])) | {field: value}
    with pytest.raises(BadEvent, match=field):
        decode(json.dumps(utterance).encode())


def test_the_same_speech_has_the_same_id():
    assert utterance_id(CONTACT, 1, 2560) == f"{CONTACT}/1/2560"
