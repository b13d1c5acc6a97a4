from typing import Any

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from voc.detectors import farrington
from voc.detectors.farrington import FLEXIBLE, ORIGINAL, Options, judge, reference
from voc.detectors.glm import Array

WEEK = 320
ALPHA = 0.01


def series(kinds: int = 6, seed: int = 3, spread: float = 1.8) -> Array:
    rng = np.random.default_rng(seed)
    week = np.arange(WEEK + 1)
    level = rng.uniform(0.5, 4, (kinds, 1))
    slope = rng.choice([0.0, 0.004], (kinds, 1))
    mean = np.exp(level + slope * (week - 200) + 0.5 * np.cos(2 * np.pi * week / 52))
    return rng.negative_binomial(mean / (spread - 1), 1 / spread).astype(float)


def by_statsmodels(counts: Array, options: Options) -> tuple[float, float, float]:
    """Expected, dispersion and threshold of one series, with statsmodels and a factor of dummies."""
    weeks, level = reference(WEEK, options)
    past = counts[weeks]
    dummies = (level[:, None] == np.arange(1, options.periods)).astype(float)
    flat = np.column_stack([np.ones(len(weeks)), dummies])
    sloped = np.column_stack([flat, weeks - WEEK])

    def robust(design: Array) -> tuple[Any, float]:
        first = sm.GLM(past, design, family=sm.families.Poisson()).fit(scale="X2")
        phi = max(first.scale, 1)
        raw = 1.5 * (past ** (2 / 3) * first.mu ** (-1 / 6) - first.mu**0.5)
        residuals = raw / np.sqrt(phi * (1 - first.get_influence().hat_matrix_diag))
        weights = np.where(residuals > options.outlier, residuals**-2.0, 1.0)
        weights *= len(past) / weights.sum()
        fitted = sm.GLM(past, design, family=sm.families.Poisson(), var_weights=weights).fit(scale="X2")
        return fitted, max(fitted.scale, 1)

    fitted, phi = robust(sloped)
    at = np.zeros(sloped.shape[1])
    at[0] = 1
    significance = 2 * stats.t.sf(
        abs(fitted.params[-1]) / np.sqrt(phi * fitted.cov_params(scale=1)[-1, -1]), fitted.df_resid
    )
    if significance > options.trend_p or np.exp(fitted.params @ at) > past.max():
        fitted, phi = robust(flat)
        at = at[:-1]
    mean = float(np.exp(fitted.params @ at))
    if options.is_two_thirds:
        variance = at @ fitted.cov_params(scale=1) @ at
        root = 1 + 2 / 3 * stats.norm.ppf(1 - ALPHA) * np.sqrt(phi * (1 / mean + variance))
        return mean, phi, mean * root**1.5
    if phi == 1:
        return mean, phi, float(stats.poisson.ppf(1 - ALPHA, mean))
    return mean, phi, float(stats.nbinom.ppf(1 - ALPHA, mean / (phi - 1), 1 / phi))


@pytest.mark.parametrize("options", [FLEXIBLE, ORIGINAL], ids=["flexible", "original"])
def test_judges_as_statsmodels_does(options: Options) -> None:
    counts = series()
    judged = judge(counts, WEEK, ALPHA, options)
    for row, one in enumerate(counts):
        mean, phi, upper = by_statsmodels(one, options)
        assert judged.expected[row] == pytest.approx(mean, rel=1e-4)
        assert judged.dispersion[row] == pytest.approx(phi, rel=1e-4)
        assert judged.upper[row] == pytest.approx(upper, rel=1e-4)


@pytest.mark.parametrize("options", [FLEXIBLE, ORIGINAL], ids=["flexible", "original"])
def test_the_p_value_and_the_threshold_say_the_same(options: Options) -> None:
    counts = np.repeat(series(2), 40, axis=0)
    counts[:, WEEK] = np.tile(np.arange(40.0), 2)
    judged = judge(counts, WEEK, ALPHA, options)
    assert ((judged.p_value <= ALPHA) == judged.alarm(counts[:, WEEK])).all()
    assert judged.alarm(counts[:, WEEK]).any()


def test_the_season_is_the_week_itself_and_nine_levels_around_the_year() -> None:
    weeks, level = reference(WEEK, FLEXIBLE)
    assert weeks[0] == WEEK - 5 * 52 - 3
    assert weeks[-1] == WEEK - 27
    year = level[(weeks >= WEEK - 3 * 52 - 3) & (weeks < WEEK - 2 * 52 - 3)]
    assert np.bincount(year).tolist() == [7, 5, 5, 5, 5, 5, 5, 5, 5, 5]
    assert set(level[np.isin(weeks, WEEK - 52 + np.arange(-3, 4))]) == {0}


def test_the_original_learns_from_the_same_weeks_of_past_years() -> None:
    weeks, _ = reference(WEEK, ORIGINAL)
    wanted = [WEEK - 52 * year + off for year in range(5, 0, -1) for off in range(-3, 4)]
    assert weeks.tolist() == wanted


def test_past_outbreaks_hardly_raise_the_threshold() -> None:
    counts = series(40, spread=1.2)
    before = judge(counts, WEEK, ALPHA).upper
    counts[:, WEEK - 52 : WEEK - 49] += 6 * np.sqrt(counts.mean(axis=1, keepdims=True) + 1)
    robust = judge(counts, WEEK, ALPHA).upper
    plain = judge(counts, WEEK, ALPHA, Options(outlier=np.inf)).upper
    assert np.median(robust / before) < 1.1
    assert (plain - robust).mean() > 0
    assert farrington.outlier_weights(np.array([[0.0, 5.0, 1.0]]), 2.58)[0, 1] < 0.2
