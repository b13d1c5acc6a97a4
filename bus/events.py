"""Typed events over any engine: publish some, or consume topics with a handler."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from itertools import groupby
from typing import Final

from bus.base import Bus, Record, Start, Subscription, TopicPartition
from bus.offsets import Offsets
from bus.outage import AWAY, Outage
from contracts.codec import AnyEvent, decode, encode, topic_of
from contracts.context import TRACE, about
from contracts.errors import BadEvent, BusClosed, Unavailable
from contracts.event import Event
from contracts.topics import Topic

log = logging.getLogger(__name__)

Handler = Callable[[Sequence[AnyEvent]], Awaitable[None]]
"""Handles events in order; called again with the same ones after a crash, so its effects are upserts."""

Revoked = Callable[[frozenset[str]], None]
"""Told of contacts that belong to another member now: what is held about them is stale."""

DRAIN_S: Final = 4.0
"""When a service is told to stop, the batch in hand has this long to be finished."""

MAX_CONTACTS: Final = 10_000
"""Whose partition is remembered for `revoked`, the most recent ones: whoever keeps state keeps less of it."""

_PAUSES_S: Final = (0.2, 0.4)
"""Before an event that failed alone is handled again: most faults are the event's own, some pass by."""


async def publish_events(bus: Bus, events: Iterable[Event]) -> None:
    """Publish events in order, each on its own topic under its contact's key; durable on return.

    An event without a trace gets that of the work that goes on.
    """
    for topic, run in groupby(events, key=topic_of):
        await bus.publish_many(topic.name, [(event.contact_id, encode(traced(event))) for event in run])


def traced(event: Event) -> Event:
    """The event with the trace of the work that goes on, unless it has one."""
    trace = TRACE.get()
    return event if trace is None or event.trace is not None else event.model_copy(update={"trace": trace})


async def publish_patiently(bus: Bus, events: Iterable[Event], who: str) -> None:
    """Publish events, however long the bus is full or away. Cancel it to give up.

    An attempt that failed half-way is repeated whole: events may come twice, and their ids tell.
    """
    kept = list(events)
    outage = Outage(who)
    while True:
        try:
            await publish_events(bus, kept)
        except AWAY as error:
            await outage.wait(error)
        else:
            outage.over()
            return


async def consume(
    bus: Bus,
    group: str,
    topics: Iterable[Topic],
    handle: Handler,
    *,
    start: Start = "earliest",
    revoked: Revoked | None = None,
    ready: asyncio.Event | None = None,
) -> None:
    """Fetch, handle, commit, until cancelled; then finish the batch in hand, and leave the group.

    A record that cannot be read, or that its handler cannot take even alone, is logged, counted and passed over:
    one bad event must not stop the others. While something is full, overloaded, away or wrongly set up, nothing is
    passed over: the batch is retried.

    `revoked` is called before any record of a later fetch is handled. While a long batch is in hand, its
    partitions may be another member's already: then its events are handled twice. `ready` is set when the
    group was joined.
    """
    await _Consumer(bus, group, handle, revoked).run([topic.name for topic in topics], start, ready)


async def subscribe_patiently(
    bus: Bus, group: str, topics: Iterable[str], *, start: Start = "earliest"
) -> Subscription:
    """Join a group, however long the bus is away. What is wrongly set up is raised: somebody has to mend it."""
    outage = Outage(group)
    names = list(topics)
    while True:
        try:
            subscription = await bus.subscribe(group, names, start=start)
        except (Unavailable, OSError) as error:
            await outage.wait(error)
        else:
            outage.over()
            return subscription


