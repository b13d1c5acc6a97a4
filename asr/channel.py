"""One channel of one call: its last seconds of audio, its endpoints, its open utterance. No I/O."""

from collections import deque
from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from asr.endpointing import Endpoint, Endpointer, EndpointSettings, Place
from asr.scheduler import ChannelKey, Job
from asr.sounds import SoundWatch
from asr.stabilizer import Stabilizer
from contracts.audio import AudioFrame, FrameFlag, Pcm16
from contracts.event import Role
from models.mel import Features, LogMel
from models.vad import VoiceState, window_samples
from models.whisper import Hypothesis
from privacy.redaction import Redacted, StreamRedactor

Float32 = npt.NDArray[np.float32]

MAX_GAP_S = 5
"""A hole in the frames up to this long is filled with silence; after a longer one the channel starts anew."""

CONTEXT_S = 30
"""What was said longer ago is no context."""

MEMORY_S = 30
"""So long a number that was begun is kept for another worker to hear again."""


class Channel:
    """Frames in, windows for voice activity and features for the recogniser out.

    Memory is bounded by the longest utterance: what no utterance needs any more is dropped.
    """

    def __init__(self, frame: AudioFrame, settings: EndpointSettings, log_mel: LogMel) -> None:
        self.key: ChannelKey = (frame.contact_id, frame.channel)
        self.role: Role = frame.role
        self.rate_hz = frame.rate_hz
        self.window = window_samples(frame.rate_hz)
        self.stabilizer = Stabilizer()
        self.redactor = StreamRedactor(joins=frame.start_sample > 0)
        self.listened_to = False
        """The ear's thread has it now: its endpoints are on their way."""
        self.late = False
        """Its newest audio had piled up before this worker came."""
        self.ended = False
        """The last frame came."""
        self.closed = False
        """Its endpoints are all with the scheduler."""
        self.offered_voice = -1
        """Voice up to here is in a partial that was asked for: silence after it needs no other."""
        self.shown: int | None = None
        """Start of the utterance that has partials on the screen."""
        self.early: tuple[Job, Hypothesis] | None = None
        """The last window that was transcribed before it was known to be final."""
        self.music_at: int | None = None
        """The last sample at which music was known to be heard."""
        self.undecided: list[Endpoint] = []
        """Endpoints that wait until it is known whether they are music."""
        self.lost_samples = 0
        """Samples that never came and were taken as silence."""
        self._said: deque[tuple[int, str]] = deque(maxlen=2)
        self._number_since: int | None = None
        """First sample of the utterance in which a number began that may go on."""
        self._settings = settings
        self._log_mel = log_mel
        self._features: dict[int, Features] = {}
        self._past: list[tuple[int, Float32]] = []
        """(first sample, audio) of what was open when a long gap came."""
        self._chunks: list[Pcm16] = []
        self._begin = 0
        self._end = 0
        self._heard_ms = frame.heard_ms
        self._start_at(frame.start_sample, joins=frame.start_sample > 0)

    def _start_at(self, sample: int, *, joins: bool) -> None:
        # Windows lie on a fixed grid, so that whoever hears this audio again finds the same endpoints.
        self._begin = self._end = self._next_window = -(-sample // self.window) * self.window
        self._chunks = []
        self.voice = VoiceState(self.rate_hz)
        self.sounds = SoundWatch(self.rate_hz, self._begin)
        self.endpointer = Endpointer(
            window=self.window,
            rate_hz=self.rate_hz,
            first_sample=self._begin,
            settings=self._settings,
            joins=joins,
        )

    def _start_anew(self, sample: int) -> list[Endpoint]:
        """Go on after a gap that is too long to fill; what was open ends before it."""
        endpoints = self.endpointer.finish()
        before, places = self._end, self.endpointer.places
        self.lost_samples += sample - before
        if self._chunks:
            self._past.append((self._begin, self._slice(self._begin, before)))
        self._start_at(sample, joins=False)
        # Only who hears the gap too knows that speech right after it has no earlier beginning.
        self.endpointer.places = places
        places.append(Place(sample, before - 1))
        return endpoints

    @property
    def end_sample(self) -> int:
        return self._end

    def is_far(self, frame: AudioFrame) -> bool:
        """The frame comes after a gap that is too long to fill: listen to what is here before accepting it."""
        return frame.start_sample > self._end + MAX_GAP_S * self.rate_hz

    def accept(self, frame: AudioFrame) -> list[Endpoint]:
        """Append a frame. What was heard before is dropped, a hole becomes silence, hold music too."""
        self.role = frame.role
        endpoints: list[Endpoint] = []
        if self.is_far(frame):
            endpoints = self._start_anew(frame.start_sample)
        elif frame.start_sample > self._end:
            self.lost_samples += frame.start_sample - self._end
            self._append(np.zeros(frame.start_sample - self._end, np.int16))
        fresh = frame.pcm16()[max(0, self._end - frame.start_sample) :]
        if len(fresh):
            self._append(np.zeros_like(fresh) if frame.flags & FrameFlag.HELD else fresh)
            self._heard_ms = frame.heard_ms
        self.ended = self.ended or bool(frame.flags & FrameFlag.LAST)
        return endpoints

    def _append(self, samples: Pcm16) -> None:
        self._chunks.append(samples)
        self._end += len(samples)

    def next_window(self) -> Float32 | None:
        """The next window for voice activity, shape (window,), or None until more audio comes."""
        if self._next_window + self.window > self._end:
            return None
        if self.endpointer.rests:
            self.voice = VoiceState(self.rate_hz)
        window = self._slice(self._next_window, self._next_window + self.window)
        self._next_window += self.window
        return window

    def features(self, start_sample: int, end_sample: int) -> Features:
        """Features of an utterance, at least up to `end_sample`; kept while it grows."""
        features = self._features.get(start_sample)
        if features is None:
            features = self._features[start_sample] = Features(self._log_mel, self.rate_hz)
        known = start_sample + features.samples
        if known < end_sample:
            features.append(self._span(known, end_sample))
        return features

    def _span(self, start: int, end: int) -> Float32:
        for begin, audio in self._past:
            if begin <= start < begin + len(audio):
                return audio[start - begin : end - begin]
        return self._slice(start, min(end, self._end))

    def _slice(self, start: int, end: int) -> Float32:
        if len(self._chunks) > 1:
            self._chunks = [np.concatenate(self._chunks)]
        held = self._chunks[0] if self._chunks else np.zeros(0, np.int16)
        span = held[max(0, start - self._begin) : max(0, end - self._begin)]
        return np.multiply(span, np.float32(1 / 32768), dtype=np.float32)

    def remember(self, end_sample: int, text: str) -> None:
        """A final that the recogniser is sure of: what comes next may be about the same."""
        self._said.append((end_sample, text))

    def redact(self, start_sample: int, text: str) -> Redacted:
        """Mask a final. Each one once, in order."""
        redacted = self.redactor.redact(text)
        if not self.redactor.remembers:
            self._number_since = None
        elif self._number_since is None:
            self._number_since = start_sample
        return redacted

    def needed_from(self, waiting: Iterable[int]) -> int:
        """The oldest sample that an open utterance, or one of those that begin in `waiting`, still needs."""
        undecided = (one.start_sample for one in self.undecided)
        return min([self.endpointer.keep_from, *waiting, *undecided])

    def rehear_from(self, needed: int) -> int:
        """Where another worker has to begin, so that it finds what is needed as it is, and masks it as well."""
        since = self._number_since
        if since is not None and self._end - since <= MEMORY_S * self.rate_hz:
            needed = min(needed, since)
        earliest = needed - self._settings.rehear_ms * self.rate_hz // 1000
        place = self.endpointer.rehear_from(needed)
        return earliest if place is None else max(place, earliest)

    def context(self, start_sample: int) -> str:
        """What was said shortly before, unmasked: for the recogniser alone."""
        since = start_sample - CONTEXT_S * self.rate_hz
        return " ".join(text for end, text in self._said if since <= end <= start_sample)

    def heard_ms(self, sample: int) -> int:
        """Wall time at which a sample was heard."""
        return self._heard_ms - (self._end - sample) * 1000 // self.rate_hz

    def ms(self, sample: int) -> int:
        """Channel time of a sample in milliseconds."""
        return sample * 1000 // self.rate_hz

    def forget_before(self, sample: int) -> None:
        """Drop audio that nobody needs any more; not while another thread reads windows."""
        self._past = [(begin, audio) for begin, audio in self._past if begin + len(audio) > sample]
        self._features = {start: kept for start, kept in self._features.items() if start >= sample}
        drop = min(sample, self._next_window) - self._begin
        if drop > self.rate_hz:
            kept = np.concatenate(self._chunks)[drop:] if self._chunks else np.zeros(0, np.int16)
            self._chunks = [kept]
            self._begin += drop
