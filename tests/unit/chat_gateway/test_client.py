import itertools
import json

from chat_gateway.client import ChatClient
from contracts.chat import (
    CITIZEN,
    Ack,
    ChatEntry,
    ChatHead,
    ChatMessage,
    ChatRefused,
    ChatSnapshot,
    ChatState,
    Happened,
    Party,
    Receipted,
    Receipts,
    Replayed,
    Said,
)

CHAT = "00000000-0000-0000-0000-000000000001"
OTHER = "00000000-0000-0000-0000-000000000002"
AGENT = Party(side="staff", staff_id="kim", name="김상담")


def client() -> ChatClient:
    numbers = itertools.count(1)
    return ChatClient(CHAT, new_id=lambda: f"client-{next(numbers)}")


def said(seq: int, text: str, author: Party = AGENT, client_id: str = "") -> ChatEntry:
    return ChatEntry(
        contact_id=CHAT, seq=seq, at_ms=seq, author=author, client_id=client_id, body=Said(text=text)
    )


def head(last_seq: int, epoch: str = "e1", state: ChatState = "serving") -> ChatHead:
    return ChatHead(contact_id=CHAT, epoch=epoch, last_seq=last_seq, state=state)


def snapshot(*entries: ChatEntry, epoch: str = "e1") -> ChatSnapshot:
    last = entries[-1].seq if entries else 0
    return ChatSnapshot(head=head(last, epoch), entries=entries, receipts=Receipts())


def hear(page: ChatClient, message: ChatMessage) -> list[dict]:
    page.receive(message.model_dump_json())
    return [json.loads(frame) for frame in page.outgoing()]


def frames(texts: list[str]) -> list[dict]:
    return [json.loads(text) for text in texts]


def test_a_connection_begins_with_open_attend_and_what_is_unsent():
    page = client()
    client_id, frame = page.say(Said(text="여보세요"))
    assert frame is not None, "before the first connection too: its sender may have none"
    open_, attend, send = frames(page.opened("the-ticket"))
    assert (open_["type"], open_["ticket"]) == ("open", "the-ticket")
    assert (attend["type"], attend["epoch"], attend["last_seq"]) == ("attend", "", 0)
    assert (send["type"], send["client_id"], send["body"]["text"]) == ("send", client_id, "여보세요")


def test_it_resumes_from_what_it_knows():
    page = client()
    hear(page, snapshot(said(1, "안녕하세요")))
    hear(page, Happened(entry=said(2, "무엇을 도와드릴까요")))
    attend = frames(page.resumed())[0]
    assert (attend["epoch"], attend["last_seq"]) == ("e1", 2)


def test_one_is_under_way_at_a_time():
    page = client()
    hear(page, snapshot())
    first, frame = page.say(Said(text="하나"))
    second, later = page.say(Said(text="둘"))
    assert frame
    assert later is None
    (next_,) = hear(page, Ack(contact_id=CHAT, client_id=first, seq=1, at_ms=1))
    assert next_["client_id"] == second
    assert list(page.unacked) == [second]
    assert hear(page, Ack(contact_id=CHAT, client_id=second, seq=2, at_ms=2)) == []
    assert page.acks == {first: 1, second: 2}


def test_chatwoot_15743_a_message_that_is_sent_again_is_the_same_message():
    """The ack was lost with the line. What is sent again has the same id, and its entry stands for its ack."""
    page = client()
    hear(page, snapshot())
    first, before = page.say(Said(text="두 번 가면 안 되는 글"))
    _, attend_and_send = page.resumed()[0], page.resumed()[1]
    assert attend_and_send == before, "byte by byte the same"
    entry = said(1, "두 번 가면 안 되는 글", CITIZEN, first)
    hear(page, Replayed(head=head(1), entries=(entry,), receipts=Receipts()))
    assert page.unacked == {}
    hear(page, Ack(contact_id=CHAT, client_id=first, seq=1, at_ms=1))
    hear(page, Happened(entry=entry))
    assert [line.seq for line in page.lines()] == [1]
    assert page.repeats == 1
    assert len(page.resumed()) == 1, "nothing is sent a third time"


def test_chatwoot_14934_a_reply_given_while_the_line_was_away_is_there_after_it_comes_back():
    page = client()
    hear(page, snapshot(said(1, "잠시만요")))
    assert frames(page.resumed())[0]["last_seq"] == 1
    replayed = Replayed(
        head=head(3), entries=(said(2, "확인했습니다"), said(3, "더 있나요")), receipts=Receipts()
    )
    (got,) = hear(page, replayed)
    assert [line.body.text for line in page.lines()] == ["잠시만요", "확인했습니다", "더 있나요"]
    assert (got["type"], got["delivered"]) == ("got", 3)


