"""Looking back in Kafka, by time and key, with a consumer of its own and no group. Blocks: not for the event loop."""

import time
from collections.abc import Callable
from typing import Any, Final

from kafka import KafkaConsumer
from kafka.errors import KafkaError
from kafka.structs import TopicPartition as KafkaPartition

from bus.base import Excerpt, Record, TopicPartition
from bus.kafka_admin import make
from bus.kafka_failures import not_joined, unreachable
from bus.kafka_poll import FETCH
from bus.kafka_settings import KafkaSettings

_POLL_MS: Final = 200
_CLOSE_MS: Final = 500


def excerpt(
    settings: KafkaSettings,
    tp: TopicPartition,
    key: str,
    *,
    since_ms: int,
    until_ms: int | None,
    enough: Callable[[Record], bool],
    max_bytes: int,
    limit_s: float,
) -> Excerpt:
    """See `bus.base.Bus.read`. Kafka has no index by key: the whole partition of that time is fetched."""
    consumer = make(settings, KafkaConsumer, group_id=None, **FETCH)
    try:
        stretch = _stretch(consumer, KafkaPartition(*tp), since_ms, until_ms)
        return _read(consumer, tp, key, stretch, enough, max_bytes=max_bytes, limit_s=limit_s)
    except KafkaError as error:
        meaning = not_joined(error, "", [tp.topic])
        raise meaning or unreachable(", ".join(settings.brokers), str(error)) from error
    finally:
        consumer.close(autocommit=False, timeout_ms=_CLOSE_MS)


def _stretch(consumer: Any, lane: Any, since_ms: int, until_ms: int | None) -> tuple[int, int]:
    """The first offset to read and the one to stop before."""
    consumer.assign([lane])
    end = consumer.end_offsets([lane])[lane]

    def first(at_ms: int) -> int:
        found = consumer.offsets_for_times({lane: max(0, at_ms)})[lane]
        return end if found is None else int(found.offset)

    return first(since_ms), end if until_ms is None else first(until_ms)


def _read(
    consumer: Any,
    tp: TopicPartition,
    key: str,
    stretch: tuple[int, int],
    enough: Callable[[Record], bool],
    *,
    max_bytes: int,
    limit_s: float,
) -> Excerpt:
    limit = time.monotonic() + limit_s
    lane = KafkaPartition(*tp)
    at, end = stretch
    consumer.seek(lane, at)
    wanted = key.encode()
    records: list[Record] = []
    size = 0
    while consumer.position(lane) < end:
        if time.monotonic() > limit:
            return Excerpt(records, is_cut=True)
        for one in consumer.poll(timeout_ms=_POLL_MS).get(lane, ()):
            if one.offset >= end:
                return Excerpt(records)
            if one.key != wanted:
                continue
            records.append(Record(*tp, one.offset, key, one.value or b"", one.timestamp))
            size += len(records[-1].value)
            if enough(records[-1]):
                return Excerpt(records)
            if size >= max_bytes:
                return Excerpt(records, is_cut=True)
    return Excerpt(records)
