"""A member of a consumer group on the embedded bus."""

import asyncio
import contextlib
import logging
import sqlite3
import time
from collections.abc import Callable, Mapping
from typing import Final

from bus import groups
from bus.base import Batch, BusCounts, Lag, Start, TopicPartition
from bus.failures import closed
from bus.groups import Holding, Member, View
from bus.log import Layout
from bus.reader import Found, Reader
from bus.writer import Writer
from contracts.errors import Unavailable

log = logging.getLogger(__name__)

_RETRY_S: Final = 0.2


def monotonic_ms() -> int:
    """The machine's clock of leases, the same in all its processes."""
    return time.monotonic_ns() // 1_000_000


class EmbeddedSubscription:
    """Holds positions in its partitions; the file holds who owns what."""

    def __init__(
        self,
        member: Member,
        start: Start,
        *,
        layout: Layout,
        reader: Reader,
        writer: Writer,
        counts: BusCounts,
        left: Callable[[Member], None],
    ) -> None:
        """Use `EmbeddedBus.subscribe`. `left` is called when the subscription closes."""
        self._member = member
        self._start = start
        self._layout = layout
        self._reader = reader
        self._writer = writer
        self._counts = counts
        self._left = left
        self._generation = -1
        self._holdings: dict[int, Holding] = {}
        self._positions: dict[int, int] = {}
        """By partition id; those served longest ago come first."""
        self._committed: dict[int, int] = {}
        """By partition id, as this member knows."""
        self._unsaved: dict[int, tuple[int, int]] = {}
        """Epoch and offset by partition id, committed by the reader's owner and not yet in the file."""
        self._asked: asyncio.Future[Found] | None = None
        self._closed = False

    async def join(self) -> None:
        """Enter the group."""
        await self._writer.call(
            lambda connection: groups.join(connection, self._member, self._start, monotonic_ms())
        )

    async def fetch(self, *, max_records: int = 500, timeout_s: float = 1.0) -> Batch:
        """See `bus.base.Subscription.fetch`. Brings 4 MiB at most, or a single larger record."""
        limit = time.monotonic() + timeout_s
        while True:
            found = await self._ask(max_records, limit - time.monotonic())
            if not found.reassigned:
                return self._take(found)
            try:
                change = await self._sync()
            except Unavailable as error:
                log.warning("%s", error)
                if time.monotonic() + _RETRY_S > limit:
                    return Batch()
                await asyncio.sleep(_RETRY_S)
            else:
                if change.assigned or change.revoked:
                    return change

    async def _ask(self, max_records: int, timeout_s: float) -> Found:
        if self._closed:
            raise closed()
        self._asked = self._reader.ask(
            self._member.group,
            self._generation,
            dict(self._positions),
            max_records=max_records,
            timeout_s=timeout_s,
        )
        return await self._asked

    def _take(self, found: Found) -> Batch:
        """Move on only now, when the records are sure to arrive: a cancelled fetch loses nothing."""
        for tp, offset in found.next_offsets.items():
            del self._positions[tp]
            self._positions[tp] = offset
        for record in found.records:
            self._counts.fetched[self._member.group, record.topic] += 1
        return Batch(found.records)

    async def _sync(self) -> Batch:
        """Let go of what others wait for, learn what is ours now."""
        if self._closed:
            raise closed()
        view: View = await self._writer.call(
            lambda connection: groups.sync(connection, self._member, self._start, monotonic_ms())
        )
        before, now = self._holdings, view.holdings
        revoked = [tp for tp in before if tp not in now or now[tp].epoch != before[tp].epoch]
        assigned = [tp for tp in now if tp not in before or now[tp].epoch != before[tp].epoch]
        for tp in revoked:
            del self._positions[tp]
            del self._committed[tp]
            self._unsaved.pop(tp, None)
        for tp in assigned:
            self._positions[tp] = self._committed[tp] = now[tp].committed
        self._generation, self._holdings = view.generation, dict(now)
        return Batch(assigned=self._names(assigned), revoked=self._names(revoked))

    def _names(self, tps: list[int]) -> frozenset[TopicPartition]:
        return frozenset(self._layout.names[tp] for tp in tps)

    async def commit(self, offsets: Mapping[TopicPartition, int]) -> None:
        """See `bus.base.Subscription.commit`.

        While the disk is full the offsets are kept and stored with the next commit; a crash until then
        brings their records again.
        """
        if self._closed:
            raise closed()
        for (topic, partition), offset in offsets.items():
            tp = self._layout.ids[topic][partition]
            if tp in self._holdings:
                self._unsaved[tp] = (self._holdings[tp].epoch, offset)
        try:
            await self._save()
        except Unavailable as error:
            log.warning("%s", error)

    async def _save(self) -> None:
        saving = dict(self._unsaved)
        if saving:
            await self._writer.call(lambda connection: self._store(connection, saving))
        for tp, saved in saving.items():
            if self._unsaved.get(tp) == saved:
                del self._unsaved[tp]
            if tp in self._committed:
                self._committed[tp] = saved[1]

    def _store(self, connection: sqlite3.Connection, saving: Mapping[int, tuple[int, int]]) -> None:
        groups.commit(
            connection, self._member, [(tp, epoch, offset) for tp, (epoch, offset) in saving.items()]
        )

    def lags(self) -> list[Lag]:
        """See `bus.base.Bus.lags`."""
        ends = self._reader.next_offsets
        return [
            Lag(self._member.group, *self._layout.names[tp], max(0, ends.get(tp, 0) - committed))
            for tp, committed in self._committed.items()
        ]

    async def close(self) -> None:
        """See `bus.base.Subscription.close`."""
        if self._closed:
            return
        self._closed = True
        if self._asked is not None and not self._asked.done():
            self._asked.set_exception(closed())
        self._left(self._member)
        with contextlib.suppress(Unavailable):  # the others wait for the session time then
            await self._save()
            await self._writer.call(lambda connection: groups.leave(connection, self._member, monotonic_ms()))
