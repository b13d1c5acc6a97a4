import pytest

from chat_gateway import outbox
from chat_gateway.outbox import Outbox


def taken(box: Outbox) -> list[str]:
    return list(iter(box.take, None))


def test_messages_leave_in_order():
    box = Outbox()
    for text in "abc":
        assert box.put(text)
    assert len(box) == 3
    assert taken(box) == ["a", "b", "c"]
    assert box.take() is None


def test_typing_is_shed_first_and_with_it_all_changes_of_the_same_field():
    box = Outbox(limit=4)
    box.put("kim 1", key="kim", may_shed=True)
    box.put("lee 1", key="lee", may_shed=True)
    box.put("entry")
    box.put("kim 2", key="kim", may_shed=True)
    assert box.put("another")
    assert taken(box) == ["lee 1", "entry", "another"]
    assert box.shed == 2


def test_typing_that_finds_no_room_is_left_out_without_harm():
    box = Outbox(limit=1)
    box.put("entry")
    assert box.put("typed", key="kim", may_shed=True)
    assert box.shed == 1
    assert taken(box) == ["entry"]


def test_a_line_that_is_full_of_entries_runs_over():
    box = Outbox(limit=2)
    assert [box.put(text) for text in "abc"] == [True, True, False]


def test_a_newer_one_replaces_at_the_end_of_the_line():
    box = Outbox()
    box.put("receipts 1", key="receipts", replaces=True)
    box.put("snapshot")
    box.put("receipts 2", key="receipts", replaces=True)
    assert taken(box) == ["snapshot", "receipts 2"]
    assert box.shed == 0, "nothing was lost by it"


def test_the_bytes_are_bounded_too_but_one_message_always_fits(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(outbox, "MAX_CHARS", 10)
    box = Outbox()
    assert box.put("a huge snapshot")
    assert not box.put("b")
    assert box.take() == "a huge snapshot"
    assert box.put("0123456789")
    assert not box.put("b")


def test_room_is_counted_back_when_something_is_replaced(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(outbox, "MAX_CHARS", 10)
    box = Outbox()
    for number in range(50):
        assert box.put(f"place {number:03}", key="place", replaces=True)
    assert taken(box) == ["place 049"]
