"""What rose among dated texts with categories: a few dozen a day, of which a few weeks are known. Pure.

The city's detectors count by the hour against an hour-of-week profile. Here are days, and no week twice alike: so a
phrase's, or a category's, share of all petitions before is what is usual, the window's own number of petitions
takes up days of rest and busy ones, and the tail is the same negative binomial (`voc.tails`) with the spread that
so short a past leaves open (Gamma-Poisson). How many phrases were looked at is counted in.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from voc.detectors.tails import tail

WINDOWS_DAYS: Final = (1, 3, 7)
MIN_PETITIONS: Final = 4
THRESHOLD: Final = 0.05
"""Largest p-value of an event, over all phrases of a window."""
ENOUGH: Final = 500
"""Petitions before, about four weeks: until then the usual is being learnt."""
PRIOR: Final = 0.5
"""Shape of the Gamma prior of a share (Jeffreys)."""
BURST: Final = 3.0
"""Most that the shape may be for a phrase: who writes a rare word may have read the same news."""
CATEGORY_SHAPE: Final = 20.0
"""The same of a category: a variation of 22 % that means nothing."""
_RISE: Final = 2.0
"""A phrase is said at least so often as is usual."""
_SAME: Final = 0.5
"""Share of the petitions of the smaller of two rises that belong to both: one event."""
_APART_DAYS: Final = 10

Usual = Literal["before", "after"]
"""Learnt from the petitions before; or, looking back at weeks without enough before them, from those after."""
Of = Literal["phrase", "category"]


@dataclass(frozen=True, slots=True)
class Petition:
    day: int
    """Proleptic ordinal."""
    category: str
    phrases: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rise:
    """A phrase or category that is above its usual in a window."""

    of: Of
    name: str
    day: int
    """Last of the window."""
    window_days: int
    expected: float
    p_value: float
    """Over everything that was looked at in the window."""
    usual: Usual
    petitions: frozenset[int]


@dataclass(slots=True)
class PetitionEvent:
    """Rises that share petitions."""

    rises: list[Rise]
    petitions: set[int] = field(default_factory=set)

    @property
    def first_day(self) -> int:
        return min(rise.day for rise in self.rises)

    @property
    def last_day(self) -> int:
        return max(rise.day for rise in self.rises)

    @property
    def best(self) -> Rise:
        return min(self.rises, key=lambda rise: (rise.p_value, rise.day, rise.name))

    def names(self) -> list[str]:
        """Phrases, the most telling first; those that are a part of another one (패스트, of 패스트 트랙) at the end."""
        best: dict[str, float] = {}
        for rise in self.rises:
            if rise.of == "category":
                continue
            best[rise.name] = min(rise.p_value, best.get(rise.name, 1.0))
        parts = {part for name in best for part in name.split() if part != name}
        return sorted(best, key=lambda name: (name in parts, best[name], name))


def events(petitions: Sequence[Petition]) -> list[PetitionEvent]:
    """All events, by their first day."""
    history = _History(petitions)
    found: list[PetitionEvent] = []
    for day in history.days:
        for rise in sorted(history.rises(day), key=lambda rise: (rise.p_value, rise.name)):
            _put(found, rise)
    return sorted(found, key=lambda event: (event.first_day, event.best.p_value))


def _put(found: list[PetitionEvent], rise: Rise) -> None:
    """Into the event it belongs to; where it belongs to several, they were one."""
    alike = [event for event in found if rise.day - event.last_day <= _APART_DAYS and _belongs(rise, event)]
    whole = PetitionEvent([rise], set(rise.petitions))
    for event in alike:
        whole.rises += event.rises
        whole.petitions |= event.petitions
        found.remove(event)
    found.append(whole)


def _belongs(rise: Rise, event: PetitionEvent) -> bool:
    if any((rise.of, rise.name) == (other.of, other.name) for other in event.rises):
        return True
    shared = len(rise.petitions & event.petitions)
    return shared >= _SAME * min(len(rise.petitions), len(event.petitions))


class _History:
    """Petitions by day, phrase and category."""

    def __init__(self, petitions: Sequence[Petition]) -> None:
        self._petitions = petitions
        self._day: NDArray[np.int64] = np.array([petition.day for petition in petitions], dtype=np.int64)
        self.days = sorted({petition.day for petition in petitions})
        self._rows: dict[tuple[Of, str], list[int]] = defaultdict(list)
        for row, petition in enumerate(petitions):
            for of, name in _named(petition):
                self._rows[of, name].append(row)

    def rises(self, day: int) -> Iterable[Rise]:
        for window in WINDOWS_DAYS:
            since = day - window + 1
            before = self._day < since
            usual: Usual = "before" if int(before.sum()) >= ENOUGH else "after"
            yield from self._in_window(day, window, usual, before if usual == "before" else self._day > day)

    def _in_window(self, day: int, window: int, usual: Usual, base: NDArray[np.bool_]) -> Iterable[Rise]:
        inside = np.flatnonzero((self._day > day - window) & (self._day <= day)).tolist()
        total = int(base.sum())
        if total < ENOUGH:
            return
        counts = Counter(named for row in inside for named in _named(self._petitions[row]))
        looked_at = Counter(of for of, _ in counts)
        for (of, name), seen in counts.items():
            if seen < MIN_PETITIONS:
                continue
            rows = self._rows[of, name]
            shape = int(base[rows].sum()) + PRIOR
            expected = len(inside) * shape / (total + 1)
            if of == "phrase" and seen < _RISE * expected:
                continue
            spread = 1 / min(shape, BURST if of == "phrase" else CATEGORY_SHAPE)
            p_value = over_all(float(tail(seen, expected, spread)), looked_at[of])
            if p_value <= THRESHOLD:
                said = frozenset(row for row in rows if day - window < self._petitions[row].day <= day)
                yield Rise(of, name, day, window, expected, p_value, usual, said)


def _named(petition: Petition) -> Iterable[tuple[Of, str]]:
    yield "category", petition.category
    for phrase in petition.phrases:
        yield "phrase", phrase


def over_all(p_value: float, looked_at: int) -> float:
    """How likely the smallest of so many p-values is this small by chance."""
    return float(-np.expm1(looked_at * np.log1p(-min(p_value, 1 - 1e-12))))
