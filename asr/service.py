"""Audio frames in, utterances out: the way of the data through the recogniser.

frames → `Channel` (order, gaps) → `Ear` (voice activity and sounds, batched over channels) → `Endpointer` →
`Scheduler` → Whisper, one model for all channels → `Utterances` (guards, stable prefix, redaction) →
`transcript`. `Board` holds it all together; here are the loops round it.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from asr.board import AsrCounts, AsrSettings, Board
from asr.channel import Channel
from asr.hearing import Ear
from asr.lexicon import Lexicon
from asr.scheduler import ChannelKey
from asr.utterances import FINAL_REVISION
from bus.base import Bus, Record, Subscription
from bus.events import publish_events
from contracts.audio import decode_frame
from contracts.clock import Clock, wall_ms
from contracts.codec import decode
from contracts.contact import ContactStateChanged, LanguageChosen
from contracts.errors import BadEvent, BadFrame, Unavailable
from contracts.event import Event
from contracts.topics import CALL_AUDIO, CONTACT_EVENTS
from models.vad import VoiceActivity
from models.whisper import Whisper

__all__ = ["FINAL_REVISION", "MAX_WAITING_FINALS", "AsrCounts", "AsrService", "AsrSettings"]

log = logging.getLogger(__name__)

MAX_WAITING_FINALS = 64
"""With more finals than this waiting, no more audio is taken from the bus: it is safe there."""

_FETCH_RECORDS = 400
_COMMIT_S = 1.0
_RETRY_S = 2.0
_WHOLE_CALL = -1
"""In place of a channel's number: what belongs to the call."""


