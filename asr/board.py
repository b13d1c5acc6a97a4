"""All that one worker holds: channels, what waits and what is in work. No I/O: events come out as `news`."""

from collections.abc import Iterable, Sequence
from itertools import count
from typing import Final

from asr.calls import Calls
from asr.channel import Channel
from asr.counts import AsrCounts
from asr.endpointing import Closed, Discarded, Opened, Paused
from asr.ends import Ends
from asr.hearing import Heard
from asr.news import News, Outbox
from asr.partials import partial_since, wants_partials
from asr.progress import Progress
from asr.scheduler import ChannelKey, Job, Scheduler
from asr.settings import AsrSettings
from asr.sounds import SoundEnded, SoundStarted
from asr.stabilizer import Stabilizer
from asr.utterances import Utterances
from asr.windows import TELEPHONE_HZ, window_of
from bus.base import TopicPartition
from contracts.audio import AudioFrame, FrameFlag
from contracts.clock import Clock
from contracts.errors import BadFrame
from contracts.transcript import (
    LanguageDetected,
    TranscriptEnded,
)
from models.mel import LogMel
from models.whisper import Hypothesis, Window

WHOLE_CALL: Final = -1
"""In place of a channel's number: what belongs to the call."""


class Board:
    """Frames and hypotheses go in; jobs stand in `scheduler`, events in `news` until they are `published`.

    `wall` is for stamps, `monotonic` for durations, both in milliseconds.
    """

    def __init__(self, settings: AsrSettings, log_mel: LogMel, wall: Clock, monotonic: Clock) -> None:
        self.scheduler = Scheduler(settings.scheduler)
        self.progress = Progress()
        self.utterances = Utterances(wall)
        self.calls = Calls(settings.language, settings.admission, wall, monotonic)
        self.ends = Ends(monotonic)
        self.news = Outbox()
        self._settings = settings
        self._log_mel = log_mel
        self._wall = wall
        self._monotonic = monotonic
        self._counts = AsrCounts()
        self._numbers = count(1)
        self._channels: dict[ChannelKey, Channel] = {}
        self._in_work: set[Job] = set()

    @property
    def counts(self) -> AsrCounts:
        self._counts.stale_partials = self.scheduler.stale_partials
        return self._counts

    @property
    def channels(self) -> int:
        """How many are listened to."""
        return len(self._channels)

    # -- frames ------------------------------------------------------------------------------------------

    def is_past(self, frame: AudioFrame) -> bool:
        """It comes again, or too late: all was said of its channel."""
        key = (frame.contact_id, frame.channel)
        return key not in self._channels and self.ends.is_past(key, frame.end_sample)

    def find(self, frame: AudioFrame) -> Channel | None:
        """The frame's channel, new or known; None when its call is refused.

        Raises:
            BadFrame: the channel has another rate.
        """
        key = (frame.contact_id, frame.channel)
        channel = self._channels.get(key)
        if channel is None:
            if not self.calls.is_admitted(frame.contact_id):
                self._admit(key, in_progress=frame.start_sample > 0)
            if self.calls.mode(frame.contact_id) == "refused":
                return None
            channel = Channel(frame, self._settings.endpoints, self._log_mel)
            self._channels[key] = channel
        elif channel.rate_hz != frame.rate_hz:
            raise BadFrame(
                f"통화 중에 표본율이 {channel.rate_hz} Hz에서 {frame.rate_hz} Hz로 바뀐 소리를 건너뜁니다.",
                f"audio record skipped: {frame.rate_hz} Hz on a channel of {channel.rate_hz} Hz.",
            )
        return channel

    def _admit(self, key: ChannelKey, *, in_progress: bool) -> None:
        told = self.calls.admit(
            key[0],
            self.scheduler.wait_ms(self._monotonic()),
            in_progress=in_progress,
            catches_up=self.scheduler.catches_up,
        )
        if told:
            self.news.add(News(told, key))

    def refuse(self, frame: AudioFrame) -> None:
        """Count a frame of a refused call. The last one is kept, so that somebody ends its transcript."""
        key = (frame.contact_id, frame.channel)
        self._counts.refused_frames += 1
        self.ends.hear(key)
        self.progress.release(key, frame.end_sample - 1)
        if frame.flags & FrameFlag.LAST:
            self._end(key, frame.end_sample, frame.rate_hz)

    def take(self, channel: Channel, frame: AudioFrame, *, late: bool = False) -> None:
        """Append a frame to its channel. `late`: it had waited before this worker came."""
        self._counts.frames += 1
        channel.late = late
        lost = channel.lost_samples
        self.follow(channel, channel.accept(frame))
        self._counts.lost_samples += channel.lost_samples - lost
        self.ends.hear(channel.key)

    def review(self) -> None:
        """Move one call up when there is room; let go of what nothing is heard of."""
        told = self.calls.review(self.scheduler.wait_ms(self._monotonic()))
        if told:
            self.news.add(News(told, (told.contact_id, WHOLE_CALL)))
        for contact_id in self.calls.forget_idle():
            self.progress.finish((contact_id, WHOLE_CALL))

    def follow(self, channel: Channel, heard: Sequence[Heard]) -> None:
        """Hand on to the scheduler what was heard."""
        for one in heard:
            match one:
                case Opened():
                    channel.stabilizer = Stabilizer()
                case Paused(start, end, speech_end, voiced):
                    if wants_partials(channel, self.calls.mode(channel.key[0])) and channel.endpointer.sure:
                        job = self._job(channel, start, end, speech_end, voiced, early=True)
                        self.scheduler.add(job)
                case Closed(start, end, speech_end, voiced):
                    self._finish(channel, self._job(channel, start, end, speech_end, voiced, final=True))
                case Discarded(start):
                    self._discard(channel, start)
                case SoundStarted() | SoundEnded():
                    if one.sound == "music":
                        channel.music_at = channel.end_sample
                    self.news.add(News(self.utterances.sound(channel, one), channel.key))
        since = partial_since(channel, self.calls.mode(channel.key[0]))
        if since is not None:
            channel.offered_voice = channel.endpointer.voice_end
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
            asked_ms=self._monotonic(),
            late=channel.late,
            number=next(self._numbers),
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
            self.news.add(News(self.utterances.withdrawal(start, channel), channel.key))

    # -- hypotheses --------------------------------------------------------------------------------------

    def next_windows(self) -> tuple[list[Job], list[Window]]:
        """The next batch, now in work; `done` must follow."""
        jobs = self.scheduler.next_batch(self._monotonic())
        self._in_work.update(jobs)
        self._counts.encoder_windows += len(jobs)
        tight = self.scheduler.pressed
        return jobs, [self._window(job, tight=tight) for job in jobs]

    def _window(self, job: Job, *, tight: bool) -> Window:
        return window_of(
            job, self._channels[job.key], self.calls[job.key[0]], tight=tight, lexicon=self.utterances.lexicon
        )

    def read(self, job: Job, hypothesis: Hypothesis) -> None:
        """A window's text came; of no use when the channel went to another worker meanwhile."""
        channel = self._channels.get(job.key)
        if channel is None or job not in self._in_work:
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
            language = self.calls[job.key[0]].language
            partial = self.utterances.partial(job, channel, hypothesis, language)
            if partial:
                self._counts.partials += 1
                self.news.add(News(partial, job.key))

    def give_up(self, job: Job) -> None:
        """The recogniser cannot take this window; a final must come all the same."""
        self._counts.failed_windows += 1
        if job.final:
            self.read(job, Hypothesis("", 0.0, 1.0, looped=False))

    def _answer(self, job: Job, channel: Channel, hypothesis: Hypothesis) -> None:
        """A final whose text was there before it closed."""
        self._counts.early_finals += 1
        self._in_work.add(job)
        self._final(job, channel, hypothesis, answers=job)

    def _final(self, job: Job, channel: Channel, hypothesis: Hypothesis, answers: Job | None = None) -> None:
        call = self.calls[job.key[0]]
        probability = call.hear_language(job.voiced_ms / 1000, hypothesis.languages)
        if probability is not None:
            # In another language it was another text: once more, now in that one.
            self.scheduler.add(job)
            detected = LanguageDetected(
                contact_id=job.key[0],
                at_ms=self._wall(),
                language=call.language,
                probability=round(probability, 3),
            )
            self.news.add(News(detected, job.key, answers))
            return
        self._counts.finals += 1
        if channel.shown == job.start_sample:
            channel.shown = None
        final = self.utterances.final(job, channel, hypothesis, call.language)
        self.news.add(News(final, job.key, answers))

    def done(self, jobs: Iterable[Job]) -> None:
        """What came of these jobs is published: their audio is no longer needed."""
        self._in_work.difference_update(jobs)
        for key in {job.key for job in jobs}:
            self.settle(key)

    # -- ends --------------------------------------------------------------------------------------------

    def hang_up(self, contact_id: str) -> None:
        """The call ended; its last audio may still be on its way."""
        self.calls.hang_up(contact_id)
        if contact_id not in self.ends:
            self.progress.finish((contact_id, WHOLE_CALL))

    def end_silent_channels(self) -> None:
        """Those whose sender died."""
        for key in self.ends.silent(self.calls.is_over):
            channel = self._channels.get(key)
            if channel is None:
                self._end(key, 0, TELEPHONE_HZ)
                continue
            channel.ended = True
            held, channel.undecided = channel.undecided, []
            self.follow(channel, [*channel.sounds.finish(), *held, *channel.endpointer.finish()])
            self.ends.close(key)

    def retire(self) -> None:
        """Tell the end of channels that have nothing left to transcribe."""
        for key in self.ends.due(self._is_busy):
            channel = self._channels.pop(key)
            self.scheduler.forget(key)
            self._end(key, channel.end_sample, channel.rate_hz)

    def _end(self, key: ChannelKey, end_sample: int, rate_hz: int) -> None:
        self.ends.end(key, end_sample)
        end_ms = end_sample * 1000 // rate_hz
        event = TranscriptEnded(contact_id=key[0], channel=key[1], at_ms=self._wall(), end_ms=end_ms)
        self.news.add(News(event, key, ends=True))

    def _is_busy(self, key: ChannelKey) -> bool:
        return bool(self.scheduler.pending(key)) or any(job.key == key and job.final for job in self._in_work)

    def published(self, news: Sequence[News]) -> None:
        """What hung on these is done."""
        for one in self.news.published(news):
            if one.answers:
                self.done([one.answers])
            if one.ends:
                self.forget(one.key)

    def drop(self, partition: TopicPartition) -> None:
        """It is another worker's now, with all that was not published."""
        gone = self.progress.drop(partition)
        self.news.drop({contact_id for contact_id, number in gone if number != WHOLE_CALL})
        self.ends.forget_past()
        for key in gone:
            self.forget(key)

    def forget(self, key: ChannelKey) -> None:
        """Nothing of the channel is held any more; with its last channel the call goes too."""
        self._channels.pop(key, None)
        self.ends.forget(key)
        self._in_work = {job for job in self._in_work if job.key != key}
        self.scheduler.forget(key)
        self.progress.finish(key)
        if key[0] not in self.ends:
            self.calls.forget(key[0])
            self.progress.finish((key[0], WHOLE_CALL))

    # -- what is still needed ----------------------------------------------------------------------------

    def needed_from(self, channel: Channel) -> int:
        """The oldest sample that an open or waiting utterance still needs."""
        waiting = (*self.scheduler.pending(channel.key), *(j for j in self._in_work if j.key == channel.key))
        return channel.needed_from(job.start_sample for job in waiting)

    def settle(self, key: ChannelKey) -> None:
        """Let go of records whose samples nobody needs, so that they may be committed."""
        channel = self._channels.get(key)
        # While the ear is at it, an utterance may have closed that the scheduler does not know yet.
        if channel and not channel.listened_to:
            self.progress.release(key, channel.rehear_from(self.needed_from(channel)))
