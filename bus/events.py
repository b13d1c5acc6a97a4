"""Typed events over any engine: publish one, or consume a topic with a handler."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from itertools import groupby

from bus.base import Bus, Record, Start, Subscription
from contracts.codec import AnyEvent, decode, encode, topic_of
from contracts.errors import BadEvent, Unavailable
from contracts.event import Event
from contracts.topics import Topic

log = logging.getLogger(__name__)

Handler = Callable[[Sequence[AnyEvent]], Awaitable[None]]
"""Handles events in order; called again with the same ones after a crash, so its effects are upserts."""

_RETRY_S = 2.0


async def publish_events(bus: Bus, events: Iterable[Event]) -> None:
    """Publish events in order, each on its own topic under its contact's key; durable on return."""
    for topic, run in groupby(events, key=topic_of):
        await bus.publish_many(topic.name, [(event.contact_id, encode(event)) for event in run])


async def consume(
    bus: Bus, group: str, topics: Iterable[Topic], handle: Handler, *, start: Start = "earliest"
) -> None:
    """Fetch, handle, commit, until cancelled.

    A record that cannot be read, or that its handler cannot take even alone, is logged and passed over: one
    bad event must not stop the others. While the disk is full, or something is overloaded or unreachable, nothing
    is passed over: the batch is retried.
    """
    subscription = await bus.subscribe(group, [topic.name for topic in topics], start=start)
    try:
        while True:
            batch = await subscription.fetch()
            await _handle(_readable(group, batch.records), group, handle)
            await _commit(subscription, batch.records)
    finally:
        await subscription.close()


def _readable(group: str, records: Sequence[Record]) -> list[AnyEvent]:
    events: list[AnyEvent] = []
    for record in records:
        try:
            events.append(decode(record.value))
        except BadEvent as error:
            log.warning("%s: %s/%d@%d: %s", group, record.topic, record.partition, record.offset, error)
    return events


async def _handle(events: Sequence[AnyEvent], group: str, handle: Handler) -> None:
    while events:
        try:
            await handle(events)
        except (Unavailable, OSError) as error:
            log.error("%s: %s", group, error)  # noqa: TRY400  the operator needs the sentence, not the stack
            await asyncio.sleep(_RETRY_S)
            continue
        except Exception:
            if len(events) == 1:
                log.exception("%s: event passed over: %s of %s", group, events[0].type, events[0].contact_id)
                return
            for event in events:
                await _handle([event], group, handle)
        return


async def _commit(subscription: Subscription, records: Sequence[Record]) -> None:
    if records:
        await subscription.commit({record.topic_partition: record.offset + 1 for record in records})
