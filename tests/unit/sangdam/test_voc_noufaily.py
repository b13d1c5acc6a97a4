import json

import numpy as np
import pytest

from sangdam.evaluate import voc_noufaily
from sangdam.evaluate.weekly_scenarios import BASELINE, CURRENT, SCENARIOS, WEEKS, simulate
from voc.detectors.glm import Array


class Moved:
    def __init__(self) -> None:
        self.done: list[float] = []

    def move(self, done: float, total: float) -> None:
        self.done.append(done / total)


@pytest.fixture(scope="module")
def quick() -> tuple[dict[str, object], list[float]]:
    moved = Moved()
    return voc_noufaily.evaluate(moved, quick=True), moved.done


def test_the_quick_run_shows_what_the_long_one_measures(quick: tuple[dict, list[float]]) -> None:
    result, moved = quick
    assert json.loads(json.dumps(result)) == json.loads(json.dumps(result, default=str))
    assert moved == sorted(moved)
    assert moved[-1] == 1
    methods = result["methods"]
    ours, flexible = methods["sangdam"], methods["farrington_flexible"]
    original, ears = methods["farrington_original"], methods["ears_c2"]
    assert result["false_positive_rate"] == ours["false_positive_rate"] < 0.02
    # 112 outbreaks: the standard error is 5 %.
    assert ours["detection"] > 0.45
    assert (
        flexible["false_positive_rate"] < 0.02 < original["false_positive_rate"] < ears["false_positive_rate"]
    )
    assert ours["precision"] > ears["precision"]
    for method in methods.values():
        assert method["detection_largest"] > method["detection_smallest"]
    assert len(result["by_scenario"]) == len(SCENARIOS) == 28
    for name, found in result["agreement"]["methods"].items():
        assert found["false_positive_rate"] == pytest.approx(found["published"], abs=0.012), name


def test_people_get_a_table(quick: tuple[dict, list[float]], capsys: pytest.CaptureFixture[str]) -> None:
    voc_noufaily.show(quick[0])
    shown = capsys.readouterr().out
    assert "farrington_flexible" in shown
    assert "%" in shown


def test_series_are_as_the_design_says() -> None:
    series = simulate(60, seed=2)
    for number, scenario in enumerate(SCENARIOS):
        calm: Array = series.calm[series.scenario == number]
        mean = scenario.mean()
        assert calm.mean() == pytest.approx(mean.mean(), rel=0.06)
        # Over time the variance is phi times the mean.
        assert ((calm - mean) ** 2).sum() / calm.sum() == pytest.approx(scenario.phi, rel=0.1)


def test_outbreaks_are_planted_where_they_should_be() -> None:
    series = simulate(20, seed=3)
    extra = series.outbreak - series.calm
    assert (extra >= 0).all()
    assert not extra[:, : BASELINE.start].any()
    assert extra[:, BASELINE.start : BASELINE.stop].any(axis=1).mean() > 0.95
    current = extra[:, CURRENT.start :]
    assert (current.any(axis=1) == (series.begins >= 0)).all()
    during = series.during[:, CURRENT.start :]
    assert not series.during[:, : CURRENT.start].any()
    assert (current[~during] == 0).all()
    rows = np.flatnonzero(series.begins >= 0)
    assert (series.outbreak.shape[1], during.shape[1]) == (WEEKS, 49)
    assert (extra[rows, series.begins[rows]] > 0).all()
    # Mean size in standard deviations of the week: 5.5, and half of it comes in the first week.
    sd = np.sqrt(
        [
            SCENARIOS[series.scenario[row]].phi * SCENARIOS[series.scenario[row]].mean()[series.begins[row]]
            for row in rows
        ]
    )
    whole = series.begins[rows] < WEEKS - 6
    assert (current[rows].sum(axis=1) / sd)[whole].mean() == pytest.approx(5.5, rel=0.12)


def test_the_same_seed_gives_the_same_series() -> None:
    assert (simulate(2, seed=5).outbreak == simulate(2, seed=5).outbreak).all()
    assert (simulate(2, seed=5).outbreak != simulate(2, seed=6).outbreak).any()
