"""Counts as arrays, and what a detector says of them: the values between counting, statistics and alerts. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from contracts.voc import AlertKind, Danger, Lane

HOUR_MS: Final = 3_600_000
WEEK_H: Final = 168


@dataclass(frozen=True, slots=True)
class Counts:
    """Contacts by hour, topic and district: the baseline."""

    first_hour: int
    """Hours since 1970 of row 0."""
    topics: tuple[str, ...]
    """Codes; the empty one, where there are such contacts, is a topic like others."""
    districts: tuple[str, ...]
    """Names; the empty one holds contacts that name none."""
    contacts: NDArray[np.int32]
    """Shape (hours, topics, districts). Whole hours only."""

    @property
    def hours(self) -> NDArray[np.int64]:
        """Hours since 1970 of each row."""
        return self.first_hour + np.arange(self.contacts.shape[0], dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Recent:
    """The contacts of the last 25 hours or so, one row each, by time: what the windows that end now are counted from."""

    at_ms: NDArray[np.int64]
    topic: NDArray[np.int32]
    """Index into `topics`."""
    district: NDArray[np.int32]
    danger: tuple[Danger | None, ...]
    phrases: tuple[tuple[str, ...], ...]
    contact_ids: tuple[str, ...]
    topics: tuple[str, ...]
    districts: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.contact_ids)


@dataclass(frozen=True, slots=True)
class Signal:
    """One series in one window that is above its threshold. Alerts are made of signals that belong together."""

    kind: AlertKind
    lane: Lane
    topic: str
    """Empty: no topic of its own (a phrase, a danger)."""
    districts: tuple[str, ...]
    """Empty: the whole city."""
    since_ms: int
    until_ms: int
    seen: int
    expected: float
    p_value: float
    danger: Danger | None = None
    phrase: str = ""
    contact_ids: frozenset[str] = field(default=frozenset(), repr=False)
    """Contacts counted in `seen`."""

    @property
    def window_ms(self) -> int:
        return self.until_ms - self.since_ms


def position(names: Sequence[str]) -> dict[str, int]:
    """Name → index."""
    return {name: index for index, name in enumerate(names)}
