"""Thresholds at a budget, and what they catch: the same rule for every method. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sangdam.evaluate.voc_hourly_world import Outbreak, World
from voc.series import WEEK_H

Floats = NDArray[np.float64]

COOL_DOWN_H: Final = 12
SEEN_WITHIN_H: Final = 24
"""An outbreak counts as found up to so long after it began, or until its end where that is later."""


def alarms(above: NDArray[np.bool_], cool_down_h: int = COOL_DOWN_H) -> int:
    """Alarms in (hours, topics): what follows within the cool-down of an alarm is the same one."""
    last = np.full(above.shape[1], -(10**9))
    many = 0
    for hour in np.flatnonzero(above.any(1)):
        new = above[hour] & (hour - last >= cool_down_h)
        last[new] = hour
        many += int(new.sum())
    return many


def threshold(scores: Sequence[Floats], weeks: float, budget: float) -> float:
    """The lowest score above which there are no more alarms a week than the budget, over all these null weeks."""
    every = np.concatenate([score[np.isfinite(score)] for score in scores])
    values = np.sort(every)[-20_000:]
    low, high = 0, values.size - 1
    while low < high:
        middle = (low + high) // 2
        if sum(alarms(score > values[middle]) for score in scores) <= budget * weeks:
            high = middle
        else:
            low = middle + 1
    return float(values[low])


def joined(
    windows: Sequence[Sequence[Floats]], shares: Sequence[float], nulls: slice, budget: float
) -> list[Floats]:
    """Windows made comparable: each is held against the threshold of its own part of the budget; the highest counts.

    Args:
        windows: scores of all weeks, [world][window].
        shares: each window's part of the budget.
        nulls: rows of the null weeks.
        budget: alarms a week.
    """
    weeks = len(windows) * (nulls.stop - nulls.start) / WEEK_H
    limits = [
        threshold([world[index][nulls] for world in windows], weeks, budget * share)
        for index, share in enumerate(shares)
    ]
    return [
        np.max([score - limit for score, limit in zip(world, limits, strict=True)], axis=0)
        for world in windows
    ]


@dataclass(frozen=True, slots=True)
class Caught:
    """Of one method over all worlds."""

    delays: tuple[int | None, ...]
    """Hours from an outbreak's beginning until its alarm; None: missed. In the order of the outbreaks."""
    false_alarms_per_week: float
    """In the test weeks, where no outbreak was."""

    @property
    def detection(self) -> float:
        return sum(delay is not None for delay in self.delays) / max(len(self.delays), 1)

    @property
    def median_delay_h(self) -> float | None:
        found = [delay for delay in self.delays if delay is not None]
        return float(np.median(found)) if found else None


def caught(worlds: Sequence[World], scores: Sequence[Floats], limit: float) -> Caught:
    """Scores begin with the null weeks."""
    delays: list[int | None] = []
    false, weeks = 0, 0.0
    for world, score in zip(worlds, scores, strict=True):
        above = score[world.first_test - world.first_null :] > limit
        delays += [_delay(above, one, world.first_test) for one in world.outbreaks]
        false += alarms(above & world.quiet())
        weeks += above.shape[0] / WEEK_H
    return Caught(tuple(delays), false / max(weeks, 1e-9))


def _delay(above: NDArray[np.bool_], one: Outbreak, first_test: int) -> int | None:
    """Hours until the end of the first hour that is above."""
    start = one.start - first_test
    found = np.flatnonzero(above[start : start + max(one.hours, SEEN_WITHIN_H), one.topic])
    return int(found[0]) + 1 if found.size else None