async def finish(work: Coroutine[object, object, None], limit_s: float = DRAIN_S) -> None:
    """Await `work`; when cancelled meanwhile, it has `limit_s` to come to its end before that is passed on."""
    task = asyncio.create_task(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        try:
            await asyncio.wait([task], timeout=limit_s)
        finally:
            task.cancel()
        await asyncio.wait([task])
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("unfinished at the stop: %s", error)
        raise


async def commit_done(subscription: Subscription, offsets: Offsets, now_ms: int, who: str) -> None:
    """Commit what is done; where the bus does not take it now, it is committed with what is done next.

    Args:
        subscription: of the records.
        offsets: what was read, and what is not done.
        now_ms: monotonic.
        who: commits, for the log.
    """
    if done := offsets.to_commit(now_ms):
        try:
            await subscription.commit(done)
        except (Unavailable, OSError) as error:
            log.warning("%s: not committed yet: %s", who, error)
        else:
            offsets.committed(done)


class _Consumer:
    def __init__(self, bus: Bus, group: str, handle: Handler, revoked: Revoked | None) -> None:
        self._bus = bus
        self._group = group
        self._handle = handle
        self._revoked = revoked
        self._outage = Outage(group)
        self._unsaved: dict[TopicPartition, int] = {}
        """Offsets of what was handled, not committed yet."""
        self._partitions: OrderedDict[str, int] = OrderedDict()
        """Contact → partition, the same number in all topics."""

    async def run(self, topics: Sequence[str], start: Start, ready: asyncio.Event | None) -> None:
        subscription = await subscribe_patiently(self._bus, self._group, topics, start=start)
        if ready:
            ready.set()
        try:
            while True:
                try:
                    batch = await subscription.fetch()
                except (Unavailable, OSError) as error:
                    await self._outage.wait(error)
                    continue
                if batch.revoked:
                    self._let_go(batch.revoked)
                if batch.records or self._unsaved:
                    await finish(self._take(subscription, batch.records))
        finally:
            await subscription.close()

    def _let_go(self, revoked: frozenset[TopicPartition]) -> None:
        for topic_partition in revoked:
            self._unsaved.pop(topic_partition, None)
        if self._revoked is None:
            return
        numbers = {topic_partition.partition for topic_partition in revoked}
        gone = frozenset(key for key, number in self._partitions.items() if number in numbers)
        for contact_id in gone:
            del self._partitions[contact_id]
        self._revoked(gone)

    def _remember(self, records: Sequence[Record]) -> None:
        for record in records if self._revoked else ():
            self._partitions[record.key] = record.partition
            self._partitions.move_to_end(record.key)
        while len(self._partitions) > MAX_CONTACTS:
            self._partitions.popitem(last=False)

    async def _take(self, subscription: Subscription, records: Sequence[Record]) -> None:
        self._remember(records)
        await self._take_all(self._readable(records))
        self._unsaved.update({record.topic_partition: record.offset + 1 for record in records})
        try:
            await subscription.commit(dict(self._unsaved))
        except (Unavailable, OSError) as error:
            log.warning("%s: not committed yet: %s", self._group, error)
        else:
            self._unsaved.clear()

    def _readable(self, records: Sequence[Record]) -> list[AnyEvent]:
        events: list[AnyEvent] = []
        for record in records:
            try:
                events.append(decode(record.value))
            except BadEvent as error:
                self._bus.counts.passed_over[self._group] += 1
                where = f"{record.topic}/{record.partition}@{record.offset}"
                log.warning("%s: %s: %s", self._group, where, error)
        return events

    async def _take_all(self, events: Sequence[AnyEvent]) -> None:
        """Handle events; if they fail, find the one to blame by halves."""
        if not events:
            return
        try:
            await self._attempt(events)
        except BusClosed:
            raise
        except Exception:  # noqa: BLE001  told of the one to blame, below
            if len(events) == 1:
                await self._take_alone(events[0])
                return
            half = len(events) // 2
            await self._take_all(events[:half])
            await self._take_all(events[half:])

    async def _take_alone(self, event: AnyEvent) -> None:
        """Handle an event that failed before, and pass it over if it goes on failing."""
        with about(event, self._group):
            for pause_s in _PAUSES_S:
                await asyncio.sleep(pause_s)
                try:
                    await self._attempt([event])
                except BusClosed:
                    raise
                except Exception as error:  # noqa: BLE001  told below
                    fault = error
                else:
                    return
            self._bus.counts.passed_over[self._group] += 1
            log.error(
                "%s: event passed over: %s of %s", self._group, event.type, event.contact_id, exc_info=fault
            )

    async def _attempt(self, events: Sequence[AnyEvent]) -> None:
        """Hand events to the handler, again while something that it needs is away."""
        retried = False
        while True:
            try:
                await self._handle(events)
            except AWAY as error:
                if not retried:
                    self._bus.counts.retried[self._group] += 1
                retried = True
                await self._outage.wait(error)
            else:
                self._outage.over()
                return
