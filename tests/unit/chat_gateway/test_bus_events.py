"""What the bus is told of a chat: states as of a call, and lines without personal data."""

import uuid

import pytest

from chat_gateway import masking
from chat_gateway.bus_events import Told
from contracts.chat import (
    CITIZEN,
    SYSTEM,
    Assigned,
    Blocked,
    Body,
    ChatEntry,
    ChatHead,
    Edited,
    Ended,
    LiveTyping,
    Noted,
    Notice,
    Offered,
    OfferedGuide,
    Opened,
    Party,
    Photo,
    Place,
    Rated,
    Requeued,
    Rested,
    Said,
    Solved,
    Transferred,
    Urgent,
    Withdrawn,
)
from contracts.codec import decode, encode
from contracts.contact import ContactStateChanged
from contracts.event import Event
from contracts.transcript import LanguageDetected, TranscriptEnded, Utterance

KIM = Party(side="staff", staff_id="kim", name="김상담")
START_MS = 1_000_000


class Chat:
    """One conversation, entry by entry, a second apart."""

    def __init__(self, told: Told, **head: object) -> None:
        self.told = told
        self.head = ChatHead(
            contact_id=str(uuid.uuid4()), epoch="e", opened_at_ms=START_MS, queued_at_ms=START_MS, **head
        )

    def entry(self, who: Party, body: Body, **head: object) -> ChatEntry:
        seq = self.head.last_seq + 1
        self.head = self.head.model_copy(update={"last_seq": seq, **head})
        return ChatEntry(
            contact_id=self.head.contact_id, seq=seq, at_ms=START_MS + 1000 * (seq - 1), author=who, body=body
        )

    def put(self, who: Party, body: Body, **head: object) -> tuple[Event, ...]:
        entry = self.entry(who, body, **head)
        return self.told(self.head, entry)

    def open(self, **opened: object) -> tuple[Event, ...]:
        return self.put(SYSTEM, Opened(channel="web", **opened))

    def say(self, text: str, who: Party = CITIZEN) -> str:
        (event,) = self.put(who, Said(text=text))
        assert isinstance(event, Utterance)
        return event.text


@pytest.fixture
def chat() -> Chat:
    chat = Chat(Told())
    chat.open()
    return chat


def test_a_chat_lives_as_a_call_does() -> None:
    chat = Chat(Told(), nickname="푸른하늘")
    (ringing,) = chat.open()
    assert ringing == ContactStateChanged(
        contact_id=chat.head.contact_id,
        at_ms=START_MS,
        revision=1,
        kind="chat",
        state="ringing",
        title="채팅 · 푸른하늘",
        source="web",
        roles={0: "caller", 1: "agent"},
        started_at_ms=START_MS,
    )
    (talking,) = chat.put(SYSTEM, Assigned(agent=KIM), state="serving", agent=KIM)
    (urgent,) = chat.put(SYSTEM, Urgent(words=("불이야",)), urgent=True)
    (held,) = chat.put(SYSTEM, Rested(), state="resting")
    ended, *ends = chat.put(KIM, Ended(reason="해결"), state="ended", ended_at_ms=START_MS + 4000)
    states = [talking, urgent, held, ended]
    assert [(event.state, event.agent_id, event.urgent) for event in states] == [
        ("talking", "kim", False),
        ("talking", "kim", True),
        ("held", "kim", True),
        ("ended", "kim", True),
    ]
    assert [event.revision for event in states] == [2, 3, 4, 5]
    assert ended.reason == "해결"
    assert [(event.channel, event.end_ms) for event in ends if isinstance(event, TranscriptEnded)] == [
        (0, 4000),
        (1, 4000),
    ]
    assert [decode(encode(event)) for event in (*states, *ends)] == [*states, *ends]


def test_who_waits_again_is_nobodys(chat: Chat) -> None:
    chat.put(SYSTEM, Assigned(agent=KIM), state="serving", agent=KIM)
    (event,) = chat.put(KIM, Transferred(skill="세금", note="위반 기록"), state="waiting")
    assert (event.state, event.agent_id, event.reason) == ("ringing", None, "")


