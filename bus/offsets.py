"""What may be committed: everything that was read, up to the records whose work is not done. Pure."""

from collections.abc import Iterable
from typing import Final, NamedTuple

from bus.base import TopicPartition

HOLD_MS: Final = 600_000
"""A record is held back this long at most: what waits for longer waits on in memory alone, and the partition
goes on. The bus keeps records for longer than this, but a restart should not read hours again."""


class _Hold(NamedTuple):
    offset: int
    since_ms: int


class Offsets:
    """Of one member of the group."""

    def __init__(self) -> None:
        self._next: dict[TopicPartition, int] = {}
        self._holds: dict[str, dict[TopicPartition, _Hold]] = {}
        """Contact → its first record in each partition that is not done with."""
        self._committed: dict[TopicPartition, int] = {}

    def read(self, topic_partition: TopicPartition, offset: int) -> None:
        self._next[topic_partition] = offset + 1

    def hold(self, contact_id: str, topic_partition: TopicPartition, offset: int, now_ms: int) -> None:
        """Do not commit this record before `release`; now_ms is monotonic."""
        self._holds.setdefault(contact_id, {}).setdefault(topic_partition, _Hold(offset, now_ms))

    def release(self, contact_id: str) -> None:
        self._holds.pop(contact_id, None)

    def let_go(self, revoked: Iterable[TopicPartition]) -> frozenset[int]:
        """Forget what another member has now. Returns the numbers of which nothing is left here."""
        gone = frozenset(revoked)
        for topic_partition in gone:
            self._next.pop(topic_partition, None)
            self._committed.pop(topic_partition, None)
        for holds in self._holds.values():
            for topic_partition in gone & holds.keys():
                del holds[topic_partition]
        left = {topic_partition.partition for topic_partition in self._next}
        return frozenset(topic_partition.partition for topic_partition in gone) - left

    def to_commit(self, now_ms: int) -> dict[TopicPartition, int]:
        """What changed since `committed`."""
        offsets = dict(self._next)
        for holds in self._holds.values():
            for topic_partition, hold in holds.items():
                if now_ms - hold.since_ms < HOLD_MS:
                    offsets[topic_partition] = min(offsets[topic_partition], hold.offset)
        return {tp: offset for tp, offset in offsets.items() if self._committed.get(tp) != offset}

    def committed(self, offsets: dict[TopicPartition, int]) -> None:
        self._committed.update(offsets)
