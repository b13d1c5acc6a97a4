"""Which hour of the week an hour is at the site, and which days are none like others. Pure."""

import datetime as dt
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

import holidays
import numpy as np
from numpy.typing import NDArray

from voc.series import WEEK_H

WORKDAY: Final = 0
SATURDAY: Final = 1
SUNDAY: Final = 2
"""And every public holiday."""

_EPOCH_WEEKDAY: Final = 3
"""1970-01-01 was a Thursday; Monday is 0."""
_MONDAY: Final = 0


@dataclass(frozen=True, slots=True)
class Calendar:
    """The site's calendar.

    Args:
        zone: the site's time zone. Hours of zones that are off by a half count as the hour they begin in.
        country: whose public holidays, ISO 3166 (`holidays` knows lunar and substitute ones); empty: none.
    """

    zone: ZoneInfo
    country: str = "KR"
    _free: dict[int, frozenset[int]] = field(default_factory=dict, init=False, repr=False, compare=False)
    """Year → its public holidays as days since 1970. Filled as years are asked for."""

    def local(self, hours: NDArray[np.int64]) -> NDArray[np.int64]:
        """Hours since 1970 by the site's clock, of hours since 1970 by UTC."""
        hours = np.asarray(hours, dtype=np.int64)
        if hours.size == 0:
            return hours
        # A zone's offset changes at whole hours, seldom: one look a day, and each hour only on days of change.
        first, last = int(hours.min()) // 24, int(hours.max()) // 24 + 1
        edges = np.array([self._offset(day * 24) for day in range(first, last + 1)])
        day = hours // 24 - first
        offset = edges[day]
        for index in np.flatnonzero(edges[day] != edges[day + 1]):
            offset[index] = self._offset(int(hours[index]))
        return np.asarray(hours + offset, dtype=np.int64)

    def day(self, hours: NDArray[np.int64]) -> NDArray[np.int64]:
        """Days since 1970-01-01 by the site's clock."""
        return self.local(hours) // 24

    def hour_of_week(self, hours: NDArray[np.int64]) -> NDArray[np.int64]:
        """0 = Monday 00:00 at the site … 167. What day it is called, not how it is lived: see `slot`."""
        return (self.local(hours) + _EPOCH_WEEKDAY * 24) % WEEK_H

    def slot(self, hours: NDArray[np.int64]) -> NDArray[np.int64]:
        """As `hour_of_week`, but a public holiday is a Sunday."""
        week = self.hour_of_week(hours)
        return np.where(self._is_free(self.day(hours)), 6 * 24 + week % 24, week)

    def kind(self, hours: NDArray[np.int64]) -> NDArray[np.int64]:
        """`WORKDAY`, `SATURDAY` or `SUNDAY`."""
        return KIND_OF_SLOT[self.slot(hours)]

    def week_of(self, day: int) -> str:
        """ISO week of a day since 1970-01-01, e.g. `2026-W47`."""
        year, week, _ = (dt.date(1970, 1, 1) + dt.timedelta(days=day)).isocalendar()
        return f"{year}-W{week:02d}"

    def _offset(self, hour: int) -> int:
        """Hours that the site's clock is ahead of UTC, rounded down."""
        moment = dt.datetime.fromtimestamp(hour * 3600, tz=dt.UTC).astimezone(self.zone)
        return int((moment.utcoffset() or dt.timedelta()).total_seconds() // 3600)

    def _is_free(self, days: NDArray[np.int64]) -> NDArray[np.bool_]:
        if not self.country or days.size == 0:
            return np.zeros(days.shape, dtype=bool)
        epoch = dt.date(1970, 1, 1)
        first = (epoch + dt.timedelta(days=int(days.min()))).year
        last = (epoch + dt.timedelta(days=int(days.max()))).year
        for year in range(first, last + 1):
            if year not in self._free:
                found = holidays.country_holidays(self.country, years=year)
                self._free[year] = frozenset((date - epoch).days for date in found)
        free = np.array(sorted(set().union(*(self._free[year] for year in range(first, last + 1)))))
        return np.isin(days, free)


KIND_OF_SLOT: Final[NDArray[np.int64]] = np.repeat([WORKDAY, SATURDAY, SUNDAY], [5 * 24, 24, 24])
"""Kind of day of each hour of the week."""
