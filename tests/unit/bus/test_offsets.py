"""What is committed: never past work that is not done, and not held back for ever."""

from bus.base import TopicPartition
from bus.offsets import HOLD_MS, Offsets

SAID, EVENTS = TopicPartition("transcript", 3), TopicPartition("contact.events", 3)
OTHER = TopicPartition("transcript", 4)


def test_what_was_read_is_committed_once():
    offsets = Offsets()
    offsets.read(SAID, 7)
    offsets.read(EVENTS, 2)
    assert offsets.to_commit(0) == {SAID: 8, EVENTS: 3}
    offsets.committed({SAID: 8, EVENTS: 3})
    assert offsets.to_commit(0) == {}
    offsets.read(SAID, 8)
    assert offsets.to_commit(0) == {SAID: 9}


def test_a_commit_that_failed_is_tried_again():
    offsets = Offsets()
    offsets.read(SAID, 7)
    assert offsets.to_commit(0) == offsets.to_commit(1) == {SAID: 8}


def test_a_record_is_held_back_until_its_work_is_done():
    offsets = Offsets()
    for offset in (5, 6, 7):
        offsets.read(SAID, offset)
    offsets.hold("a", SAID, 5, 0)
    offsets.hold("b", SAID, 6, 0)
    offsets.hold("a", SAID, 7, 0)
    assert offsets.to_commit(1) == {SAID: 5}
    offsets.release("a")
    assert offsets.to_commit(1) == {SAID: 6}
    offsets.release("b")
    assert offsets.to_commit(1) == {SAID: 8}


def test_nothing_is_held_back_for_ever():
    offsets = Offsets()
    offsets.read(SAID, 5)
    offsets.hold("a", SAID, 5, 1_000)
    assert offsets.to_commit(999 + HOLD_MS) == {SAID: 5}
    assert offsets.to_commit(1_000 + HOLD_MS) == {SAID: 6}


def test_a_partition_that_went_is_not_committed_and_what_is_left_is_still_held():
    offsets = Offsets()
    for partition in (SAID, EVENTS, OTHER):
        offsets.read(partition, 5)
        offsets.hold("a", partition, 5, 0)
    assert offsets.let_go([SAID, OTHER]) == {4}
    assert offsets.to_commit(0) == {EVENTS: 5}
    assert offsets.let_go([EVENTS]) == {3}
    assert offsets.to_commit(0) == {}
