"""After-effects of planted events; the verdict must be right for nearly all of many drawn cases."""

from collections import Counter

import numpy as np
import pytest

from contracts.voc import Effect, HourPoint
from contracts.voc_track import Strand
from voc.alerting.effect import AFTER_H, effect, goes_on, mask, span, upper
from voc.series import HOUR_MS

FIRST = 495_000
ACTED_MS = (FIRST + 3) * HOUR_MS + HOUR_MS // 2
SCATTER = 0.03


def points(rates: list[float], usual: float, seed: int | None = None) -> list[HourPoint]:
    """From 24 h before first seen; drawn with more scatter than Poisson's, or without any."""
    rng = np.random.default_rng(seed)
    rates = [usual] * 24 + rates
    drawn = [
        round(rate) if seed is None else int(rng.poisson(rate * rng.gamma(1 / SCATTER, SCATTER)))
        for rate in rates
    ]
    return [
        HourPoint(hour_ms=(FIRST - 24 + row) * HOUR_MS, seen=seen, expected=usual, upper=0)
        for row, seen in enumerate(drawn)
    ]


def after(before: float, then: float, hours: int, usual: float = 1.0, seed: int | None = None) -> Effect:
    """Three and a half hours of an event, the deed, and some whole hours since."""
    rates = [usual + before] * 4 + [usual + then] * hours
    return effect(points(rates, usual, seed), FIRST * HOUR_MS, ACTED_MS, (FIRST + 4 + hours) * HOUR_MS)


def test_the_rates_are_those_above_the_usual():
    found = after(10, 2, 5)
    assert (found.before_per_h, found.after_per_h, found.hours_after) == (10, 2, 5.5)
    assert found.acted_at_ms == ACTED_MS


def test_only_a_day_after_the_deed_counts():
    # It comes back after two days, which is another event's business.
    rates = [11.0] * 4 + [1.0] * 40 + [30.0] * 10
    found = effect(points(rates, 1), FIRST * HOUR_MS, ACTED_MS, (FIRST + 54) * HOUR_MS)
    assert (found.verdict, found.hours_after, found.after_per_h) == ("fell", AFTER_H, 0)


@pytest.mark.parametrize(
    ("before", "then", "hours", "usual", "verdicts"),
    [
        (10, 0, 2, 1, {"fell"}),
        (20, 0, 3, 5, {"fell"}),
        (20, 8, 6, 5, {"fell_partly", "fell"}),
        (20, 8, 12, 5, {"fell_partly"}),
        (10, 10, 5, 1, {"not_fallen"}),
        (20, 20, 4, 5, {"not_fallen"}),
        # Few contacts: nobody can tell yet.
        (2, 2, 2, 1, {"too_early"}),
        (2, 0, 24, 1, {"fell"}),
        (2, 2, 24, 1, {"not_fallen"}),
    ],
)
def test_planted_cases(before, then, hours, usual, verdicts):
    told = Counter(after(before, then, hours, usual, seed).verdict for seed in range(200))
    assert sum(told[verdict] for verdict in verdicts) >= 160, told


def test_a_fall_is_seldom_told_where_there_was_none():
    for hours in (1, 2, 4, 8, 16):
        told = Counter(after(6, 6, hours, 2, seed).verdict for seed in range(200))
        assert told["fell"] <= 8, told
        assert told["fell"] + told["fell_partly"] <= 14, told


def test_too_early_before_an_hour_is_over_and_where_nothing_had_risen():
    assert after(30, 0, 0).verdict == "too_early"
    half = effect(points([31.0] * 4 + [1.0], 1), FIRST * HOUR_MS, ACTED_MS, ACTED_MS + HOUR_MS)
    assert half.verdict == "too_early"
    assert after(0, 0, 10).verdict == "too_early"
    assert effect([], FIRST * HOUR_MS, ACTED_MS, ACTED_MS + HOUR_MS).verdict == "too_early"


def test_a_deed_before_the_event_was_seen():
    shown = points([11.0] * 4 + [1.0] * 10, 1)
    found = effect(shown, FIRST * HOUR_MS, (FIRST - 5) * HOUR_MS, (FIRST + 14) * HOUR_MS)
    assert found.verdict == "too_early"


def test_the_upper_line_is_seldom_crossed():
    rng = np.random.default_rng(3)
    for mean, extra in ((0.2, 0.0), (4.0, 0.0), (4.0, 3.0), (60.0, 400.0)):
        size = mean**2 / extra if extra else 1e9
        drawn = rng.poisson(mean * rng.gamma(size, 1 / size, 100_000))
        (top,) = upper(np.array([mean]), np.array([mean + extra]))
        assert 0 < (drawn > top).mean() <= 0.0112
    assert upper(np.zeros(1), np.zeros(1)).tolist() == [0.0]


def test_a_chart_begins_a_day_before_and_has_an_end():
    assert span(FIRST * HOUR_MS + 5, (FIRST + 2) * HOUR_MS + 1) == (FIRST - 24, FIRST + 3)
    first, last = span(FIRST * HOUR_MS, (FIRST + 9_000) * HOUR_MS)
    assert last - first == 14 * 24
    assert goes_on(FIRST * HOUR_MS, (first + 14 * 24) * HOUR_MS)
    assert not goes_on(FIRST * HOUR_MS, (first + 14 * 24 + 1) * HOUR_MS)


def test_which_series_belong_to_an_alert():
    topics, districts = ("3020", "3030", "4010"), ("", "마포구", "강동구")

    def strand(**more) -> Strand:
        return Strand(kind="rise", lane="usual", **more)

    def cells(*strands: Strand, leading=()) -> set[tuple[int, int]]:
        return {tuple(cell) for cell in np.argwhere(mask(strands, leading, topics, districts)).tolist()}

    assert cells(strand(topic="3020", districts=("마포구",))) == {(0, 1)}
    assert cells(strand(topic="3020")) == {(0, 0), (0, 1), (0, 2)}
    assert cells(strand(districts=("마포구",))) == {(0, 1), (1, 1), (2, 1)}
    danger = strand(danger="flood", districts=("마포구",))
    assert cells(danger, leading=("3030",)) == {(1, 1)}
    # Counted once, though two series have it.
    assert cells(strand(topic="3020", districts=("마포구",)), strand(topic="3020")) == {
        (0, 0),
        (0, 1),
        (0, 2),
    }
    assert cells(strand(topic="9999"), strand(topic="3020", districts=("없는구",))) == set()
