from dataclasses import replace

import numpy as np
import pytest

from sangdam.voc_city import City
from tests.unit.voc.hotline import DISTRICTS, FIRST, SEOUL, TOPICS, WEEKS, city, past, usual
from voc.baseline.usual import learn
from voc.detectors.budget import calibrate, scale
from voc.detectors.replay import LOOKS_PER_H, TOP, Crossings, replay
from voc.detectors.thresholds import Thresholds, parametric, window_shares
from voc.rules import load_rules
from voc.series import HOUR_MS, Counts

RULES = load_rules()
LIMITS = parametric(RULES, len(TOPICS), len(DISTRICTS))


def crossings(look: list[int], series: list[int], strength: list[float]) -> Crossings:
    none = np.zeros(len(look), dtype=np.int64)
    return Crossings(np.array(look), np.array(series), none, none, np.array(strength), 1000, 48)


def test_what_lies_within_the_cool_down_is_one_alarm() -> None:
    found = crossings([0, 40, 80, 200, 5], [1, 1, 1, 1, 2], [5.0, 0.5, 3.0, 0.2, 7.0])
    assert sorted(found.worst(np.ones((3, 4))).tolist()) == [0.2, 0.5, 7.0]
    assert found.worst(np.full((3, 4), 0.01)).tolist() == [20.0]


def test_the_factor_is_the_count_where_there_are_enough() -> None:
    strengths = np.arange(1, 201) / 200 * TOP
    assert scale(strengths, 20.0) == pytest.approx(3.0, rel=0.01)
    assert scale(strengths / 10, 100.0) == pytest.approx(1.5, rel=0.01)


def test_it_grows_with_what_is_wanted_also_where_it_is_extrapolated() -> None:
    rng = np.random.default_rng(3)
    for many in (0, 1, 4, 19, 20, 21, 500):
        strengths = rng.uniform(0, TOP, many)
        found = [scale(strengths, target) for target in np.geomspace(0.01, 400, 60)]
        assert (np.diff(found) >= -1e-12).all(), many


def test_the_tail_is_extrapolated_as_p_values_are_meant() -> None:
    """Uniform p-values: a tenth of the alarms at a tenth of the limit."""
    rng = np.random.default_rng(4)
    found = [scale(rng.uniform(0, TOP, 300), 3.0) for _ in range(200)]
    assert np.median(found) == pytest.approx(0.3, rel=0.25)


def test_few_weeks_have_cautious_limits() -> None:
    short = Counts(FIRST, TOPICS, DISTRICTS, past().contacts[: 2 * 168])
    found = calibrate(learn(short, SEOUL), short, RULES)
    assert found == Thresholds.cautious(RULES, topics=len(TOPICS), districts=len(DISTRICTS))
    assert found.weeks == 0
    assert all(
        low < high
        for group in ("topic", "cell")
        for low, high in zip(found.limits(group), LIMITS.limits(group), strict=True)
    )


def test_fresh_weeks_raise_about_as_many_as_the_budget_says() -> None:
    limits = calibrate(usual(), past(), replace(RULES, budget=20.0))
    hours = (WEEKS + 3) * 168
    counts = city().counts(FIRST, hours)
    assert (counts.contacts[: 24 * 7] >= 0).all()
    alarms = 0
    for week in range(3):
        until = (WEEKS + week) * 168
        learnt = learn(
            Counts(FIRST + week * 168, TOPICS, DISTRICTS, counts.contacts[week * 168 : until]), SEOUL
        )
        fresh = Counts(FIRST + until - 24, TOPICS, DISTRICTS, counts.contacts[until - 24 : until + 168])
        alarms += int((replay(learnt, fresh, limits).worst(np.ones((3, 4))) <= 1).sum())
    assert 1 <= alarms <= 3 * 20


def test_real_events_do_not_tighten_the_limits_when_they_are_told() -> None:
    counts = past()
    for number in range(12):
        counts = City.plant(counts, f"t{number}", "중구", FIRST + 24 * (number + 40) + 10, 4, 25.0)
    spans = [
        ((FIRST + 24 * (number + 40) + 9) * HOUR_MS, (FIRST + 24 * (number + 40) + 15) * HOUR_MS)
        for number in range(12)
    ]
    learnt = learn(counts, SEOUL)
    blind, told = (np.array(calibrate(learnt, counts, RULES, exclude=out).cell) for out in ((), spans))
    assert (told > blind).all()


def test_looks_are_taken_every_quarter_of_an_hour() -> None:
    short = Counts(FIRST + 5 * 168, TOPICS, DISTRICTS, past().contacts[5 * 168 :])
    assert replay(usual(), short, LIMITS).looks == LOOKS_PER_H * (3 * 168 - 24)


def test_parts_of_a_budget_sum_to_one() -> None:
    for windows in ((1, 3, 6, 24), (2,), (1, 2, 4, 8, 16)):
        assert sum(window_shares(windows)) == pytest.approx(1)
