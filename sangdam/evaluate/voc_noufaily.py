"""`sangdam eval voc --design noufaily`: weekly detectors in 28 situations, at a chance of .01.

The false positive rate is the share of the 49 current weeks in which a series without any outbreak raises an alarm;
the probability of detection is the share of current outbreaks with an alarm between their first week and their last
(Noufaily et al. 2013). Every method sees the same series.
"""

from collections.abc import Iterable, Mapping
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray
from rich.table import Table
from scipy import special
from threadpoolctl import threadpool_limits

from sangdam.evaluate.ears import BASELINE, LAG, c2
from sangdam.evaluate.weekly_scenarios import CURRENT, SCENARIOS, Simulated, simulate
from sangdam.terminal import out, print_table
from voc.detectors import farrington, weekly

ALPHA: Final = 0.01
SEED: Final = 20130330
REPLICATES: Final = 100
QUICK_REPLICATES: Final = 4
MOST_FALSE: Final = 0.013
LEAST_DETECTED: Final = 0.57
_YEAR_WEEKS: Final = 52
"""Of the simulated series."""

AGREEMENT_ALPHA: Final = 0.005
"""Taken by those who printed figures of the same situations."""

Array = NDArray[np.float64]


class Moves(Protocol):
    """A progress bar."""

    def move(self, done: float, total: float) -> None:
        """`done` of `total`."""


def evaluate(progress: Moves, *, quick: bool = False, seed: int = SEED) -> dict[str, object]:
    """All methods on the same series. `quick`: so few replicates that the figures say little."""
    replicates = QUICK_REPLICATES if quick else REPLICATES
    series = simulate(replicates, seed)
    # Matrices are small: BLAS threads would only wait for one another.
    with threadpool_limits(1, user_api="blas"):
        calm = judge_all(series.calm, progress, 0)
        outbreak = judge_all(series.outbreak, progress, 1)
    methods = {name: figures(series, calm[name] <= ALPHA, outbreak[name] <= ALPHA) for name in calm}
    ours = methods["sangdam"]
    return {
        "design": "noufaily",
        "alpha": ALPHA,
        "seed": seed,
        "scenarios": len(SCENARIOS),
        "replicates": replicates,
        "false_positive_rate": ours["false_positive_rate"],
        "detection": ours["detection"],
        "is_met": bool(ours["false_positive_rate"] <= MOST_FALSE and ours["detection"] >= LEAST_DETECTED),
        "methods": methods,
        "agreement": agreement(calm),
        "by_scenario": by_scenario(series, calm, outbreak),
    }


def judge_all(counts: Array, progress: Moves, part: int) -> dict[str, Array]:
    """p-values of each method. Shape (S, current weeks). `part`: 0 of 2 or 1 of 2, for the progress."""
    found: dict[str, list[Array]] = {}
    for done, week in enumerate(CURRENT):
        for judge in (_ours, _farrington, _ears):
            for name, p_values in judge(counts, week).items():
                found.setdefault(name, []).append(p_values)
        progress.move(part * len(CURRENT) + done + 1, 2 * len(CURRENT))
    return {name: np.stack(columns, axis=1) for name, columns in found.items()}


def _ours(counts: Array, week: int) -> Mapping[str, Array]:
    judged = weekly.judge(counts, week, year_weeks=_YEAR_WEEKS)
    return {"sangdam": judged.p_value, "sangdam_one_week": judged.alone}


def _farrington(counts: Array, week: int) -> Mapping[str, Array]:
    return {
        "farrington_flexible": farrington.judge(counts, week, ALPHA, farrington.FLEXIBLE).p_value,
        "farrington_original": farrington.judge(counts, week, ALPHA, farrington.ORIGINAL).p_value,
    }


def _ears(counts: Array, week: int) -> Mapping[str, Array]:
    return {"ears_c2": special.ndtr(-c2(counts[:, week - BASELINE - LAG : week + 1]).score[:, -1])}


