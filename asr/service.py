"""Audio frames in, utterances out: the way of the data through the recogniser.

frames → `Channel` (order, gaps) → voice activity, batched over channels → `Endpointer` → `Scheduler` →
Whisper, one model for all channels → `Stabilizer` → `guard` → redaction → `transcript`.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from asr.channel import Channel
from asr.endpointing import Closed, Discarded, Endpoint, EndpointSettings, Opened
from asr.guards import Evidence, guard
from asr.progress import Progress
from asr.scheduler import ChannelKey, Job, Scheduler, SchedulerSettings
from asr.stabilizer import Stabilizer
from bus.base import Batch, Bus, Record, Subscription, TopicPartition
from bus.events import publish_events
from contracts.audio import AudioFrame, decode_frame
from contracts.clock import Clock, wall_ms
from contracts.errors import BadFrame, Overloaded, StorageFull
from contracts.event import Event, Language
from contracts.topics import CALL_AUDIO
from contracts.transcript import TranscriptEnded, Utterance, utterance_id
from models.vad import VoiceActivity
from models.whisper import Hypothesis, Whisper, Window

log = logging.getLogger(__name__)

FINAL_REVISION = 1_000_000_000
"""A final outranks every partial, and is the same number whoever transcribes it: heard twice, it counts once."""

MAX_WAITING_FINALS = 64
"""With more finals than this waiting, no more audio is taken from the bus: it is safe there."""

_FETCH_RECORDS = 400
_COMMIT_S = 1.0
_RETRY_S = 2.0
_SILENT_CHANNEL_MS = 120_000
"""A channel without frames for this long is taken as ended: its sender died."""


@dataclass(frozen=True, slots=True)
class AsrSettings:
    language: Language = "ko"
    endpoints: EndpointSettings = field(default_factory=EndpointSettings)
    scheduler: SchedulerSettings = field(default_factory=SchedulerSettings)


@dataclass(slots=True)
class AsrCounts:
    """What operators want to know; read by the application for its metrics."""

    frames: int = 0
    bad_frames: int = 0
    lost_samples: int = 0
    encoder_windows: int = 0
    finals: int = 0
    partials: int = 0
    guarded: int = 0
    """Texts that the guards emptied or shortened."""


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
        self.counts = AsrCounts()
        self._bus = bus
        self._whisper = whisper
        self._voice = voice
        self._settings = settings or AsrSettings()
        self._clock = clock
        self._channels: dict[ChannelKey, Channel] = {}
        self._last_frame_ms: dict[ChannelKey, int] = {}
        self._in_work: set[Job] = set()
        self._scheduler = Scheduler(self._settings.scheduler)
        self._progress = Progress()
        self._work = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()
        # One thread each: voice activity is never behind a long batch, and a batch never beside another.
        self._ear = ThreadPoolExecutor(1, "asr-voice")
        self._brain = ThreadPoolExecutor(1, "asr-whisper")

    async def run(self) -> None:
        """Work until cancelled."""
        subscription = await self._bus.subscribe("asr", [CALL_AUDIO.name])
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._hear(subscription))
                tasks.create_task(self._recognise())
                tasks.create_task(self._commit(subscription))
        finally:
            await subscription.close()
            self._ear.shutdown(wait=False, cancel_futures=True)
            self._brain.shutdown(wait=False, cancel_futures=True)

    # -- hearing -----------------------------------------------------------------------------------------

    async def _hear(self, subscription: Subscription) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._room.wait()
            batch = await subscription.fetch(max_records=_FETCH_RECORDS, timeout_s=0.5)
            self._revoke(batch)
            records = deque(batch.records)
            while records:
                touched = self._accept(records)
                for channel in touched:
                    channel.forget_before(self._needed_from(channel))
                for channel, found in await loop.run_in_executor(self._ear, self._listen, touched):
                    self._schedule(channel, found)
                    channel.closed = channel.ended
            if len(batch.records) < _FETCH_RECORDS:
                self._end_silent_channels()
            await self._retire()
            self._work.set()

    def _accept(self, records: deque[Record]) -> list[Channel]:
        """Take records up to one that comes after a long gap: what is before the gap is listened to first."""
        touched: dict[ChannelKey, Channel] = {}
        while records:
            record = records[0]
            try:
                frame = self._frame(record)
            except BadFrame as error:
                self.counts.bad_frames += 1
                log.warning("%s@%d: %s", record.topic, record.offset, error)
            else:
                key = (frame.contact_id, frame.channel)
                channel = self._channels.get(key) or Channel(frame, self._settings.endpoints)
                if key in touched and channel.is_far(frame):
                    break
                self._channels[key] = touched[key] = channel
                self._take(record, channel, frame)
            self._progress.read(record.topic_partition, record.offset)
            records.popleft()
        return list(touched.values())

    def _frame(self, record: Record) -> AudioFrame:
        frame = decode_frame(record.value)
        channel = self._channels.get((frame.contact_id, frame.channel))
        if channel and channel.rate_hz != frame.rate_hz:
            raise BadFrame(
                f"통화 중에 표본율이 {channel.rate_hz} Hz에서 {frame.rate_hz} Hz로 바뀐 소리를 건너뜁니다.",
                f"audio record skipped: {frame.rate_hz} Hz on a channel of {channel.rate_hz} Hz.",
            )
        return frame

    def _take(self, record: Record, channel: Channel, frame: AudioFrame) -> None:
        self.counts.frames += 1
        lost = channel.lost_samples
        self._schedule(channel, channel.accept(frame))
        self.counts.lost_samples += channel.lost_samples - lost
        self._progress.hold(record.topic_partition, record.offset, channel.key, frame.end_sample)
        self._last_frame_ms[channel.key] = self._clock()

    def _listen(self, channels: Sequence[Channel]) -> list[tuple[Channel, list[Endpoint]]]:
        """Voice activity over all new windows, one of each channel at a time; runs in the ear's thread."""
        endpoints: list[tuple[Channel, list[Endpoint]]] = [(channel, []) for channel in channels]
        open_channels = list(endpoints)
        while open_channels:
            ready = []
            for channel, found in open_channels:
                window = channel.next_window()
                if window is not None:
                    ready.append((channel, found, window))
                elif channel.ended:
                    found.extend(channel.endpointer.finish())
            for rate_hz in {channel.rate_hz for channel, _, _ in ready}:
                group = [entry for entry in ready if entry[0].rate_hz == rate_hz]
                states = [channel.voice for channel, _, _ in group]
                probabilities = self._voice(states, [window for _, _, window in group])
                for (channel, found, _), probability in zip(group, probabilities, strict=True):
                    found.extend(channel.endpointer.process(probability))
            open_channels = [(channel, found) for channel, found, _ in ready]
        return endpoints

    def _schedule(self, channel: Channel, endpoints: Sequence[Endpoint]) -> None:
        for endpoint in endpoints:
            match endpoint:
                case Opened():
                    channel.stabilizer = Stabilizer()
                case Discarded():
                    self._scheduler.drop_partial(channel.key)
                case Closed(start, end, speech_end, voiced):
                    job = Job(channel.key, start, end, True, speech_end, channel.ms(voiced), self._clock())
                    self._scheduler.add(job)
        since, voice_end = channel.endpointer.open_since, channel.endpointer.voice_end
        if since is not None and channel.endpointer.believable and voice_end > channel.offered_voice:
            channel.offered_voice = voice_end
            end = channel.end_sample
            self._scheduler.add(
                Job(channel.key, since, end, False, end, channel.ms(end - since), self._clock())
            )
        self._progress.release(channel.key, self._rehear_from(channel))
        if self._scheduler.waiting_finals > MAX_WAITING_FINALS:
            self._room.clear()

    def _end_silent_channels(self) -> None:
        now = self._clock()
        for key in [k for k, at in self._last_frame_ms.items() if now - at > _SILENT_CHANNEL_MS]:
            channel = self._channels[key]
            channel.ended = channel.closed = True
            del self._last_frame_ms[key]
            self._schedule(channel, channel.endpointer.finish())

    # -- recognising -------------------------------------------------------------------------------------

    async def _recognise(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            now = self._clock()
            jobs = [job for job in self._scheduler.next_batch(now) if job.key in self._channels]
            if not jobs:
                await self._wait_for_work(now)
                continue
            self._in_work.update(jobs)
            windows = [
                Window(
                    self._channels[job.key].audio(job.start_sample, job.end_sample),
                    self._settings.language,
                    short=not job.final,
                )
                for job in jobs
            ]
            self.counts.encoder_windows += len(windows)
            began = loop.time()
            hypotheses = await loop.run_in_executor(self._brain, self._whisper.transcribe, windows)
            self._scheduler.took((loop.time() - began) * 1000)
            pairs = [self._utterance(job, h) for job, h in zip(jobs, hypotheses, strict=True)]
            await self._publish([utterance for utterance in pairs if utterance])
            self._in_work.difference_update(jobs)
            self._settle(jobs)
            await self._retire()

    async def _wait_for_work(self, now: int) -> None:
        due = self._scheduler.next_due_ms()
        wait_s = 0.5 if due is None else min(0.5, max(0, due - now) / 1000)
        self._work.clear()
        # Not `wait_for`: before Python 3.12 it loses a cancellation that comes together with the event.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._work.wait()

    def _utterance(self, job: Job, hypothesis: Hypothesis) -> Utterance | None:
        """The event for a hypothesis; None when the screen would not change."""
        channel = self._channels.get(job.key)
        if channel is None or (not job.final and channel.endpointer.open_since != job.start_sample):
            return None
        evidence = Evidence(hypothesis.mean_logprob, hypothesis.no_speech, hypothesis.looped, job.voiced_ms)
        text = guard(hypothesis.text, evidence)
        self.counts.guarded += text != hypothesis.text
        return (
            self._final(job, channel, hypothesis, text)
            if job.final
            else self._partial(job, channel, hypothesis, text)
        )

    def _final(self, job: Job, channel: Channel, hypothesis: Hypothesis, text: str) -> Utterance:
        redacted = channel.redactor.redact(text)
        self.counts.finals += 1
        return self._event(job, channel, hypothesis).model_copy(
            update={
                "status": "final",
                "revision": FINAL_REVISION,
                "text": redacted.text,
                "stable_chars": len(redacted.text),
                "masked": redacted.kinds,
            }
        )

    def _partial(self, job: Job, channel: Channel, hypothesis: Hypothesis, text: str) -> Utterance | None:
        partial = channel.stabilizer.update(text)
        if partial is None:
            return None
        redacted = channel.redactor.redact_partial(partial.text)
        self.counts.partials += 1
        stable = partial.stable_chars if redacted.text == partial.text else 0
        return self._event(job, channel, hypothesis).model_copy(
            update={"text": redacted.text, "stable_chars": stable, "masked": redacted.kinds}
        )

    def _event(self, job: Job, channel: Channel, hypothesis: Hypothesis) -> Utterance:
        contact_id, number = job.key
        return Utterance(
            contact_id=contact_id,
            at_ms=self._clock(),
            utterance_id=utterance_id(contact_id, number, job.start_sample),
            revision=channel.ms(job.end_sample - job.start_sample),
            status="partial",
            channel=number,
            role=channel.role,
            start_ms=channel.ms(job.start_sample),
            end_ms=channel.ms(job.speech_end_sample),
            text="",
            language=self._settings.language,
            confidence=hypothesis.confidence,
            heard_ms=channel.heard_ms(job.speech_end_sample),
        )

    def _settle(self, jobs: Sequence[Job]) -> None:
        """After publishing: audio that was transcribed is no longer needed."""
        for key in {job.key for job in jobs}:
            channel = self._channels.get(key)
            if channel:
                self._progress.release(key, self._rehear_from(channel))
        if self._scheduler.waiting_finals < MAX_WAITING_FINALS // 2:
            self._room.set()

    async def _retire(self) -> None:
        """Channels that ended and are all published: say so and forget them."""
        done = [c for c in self._channels.values() if c.closed and not self._busy(c.key)]
        for channel in done:
            del self._channels[channel.key]
        now = self._clock()
        await self._publish(
            [
                TranscriptEnded(contact_id=c.key[0], channel=c.key[1], at_ms=now, end_ms=c.ms(c.end_sample))
                for c in done
            ]
        )
        for channel in done:
            self._forget(channel.key)

    async def _publish(self, events: Sequence[Event]) -> None:
        """Publish, however long the disk is full or the bus unreachable: the audio waits on the bus."""
        while True:
            try:
                return await publish_events(self._bus, events)
            except (StorageFull, Overloaded, OSError) as error:
                log.error("asr: %s", error)  # noqa: TRY400  the operator needs the sentence, not the stack
                await asyncio.sleep(_RETRY_S)

    # -- what may be forgotten ---------------------------------------------------------------------------

    def _busy(self, key: ChannelKey) -> bool:
        return bool(self._scheduler.pending(key)) or any(
            job.key == key and job.final for job in self._in_work
        )

    def _needed_from(self, channel: Channel) -> int:
        """The oldest sample that an open or waiting utterance still needs."""
        waiting = [*self._scheduler.pending(channel.key), *(j for j in self._in_work if j.key == channel.key)]
        return min([channel.endpointer.keep_from, *(job.start_sample for job in waiting)])

    def _rehear_from(self, channel: Channel) -> int:
        """Where another worker has to begin, so that it finds the open and waiting utterances as they are."""
        needed = self._needed_from(channel)
        earliest = needed - self._settings.endpoints.rehear_ms * channel.rate_hz // 1000
        pause = channel.endpointer.rehear_from
        return max(pause, earliest) if pause <= needed else earliest

    def _forget(self, key: ChannelKey) -> None:
        self._channels.pop(key, None)
        self._last_frame_ms.pop(key, None)
        self._scheduler.forget(key)
        self._progress.finish(key)

    def _revoke(self, batch: Batch) -> None:
        for partition in batch.revoked:
            for key in self._progress.drop(partition):
                self._forget(key)

    async def _commit(self, subscription: Subscription) -> None:
        while True:
            await asyncio.sleep(_COMMIT_S)
            offsets: dict[TopicPartition, int] = self._progress.to_commit()
            if offsets:
                await subscription.commit(offsets)
