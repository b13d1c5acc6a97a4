"""Between the thread that polls a broker and the event loop: a bounded box of records, and who owns what.

The thread puts in, `fetch` takes out. What the caller was told it owns (`told`) runs behind what it owns (`owned`):
a partition that is taken away loses its records here at once, and the caller hears of it before it sees anything
that came later.
"""

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Final

from bus.base import Batch, Record, TopicPartition
from bus.failures import closed
from contracts.errors import SangdamError

MAX_BYTES: Final = 6 << 20
"""Of records that wait here, and one answer of the broker more."""


class Inbox:
    """Any thread may call what is no coroutine; `fetch` belongs to the event loop that made the box."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._loop = asyncio.get_running_loop()
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._chunks: deque[tuple[TopicPartition, deque[Record], int]] = deque()
        """Partition, its records in order, and the bytes of each of them on average."""
        self._bytes = 0
        self._owned: set[TopicPartition] = set()
        self._told: set[TopicPartition] = set()
        self._anew: set[TopicPartition] = set()
        """Lost in between: the caller must drop what it has, though it may own them again."""
        self._waiter: asyncio.Future[None] | None = None
        self._error: SangdamError | None = None

    @property
    def full(self) -> bool:
        return self._bytes >= self._max_bytes

    @property
    def has_room(self) -> bool:
        """Enough to go on after it was full."""
        return self._bytes * 2 < self._max_bytes

    @property
    def owned(self) -> frozenset[TopicPartition]:
        with self._lock:
            return frozenset(self._owned)

    def put(self, tp: TopicPartition, records: Sequence[Record], size: int) -> None:
        """Records of one partition, in order; `size` is their bytes."""
        with self._lock:
            self._chunks.append((tp, deque(records), size // len(records)))
            self._bytes += size // len(records) * len(records)
        self._wake()

    def assign(self, tps: Iterable[TopicPartition]) -> None:
        with self._lock:
            self._owned |= set(tps)
        self._wake()

    def revoke(self, tps: Iterable[TopicPartition]) -> None:
        """These go to somebody else: their records are dropped, and the caller is told at its next fetch."""
        gone = set(tps)
        with self._lock:
            self._owned -= gone
            self._drop(gone)
        self._wake()

    def lose(self, tps: Iterable[TopicPartition]) -> None:
        """These are somebody else's already."""
        gone = set(tps)
        with self._lock:
            self._owned -= gone
            self._anew |= gone & self._told
            self._drop(gone)
        self._wake()

    def _drop(self, gone: set[TopicPartition]) -> None:
        self._chunks = deque(chunk for chunk in self._chunks if chunk[0] not in gone)
        self._bytes = sum(len(records) * each for _, records, each in self._chunks)

    def holds(self, tps: Iterable[TopicPartition]) -> bool:
        """Whether the caller still believes it owns any of these."""
        with self._lock:
            return not self._told.isdisjoint(tps)

    def may_commit(self, tp: TopicPartition) -> bool:
        """Whether the caller read from this partition as its owner, and was told nothing else since."""
        with self._lock:
            return tp in self._told and tp not in self._anew

    def fail(self, error: SangdamError) -> None:
        """No record will come any more: fetching raises."""
        self._error = self._error or error
        self._wake()

    def close(self) -> None:
        self.fail(closed())

    def _wake(self) -> None:
        with self._lock:
            waiter, self._waiter = self._waiter, None
        if waiter is not None:
            with contextlib.suppress(RuntimeError):  # the loop is gone, nobody waits any more
                self._loop.call_soon_threadsafe(_resolve, waiter)

    async def fetch(self, max_records: int, timeout_s: float) -> Batch:
        """See `bus.base.Subscription.fetch`. A cancelled wait has taken nothing."""
        waiter: asyncio.Future[None] | None = None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, timeout_s)):
                while True:
                    with self._lock:
                        batch = self._take(max_records)
                        if batch is None:
                            waiter = self._waiter = self._loop.create_future()
                    if batch is not None:
                        return batch
                    assert waiter is not None
                    await waiter
        with self._lock:
            return self._take(max_records) or Batch()

    def _take(self, max_records: int) -> Batch | None:
        if self._error is not None:
            raise self._error
        if self._anew or self._told != self._owned:
            revoked = frozenset(self._told - self._owned | self._anew)
            assigned = frozenset(self._owned - self._told | self._owned & self._anew)
            self._told = set(self._owned)
            self._anew.clear()
            return Batch(assigned=assigned, revoked=revoked)
        if not self._chunks:
            return None
        records: list[Record] = []
        while self._chunks and len(records) < max_records:
            _, chunk, each = self._chunks[0]
            count = min(len(chunk), max_records - len(records))
            if count == len(chunk):
                records += chunk
                self._chunks.popleft()
            else:
                records += [chunk.popleft() for _ in range(count)]
            self._bytes -= count * each
        return Batch(records)


def _resolve(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
