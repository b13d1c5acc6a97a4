"""Follows the bus for this process alone: first what came in the last minutes, then all that comes."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Final

from bus.base import Bus, Record
from bus.outage import AWAY, Outage
from contracts.clock import Clock
from contracts.codec import AnyEvent, decode
from contracts.errors import BadEvent
from contracts.topics import Topic

log = logging.getLogger(__name__)

Show = Callable[[AnyEvent], None]
Observe = Callable[[AnyEvent, int], None]
"""Hears of an event and the wall time, ms, at which it is about to be shown."""

_AT_ONCE: Final = 200
"""Records between two turns of the event loop: about 10 ms of reading."""

_OVERLAP_MS: Final = 60_000
"""Read again after a loss of the bus: more than clocks of brokers differ by."""


class Follower:
    """Shows every event of some topics once it has been published, in the order of each topic and contact.

    Args:
        show: told of each event; what comes again must change nothing.
        observe: told only of what was published while this process ran, just before it is shown.
        who: follows, for the log.
        own: what stands in the bytes of this process's own records alone: they are passed over, unread. Empty: none are.
    """

    def __init__(
        self,
        bus: Bus,
        topics: Iterable[Topic],
        show: Show,
        *,
        clock: Clock,
        who: str,
        observe: Observe | None = None,
        own: bytes = b"",
    ) -> None:
        self._who = who
        self._own = own
        self._bus = bus
        self._topics = [topic.name for topic in topics]
        self._show = show
        self._observe = observe
        self._clock = clock
        self._news_ms = 0
        self._newest_ms = 0
        self._heard_ms = 0
        self.caught_up = asyncio.Event()
        """What was there at the start is in memory."""

    async def run(self, since_ms: int) -> None:
        """Until cancelled. `since_ms`: wall time of the oldest record that is wanted."""
        self._news_ms = self._clock()
        outage = Outage(self._who)
        while True:
            try:
                await self._follow(since_ms, outage)
            except AWAY as error:
                await outage.wait(error)
            if self.caught_up.is_set() and self._newest_ms:
                # Whichever is earlier: one of the clocks that stamped records may have been ahead.
                since_ms = min(self._newest_ms, self._heard_ms) - _OVERLAP_MS
                self._news_ms = max(self._news_ms, self._newest_ms + 1)

    async def _follow(self, since_ms: int, outage: Outage) -> None:
        subscription = await self._bus.follow(self._topics, since_ms=since_ms)
        try:
            while True:
                batch = await subscription.fetch(max_records=_AT_ONCE)
                outage.over()
                self._heard_ms = self._clock()
                for record in batch.records:
                    self._tell(record)
                is_idle = not batch.records and not batch.assigned
                if is_idle or self._newest_ms >= self._news_ms:
                    self.caught_up.set()
                await asyncio.sleep(0)
        finally:
            await subscription.close()

    def _tell(self, record: Record) -> None:
        self._newest_ms = max(self._newest_ms, record.timestamp_ms)
        if self._own and self._own in record.value:
            return
        try:
            event = decode(record.value)
        except BadEvent as error:
            log.warning("%s: %s/%d@%d: %s", self._who, record.topic, record.partition, record.offset, error)
            return
        try:
            if self._observe and record.timestamp_ms >= self._news_ms:
                self._observe(event, self._clock())
            self._show(event)
        except Exception:
            # One bad event must not blind every page of this process.
            log.exception("%s: not shown: %s/%d@%d", self._who, record.topic, record.partition, record.offset)
