"""The week's budget of alerts: what is weaker than enough others of the week is held back. Pure.

Thresholds are made so that chance alone raises as many alerts a week as the budget says; a week with real events has
more, and must. So an alert is held back only when the week already has more unconfirmed ones than chance would give
(one week in some fifty), which says that the usual does not fit; then those that are at least as strong as the
strongest of that number go on being raised. Each lane counts its own, and what is severe is never held back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, sqrt

from contracts.voc import CloseReason, Lane, Severity
from contracts.voc_track import Held
from voc.rules import WEEK_MS

_MOST_HELD = 200


@dataclass(frozen=True, slots=True)
class Raised:
    """An alert of the past."""

    at_ms: int
    lane: Lane
    strength: float
    reason: CloseReason | None
    """Why it was closed; None: it is open."""


def most(budget: float) -> int:
    """Unconfirmed alerts of a week from which on only strong ones are raised: two standard deviations (Poisson)."""
    return ceil(budget + 2 * sqrt(budget))


def is_allowed(
    lane: Lane, severity: Severity, strength: float, *, raised: Iterable[Raised], budget: float, now_ms: int
) -> bool:
    """Whether an event may become an alert.

    Args:
        lane: the event's.
        severity: the event's.
        strength: how far beyond its threshold it is.
        raised: alerts of the last week, of both lanes.
        budget: false alarms a week, of this lane.
        now_ms: wall time.
    """
    if severity == "severe":
        return True
    unconfirmed = sorted(
        (
            one.strength
            for one in raised
            if one.lane == lane and one.at_ms > now_ms - WEEK_MS and one.reason in (None, "false_alarm")
        ),
        reverse=True,
    )
    count = most(budget)
    return len(unconfirmed) < count or strength > unconfirmed[count - 1]


def noted(held: Sequence[Held], fresh: Sequence[Held], now_ms: int, apart_ms: int) -> tuple[Held, ...]:
    """What is remembered of events that were held back: each once, for a week.

    Args:
        held: as it was.
        fresh: held back now.
        now_ms: wall time.
        apart_ms: seen again within it, it is the same event.
    """
    kept = [one for one in held if one.last_ms > now_ms - WEEK_MS]
    for one in fresh:
        known = next((old for old in kept if old.key == one.key and old.last_ms >= now_ms - apart_ms), None)
        if known is None:
            kept.append(one)
        else:
            strength = max(known.strength, one.strength)
            kept[kept.index(known)] = known.model_copy(update={"last_ms": now_ms, "strength": strength})
    return tuple(kept[-_MOST_HELD:])
