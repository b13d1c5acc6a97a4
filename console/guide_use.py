"""How articles are used, counted now and then and kept: counting reads all outcomes of 90 days."""

import asyncio
import datetime as dt
import logging
import time
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from console.flags import WINDOW_DAYS
from console.reach import answering
from contracts.clock import Clock
from contracts.errors import Unavailable
from contracts.guides import GuideUse
from store import usage
from store.database import Database

log = logging.getLogger(__name__)

RESTS: Final = 100
"""After a count nothing is counted for this many times as long as it took: counting takes 1 % of the time at most."""

QUICK_MS: Final = 100
"""A count that takes no longer is waited for."""

USABLE_MS: Final = 10 * 60_000
"""Counts of this age are shown while newer ones are made; older ones are not shown."""

_COUNT_S: Final = 20.0
_DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class Use:
    """All counts, as of a time."""

    at_ms: int
    articles: Mapping[str, GuideUse] = field(default_factory=dict)
    days: Mapping[dt.date, Mapping[str, int]] = field(default_factory=dict)
    """Local day → kind of outcome → how many; `nothing`: questions that no guide answered."""


class UseCounter:
    """The counts of one database; asked by any number of requests, it counts once at a time."""

    def __init__(self, database: Database, *, clock: Clock, zone: zoneinfo.ZoneInfo) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone
        self._last: Use | None = None
        self._took_ms = 0.0
        self._counting: asyncio.Task[Use] | None = None

    async def use(self) -> Use:
        """Counts that are at most USABLE_MS old.

        Raises:
            Unavailable: there are none, and the database does not answer.
        """
        age_ms = self._clock() - self._last.at_ms if self._last else USABLE_MS
        if self._last and 0 <= age_ms < min(self._took_ms * RESTS, USABLE_MS):
            return self._last
        if self._counting is None or self._counting.done():
            self._counting = asyncio.create_task(self._count())
            self._counting.add_done_callback(_tell)
        if self._last and 0 <= age_ms < USABLE_MS and self._took_ms > QUICK_MS:
            return self._last
        return await asyncio.shield(self._counting)

    async def _count(self) -> Use:
        now_ms, began = self._clock(), time.monotonic()
        since_ms = now_ms - WINDOW_DAYS * _DAY_MS
        now = dt.datetime.fromtimestamp(now_ms / 1000, self._zone)
        offset = now.utcoffset() or dt.timedelta()
        async with answering(self._database, _COUNT_S) as session:
            articles = await usage.of_all(session, since_ms)
            days = await usage.by_day(session, since_ms, int(offset.total_seconds() * 1000))
        epoch = dt.date(1970, 1, 1)
        by_date = {epoch + dt.timedelta(days=number): counts for number, counts in days.items()}
        self._last = Use(now_ms, articles, by_date)
        self._took_ms = (time.monotonic() - began) * 1000
        return self._last


def _tell(counting: asyncio.Task[Use]) -> None:
    """Nobody may be waiting for it: its failure is told here."""
    if not counting.cancelled() and (error := counting.exception()):
        log.warning("console: use of guides not counted: %s", error, exc_info=_unforeseen(error))


def _unforeseen(error: BaseException) -> BaseException | None:
    return None if isinstance(error, Unavailable) else error
