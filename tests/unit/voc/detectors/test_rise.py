from dataclasses import replace

import numpy as np
import pytest

from contracts.voc import About
from sangdam.voc_city import City
from tests.unit.voc.hotline import DISTRICTS, TOPICS, UNTIL, contacts, day, past, usual
from voc.counting import recent
from voc.detectors.budget import calibrate
from voc.detectors.rise import rises
from voc.detectors.thresholds import Thresholds
from voc.rules import load_rules
from voc.series import HOUR_MS, Counts, Signal

RULES = load_rules()
LIMITS = Thresholds.cautious(RULES, topics=len(TOPICS), districts=len(DISTRICTS))
NOON = UNTIL + 24 + 12


def looked(counts: Counts, until_ms: int, limits: Thresholds = LIMITS) -> list[Signal]:
    return rises(usual(), contacts(counts, UNTIL, until_ms), until_ms, limits)


def more(counts: Counts, topic: str, district: str, contacts: int) -> Counts:
    """So many more in the hour from noon."""
    made = counts.contacts.copy()
    made[NOON - counts.first_hour, counts.topics.index(topic), counts.districts.index(district)] += contacts
    return Counts(counts.first_hour, counts.topics, counts.districts, made)


@pytest.mark.parametrize("minute", [0, 17, 40])
def test_nothing_is_found_on_a_usual_day(minute: int) -> None:
    assert looked(day(1, hours=40), NOON * HOUR_MS + minute * 60_000) == []


@pytest.mark.parametrize("seed", range(5))
def test_a_water_outage_of_twelve_an_hour_is_found_within_the_hour(seed: int) -> None:
    counts = more(day(seed, hours=40), "t2", "마포구", 12)
    found = looked(counts, (NOON + 1) * HOUR_MS)
    cell = next(signal for signal in found if signal.districts == ("마포구",))
    assert (cell.topic, cell.lane, cell.kind) == ("t2", "usual", "rise")
    assert cell.seen > 3 * cell.expected
    assert len(cell.contact_ids) == cell.seen
    assert cell.until_ms == (NOON + 1) * HOUR_MS
    assert all(signal.topic in {"t2", ""} for signal in found)


def test_each_series_is_said_once_the_strongest_first() -> None:
    counts = City.plant(day(2, hours=40), "t4", "마포구", NOON, 3, 60.0)
    found = looked(counts, (NOON + 3) * HOUR_MS)
    assert len({(signal.topic, signal.districts) for signal in found}) == len(found) >= 2
    assert found[0].topic == "t4"


def test_three_times_as_many_of_everything_is_no_rise() -> None:
    for seed in range(3):
        assert looked(day(seed, factor=3.0, hours=40), NOON * HOUR_MS) == []


def test_after_dead_hours_nothing_is_raised() -> None:
    counts = day(3, hours=48)
    counts.contacts[26:32] = 0  # until the morning
    for hours in (8, 9, 10, 14, 20):
        assert looked(counts, (UNTIL + 24 + hours) * HOUR_MS) == []


def test_a_backlog_that_comes_at_once_is_volume() -> None:
    counts = day(4, hours=40)
    counts.contacts[34:36] += counts.contacts[30:32]
    counts.contacts[30:34] = 0
    assert looked(counts, NOON * HOUR_MS) == []


def test_an_event_of_one_topic_lifts_no_other() -> None:
    counts = City.plant(day(5, hours=40), "t2", "중구", NOON, 2, 400.0)
    found = looked(counts, (NOON + 1) * HOUR_MS)
    assert {signal.topic for signal in found} <= {"t2", ""}
    quiet = more(counts, "t4", "마포구", 14)
    assert any(signal.topic == "t4" for signal in looked(quiet, (NOON + 1) * HOUR_MS))


def test_a_topic_never_seen_is_found_and_needs_enough_contacts() -> None:
    kept = [
        About(contact_id=f"n{index}", at_ms=NOON * HOUR_MS + index, topic="new", district="중구")
        for index in range(40)
    ]
    until_ms = (NOON + 1) * HOUR_MS
    found = rises(usual(), recent(kept), until_ms, LIMITS)
    assert ("new", ("중구",)) in {(signal.topic, signal.districts) for signal in found}
    few = LIMITS.with_limits(topic=(0.99,) * 4, cell=(0.99,) * 4, district=(0.99,) * 4)
    assert rises(usual(), recent(kept[:3]), until_ms, few) == []


def test_contacts_after_now_do_not_count() -> None:
    counts = City.plant(day(2, hours=40), "t4", "마포구", NOON, 3, 60.0)
    late = contacts(counts, UNTIL, (NOON + 3) * HOUR_MS)
    assert rises(usual(), late, NOON * HOUR_MS, LIMITS) == []


def test_nobody_called() -> None:
    assert rises(usual(), recent([]), NOON * HOUR_MS, LIMITS) == []


def test_calibrated_limits_keep_the_budget_and_grow_with_it() -> None:
    found = [calibrate(usual(), past(), replace(RULES, budget=budget)) for budget in (1.0, 5.0, 20.0)]
    for group in ("topic", "cell", "district"):
        limits = np.array([one.limits(group) for one in found])
        assert (np.diff(limits, axis=0) >= 0).all()
        assert (limits[0] < limits[2]).any()
    assert found[0].cluster < found[2].cluster
    assert found[1].weeks == pytest.approx(8, abs=0.1)
