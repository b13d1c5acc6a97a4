"""Another process on a bus: `bus_peer.py URL publish|publish-many|consume [GROUP]`; prints what happened."""

import asyncio
import itertools
import sys

from bus.base import Bus
from bus.open import open_bus
from contracts.topics import Topic

TOPICS = (Topic("test.calls", 4, 3_600_000, 64 << 20), Topic("test.notes", 4, 3_600_000, 64 << 20))


async def publish(bus: Bus) -> None:
    """Numbers on four keys for ever; prints each one when it is durable."""
    for number in itertools.count():
        await bus.publish("test.calls", f"peer-{number % 4}", b"%d" % number)
        print(number, flush=True)


async def publish_many(bus: Bus) -> None:
    """Batches of ten, the numbers of one batch on one key; prints each batch when it is durable."""
    for batch in itertools.count():
        numbers = [(f"peer-{batch}", b"%d" % (batch * 10 + number)) for number in range(10)]
        await bus.publish_many("test.calls", numbers)
        print(batch, flush=True)


async def consume(bus: Bus, group: str) -> None:
    """Prints `assigned N`, `revoked N` and each value, and commits when it is printed."""
    subscription = await bus.subscribe(group, ["test.calls"])
    while True:
        batch = await subscription.fetch()
        if batch.revoked:
            print("revoked", len(batch.revoked), flush=True)
        if batch.assigned:
            print("assigned", len(batch.assigned), flush=True)
        for record in batch.records:
            print(record.value.decode(), flush=True)
        await subscription.commit({record.topic_partition: record.offset + 1 for record in batch.records})


async def main() -> None:
    url, what, *arguments = sys.argv[1:]
    bus = await open_bus(url, TOPICS)
    await {"publish": publish, "publish-many": publish_many, "consume": consume}[what](bus, *arguments)


if __name__ == "__main__":
    asyncio.run(main())
