import numpy as np
import pytest
from scipy import stats

from sangdam.evaluate.ears import c2


def test_a_count_is_held_against_the_seven_before_two() -> None:
    counts = np.array([3, 5, 4, 6, 2, 5, 4, 90, 90, 12], dtype=float)
    found = c2(counts)
    past = counts[:7]
    assert np.isnan(found.mean[:9]).all()
    assert found.mean[9] == pytest.approx(past.mean())
    assert found.sd[9] == pytest.approx(past.std(ddof=1))
    assert found.alarm(0.01)[9]
    assert not found.alarm(0.01)[:9].any()


def test_where_all_were_the_same_one_more_is_an_alarm() -> None:
    counts = np.zeros((2, 12))
    counts[0, 11] = 1
    assert c2(counts).alarm(0.01)[:, 11].tolist() == [True, False]


def test_normal_counts_raise_as_many_alarms_as_student_says() -> None:
    counts = np.random.default_rng(1).normal(50, 7, (4000, 10))
    share = c2(counts).alarm(0.01)[:, 9].mean()
    # The spread of seven is a guess: Student's t, and the mean is one, too.
    assert share == pytest.approx(stats.t.sf(stats.norm.isf(0.01) / np.sqrt(1 + 1 / 7), 6), abs=0.008)


def test_series_too_short_say_nothing() -> None:
    assert np.isnan(c2(np.ones((3, 9))).score).all()
    assert c2(np.ones((3, 0))).score.shape == (3, 0)
