"""What waits for the bus: in order, bounded, and nothing but the oldest audio goes."""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.waiting import MAX_MS, Item, Waiting


def frame(number, contact_id="a", size=100, audio_ms=100):
    return Item("call.audio", contact_id, f"{number:05d}".encode().ljust(size), audio_ms)


def state(number, contact_id="a"):
    return Item("contact.events", contact_id, f"state {number}".encode())


def texts(items):
    return [item.value.decode().strip() for item in items]


@pytest.fixture
def waiting():
    return Waiting(1_000_000)


def test_what_was_put_comes_out_in_order(waiting):
    waiting.put([state(0), frame(1), frame(2), state(3)])
    assert texts(waiting.take(10, 10_000)) == ["state 0", "00001", "00002", "state 3"]
    assert waiting.take(10, 10_000) == []
    assert (len(waiting), waiting.bytes) == (0, 0)


def test_a_batch_is_bounded_and_one_record_at_least(waiting):
    waiting.put([frame(number) for number in range(10)])
    assert len(waiting.take(3, 10_000)) == 3
    assert len(waiting.take(10, 150)) == 2
    assert len(waiting.take(10, 1)) == 1


def test_what_could_not_be_published_goes_first_again(waiting):
    waiting.put([frame(number) for number in range(6)])
    waiting.put([frame(9, "b")])
    taken = waiting.take(4, 10_000)
    waiting.put([frame(6)])
    waiting.give_back(taken)
    assert texts(waiting.take(10, 10_000)) == [
        "00000",
        "00001",
        "00002",
        "00003",
        "00004",
        "00005",
        "00006",
        "00009",
    ]


def test_after_a_minute_the_oldest_frames_go_and_states_stay(waiting):
    waiting.put([state(0), *(frame(number) for number in range(MAX_MS // 100))])
    assert waiting.put([state(1), frame(700, audio_ms=0)]) == {}
    assert waiting.put([frame(800), frame(801)]) == {"a": 2}
    left = texts(waiting.take(10_000, 1_000_000))
    assert left[:2] == ["state 0", "00002"]
    assert left[-4:] == ["state 1", "00700", "00800", "00801"]


def test_two_channels_have_a_minute_each(waiting):
    assert waiting.put([frame(number) for number in range(2 * MAX_MS // 100)], channels=2) == {}
    assert waiting.put([frame(0)], channels=2) == {"a": 1}


def test_where_all_is_too_much_the_longest_queue_pays():
    waiting = Waiting(1_000)
    waiting.put([frame(number, "a") for number in range(7)])
    waiting.put([frame(number, "b") for number in range(3)])
    assert waiting.put([frame(3, "b")]) == {"a": 1}
    assert waiting.bytes == 1_000


def test_states_alone_may_be_over_the_limit():
    waiting = Waiting(10)
    assert waiting.put([state(number) for number in range(5)]) == {}
    assert len(waiting) == 5


_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("put"), st.sampled_from("abc"), st.integers(1, 8), st.booleans()),
        st.tuples(st.just("send"), st.integers(1, 12), st.integers(1, 2_000), st.booleans()),
    ),
    max_size=60,
)


@given(_STEPS)
def test_order_holds_and_what_is_missing_was_counted(steps):
    waiting, number, dropped = Waiting(3_000), 0, defaultdict(int)
    put, sent = defaultdict(list), defaultdict(list)

    def count(lost):
        for contact_id, frames in lost.items():
            dropped[contact_id] += frames

    for step in [*steps, ("send", 10_000, 10**9, True)]:
        if step[0] == "put":
            _, contact_id, many, is_state = step
            items = [(state if is_state else frame)(number + i, contact_id) for i in range(many)]
            number += many
            put[contact_id] += items
            count(waiting.put(items))
        else:
            _, most, size, works = step
            taken = waiting.take(most, size)
            if works:
                for item in taken:
                    sent[item.contact_id].append(item)
            else:
                count(waiting.give_back(taken))
        assert waiting.bytes <= 3_000 or not waiting._audio_ms.total()
    for contact_id, items in put.items():
        out = sent[contact_id]
        assert [item for item in items if item in set(out)] == out
        missing = [item for item in items if item not in set(out)]
        assert all(item.audio_ms for item in missing)
        assert len(missing) == dropped[contact_id]
    assert (len(waiting), waiting.bytes) == (0, 0)
