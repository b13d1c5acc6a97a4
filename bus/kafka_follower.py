"""A reader of everything on Kafka, for this process alone: no group, no commit."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from kafka import KafkaConsumer
from kafka.errors import KafkaError
from kafka.structs import TopicPartition as KafkaPartition

from bus.base import Batch, BusCounts, Lag, TopicPartition
from bus.kafka_admin import make
from bus.kafka_failures import not_joined, unreachable
from bus.kafka_inbox import Inbox
from bus.kafka_poll import FETCH, Poller
from bus.kafka_settings import KafkaSettings

_NO_GROUP: Final = ""
_NEW_PARTITIONS_S: Final = 10.0


class KafkaFollower:
    """See `bus.base.Bus.follow`. Belongs to the event loop that it was opened on."""

    def __init__(self, consumer: Any, topics: Sequence[str], inbox: Inbox, counts: BusCounts) -> None:
        """Use `open`."""
        self._consumer = consumer
        self._topics = topics
        self._inbox = inbox
        self._counts = counts
        self._looked_at = time.monotonic()
        self._read: dict[TopicPartition, int] = {}
        self.closed = False
        self._poller = Poller(
            consumer,
            inbox,
            name="follow",
            starts=self._starts,
            fatal=partial(not_joined, group=_NO_GROUP, topics=topics),
            each=self._widen,
        )

    @classmethod
    async def open(
        cls, settings: KafkaSettings, topics: Mapping[str, int], *, since_ms: int, counts: BusCounts
    ) -> "KafkaFollower":
        """Find the offsets of that time and read on from them.

        Raises:
            Unreachable: no broker answered in time.
            BadSetting: the sign-in, a certificate or a file is wrong, or this account may not read the topics.
        """
        inbox = Inbox()
        consumer, positions = await asyncio.to_thread(_connect, settings, topics, since_ms)
        follower = cls(consumer, sorted(topics), inbox, counts)
        inbox.assign(positions)
        follower._poller.positions.update(positions)
        follower._read.update(positions)
        follower._poller.start()
        return follower

    def _starts(self, tps: Sequence[TopicPartition]) -> Mapping[TopicPartition, int]:
        return self._poller.oldest(tps)

    def _widen(self) -> None:
        """Take in partitions that were added since."""
        if time.monotonic() - self._looked_at < _NEW_PARTITIONS_S:
            return
        self._looked_at = time.monotonic()
        there = {
            KafkaPartition(topic, partition)
            for topic in self._topics
            for partition in self._consumer.partitions_for_topic(topic)
        }
        if new := there - self._consumer.assignment():
            self._consumer.assign(sorted(there | self._consumer.assignment()))
            self._inbox.assign(TopicPartition(*tp) for tp in new)

    async def fetch(self, *, max_records: int = 500, timeout_s: float = 1.0) -> Batch:
        """See `bus.base.Subscription.fetch`."""
        batch = await self._inbox.fetch(max_records, timeout_s)
        for record in batch.records:
            self._counts.fetched[_NO_GROUP, record.topic] += 1
            self._read[record.topic_partition] = record.offset + 1
        return batch

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """A follower has nothing to commit to."""

    def lags(self) -> list[Lag]:
        """See `bus.base.Bus.lags`."""
        ends = self._poller.ends
        return [
            Lag(_NO_GROUP, *tp, max(0, ends.get(tp, 0) - self._read.get(tp, ends.get(tp, 0))))
            for tp in sorted(self._inbox.owned)
        ]

    async def close(self) -> None:
        self.closed = True
        self._inbox.close()
        self._poller.stop()
        await asyncio.to_thread(self._poller.join)


def _connect(
    settings: KafkaSettings, topics: Mapping[str, int], since_ms: int
) -> tuple[Any, dict[TopicPartition, int]]:
    """A consumer that stands at the first records of that time. Blocks."""
    consumer = make(settings, KafkaConsumer, group_id=None, **FETCH)
    tps = [KafkaPartition(topic, partition) for topic, count in topics.items() for partition in range(count)]
    try:
        consumer.assign(tps)
        found = consumer.offsets_for_times(dict.fromkeys(tps, max(0, since_ms)))
        ends = consumer.end_offsets(tps)
        positions = {tp: at.offset if (at := found[tp]) is not None else ends[tp] for tp in tps}
        for tp, offset in positions.items():
            consumer.seek(tp, offset)
    except KafkaError as error:
        consumer.close()
        meaning = not_joined(error, _NO_GROUP, list(topics))
        raise meaning or unreachable(", ".join(settings.brokers), str(error)) from error
    return consumer, {TopicPartition(*tp): offset for tp, offset in positions.items()}
