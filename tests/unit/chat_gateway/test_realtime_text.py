import pytest

from chat_gateway.realtime_text import (
    COMPOSING_MS,
    FLUSH_MS,
    FORGET_COMPOSING_MS,
    FORGET_MS,
    REPEAT_MS,
    RESET_MS,
    Reader,
    Writer,
    applied,
    changes,
    well_formed,
)
from contracts.chat import MAX_TEXT, Typing

CHAT = "00000000-0000-0000-0000-000000000001"


class TestChanges:
    @pytest.mark.parametrize(
        ("old", "new", "expected"),
        [
            ("", "", ()),
            ("가", "가", ()),
            ("", "ㅎ", (("t", 0, "ㅎ"),)),
            ("ㅎ", "하", (("e", 1, 1), ("t", 0, "하"))),
            ("하", "한", (("e", 1, 1), ("t", 0, "한"))),
            ("한국", "한", (("e", 2, 1),)),
            ("서울시 민원", "서울시청 민원", (("t", 3, "청"),)),
            ("aaa", "aa", (("e", 3, 1),)),
            ("ab", "ba", (("e", 2, 2), ("t", 0, "ba"))),
            ("😀", "😁", (("e", 1, 1), ("t", 0, "😁"))),
            ("가😀나", "가😀다나", (("t", 2, "다"),)),
        ],
    )
    def test_of_the_field_in_code_points(self, old: str, new: str, expected: tuple):
        assert changes(old, new) == expected
        assert applied(old, expected) == new

    @pytest.mark.parametrize(
        ("actions", "expected"),
        [
            ((("t", 99, "!"),), "가나다!"),
            ((("t", -5, "!"),), "!가나다"),
            ((("e", 99, 1),), "가나"),
            ((("e", 1, 99),), "나다"),
            ((("e", 2, -4),), "가나다"),
            ((("e", -2, 4),), "가나다"),
        ],
    )
    def test_positions_that_make_no_sense_break_nothing(self, actions: tuple, expected: str):
        assert applied("가나다", actions) == expected

    def test_the_field_never_grows_beyond_a_message(self):
        assert len(applied("가" * MAX_TEXT, (("t", 5, "나" * 999),) * 3)) == MAX_TEXT

    def test_halves_of_characters_are_taken_out(self):
        assert well_formed("가\ud83d나") == "가\ufffd나"


class Field:
    """A writer on a clock, and a reader that may miss something."""

    def __init__(self, *, is_live: bool = True) -> None:
        self.now_ms = 1_000_000
        self.writer = Writer(CHAT, "draft-01", is_live=is_live)
        self.reader = Reader()
        self.sent: list[Typing] = []

    def write(self, text: str, after_ms: int = 0, *, is_lost: bool = False) -> list[str]:
        """Writes it at once, then lets the time pass. Returns the events that went out, all of them when due."""
        self.writer.wrote(text, self.now_ms)
        return self.wait(after_ms, is_lost=is_lost)

    def wait(self, for_ms: int, *, is_lost: bool = False) -> list[str]:
        until_ms = self.now_ms + for_ms
        events = []
        while True:
            if typing := self.writer.flush(self.now_ms):
                self.sent.append(typing)
                events.append(typing.event)
                if not is_lost:
                    self.reader.hear(typing, self.now_ms)
            due_ms = self.writer.due_ms
            if due_ms is None or due_ms > until_ms:
                self.now_ms = until_ms
                return events
            self.now_ms = max(self.now_ms, int(due_ms))