class AsrService:
    """One worker: all channels of its partitions, one model."""

    def __init__(
        self,
        bus: Bus,
        whisper: Whisper,
        voice: VoiceActivity,
        settings: AsrSettings | None = None,
        *,
        clock: Clock = wall_ms,
    ) -> None:
        self._bus = bus
        self._whisper = whisper
        self._clock = clock
        self._board = Board(settings or AsrSettings(), whisper.log_mel, clock)
        self._ear = Ear(voice)
        self._work = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        # Voice activity has a thread of its own: it is never behind a long batch.
        self._ear_thread = ThreadPoolExecutor(1, "asr-voice")
        self._brain = ThreadPoolExecutor(whisper.workers, "asr-whisper")

    @property
    def counts(self) -> AsrCounts:
        return self._board.counts

    @property
    def lexicon(self) -> Lexicon | None:
        """Names of the tenant, for words that are in doubt; may be replaced at any time."""
        return self._board.utterances.lexicon

    @lexicon.setter
    def lexicon(self, lexicon: Lexicon | None) -> None:
        self._board.utterances.lexicon = lexicon

    @property
    def guarded(self) -> dict[str, int]:
        """How often each guard took something from a text."""
        return self._board.utterances.guarded

    async def run(self) -> None:
        """Work until cancelled."""
        subscription = await self._bus.subscribe("asr", [CALL_AUDIO.name, CONTACT_EVENTS.name])
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._hear(subscription))
                for _ in range(self._whisper.workers):
                    tasks.create_task(self._recognise())
                tasks.create_task(self._commit(subscription))
        finally:
            await subscription.close()
            self._ear_thread.shutdown(wait=False, cancel_futures=True)
            self._brain.shutdown(wait=False, cancel_futures=True)

    # -- hearing -----------------------------------------------------------------------------------------

    async def _hear(self, subscription: Subscription) -> None:
        loop, board = asyncio.get_running_loop(), self._board
        while True:
            await self._room.wait()
            batch = await subscription.fetch(max_records=_FETCH_RECORDS, timeout_s=0.5)
            for partition in batch.revoked:
                for key in board.progress.drop(partition):
                    board.forget(key)
            records = deque(batch.records)
            while records:
                touched = self._accept(records)
                for channel in touched:
                    channel.forget_before(board.needed_from(channel))
                listened = await loop.run_in_executor(self._ear_thread, self._ear.listen, touched)
                for channel, heard in listened:
                    board.follow(channel, heard)
                    board.settle(channel.key)
                    if channel.ended:
                        board.close(channel)
            if len(batch.records) < _FETCH_RECORDS:
                board.end_silent_channels()
            board.review()
            await self._publish_news()
            if board.scheduler.waiting_finals > MAX_WAITING_FINALS:
                self._room.clear()
            self._work.set()

    def _accept(self, records: deque[Record]) -> list[Channel]:
        """Take records up to one that comes after a long gap: what is before the gap is listened to first."""
        touched: dict[ChannelKey, Channel] = {}
        while records:
            record = records[0]
            try:
                if record.topic == CONTACT_EVENTS.name:
                    self._take_event(record)
                elif not self._take_frame(record, touched):
                    break
            except (BadFrame, BadEvent) as error:
                self.counts.bad_frames += isinstance(error, BadFrame)
                log.warning("%s@%d: %s", record.topic, record.offset, error)
            self._board.progress.read(record.topic_partition, record.offset)
            records.popleft()
        return list(touched.values())

    def _take_frame(self, record: Record, touched: dict[ChannelKey, Channel]) -> bool:
        """False when the channel has to be listened to before it can take this frame."""
        frame = decode_frame(record.value)
        channel = self._board.find(frame)
        if channel is None:
            return True
        if channel.key in touched and channel.is_far(frame):
            return False
        touched[channel.key] = channel
        self._board.progress.hold(record.topic_partition, record.offset, channel.key, frame.end_sample)
        self._board.take(channel, frame)
        return True

    def _take_event(self, record: Record) -> None:
        event = decode(record.value)
        key = (event.contact_id, _WHOLE_CALL)
        if isinstance(event, LanguageChosen):
            self._board.call(event.contact_id).chosen = event.language
            # Whoever takes over has to know it too, as long as the call goes on.
            self._board.progress.hold(record.topic_partition, record.offset, key, 0)
        elif isinstance(event, ContactStateChanged) and event.state == "ended":
            self._board.progress.finish(key)
            self._board.hang_up(event.contact_id)

    # -- recognising -------------------------------------------------------------------------------------

    async def _recognise(self) -> None:
        """One of the model's workers."""
        loop, board = asyncio.get_running_loop(), self._board
        while True:
            jobs, windows = board.next_windows()
            if not jobs:
                await self._wait_for_work()
                continue
            hypotheses = await loop.run_in_executor(self._brain, self._whisper.transcribe, windows)
            for job, hypothesis in zip(jobs, hypotheses, strict=True):
                board.read(job, hypothesis)
            await self._publish_news()
            board.scheduler.done(jobs)
            board.done(jobs)
            await self._publish_ends()
            if board.scheduler.waiting_finals < MAX_WAITING_FINALS // 2:
                self._room.set()
            self._work.set()

    async def _wait_for_work(self) -> None:
        due = self._board.scheduler.next_due_ms()
        wait_s = 0.5 if due is None else min(0.5, max(0, due - self._clock()) / 1000)
        self._work.clear()
        # Not `wait_for`: before Python 3.12 it loses a cancellation that comes together with the event.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._work.wait()

    # -- publishing --------------------------------------------------------------------------------------

    async def _publish_news(self) -> None:
        news, announced = self._board.take_news()
        await self._publish(news)
        self._board.done(announced)
        await self._publish_ends()

    async def _publish_ends(self) -> None:
        """Channels that ended and are all published."""
        ends, keys = self._board.retire()
        await self._publish(ends)
        for key in keys:
            self._board.forget(key)

    async def _publish(self, events: Sequence[Event]) -> None:
        """Publish, however long the disk is full or the bus unreachable: the audio waits on the bus."""
        while events:
            try:
                await publish_events(self._bus, events)
            except (Unavailable, OSError) as error:
                log.error("asr: %s", error)  # noqa: TRY400  the operator needs the sentence, not the stack
                await asyncio.sleep(_RETRY_S)
            else:
                return

    async def _commit(self, subscription: Subscription) -> None:
        while True:
            await asyncio.sleep(_COMMIT_S)
            offsets = self._board.progress.to_commit()
            if offsets:
                await subscription.commit(offsets)
