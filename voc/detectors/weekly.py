"""Our weekly detector: how unlikely a week is, alone and with the one before, by a model of all the weeks before. Pure.

A log-linear model with trend and harmonics of the year (Serfling 1963, Public Health Rep 78:494) in place of
Farrington's seasonal factor: far fewer terms, so less of every forecast is guesswork. Counts are negative binomial.
Weeks of past outbreaks do not count. Two weeks together see what begins slowly, one alone what begins at once. How
unsure the forecast is goes into its spread, and a count on the border counts half (mid-p; Lancaster 1961), without
which seldom topics would hardly ever be told.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from voc.detectors import glm
from voc.detectors.glm import Array, Fit

YEAR_WEEKS: Final = 365.25 / 7
OUTLIER_P: Final = 0.005
"""A past week that is less likely by the model is left out. Where nothing happened that is one week in 200, which
costs little of the spread; Farrington's residuals take far more of seldom and uneven topics, whose thresholds come out
too low."""
ROUNDS: Final = 2
"""Of finding past outbreaks: the first ones hide smaller ones."""
_SUSPECT: Final = 2.0
"""Pearson residual from which a week is looked at more closely."""
SKIPPED_WEEKS: Final = 4
"""Before the week that is looked at: most outbreaks are over after as many."""
MOST_YEARS: Final = 10
TREND_WEEKS: Final = 52
"""Fewer tell a trend from chance too badly to go on with it."""
ALONE: Final = 0.3
"""Share of the chance of a false alarm that one week alone has."""
TOGETHER: Final = 0.8
"""Of two weeks together. The two often speak of the same weeks, so that the shares may sum up to more than 1."""


@dataclass(frozen=True, slots=True)
class Learnt:
    """A model of each of S series."""

    found: Fit
    spread: Array
    """Variance over mean, at least 1. Shape (S,)."""
    year_weeks: float
    last_week: float
    harmonics: int
    has_trend: bool
    weights: Array
    """0 for a week that was left out, else 1. Shape (S, n)."""

    def foretell(self, weeks: ArrayLike, exposure: ArrayLike = 1.0) -> tuple[Array, Array]:
        """Mean of the sum of these weeks, and its variance over mean, the forecast's own doubt included. (S,) each.

        Args:
            weeks: Numbers on the scale that was learnt from.
            exposure: Of each of them.
        """
        at = np.atleast_1d(np.asarray(weeks, dtype=np.float64))
        terms = _terms(at, self)
        means = np.exp(np.clip(self.found.coefficients @ terms.T, -30, 30)) * exposure
        total = np.maximum(means.sum(axis=1), 1e-12)
        slope = means @ terms
        doubt = np.einsum("spq,sp,sq->s", self.found.covariance, slope, slope)
        return total, self.spread * (1 + doubt / total)


@dataclass(frozen=True, slots=True)
class Judged:
    """One week of each series. All of shape (S,)."""

    expected: Array
    """Contacts of the week."""
    p_value: Array
    """The smaller of the two, over its share: at or below α for a share α of calm weeks."""
    alone: Array
    """p-value of the week."""
    together: Array
    """Of it and the week before; 1 where this week has no more than usual, so that what is over is not told again."""


def judge(counts: Array, week: int, *, year_weeks: float = YEAR_WEEKS) -> Judged:
    """Judge one week of each series by the weeks before it.

    Args:
        counts: Shape (S, weeks).
        week: Index of the week.
        year_weeks: Length of the year.
    """
    first = max(0, week - SKIPPED_WEEKS - round(MOST_YEARS * year_weeks))
    weeks = np.arange(first, week - SKIPPED_WEEKS)
    learnt = learn(counts[:, weeks], weeks, year_weeks=year_weeks)
    now, before = counts[:, week], counts[:, week - 1]
    expected, spread = learnt.foretell(week)
    alone = mid_p(now, expected, spread)
    together = mid_p(now + before, *learnt.foretell([week - 1, week]))
    together = np.where(now > expected, together, 1.0)
    p_value = np.minimum(np.minimum(alone / ALONE, together / TOGETHER), 1.0)
    return Judged(expected, p_value, alone, together)


def learn(
    past: Array, weeks: NDArray[np.int64], exposure: ArrayLike = 1.0, *, year_weeks: float = YEAR_WEEKS
) -> Learnt:
    """Learn each series from weeks that are over.

    Args:
        past: Shape (S, n).
        weeks: Their numbers, rising. Shape (n,).
        exposure: What contacts are in proportion to, e.g. the share of the week that was counted. (n,) or (S, n).
        year_weeks: Length of the year.
    """
    years = len(weeks) / year_weeks
    blank = Learnt(
        found=Fit(*(np.empty(0),) * 4),
        spread=np.empty(0),
        year_weeks=year_weeks,
        last_week=float(weeks[-1]),
        harmonics=2 if years >= 3 else 1 if years >= 2 else 0,
        has_trend=len(weeks) >= TREND_WEEKS,
        weights=np.empty(0),
    )
    terms = _terms(weeks.astype(np.float64), blank)
    offset = np.log(np.maximum(np.asarray(exposure, dtype=np.float64), 1e-6))
    weights = np.ones_like(past)
    found = glm.fit(past, terms, offset=offset)
    spread = glm.dispersion(past, found)
    for _ in range(ROUNDS):
        weights = _usual_weeks(past, found.mean, spread)
        found = glm.fit(past, terms, weights, offset)
        spread = glm.dispersion(past, found, weights)
    return Learnt(found, spread, year_weeks, blank.last_week, blank.harmonics, blank.has_trend, weights)


def _usual_weeks(past: Array, mean: Array, spread: Array) -> Array:
    """1 for weeks that are no outbreak by this model, else 0."""
    weights = np.ones_like(past)
    suspects = np.nonzero(past - mean > _SUSPECT * np.sqrt(spread[:, None] * mean))
    p_value = glm.tail_nb1(past[suspects], mean[suspects], spread[suspects[0]])
    weights[suspects] = p_value >= OUTLIER_P
    return weights


def mid_p(seen: ArrayLike, mean: ArrayLike, spread: ArrayLike) -> Array:
    """P(X > seen) + P(X = seen) / 2 of a negative binomial with variance `spread · mean`."""
    count = np.asarray(seen, dtype=np.float64)
    return np.asarray((glm.tail_nb1(count, mean, spread) + glm.tail_nb1(count + 1, mean, spread)) / 2)


def _terms(weeks: Array, like: Learnt) -> Array:
    """Columns of the model at these weeks. Shape (weeks, terms)."""
    columns = [np.ones_like(weeks)]
    for harmonic in range(1, like.harmonics + 1):
        angle = 2 * np.pi * harmonic * weeks / like.year_weeks
        columns += [np.cos(angle), np.sin(angle)]
    if like.has_trend:
        columns.append((weeks - like.last_week) / like.year_weeks)
    return np.column_stack(columns)
