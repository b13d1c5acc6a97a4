"""Another process on a bus: `bus_peer.py URL TOPIC publish|publish-many|consume [GROUP]`; prints what happened."""

import asyncio
import itertools
import sys

from bus.base import Bus
from bus.open import open_bus
from contracts.topics import Topic


async def publish(bus: Bus, topic: str, _: str) -> None:
    """Numbers on four keys for ever; prints each one when it is durable."""
    for number in itertools.count():
        await bus.publish(topic, f"peer-{number % 4}", b"%d" % number)
        print(number, flush=True)


async def publish_many(bus: Bus, topic: str, _: str) -> None:
    """Batches of ten, the numbers of one batch on one key; prints each batch when it is durable."""
    for batch in itertools.count():
        numbers = [(f"peer-{batch}", b"%d" % (batch * 10 + number)) for number in range(10)]
        await bus.publish_many(topic, numbers)
        print(batch, flush=True)


async def consume(bus: Bus, topic: str, group: str) -> None:
    """Prints `assigned N`, `revoked N` and each value, and commits when it is printed."""
    subscription = await bus.subscribe(group, [topic])
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
    url, topic, what, group = sys.argv[1:]
    bus = await open_bus(url, [Topic(topic, 4, 3_600_000, 64 << 20)])
    await {"publish": publish, "publish-many": publish_many, "consume": consume}[what](bus, topic, group)


if __name__ == "__main__":
    asyncio.run(main())