class TestWriter:
    def test_the_first_change_goes_out_at_once_and_whole(self):
        field = Field()
        assert field.write("안") == ["reset"]
        assert field.reader.text == "안"

    def test_changes_are_gathered_for_less_than_a_third_of_a_second(self):
        field = Field()
        field.write("안", 100)
        assert field.write("안녕", 100) == []
        assert field.write("안녕하", FLUSH_MS) == ["edit"]
        assert field.sent[-1].actions == (("t", 1, "녕하"),)
        assert FLUSH_MS <= 300

    def test_every_keystroke_is_shown_within_the_flush(self):
        field = Field()
        for length in range(1, 40):
            field.write("저는 오늘 주민등록등본을 떼러 갔는데 담당자가 자리에 없었습니다"[:length], 70)
            waited_ms = field.now_ms - (field.writer.due_ms or field.now_ms)
            assert waited_ms <= FLUSH_MS

    def test_the_whole_field_goes_out_every_ten_seconds(self):
        field = Field()
        events = [event for second in range(25) for event in field.write("가" * (second + 1), 1000)]
        assert events.count("reset") == 3
        assert events.count("edit") >= 22

    def test_a_field_that_waits_is_repeated_for_a_minute(self):
        field = Field()
        field.write("생각 중", 1000)
        assert field.wait(10 * REPEAT_MS) == ["reset"] * (REPEAT_MS // RESET_MS)

    def test_an_emptied_field_says_so_and_then_nothing(self):
        field = Field()
        field.write("가", 1000)
        assert field.write("", 1000) == ["stop"]
        assert field.reader.text == ""
        assert not field.reader.is_writing
        assert field.wait(1000) == []
        assert field.write("나", 1000) == ["edit"]
        assert field.reader.text == "나"

    def test_nothing_is_said_of_a_field_that_was_empty_all_the_time(self):
        field = Field()
        assert field.write("", 10_000) == []
        field.write("가")
        field.writer.sent("draft-02")
        assert field.wait(10_000) == []

    def test_a_message_ends_the_draft(self):
        field = Field()
        field.write("가", 1000)
        field.writer.sent("draft-02")
        assert field.write("나", 1000) == ["reset"]
        assert (field.sent[-1].draft, field.sent[-1].seq) == ("draft-02", 0)

    def test_without_live_typing_no_word_goes_out(self):
        field = Field(is_live=False)
        text = ""
        for _ in range(100):
            text += "비"
            field.write(text, 200)
        field.write("", 1000)
        assert "비" not in "".join(typing.model_dump_json() for typing in field.sent)
        assert {typing.event for typing in field.sent} == {"edit", "stop"}
        assert len(field.sent) <= 20_000 // COMPOSING_MS + 2
        assert all(typing.is_composing for typing in field.sent[:-1])

    def test_switched_on_it_shows_the_field_and_switched_off_nothing_more(self):
        field = Field(is_live=False)
        field.write("먼저 쓴 글", 1000)
        field.writer.switch(True)
        assert field.wait(1000) == ["reset"]
        assert field.reader.text == "먼저 쓴 글"
        field.writer.switch(False)
        field.reader.hide()
        field.write("먼저 쓴 글 그리고", 1000)
        assert field.reader.text is None
        assert field.reader.is_writing
        assert "그리고" not in field.sent[-1].model_dump_json()

    def test_another_connection_begins_with_the_whole_field(self):
        field = Field()
        field.write("가나다", 1000)
        field.writer.again()
        assert field.wait(0) == ["reset"]

    def test_more_than_a_message_can_hold_is_not_shown(self):
        field = Field()
        field.write("가" * (MAX_TEXT + 5), 1000)
        assert field.reader.text == "가" * MAX_TEXT


class TestReader:
    def test_a_gap_hides_the_words_until_the_next_reset(self):
        field = Field()
        field.write("안", 500)
        field.write("안녕", 500, is_lost=True)
        field.write("안녕하", 500)
        assert field.reader.text is None
        assert field.reader.shown(field.now_ms), "that something is written is still known"
        field.write("안녕하세요", RESET_MS)
        assert field.reader.text == "안녕하세요"

    def test_one_that_comes_late_begins_with_a_reset(self):
        field = Field()
        field.write("안", 500, is_lost=True)
        field.write("안녕", 500)
        assert field.reader.text is None

    def test_what_comes_twice_or_late_changes_nothing(self):
        field = Field()
        for text in ("안", "안녕", "안녕하"):
            field.write(text, 500)
        for typing in field.sent:
            field.reader.hear(typing, field.now_ms)
        assert field.reader.text == "안녕하"

    def test_the_sent_message_always_wins(self):
        field = Field()
        field.write("안녕", 500)
        field.reader.sent("draft-01")
        assert not field.reader.shown(field.now_ms)
        field.write("안녕하세요", 500)
        assert not field.reader.shown(field.now_ms), "a change of it that comes late is not shown again"

    def test_it_wins_although_its_typing_comes_later_than_itself(self):
        field = Field()
        field.write("안녕", 500, is_lost=True)
        field.reader.sent("draft-01")
        field.reader.hear(field.sent[0], field.now_ms)
        assert not field.reader.shown(field.now_ms)

    def test_a_message_that_was_not_typed_here_leaves_the_draft(self):
        field = Field()
        field.write("안녕", 500)
        field.reader.sent("some-quick-reply")
        field.reader.sent("")
        assert field.reader.text == "안녕"

    def test_the_draft_before_never_returns(self):
        field = Field()
        field.write("먼저", 500)
        field.writer.sent("draft-02")
        field.write("다음", 500)
        field.reader.hear(field.sent[0].model_copy(update={"seq": 9}), field.now_ms)
        assert field.reader.text == "다음"

    def test_what_is_heard_no_more_is_forgotten(self):
        field = Field()
        field.write("안녕", 0)
        assert field.reader.shown(field.now_ms + FORGET_MS - 1)
        assert not field.reader.shown(field.now_ms + FORGET_MS)
        field.reader.hide()
        assert not field.reader.shown(field.now_ms + FORGET_COMPOSING_MS)

    def test_a_field_that_is_repeated_is_never_forgotten_in_between(self):
        field = Field()
        field.write("생각 중", 0)
        while (field.writer.due_ms or 0) > field.now_ms:
            field.wait(RESET_MS)
            assert field.reader.shown(field.now_ms)
