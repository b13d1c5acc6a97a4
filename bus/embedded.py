"""The default engine: one SQLite file that several processes on a machine share.

What survives what: a killed process loses nothing that `publish` returned for. Loss of power may take the
last moments (and never damages the file), unless the bus is opened with `synchronous="full"`, which syncs
the disk at each commit.
"""

import asyncio
import itertools
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final, Self

from bus import groups, retention
from bus.base import READ_BYTES, READ_S, BusCounts, Excerpt, Lag, Record, Start, Subscription, partition_of
from bus.excerpt import excerpt
from bus.failures import closed, explain
from bus.follower import EmbeddedFollower, since
from bus.groups import Member
from bus.log import Entry, Layout, Synchronous, connect, prepare
from bus.presence import Presence
from bus.reader import Reader
from bus.subscription import EmbeddedSubscription, monotonic_ms
from bus.writer import Writer
from contracts.clock import Clock, wall_ms
from contracts.errors import BadEvent, BadSetting
from contracts.topics import TOPICS, Topic

MAX_RECORD_BYTES: Final = 1 << 20
"""Key and value together; Kafka's default limit for a message."""
_BEATS_PER_SESSION: Final = 4
_RETENTION_S: Final = 60.0
_RETENTION_SLICE_S: Final = 0.02


