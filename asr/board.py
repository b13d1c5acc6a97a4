"""All that one worker holds: calls, channels, what waits and what is in work. No I/O: events come out as `news`."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from asr.admission import Admission, AdmissionSettings
from asr.call import Call
from asr.channel import Channel
from asr.endpointing import Closed, Discarded, EndpointSettings, Opened, Paused
from asr.hearing import Heard
from asr.hotwords import DOUBT, settle
from asr.progress import Progress
from asr.scheduler import ChannelKey, Job, Scheduler, SchedulerSettings
from asr.sounds import SoundEnded, SoundStarted
from asr.stabilizer import Stabilizer
from asr.utterances import Utterances
from contracts.audio import AudioFrame, FrameFlag
from contracts.clock import Clock
from contracts.errors import BadFrame, Overloaded
from contracts.event import Event, Language
from contracts.transcript import (
    LanguageDetected,
    RecognitionChanged,
    RecognitionMode,
    SoundHeard,
    TranscriptEnded,
)
from models.mel import LogMel
from models.whisper import Hypothesis, Likelihoods, TimedWord, Window

log = logging.getLogger(__name__)

_SILENT_CHANNEL_MS = 120_000
"""A channel without frames for this long is taken as ended: its sender died."""
FIRST_PARTIAL_MS = 700
"""An utterance's first window, 0.32 s of it before the voice: the text of less is a guess that changes."""

AFTER_MUSIC_MS, DOUBTFUL_MS = 60_000, 1_500
"""For a minute after music nothing is transcribed before it has lasted for 1.5 s: chords are taken for voices."""

TELEPHONE_HZ = 8000


@dataclass(frozen=True, slots=True)
class AsrSettings:
    language: Language = "ko"
    endpoints: EndpointSettings = field(default_factory=EndpointSettings)
    scheduler: SchedulerSettings = field(default_factory=SchedulerSettings)
    admission: AdmissionSettings = field(default_factory=AdmissionSettings)


@dataclass(slots=True)
class AsrCounts:
    """What operators want to know; read by the application for its metrics."""

    frames: int = 0
    bad_frames: int = 0
    refused_frames: int = 0
    """Of calls that were refused because the machine is full."""
    lost_samples: int = 0
    encoder_windows: int = 0
    finals: int = 0
    early_finals: int = 0
    """Finals that were transcribed before their endpoint."""
    partials: int = 0


