"""What contacts add to the sums, and what they take from them when they are told again. Pure."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from contracts.voc import About

HOUR_MS: Final = 3_600_000
_QUARTER_MS: Final = 900_000
_EPOCH: Final = dt.date(1970, 1, 1).toordinal()

Cell = tuple[int, str, str]
"""Hour or day, topic, district."""
Pair = tuple[About | None, About | None]
"""What was known of a contact, and what is; None: nothing."""


class Sums(NamedTuple):
    """Of a cell."""

    contacts: int = 0
    complaints: int = 0
    simulated: int = 0


@dataclass(slots=True)
class Deltas:
    """By how much the sums change. Cells and phrases that come to nothing stay in, at zero."""

    hours: dict[Cell, Sums] = field(default_factory=dict)
    days: dict[Cell, Sums] = field(default_factory=dict)
    phrases: dict[str, int] = field(default_factory=dict)
    first_ms: dict[str, int] = field(default_factory=dict)
    """Of phrases that contacts began to say: the earliest of these contacts."""
    left_ms: dict[str, int] = field(default_factory=dict)
    """Of phrases that contacts no longer say: the earliest of these contacts."""


def deltas(pairs: Iterable[Pair], zone: ZoneInfo) -> Deltas:
    """Of contacts that changed."""
    found = Deltas()
    for old, new in pairs:
        if old is not None:
            _count(found, old, zone, -1)
        if new is not None:
            _count(found, new, zone, 1)
        _phrases(found, old, new)
    return found


def hour_of(at_ms: int) -> int:
    """Hours since 1970, UTC."""
    return at_ms // HOUR_MS


def day_of(at_ms: int, zone: ZoneInfo) -> int:
    """Days since 1970-01-01 by the calendar of `zone`."""
    return _day_of_quarter(at_ms // _QUARTER_MS, zone)


def day_starts_ms(day: int, zone: ZoneInfo) -> int:
    """Wall time at which a day of the calendar of `zone` begins, ms."""
    date = dt.date.fromordinal(_EPOCH + day)
    return int(dt.datetime.combine(date, dt.time(), zone).timestamp()) * 1000


@lru_cache(maxsize=8192)
def _day_of_quarter(quarter: int, zone: ZoneInfo) -> int:
    # No clock on Earth is off UTC by anything but quarters of an hour.
    return dt.datetime.fromtimestamp(quarter * 900, zone).toordinal() - _EPOCH


def _count(found: Deltas, about: About, zone: ZoneInfo, sign: int) -> None:
    complaint, simulated = bool(about.complaint), about.simulated
    hour: Cell = (hour_of(about.at_ms), about.topic, about.district)
    day: Cell = (day_of(about.at_ms, zone), about.topic, about.district)
    for cells, cell in ((found.hours, hour), (found.days, day)):
        before = cells.get(cell, _NOTHING)
        cells[cell] = Sums(
            before.contacts + sign, before.complaints + sign * complaint, before.simulated + sign * simulated
        )


def _phrases(found: Deltas, old: About | None, new: About | None) -> None:
    before = dict.fromkeys(old.phrases, old.at_ms) if old is not None else {}
    now = dict.fromkeys(new.phrases, new.at_ms) if new is not None else {}
    for phrase, at_ms in now.items() - before.items():
        found.phrases[phrase] = found.phrases.get(phrase, 0) + 1
        found.first_ms[phrase] = min(found.first_ms.get(phrase, at_ms), at_ms)
    for phrase, at_ms in before.items() - now.items():
        found.phrases[phrase] = found.phrases.get(phrase, 0) - 1
        found.left_ms[phrase] = min(found.left_ms.get(phrase, at_ms), at_ms)


_NOTHING: Final = Sums()
