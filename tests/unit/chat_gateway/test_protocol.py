import json

import pytest

from chat_gateway.protocol import KEPT, Connection, happened, named, passed_on, refusal, resume
from contracts.chat import (
    CITIZEN,
    MAX_FRAME_BYTES,
    Attend,
    ChatEntry,
    ChatHead,
    ChatPing,
    ChatPong,
    ChatSnapshot,
    Happened,
    Open,
    Party,
    QueuePlace,
    Receipted,
    Receipts,
    Said,
    Submit,
    Typing,
)
from contracts.errors import BadRequest, NotAllowed, Overloaded, TooManyAttempts

CHAT = "00000000-0000-0000-0000-000000000001"
OTHER = "00000000-0000-0000-0000-000000000002"
AGENT = Party(side="staff", staff_id="kim", name="김상담")


def entry(seq: int, text: str = "안녕하세요", contact_id: str = CHAT) -> ChatEntry:
    return ChatEntry(contact_id=contact_id, seq=seq, at_ms=seq, author=CITIZEN, body=Said(text=text))


def head(last_seq: int, epoch: str = "e1") -> ChatHead:
    return ChatHead(contact_id=CHAT, epoch=epoch, last_seq=last_seq)


def snapshot(last_seq: int) -> ChatSnapshot:
    return ChatSnapshot(head=head(last_seq), entries=(), receipts=Receipts())


def opened(limit: int = 256) -> Connection:
    connection = Connection(limit)
    connection.receive(Open().model_dump_json())
    return connection


def sent(connection: Connection) -> list[dict]:
    return [json.loads(text) for text in iter(connection.take, None)]


def seqs(connection: Connection) -> list[int]:
    return [message["entry"]["seq"] for message in sent(connection) if message["type"] == "entry"]


