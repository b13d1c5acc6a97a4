"""Our bus in the bus bench: `python -m sangdam.evaluate.bus_ours send|receive URL TOPIC GROUP`."""

import asyncio
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from bus.base import Batch, Bus, Subscription
from bus.open import open_bus
from contracts.topics import PARTITIONS, Topic
from sangdam.evaluate.bus_load import CALLS, Keyed
from sangdam.evaluate.bus_side import POLL_S, receive, send

_ASSIGNED_S: Final = 60.0


class BusSender:
    """As ingest: each call publishes its next frames when the ones before are durable; all calls at once."""

    def __init__(self, bus: Bus, topic: str) -> None:
        self._bus = bus
        self._topic = topic
        self._last: dict[str, asyncio.Task[None]] = {}
        self._at_once = asyncio.Semaphore(CALLS)
        self._open: set[asyncio.Task[None]] = set()
        self._failed: BaseException | None = None

    async def submit(self, key: str, values: Sequence[bytes]) -> None:
        await self._at_once.acquire()
        task = asyncio.create_task(self._publish(key, values, self._last.get(key)))
        self._last[key] = task
        self._open.add(task)
        task.add_done_callback(self._done)

    async def _publish(self, key: str, values: Sequence[bytes], before: asyncio.Task[None] | None) -> None:
        if before is not None and not before.done():
            with suppress(Exception):  # it is told by its own task
                await before
        await self._bus.publish_many(self._topic, [(key, value) for value in values])

    def _done(self, task: asyncio.Task[None]) -> None:
        self._at_once.release()
        self._open.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self._failed = error

    async def flush(self) -> None:
        if self._open:
            await asyncio.wait(set(self._open))
        if self._failed:
            raise self._failed

    async def close(self) -> None:
        await self._bus.close()


class BusReceiver:
    """As the services: fetch, handle, commit."""

    def __init__(self, bus: Bus, subscription: Subscription) -> None:
        self._bus = bus
        self._subscription = subscription
        self._batch = Batch()

    async def poll(self) -> Sequence[Keyed]:
        self._batch = await self._subscription.fetch(timeout_s=POLL_S)
        return [(record.key, record.value) for record in self._batch.records]

    async def commit(self) -> None:
        ends = {record.topic_partition: record.offset + 1 for record in self._batch.records}
        await self._subscription.commit(ends)

    async def close(self) -> None:
        await self._subscription.close()
        await self._bus.close()


def bench_topic(name: str) -> Topic:
    """As `call.audio`, under another name."""
    return Topic(name, PARTITIONS, 3_600_000, 1 << 30)


async def _main(role: str, url: str, topic: str, group: str) -> None:
    bus = await open_bus(url, [bench_topic(topic)])
    if role == "send":
        await send(BusSender(bus, topic))
        return
    subscription = await bus.subscribe(group, [topic])
    owned = 0
    async with asyncio.timeout(_ASSIGNED_S):
        while owned < PARTITIONS:
            batch = await subscription.fetch(timeout_s=POLL_S)
            owned += len(batch.assigned) - len(batch.revoked)
    await receive(BusReceiver(bus, subscription))


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
