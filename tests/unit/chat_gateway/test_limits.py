"""Token buckets of a bounded number; sentences that say how long to wait."""

import pytest

from chat_gateway.limits import Amount, Amounts, Buckets, Limits, TooFast, network_of
from contracts.errors import Overloaded, TooManyAttempts


class Hand:
    """A clock that is set by hand, in ms."""

    def __init__(self) -> None:
        self.ms = 0

    def __call__(self) -> int:
        return self.ms


def test_a_bucket_empties_and_fills_again():
    buckets = Buckets(Amount(2, 1.0))
    assert buckets.wait_ms("a", 1, 0) == 0
    buckets.take("a", 1, 0)
    buckets.take("a", 1, 0)
    assert buckets.wait_ms("a", 1, 0) == 1000
    assert buckets.wait_ms("a", 1, 400) == 600
    assert buckets.wait_ms("a", 1, 1000) == 0
    assert buckets.wait_ms("b", 1, 0) == 0
    assert buckets.wait_ms("a", 2, 60_000) == 0, "no more than full"


def test_what_costs_more_than_a_full_bucket_needs_a_full_one():
    buckets = Buckets(Amount(10, 1.0))
    assert buckets.wait_ms("a", 50, 0) == 0
    buckets.take("a", 50, 0)
    assert buckets.wait_ms("a", 1, 0) == 41_000


def test_the_longest_unused_key_goes_first():
    buckets = Buckets(Amount(1, 0.001), max_keys=2)
    for key in ("a", "b", "a", "c"):
        buckets.take(key, 1, 0)
    assert len(buckets) == 2
    assert buckets.wait_ms("a", 1, 0) > 0
    assert buckets.wait_ms("b", 1, 0) == 0


def test_messages_of_a_conversation_say_how_long_to_wait():
    clock = Hand()
    limits = Limits(Amounts(messages=Amount(3, 0.5)), clock=clock)
    for _ in range(3):
        limits.message("chat", 10)
    with pytest.raises(TooManyAttempts, match=r"2초 뒤 다시 보내.*Try again in 2 s") as caught:
        limits.message("chat", 10)
    assert isinstance(caught.value, TooFast)
    assert caught.value.wait_ms == 2000
    limits.message("another chat", 10)
    clock.ms = 2000
    limits.message("chat", 10)


def test_what_was_refused_took_nothing():
    clock = Hand()
    limits = Limits(Amounts(messages=Amount(10, 1), bytes=Amount(1000, 1)), clock=clock)
    limits.message("chat", 1000)
    for _ in range(20):
        with pytest.raises(TooFast, match="분"):
            limits.message("chat", 900)
    clock.ms = 900_000
    limits.message("chat", 900)


def test_an_address_counts_over_its_conversations():
    limits = Limits(Amounts(messages_of_address=Amount(5, 1), photos_of_address=Amount(2, 1)), clock=Hand())
    for number in range(5):
        limits.message(f"chat {number}", 10, "203.0.113.7")
    with pytest.raises(TooFast):
        limits.message("chat 9", 10, "203.0.113.7")
    limits.message("chat 9", 10, "203.0.113.8")
    limits.photo("a", 10, "203.0.113.7")
    limits.photo("b", 10, "203.0.113.7")
    with pytest.raises(TooFast, match="사진"):
        limits.photo("c", 10, "203.0.113.7")


def test_sockets_are_counted_while_they_are_open():
    limits = Limits(Amounts(sockets=3, sockets_per_address=2), clock=Hand())
    with limits.connection("203.0.113.7"), limits.connection("203.0.113.7"):
        with pytest.raises(TooFast, match="창을 닫고"), limits.connection("203.0.113.7"):
            pass
        with limits.connection("203.0.113.8"):
            assert limits.sockets == 3
            with pytest.raises(Overloaded, match="1분 뒤"), limits.connection("203.0.113.9"):
                pass
    assert limits.sockets == 0
    with limits.connection("203.0.113.7"):
        assert limits.sockets == 1


def test_openings_and_frames():
    limits = Limits(Amounts(openings=Amount(1, 0.01), frames=Amount(2, 1)), clock=Hand())
    limits.opening("203.0.113.7")
    with pytest.raises(TooFast, match="2분 뒤"):
        limits.opening("203.0.113.7")
    limits.frame("chat")
    limits.frame("chat")
    with pytest.raises(TooFast):
        limits.frame("chat")


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("127.0.0.1", ""),
        ("::1", ""),
        ("", ""),
    ],
)
def test_what_counts_as_one_address(address, network):
    assert network_of(address) == network


def test_this_machine_itself_has_no_limit_of_its_own():
    limits = Limits(Amounts(sockets_per_address=1, openings=Amount(1, 0.01)), clock=Hand())
    with limits.connection("127.0.0.1"), limits.connection("127.0.0.1"):
        limits.opening("127.0.0.1")
        limits.opening("127.0.0.1")