class Board:
    """Frames and hypotheses go in; jobs stand in `scheduler`, events in `news` until `take_news`."""

    def __init__(self, settings: AsrSettings, log_mel: LogMel, clock: Clock) -> None:
        self.counts = AsrCounts()
        self.scheduler = Scheduler(settings.scheduler)
        self.progress = Progress()
        self.utterances = Utterances(clock)
        self._settings = settings
        self._log_mel = log_mel
        self._clock = clock
        self._admission = Admission(settings.admission)
        self._calls: dict[str, Call] = {}
        self._channels: dict[ChannelKey, Channel] = {}
        self._closing: set[ChannelKey] = set()
        self._last_frame_ms: dict[ChannelKey, int] = {}
        self._in_work: set[Job] = set()
        self._news: list[Event] = []
        self._announced: list[Job] = []
        """Finals that stand in the news."""

    # -- calls -------------------------------------------------------------------------------------------

    def call(self, contact_id: str) -> Call:
        return self._calls.setdefault(contact_id, Call(self._settings.language))

    def hang_up(self, contact_id: str) -> None:
        """The call ended; its last audio may still be on its way."""
        if not self._admission.knows(contact_id):
            self._calls.pop(contact_id, None)

    def _admit(self, contact_id: str) -> None:
        wait_ms = self.scheduler.wait_ms(self._clock())
        mode = self._admission.admit(contact_id, wait_ms)
        self.call(contact_id)
        if mode == "full":
            return
        self._news.append(self._mode_event(contact_id, mode))
        refusal = Overloaded(
            f"음성 인식이 {wait_ms:.0f} ms 밀려 통화 {contact_id}을(를) '{mode}'(으)로 받습니다. 통화를 줄이거나 인식 서버를 늘리십시오.",
            f"recognition is {wait_ms:.0f} ms behind: contact {contact_id} is taken as '{mode}'; fewer calls or more recognisers are needed.",
        )
        log.warning("asr: %s", refusal)

    def review(self) -> None:
        """Move one call up when there is room."""
        now = self._clock()
        promoted = self._admission.review(self.scheduler.wait_ms(now), now)
        if promoted:
            self._news.append(self._mode_event(*promoted))

    def _mode_event(self, contact_id: str, mode: RecognitionMode) -> RecognitionChanged:
        now = self._clock()
        return RecognitionChanged(contact_id=contact_id, at_ms=now, revision=now, mode=mode)

    # -- frames ------------------------------------------------------------------------------------------

    def find(self, frame: AudioFrame) -> Channel | None:
        """The frame's channel, new or known; None when its call is refused.

        Raises:
            BadFrame: the channel has another rate.
        """
        key = (frame.contact_id, frame.channel)
        channel = self._channels.get(key)
        if channel is None:
            if not self._admission.knows(frame.contact_id):
                self._admit(frame.contact_id)
            if self._admission.mode(frame.contact_id) == "refused":
                self._refuse(key, frame)
                return None
            channel = Channel(frame, self._settings.endpoints, self._log_mel)
            self._channels[key] = channel
        elif channel.rate_hz != frame.rate_hz:
            raise BadFrame(
                f"통화 중에 표본율이 {channel.rate_hz} Hz에서 {frame.rate_hz} Hz로 바뀐 소리를 건너뜁니다.",
                f"audio record skipped: {frame.rate_hz} Hz on a channel of {channel.rate_hz} Hz.",
            )
        return channel

    def _refuse(self, key: ChannelKey, frame: AudioFrame) -> None:
        self.counts.refused_frames += 1
        self._last_frame_ms[key] = self._clock()
        if frame.flags & FrameFlag.LAST:
            self._news.append(self._end_event(key, frame.end_sample * 1000 // frame.rate_hz))
            self.forget(key)

    def take(self, channel: Channel, frame: AudioFrame) -> None:
        """Append a frame to its channel."""
        self.counts.frames += 1
        lost = channel.lost_samples
        self.follow(channel, channel.accept(frame))
        self.counts.lost_samples += channel.lost_samples - lost
        self._last_frame_ms[channel.key] = self._clock()

    def follow(self, channel: Channel, heard: Sequence[Heard]) -> None:
        """Hand on to the scheduler what was heard."""
        for one in heard:
            match one:
                case Opened():
                    channel.stabilizer = Stabilizer()
                case Paused(start, end, speech_end, voiced):
                    if self._wants_partials(channel) and channel.endpointer.sure:
                        job = self._job(channel, start, end, speech_end, voiced, early=True)
                        self.scheduler.add(job)
                case Closed(start, end, speech_end, voiced):
                    self._finish(channel, self._job(channel, start, end, speech_end, voiced, final=True))
                case Discarded(start):
                    self._discard(channel, start)
                case SoundStarted() | SoundEnded():
                    if one.sound == "music":
                        channel.music_at = channel.end_sample
                    self._news.append(self._sound_event(channel, one))
        self._ask_partial(channel)

    def _wants_partials(self, channel: Channel) -> bool:
        if self._admission.mode(channel.key[0]) != "full" or channel.sounds.undecided:
            return False
        if channel.music_at is None or channel.ms(channel.end_sample - channel.music_at) > AFTER_MUSIC_MS:
            return True
        since = channel.endpointer.open_since
        return since is not None and channel.ms(channel.end_sample - since) >= DOUBTFUL_MS

    def _ask_partial(self, channel: Channel) -> None:
        endpointer = channel.endpointer
        since, voice_end = endpointer.open_since, endpointer.voice_end
        if since is None or voice_end <= channel.offered_voice:
            return
        if not endpointer.believable or not endpointer.sure:
            return
        if channel.ms(channel.end_sample - since) < FIRST_PARTIAL_MS:
            return
        if self._wants_partials(channel):
            channel.offered_voice = voice_end
            end = channel.end_sample
            self.scheduler.add(self._job(channel, since, end, end, end - since))

    def _job(
        self,
        channel: Channel,
        start: int,
        end: int,
        speech_end: int,
        voiced: int,
        *,
        final: bool = False,
        early: bool = False,
    ) -> Job:
        return Job(
            channel.key,
            start,
            end,
            final,
            early,
            speech_end,
            length_ms=channel.ms(end - start),
            voiced_ms=channel.ms(voiced),
            asked_ms=self._clock(),
        )

    def _finish(self, channel: Channel, job: Job) -> None:
        """An utterance closed: its text may be there already."""
        early, channel.early = channel.early, None
        if early and early[0].is_same_window(job):
            self.scheduler.drop_partial(job.key)
            self._answer(job, channel, early[1])
        else:
            self.scheduler.add(job)

    def _discard(self, channel: Channel, start: int) -> None:
        self.scheduler.drop_partial(channel.key)
        if channel.shown == start:
            channel.shown = None
            self._news.append(self.utterances.withdrawal(start, channel))

    def _sound_event(self, channel: Channel, sound: SoundStarted | SoundEnded) -> SoundHeard:
        contact_id, number = channel.key
        return SoundHeard(
            contact_id=contact_id,
            at_ms=self._clock(),
            sound_id=f"{contact_id}/{number}/{sound.start_sample}/{sound.sound}",
            sound=sound.sound,
            channel=number,
            start_ms=channel.ms(sound.start_sample),
            end_ms=channel.ms(sound.end_sample) if isinstance(sound, SoundEnded) else None,
        )

    # -- hypotheses --------------------------------------------------------------------------------------

    def next_windows(self) -> tuple[list[Job], list[Window]]:
        """The next batch, now in work; `done` must follow."""
        jobs = self.scheduler.next_batch(self._clock())
        self._in_work.update(jobs)
        self.counts.encoder_windows += len(jobs)
        return jobs, [self._window(self._channels[job.key], job) for job in jobs]

    def _window(self, channel: Channel, job: Job) -> Window:
        call = self.call(job.key[0])
        return Window(
            channel.features(job.start_sample, job.end_sample),
            call.language,
            short=not job.whole,
            tight=channel.rate_hz == TELEPHONE_HZ or self.scheduler.pressed,
            prompt=channel.context(job.start_sample) if job.whole else "",
            words=True,
            review=self._review if job.whole else None,
            detect=job.whole and call.wants_language(channel.role),
            samples=job.end_sample - job.start_sample,
        )

    def _review(self, words: Sequence[TimedWord], likelihoods: Likelihoods) -> Sequence[str]:
        """Doubtful words that sound like names, settled by likelihood; runs in the model's thread."""
        lexicon = self.utterances.lexicon
        texts = [word.text for word in words]
        if lexicon is None:
            return texts
        readings = [lexicon.readings(word.text) if word.probability < DOUBT else () for word in words]
        return settle(texts, readings, likelihoods)

    def read(self, job: Job, hypothesis: Hypothesis) -> None:
        """A window's text came."""
        channel = self._channels.get(job.key)
        if channel is None:
            return
        if job.early:
            answered = self.scheduler.answered(job)
            if answered:
                self._answer(answered, channel, hypothesis)
                return
            channel.early = (job, hypothesis)
        if job.final:
            self._final(job, channel, hypothesis)
        elif channel.endpointer.open_since == job.start_sample:
            language = self.call(job.key[0]).language
            partial = self.utterances.partial(job, channel, hypothesis, language)
            if partial:
                self.counts.partials += 1
                self._news.append(partial)

    def _answer(self, job: Job, channel: Channel, hypothesis: Hypothesis) -> None:
        """A final whose text was there before it closed."""
        self.counts.early_finals += 1
        self._in_work.add(job)
        self._announced.append(job)
        self._final(job, channel, hypothesis)

    def _final(self, job: Job, channel: Channel, hypothesis: Hypothesis) -> None:
        call = self.call(job.key[0])
        probability = call.hear_language(job.voiced_ms / 1000, hypothesis.languages)
        if probability is not None:
            # In another language it was another text: once more, now in that one.
            self.scheduler.add(job)
            self._news.append(
                LanguageDetected(
                    contact_id=job.key[0],
                    at_ms=self._clock(),
                    language=call.language,
                    probability=round(probability, 3),
                )
            )
            return
        self.counts.finals += 1
        if channel.shown == job.start_sample:
            channel.shown = None
        self._news.append(self.utterances.final(job, channel, hypothesis, call.language))

    def take_news(self) -> tuple[list[Event], list[Job]]:
        """Events to be published in this order, and finals that `done` may be told of after that."""
        news, self._news = self._news, []
        announced, self._announced = self._announced, []
        return news, announced

    def done(self, jobs: Iterable[Job]) -> None:
        """What came of these jobs is published: their audio is no longer needed."""
        self._in_work.difference_update(jobs)
        for key in {job.key for job in jobs}:
            self.settle(key)

    # -- ends --------------------------------------------------------------------------------------------

    def close(self, channel: Channel) -> None:
        """All of the channel's endpoints are with the scheduler."""
        self._closing.add(channel.key)

    def end_silent_channels(self) -> None:
        now = self._clock()
        for key in [k for k, at in self._last_frame_ms.items() if now - at > _SILENT_CHANNEL_MS]:
            channel = self._channels.get(key)
            if channel is None:
                self._news.append(self._end_event(key, 0))
                self.forget(key)
                continue
            del self._last_frame_ms[key]
            channel.ended = True
            held, channel.undecided = channel.undecided, []
            self.follow(channel, [*channel.sounds.finish(), *held, *channel.endpointer.finish()])
            self.close(channel)

    def retire(self) -> tuple[list[TranscriptEnded], list[ChannelKey]]:
        """Channels that ended and have nothing left to publish; `forget` them when their end is published."""
        keys = [key for key in self._closing if not self._is_busy(key)]
        channels = [self._channels.pop(key) for key in keys]
        for key in keys:
            self._closing.discard(key)
            self.scheduler.forget(key)
        return [self._end_event(c.key, c.ms(c.end_sample)) for c in channels], keys

    def _end_event(self, key: ChannelKey, end_ms: int) -> TranscriptEnded:
        return TranscriptEnded(contact_id=key[0], channel=key[1], at_ms=self._clock(), end_ms=end_ms)

    def _is_busy(self, key: ChannelKey) -> bool:
        return bool(self.scheduler.pending(key)) or any(job.key == key and job.final for job in self._in_work)

    def forget(self, key: ChannelKey) -> None:
        """Nothing of the channel is held any more; with its last channel the call goes too."""
        self._channels.pop(key, None)
        self._closing.discard(key)
        self._last_frame_ms.pop(key, None)
        self.scheduler.forget(key)
        self.progress.finish(key)
        contact_id = key[0]
        if not any(known[0] == contact_id for known in self._last_frame_ms):
            self._admission.forget(contact_id)
            self._calls.pop(contact_id, None)

    # -- what is still needed ----------------------------------------------------------------------------

    def needed_from(self, channel: Channel) -> int:
        """The oldest sample that an open or waiting utterance still needs."""
        waiting = [*self.scheduler.pending(channel.key), *(j for j in self._in_work if j.key == channel.key)]
        starts = [one.start_sample for one in (*waiting, *channel.undecided)]
        return min([channel.endpointer.keep_from, *starts])

    def settle(self, key: ChannelKey) -> None:
        """Let go of records whose samples nobody needs, so that they may be committed."""
        channel = self._channels.get(key)
        if channel:
            self.progress.release(key, self._rehear_from(channel))

    def _rehear_from(self, channel: Channel) -> int:
        """Where another worker has to begin, so that it finds the open and waiting utterances as they are."""
        needed = self.needed_from(channel)
        earliest = needed - self._settings.endpoints.rehear_ms * channel.rate_hz // 1000
        pause = channel.endpointer.rehear_from
        return max(pause, earliest) if pause <= needed else earliest
