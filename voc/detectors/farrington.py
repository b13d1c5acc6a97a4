"""Farrington's method for weekly counts, original and flexible: the yardstick of public health. Pure.

The flexible one is Noufaily et al. 2013 (Stat Med 32:1206) as described with the R package surveillance by Salmon,
Schumacher & Höhle 2016 (J Stat Softw 70:10): all weeks of the last years count, the season is a factor, past
outbreaks count less. The original is Farrington et al. 1996 (J R Stat Soc A 159:547). Written from the papers.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from voc.detectors import glm
from voc.detectors.glm import Array, Fit

YEAR_WEEKS: Final = 52


@dataclass(frozen=True, slots=True)
class Options:
    """What the papers leave open. As it stands: flexible."""

    years: int = 5
    half_window: int = 3
    """Weeks before and after the same week of past years that make its season."""
    periods: int = 10
    """Levels of the season, that of the week itself among them; 1: only the weeks of its window count."""
    skipped_weeks: int = 26
    """Before the week that is looked at: they may belong to its own outbreak."""
    outlier: float = 2.58
    """Anscombe residual above which a past week counts less."""
    trend_p: float = 0.05
    """A trend is kept where it is this significant; 1: always."""
    is_two_thirds: bool = False
    """The threshold of the original: normal after a 2/3 power. Else a quantile of the negative binomial."""


FLEXIBLE: Final = Options()
ORIGINAL: Final = Options(periods=1, skipped_weeks=3, outlier=1.0, is_two_thirds=True)


@dataclass(frozen=True, slots=True)
class Judged:
    """One week of each series. All of shape (S,)."""

    expected: Array
    dispersion: Array
    has_trend: NDArray[np.bool_]
    upper: Array
    """More than that is an alarm."""
    p_value: Array
    """How likely so many or more are, by the distribution of the threshold: an alarm is at or below alpha."""

    def alarm(self, seen: Array) -> NDArray[np.bool_]:
        """More contacts than the threshold."""
        return seen > self.upper


def judge(counts: Array, week: int, alpha: float, options: Options = FLEXIBLE) -> Judged:
    """Judge one week by the years before it.

    Args:
        counts: Shape (S, weeks).
        week: Index of the week; at least `options.years` years lie before it.
        alpha: Chance at which a week is an alarm, one-sided.
        options: Original or flexible.
    """
    weeks, level = reference(week, options)
    past, time = counts[:, weeks], (weeks - week).astype(np.float64) / YEAR_WEEKS
    season = np.eye(options.periods)[level][:, 1:]
    flat = np.column_stack([np.ones(len(weeks)), season])
    sloped = np.column_stack([flat, time])
    found, spread, _ = _robust(past, sloped, options)
    error = np.sqrt(spread * found.covariance[:, -1, -1])
    at = np.zeros(sloped.shape[1])
    at[0] = 1.0
    # The week is the last of its own window: season 0, time 0.
    log_mean, variance = found.predict(at)
    free = max(len(weeks) - sloped.shape[1], 1)
    significant = 2 * special.stdtr(free, -np.abs(found.coefficients[:, -1]) / error) <= options.trend_p
    # No trend that leads beyond all that was seen.
    has_trend = significant & (np.exp(log_mean) <= past.max(axis=1))
    level_off = np.flatnonzero(~has_trend)
    if len(level_off):
        plain, plain_spread, _ = _robust(past[level_off], flat, options)
        log_mean[level_off], variance[level_off] = plain.predict(at[:-1])
        spread[level_off] = plain_spread
    mean = np.exp(log_mean)
    seen = counts[:, week]
    return Judged(
        expected=mean,
        dispersion=spread,
        has_trend=has_trend,
        upper=_upper(mean, spread, variance, alpha, options),
        p_value=_p_value(seen, mean, spread, variance, options),
    )


def reference(week: int, options: Options) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Weeks to learn from, and the level of the season that each is in: 0 is that of the week itself."""
    first = week - options.years * YEAR_WEEKS - options.half_window
    weeks = np.arange(max(first, 0), week - options.skipped_weeks, dtype=np.int64)
    # 0 in the middle of the window, around the year.
    place = (weeks - week + options.half_window) % YEAR_WEEKS
    width = 2 * options.half_window + 1
    if options.periods == 1:
        weeks = weeks[place < width]
        return weeks, np.zeros(len(weeks), dtype=np.int64)
    others = (place - width) * (options.periods - 1) // (YEAR_WEEKS - width)
    return weeks, np.where(place < width, 0, 1 + np.maximum(others, 0))


def _robust(past: Array, design: Array, options: Options) -> tuple[Fit, Array, Array]:
    """Fit twice: weeks that stand out in the first fit count less in the second."""
    first = glm.fit(past, design)
    weights = outlier_weights(glm.anscombe(past, first, glm.dispersion(past, first)), options.outlier)
    found = glm.fit(past, design, weights)
    return found, glm.dispersion(past, found, weights), weights


def outlier_weights(residuals: Array, outlier: float) -> Array:
    """1/residual² above `outlier`, else 1, so scaled that a series' weights sum up to its weeks."""
    weights = np.where(residuals > outlier, 1 / np.maximum(residuals, 1e-9) ** 2, 1.0)
    return np.asarray(weights * (residuals.shape[1] / weights.sum(axis=1, keepdims=True)))


def _upper(mean: Array, spread: Array, variance: Array, alpha: float, options: Options) -> Array:
    """Largest count that is no alarm."""
    if options.is_two_thirds:
        root = 1 + 2 / 3 * special.ndtri(1 - alpha) * _relative_sd(mean, spread, variance)
        return np.asarray(mean * np.maximum(root, 0) ** 1.5)
    size = mean / np.maximum(spread - 1, 1e-9)
    wide = stats.nbinom.ppf(1 - alpha, size, size / (size + mean))
    return np.asarray(np.where(spread > 1 + 1e-9, wide, stats.poisson.ppf(1 - alpha, mean)))


def _p_value(seen: Array, mean: Array, spread: Array, variance: Array, options: Options) -> Array:
    """The same, told as a chance."""
    if options.is_two_thirds:
        above = 1.5 * (np.cbrt(seen / mean) ** 2 - 1)
        return np.asarray(special.ndtr(-above / _relative_sd(mean, spread, variance)))
    return glm.tail_nb1(seen, mean, spread)


def _relative_sd(mean: Array, spread: Array, variance: Array) -> Array:
    """Of a count and of its estimated mean together, over the mean."""
    return np.asarray(np.sqrt(spread * (1 / np.maximum(mean, 1e-9) + variance)))
