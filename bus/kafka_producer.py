"""Publishing to Kafka: from the event loop into the library's own thread, and its acknowledgements back.

The library gathers records into batches, sends them, and tries again until they are acknowledged or too old. It is
idempotent and has one batch of a partition on its way at a time: order holds through retries and restarts of a
broker. A publisher that waited in vain may try again: its record may be written all the same, twice then, in its
place in the line; consumers know it by its id. What waits is bounded, whoever waits for it.
"""

import asyncio
import contextlib
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError

from bus.admission import Admission
from bus.failures import closed
from bus.kafka_admin import make
from bus.kafka_failures import no_topic, not_published
from bus.kafka_settings import UNREACHABLE_S, KafkaSettings

MAX_REQUEST_BYTES: Final = 4 << 20
_BATCH_BYTES: Final = 128 << 10
_SLICE: Final = 64
"""Records handed over before others may run: 2 ms."""
_CLOSE_S: Final = 5.0
_METADATA_MS: Final = 100
"""The library waits so long for a topic that it does not know: it knows those we send to, unless one was deleted."""
_NEVER_MS: Final = 24 * 3_600_000
"""The library gives no record up: it would have to begin a new epoch, and kafka-python 3.0 may come to a halt there.
The publisher's limit is kept here; its record stays in line, before whatever it sends next."""

Entry = tuple[int, bytes, bytes]
"""Partition, key, value."""


@dataclass(eq=False, slots=True)
class _Job:
    """Records that were published together."""

    done: asyncio.Future[None]
    records: int
    size: int
    waiting: int
    """Not yet acknowledged or refused."""
    error: BaseException | None = None


class Producer:
    """Belongs to the event loop that it was opened on."""

    def __init__(self, client: Any, limit_s: float) -> None:
        """Use `open`."""
        self._client = client
        self._limit_s = limit_s
        self._loop = asyncio.get_running_loop()
        self._admission = Admission()
        self._known: set[str] = set()
        self._lock = threading.Lock()
        self._settled: list[tuple[_Job, BaseException | None]] = []
        self._publishing = 0
        self._idle = asyncio.Event()
        self._closing = False

    @classmethod
    async def open(cls, settings: KafkaSettings, *, limit_s: float) -> "Producer":
        """Connect.

        Args:
            settings: of the cluster.
            limit_s: how long a record may wait for its acknowledgement.

        Raises:
            Unreachable: no broker answered in time.
            BadSetting: the sign-in, a certificate or a file is wrong.
        """
        compression = None if settings.compression == "none" else settings.compression
        client = await asyncio.to_thread(
            make,
            settings,
            KafkaProducer,
            acks="all",
            enable_idempotence=True,
            compression_type=compression,
            batch_size=_BATCH_BYTES,
            max_request_size=MAX_REQUEST_BYTES,
            delivery_timeout_ms=_NEVER_MS,
            request_timeout_ms=10_000,
            allow_auto_create_topics=False,
            metrics_enabled=False,
            max_block_ms=_METADATA_MS,
        )
        return cls(client, limit_s)

    @property
    def waiting_bytes(self) -> int:
        """Accepted and not yet acknowledged."""
        return self._admission.bytes

    async def append(self, topic: str, entries: Sequence[Entry]) -> None:
        """Append in order; acknowledged by all replicas on return.

        Raises:
            Overloaded: too much waits already.
            Unreachable: not acknowledged in time; some may have been written.
            BadEvent: larger than the topic takes.
            BadSetting: the topic is gone, or this account may not write it.
            BusClosed: after `close`.
        """
        if self._closing:
            raise closed()
        self._publishing += 1
        try:
            await self._append(topic, entries)
        finally:
            self._publishing -= 1
            if not self._publishing:
                self._idle.set()

    async def _append(self, topic: str, entries: Sequence[Entry]) -> None:
        if not entries:
            return
        if topic not in self._known:
            await asyncio.to_thread(self._learn, topic)
        size = sum(len(key) + len(value) for _, key, value in entries)
        await self._admission.enter(len(entries), size)
        job = _Job(self._loop.create_future(), len(entries), size, len(entries))
        try:
            await self._send(topic, entries, job)
            async with asyncio.timeout(self._limit_s):
                await job.done
        except KafkaError as error:
            raise not_published(error, topic) from error
        except TimeoutError:
            raise not_published(TimeoutError(f"{self._limit_s:g} s"), topic) from None

    def _learn(self, topic: str) -> None:
        """Fetch the topic's place in the cluster, so that sending never waits for it. Blocks."""
        limit = time.monotonic() + UNREACHABLE_S
        while True:
            try:
                self._client.partitions_for(topic)
            except KafkaError as error:
                if not isinstance(error, KafkaTimeoutError) or time.monotonic() > limit:
                    raise not_published(error, topic) from error
            else:
                self._known.add(topic)
                return

    async def _send(self, topic: str, entries: Sequence[Entry], job: _Job) -> None:
        """Hand over; what cannot be is settled here."""
        handed = 0
        try:
            for partition, key, value in entries:
                sent = self._client.send(topic, value, key, partition=partition)
                handed += 1
                sent.add_callback(self._acknowledged, job)
                sent.add_errback(self._refused, job)
                if handed % _SLICE == 0:
                    await asyncio.sleep(0)
        except ValueError as error:
            self._known.discard(topic)
            raise no_topic(topic) from error
        except KafkaError:
            self._known.discard(topic)
            raise
        finally:
            if handed < len(entries):
                self._settled_here(job, len(entries) - handed)

    def _settled_here(self, job: _Job, count: int) -> None:
        job.waiting -= count
        if not job.waiting:
            self._admission.leave(job.records, job.size)

    def _acknowledged(self, job: _Job, _: object) -> None:
        self._settle(job, None)

    def _refused(self, job: _Job, error: BaseException) -> None:
        self._settle(job, error)

    def _settle(self, job: _Job, error: BaseException | None) -> None:
        """In the library's thread: one call to the loop for all that come until it gets round to them."""
        with self._lock:
            self._settled.append((job, error))
            first = len(self._settled) == 1
        if first:
            with contextlib.suppress(RuntimeError):  # the loop is gone, nobody waits any more
                self._loop.call_soon_threadsafe(self._resolve)

    def _resolve(self) -> None:
        with self._lock:
            settled, self._settled = self._settled, []
        for job, error in settled:
            job.error = job.error or error
            self._settled_here(job, 1)
            if job.waiting or job.done.done():
                continue
            if job.error is None:
                job.done.set_result(None)
            else:
                job.done.set_exception(job.error)

    async def close(self) -> None:
        """Send what was accepted, for some seconds, then stop."""
        if self._closing:
            return
        self._closing = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_S):
                while self._publishing:
                    self._idle.clear()
                    await self._idle.wait()
        await asyncio.to_thread(self._end)

    def _end(self) -> None:
        try:
            self._client.close(timeout=1)
        except KafkaError:
            # Something waits still, and closing refuses to give it up: this way its futures fail, and the thread ends.
            # Then nothing is left to close, whoever collects or leaves.
            self._client._sender.force_close()  # noqa: SLF001
            self._client._closed = True  # noqa: SLF001
