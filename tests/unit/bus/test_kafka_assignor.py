"""Moves in two rounds; the sharing itself is tested with `bus.membership`."""

from bus.base import TopicPartition
from bus.kafka_assignor import claims, stage

LANES = [TopicPartition("calls", partition) for partition in range(4)]


def test_what_another_owns_comes_in_the_next_round():
    target = dict(zip(LANES, ["a", "a", "b", "b"], strict=True))
    first = stage(target, dict.fromkeys(LANES, "a"), ())
    assert first == {"a": LANES[:2]}
    second = stage(target, dict.fromkeys(LANES[:2], "a"), ())
    assert second == {"a": LANES[:2], "b": LANES[2:]}


def test_what_nobody_owns_comes_at_once():
    assert stage(dict.fromkeys(LANES, "a"), {}, ()) == {"a": LANES}


def test_what_two_claim_goes_to_neither():
    owners, contested = claims({"a": LANES, "b": LANES[2:]})
    assert owners == dict.fromkeys(LANES, "a")
    assert contested == set(LANES[2:])
    assert stage(dict.fromkeys(LANES, "a"), owners, contested) == {"a": LANES[:2]}
