"""Raw Kafka clients in the bus bench, each used as its own documents advise for many small records.

    python -m bench.bus_clients send|receive CLIENT BOOTSTRAP TOPIC GROUP PARTITIONS

Runs in the environment of `peers/bus-clients.txt`. All have the settings of `bus/kafka_producer.py`: acks=all,
idempotent, lz4, no linger, batches of up to 128 KiB; five requests in flight. The consumer is the only member of a
group and commits what it handled after each poll, without waiting for the answer. The topic is new and empty. At
most `MAX_OPEN` records wait for their acks.
"""

# ruff: noqa: PLC0415  only the client that is measured is imported

import asyncio
import sys
from collections import deque
from collections.abc import Sequence
from typing import Any, Final

from sangdam.evaluate.bus_load import Keyed
from sangdam.evaluate.bus_side import POLL_S, Receiver, Sender, receive, send

LINGER_MS: Final = 0
BATCH_BYTES: Final = 128 << 10
IN_FLIGHT: Final = 5
MAX_POLL: Final = 500
MAX_OPEN: Final = 5_000
ACK_S: Final = 60.0
ASSIGNED_S: Final = 60.0


class KafkaPythonSender:
    """kafka-python: `send` hands over to the client's own thread."""

    def __init__(self, servers: str, topic: str) -> None:
        from kafka import KafkaProducer

        self._topic = topic
        self._open: deque[Any] = deque()
        self._producer = KafkaProducer(
            bootstrap_servers=servers,
            acks="all",
            enable_idempotence=True,
            compression_type="lz4",
            linger_ms=LINGER_MS,
            batch_size=BATCH_BYTES,
            max_in_flight_requests_per_connection=IN_FLIGHT,
            metrics_enabled=False,
        )
        self._producer.partitions_for(topic)

    async def submit(self, key: str, values: Sequence[bytes]) -> None:
        for value in values:
            self._open.append(self._producer.send(self._topic, value, key.encode()))
        while len(self._open) > MAX_OPEN:
            self._open.popleft().get(ACK_S)

    async def flush(self) -> None:
        self._producer.flush(ACK_S)
        while self._open:
            self._open.popleft().get(ACK_S)

    async def close(self) -> None:
        self._producer.close(ACK_S)


class KafkaPythonReceiver:
    def __init__(self, servers: str, topic: str, group: str) -> None:
        from kafka import KafkaConsumer

        self._consumer = KafkaConsumer(
            topic,
            bootstrap_servers=servers,
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_poll_records=MAX_POLL,
            metrics_enabled=False,
        )

    async def ready(self, partitions: int) -> bool:
        await asyncio.sleep(0)
        self._consumer.poll(timeout_ms=int(POLL_S * 1000))
        return len(self._consumer.assignment()) == partitions

    async def poll(self) -> Sequence[Keyed]:
        found = self._consumer.poll(timeout_ms=int(POLL_S * 1000))
        return [(record.key.decode(), record.value) for records in found.values() for record in records]

    async def commit(self) -> None:
        self._consumer.commit_async()

    async def close(self) -> None:
        self._consumer.close(autocommit=False)


class AiokafkaSender:
    """aiokafka: `send` waits for room in a batch, its result for the ack."""

    def __init__(self, servers: str, topic: str) -> None:
        from aiokafka import AIOKafkaProducer

        self._topic = topic
        self._open: deque[Any] = deque()
        self._producer = AIOKafkaProducer(
            bootstrap_servers=servers,
            acks="all",
            enable_idempotence=True,
            compression_type="lz4",
            linger_ms=LINGER_MS,
            max_batch_size=BATCH_BYTES,
        )

    async def start(self) -> None:
        await self._producer.start()
        await self._producer.partitions_for(self._topic)

    async def submit(self, key: str, values: Sequence[bytes]) -> None:
        for value in values:
            self._open.append(await self._producer.send(self._topic, value, key.encode()))
        while len(self._open) > MAX_OPEN:
            await self._open.popleft()

    async def flush(self) -> None:
        await self._producer.flush()
        while self._open:
            await self._open.popleft()

    async def close(self) -> None:
        await self._producer.stop()


