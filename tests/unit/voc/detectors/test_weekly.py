import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from voc.detectors import weekly
from voc.detectors.glm import Array

WEEK = 300


def calm(kinds: int, seed: int = 5, mean: float = 8.0, spread: float = 1.6) -> Array:
    rng = np.random.default_rng(seed)
    week = np.arange(WEEK + 5)
    level = mean * np.exp(0.3 * np.sin(2 * np.pi * week / weekly.YEAR_WEEKS) + 0.001 * (week - 150))
    return rng.negative_binomial(
        np.broadcast_to(level / (spread - 1), (kinds, len(week))), 1 / spread
    ).astype(float)


def test_alarms_in_calm_weeks_are_as_seldom_as_they_should_be() -> None:
    counts = calm(3000)
    judged = weekly.judge(counts, WEEK)
    assert (judged.alone <= 0.01).mean() == pytest.approx(0.01, abs=0.005)
    assert (judged.p_value <= 0.01).mean() == pytest.approx(0.01, abs=0.005)
    assert (judged.p_value <= 0.1).mean() == pytest.approx(0.1, abs=0.02)


def test_foretells_as_statsmodels_does() -> None:
    past = calm(1)[:, :200]
    weeks = np.arange(200)
    learnt = weekly.learn(past, weeks)
    angle = 2 * np.pi * np.arange(206) / weekly.YEAR_WEEKS
    terms = np.column_stack(
        [np.ones(206), *(one(k * angle) for k in (1, 2) for one in (np.cos, np.sin)), np.arange(206)]
    )
    theirs = sm.GLM(past[0], terms[:200], family=sm.families.Poisson(), var_weights=learnt.weights[0]).fit()
    mean, spread = learnt.foretell([203, 204, 205])
    means = np.exp(terms[203:] @ theirs.params)
    slope = means @ terms[203:]
    kept = int(learnt.weights.sum())
    phi = (learnt.weights[0] * (past[0] - theirs.mu) ** 2 / theirs.mu).sum() / (kept - terms.shape[1])
    assert mean[0] == pytest.approx(means.sum(), rel=1e-5)
    assert spread[0] == pytest.approx(phi * (1 + slope @ theirs.cov_params() @ slope / means.sum()), rel=1e-4)


def test_what_begins_at_once_and_what_begins_slowly_is_seen() -> None:
    counts = calm(200)
    counts[:100, WEEK] += 16
    counts[100:, WEEK - 1 : WEEK + 1] += 9
    judged = weekly.judge(counts, WEEK)
    seen = judged.p_value <= 0.01
    assert seen[:100].mean() > 0.8
    assert seen[100:].mean() > 0.7
    # Half of it in each of two weeks: one alone sees much less of that.
    assert seen[100:].mean() > (judged.alone <= 0.01)[100:].mean() + 0.1


def test_what_is_over_is_not_told_again() -> None:
    counts = calm(200)
    counts[:, WEEK - 1] += 60
    counts[:, WEEK] = 2
    judged = weekly.judge(counts, WEEK)
    assert (judged.together == 1).all()
    assert not (judged.p_value <= 0.01).any()


def test_past_outbreaks_do_not_count() -> None:
    counts = calm(200)
    before = weekly.judge(counts, WEEK)
    for week in (120, 121, 200, 250):
        counts[:, week] += 40
    after = weekly.judge(counts, WEEK)
    assert np.abs(after.expected / before.expected - 1).mean() < 0.02
    learnt = weekly.learn(counts[:, :290], np.arange(290))
    assert not learnt.weights[:, [120, 121, 200, 250]].any()
    assert learnt.weights.mean() > 0.97
    assert (after.p_value <= 0.01).mean() == pytest.approx((before.p_value <= 0.01).mean(), abs=0.02)


def test_a_count_on_the_border_counts_half() -> None:
    size = 5.0 / 0.5
    above, at = stats.nbinom.sf(9, size, 1 / 1.5), stats.nbinom.pmf(9, size, 1 / 1.5)
    assert weekly.mid_p(9, 5.0, 1.5) == pytest.approx(above + at / 2)


@pytest.mark.parametrize(
    ("weeks", "harmonics", "has_trend"), [(20, 0, False), (60, 0, True), (110, 1, True), (170, 2, True)]
)
def test_with_few_weeks_less_is_asked_of_them(weeks: int, harmonics: int, has_trend: bool) -> None:
    learnt = weekly.learn(calm(2)[:, :weeks], np.arange(weeks))
    assert (learnt.harmonics, learnt.has_trend) == (harmonics, has_trend)