def figures(series: Simulated, calm: NDArray[np.bool_], outbreak: NDArray[np.bool_]) -> dict[str, float]:
    """Shares, from alarms of shape (S, current weeks) without and with outbreaks."""
    during = series.during[:, CURRENT.start : CURRENT.stop]
    hits = outbreak & during
    detected = np.asarray(hits.any(axis=1))
    first = series.begins[:, None] == np.array(CURRENT)
    return {
        "false_positive_rate": _rate(calm.mean()),
        "false_positive_rate_after_outbreaks": _rate(outbreak[~during].mean()),
        "detection": _rate(detected.mean()),
        "detection_first_week": _rate((outbreak & first).any(axis=1).mean()),
        "precision": _rate(hits.sum() / max(int(outbreak.sum()), 1)),
        "detection_smallest": _rate(detected[series.size <= _SMALL].mean()),
        "detection_largest": _rate(detected[series.size > _LARGE].mean()),
    }


def by_scenario(
    series: Simulated, calm: Mapping[str, Array], outbreak: Mapping[str, Array]
) -> list[dict[str, object]]:
    """The same for each situation, of the methods that a reader compares."""
    rows: list[dict[str, object]] = []
    for number, scenario in enumerate(SCENARIOS):
        row: dict[str, object] = {
            "scenario": number + 1,
            "theta": scenario.theta,
            "phi": scenario.phi,
            "trend": scenario.beta > 0,
            "season": scenario.gamma1 > 0,
        }
        row.update({name: _scenario(series, number, calm[name], outbreak[name]) for name in _COMPARED})
        rows.append(row)
    return rows


def _scenario(series: Simulated, number: int, calm: Array, outbreak: Array) -> dict[str, float]:
    rows = series.scenario == number
    hits = (outbreak <= ALPHA) & series.during[:, CURRENT.start : CURRENT.stop]
    return {
        "false_positive_rate": _rate((calm[rows] <= ALPHA).mean()),
        "detection": _rate(np.asarray(hits.any(axis=1))[rows].mean()),
    }


def agreement(calm: Mapping[str, Array]) -> dict[str, object]:
    """Our Farrington beside what others printed of the same situations."""
    return {
        "alpha": AGREEMENT_ALPHA,
        "source": PUBLISHED_SOURCE,
        "methods": {
            name: {
                "false_positive_rate": _rate((calm[name] <= AGREEMENT_ALPHA).mean()),
                "published": published,
            }
            for name, published in PUBLISHED.items()
        },
    }


def show(result: Mapping[str, object]) -> None:
    """The table for people."""
    table = Table(title=f"28 · α {result['alpha']} · {result['replicates']} x · seed {result['seed']}")
    table.add_column("방법 / method")
    names = list(figures_names(result))
    for name in names:
        table.add_column(_HEADINGS[name], justify="right")
    for method, found in _mapping(result["methods"]).items():
        table.add_row(method, *(f"{100 * float(str(_mapping(found)[name])):.1f} %" for name in names))
    print_table(table)
    for method, found in _mapping(_mapping(result["agreement"])["methods"]).items():
        values = _mapping(found)
        out.print(
            f"{method}, α {AGREEMENT_ALPHA}: {values['false_positive_rate']} · 발표된 값 / published {values['published']}"
        )


def figures_names(result: Mapping[str, object]) -> Iterable[str]:
    """Names of the figures of a method."""
    return _mapping(_mapping(result["methods"])["sangdam"])


def _mapping(value: object) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise TypeError(f"no figures: {value!r}")
    return value


def _rate(value: float) -> float:
    return round(float(value), 4)


PUBLISHED_SOURCE: Final = "Telkamp 2023, DTU: R surveillance, farringtonFlexible"
PUBLISHED: Final[Mapping[str, float]] = {"farrington_flexible": 0.009, "farrington_original": 0.031}
"""Mean false positive rates."""

_COMPARED: Final = ("sangdam", "farrington_flexible")
_SMALL: Final = 3
_LARGE: Final = 7
"""Standard deviations."""
_HEADINGS: Final = {
    "false_positive_rate": "헛경보\nfalse positives",
    "false_positive_rate_after_outbreaks": "과거 급증 뒤\nafter outbreaks",
    "detection": "감지\ndetection",
    "detection_first_week": "첫 주\nfirst week",
    "precision": "정밀도\nprecision",
    "detection_smallest": "크기 1-3\nsize 1-3",
    "detection_largest": "크기 8-10\nsize 8-10",
}