class AiokafkaReceiver:
    def __init__(self, servers: str, topic: str, group: str) -> None:
        from aiokafka import AIOKafkaConsumer

        self._commits: asyncio.Task[None] | None = None
        self._consumer = AIOKafkaConsumer(
            topic,
            bootstrap_servers=servers,
            group_id=group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
        )

    async def start(self) -> None:
        await self._consumer.start()

    async def ready(self, partitions: int) -> bool:
        await self._consumer.getmany(timeout_ms=int(POLL_S * 1000))
        return len(self._consumer.assignment()) == partitions

    async def poll(self) -> Sequence[Keyed]:
        found = await self._consumer.getmany(timeout_ms=int(POLL_S * 1000), max_records=MAX_POLL)
        return [(record.key.decode(), record.value) for records in found.values() for record in records]

    async def commit(self) -> None:
        # One at a time: the next one says what the ones between would have said.
        if self._commits is None or self._commits.done():
            self._commits = asyncio.create_task(self._consumer.commit())

    async def close(self) -> None:
        if self._commits:
            await self._commits
        await self._consumer.stop()


class ConfluentSender:
    """confluent-kafka: librdkafka's own threads; its queue says when it is full."""

    def __init__(self, servers: str, topic: str) -> None:
        from confluent_kafka import Producer

        self._topic = topic
        self._failed: object = None
        self._producer = Producer(
            {
                "bootstrap.servers": servers,
                "acks": "all",
                "enable.idempotence": True,
                "compression.type": "lz4",
                "linger.ms": LINGER_MS,
                "batch.size": BATCH_BYTES,
                "max.in.flight": IN_FLIGHT,
                "queue.buffering.max.messages": MAX_OPEN,
            }
        )
        self._producer.list_topics(topic, timeout=ACK_S)

    async def submit(self, key: str, values: Sequence[bytes]) -> None:
        for value in values:
            while True:
                try:
                    self._producer.produce(self._topic, value, key.encode(), on_delivery=self._delivered)
                    break
                except BufferError:
                    self._producer.poll(0.01)
        self._producer.poll(0)

    def _delivered(self, error: object, _message: object) -> None:
        self._failed = self._failed or error

    async def flush(self) -> None:
        left = self._producer.flush(ACK_S)
        if left or self._failed:
            raise RuntimeError(f"{left} not delivered; {self._failed}")

    async def close(self) -> None:
        self._producer.flush(ACK_S)


class ConfluentReceiver:
    def __init__(self, servers: str, topic: str, group: str) -> None:
        from confluent_kafka import Consumer

        self._consumer = Consumer(
            {
                "bootstrap.servers": servers,
                "group.id": group,
                "enable.auto.commit": False,
                "auto.offset.reset": "earliest",
            }
        )
        self._consumer.subscribe([topic])

    async def ready(self, partitions: int) -> bool:
        await asyncio.sleep(0)
        self._consumer.poll(POLL_S)
        return len(self._consumer.assignment()) == partitions

    async def poll(self) -> Sequence[Keyed]:
        # `consume` alone would wait until the list is full.
        first = self._consumer.poll(POLL_S)
        if first is None:
            return []
        found = [first, *self._consumer.consume(MAX_POLL - 1, timeout=0)]
        return [(one.key().decode(), one.value()) for one in found if not one.error()]

    async def commit(self) -> None:
        self._consumer.commit(asynchronous=True)

    async def close(self) -> None:
        self._consumer.close()


SENDERS: Final[dict[str, Any]] = {
    "kafka-python": KafkaPythonSender,
    "aiokafka": AiokafkaSender,
    "confluent-kafka": ConfluentSender,
}
RECEIVERS: Final[dict[str, Any]] = {
    "kafka-python": KafkaPythonReceiver,
    "aiokafka": AiokafkaReceiver,
    "confluent-kafka": ConfluentReceiver,
}


async def _sender(name: str, servers: str, topic: str) -> Sender:
    made = SENDERS[name](servers, topic)
    if hasattr(made, "start"):
        await made.start()
    sender: Sender = made
    return sender


async def _receiver(name: str, servers: str, topic: str, group: str, partitions: int) -> Receiver:
    made = RECEIVERS[name](servers, topic, group)
    if hasattr(made, "start"):
        await made.start()
    async with asyncio.timeout(ASSIGNED_S):
        # Each look polls, which takes its time and lets the timeout in.
        while not await made.ready(partitions):
            pass
    receiver: Receiver = made
    return receiver


async def _main() -> None:
    role, name, servers, topic, group, partitions = sys.argv[1:]
    if role == "send":
        await send(await _sender(name, servers, topic))
    else:
        await receive(await _receiver(name, servers, topic, group, int(partitions)))


if __name__ == "__main__":
    asyncio.run(_main())
