"""What is usual: contacts an hour of every topic and district, by the hour of the week and by the day. Pure.

`learn` makes it of the counts (`voc/baseline/fitting.py` says how), the detectors ask it. Four groups of series are fitted:
the city, topics, districts, and cells, which are a topic in a district.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from voc.baseline.calendar import Calendar
from voc.baseline.fitting import DISPERSION_WINDOWS_H, Group, fit
from voc.baseline.volume import others_volume
from voc.series import HOUR_MS, WEEK_H, Counts, Recent, position

Floats = NDArray[np.float64]

WEEKS_NEEDED: Final = 3.0
"""Of data before the usual is said to be known: each hour of the week was seen three times."""
_UNKNOWN_SHARE: Final = 0.002
"""Of the city's contacts, a topic or district that was never seen: cautious, so high."""
_UNKNOWN_DOUBT: Final = 2.0


@dataclass(frozen=True, slots=True)
class Usual:
    """The usual of a site, as of when it was learnt. Times are ms since 1970."""

    calendar: Calendar
    topics: tuple[str, ...]
    districts: tuple[str, ...]
    weeks: float
    """Of data that it was learnt from; dead hours do not count."""
    first_hour: int
    until_hour: int
    """The first hour that it was not learnt from."""
    city: Group
    topic: Group
    district: Group
    cell: Group
    """Series by topic, then district."""

    @property
    def enough(self) -> bool:
        return self.weeks >= WEEKS_NEEDED

    def expected(self, since_ms: int, until_ms: int) -> Floats:
        """Usual contacts in a window, (topics, districts). Parts of hours count as parts."""
        return self._sum(self.cell, since_ms, until_ms).reshape(len(self.topics), len(self.districts))

    def expected_topics(self, since_ms: int, until_ms: int) -> Floats:
        """The same of topics over the whole city, (topics,)."""
        return self._sum(self.topic, since_ms, until_ms)

    def expected_districts(self, since_ms: int, until_ms: int) -> Floats:
        """The same of districts over all topics, (districts,)."""
        return self._sum(self.district, since_ms, until_ms)

    def expected_city(self, since_ms: int, until_ms: int) -> float:
        return float(self._sum(self.city, since_ms, until_ms)[0])

    def dispersion(self, hours: float) -> Floats:
        """Overdispersion of cells in windows of so many hours, (topics, districts); see `voc.tails.tail`."""
        return self.cell.dispersion(hours).reshape(len(self.topics), len(self.districts))

    def dispersion_topics(self, hours: float) -> Floats:
        return self.topic.dispersion(hours)

    def dispersion_districts(self, hours: float) -> Floats:
        return self.district.dispersion(hours)

    def volume(self, recent: Recent, until_ms: int, hours: float = 1.0) -> Floats:
        """Volume of the last hours against the usual, for each topic as the other topics tell it, (topics,)."""
        since_ms = until_ms - int(hours * HOUR_MS)
        start, end = np.searchsorted(recent.at_ms, [since_ms, until_ms])
        seen = np.zeros(len(self.topics))
        place = position(self.topics)
        index = np.array([place.get(name, -1) for name in recent.topics], dtype=np.int64)
        if index.size:
            known = index[recent.topic[start:end]]
            np.add.at(seen, known[known >= 0], 1)
        factor, _ = others_volume(
            seen, self.expected_topics(since_ms, until_ms), self.dispersion_topics(hours)
        )
        return factor

    def week(self, topic: str | None = None, district: str | None = None) -> Floats:
        """What is usual in each hour of the week now, (168,); None: all of them. Unknown names have zeros."""
        if topic is None and district is None:
            return self.city.now()[:, 0]
        topics, districts = position(self.topics), position(self.districts)
        if (topic is not None and topic not in topics) or (
            district is not None and district not in districts
        ):
            return np.zeros(WEEK_H)
        if topic is None:
            return self.district.now()[:, districts[district or ""]]
        if district is None:
            return self.topic.now()[:, topics[topic]]
        row = topics[topic] * len(self.districts) + districts[district]
        return self.cell.now()[:, row]

    def rates(self, group: Group, hours: NDArray[np.int64]) -> Floats:
        """Contacts an hour of each series of a group, (hours, series)."""
        days = self.calendar.day(hours) - int(self.calendar.day(np.array([self.first_hour]))[0])
        return group.rates(self.calendar.slot(hours), days)

    def widened(self, topics: Sequence[str], districts: Sequence[str]) -> "Usual":
        """The same, that also knows these names: a cautious prior for those it never saw."""
        new_topics = tuple(name for name in topics if name not in self.topics)
        new_districts = tuple(name for name in districts if name not in self.districts)
        if not new_topics and not new_districts:
            return self
        shape = self.city.series(0)
        stranger = shape.scaled(_UNKNOWN_SHARE, _UNKNOWN_DOUBT)
        topic = self.topic.joined([stranger] * len(new_topics))
        district = self.district.joined([stranger] * len(new_districts))
        strangers = np.full(len(new_districts), _UNKNOWN_SHARE)
        return Usual(
            self.calendar,
            self.topics + new_topics,
            self.districts + new_districts,
            self.weeks,
            self.first_hour,
            self.until_hour,
            self.city,
            topic,
            district,
            self._grid(topic, np.concatenate([self.district.share(), strangers])),
        )

    def _grid(self, topic: Group, share: Floats) -> Group:
        """Known cells as they are, others as their topic in the district's share, known badly."""

        def widened(known: Floats, of_topics: Floats, factor: Floats | float) -> Floats:
            of_topics = of_topics[..., :, None] * factor
            made = np.broadcast_to(of_topics, (*of_topics.shape[:-1], share.size)).copy()
            shape = (*known.shape[:-1], len(self.topics), len(self.districts))
            made[..., : shape[-2], : shape[-1]] = known.reshape(shape)
            return made.reshape(*known.shape[:-1], -1)

        old = self.cell
        return Group(
            widened(old.profile, topic.profile, share),
            widened(old.level, topic.level, 1.0),
            widened(old.scatter, topic.scatter, 1.0),
            widened(old.doubt, np.full_like(topic.doubt, _UNKNOWN_DOUBT), 1.0),
            widened(old.doubt_hour, topic.doubt_hour, 1.0),
        )

    def _sum(self, group: Group, since_ms: int, until_ms: int) -> Floats:
        """Rates times the part of each hour that lies in the window."""
        if until_ms <= since_ms:
            return np.zeros(group.profile.shape[1])
        hours = np.arange(since_ms // HOUR_MS, -(-until_ms // HOUR_MS), dtype=np.int64)
        part = np.minimum((hours + 1) * HOUR_MS, until_ms) - np.maximum(hours * HOUR_MS, since_ms)
        return (part / HOUR_MS) @ self.rates(group, hours)


def learn(counts: Counts, calendar: Calendar, *, exclude: Sequence[tuple[int, int]] = ()) -> Usual:
    """Learn the usual from the past. Takes 2 to 3 s for 26 weeks of 60 topics and 26 districts.

    Nothing need be marked: dead hours, surges of everything and past events are found and left out. Works from the
    first hour on; how little is known shows in `weeks` and in wide dispersions.

    Args:
        counts: whole hours, some weeks of them; 26 are as good as more.
        calendar: the site's.
        exclude: spans [since_ms, until_ms) that are not to be learnt from, e.g. of alerts closed as real.
    """
    if not counts.topics or not counts.districts:  # nothing was ever counted
        counts = Counts(counts.first_hour, ("",), ("",), np.zeros((0, 1, 1), dtype=np.int32))
    fitted = fit(counts, calendar, exclude)
    return Usual(
        calendar,
        counts.topics,
        counts.districts,
        fitted.weeks,
        counts.first_hour,
        counts.first_hour + counts.contacts.shape[0],
        fitted.city,
        fitted.topic,
        fitted.district,
        fitted.cell,
    )


__all__ = ["DISPERSION_WINDOWS_H", "WEEKS_NEEDED", "Usual", "learn"]
