"""How serious an event looks: how much above the usual, how many, and whether people may be in danger. Pure."""

from dataclasses import dataclass
from typing import Final

from contracts.voc import Danger, Severity

ORDER: Final[tuple[Severity, ...]] = ("watch", "warning", "severe")


@dataclass(frozen=True, slots=True)
class Level:
    """From where on an event is at this level: both must be reached."""

    excess: float
    """Contacts above the usual."""
    ratio: float
    """Times the usual."""


LEVELS: Final = {"warning": Level(10, 3), "severe": Level(30, 5)}
IN_DANGER: Final = {"warning": Level(4, 2), "severe": Level(12, 4)}
"""Of gas, fire, flood, crowds, outages and collapses fewer are enough."""
SPREAD: Final = 4
"""Districts: an event in so many that has a warning's excess is a warning, however busy they are."""
_LEAST_USUAL: Final = 0.5
"""Contacts: a series that has none is not infinitely above its usual."""


def severity(seen: int, expected: float, danger: Danger | None, districts: int) -> Severity:
    """The level of an event by its most telling window.

    Args:
        seen: Contacts in the window.
        expected: Contacts that are usual.
        danger: What people speak of.
        districts: In which the event shows.
    """
    levels = IN_DANGER if danger else LEVELS
    more, times = seen - expected, seen / max(expected, _LEAST_USUAL)
    reached = sum(more >= level.excess and times >= level.ratio for level in levels.values())
    if districts >= SPREAD and more >= levels["warning"].excess:
        reached = max(reached, 1)
    return ORDER[reached]


def higher(left: Severity, right: Severity) -> Severity:
    return max(left, right, key=ORDER.index)


def is_higher(left: Severity, right: Severity) -> bool:
    """Whether the first is above the second."""
    return ORDER.index(left) > ORDER.index(right)
