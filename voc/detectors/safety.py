"""The fast lane of public safety: contacts that speak of a danger, in windows of minutes. Pure.

What is usual of a danger is a share of all contacts, so that busy and quiet hours need no profile and a site's first
day is no special case: the share begins as a cautious prior and is soon the site's own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, get_args

import numpy as np
from numpy.typing import NDArray

from contracts.voc import Danger
from voc.baseline.usual import Usual
from voc.detectors.tails import tail
from voc.detectors.thresholds import Thresholds
from voc.series import HOUR_MS, Recent, Signal

Floats = NDArray[np.float64]

ALL: Final[tuple[Danger, ...]] = get_args(Danger)
MINUTE_MS: Final = 60_000
DAY_MS: Final = 24 * HOUR_MS
PRIOR_SHARE: Final = 0.001
"""Of contacts, one danger: more than hotlines have on a usual day, so that learning begins quietly."""
_BELIEF: Final = 2_000.0
"""Contacts that speak for it."""
_PRIOR_DISPERSION: Final = 0.5
"""A rainy day brings many words of water: counts of dangers scatter widely."""
_BELIEF_DAYS: Final = 14.0
_LEAST_CONTACTS_PER_H: Final = 2.0
"""A site without any past has at least so many contacts, for all we know."""


@dataclass(frozen=True, slots=True)
class Dangers:
    """Usual of the dangers: shares of all contacts."""

    share: Mapping[Danger, float]
    dispersion: Mapping[Danger, float]

    @staticmethod
    def unknown() -> "Dangers":
        """Before anything was learnt."""
        return Dangers(dict.fromkeys(ALL, PRIOR_SHARE), dict.fromkeys(ALL, _PRIOR_DISPERSION))

    @staticmethod
    def learn(past: Iterable[tuple[int, Danger]], contacts_by_day: Mapping[int, int]) -> "Dangers":
        """Shares, and how much days scatter, from the past.

        Args:
            past: (`at_ms`, danger) of contacts that spoke of one.
            contacts_by_day: day since 1970 (UTC) → all contacts of it. Other days are not learnt from.
        """
        days = {day: row for row, day in enumerate(sorted(contacts_by_day))}
        seen = np.zeros((len(ALL), len(days)))
        for at_ms, danger in past:
            if (row := days.get(at_ms // DAY_MS)) is not None:
                seen[ALL.index(danger), row] += 1
        every = np.array([contacts_by_day[day] for day in days], dtype=np.float64)
        shares, dispersions = {}, {}
        for row, danger in enumerate(ALL):
            shares[danger], dispersions[danger] = _learnt(seen[row], every)
        return Dangers(shares, dispersions)


def _learnt(seen: Floats, every: Floats) -> tuple[float, float]:
    """Share and dispersion of one danger. Days far above the rest are events, and count as the days beside them."""
    if not seen.size:
        return PRIOR_SHARE, _PRIOR_DISPERSION
    share = (seen.sum() + PRIOR_SHARE * _BELIEF) / (every.sum() + _BELIEF)
    for _ in range(3):
        usual = share * every
        kept = np.minimum(seen, usual + 3 * np.sqrt(usual + _PRIOR_DISPERSION * usual**2) + 2)
        share = (kept.sum() + PRIOR_SHARE * _BELIEF) / (every.sum() + _BELIEF)
    usual = share * every
    square = float((usual**2).sum())
    # The prior weighs as much as two weeks of days with one such contact each.
    excess = float(((kept - usual) ** 2 - usual).sum()) + _PRIOR_DISPERSION * _BELIEF_DAYS
    return float(share), float(np.clip(excess / (square + _BELIEF_DAYS), 0.05, 4.0))


def rises(
    usual: Usual, dangers: Dangers, recent: Recent, until_ms: int, thresholds: Thresholds
) -> list[Signal]:
    """Dangers that more contacts speak of than usual, in the city and in its districts, the strongest first.

    Args:
        usual: tells where contacts come from.
        dangers: what is usual of the dangers.
        recent: contacts of the last day, by time.
        until_ms: now; contacts at it or later do not count.
        thresholds: limits of the safety lane.
    """
    if not any(recent.danger):
        return []
    busy = Busy.of(usual, recent)
    best: dict[tuple[Danger, str], tuple[float, Signal]] = {}
    for index, minutes in enumerate(thresholds.safety_windows_min):
        since_ms = until_ms - minutes * MINUTE_MS
        start, end = np.searchsorted(recent.at_ms, [since_ms, until_ms]).tolist()
        for danger, rows in _by_danger(recent, start, end).items():
            everywhere = busy.contacts(since_ms, until_ms)
            for district, mine in _places(recent, rows).items():
                limit = (thresholds.danger_district if district else thresholds.danger)[index]
                expected = dangers.share[danger] * everywhere * (busy.share(district) if district else 1.0)
                p_value = float(tail(len(mine), expected, dangers.dispersion[danger]))
                if len(mine) < thresholds.safety_min_contacts or p_value > limit:
                    continue
                strength = p_value / limit
                if (danger, district) in best and best[danger, district][0] <= strength:
                    continue
                signal = Signal(
                    kind="rise",
                    lane="safety",
                    topic="",
                    districts=(district,) if district else (),
                    since_ms=since_ms,
                    until_ms=until_ms,
                    seen=len(mine),
                    expected=expected,
                    p_value=p_value,
                    danger=danger,
                    contact_ids=frozenset(recent.contact_ids[row] for row in mine),
                )
                best[danger, district] = (strength, signal)
    return [signal for _, signal in sorted(best.values(), key=lambda entry: entry[0])]


@dataclass(frozen=True, slots=True)
class Busy:
    """How many contacts there are, of any kind."""

    usual: Usual
    at_ms: NDArray[np.int64]
    shares: Mapping[str, float]
    """District → its part of all contacts."""

    @staticmethod
    def of(usual: Usual, recent: Recent) -> "Busy":
        """The usual's districts, and a little for those it does not know."""
        known = dict(zip(usual.districts, usual.district.share().tolist(), strict=True))
        return Busy(usual, recent.at_ms, known)

    def share(self, district: str) -> float:
        return max(self.shares.get(district, 0.0), 0.002)

    def contacts(self, since_ms: int, until_ms: int) -> float:
        """In a window: those that came, but never much fewer than usual, or than the last day brought."""
        start, end, day = np.searchsorted(self.at_ms, [since_ms, until_ms, until_ms - DAY_MS]).tolist()
        hours = (until_ms - since_ms) / HOUR_MS
        before = (start - day) / 24 * hours
        least = _LEAST_CONTACTS_PER_H * hours
        foretold = self.usual.expected_city(since_ms, until_ms) if self.usual.enough else 0.0
        return float(max(end - start, before / 2, foretold / 2, least))


def _by_danger(recent: Recent, start: int, end: int) -> dict[Danger, list[int]]:
    found: dict[Danger, list[int]] = {}
    for row in range(start, end):
        danger = recent.danger[row]
        if danger is not None:
            found.setdefault(danger, []).append(row)
    return found


def _places(recent: Recent, rows: Sequence[int]) -> dict[str, list[int]]:
    """Empty: the city, with all rows. A contact that names no district counts there alone."""
    found: dict[str, list[int]] = {"": list(rows)}
    for row in rows:
        if name := recent.districts[recent.district[row]]:
            found.setdefault(name, []).append(row)
    return found