class TestReceive:
    def test_open_comes_first(self):
        connection = Connection()
        with pytest.raises(BadRequest, match="open"):
            connection.receive(ChatPing(sent_ms=1).model_dump_json())
        assert not connection.is_open
        assert connection.receive(Open(ticket="t").model_dump_json()) == Open(ticket="t")
        assert connection.is_open
        assert connection.receive(ChatPing(sent_ms=1).model_dump_json()) == ChatPing(sent_ms=1)

    def test_open_comes_once(self):
        with pytest.raises(BadRequest, match="once"):
            opened().receive(Open().model_dump_json())

    @pytest.mark.parametrize("version", [0, 2])
    def test_another_version_is_told_to_reload(self, version: int):
        connection = Connection()
        with pytest.raises(BadRequest, match="version"):
            connection.receive(Open(version=version).model_dump_json())
        assert not connection.is_open

    def test_unknown_fields_are_ignored(self):
        assert opened().receive('{"type":"ping","sent_ms":3,"later":{"a":[1]}}') == ChatPing(sent_ms=3)

    @pytest.mark.parametrize(
        "text",
        [
            None,
            "",
            "{",
            "[]",
            "null",
            '{"type":"entry"}',
            '{"type":"ping"}',
            '{"type":"ping","sent_ms":"\\ud800"}',
            f'{{"type":"attend","contact_id":"{CHAT}","last_seq":-1}}',
            '{"type":"attend","contact_id":"../etc/passwd"}',
            f'{{"type":"send","contact_id":"{CHAT}","client_id":"short","body":{{"kind":"stayed"}}}}',
            f'{{"type":"send","contact_id":"{CHAT}","client_id":"12345678","body":{{"kind":"said","text":""}}}}',
            "[" * 10_000,
        ],
    )
    def test_what_is_no_message_is_refused_and_the_connection_lives(self, text: str | None):
        connection = opened()
        with pytest.raises(BadRequest):
            connection.receive(text)
        assert connection.receive(ChatPing(sent_ms=1).model_dump_json()) == ChatPing(sent_ms=1)

    def test_sixteen_kibibytes_are_counted_in_bytes(self):
        frame = '{"type":"ping","sent_ms":1,"x":"%s"}'
        room = MAX_FRAME_BYTES - len(frame) + 2
        assert opened().receive(frame % ("x" * room))
        with pytest.raises(BadRequest, match="too long"):
            opened().receive(frame % ("x" * (room + 1)))
        with pytest.raises(BadRequest, match="too long"):
            opened().receive(frame % ("가" * (room // 2)))

    def test_the_longest_message_fits_whatever_it_is_made_of(self):
        for character in "가😀\n":
            submit = Submit(contact_id=CHAT, client_id="12345678", body=Said(text=character * 2000))
            assert opened().receive(submit.model_dump_json()) == submit

    def test_a_refusal_can_name_what_it_is_about(self):
        bad = {
            "type": "send",
            "contact_id": CHAT,
            "client_id": "12345678",
            "body": {"kind": "said", "text": ""},
        }
        assert named(json.dumps(bad)) == (CHAT, "12345678")
        assert named(json.dumps(bad | {"client_id": 8, "contact_id": "x" * 500})) == ("", "")
        for text in (None, "{", "[]", "[" * 10_000):
            assert named(text) == ("", "")


class TestOffer:
    def test_the_next_one_is_sent_and_no_other(self):
        connection = opened()
        assert connection.offer(entry(1)) == "known", "not attended"
        connection.attend(CHAT, 3)
        assert connection.offer(entry(3)) == "known"
        assert connection.offer(entry(5)) == "gap"
        assert connection.behind(CHAT) == 5
        assert connection.offer(entry(4)) == "sent"
        assert connection.cursor(CHAT) == 4
        assert connection.behind(CHAT) == 5
        assert connection.offer(entry(5)) == "sent"
        assert connection.behind(CHAT) is None
        assert connection.offer(entry(5)) == "known"
        assert seqs(connection) == [4, 5]

    def test_conversations_do_not_mix(self):
        connection = opened()
        connection.attend(CHAT, 1)
        connection.attend(OTHER, 7)
        assert connection.offer(entry(2)) == "sent"
        assert connection.offer(entry(8, contact_id=OTHER)) == "sent"
        connection.leave(CHAT)
        assert connection.offer(entry(3)) == "known"
        assert connection.attended() == (OTHER,)
        assert (connection.cursor(CHAT), connection.cursor(OTHER)) == (None, 8)

    def test_what_happens_while_the_snapshot_is_read_is_noticed(self):
        connection = opened()
        connection.expect(CHAT)
        assert connection.cursor(CHAT) is None
        assert connection.offer(entry(6)) == "gap"
        assert len(connection) == 0, "nothing goes out before the snapshot"
        assert connection.start(snapshot(5))
        assert connection.behind(CHAT) == 6
        assert connection.offer(entry(6)) == "sent"
        assert connection.behind(CHAT) is None

    def test_a_snapshot_that_has_it_all_leaves_nothing_behind(self):
        connection = opened()
        connection.expect(CHAT)
        connection.offer(entry(6))
        connection.start(snapshot(6))
        assert connection.behind(CHAT) is None
        assert [message["type"] for message in sent(connection)] == ["snapshot"]

    def test_an_entry_is_written_once_for_all_its_readers(self):
        connection = opened()
        connection.attend(CHAT, 0)
        connection.offer(entry(1), "made before")
        assert connection.take() == "made before"
        assert Happened.model_validate_json(happened(entry(1))).entry == entry(1)

    def test_who_is_too_far_behind_is_closed_and_misses_nothing(self):
        connection = opened(limit=2)
        connection.attend(CHAT, 0)
        assert [connection.offer(entry(seq)) for seq in (1, 2, 3, 4)] == ["sent", "sent", "full", "full"]
        assert connection.is_behind
        assert connection.cursor(CHAT) == 2, "what was not queued is not counted as sent"
        assert not connection.queue(ChatPong(sent_ms=1, server_ms=1))
        assert seqs(connection) == [1, 2]


class TestQueue:
    def typing(self, seq: int, event: str = "edit", name: str = "") -> Typing:
        return Typing(contact_id=CHAT, draft="d", seq=seq, event=event, name=name)

    def test_typing_gives_way_to_entries(self):
        connection = opened(limit=3)
        connection.attend(CHAT, 0)
        for seq in range(3):
            assert connection.queue(self.typing(seq))
        assert connection.offer(entry(1)) == "sent"
        assert connection.shed == 3
        assert not connection.is_behind
        assert seqs(connection) == [1]

    def test_a_whole_field_replaces_the_changes_before_it(self):
        connection = opened()
        connection.queue(self.typing(0))
        connection.queue(self.typing(1))
        connection.queue(self.typing(5, name="other"))
        connection.queue(self.typing(2, "reset"))
        assert [(message["seq"], message["event"]) for message in sent(connection)] == [
            (5, "edit"),
            (2, "reset"),
        ]

    def test_the_newest_receipts_and_places_stand(self):
        connection = opened()
        for number in (1, 2):
            connection.queue(Receipted(contact_id=CHAT, receipts=Receipts(staff_read=number)))
            connection.queue(QueuePlace(contact_id=CHAT, position=number, expected_s=None))
            connection.queue(QueuePlace(contact_id=OTHER, position=number, expected_s=None))
        assert [(m["type"], m["contact_id"] == CHAT) for m in sent(connection)] == [
            ("receipts", True),
            ("queue", True),
            ("queue", False),
        ]

    def test_the_caller_may_say_what_gives_way(self):
        connection = opened(limit=1)
        assert connection.queue(ChatPong(sent_ms=1, server_ms=1), sheddable_key="a")
        assert connection.queue(ChatPong(sent_ms=2, server_ms=2), text="b")
        assert connection.take() == "b"


class TestResume:
    @pytest.mark.parametrize(
        ("epoch", "last_seq", "oldest", "expected"),
        [
            ("", 0, 1, "first"),
            ("e1", 10, 1, "replay"),
            ("e1", 4, 1, "replay"),
            ("e1", 0, 1, "replay"),
            ("e1", 4, 5, "replay"),
            ("e1", 3, 5, "too_old"),
            ("e1", 11, 1, "ahead"),
            ("e0", 4, 1, "epoch"),
        ],
    )
    def test_what_comes(self, epoch: str, last_seq: int, oldest: int, expected: str):
        assert resume(head(10), Attend(contact_id=CHAT, epoch=epoch, last_seq=last_seq), oldest) == expected

    def test_a_replay_is_bounded(self):
        def of(last_seq: int) -> str:
            return resume(head(1000), Attend(contact_id=CHAT, epoch="e1", last_seq=last_seq))

        assert of(1000 - KEPT) == "replay"
        assert of(1000 - KEPT - 1) == "too_old"


class TestRefusal:
    def test_what_is_only_not_now_is_kept_by_the_page(self):
        later = refusal(Overloaded("몰림", "busy"), CHAT, "12345678")
        assert (later.again, later.code, later.client_id) == (True, "overloaded", "12345678")
        assert later.wait_ms > 0
        assert refusal(TooManyAttempts("잠시", "wait"), wait_ms=7000).wait_ms == 7000

    def test_what_is_not_allowed_is_not_tried_again(self):
        never = refusal(NotAllowed("안 됨", "no"), CHAT)
        assert (never.again, never.wait_ms) == (False, 0)


class TestPassedOn:
    live = Typing(contact_id=CHAT, draft="d", seq=3, event="reset", text="계좌", side="staff", name="팀장")

    def test_the_citizens_words_are_shown_while_they_wish_it(self):
        shown = passed_on(self.live, CITIZEN, live_typing=True)
        assert (shown.text, shown.event, shown.side, shown.name) == ("계좌", "reset", "citizen", "")

    def test_then_the_agents_words_are_shown_too(self):
        shown = passed_on(self.live, AGENT, live_typing=True)
        assert (shown.text, shown.side, shown.name) == ("계좌", "staff", AGENT.name)

    @pytest.mark.parametrize("who", [CITIZEN, AGENT])
    def test_otherwise_only_that_something_is_written(self, who: Party):
        edit = self.live.model_copy(update={"event": "edit", "actions": (("t", 0, "계좌"),)})
        for typing in (self.live, edit):
            shown = passed_on(typing, who, live_typing=False)
            assert "계좌" not in shown.model_dump_json()
            assert (shown.event, shown.is_composing, shown.seq) == ("edit", True, 3)
            assert (shown.side, shown.name) == (who.side, who.name)

    def test_a_stop_stays_one(self):
        stop = self.live.model_copy(update={"event": "stop", "text": ""})
        assert passed_on(stop, AGENT, live_typing=False).event == "stop"
