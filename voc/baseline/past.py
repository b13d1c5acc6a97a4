"""The counts of the last half year, kept in memory and read again where they may have changed."""

import asyncio
from typing import Final

import numpy as np

from store import voc_counts
from store.database import Database
from voc.counting import counts
from voc.series import HOUR_MS, Counts, position

WEEKS: Final = 26
_DAY_H: Final = 24
_AGAIN_H: Final = 48
"""Words of a contact may come late: hours younger than this are read again each time."""


class Past:
    """Counts by hour. Reading all of it takes seconds, in small parts; afterwards only what is new is read."""

    def __init__(self, database: Database, *, weeks: int = WEEKS) -> None:
        self._database = database
        self._hours = weeks * 168
        self._days: dict[int, Counts] = {}
        """Days since 1970, UTC."""

    async def read(self, now_ms: int, *, afresh: bool = False) -> Counts | None:
        """Whole hours up to now; None: nothing was ever counted.

        Args:
            now_ms: wall time.
            afresh: read all of it again.

        Raises:
            Unavailable: the database is away; what was read stays.
        """
        until = now_ms // HOUR_MS
        async with self._database.session() as session:
            bounds = await voc_counts.bounds(session)
        if bounds is None:
            return None
        # A site in its first hour has no whole one, but dangers may be told already.
        since = min(max(bounds[0], until - self._hours), until)
        old = (until - _AGAIN_H) // _DAY_H
        days = range(since // _DAY_H, (until - 1) // _DAY_H + 1)
        self._days = {day: kept for day, kept in self._days.items() if day in days}
        for day in days:
            if afresh or day >= old or day not in self._days:
                self._days[day] = await self._day(day)
        return await asyncio.to_thread(self._joined, since, until)

    async def _day(self, day: int) -> Counts:
        async with self._database.session() as session:
            rows = await voc_counts.hours(session, day * _DAY_H, (day + 1) * _DAY_H)
        return await asyncio.to_thread(counts, rows, day * _DAY_H, (day + 1) * _DAY_H)

    def _joined(self, since: int, until: int) -> Counts:
        parts = list(self._days.values())
        topics = tuple(sorted({name for part in parts for name in part.topics}))
        districts = tuple(sorted({name for part in parts for name in part.districts}))
        of_topic, of_district = position(topics), position(districts)
        joined = np.zeros((until - since, len(topics), len(districts)), dtype=np.int32)
        for part in parts:
            first, last = max(part.first_hour, since), min(part.first_hour + _DAY_H, until)
            if first >= last or not part.topics:
                continue
            rows = np.array([of_topic[name] for name in part.topics])
            columns = np.array([of_district[name] for name in part.districts])
            own = part.contacts[first - part.first_hour : last - part.first_hour]
            joined[np.ix_(np.arange(first - since, last - since), rows, columns)] = own
        return Counts(since, topics, districts, joined)
