"""Contacts by week: seven days each, ending where the last whole hour ended, so that the week is never half. Pure."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voc.series import HOUR_MS, WEEK_H, Counts

_DEAD: Final = 0.05
"""An hour with less than this share of what its hour of the week usually has, in all topics together, was not
counted: the site was closed, or the data are missing."""
_BUSY: Final = 5.0
"""Contacts that are usual, below which an hour without any is no wonder."""


@dataclass(frozen=True, slots=True)
class Weeks:
    """Contacts by week, topic and district, the last week newest."""

    until_ms: int
    """End of the last week."""
    topics: tuple[str, ...]
    districts: tuple[str, ...]
    contacts: NDArray[np.int32]
    """Shape (weeks, topics, districts). Whole weeks only."""
    covered: NDArray[np.float64]
    """Share of each week's usual contacts that fell in hours that were counted: below 1 where data are missing."""

    def __len__(self) -> int:
        return int(self.contacts.shape[0])


def weeks(counts: Counts, until_ms: int) -> Weeks:
    """Sum hours into weeks that end with the last whole hour before `until_ms` that is counted."""
    end = min(until_ms // HOUR_MS, counts.first_hour + counts.contacts.shape[0]) - counts.first_hour
    number = max(0, end) // WEEK_H
    first = max(0, end) - number * WEEK_H
    shape = (number, WEEK_H, *counts.contacts.shape[1:])
    inside = counts.contacts[first : first + number * WEEK_H].reshape(shape)
    return Weeks(
        until_ms=(counts.first_hour + first + number * WEEK_H) * HOUR_MS,
        topics=counts.topics,
        districts=counts.districts,
        contacts=inside.sum(axis=1, dtype=np.int32),
        covered=_covered(inside.sum(axis=(2, 3), dtype=np.int64)),
    )


def _covered(hours: NDArray[np.int64]) -> NDArray[np.float64]:
    """Share of the usual that fell in hours that were counted. `hours` has shape (weeks, hours of the week)."""
    if not len(hours):
        return np.ones(0)
    usual = np.median(hours, axis=0)
    dead = (hours < _DEAD * usual) & (usual >= _BUSY)
    total = max(float(usual.sum()), 1.0)
    return np.asarray(1 - (dead * usual).sum(axis=1) / total)
