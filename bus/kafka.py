"""The engine for many machines: Apache Kafka by kafka-python.

What survives what: a record is durable when a majority of its replicas have it (acks=all, idempotent; with one
replica, when the broker has it). The broker stamps the time. Metadata stands in the value, not in headers.

While a broker is away: publishers wait, for 30 s, then get `Unreachable` and still have the record; readers get
empty batches; commits are kept. All of it goes on by itself when the broker is back.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Self

from bus.base import (
    READ_BYTES,
    READ_S,
    BusCounts,
    Excerpt,
    Lag,
    Record,
    Start,
    Subscription,
    TopicPartition,
    partition_of,
)
from bus.embedded import MAX_RECORD_BYTES
from bus.failures import closed
from bus.kafka_admin import partitions
from bus.kafka_excerpt import excerpt
from bus.kafka_failures import too_large
from bus.kafka_follower import KafkaFollower
from bus.kafka_member import KafkaMember
from bus.kafka_producer import Entry, Producer
from bus.kafka_settings import KafkaSettings
from contracts.errors import BadSetting, SangdamError
from contracts.topics import TOPICS, Topic

PUBLISH_S: Final = 30.0
"""How long a record waits for its acknowledgement: longer than a broker's restart takes."""


class KafkaBus:
    """See `bus.base.Bus`. Belongs to the event loop it opened on."""

    def __init__(
        self,
        settings: KafkaSettings,
        topics: Iterable[str],
        found: Mapping[str, int | SangdamError],
        producer: Producer,
    ) -> None:
        """Use `open`."""
        self._settings = settings
        self._topics = frozenset(topics)
        self._partitions = dict(found)
        self._producer = producer
        self._counts = BusCounts()
        self._readers: set[KafkaMember | KafkaFollower] = set()
        self._closing = False

    @classmethod
    async def open(
        cls,
        settings: KafkaSettings,
        topics: Iterable[Topic] = TOPICS.values(),
        *,
        publish_s: float = PUBLISH_S,
    ) -> Self:
        """Connect. No topic is created: that is for `sangdam topics apply`, and missing ones are told on use.

        Args:
            settings: of the cluster.
            topics: what may be published and read. They have as many partitions as the cluster says.
            publish_s: how long a record may wait for its acknowledgement.

        Raises:
            Unreachable: no broker answered in 10 s.
            BadSetting: the sign-in, a certificate or a file is wrong.
        """
        names = [topic.name for topic in topics]
        found = await asyncio.to_thread(partitions, settings, names)
        return cls(settings, names, found, await Producer.open(settings, limit_s=publish_s))

    @property
    def counts(self) -> BusCounts:
        self._counts.waiting_bytes = self._producer.waiting_bytes
        return self._counts

    async def publish(self, topic: str, key: str, value: bytes) -> None:
        await self.publish_many(topic, [(key, value)])

    async def publish_many(self, topic: str, records: Iterable[tuple[str, bytes]]) -> None:
        if self._closing:
            raise closed()
        count = await self._count(topic)
        entries: list[Entry] = []
        for key, value in records:
            encoded = key.encode()
            if len(encoded) + len(value) > MAX_RECORD_BYTES:
                raise too_large(topic, len(value))
            entries.append((partition_of(key, count), encoded, value))
        await self._producer.append(topic, entries)
        self._counts.published[topic] += len(entries)

    async def subscribe(
        self, group: str, topics: Iterable[str], *, start: Start = "earliest"
    ) -> Subscription:
        if self._closing:
            raise closed()
        wanted = {name: await self._count(name) for name in sorted(set(topics))}
        member = await KafkaMember.join(self._settings, group, wanted, start=start, counts=self._counts)
        return self._keep(member)

    async def follow(self, topics: Iterable[str], *, since_ms: int) -> Subscription:
        if self._closing:
            raise closed()
        wanted = {name: await self._count(name) for name in sorted(set(topics))}
        follower = await KafkaFollower.open(self._settings, wanted, since_ms=since_ms, counts=self._counts)
        return self._keep(follower)

    async def read(
        self,
        topic: str,
        key: str,
        *,
        since_ms: int,
        until_ms: int | None = None,
        enough: Callable[[Record], bool] = lambda _: False,
        max_bytes: int = READ_BYTES,
        limit_s: float = READ_S,
    ) -> Excerpt:
        if self._closing:
            raise closed()
        tp = TopicPartition(topic, partition_of(key, await self._count(topic)))
        return await asyncio.to_thread(
            excerpt,
            self._settings,
            tp,
            key,
            since_ms=since_ms,
            until_ms=until_ms,
            enough=enough,
            max_bytes=max_bytes,
            limit_s=limit_s,
        )

    def _keep(self, reader: KafkaMember | KafkaFollower) -> Subscription:
        self._readers = {one for one in self._readers if not one.closed} | {reader}
        return reader

    def lags(self) -> Sequence[Lag]:
        return [lag for reader in self._readers if not reader.closed for lag in reader.lags()]

    async def _count(self, topic: str) -> int:
        """Partitions of a topic; asks again for one that was missing before.

        They are learned once: a key must not change places while we run.
        """
        found = self._partitions.get(topic)
        if isinstance(found, int):
            return found
        if topic not in self._topics:
            raise BadSetting(
                f"{topic}(이)라는 토픽이 없습니다. 있는 토픽: {', '.join(sorted(self._topics))}.",
                f"There is no topic {topic}. There are: {', '.join(sorted(self._topics))}.",
            )
        found = (await asyncio.to_thread(partitions, self._settings, [topic]))[topic]
        self._partitions[topic] = found
        if isinstance(found, SangdamError):
            raise found
        return found

    async def close(self) -> None:
        """See `bus.base.Bus.close`."""
        self._closing = True
        readers, self._readers = self._readers, set()
        await asyncio.gather(*(reader.close() for reader in readers))
        await self._producer.close()
