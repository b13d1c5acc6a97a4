"""The promise every bus engine keeps; `tests/contract/test_bus.py` holds each of them to it.

- A record is durable when `publish` returns.
- Records of one key keep their order: a key always goes to the same partition.
- Members of a group share a topic's partitions; a member that goes away, or dies, loses its partitions to
  the others. Each partition has one owner at a time in a group.
- Delivery is at least once: after a crash, records that were not committed come again. Effects are made
  once by the events' deterministic ids.
- Every wait has a limit, every buffer a bound.
"""

import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, Protocol


class TopicPartition(NamedTuple):
    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class Record:
    """One entry of a log."""

    topic: str
    partition: int
    offset: int
    """Rises within a partition; gaps are allowed."""
    key: str
    value: bytes
    timestamp_ms: int
    """Wall time of the append."""

    @property
    def topic_partition(self) -> TopicPartition:
        return TopicPartition(self.topic, self.partition)


@dataclass(frozen=True, slots=True)
class Batch:
    """What a fetch brings: records, in order within each partition, and what changed in the assignment.

    `revoked` partitions belong to somebody else already: drop what is held for them, before handling
    `records`. `assigned` ones start at their committed offset.
    """

    records: Sequence[Record] = ()
    assigned: frozenset[TopicPartition] = field(default_factory=frozenset)
    revoked: frozenset[TopicPartition] = field(default_factory=frozenset)


Start = Literal["earliest", "latest"]

READ_BYTES: Final = 16 << 20
"""Of values in one excerpt: a minute and a half of eight channels at 16 kHz."""

READ_S: Final = 4.0
"""How long reading an excerpt may take: below the patience of a person who waits for it."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What a look back found."""

    records: Sequence[Record] = ()
    """Of one key, in order."""
    is_cut: bool = False
    """A bound was reached before all of it was read."""


class Subscription(Protocol):
    """A member of a consumer group. Not safe for concurrent fetches."""

    async def fetch(self, *, max_records: int = 500, timeout_s: float = 1.0) -> Batch:
        """Wait for records, a change of assignment or the time limit, whichever is first.

        Fetching also keeps the membership alive: a member that does not fetch, commit or heartbeat for the
        session time (10 s unless told otherwise) is taken for dead. Engines heartbeat in the background, so
        slow handling alone does not lose the membership.

        Raises:
            BusClosed: the subscription or its bus was closed.
        """
        ...

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """Say where to go on after a crash: for each partition the offset of the NEXT record to read.

        Offsets of partitions that this member no longer owns are ignored: their new owner reads again.
        """
        ...

    async def close(self) -> None:
        """Leave the group at once; others take over without waiting for the session time."""
        ...


class Lag(NamedTuple):
    """How far a group is behind in a partition that a member in this process owns, as last known."""

    group: str
    topic: str
    partition: int
    records: int
    """Published and not yet committed; of a follower: not yet fetched."""


@dataclass(slots=True)
class BusCounts:
    """What operators want to know of a bus in this process; all but the gauges only rise."""

    published: Counter[str] = field(default_factory=Counter)
    """Records by topic, durable."""
    fetched: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Records by group and topic; a follower's group is empty."""
    retried: Counter[str] = field(default_factory=Counter)
    """Batches that could not be handled at first, by group: storage full, overloaded or unreachable."""
    passed_over: Counter[str] = field(default_factory=Counter)
    """Records that could not be read or handled, by group."""
    waiting_bytes: int = 0
    """Gauge: accepted from publishers, not yet durable."""


class Bus(Protocol):
    @property
    def counts(self) -> BusCounts: ...

    async def publish(self, topic: str, key: str, value: bytes) -> None:
        """Append one record; durable on return.

        Raises:
            Unavailable: storage full, too much waits, or the broker does not answer; the caller still has the
                record and may publish it again.
            BadEvent: larger than a record may be.
            BadSetting: no such topic, or this account may not write it.
            BusClosed: after `close`.
        """
        ...

    async def publish_many(self, topic: str, records: Iterable[tuple[str, bytes]]) -> None:
        """Append (key, value) records in order, all or nothing on engines that can; durable on return."""
        ...

    async def subscribe(
        self, group: str, topics: Iterable[str], *, start: Start = "earliest"
    ) -> Subscription:
        """Join a group. `start` holds where the group has committed nothing yet."""
        ...

    async def follow(self, topics: Iterable[str], *, since_ms: int) -> Subscription:
        """Every record of all partitions, for this process alone: from those that were appended at this wall time
        or later, to all that come. No group is joined and nothing is committed (`commit` does nothing).
        """
        ...

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
        """Look back: records of one key that were appended within some time and are still there.

        It ends with the first record of which `enough` is true, or where the log ends now; nothing that comes later is
        waited for. No group is joined and nothing is committed. Records of other keys are passed over, but cost time.

        Args:
            topic: of the records.
            key: of the records.
            since_ms: wall time of the append, the earliest.
            until_ms: the first that is too late; None: what is there is read to its end.
            enough: pure; it is asked from another thread, once for each record of the key, in order.
            max_bytes: of values to bring; the record that reaches it is the last.
            limit_s: how long to read at most.

        Raises:
            Unreachable: the broker does not answer.
            BadSetting: no such topic, or this account may not read it.
            BusClosed: after `close`.
        """
        ...

    def lags(self) -> Sequence[Lag]:
        """Of all subscriptions of this process, one for each partition that they own now. Never waits."""
        ...

    async def close(self) -> None:
        """Finish what was accepted, then stop. Closing twice is fine."""
        ...


def partition_of(key: str, partitions: int) -> int:
    """The partition of a key, the same in every process and version (CRC-32)."""
    return zlib.crc32(key.encode()) % partitions
