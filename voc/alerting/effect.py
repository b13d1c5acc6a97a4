"""An alert's chart by the hour, and whether contacts fell after the first deed. Pure.

Contacts against the usual before the deed are held against those since: a ratio of two rates (seen over expected), with
the uncertainty of two counts that scatter more than Poisson (delta method on the logarithm: 1/count, and for each the
scatter from hour to hour). The hour of the deed itself counts as before, so that the deed has until its end to work.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log, sqrt
from typing import Final

import numpy as np
from numpy.typing import NDArray

from contracts.voc import Effect, HourPoint
from contracts.voc_track import Strand
from voc.baseline.usual import Usual
from voc.series import HOUR_MS, Counts, position

LEAD_H: Final = 24
"""Of the chart, before the event was first seen."""
MOST_H: Final = 14 * 24
"""Of the chart, its newest hours; later it stands still."""
AFTER_H: Final = 24
"""Hours since the deed that count, at most."""
SELDOM: Final = 0.99
"""The chart's upper line: 1 in 100 hours is above it by chance."""
_SIDE: Final = 2.054
"""Of the normal distribution: 1 in 50, one-sided; the verdict is looked at again and again."""
_SCATTER: Final = 0.05
"""Relative variance of one hour's contacts beside Poisson's."""
_LEFT: Final = 0.25
"""Share of the excess that may be left when contacts are said to have fallen; and when partly."""
_MOSTLY: Final = 0.6
_HALF: Final = 0.5
"""Added to counts: none of a few is not never."""

Mask = NDArray[np.bool_]