class EmbeddedBus:
    """A bus of this process on the file that all processes share. Belongs to the event loop it opened on."""

    def __init__(
        self,
        path: Path,
        topics: Mapping[str, Topic],
        layout: Layout,
        reader: Reader,
        presence: Presence,
        *,
        session_s: float,
        clock: Clock,
    ) -> None:
        """Use `open`."""
        self._path = path
        self._topics = topics
        self._layout = layout
        self._reader = reader
        self._presence = presence
        self._session_ms = int(session_s * 1000)
        self._clock = clock
        self._subscriptions: dict[Member, EmbeddedSubscription] = {}
        self._followers: set[EmbeddedFollower] = set()
        self._counts = BusCounts()
        self._beaten_ms = monotonic_ms()
        self._numbers = itertools.count()
        self._closing = False
        self._writer: Writer

    @classmethod
    async def open(
        cls,
        path: Path,
        topics: Iterable[Topic] = TOPICS.values(),
        *,
        session_s: float = 10.0,
        synchronous: Synchronous = "normal",
        clock: Clock = wall_ms,
    ) -> Self:
        """Open the file, creating it where it is missing.

        Args:
            path: of the file; its folder is made where it is missing.
            topics: what may be published and read.
            session_s: how long a member may be silent before it is taken for dead.
            synchronous: see the module.
            clock: judges the age of records.

        Raises:
            BadSetting: the file cannot be used.
        """
        known = {topic.name: topic for topic in topics}
        layout = await asyncio.to_thread(prepare, path, known.values())
        presence = Presence(path)
        reader = Reader(connect(path), path, layout)
        bus = cls(path, known, layout, reader, presence, session_s=session_s, clock=clock)
        bus._writer = Writer(
            connect(path, synchronous), path, committed=reader.wake, chores=[bus._beat, bus._retain_slice]
        )
        return bus

    @property
    def counts(self) -> BusCounts:
        self._counts.waiting_bytes = self._writer.waiting_bytes
        return self._counts

    async def publish(self, topic: str, key: str, value: bytes) -> None:
        await self.publish_many(topic, [(key, value)])

    async def publish_many(self, topic: str, records: Iterable[tuple[str, bytes]]) -> None:
        if self._closing:
            raise closed()
        partitions = self._partitions(topic)
        entries: list[Entry] = []
        for key, value in records:
            if len(key.encode()) + len(value) > MAX_RECORD_BYTES:
                raise BadEvent(
                    f"기록이 1 MiB보다 커서 {topic}에 싣지 못합니다({len(value)}바이트). 나누어 보내십시오.",
                    f"A record of {len(value)} bytes is over the limit of 1 MiB on {topic}. Send it in parts.",
                )
            entries.append((partitions[partition_of(key, len(partitions))], key, value))
        await self._writer.append(entries)
        self._counts.published[topic] += len(entries)

    async def subscribe(
        self, group: str, topics: Iterable[str], *, start: Start = "earliest"
    ) -> Subscription:
        if self._closing:
            raise closed()
        names = tuple(sorted(set(topics)))
        for name in names:
            self._partitions(name)
        member = Member(group, f"{self._presence.token}-{next(self._numbers)}", names, self._session_ms)
        subscription = EmbeddedSubscription(
            member,
            start,
            layout=self._layout,
            reader=self._reader,
            writer=self._writer,
            counts=self._counts,
            left=self._subscriptions.__delitem__,
        )
        self._subscriptions[member] = subscription
        try:
            await subscription.join()
        except BaseException:
            await subscription.close()
            raise
        return subscription

    async def follow(self, topics: Iterable[str], *, since_ms: int) -> Subscription:
        if self._closing:
            raise closed()
        tps = [tp for name in sorted(set(topics)) for tp in self._partitions(name)]
        follower = EmbeddedFollower(
            self._layout, self._reader, self._counts, await self._writer.call(partial(since, tps, since_ms))
        )
        self._followers = {one for one in self._followers if not one.closed} | {follower}
        return follower

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
        partitions = self._partitions(topic)
        tp = partitions[partition_of(key, len(partitions))]
        try:
            return await asyncio.to_thread(
                excerpt,
                self._path,
                tp,
                self._layout.names[tp],
                key,
                since_ms=since_ms,
                until_ms=until_ms,
                enough=enough,
                max_bytes=max_bytes,
                limit_s=limit_s,
            )
        except sqlite3.Error as error:
            raise explain(error, self._path) from error

    def lags(self) -> Sequence[Lag]:
        members = [lag for subscription in self._subscriptions.values() for lag in subscription.lags()]
        return members + [lag for follower in self._followers for lag in follower.lags()]

    def _partitions(self, topic: str) -> Sequence[int]:
        if topic not in self._topics:
            raise BadSetting(
                f"{topic}(이)라는 토픽이 없습니다. 있는 토픽: {', '.join(self._topics)}.",
                f"There is no topic {topic}. There are: {', '.join(self._topics)}.",
            )
        return self._layout.ids[topic]

    async def retain(self, now_ms: int) -> int:
        """Apply the topics' retention as of `now_ms` at once; returns how many records went."""
        gone = 0
        while step := await self._writer.call(partial(self._retain, now_ms=now_ms)):
            gone += step
        while await self._writer.call(retention.give_back):
            pass
        return gone

    def _retain(self, connection: sqlite3.Connection, now_ms: int) -> int:
        return retention.retain(connection, self._layout, self._topics.values(), now_ms)

    def _retain_slice(self, connection: sqlite3.Connection) -> float:
        more = self._retain(connection, self._clock()) or retention.give_back(connection)
        retention.forget_groups(connection, self._clock(), monotonic_ms())
        return _RETENTION_SLICE_S if more else _RETENTION_S

    def _beat(self, connection: sqlite3.Connection) -> float:
        """Keep our members alive and bury the dead; not after oversleeping, when all may have overslept."""
        now_ms = monotonic_ms()
        for token in self._presence.gone():
            groups.bury(connection, token, now_ms)
            self._presence.bury(token)
        awake = now_ms - self._beaten_ms < self._session_ms
        groups.beat(connection, list(self._subscriptions), now_ms, judge=awake)
        self._beaten_ms = now_ms
        return self._session_ms / 1000 / _BEATS_PER_SESSION

    async def close(self) -> None:
        """See `bus.base.Bus.close`."""
        self._closing = True
        for subscription in list(self._subscriptions.values()):
            await subscription.close()
        for follower in self._followers:
            await follower.close()
        await self._writer.close()
        await self._reader.close()
        self._presence.leave()
