"""A week's contacts held against the weeks before it. Pure.

Contacts of a week scatter more than chance alone would have it (a negative binomial, not a Poisson), so the scatter
is learnt from the weeks before, as a factor on the Poisson's; the score is the rise in such standard deviations, the
mean's own uncertainty included (as in Noufaily et al., Statistics in Medicine 32, 2013, on square-root scale, where
counts of few contacts are nearer to a normal distribution).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final

MIN_CONTACTS: Final = 10
"""Fewer in a week, and usually fewer, are no trend whatever their share."""
CLEAR: Final = 2.6
"""Standard deviations: by chance about one topic in a hundred shows that much of a rise."""
_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class Cell:
    """Contacts of a day, of one topic and district."""

    day: int
    """Days since 1970-01-01, by the site's calendar."""
    topic: str
    district: str
    contacts: int
    complaints: int
    simulated: int


@dataclass(frozen=True, slots=True)
class Compared:
    contacts: int = 0
    """On the days that are over."""
    complaints: int = 0
    before: float | None = None
    """Mean of the same days of the weeks before; None: there are none."""
    complaints_before: float | None = None
    score: float = 0.0
    """Standard deviations above the weeks before."""

    @property
    def change(self) -> float | None:
        """0.25: a quarter more than before; None: nothing to compare with."""
        return None if not self.before else self.contacts / self.before - 1

    @property
    def complaint_share(self) -> float | None:
        return self.complaints / self.contacts if self.contacts else None

    @property
    def complaint_share_before(self) -> float | None:
        return (
            self.complaints_before / self.before
            if self.before and self.complaints_before is not None
            else None
        )

    @property
    def is_rise(self) -> bool:
        return self.score >= CLEAR and self.contacts >= MIN_CONTACTS

    @property
    def is_fall(self) -> bool:
        return self.score <= -CLEAR and (self.before or 0) >= MIN_CONTACTS


def in_days(cells: Iterable[Cell]) -> dict[int, int]:
    """Day → contacts."""
    found: defaultdict[int, int] = defaultdict(int)
    for cell in cells:
        found[cell.day] += cell.contacts
    return dict(found)


def compare(
    cells: Iterable[Cell], monday: int, days: int, weeks: int, key: Callable[[Cell], str]
) -> dict[str, Compared]:
    """Contacts by key, on the first `days` days of the week that begins on `monday`, and of `weeks` weeks before."""
    contacts: defaultdict[str, list[int]] = defaultdict(lambda: [0] * (weeks + 1))
    complaints: defaultdict[str, list[int]] = defaultdict(lambda: [0] * (weeks + 1))
    for cell in cells:
        back, weekday = divmod(cell.day - monday, _DAYS)
        if -weeks <= back <= 0 and weekday < days:
            contacts[key(cell)][-back] += cell.contacts
            complaints[key(cell)][-back] += cell.complaints
    return {name: _compared(counts, complaints[name]) for name, counts in contacts.items()}


def _compared(contacts: Sequence[int], complaints: Sequence[int]) -> Compared:
    """The first of each is this week's, the others are those before."""
    now, before = contacts[0], contacts[1:]
    if not before:
        return Compared(now, complaints[0])
    mean = sum(before) / len(before)
    return Compared(
        now,
        complaints[0],
        mean,
        sum(complaints[1:]) / len(before),
        _score(now, mean, _scatter(before, mean), len(before)),
    )


def _scatter(before: Sequence[int], mean: float) -> float:
    """Variance over the mean, 1 at least: fewer weeks say little of it, so it is drawn towards 1.5 by two of them."""
    prior, weight = 1.5, 2
    if mean <= 0 or len(before) < 2:
        return prior
    found = sum((count - mean) ** 2 for count in before) / (len(before) - 1) / mean
    return max(1.0, (found * (len(before) - 1) + prior * weight) / (len(before) - 1 + weight))


def _score(now: int, mean: float, scatter: float, weeks: int) -> float:
    """On the square-root scale a count's standard deviation is half the root of its scatter, whatever its mean."""
    deviation = sqrt(scatter * (1 + 1 / weeks)) / 2
    return (sqrt(now + 0.375) - sqrt(mean + 0.375)) / deviation