def span(first_ms: int, until_ms: int) -> tuple[int, int]:
    """The chart's hours since 1970: its first one and the one after its last."""
    first = first_ms // HOUR_MS - LEAD_H
    last = min(-(-until_ms // HOUR_MS), first + MOST_H)
    return first, max(last, first)


def goes_on(first_ms: int, now_ms: int) -> bool:
    """Whether the chart of an alert still grows."""
    return now_ms // HOUR_MS <= first_ms // HOUR_MS - LEAD_H + MOST_H


def mask(
    strands: Iterable[Strand], leading: Iterable[str], topics: Sequence[str], districts: Sequence[str]
) -> Mask:
    """Which series belong to an alert.

    Args:
        strands: the alert's.
        leading: topics to stand for strands that have none (a danger, a phrase).
        topics: codes, in the array's order.
        districts: names, the same.

    Returns:
        Shape (topics, districts).
    """
    of_topic, of_district = position(topics), position(districts)
    inside = np.zeros((len(topics), len(districts)), dtype=bool)
    instead = [of_topic[code] for code in leading if code in of_topic]
    for strand in strands:
        if strand.topic:
            rows = [of_topic[strand.topic]] if strand.topic in of_topic else []
        elif strand.danger or strand.phrase:
            rows = instead
        else:
            rows = list(range(len(topics)))
        named = [of_district[name] for name in strand.districts if name in of_district]
        columns = named if strand.districts else list(range(len(districts)))
        inside[np.ix_(rows, columns)] = True
    return inside


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours of all alerts' charts, seen and expected."""

    counts: Counts
    """The last hour may not be over."""
    expected: NDArray[np.float64]
    """Contacts of whole hours. Shape as `counts.contacts`."""
    dispersion: NDArray[np.float64]
    """Of an hour. Shape (topics, districts)."""


def hours(counts: Counts, usual: Usual) -> Hours:
    """What is usual beside what was counted.

    Args:
        counts: every hour that some chart shows.
        usual: over the same topics and districts, in the same order.
    """
    rates = usual.rates(usual.cell, counts.hours)
    return Hours(counts, rates.reshape(counts.contacts.shape), usual.dispersion(1.0))


def series(inside: Mask, shown: Hours, first_ms: int, now_ms: int) -> tuple[HourPoint, ...]:
    """An alert's chart.

    Args:
        inside: series that belong to it.
        shown: seen and expected.
        first_ms: when it was first seen.
        now_ms: wall time.
    """
    since, until = span(first_ms, now_ms)
    rows = slice(max(since - shown.counts.first_hour, 0), max(until - shown.counts.first_hour, 0))
    begins = shown.counts.hours[rows] * HOUR_MS
    part = np.clip((now_ms - begins) / HOUR_MS, 0, 1)
    cells = shown.expected[rows][:, inside] * part[:, None]
    mean = cells.sum(axis=1)
    seldom = upper(mean, mean + (shown.dispersion[inside] * cells**2).sum(axis=1))
    seen = shown.counts.contacts[rows][:, inside].sum(axis=1)
    return tuple(
        HourPoint(hour_ms=hour_ms, seen=count, expected=round(usual, 3), upper=top, is_whole=whole >= 1)
        for hour_ms, count, usual, top, whole in zip(
            begins.tolist(), seen.tolist(), mean.tolist(), seldom.tolist(), part.tolist(), strict=True
        )
    )


def upper(mean: NDArray[np.float64], variance: NDArray[np.float64]) -> NDArray[np.float64]:
    """What an hour of a negative binomial exceeds once in 100."""
    safe = np.maximum(mean, 1e-9)
    size = safe**2 / np.maximum(variance - safe, 1e-9 * safe)
    # Takes most of a second to import: not when a command starts.
    from scipy import stats  # noqa: PLC0415

    top = stats.nbinom.ppf(SELDOM, size, size / (size + safe))
    return np.where(mean > 0, np.nan_to_num(top), 0.0)


@dataclass(frozen=True, slots=True)
class _Sum:
    seen: int
    expected: float
    hours: float

    @property
    def above_per_h(self) -> float:
        return (self.seen - self.expected) / self.hours if self.hours else 0.0

    @property
    def ratio(self) -> float:
        """Of seen to expected."""
        return (self.seen + _HALF) / (self.expected + _HALF)

    @property
    def doubt(self) -> float:
        """Variance of the ratio's logarithm."""
        return 1 / (self.seen + _HALF) + _SCATTER / max(self.hours, 1.0)


def effect(points: Sequence[HourPoint], first_ms: int, acted_at_ms: int, now_ms: int) -> Effect:
    """Did contacts fall after the first deed?

    Args:
        points: the alert's chart.
        first_ms: when the event was first seen.
        acted_at_ms: when the department did something.
        now_ms: wall time.
    """
    deed = acted_at_ms // HOUR_MS * HOUR_MS
    from_ms = min(first_ms // HOUR_MS * HOUR_MS, deed)
    until_ms = min(now_ms, acted_at_ms + AFTER_H * HOUR_MS)
    before = _sum([one for one in points if from_ms <= one.hour_ms <= deed], now_ms)
    after = _sum([one for one in points if deed < one.hour_ms < until_ms], now_ms)
    hours_after = max(until_ms - acted_at_ms, 0) / HOUR_MS
    return Effect(
        acted_at_ms=acted_at_ms,
        before_per_h=round(before.above_per_h, 2),
        after_per_h=round(after.above_per_h, 2),
        hours_after=round(hours_after, 2),
        verdict=_verdict(before, after, is_over=hours_after >= AFTER_H),
    )


def _sum(points: Iterable[HourPoint], now_ms: int) -> _Sum:
    seen, expected, hours = 0, 0.0, 0.0
    for point in points:
        seen += point.seen
        expected += point.expected
        hours += min(now_ms - point.hour_ms, HOUR_MS) / HOUR_MS
    return _Sum(seen, expected, hours)


def _verdict(before: _Sum, after: _Sum, *, is_over: bool) -> str:
    """`fell` and `fell_partly` need a fall that is no chance, `not_fallen` enough contacts to have shown one."""
    if before.above_per_h <= 0 or after.hours < 1:
        return "too_early"
    left = after.above_per_h / before.above_per_h
    fall = log(after.ratio / before.ratio)
    if fall + _SIDE * sqrt(before.doubt + after.doubt) < 0:
        return "fell" if left <= _LEFT else "fell_partly"
    back = _Sum(round(after.expected), after.expected, after.hours)
    would_show = log(back.ratio / before.ratio) + 2 * _SIDE * sqrt(before.doubt + back.doubt) < 0
    if would_show and left > _MOSTLY:
        return "not_fallen"
    if is_over:
        return "fell" if left <= _LEFT else "fell_partly" if left <= _MOSTLY else "not_fallen"
    return "too_early"
