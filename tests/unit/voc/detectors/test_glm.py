import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from voc.detectors import glm

RNG = np.random.default_rng(11)
WEEKS = 130
DESIGN = np.column_stack(
    [
        np.ones(WEEKS),
        np.arange(WEEKS) / 52,
        np.cos(2 * np.pi * np.arange(WEEKS) / 52),
        np.sin(2 * np.pi * np.arange(WEEKS) / 52),
    ]
)
TRUTH = np.array([[0.2, 0.3, 0.4, 0.1], [3.0, -0.2, 0.1, -0.5], [5.0, 0.0, 0.0, 0.2], [-1.5, 0.4, 0.0, 0.0]])
COUNTS = RNG.poisson(np.exp(TRUTH @ DESIGN.T)).astype(float)
WEIGHTS = RNG.uniform(0.1, 1.5, COUNTS.shape)
OFFSET = RNG.normal(0, 0.3, WEEKS)


@pytest.mark.parametrize("row", range(len(TRUTH)))
@pytest.mark.parametrize("is_weighted", [False, True])
def test_fits_as_statsmodels_does(row: int, is_weighted: bool) -> None:
    weights = WEIGHTS if is_weighted else None
    ours = glm.fit(COUNTS, DESIGN, weights, OFFSET)
    spread = glm.dispersion(COUNTS, ours, weights)

    theirs = sm.GLM(
        COUNTS[row],
        DESIGN,
        family=sm.families.Poisson(),
        offset=OFFSET,
        var_weights=WEIGHTS[row] if is_weighted else None,
    ).fit()
    assert ours.coefficients[row] == pytest.approx(theirs.params, abs=1e-6)
    assert ours.mean[row] == pytest.approx(theirs.mu, rel=1e-6)
    assert ours.covariance[row] == pytest.approx(theirs.cov_params(), rel=1e-5, abs=1e-9)
    assert spread[row] == pytest.approx(max(theirs.pearson_chi2 / theirs.df_resid, 1), rel=1e-6)
    hat = theirs.get_influence().hat_matrix_diag
    assert ours.leverage[row] == pytest.approx(hat, rel=1e-5)


def test_a_forecast_has_the_error_that_statsmodels_gives() -> None:
    ours = glm.fit(COUNTS, DESIGN)
    point = np.array([1.0, 2.6, 0.3, -0.9])
    log_mean, variance = ours.predict(point)

    theirs = sm.GLM(COUNTS[1], DESIGN, family=sm.families.Poisson()).fit()
    predicted = theirs.get_prediction(point[np.newaxis])
    assert np.exp(log_mean[1]) == pytest.approx(predicted.predicted_mean[0])
    assert np.sqrt(variance[1]) * np.exp(log_mean[1]) == pytest.approx(predicted.se_mean[0], rel=1e-5)


def test_residuals_are_about_normal() -> None:
    mean = np.full((1, 20_000), 6.0)
    counts = RNG.poisson(mean).astype(float)
    found = glm.fit(counts, np.ones((counts.shape[1], 1)))
    residuals = glm.anscombe(counts, found, np.ones(1))
    assert residuals.std() == pytest.approx(1, abs=0.05)
    # A normal has 0.5 % beyond 2.58; the plain residuals of counts so small have more.
    assert (residuals > 2.58).mean() == pytest.approx(0.005, abs=0.003)


def test_series_without_contacts_and_levels_without_any_are_no_failure() -> None:
    counts = np.zeros((2, 40))
    counts[1, :20] = 3
    level = np.column_stack([np.ones(40), np.arange(40) >= 20]).astype(float)
    found = glm.fit(counts, level)
    assert np.isfinite(found.coefficients).all()
    assert found.mean[0] == pytest.approx(0, abs=1e-3)
    assert found.mean[1, 0] == pytest.approx(3)
    assert found.mean[1, -1] == pytest.approx(0, abs=1e-3)


def test_tails_are_those_of_the_negative_binomial() -> None:
    seen, mean, spread = np.arange(30.0), 4.0, 2.5
    size = mean / (spread - 1)
    assert glm.tail_nb1(seen, mean, spread) == pytest.approx(stats.nbinom.sf(seen - 1, size, 1 / spread))
    assert glm.tail_nb1(seen, mean, 1.0) == pytest.approx(stats.poisson.sf(seen - 1, mean))
