"""`sangdam eval voc --design hourly`: 200 topics by the hour, at five false alarms a week over all of them.

Each city is simulated from its seed: weeks to learn from, weeks without outbreaks in which every method's threshold is
set to the same budget, and weeks in which each topic has one outbreak. An outbreak is found by an alarm within 24 h of
its beginning, or before its end. False alarms are counted again in the test weeks, where no outbreak is.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from sangdam.evaluate import voc_hourly_methods as methods
from sangdam.evaluate.voc_hourly_alarms import Caught, caught, joined, threshold
from sangdam.evaluate.voc_hourly_world import DURATIONS_H, SHAPES, SIZES, Outbreak, World, world
from sangdam.terminal import out, print_table
from voc.detectors.thresholds import window_shares
from voc.series import WEEK_H

BUDGET: Final = 5.0
"""False alarms a week, over all topics."""
LEAST_DETECTED: Final = 0.75
MOST_DELAY_H: Final = 2.0

Floats = NDArray[np.float64]
Figures = dict[str, object]


class Moves(Protocol):
    """A progress bar."""

    def move(self, done: float, total: float) -> None:
        """`done` of `total`."""


@dataclass(frozen=True, slots=True)
class Size:
    """Of a run."""

    seeds: tuple[int, ...] = (11, 12, 13, 14)
    topics: int = 200
    per_day: float = 5_000
    """Contacts of a city: 25 a day of a topic in the mean, 10 of half of them."""
    learn_weeks: int = 12
    null_weeks: int = 6
    test_weeks: int = 4


QUICK: Final = Size(seeds=(1,), topics=60, per_day=2_000, learn_weeks=6, null_weeks=2, test_weeks=2)


def evaluate(progress: Moves, *, quick: bool = False, size: Size | None = None) -> Figures:
    """All methods on the same cities. `quick`: so little that the figures say nothing."""
    size = size or (QUICK if quick else Size())
    worlds = [
        world(
            seed,
            topics=size.topics,
            per_day=size.per_day,
            learn_weeks=size.learn_weeks,
            null_weeks=size.null_weeks,
            test_weeks=size.test_weeks,
        )
        for seed in size.seeds
    ]
    found = {name: _caught(worlds, scores) for name, scores in _scores(worlds, progress).items()}
    outbreaks = [one for each in worlds for one in each.outbreaks]
    ours = found["sangdam"]
    delay = ours.median_delay_h
    return {
        "design": "hourly",
        "budget_per_week": BUDGET,
        **asdict(size),
        "outbreaks": len(outbreaks),
        "detection": round(ours.detection, 3),
        "median_delay_h": delay,
        "false_alarms_per_week": round(ours.false_alarms_per_week, 2),
        "is_met": bool(ours.detection >= LEAST_DETECTED and delay is not None and delay <= MOST_DELAY_H),
        "methods": {name: _figures(one) for name, one in found.items()},
        "by_size_sd": _by(found, outbreaks, SIZES, lambda one: one.size),
        "by_duration_h": _by(found, outbreaks, DURATIONS_H, lambda one: one.hours),
        "by_shape": _by(found, outbreaks, SHAPES, lambda one: one.shape),
    }


def _scores(worlds: Sequence[World], progress: Moves) -> dict[str, list[list[Floats]]]:
    """Method → [world][window]."""
    days = sum((each.rows - each.first_null) // 24 for each in worlds)
    done = 0

    def move() -> None:
        nonlocal done
        done += 1
        progress.move(done, days)

    return {
        "sangdam": [methods.ours(each, move) for each in worlds],
        "negative_binomial": [methods.plain(each) for each in worlds],
        "poisson_same_hour": [[methods.poisson(each)] for each in worlds],
        "ears_c2_24h": [[methods.ears(each)] for each in worlds],
        "true_rates": [methods.oracle(each) for each in worlds],
    }


def _caught(worlds: Sequence[World], scores: Sequence[Sequence[Floats]]) -> Caught:
    """One method, its thresholds set on the null weeks."""
    nulls = slice(0, worlds[0].first_test - worlds[0].first_null)
    many = len(scores[0])
    shares = window_shares(methods.WINDOWS_H) if many > 1 else (1.0,)
    one = joined(scores, shares, nulls, BUDGET)
    weeks = len(worlds) * (nulls.stop - nulls.start) / WEEK_H
    return caught(worlds, one, threshold([each[nulls] for each in one], weeks, BUDGET))


def _figures(one: Caught) -> Figures:
    return {
        "detection": round(one.detection, 3),
        "median_delay_h": one.median_delay_h,
        "false_alarms_per_week": round(one.false_alarms_per_week, 2),
    }


def _by(
    found: Mapping[str, Caught],
    outbreaks: Sequence[Outbreak],
    values: Sequence[float | str],
    of: Callable[[Outbreak], float | str],
) -> dict[str, dict[str, float]]:
    """Value → method → share of such outbreaks that were found."""
    shares: dict[str, dict[str, float]] = {}
    for value in values:
        rows = [index for index, one in enumerate(outbreaks) if of(one) == value]
        shares[str(value)] = {
            name: round(sum(one.delays[row] is not None for row in rows) / max(len(rows), 1), 3)
            for name, one in found.items()
        }
    return shares


def show(result: Figures) -> None:
    """The figures as a table, for people."""
    table = Table(
        "방법 / method", "감지 / found", "중앙 지연 / median delay", "주당 오경보 / false alarms a week"
    )
    every = result["methods"]
    assert isinstance(every, dict)
    for name, one in every.items():
        delay = one["median_delay_h"]
        table.add_row(
            name,
            f"{one['detection']:.3f}",
            "–" if delay is None else f"{delay:.0f} h",
            f"{one['false_alarms_per_week']:.1f}",
        )
    print_table(table)
    met = "충족 / met" if result["is_met"] else "미달 / not met"
    out.print(f"목표 / goal: ≥ {LEAST_DETECTED}, ≤ {MOST_DELAY_H:.0f} h — {met}")
