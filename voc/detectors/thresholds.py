"""Largest p-values that may raise an alert, for every detector: made of the budget of false alarms. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from voc.rules import Rules

WEEK_H: Final = 168

RISE_SHARE: Final = 0.55
CLUSTER_SHARE: Final = 0.15
NEW_PHRASE_SHARE: Final = 0.15
SLOW_RISE_SHARE: Final = 0.15
"""Of the usual lane's budget. Other detectors give their own p-values, each already over all that it looked at."""

GROUP_SHARES: Final = {"topic": 0.5, "cell": 0.35, "district": 0.15}
"""Of `RISE_SHARE`."""
DANGER_SHARES: Final = {"danger": 0.5, "danger_district": 0.5}
"""Of the safety lane's budget."""
WINDOW_SHARES: Final = ((1.0, 0.25), (3.0, 0.35), (6.0, 0.30), (float("inf"), 0.10))
"""Windows up to so many hours and their part of a budget. Long ones find less and later: `docs/voc-evaluation.md`."""
DANGERS: Final = 6
LOOKS_A_WINDOW: Final = 2.5
"""A window that slides in small steps is worth so many that follow one another."""
_CAUTION: Final = 0.2
"""Of the budget, what is spent while nobody knows how this site's counts behave."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """P-values up to which a signal is given. The tuples stand in the order of their windows."""

    windows_h: tuple[int, ...]
    safety_windows_min: tuple[int, ...]
    min_contacts: int
    safety_min_contacts: int
    topic: tuple[float, ...]
    cell: tuple[float, ...]
    """A topic in a district."""
    district: tuple[float, ...]
    danger: tuple[float, ...]
    danger_district: tuple[float, ...]
    cluster: float
    new_phrase: float
    slow_rise: float
    weeks: float = 0.0
    """Of the past that they were calibrated on; 0: cautious ones, by calculation."""

    @staticmethod
    def cautious(rules: Rules, *, topics: int = 40, districts: int = 26) -> "Thresholds":
        """By calculation alone: every series and every look gets its part of a fifth of the usual lane's budget.

        Args:
            rules: budgets, windows and least contacts.
            topics: series of the site.
            districts: the same.
        """
        return parametric(rules, topics, districts, caution=_CAUTION)

    def limits(self, group: str) -> tuple[float, ...]:
        """Of `topic`, `cell`, `district`, `danger` or `danger_district`."""
        found: tuple[float, ...] = getattr(self, group)
        return found

    def with_limits(self, **limits: Any) -> "Thresholds":
        """The same with other limits, by field."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return Thresholds(**(values | limits))


def parametric(rules: Rules, topics: int, districts: int, *, caution: float = 1.0) -> Thresholds:
    """What would keep the budget if counts were just as the model says and series had nothing to do with each other."""
    # The safety lane's prior shares are cautious already.
    budget, safety = rules.budget * caution, rules.safety_budget
    hours = rules.windows_h
    many = {"topic": topics, "cell": topics * districts, "district": districts}
    rise = {
        name: shared(budget * RISE_SHARE * share, many[name], hours) for name, share in GROUP_SHARES.items()
    }
    minutes = [window / 60 for window in rules.safety_windows_min]
    dangers = {"danger": DANGERS, "danger_district": DANGERS * districts}
    lane = {name: shared(safety * share, dangers[name], minutes) for name, share in DANGER_SHARES.items()}
    looks = sum(looks_a_week(window) for window in hours)
    return Thresholds(
        windows_h=tuple(hours),
        safety_windows_min=tuple(rules.safety_windows_min),
        min_contacts=rules.min_contacts,
        safety_min_contacts=rules.safety_min_contacts,
        topic=rise["topic"],
        cell=rise["cell"],
        district=rise["district"],
        danger=lane["danger"],
        danger_district=lane["danger_district"],
        cluster=at_most(budget * CLUSTER_SHARE / (topics * looks)),
        new_phrase=at_most(budget * NEW_PHRASE_SHARE / looks),
        # Looked at over the city and in the districts that have enough contacts, half of them or so.
        slow_rise=at_most(budget * SLOW_RISE_SHARE / (topics * (1 + districts / 2) * LOOKS_A_WINDOW)),
    )


def looks_a_week(window_h: float) -> float:
    """Looks that are worth counting apart."""
    return LOOKS_A_WINDOW * WEEK_H / window_h


def shared(budget: float, series: int, windows_h: Sequence[float]) -> tuple[float, ...]:
    """Limits for each window."""
    return tuple(
        at_most(budget * share / max(series, 1) / looks_a_week(window))
        for window, share in zip(windows_h, window_shares(windows_h), strict=True)
    )


def window_shares(windows_h: Sequence[float]) -> tuple[float, ...]:
    """Parts of a budget; sum to 1."""
    parts = [next(part for longest, part in WINDOW_SHARES if window <= longest) for window in windows_h]
    return tuple(part / sum(parts) for part in parts)


def at_most(p_value: float) -> float:
    """No limit is looser than 1 in 100."""
    return float(min(p_value, 0.01))
