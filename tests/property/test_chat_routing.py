"""Whatever waits and whoever is there: capacity is held, nobody is given away twice, nobody waits forever."""

from collections import Counter
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from chat_gateway.routing import Desk, Waiter, plan, positions

WEIGHTS = {"kakao": 0.5, "instagram": 0.5, "ars": 2.0}
SKILLS = ["", "tax", "parks"]
LANGUAGES = ["ko", "en", "vi"]

waiters = st.lists(
    st.builds(
        Waiter,
        contact_id=st.uuids().map(str),
        queued_at_ms=st.integers(0, 600_000),
        skill=st.sampled_from(SKILLS),
        language=st.sampled_from(LANGUAGES),
        channel=st.sampled_from(["web", "kakao", "instagram", "ars"]),
        urgent=st.booleans(),
        front=st.booleans(),
    ),
    max_size=12,
    unique_by=lambda waiter: waiter.contact_id,
)
desks = st.lists(
    st.builds(
        Desk,
        staff_id=st.sampled_from([f"agent {number}" for number in range(6)]),
        capacity=st.integers(1, 5).map(float),
        load=st.integers(0, 10).map(lambda halves: halves / 2),
        skills=st.frozensets(st.sampled_from(SKILLS[1:]), max_size=1),
        languages=st.frozensets(st.sampled_from(LANGUAGES), max_size=2),
    ),
    max_size=5,
    unique_by=lambda desk: desk.staff_id,
)


@settings(max_examples=40, deadline=None)
@given(waiters, desks, st.integers(0, 900_000))
def test_no_double_assignment_and_capacity_is_held(waiting, here, now_ms):
    planned = plan(waiting, here, WEIGHTS, now_ms)
    by_id = {waiter.contact_id: waiter for waiter in waiting}
    assert max(Counter(one.contact_id for one in planned).values(), default=1) == 1
    load = {desk.staff_id: desk.load for desk in here}
    capacity = {desk.staff_id: desk.capacity for desk in here}
    for one in planned:
        weight = WEIGHTS.get(by_id[one.contact_id].channel, 1.0)
        if not by_id[one.contact_id].urgent:
            assert load[one.staff_id] == 0 or load[one.staff_id] + weight <= capacity[one.staff_id]
        load[one.staff_id] += weight


@settings(max_examples=40, deadline=None)
@given(waiters, desks, st.integers(0, 900_000), st.randoms(use_true_random=False))
def test_the_order_in_which_things_are_read_does_not_matter(waiting, here, now_ms, random):
    """So several gateways plan the same."""
    one = plan(waiting, here, WEIGHTS, now_ms)
    random.shuffle(waiting)
    random.shuffle(here)
    assert plan(waiting, here, WEIGHTS, now_ms) == one


@settings(max_examples=40, deadline=None)
@given(waiters, desks, st.integers(0, 900_000))
def test_urgent_ones_never_wait_where_anybody_is_there(waiting, here, now_ms):
    planned = {one.contact_id for one in plan(waiting, here, WEIGHTS, now_ms)}
    if here:
        assert {waiter.contact_id for waiter in waiting if waiter.urgent} <= planned


@settings(max_examples=40, deadline=None)
@given(waiters, desks, st.integers(0, 900_000))
def test_nobody_is_passed_by_one_of_the_same_kind(waiting, here, now_ms):
    planned = {one.contact_id for one in plan(waiting, here, WEIGHTS, now_ms)}
    for waiter in waiting:
        for other in waiting:
            same = (waiter.skill, waiter.language, waiter.channel) == (
                other.skill,
                other.language,
                other.channel,
            )
            if same and waiter.order < other.order and other.contact_id in planned:
                is_relaxed = (now_ms - other.queued_at_ms >= 180_000) != (
                    now_ms - waiter.queued_at_ms >= 180_000
                )
                assert waiter.contact_id in planned or is_relaxed


@settings(max_examples=40, deadline=None)
@given(waiters, desks.filter(bool), waiters)
def test_nobody_starves(waiting, here, later):
    """Conversations end one by one, and lighter ones keep coming: all who were first get somebody."""
    now_ms = 900_000
    queue = list(waiting)
    newcomers = [replace(one, queued_at_ms=now_ms + 1, urgent=False, front=False) for one in later]
    having: dict[str, list[float]] = {desk.staff_id: [desk.load] if desk.load else [] for desk in here}
    rest = {waiter.contact_id for waiter in waiting}
    for turn in range(2 * len(waiting) + 20):
        now_ms += 1000
        if newcomers and turn % 2:
            queue.append(newcomers.pop())
        there = [replace(desk, load=sum(having[desk.staff_id])) for desk in here]
        by_id = {waiter.contact_id: waiter for waiter in queue}
        for one in plan(queue, there, WEIGHTS, now_ms):
            queue.remove(by_id[one.contact_id])
            having[one.staff_id].append(WEIGHTS.get(by_id[one.contact_id].channel, 1.0))
            rest.discard(one.contact_id)
        for theirs in having.values():
            if theirs:
                theirs.pop(0)
    assert not rest


@settings(max_examples=40, deadline=None)
@given(waiters, desks, st.integers(0, 900_000))
def test_positions_are_in_order(waiting, here, now_ms):
    placed = positions(waiting, here, now_ms)
    assert placed.keys() == {waiter.contact_id for waiter in waiting}
    ordered = sorted(waiting, key=lambda waiter: waiter.order)
    for place, waiter in enumerate(ordered, 1):
        assert 1 <= placed[waiter.contact_id] <= place
    same = [placed[one.contact_id] for one in ordered if (one.skill, one.language) == ("", "ko")]
    if len({now_ms - one.queued_at_ms >= 180_000 for one in ordered}) == 1:
        assert same == sorted(same)
