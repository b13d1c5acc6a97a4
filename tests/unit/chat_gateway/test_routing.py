"""Who gets which conversation: order, capacity, skills and languages; and what those who wait are told."""

import time

from chat_gateway.routing import RELAX_MS, Assignment, Desk, Waiter, expected_s, plan, positions

NOW = 1_000_000


def waits(contact: str, since: int = 0, **how) -> Waiter:
    return Waiter(contact, NOW - since, **how)


def desk(staff: str, capacity: float = 3, load: float = 0, skills=(), languages=()) -> Desk:
    return Desk(staff, capacity, load, frozenset(skills), frozenset(languages))


def planned(waiting, desks, weights=None) -> list[tuple[str, str]]:
    return [(one.contact_id, one.staff_id) for one in plan(waiting, desks, weights or {}, NOW)]


def test_urgent_first_then_returned_then_longest():
    waiting = [
        waits("late", 10),
        waits("long", 9_000),
        waits("back", 20, front=True),
        waits("fire", 1, urgent=True),
        waits("back long", 30, front=True),
    ]
    order = [contact for contact, _ in planned(waiting, [desk("kim", 5)])]
    assert order == ["fire", "back long", "back", "long", "late"]


def test_the_least_busy_share_gets_it():
    desks = [desk("kim", 4, 2), desk("lee", 2, 1.5), desk("park", 10, 4)]
    assert planned([waits("a")], desks) == [("a", "park")]


def test_agents_with_as_much_to_do_get_it_by_lot_and_the_same_lot_everywhere():
    waiting = [waits(f"contact {number}", 1000 - number) for number in range(400)]
    one = planned(waiting, [desk("kim", 200), desk("lee", 200)])
    other = planned(waiting[::-1], [desk("lee", 200), desk("kim", 200)])
    assert one == other
    assert {staff for _, staff in one[:8]} == {"kim", "lee"}


def test_never_more_than_the_capacity_but_urgent():
    waiting = [waits(f"{number}", 100 - number) for number in range(5)]
    assert len(planned(waiting, [desk("kim", 3, 1)])) == 2
    fire = waits("fire", urgent=True)
    assert planned([fire, *waiting], [desk("kim", 3, 3)]) == [("fire", "kim")]


def test_weights_of_channels():
    waiting = [waits(f"{number}", 100 - number, channel="kakao") for number in range(9)]
    assert len(planned(waiting, [desk("kim", 3)], {"kakao": 0.5})) == 6
    assert len(planned(waiting, [desk("kim", 3)], {"kakao": 2})) == 1
    assert len(planned(waiting, [desk("kim", 1)], {"kakao": 2})) == 1, "who has nothing takes any one"


def test_room_is_kept_for_a_heavier_one_that_came_first():
    waiting = [waits("heavy", 100), *(waits(f"light {number}", 50, channel="kakao") for number in range(4))]
    weights = {"kakao": 0.5}
    assert planned(waiting, [desk("kim", 3, 2.5)], weights) == []
    both = [desk("lee", 3, 2.5), desk("kim", 3, 2.5)]
    assert planned(waiting, both, weights) == [("light 0", "lee")], "one agent's room is enough"
    assert planned(waiting, [desk("kim", 3, 2)], weights) == [("heavy", "kim")]


def test_skill_and_language():
    desks = [
        desk("tax", skills=["tax"], languages=["ko"]),
        desk("all", languages=["ko"]),
        desk("english", skills=["general"], languages=["en"]),
    ]
    assert planned([waits("a", skill="general", language="en")], desks) == [("a", "english")]
    assert planned([waits("a", skill="traffic")], desks) == [("a", "all")]
    full = [desks[0], desk("all", 3, 3, languages=["ko"])]
    assert planned([waits("a", skill="traffic")], full) == [], "it waits for the one who can"
    assert planned([waits("a", RELAX_MS, skill="traffic")], full) == [("a", "tax")], "but not forever"


def test_a_language_that_nobody_speaks_still_finds_a_person():
    desks = [desk("tax", skills=["tax"], languages=["ko"]), desk("lee", skills=["general"], languages=["ko"])]
    assert planned([waits("a", skill="tax", language="vi")], desks) == [("a", "tax")]
    assert planned([waits("a", skill="parks", language="vi")], desks)


def test_full_agents_of_one_topic_do_not_hold_up_another():
    desks = [desk("tax", 1, 1, skills=["tax"]), desk("lee", 1, skills=["general"])]
    waiting = [
        *(waits(f"tax {number}", 500, skill="tax") for number in range(5)),
        waits("a", skill="general"),
    ]
    assert planned(waiting, desks) == [("a", "lee")]


def test_positions_count_those_who_go_to_the_same_agents():
    waiting = [
        waits("tax 1", 90, skill="tax"),
        waits("parks 1", 80, skill="parks"),
        waits("tax 2", 70, skill="tax"),
        waits("any", 60),
        waits("fire", 1, urgent=True, skill="tax"),
    ]
    apart = [desk("kim", skills=["tax"]), desk("lee", skills=["parks"])]
    assert positions(waiting, apart, NOW) == {"fire": 1, "tax 1": 2, "tax 2": 3, "parks 1": 1, "any": 5}
    together = positions(waiting, [desk("kim")], NOW)
    assert sorted(together.values()) == [1, 2, 3, 4, 5]
    assert positions(waiting, [], NOW) == together, "without agents all stand in one line"


def test_the_expected_wait_is_of_what_took_how_long_of_late():
    assert expected_s(1, [300, 600, 900], 3) == 200
    assert expected_s(6, [300, 600, 900], 3) == 1200
    assert expected_s(1, [], 3) is None
    assert expected_s(1, [600], 0) is None


def test_a_plan_of_five_thousand_who_wait_is_quick():
    waiting = [waits(f"{number:05}", number, skill=f"s{number % 6}") for number in range(5000)]
    desks = [desk(f"agent {number}", 3, 3, skills=[f"s{number % 6}"]) for number in range(100)]
    began = time.process_time()
    assert plan(waiting, desks, {}, NOW) == ()
    assert len(positions(waiting, desks, NOW)) == 5000
    assert time.process_time() - began < 1.0


def test_nobody_there():
    assert plan([waits("a"), waits("b", urgent=True)], [], {}, NOW) == ()
    assert plan([], [desk("kim")], {}, NOW) == ()
    assert plan([waits("a")], [desk("kim")], {}, NOW) == (Assignment("a", "kim"),)