def test_why_it_moved_or_ended_is_told_in_words(chat: Chat) -> None:
    def reason(body: Body) -> str:
        (event, *_) = chat.put(SYSTEM, body)
        assert isinstance(event, ContactStateChanged)
        return event.reason

    assert reason(Requeued(reason="agent_lost")) == "상담사 연결 끊김"
    assert reason(Requeued(reason="returned")) == "시민이 돌아옴"
    assert reason(Blocked(reason="욕설, 010-1234-5678")) == "차단: 욕설, [전화번호]"
    assert reason(Solved(article_id="a")) == "안내로 해결"


def test_both_sides_are_heard_on_their_channels(chat: Chat) -> None:
    (said,) = chat.put(CITIZEN, Said(text="여권 재발급이요"))
    (answer,) = chat.put(KIM, Said(text="구청에서 하실 수 있습니다"))
    assert [(event.channel, event.role, event.status, event.text) for event in (said, answer)] == [
        (0, "caller", "final", "여권 재발급이요"),
        (1, "agent", "final", "구청에서 하실 수 있습니다"),
    ]
    assert said.utterance_id == f"{chat.head.contact_id}/0/2"
    assert (said.start_ms, said.heard_ms, said.revision) == (1000, START_MS + 1000, 2)


def test_what_is_no_speech_is_not_told(chat: Chat) -> None:
    guide = OfferedGuide(article_id="a", title="안내", passage="본문")
    for who, body in (
        (KIM, Noted(text="까다로운 분")),
        (SYSTEM, Notice(key="greeting", ko="안녕하세요", en="Hello")),
        (SYSTEM, Said(text="시스템의 말")),
        (SYSTEM, Offered(guides=(guide,))),
        (CITIZEN, LiveTyping(on=True)),
        (CITIZEN, Rated(score=5, comment="010-1234-5678")),
        (CITIZEN, Photo(photo_id="p")),
        (CITIZEN, Place(latitude=37.5, longitude=127.0)),
    ):
        assert chat.put(who, body) == (), body.kind


def test_words_with_a_photo_or_a_place_are_told_and_masked(chat: Chat) -> None:
    (photo,) = chat.put(CITIZEN, Photo(photo_id="p", description="고지서, 번호는 010-1234-5678"))
    (place,) = chat.put(CITIZEN, Place(latitude=37.5, longitude=127.0, label="강남구청 앞"))
    assert photo.text == "고지서, 번호는 [전화번호]"
    assert photo.masked == ("phone",)
    assert place.text == "강남구청 앞"


def test_personal_data_is_masked_over_several_messages(chat: Chat) -> None:
    assert chat.say("제 번호는요") == "제 번호는요"
    assert chat.say("010") == "[전화번호]"
    assert chat.say("네", KIM) == "네"
    assert chat.say("1234") == "[전화번호]"
    assert chat.say("5678이요") == "[전화번호]이요"
    assert chat.say("3시에 갈게요") == "3시에 갈게요"


def test_names_the_citizen_gives_are_masked_in_the_title() -> None:
    chat = Chat(Told(), nickname="010-1234-5678")
    (event,) = chat.open()
    assert event.title == "채팅 · [전화번호]"
    (event,) = Chat(Told()).open()
    assert event.title.removeprefix("채팅 · ") == event.contact_id[:8]


def test_an_edit_keeps_place_and_id_and_is_masked(chat: Chat) -> None:
    chat.say("여권이요")
    (event,) = chat.put(CITIZEN, Edited(of_seq=2, text="여권이요, 010-1234-5678"))
    assert (event.utterance_id, event.revision) == (f"{chat.head.contact_id}/0/2", 3)
    assert (event.text, event.start_ms) == ("여권이요, [전화번호]", 1000)


