"""A reader of everything on the embedded bus, for this process alone: no group, no commit."""

import asyncio
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Final

from bus.base import Batch, BusCounts, Lag, TopicPartition
from bus.failures import closed
from bus.log import Layout, partition_range
from bus.reader import Found, Reader

NO_GROUP: Final = ""


def since(tps: Sequence[int], since_ms: int, connection: sqlite3.Connection) -> dict[int, int]:
    """By partition id: the offset of the first record that was appended at this wall time or later, or the end."""
    return {tp: _first(connection, tp, since_ms) for tp in tps}


def _first(connection: sqlite3.Connection, tp: int, since_ms: int) -> int:
    """Halves the partition: times rise with the offsets. Where the clock was set back, somewhere it had that time."""
    base, _ = partition_range(tp)
    (high,) = connection.execute("SELECT next_off FROM topic_partition WHERE id = ?", (tp,)).fetchone()
    low = 0
    while low < high:
        middle = (low + high) // 2
        row = connection.execute(
            "SELECT id, ts FROM log WHERE id >= ? AND id < ? ORDER BY id LIMIT 1",
            (base + middle, base + high),
        ).fetchone()
        if row is None or row[1] >= since_ms:
            high = middle
        else:
            low = row[0] - base + 1
    return int(low)


class EmbeddedFollower:
    """See `bus.base.Bus.follow`."""

    def __init__(
        self, layout: Layout, reader: Reader, counts: BusCounts, positions: Mapping[int, int]
    ) -> None:
        self._layout = layout
        self._reader = reader
        self._counts = counts
        self._positions = dict(positions)
        self._told = False
        self._asked: asyncio.Future[Found] | None = None
        self.closed = False

    async def fetch(self, *, max_records: int = 500, timeout_s: float = 1.0) -> Batch:
        """See `bus.base.Subscription.fetch`."""
        if self.closed:
            raise closed()
        if not self._told:
            self._told = True
            return Batch(assigned=frozenset(self._layout.names[tp] for tp in self._positions))
        self._asked = self._reader.ask(
            NO_GROUP, 0, dict(self._positions), max_records=max_records, timeout_s=timeout_s
        )
        found = await self._asked
        for tp, offset in found.next_offsets.items():
            del self._positions[tp]
            self._positions[tp] = offset
        for record in found.records:
            self._counts.fetched[NO_GROUP, record.topic] += 1
        return Batch(found.records)

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """A follower has nothing to commit to."""

    def lags(self) -> list[Lag]:
        """See `bus.base.Bus.lags`."""
        if self.closed:
            return []
        ends = self._reader.next_offsets
        return [
            Lag(NO_GROUP, *self._layout.names[tp], max(0, ends.get(tp, 0) - position))
            for tp, position in self._positions.items()
        ]

    async def close(self) -> None:
        self.closed = True
        if self._asked is not None and not self._asked.done():
            self._asked.set_exception(closed())
