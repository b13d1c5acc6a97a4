"""From calls to the bus: what calls say is put down here at once and published beside them.

A call's reader never waits for the bus. Calls are shared among lanes as the bus shares them among partitions, so
that a partition that is away holds up its own calls alone; a lane publishes all that waits in one go.
"""

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final

from bus.base import Bus, partition_of
from bus.events import traced
from bus.outage import AWAY, Outage
from contracts.audio import AudioFrame, FrameFlag
from contracts.codec import encode, topic_of
from contracts.contact import ContactStateChanged
from contracts.errors import BusClosed, Overloaded
from contracts.topics import CALL_AUDIO, PARTITIONS
from ingest.counts import IngestCounts
from ingest.waiting import Item, Waiting

log = logging.getLogger(__name__)

MAX_BYTES: Final = 512 << 20
"""Of all calls that wait for the bus: half a minute of 500 calls of two channels at 8 kHz."""
MAX_STATES: Final = 10_000
"""State changes that wait, of all calls: with more, no new call is taken."""

_BATCH_ITEMS: Final = 1_000
_BATCH_BYTES: Final = 2 << 20
"""Published in one go by a lane."""
_GATHER_S: Final = 0.02
"""A lane lets live audio gather for so long: saves a third of the CPU a frame costs."""


class Outbox:
    """Everything this process has to publish, in order for each call."""

    def __init__(self, bus: Bus, counts: IngestCounts) -> None:
        self._lanes = [_Lane(bus, counts) for _ in range(PARTITIONS)]

    def put_frames(self, frames: Sequence[AudioFrame], channels: int, *, keep: bool = False) -> None:
        """Put down frames of one call, which has so many channels. With `keep` they are never dropped."""
        if frames:
            self._lane(frames[0].contact_id).put([_item_of(frame, keep=keep) for frame in frames], channels)

    def put_state(self, event: ContactStateChanged) -> None:
        """Put down a change of state; it is never dropped while this process lives."""
        self._lane(event.contact_id).put(
            [Item(topic_of(event).name, event.contact_id, encode(traced(event)))]
        )

    @property
    def is_full(self) -> bool:
        """So many state changes wait that no new call should come."""
        return sum(lane.states for lane in self._lanes) >= MAX_STATES

    def dropped(self, contact_id: str) -> int:
        """Frames of the call that were lost so far."""
        return self._lane(contact_id).dropped[contact_id]

    def forget(self, contact_id: str) -> None:
        """The call has ended: what was lost of it has been told."""
        del self._lane(contact_id).dropped[contact_id]

    async def sent(self, contact_id: str, limit_s: float | None = None) -> None:
        """Wait until all that a call said so far is on the bus.

        Raises:
            Unavailable: it was not within `limit_s` seconds; it is published later.
        """
        await self._lane(contact_id).sent(contact_id, limit_s)

    async def close(self, limit_s: float) -> None:
        """Publish what waits, for so long at most, then give it up."""
        await asyncio.gather(*(lane.close(limit_s) for lane in self._lanes))

    def _lane(self, contact_id: str) -> "_Lane":
        return self._lanes[partition_of(contact_id, PARTITIONS)]


def _item_of(frame: AudioFrame, *, keep: bool) -> Item:
    audio_ms = 0 if keep or frame.flags & FrameFlag.LAST else frame.samples * 1000 // frame.rate_hz
    return Item(CALL_AUDIO.name, frame.contact_id, frame.encode(), audio_ms)


class _Lane:
    """Calls of one partition. A task publishes while there is something to publish."""

    def __init__(self, bus: Bus, counts: IngestCounts) -> None:
        self.states = 0
        self.dropped: Counter[str] = Counter()
        self._bus = bus
        self._counts = counts
        self._waiting = Waiting(MAX_BYTES // PARTITIONS)
        self._unsent: Counter[str] = Counter()
        """Items by call, also those that are being published."""
        self._moved = asyncio.Event()
        self._waiters = 0
        self._outage = Outage("ingest")
        self._error: Exception | None = None
        self._task: asyncio.Task[None] | None = None

    def put(self, items: Sequence[Item], channels: int = 1) -> None:
        self._count(items, 1)
        self._lose(self._waiting.put(items, channels))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._send())

    async def sent(self, contact_id: str, limit_s: float | None) -> None:
        self._waiters += 1
        try:
            async with asyncio.timeout(limit_s):
                while self._unsent[contact_id] > 0:
                    await self._moved.wait()
        except TimeoutError:
            raise self._error or Overloaded(
                "버스가 느려 통화를 싣지 못하고 있습니다. 버스를 확인하십시오.",
                "the bus is too slow to take the call; look at the bus.",
            ) from None
        finally:
            self._waiters -= 1

    async def close(self, limit_s: float) -> None:
        if self._task is None or self._task.done():
            return
        await asyncio.wait([self._task], timeout=limit_s)
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task
        if lost := len(self._waiting):
            log.error("ingest: stopped with %d records that the bus did not take", lost)

    async def _send(self) -> None:
        """Publish until nothing waits."""
        while True:
            if not self._waiters:
                await asyncio.sleep(_GATHER_S)
            batch = self._waiting.take(_BATCH_ITEMS, _BATCH_BYTES)
            if not batch:
                return
            try:
                await self._publish(batch)
            except AWAY as error:
                self._error = error
                self._lose(self._waiting.give_back(batch))
                await self._outage.wait(error)
                continue
            except asyncio.CancelledError:
                self._waiting.give_back(batch)
                raise
            except Exception as error:  # the calls must go on
                closed = isinstance(error, BusClosed)
                log.error("ingest: %d records were not published", len(batch), exc_info=not closed)  # noqa: TRY400  a closed bus needs no stack
                self._lose(Counter(item.contact_id for item in batch if item.audio_ms))
                self._gone([item for item in batch if not item.audio_ms])
            else:
                self._outage.over()

    async def _publish(self, batch: list[Item]) -> None:
        """Publish in order; what is out is taken from `batch`."""
        for topic, run in groupby(list(batch), key=lambda item: item.topic):
            items = list(run)
            await self._bus.publish_many(topic, [(item.contact_id, item.value) for item in items])
            del batch[: len(items)]
            self._gone(items)

    def _gone(self, items: Iterable[Item]) -> None:
        self._count(items, -1)
        self._moved.set()
        self._moved = asyncio.Event()

    def _count(self, items: Iterable[Item], by: int) -> None:
        for item in items:
            self._unsent[item.contact_id] += by
            if self._unsent[item.contact_id] <= 0:
                del self._unsent[item.contact_id]
            self.states += by * (item.topic != CALL_AUDIO.name)

    def _lose(self, frames: Counter[str]) -> None:
        """Frames were dropped."""
        for contact_id, number in frames.items():
            if not self.dropped[contact_id]:
                log.error("ingest: %s: the bus is away for too long, audio is being lost", contact_id)
            self.dropped[contact_id] += number
            self._counts.dropped_frames += number
            self._unsent[contact_id] -= number
