"""Audio frames in, utterances out: the way of the data through the recogniser.

frames → `Intake` → `Channel` (order, gaps) → `Ear` (voice activity and sounds, batched over channels) → `Endpointer` →
`Scheduler` → Whisper, one model for all channels → `Utterances` (guards, stable prefix, redaction) →
`transcript`. `Board` holds it all together; here are the loops round it.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

from asr.board import Board
from asr.brain import Brain
from asr.channel import Channel
from asr.counts import AsrCounts
from asr.hearing import Ear
from asr.intake import Intake
from asr.lexicon import Lexicon
from asr.scheduler import Job
from asr.settings import AsrSettings
from asr.utterances import FINAL_REVISION
from bus.base import Batch, Bus, Subscription
from bus.events import publish_events
from contracts.clock import Clock, monotonic_ms, wall_ms
from contracts.errors import Unavailable
from contracts.topics import CALL_AUDIO, CONTACT_EVENTS
from contracts.transcript import RecognitionMode
from models.hypothesis import Hypothesis
from models.vad import VoiceActivity
from models.whisper import Whisper

__all__ = ["FINAL_REVISION", "MAX_WAITING_FINALS", "AsrCounts", "AsrService", "AsrSettings"]

log = logging.getLogger(__name__)

MAX_WAITING_FINALS = 64
"""With more finals than this waiting, no more audio is taken from the bus: it is safe there."""

_FETCH_RECORDS = 400
_COMMIT_S = 1.0
_RETRY_S = 2.0
_DRAIN_S = 4.0
"""So long a worker that is told to stop finishes what is in work."""


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
        monotonic: Clock = monotonic_ms,
    ) -> None:
        """A worker, not yet in its group.

        Args:
            bus: where frames come from and utterances go.
            whisper: the model.
            voice: voice activity.
            settings: what suits the machine.
            clock: wall time in milliseconds, for stamps.
            monotonic: milliseconds for durations.
        """
        self._bus = bus
        self._whisper = whisper
        self.ready = asyncio.Event()
        """In the group."""
        self._monotonic = monotonic
        self._board = Board(settings or AsrSettings(), whisper.log_mel, clock, monotonic)
        self._intake = Intake(self._board, clock, monotonic)
        self._ear = Ear(voice)
        self._work = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        # Voice activity has a thread of its own: it is never behind a long batch.
        self._ear_thread = ThreadPoolExecutor(1, "asr-voice")
        self._brain = Brain(whisper)
        self._stop = asyncio.Event()
        self._publishing = asyncio.Lock()
        self._fetching: asyncio.Future[Batch] | None = None

    @property
    def counts(self) -> AsrCounts:
        return self._board.counts

    @property
    def channels(self) -> int:
        """Gauge: channels that are listened to."""
        return self._board.channels

    @property
    def waiting_finals(self) -> int:
        """Gauge: finals that wait for the model."""
        return self._board.scheduler.waiting_finals

    @property
    def queue_wait_ms(self) -> float:
        """Gauge: how long finals wait for the model."""
        return self._board.scheduler.wait_ms(self._monotonic())

    @property
    def calls(self) -> Mapping[RecognitionMode, int]:
        """Gauge: calls by how much of them is transcribed."""
        return self._board.calls.count

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

    # -- life ------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Work until cancelled; then publish what is in work, commit, and leave the group, within 5 s."""
        subscription = await self._bus.subscribe("asr", [CALL_AUDIO.name, CONTACT_EVENTS.name])
        try:
            work = asyncio.create_task(self._work_on(subscription))
            self.ready.set()
            try:
                await asyncio.shield(work)
            except asyncio.CancelledError:
                await self._drain(work)
                raise
        finally:
            self.ready.clear()
            self._ear_thread.shutdown(wait=False, cancel_futures=True)
            self._brain.close()
            await subscription.close()

    async def _work_on(self, subscription: Subscription) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._hear(subscription))
            for _ in range(self._whisper.workers):
                tasks.create_task(self._recognise())
            tasks.create_task(self._commit(subscription))
        await self._publish_news()
        await self._commit_now(subscription)

    async def _drain(self, work: asyncio.Task[None]) -> None:
        """Let the loops end where nothing is half done."""
        self._stop.set()
        self._room.set()
        self._work.set()
        if self._fetching is not None:
            self._fetching.cancel()
        try:
            await asyncio.wait([work], timeout=_DRAIN_S)
        finally:
            if not work.done():
                log.warning(
                    "asr: stopped after %.0f s with work in hand: another worker hears it again", _DRAIN_S
                )
                work.cancel()
            for error in await asyncio.gather(work, return_exceptions=True):
                if isinstance(error, Exception):
                    log.error("asr: while stopping", exc_info=error)

    # -- hearing -----------------------------------------------------------------------------------------

    async def _hear(self, subscription: Subscription) -> None:
        board = self._board
        while not self._stop.is_set():
            await self._room.wait()
            batch = await self._fetch(subscription)
            self._intake.reassign(batch)
            records = deque(batch.records)
            while records:
                await self._listen(self._intake.accept(records))
            if len(batch.records) < _FETCH_RECORDS:
                board.end_silent_channels()
            board.review()
            await self._publish_news()
            if board.scheduler.waiting_finals > MAX_WAITING_FINALS:
                self._room.clear()
            self._work.set()

    async def _fetch(self, subscription: Subscription) -> Batch:
        if self._stop.is_set():
            return Batch()
        self._fetching = asyncio.ensure_future(subscription.fetch(max_records=_FETCH_RECORDS, timeout_s=0.5))
        try:
            return await self._fetching
        except Unavailable as error:
            log.error("asr: %s", error)  # noqa: TRY400  the operator needs the sentence, not the stack
            await self._rest(_RETRY_S)
        except asyncio.CancelledError:
            if not self._stop.is_set():
                raise
        return Batch()

    async def _listen(self, touched: Sequence[Channel]) -> None:
        """Voice activity and sounds over what came."""
        loop, board = asyncio.get_running_loop(), self._board
        for channel in touched:
            channel.forget_before(board.needed_from(channel))
            channel.listened_to = True
        for channel, heard in await loop.run_in_executor(self._ear_thread, self._ear.listen, touched):
            board.follow(channel, heard)
            channel.listened_to = False
            board.settle(channel.key)
            if channel.ended:
                board.ends.close(channel.key)

    # -- recognising -------------------------------------------------------------------------------------

    async def _recognise(self) -> None:
        """One of the model's workers."""
        board = self._board
        while not self._stop.is_set():
            jobs, windows = board.next_windows()
            if not jobs:
                await self._wait_for_work()
                continue
            hypotheses = await self._brain.transcribe(windows)
            for job, hypothesis in zip(jobs, hypotheses, strict=True):
                self._read(job, hypothesis)
            await self._publish_news()
            board.scheduler.done(jobs)
            board.done(jobs)
            await self._publish_news()
            if board.scheduler.waiting_finals < MAX_WAITING_FINALS // 2:
                self._room.set()
            self._work.set()

    def _read(self, job: Job, hypothesis: Hypothesis | None) -> None:
        """A text that our own rules cannot take must not stop every worker in turn either."""
        if hypothesis is not None:
            try:
                self._board.read(job, hypothesis)
            except Exception:
                log.exception(
                    "asr: the text of a window of %s could not be used",
                    job.key,
                    extra={"contact": job.key[0]},
                )
            else:
                return
        log.error(
            "asr: no text for %s from sample %d to %d",
            job.key,
            job.start_sample,
            job.end_sample,
            extra={"contact": job.key[0]},
        )
        self._board.give_up(job)

    async def _wait_for_work(self) -> None:
        due = self._board.scheduler.next_due_ms()
        wait_s = 0.5 if due is None else min(0.5, max(0, due - self._monotonic()) / 1000)
        self._work.clear()
        if not self._stop.is_set():
            await _until(self._work, wait_s)

    # -- publishing --------------------------------------------------------------------------------------

    async def _publish_news(self) -> None:
        """Publish, however long the disk is full or the bus unreachable: the audio waits on the bus.

        One at a time, so that nothing overtakes what failed and is tried again.
        """
        board = self._board
        async with self._publishing:
            board.retire()
            while news := board.news.waiting():
                try:
                    await publish_events(self._bus, [one.event for one in news])
                except (Unavailable, OSError) as error:
                    log.error("asr: %s", error)  # noqa: TRY400  the operator needs the sentence, not the stack
                    await asyncio.sleep(_RETRY_S)
                else:
                    board.published(news)
                    board.retire()

    async def _commit(self, subscription: Subscription) -> None:
        while not self._stop.is_set():
            await self._rest(_COMMIT_S)
            await self._commit_now(subscription)

    async def _commit_now(self, subscription: Subscription) -> None:
        offsets = self._board.progress.to_commit()
        if not offsets:
            return
        try:
            await subscription.commit(offsets)
        except Unavailable as error:
            self._board.progress.not_committed(offsets)
            log.warning("asr: %s", error)

    async def _rest(self, seconds: float) -> None:
        """Do nothing for a while, or until told to stop."""
        await _until(self._stop, seconds)


async def _until(event: asyncio.Event, seconds: float) -> None:
    # Not `wait_for`: before Python 3.12 it loses a cancellation that comes together with the event.
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()
