"""Slow rises: a topic that over weeks has more contacts than its own past leads one to expect. Pure.

The weekly detector (`voc/detectors/weekly.py`) on the site's weeks, over the last one, two and four: what rises by a tenth a
week is never much in an hour. Against the volume of the whole city, so that a busy month is no news of every topic.
Topics over the city, and topics in districts. With few weeks the spread of one topic is guessed from all of them;
with too few nothing is said.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from voc.baseline.weeks import Weeks
from voc.detectors import weekly
from voc.detectors.glm import Array
from voc.series import HOUR_MS, WEEK_H, Signal

WINDOWS: Final = (1, 2, 4)
"""Weeks that end now."""
FEWEST_WEEKS: Final = 6
"""Before the windows, to learn from. Fewer: nothing is said."""
FEWEST_USUAL: Final = 1.0
"""Contacts a week that a series needs on average: of seldom ones a new phrase or an hour tells more."""
MIN_CONTACTS: Final = 4
PRIOR_WEEKS: Final = 10.0
"""Weeks' worth of belief that a series scatters like the median of its kind."""
_WEEK_MS: Final = WEEK_H * HOUR_MS
_COVERED: Final = 0.5
"""Least share of a week that must have been counted; others are left out."""
_ENOUGH_TOPICS: Final = 5
"""Fewer cannot tell the city's volume from their own."""


@dataclass(frozen=True, slots=True)
class _Series:
    topic: NDArray[np.int64]
    district: NDArray[np.int64]
    """−1: the whole city."""
    contacts: Array
    """Shape (S, weeks)."""


def slow_rises(
    weeks: Weeks,
    threshold: float,
    until_ms: int,
    *,
    windows: Sequence[int] = WINDOWS,
    min_contacts: int = MIN_CONTACTS,
) -> list[Signal]:
    """One signal a topic and district at most, its most telling window; the most telling first.

    Args:
        weeks: Of `voc.weeks.weeks`; at least `FEWEST_WEEKS` before the longest window, else none.
        threshold: Largest p-value of a signal, over its windows.
        until_ms: Now; `weeks` ends at or before it.
        windows: Lengths in weeks.
        min_contacts: More contacts than usual are needed than that many.

    Returns:
        Signals without `contact_ids`: too many contacts stand behind them.
    """
    usable = weeks.covered >= _COVERED
    past = (
        np.flatnonzero(usable[: -max(windows)]) if len(weeks) > max(windows) else np.zeros(0, dtype=np.int64)
    )
    if len(past) < FEWEST_WEEKS or until_ms - weeks.until_ms > _WEEK_MS:
        return []
    exposure = weeks.covered * _volume(weeks, past)
    signals = []
    for series in _kinds(weeks, past):
        if not len(series.topic):
            continue
        learnt = weekly.learn(series.contacts[:, past], past, exposure[past])
        spread = _shrunk(learnt.spread, len(past))
        best: dict[int, tuple[float, int, float, float]] = {}
        for length in windows:
            now = np.arange(len(weeks) - length, len(weeks))
            if not usable[now].all():
                continue
            expected, wide = learnt.foretell(now, exposure[now])
            seen = series.contacts[:, now].sum(axis=1)
            p_values = _doubted(weekly.mid_p(seen, expected, wide * spread / learnt.spread), len(past))
            for row in np.flatnonzero(
                (p_values * len(windows) <= threshold) & (seen - expected >= min_contacts)
            ):
                found = (float(p_values[row]) * len(windows), length, float(seen[row]), float(expected[row]))
                best[int(row)] = min(best.get(int(row), found), found)
        signals += [_signal(weeks, series, row, found) for row, found in best.items()]
    return sorted(signals, key=lambda signal: (signal.p_value, signal.topic, signal.districts))


def _kinds(weeks: Weeks, past: NDArray[np.int64]) -> list[_Series]:
    """Topics over the city, and topics in districts, of those with enough contacts. They scatter differently."""
    counts = weeks.contacts.astype(np.float64)
    city = counts.sum(axis=2).T
    topics = np.flatnonzero(city[:, past].mean(axis=1) >= FEWEST_USUAL)
    local = counts.transpose(1, 2, 0)
    named = np.array([bool(name) for name in weeks.districts])
    topic, district = np.nonzero((local[:, :, past].mean(axis=2) >= FEWEST_USUAL) & named)
    return [
        _Series(topics, np.full(len(topics), -1), city[topics]),
        _Series(topic, district, local[topic, district]),
    ]


def _volume(weeks: Weeks, past: NDArray[np.int64]) -> Array:
    """The city's volume of each week, 1 on average: the median over topics, which one topic's rise cannot move.

    Anders & Huber 2010 (Genome Biol 11:R106) make samples comparable in the same way.
    """
    city = weeks.contacts.sum(axis=2).astype(np.float64)
    usual = city[past].mean(axis=0)
    many = usual >= 5 * FEWEST_USUAL
    if many.sum() < _ENOUGH_TOPICS:
        return np.ones(len(weeks))
    covered = np.maximum(weeks.covered, _COVERED)[:, None]
    ratio = np.median((city[:, many] + 0.5) / (usual[many] + 0.5) / covered, axis=1)
    return np.asarray(np.maximum(ratio, 0.1))


def _shrunk(spread: Array, learnt_from: int) -> Array:
    """Spreads drawn to their median, the more the fewer weeks they come from; never below what Poisson has."""
    share = learnt_from / (learnt_from + PRIOR_WEEKS)
    return np.asarray(np.maximum(share * spread + (1 - share) * np.median(spread), 1.0))


def _doubted(p_values: Array, learnt_from: int) -> Array:
    """The same, as the spread is a guess itself: tails of Student's t in place of the normal's."""
    return np.asarray(
        special.stdtr(learnt_from - 1 + PRIOR_WEEKS, special.ndtri(np.maximum(p_values, 1e-300)))
    )


def _signal(weeks: Weeks, series: _Series, row: int, found: tuple[float, int, float, float]) -> Signal:
    p_value, length, seen, expected = found
    district = int(series.district[row])
    return Signal(
        kind="slow_rise",
        lane="usual",
        topic=weeks.topics[int(series.topic[row])],
        districts=() if district < 0 else (weeks.districts[district],),
        since_ms=weeks.until_ms - length * _WEEK_MS,
        until_ms=weeks.until_ms,
        seen=round(seen),
        expected=expected,
        p_value=p_value,
    )
