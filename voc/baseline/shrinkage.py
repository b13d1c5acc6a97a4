"""Profiles over the week, each as much its own as its contacts can show. Pure.

A series' rate in an hour of the week is the rate of what it belongs to (its topic's shape, its district's, the
city's) times corrections: for the whole, the kind of day, the part of the day, the hour, the hour of the week. Each
correction is a posterior mean of a gamma-Poisson model, whose prior variance is estimated from the series themselves
(empirical Bayes; Efron & Morris 1973, Clayton & Kaldor 1987). A series with few contacts so keeps the shape it
borrowed, and one with many gets its own.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voc.baseline.calendar import KIND_OF_SLOT
from voc.series import WEEK_H

Floats = NDArray[np.float64]

_HOUR: Final = np.arange(WEEK_H) % 24
_OF_KIND: Final = KIND_OF_SLOT * 24 + _HOUR
"""0-71: hour of the day, by kind of day."""
_LEVEL_VARIANCE: Final = 4.0
"""Prior, of a series' whole level against what its parents say."""
_WIDEST: Final = 1.0
"""No correction after the first may be believed to vary more than this (relative variance)."""
_NARROWEST: Final = 1e-5


def _groups(of_slot: NDArray[np.int64]) -> Floats:
    """Group by slot → matrix (groups, slots) that sums the slots of each group."""
    return np.asarray(of_slot[None, :] == np.unique(of_slot)[:, None], dtype=np.float64)


def _with_neighbours(groups: Floats, ring: int) -> Floats:
    """Each group together with the one before and after it, around rings of so many groups (the hours of a day)."""
    index = np.arange(groups.shape[0])
    start = index // ring * ring
    before, after = start + (index - start - 1) % ring, start + (index - start + 1) % ring
    return groups + groups[before] + groups[after]


@dataclass(frozen=True, slots=True)
class _Stage:
    sums: Floats
    """(groups, slots): whose contacts a group's correction is estimated from."""
    members: NDArray[np.int64]
    """Slot → group whose correction it takes."""


def _stage(of_slot: NDArray[np.int64], *, ring: int = 0) -> _Stage:
    sums = _groups(of_slot)
    return _Stage(_with_neighbours(sums, ring) if ring else sums, of_slot)


_STAGES: Final = (
    _stage(KIND_OF_SLOT),
    _stage(_OF_KIND // 6),
    _stage(_OF_KIND, ring=24),
    _stage(_OF_KIND),
    _stage(np.arange(WEEK_H), ring=WEEK_H),
    _stage(np.arange(WEEK_H)),
)


@dataclass(frozen=True, slots=True)
class Profile:
    """What the cascade found, for so many series."""

    rates: Floats
    """(168, series): contacts an hour."""
    doubt: Floats
    """(series,): relative variance of a single hour's rate that is left."""


def profile(seen: Floats, exposure: Floats, base: Floats, noise: Floats) -> Profile:
    """Correct what a series borrows by what it showed itself.

    Args:
        seen: (168, series), contacts in all hours of a slot together.
        exposure: (168, series), hours behind them, weighted by volume and level.
        base: (168, series), rates an hour that the series borrows; above 0.
        noise: (series,), variance of a count over its mean, 1 for Poisson.
    """
    rates = base.copy()
    expected = rates * exposure
    level = (seen.sum(0) / noise + 1 / _LEVEL_VARIANCE) / (expected.sum(0) / noise + 1 / _LEVEL_VARIANCE)
    rates *= level
    expected *= level
    doubt = np.zeros(base.shape[1])
    for stage in _STAGES:
        group_seen, group_expected = stage.sums @ seen, stage.sums @ expected
        variance = spread(group_seen, group_expected, noise)
        strength = noise / variance
        factor = ((group_seen + strength) / (group_expected + strength))[stage.members]
        rates *= factor
        expected *= factor
        doubt += np.mean(noise / (group_expected + strength), axis=0)
    return Profile(rates, doubt)


def spread(seen: Floats, expected: Floats, noise: Floats) -> Floats:
    """Relative variance of the true ratios seen / expected over the groups (rows), by moments, for each series.

    A series that cannot tell takes the common variance of all series.
    """
    excess = ((seen - expected) ** 2 - noise * expected).sum(0)
    weight = (expected**2).sum(0)
    chance = (2 * (noise * expected) ** 2 + noise**3 * expected).sum(0) + 1e-12
    common = float((excess * weight / chance).sum() / max(float((weight**2 / chance).sum()), 1e-12))
    common = min(max(common, _NARROWEST), _WIDEST)
    prior = 1 / common**2
    own = (excess * weight / chance + common * prior) / (weight**2 / chance + prior)
    return np.asarray(np.clip(own, _NARROWEST, _WIDEST), dtype=np.float64)
