"""The past once more, look by look, as the detector would have seen it. Pure.

Counts are kept by the hour, looks come within hours: contacts are spread over the quarters of their hour by lot.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voc.baseline.usual import Usual
from voc.detectors.rise import GROUPS, Window, judge
from voc.detectors.thresholds import Thresholds
from voc.series import HOUR_MS, WEEK_H, Counts

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

WEEKS: Final = 12
"""Replayed at most, the latest."""
LOOKS_PER_H: Final = 4
TOP: Final = 30.0
"""What is weaker than so many times its limit is not kept."""
_SEED: Final = 11


@dataclass(frozen=True, slots=True)
class Crossings:
    """What came near its limit or went beyond it."""

    look: Ints
    series: Ints
    """Of any group: no two groups share a number."""
    group: Ints
    window: Ints
    strength: Floats
    """p-value over limit."""
    looks: int
    """Taken, without those left out."""
    apart: int
    """Looks between two alarms of a series."""

    def alone(self, group: int, window: int) -> Floats:
        """Strongest moment of each alarm, were there no other group and window."""
        mine = (self.group == group) & (self.window == window)
        return self._declumped(self.look[mine], self.series[mine], self.strength[mine])

    def worst(self, factors: Floats) -> Floats:
        """The same over all groups and windows, with limits changed by these factors, (groups, windows)."""
        changed = self.strength / factors[self.group, self.window]
        kept = changed <= TOP
        return self._declumped(self.look[kept], self.series[kept], changed[kept])

    def _declumped(self, look: Ints, series: Ints, strength: Floats) -> Floats:
        """One alarm for all that lies within the cool-down of what came before it in the same series."""
        if look.size == 0:
            return np.zeros(0)
        order = np.lexsort((look, series))
        look, series, strength = look[order], series[order], strength[order]
        new = np.ones(look.size, dtype=bool)
        new[1:] = (np.diff(series) != 0) | (np.diff(look) >= self.apart)
        return np.asarray(np.minimum.reduceat(strength, np.flatnonzero(new)), dtype=np.float64)


def replay(
    usual: Usual,
    counts: Counts,
    limits: Thresholds,
    *,
    exclude: Sequence[tuple[int, int]] = (),
    cool_down_h: float = 12,
) -> Crossings:
    """Look every quarter of an hour at the last weeks.

    Args:
        usual: learnt from these counts, in their order of topics and districts.
        counts: the past.
        limits: what strengths are measured by.
        exclude: looks within these spans, or up to a longest window after them, are not taken.
        cool_down_h: between two alarms of a series.
    """
    longest = max(limits.windows_h)
    first = max(longest, counts.contacts.shape[0] - WEEKS * WEEK_H)
    rng = np.random.default_rng(_SEED)
    parts: list[tuple[Ints, Ints, Ints, Ints, Floats]] = []
    looks = 0
    for start in range(first, counts.contacts.shape[0], WEEK_H):
        week = _Week.of(usual, counts, start, longest, rng)
        taken = _taken(week.ends_ms, exclude, longest * HOUR_MS)
        looks += int(taken.sum())
        parts += list(_crossed(usual, week, limits, taken, (start - first) * LOOKS_PER_H))
    columns = [np.concatenate(column) for column in zip(*parts, strict=True)] if parts else [np.zeros(0)] * 5
    look, series, group, window = (column.astype(np.int64) for column in columns[:4])
    return Crossings(look, series, group, window, columns[4], looks, round(cool_down_h * LOOKS_PER_H))


@dataclass(frozen=True, slots=True)
class _Week:
    """Cumulated by quarters of hours, from the longest window before the first look."""

    seen: Floats
    """(quarters + 1, topics, districts)."""
    topics: Floats
    cells: Floats
    districts: Floats
    ends_ms: Ints
    """When each look is taken."""

    @staticmethod
    def of(usual: Usual, counts: Counts, start: int, longest: int, rng: np.random.Generator) -> "_Week":
        rows = slice(start - longest, min(start + WEEK_H, counts.contacts.shape[0]))
        contacts = counts.contacts[rows]
        hours = counts.hours[rows]
        usual_of = [
            _cumulated(np.repeat(usual.rates(group, hours) / LOOKS_PER_H, LOOKS_PER_H, axis=0))
            for group in (usual.topic, usual.cell, usual.district)
        ]
        quarters = np.arange(longest * LOOKS_PER_H + 1, contacts.shape[0] * LOOKS_PER_H + 1)
        return _Week(
            _cumulated(_spread(contacts, rng)),
            usual_of[0],
            usual_of[1].reshape(-1, *contacts.shape[1:]),
            usual_of[2],
            hours[0] * HOUR_MS + quarters * (HOUR_MS // LOOKS_PER_H),
        )

    def window(self, hours: int) -> Window:
        """All looks at once."""
        last = np.arange(self.seen.shape[0] - self.ends_ms.size, self.seen.shape[0])
        first = last - hours * LOOKS_PER_H
        sums = [
            values[last] - values[first] for values in (self.seen, self.topics, self.cells, self.districts)
        ]
        return Window(sums[0], sums[1], sums[2], sums[3], hours)


def _spread(contacts: NDArray[np.int32], rng: np.random.Generator) -> Floats:
    """(hours, …) → (quarters, …), the same sums."""
    quarters = np.zeros((contacts.shape[0], LOOKS_PER_H, *contacts.shape[1:]))
    left = contacts.astype(np.int64)
    for index in range(LOOKS_PER_H):
        some = left > 0
        drawn = np.zeros_like(left)
        drawn[some] = rng.binomial(left[some], 1 / (LOOKS_PER_H - index))
        quarters[:, index] = drawn
        left = left - drawn
    return quarters.reshape(-1, *contacts.shape[1:])


def _cumulated(values: Floats) -> Floats:
    return np.concatenate([np.zeros((1, *values.shape[1:])), np.cumsum(values, axis=0)])


def _taken(ends_ms: Ints, exclude: Sequence[tuple[int, int]], longest_ms: int) -> NDArray[np.bool_]:
    taken = np.ones(ends_ms.size, dtype=bool)
    for since_ms, until_ms in exclude:
        taken &= (ends_ms <= since_ms) | (ends_ms > until_ms + longest_ms)
    return taken


def _crossed(
    usual: Usual, week: _Week, limits: Thresholds, taken: NDArray[np.bool_], first_look: int
) -> Iterator[tuple[Ints, Ints, Ints, Ints, Floats]]:
    """Look, series, group, window and strength of what is near its limit."""
    for index, hours in enumerate(limits.windows_h):
        judged = judge(usual, week.window(hours), limits.min_contacts)
        offset = 0
        for number, name in enumerate(GROUPS):
            p_value = judged[name].p_value.reshape(taken.size, -1)
            limit = limits.limits(name)[index]
            look, series = np.nonzero((p_value <= limit * TOP) & taken[:, None])
            yield (
                look + first_look,
                series + offset,
                np.full(look.size, number),
                np.full(look.size, index),
                p_value[look, series] / limit,
            )
            offset += p_value.shape[1]
