"""One channel's sounds, from its windows and their probabilities of speech."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from asr.sounds.music import MusicWatch, Steadiness
from asr.sounds.spectrum import Analyser
from asr.sounds.tones import ToneWatch, tone_of
from contracts.transcript import Sound

Float32 = npt.NDArray[np.float32]

_WINDOW_MS: Final = 32
_SILENCE: Final = 1e-6
"""Mean square below which nothing is looked at: -60 dB of full scale."""
_SURELY_VOICE: Final = 0.5
_SURE_AFTER: Final = 6
"""After so many windows that are surely voice, no spectrum is taken until one is not."""
_NO_TONE: Final = 0.8
"""A vowel may have two lines, but this probability tells it from a tone."""
_SETTLED: Final = 94
"""Windows after which music is reported: 3 s; hushed it is long before."""
_HUM: Final = 0.7
"""It is not, where more than this share of its steady lines never changes: that is hum, or the tone of a machine."""
_TONES: Final = frozenset({"ringing", "busy", "dtmf"})
_PATIENCE: Final[dict[Sound, int]] = {"music": 94, "ringing": 82, "busy": 28, "dtmf": 2}
"""Windows without it after which a sound has ended: a rest in a piece (3 s), the gaps of 2 s and half a second, a key."""


@dataclass(frozen=True, slots=True)
class SoundStarted:
    """A sound was recognised; it began at `start_sample`, which lies in the past."""

    sound: Sound
    start_sample: int


@dataclass(frozen=True, slots=True)
class SoundEnded:
    """It was last heard before `end_sample`. The gaps in the cadence of a tone are part of it."""

    sound: Sound
    start_sample: int
    end_sample: int


class SoundWatch:
    """Feed every window in order. Memory is bounded; an hour costs what a second does.

    Args:
        rate_hz: 8000 or 16000.
        first_sample: channel time of the first window.
    """

    def __init__(self, rate_hz: int, first_sample: int = 0) -> None:
        self._window = rate_hz * _WINDOW_MS // 1000
        self._first = first_sample
        self._now = 0
        self._voiced = 0
        self._analyser = Analyser(self._window)
        self._steadiness = Steadiness()
        self._tones = ToneWatch()
        self._music = MusicWatch()
        self._sound: Sound | None = None
        self._reported = False
        self._start = 0
        self._end = 0

    @property
    def hushed_since(self) -> int | None:
        """First sample of what is heard now, if it is no speech: since then the probability of speech counts as 0.

        What opened since then, or up to 0.32 s before it, was opened by the sound. A sound that paused, or that
        somebody spoke into, hushes anew from where it went on.
        """
        since = self._music.since if self._tones.since is None else self._tones.since
        return None if since is None else self._sample(since)

    @property
    def hushes(self) -> bool:
        """What is heard now is no speech."""
        return self._tones.since is not None or self._music.since is not None

    @property
    def undecided(self) -> bool:
        """It begins to sound like music: what opened may wait for a moment, at most 1.5 s."""
        return not self.hushes and self._music.undecided

    @property
    def plain(self) -> bool:
        """There is nothing that who begins to hear now would have to know."""
        return self._sound is None and not self.hushes and not self._music.remembers

    def process(self, window: Float32, probability: float) -> list[SoundStarted | SoundEnded]:
        """The next window, -1..1, and its probability of speech."""
        power = float(window @ window) / self._window
        tone, tonal = None, 0.0
        self._voiced = self._voiced + 1 if probability >= _SURELY_VOICE else 0
        self._analyser.push(window)
        if power < _SILENCE or self._voiced > _SURE_AFTER:
            self._steadiness.rest()
        else:
            spectrum = self._analyser.spectrum()
            tonal = self._steadiness.look(spectrum)
            tone = tone_of(spectrum) if probability < _NO_TONE else None
        self._tones.process(tone)
        self._music.process(0.0 if self._tones.since is not None else power, probability, tonal)
        self._now += 1
        return self._events()

    def finish(self) -> list[SoundEnded]:
        """The channel ended: so does what is heard."""
        if self._sound is None or not self._reported:
            return []
        return [self._ending(self._sound)]

    def _events(self) -> list[SoundStarted | SoundEnded]:
        heard, since, end = self._heard()
        events: list[SoundStarted | SoundEnded] = []
        if self._sound is not None:
            # The gaps of a tone are no music, whatever hisses in them.
            next_key = heard == "dtmf" and since > self._start
            another = heard in _TONES and (heard != self._sound or next_key)
            if another or self._now - self._end > _PATIENCE[self._sound]:
                if self._reported:
                    events.append(self._ending(self._sound))
                self._sound, self._reported = None, False
        if heard is not None and self._sound in {None, heard}:
            if self._sound is None:
                self._sound, self._start = heard, max(since, self._end)
            self._end = end
            if not self._reported and self._settled():
                self._reported = True
                events.append(SoundStarted(heard, self._sample(self._start)))
        return events

    def _ending(self, sound: Sound) -> SoundEnded:
        return SoundEnded(sound, self._sample(self._start), self._sample(self._end))

    def _settled(self) -> bool:
        """Sure enough to tell people of it."""
        if self._sound != "music":
            return True
        return self._end - self._start >= _SETTLED and self._steadiness.still < _HUM

    def _heard(self) -> tuple[Sound | None, int, int]:
        """What is heard now, since when, and until when so far; in windows."""
        if self._tones.since is not None and self._tones.tone is not None:
            return self._tones.tone[0], self._tones.since, self._tones.end
        if self._music.since is not None:
            return "music", self._music.since, self._music.end
        return None, 0, 0

    def _sample(self, window: int) -> int:
        return self._first + window * self._window
