import numpy as np
import pytest

from sangdam.evaluate import voc_hourly_methods as methods
from sangdam.evaluate.voc_hourly import Size, evaluate
from sangdam.evaluate.voc_hourly_alarms import alarms, caught, threshold
from sangdam.evaluate.voc_hourly_world import World, world
from voc.series import WEEK_H


class Silent:
    def move(self, done: float, total: float) -> None:
        assert 0 < done <= total


@pytest.fixture(scope="module")
def small() -> World:
    return world(3, topics=10, per_day=600, learn_weeks=3, null_weeks=1, test_weeks=1)


def test_outbreaks_are_planted_in_the_test_weeks_alone(small: World) -> None:
    clean = small.city.counts(small.counts.first_hour, small.rows).contacts
    more = small.counts.contacts - clean
    assert (more[small.first_null : small.first_test] == 0).all()
    assert (more[small.first_test :] >= 0).all()
    assert len(small.outbreaks) == 10
    inside = sum(int(more[one.start : one.start + one.hours, one.topic].sum()) for one in small.outbreaks)
    assert inside == more[small.first_test :].sum() > 0


def test_alarms_within_the_cool_down_are_one() -> None:
    above = np.zeros((60, 2), dtype=bool)
    above[[0, 5, 11, 12, 50], 0] = True
    above[7, 1] = True
    assert alarms(above) == 4


def test_a_threshold_keeps_the_budget() -> None:
    scores = [np.random.default_rng(seed).normal(size=(2 * WEEK_H, 20)) for seed in (1, 2)]
    limit = threshold(scores, 4, 5.0)
    assert sum(alarms(score > limit) for score in scores) <= 20
    assert sum(alarms(score > limit - 0.05) for score in scores) > 12


def test_delays_count_from_the_beginning(small: World) -> None:
    scores = np.full((small.rows - small.first_null, 10), -np.inf)
    one = small.outbreaks[0]
    scores[one.start - small.first_null + 1, one.topic] = 9.0
    scores[small.first_test - small.first_null + 1, 3] = 9.0
    found = caught([small], [scores], 5.0)
    assert found.delays[0] == 2
    assert sum(delay is not None for delay in found.delays) == 1
    assert found.false_alarms_per_week == pytest.approx(1, abs=0.01)


def test_no_method_knows_what_comes_after(small: World) -> None:
    """A score of an hour is the same whatever the hours after it hold."""
    changed = small.counts.contacts.copy()
    row = small.first_null + 60
    changed[row + 1 :] = 7
    other = World(
        type(small.counts)(small.counts.first_hour, small.counts.topics, small.counts.districts, changed),
        small.city,
        small.learn_weeks,
        small.null_weeks,
        small.test_weeks,
        (),
    )
    for of in (
        methods.ours,
        methods.plain,
        lambda one: [methods.poisson(one)],
        lambda one: [methods.ears(one)],
    ):
        for one, two in zip(of(small), of(other), strict=True):
            assert np.array_equal(one[:61], two[:61])


def test_all_methods_are_told_side_by_side() -> None:
    found = evaluate(
        Silent(), size=Size(seeds=(1,), topics=12, per_day=600, learn_weeks=4, null_weeks=1, test_weeks=1)
    )
    assert set(found["methods"]) == {
        "sangdam",
        "negative_binomial",
        "poisson_same_hour",
        "ears_c2_24h",
        "true_rates",
    }
    assert 0 <= found["detection"] <= 1
    assert found["outbreaks"] == 12
