from tests.unit.voc.deciding import decided, made, water
from tests.unit.voc.events import (
    GANGDONG,
    NOW,
    abouts,
    kept,
    signal,
)
from voc.alerting.allowance import Raised, is_allowed, most, noted
from voc.series import HOUR_MS


def raised(count: int, strength: float = 2.0, lane="usual", reason=None, days_ago: float = 1) -> list[Raised]:
    return [Raised(NOW - int(days_ago * 24 * HOUR_MS), lane, strength, reason)] * count


def allowed(
    past: list[Raised], strength: float = 1.0, level="watch", lane="usual", budget: float = 5
) -> bool:
    return is_allowed(lane, level, strength, raised=past, budget=budget, now_ms=NOW)


def test_chance_alone_never_uses_up_the_budget():
    assert most(5) == 10
    assert allowed(raised(9))
    assert not allowed(raised(10))


def test_those_that_count_are_unconfirmed_of_this_week_and_lane():
    assert allowed(raised(30, reason="real"))
    assert allowed(raised(30, reason="expected"))
    assert allowed(raised(30, days_ago=7.1))
    assert allowed(raised(30, lane="safety"))
    assert allowed(raised(30), lane="safety")
    assert not allowed(raised(10, reason="false_alarm"))


def test_stronger_than_the_strongest_of_the_budget_and_severe_ones_go_on():
    past = raised(4, strength=3) + raised(20, strength=1.5)
    assert not allowed(past, strength=1.5)
    assert allowed(past, strength=1.6)
    assert allowed(past, strength=0.1, level="severe")


def test_what_is_held_back_is_said_and_counted_once():
    weak = kept(water(abouts(9)), raised_at_ms=NOW - HOUR_MS)
    many = [
        weak.model_copy(update={"finding": weak.finding.model_copy(update={"alert_id": f"{n}"})})
        for n in range(10)
    ]
    event = water(abouts(5, district=GANGDONG), GANGDONG, p_value=1e-4)
    result = decided([event], *many)
    assert result.changes == ()
    (held,) = result.held
    assert (held.title, held.lane) == ("강동구 · 누수·단수·수질", "usual")
    first = noted((), [held], NOW, HOUR_MS)
    again = noted(first, [held.model_copy(update={"strength": 9.0})], NOW + 60_000, HOUR_MS)
    assert [(one.at_ms, one.last_ms, one.strength) for one in again] == [(NOW, NOW + 60_000, 9.0)]
    assert len(noted(again, [held], NOW + 2 * HOUR_MS, HOUR_MS)) == 2
    assert noted(again, [], NOW + 8 * 24 * HOUR_MS, HOUR_MS) == ()


def test_the_safety_lane_is_not_held_back_by_the_usual_one():
    usual = kept(water(abouts(9)))
    many = [
        usual.model_copy(update={"finding": usual.finding.model_copy(update={"alert_id": f"{n}"})})
        for n in range(30)
    ]
    (gas,) = made(
        signal(abouts(3, "8010", GANGDONG), danger="gas", districts=[GANGDONG], lane="safety", p_value=1e-3)
    )
    assert len(decided([gas], *many).changes) == 1