def test_a_hole_is_never_shown_but_asked_for():
    page = client()
    hear(page, snapshot(said(1, "하나")))
    (attend,) = [frame for frame in hear(page, Happened(entry=said(3, "셋"))) if frame["type"] == "attend"]
    assert (attend["epoch"], attend["last_seq"]) == ("e1", 1)
    assert page.last_seq == 1


def test_a_replay_that_does_not_join_is_answered_with_asking_for_everything():
    page = client()
    hear(page, snapshot(said(1, "하나")))
    for broken in (
        Replayed(head=head(4), entries=(said(4, "넷"),), receipts=Receipts()),
        Replayed(head=head(2, "e2"), entries=(said(2, "둘"),), receipts=Receipts()),
        Replayed(head=head(2), entries=(), receipts=Receipts()),
    ):
        attends = [frame for frame in hear(page, broken) if frame["type"] == "attend"]
        assert [(frame["epoch"], frame["last_seq"]) for frame in attends] == [("", 0)]
    assert page.last_seq == 1


def test_a_replay_that_overlaps_adds_each_once():
    page = client()
    hear(page, snapshot(said(1, "하나"), said(2, "둘")))
    overlapping = Replayed(head=head(3), entries=(said(2, "둘"), said(3, "셋")), receipts=Receipts())
    hear(page, overlapping)
    assert [entry.seq for entry in page.entries] == [1, 2, 3]


def test_a_snapshot_replaces_everything():
    page = client()
    hear(page, snapshot(said(1, "옛"), said(2, "것")))
    hear(page, snapshot(said(1, "새"), epoch="e2"))
    assert [line.body.text for line in page.lines()] == ["새"]
    assert page.head == head(1, "e2")


def test_the_head_is_folded_on():
    page = client()
    hear(page, snapshot())
    hear(page, Happened(entry=said(1, "도와주세요", CITIZEN)))
    assert page.head is not None
    assert (page.head.last_seq, page.head.unanswered_since_ms) == (1, 1)


def test_what_is_refused_for_now_is_sent_again_before_what_came_after_it():
    page = client()
    hear(page, snapshot())
    first, _ = page.say(Said(text="하나"))
    page.say(Said(text="둘"))
    busy = ChatRefused(
        contact_id=CHAT, client_id=first, code="overloaded", ko="", en="", again=True, wait_ms=700
    )
    assert hear(page, busy) == []
    assert page.wait_ms == 700
    frame = page.again()
    assert frame
    assert json.loads(frame)["client_id"] == first


def test_what_is_refused_for_good_lets_the_next_one_go():
    page = client()
    hear(page, snapshot())
    first, _ = page.say(Said(text="하나"))
    second, _ = page.say(Said(text="둘"))
    (next_,) = hear(page, ChatRefused(contact_id=CHAT, client_id=first, code="conflict", ko="", en=""))
    assert next_["client_id"] == second
    assert list(page.refused) == [first]


def test_receipts_only_rise():
    page = client()
    hear(page, snapshot(said(1, "하나")))
    hear(page, Receipted(contact_id=CHAT, receipts=Receipts(staff_read=5, staff_delivered=5)))
    hear(page, Receipted(contact_id=CHAT, receipts=Receipts(staff_read=3, citizen_read=4)))
    assert page.receipts == Receipts(staff_read=5, staff_delivered=5, citizen_read=4)


def test_what_came_is_told_once_and_own_words_are_no_news():
    page = client()
    (got,) = hear(page, snapshot(said(1, "안녕하세요")))
    assert got == {"type": "got", "contact_id": CHAT, "delivered": 1, "read": 0}
    assert hear(page, Happened(entry=said(2, "네", CITIZEN))) == []
    assert json.loads(page.seen(2)) == {"type": "got", "contact_id": CHAT, "delivered": 2, "read": 2}


def test_other_conversations_change_nothing():
    page = client()
    hear(page, snapshot(said(1, "하나")))
    other = said(2, "남의 글").model_copy(update={"contact_id": OTHER})
    hear(page, Happened(entry=other))
    hear(page, Receipted(contact_id=OTHER, receipts=Receipts(staff_read=9)))
    assert page.last_seq == 1
    assert page.receipts == Receipts()
