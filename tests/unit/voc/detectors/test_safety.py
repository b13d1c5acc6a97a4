import itertools

import pytest

from contracts.voc import About, Danger
from tests.unit.voc.hotline import DISTRICTS, FIRST, SEOUL, TOPICS, UNTIL, contacts, day, past, usual
from voc.baseline.usual import learn
from voc.counting import recent
from voc.detectors.safety import PRIOR_SHARE, Dangers, rises
from voc.detectors.thresholds import Thresholds
from voc.rules import load_rules
from voc.series import HOUR_MS, Counts, Recent

LIMITS = Thresholds.cautious(load_rules(), topics=len(TOPICS), districts=len(DISTRICTS))
MINUTE = 60_000
NOW = (UNTIL + 24 + 14) * HOUR_MS
UNKNOWN = Dangers.unknown()
SERIAL = itertools.count()


def told(danger: Danger, minutes_ago: float, district: str = "마포구") -> About:
    return About(
        contact_id=f"d{next(SERIAL)}",
        at_ms=NOW - int(minutes_ago * MINUTE),
        topic="t1",
        district=district,
        danger=danger,
    )


def among_others(*dangers: About) -> Recent:
    usual_day = contacts(day(1, hours=40), UNTIL, NOW)
    others = [
        About(
            contact_id=one, at_ms=int(at), topic=usual_day.topics[topic], district=usual_day.districts[place]
        )
        for one, at, topic, place in zip(
            usual_day.contact_ids, usual_day.at_ms, usual_day.topic, usual_day.district, strict=True
        )
    ]
    return recent(sorted([*others, *dangers], key=lambda one: one.at_ms))


def test_three_who_smell_gas_in_one_district_within_minutes() -> None:
    found = rises(usual(), UNKNOWN, among_others(*(told("gas", ago) for ago in (12, 5, 1))), NOW, LIMITS)
    assert [(one.danger, one.districts, one.lane, one.seen) for one in found] == [
        ("gas", ("마포구",), "safety", 3)
    ]
    assert found[0].topic == ""


def test_two_are_not_enough() -> None:
    assert rises(usual(), UNKNOWN, among_others(told("gas", 5), told("gas", 1)), NOW, LIMITS) == []


def test_different_dangers_are_not_added() -> None:
    said = (told("gas", 5), told("fire", 3), told("flood", 1))
    assert rises(usual(), UNKNOWN, among_others(*said), NOW, LIMITS) == []


def test_spread_over_a_day_they_are_nothing() -> None:
    said = [told("fire", ago, DISTRICTS[index % 5 + 1]) for index, ago in enumerate(range(60, 1380, 240))]
    assert rises(usual(), UNKNOWN, among_others(*said), NOW, LIMITS) == []


def test_those_who_name_no_place_count_for_the_city() -> None:
    said = [told("outage", ago, "") for ago in (14, 11, 8, 6, 4, 2, 1)]
    found = rises(usual(), UNKNOWN, among_others(*said), NOW, LIMITS)
    assert [(one.danger, one.districts) for one in found] == [("outage", ())]


def test_it_works_before_anything_was_learnt() -> None:
    nothing = learn(Counts(FIRST, TOPICS, DISTRICTS, past().contacts[:0]), SEOUL)
    said = recent([told("gas", ago) for ago in (9, 6, 4, 3, 1)])
    assert [one.danger for one in rises(nothing, UNKNOWN, said, NOW, LIMITS)][:1] == ["gas"]


def test_shares_are_learnt_and_an_event_is_not() -> None:
    days = dict.fromkeys(range(20_000, 20_060), 4_000)
    past_day = [(day_ * 24 * HOUR_MS + 5, "flood") for day_ in days for _ in range(4)]
    storm = [(20_030 * 24 * HOUR_MS + 5, "flood")] * 900
    calm, stormy = Dangers.learn(past_day, days), Dangers.learn(past_day + storm, days)
    assert calm.share["flood"] == pytest.approx(0.001, rel=0.1)
    assert stormy.share["flood"] < 1.3 * calm.share["flood"]
    assert calm.share["gas"] < PRIOR_SHARE / 20
    assert Dangers.learn([], {}).share == UNKNOWN.share


def test_more_who_tell_of_it_are_never_weaker() -> None:
    said = [told("fire", 10 - index / 2) for index in range(12)]
    values = []
    for many in range(3, 13):
        found = rises(usual(), UNKNOWN, among_others(*said[:many]), NOW, LIMITS)
        values.append(min(one.p_value for one in found if one.districts))
    assert values == sorted(values, reverse=True)