def test_an_edit_knows_the_lines_before_it_and_masks_those_after_it(chat: Chat) -> None:
    chat.say("010")
    assert chat.say("아무거나요") == "아무거나요"
    (edited,) = chat.put(CITIZEN, Edited(of_seq=3, text="1234"))
    assert edited.text == "[전화번호]"
    assert chat.say("5678") == "[전화번호]"


def test_lines_after_an_edit_are_masked_because_of_it(chat: Chat) -> None:
    chat.say("안녕하세요")
    assert chat.say("12") == "12"
    first, later = chat.put(CITIZEN, Edited(of_seq=2, text="010"))
    assert (first.text, later.text) == ("[전화번호]", "[전화번호]")
    assert later.utterance_id.endswith("/0/3")
    assert later.revision == first.revision == 4


def test_an_edit_of_a_forgotten_line_is_masked_to_be_safe() -> None:
    chat = Chat(Told())
    chat.entry(SYSTEM, Opened(channel="web"))
    chat.entry(CITIZEN, Said(text="공일공"))
    (event,) = chat.put(CITIZEN, Edited(of_seq=2, text="1234"))
    assert event.text == "[전화번호]"


def test_withdrawing_takes_the_text_away_and_unmasks_nothing(chat: Chat) -> None:
    chat.say("010")
    (event,) = chat.put(CITIZEN, Withdrawn(of_seq=2))
    assert (event.text, event.revision, event.start_ms) == ("", 3, 1000)
    assert chat.say("1234 5678") == "[전화번호]"


def test_the_same_entry_is_told_alike_again(chat: Chat) -> None:
    first = chat.entry(CITIZEN, Said(text="010"))
    second = chat.entry(CITIZEN, Said(text="1234"))
    edit = chat.entry(CITIZEN, Edited(of_seq=2, text="02"))
    once = [chat.told(chat.head, entry) for entry in (first, second, edit)]
    again = [chat.told(chat.head, entry) for entry in (first, second, edit)]
    assert once == again


def test_a_gateway_that_heard_the_others_masks_as_if_it_were_alone(chat: Chat) -> None:
    alone = [chat.say(text) for text in ("계좌번호는", "110", "네", "3명이요")]
    other = Chat(Told())
    other.told.hear(other.entry(SYSTEM, Opened(channel="web")))
    for text in ("계좌번호는", "110", "네"):
        other.told.hear(other.entry(CITIZEN, Said(text=text)))
    assert other.say("3명이요") == alone[-1] == "3명이요"


def test_after_a_gap_digits_are_masked_to_be_safe(chat: Chat) -> None:
    chat.say("안녕하세요")
    chat.entry(CITIZEN, Said(text="010"))  # committed elsewhere, and not heard of
    assert chat.say("1234") == "[전화번호]"


def test_an_older_entry_that_comes_late_is_masked_by_itself(chat: Chat) -> None:
    late = chat.entry(CITIZEN, Said(text="1234"))
    chat.say("여권이요")
    (event,) = chat.told(chat.head, late)
    assert event.text == "[전화번호]"


def test_memory_is_bounded() -> None:
    told = Told(max_conversations=3)
    chats = [Chat(told) for _ in range(5)]
    for chat in chats:
        chat.open()
    assert len(told) == 3
    for _ in range(50):
        chats[4].say("가" * 2000)
    channel = told._memories[chats[4].head.contact_id].channels[0]
    assert len(channel.lines) == masking.MAX_LINES
    chats[4].put(KIM, Ended(), state="ended", ended_at_ms=START_MS)
    assert len(told) == 2


def test_another_language_is_told_at_the_beginning() -> None:
    chat = Chat(Told(), language="en")
    state, language = chat.open(language="en")
    assert isinstance(state, ContactStateChanged)
    assert isinstance(language, LanguageDetected)
    assert language.language == "en"
    (said,) = chat.put(CITIZEN, Said(text="passport"))
    assert said.language == "en"
