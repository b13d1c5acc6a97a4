"""Music: lasting sound with spectral lines that stay where they are, and no voice.

Lines are counted as in continuous frequency activation (Seyerlehner et al., 2007), but only those that have
been in one place for a quarter of a second: notes do that, harmonics of a voice glide away.
"""

from collections import deque
from dataclasses import dataclass
from math import log2
from typing import Final

import numpy as np

from asr.sounds.spectrum import LOWEST, Spectrum

_STEADY: Final = 8
"""Windows that a line stays in its place or beside it: 256 ms."""
_STILL: Final = 94
"""A note ends sooner: 3 s. What stays longer is hum."""
_PAUSE: Final = 8
"""Windows of quiet after which it is not hushed: who speaks next is perhaps a person."""
_QUIET_BELOW: Final = 0.01
"""Quiet is 20 dB below the music so far."""
_FLOOR: Final = 1e-6
"""Quiet is below -60 dB of full scale in any case."""
_MEMORY: Final = 1 / 96
"""Share of a window in the level of the music, and of the voice, so far: 3 s."""
_BEHIND: Final = 0.003
"""What is 25 dB below the voice is behind it: hum in the pauses of somebody who speaks."""
_FORGETS: Final = 1 - 1 / 1000
"""How the level of the voice is forgotten: half a minute."""
_RECENT: Final = 6
"""Windows in which a voice is looked for: 0.2 s. Less than is kept before an utterance."""
_PERHAPS: Final = 0.35
"""Evidence of a voice from which on it is no longer hushed, see `MusicWatch._voice`."""
_LOUDER: Final = 0.2
"""So much of it may come from a change of level: 0.05 for every 3 dB."""
_VOICE: Final = 0.75
_VOICE_WINDOWS: Final = 3
"""A voice over music reaches this probability so often; what falls back before was the music."""
_SOFT_VOICE: Final = 0.4
_SOFT_WINDOWS: Final = 16
"""Or this one for half a second."""
_FELL: Final = 0.1
"""Mean probability over `_RECENT` from which down there was none."""
_LONGEST_DOUBT: Final = 48
"""Windows: after 1.5 s in doubt it is a voice."""
_OPENS: Final = 0.25
"""Probability that may be a voice in a pause; an utterance opens from it on."""
_RESUMES: Final = 156
"""Windows after a pause within which the music goes on with less evidence: 5 s."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What makes it music."""

    windows: int
    """The last ones, of which …"""
    loud: int
    """… so many at least are not quiet, …"""
    voice: float
    """… the mean probability of speech is not above this …"""
    tonal: float
    """… and the mean share of power in steady lines, of those not quiet, not below this."""


_BEGINS: Final = (Evidence(48, 30, 0.12, 0.06), Evidence(160, 140, 0.08, 0.008))
"""Music by its notes; where there are mostly drums it takes longer."""
_GOES_ON: Final = Evidence(16, 12, 0.2, 0.06)
_GLANCE: Final = 4
"""Evidence is weighed every 128 ms."""
_DOUBT: Final = Evidence(12, 8, 0.35, 0.05)


class Steadiness:
    """Share of power in lines that stay."""

    def __init__(self) -> None:
        self.still = 0.0
        """Share of it in lines that stay for ever, over half a second: music has little."""
        self._runs = np.zeros(256, np.int16)

    def rest(self) -> None:
        """Quiet, or surely a voice: nothing stays."""
        self._runs[:] = 0

    def look(self, spectrum: Spectrum) -> float:
        """0-1."""
        lines, runs = spectrum.lines, self._runs
        near = lines.copy()
        near[1:] |= lines[:-1]
        near[:-1] |= lines[1:]
        runs += 1
        runs *= near
        np.minimum(runs, _STILL, out=runs)
        steady = spectrum.power @ (lines & (runs >= _STEADY))
        if not steady:
            return 0.0
        self.still += (float(spectrum.power @ (lines & (runs == _STILL)) / steady) - self.still) / 16
        return float(steady / spectrum.power[LOWEST:].sum())


class MusicWatch:
    """Whether music is heard now, and nobody speaks into it."""

    def __init__(self) -> None:
        self.since: int | None = None
        """Window at which it began, or None."""
        self.end = 0
        """Window after the last one of it."""
        self._now = 0
        self._level = 0.0
        self._voice_level = 0.0
        self._perhaps: int | None = None
        self._doubted = 0
        self._resumes_until = 0
        self._past: deque[tuple[float, float, float]] = deque(maxlen=max(e.windows for e in _BEGINS))
        """Power (0 where it is quiet), probability of speech and `Steadiness` of each window."""

    @property
    def undecided(self) -> bool:
        """It begins to sound like music, or perhaps a voice speaks into it."""
        return self._perhaps is not None or 0 < self._doubted <= _LONGEST_DOUBT

    @property
    def remembers(self) -> bool:
        """It is in doubt, or paused a moment ago and goes on with less evidence."""
        return self.undecided or self._now < self._resumes_until

    def process(self, power: float, probability: float, tonal: float) -> None:
        """The next window: its mean square, its probability of speech, and its `Steadiness`."""
        silent = self.since is None and self._perhaps is None
        if probability >= _VOICE:
            self._voice_level += (power - self._voice_level) * _MEMORY
        else:
            self._voice_level *= _FORGETS
        loud = power > max(_FLOOR, _BEHIND * self._voice_level if silent else _QUIET_BELOW * self._level)
        self._past.append((power if loud else 0.0, probability, tonal))
        self._now += 1
        if loud and not silent:
            self.end = self._now
        if self._perhaps is not None:
            self._decide(self._perhaps)
        elif self.since is None:
            self._look_for_start()
        elif self._now - self.end >= _PAUSE:
            self._stop(resumes_until=self._now + _RESUMES)
        elif self._voice() >= _PERHAPS:
            self.since, self._perhaps = None, self._now - _RECENT
        elif loud:
            self._level += (power - self._level) * _MEMORY

    def _look_for_start(self) -> None:
        power, voice, _ = self._past[-1]
        if voice >= _VOICE and self._surely(_VOICE_WINDOWS):
            self._past.clear()
            return
        paused = self._now < self._resumes_until
        if paused and voice >= _OPENS:
            self._perhaps = self._now - 1
            return
        if not power or voice > _DOUBT.voice:
            self._doubted = 0
            return
        if self._now % _GLANCE:
            self._doubted += self._doubted > 0
            return
        for evidence in (*_BEGINS, _GOES_ON) if paused else _BEGINS:
            length = self._length(evidence)
            if length:
                powers = [power for power, _, _ in self._past if power]
                self._level = sum(powers) / len(powers)
                self.since, self.end, self._doubted = self._now - length, self._now, 0
                return
        self._doubted = self._doubted + 1 if self._length(_DOUBT) else 0

    def _decide(self, perhaps: int) -> None:
        """Whether it was a voice; if not, it was music all the time."""
        doubted = self._now - perhaps
        if self._surely(doubted) or doubted > _LONGEST_DOUBT:
            self._stop(resumes_until=0)
        elif sum(voice for _, voice, _ in self._last(_RECENT)) < _FELL * _RECENT:
            self.since, self._perhaps = perhaps, None

    def _stop(self, resumes_until: int) -> None:
        self.since = self._perhaps = None
        self._resumes_until = resumes_until
        self._past.clear()

    def _last(self, windows: int) -> list[tuple[float, float, float]]:
        past = self._past
        return [past[index] for index in range(-min(windows, len(past)), 0)]

    def _surely(self, windows: int) -> bool:
        """There is a voice in the last windows."""
        voices = [voice for _, voice, _ in self._last(windows)]
        return (
            sum(voice >= _VOICE for voice in voices) >= _VOICE_WINDOWS
            or sum(voice >= _SOFT_VOICE for voice in voices) >= _SOFT_WINDOWS
        )

    def _length(self, evidence: Evidence) -> int:
        """If there is such evidence: how many windows it is long."""
        past = self._last(evidence.windows)
        loud = sum(power > 0 for power, _, _ in past)
        if loud < evidence.loud or past[-1][1] > evidence.voice:
            return 0
        if sum(tonal for _, _, tonal in past) < evidence.tonal * loud:
            return 0
        if sum(voice for _, voice, _ in past) > evidence.voice * len(past):
            return 0
        return len(past) - next(index for index, (power, _, _) in enumerate(past) if power)

    def _voice(self) -> float:
        """Silero's belief for a while; less where lines are steady, more where it is louder than before."""
        past = self._last(_RECENT)
        voice = sum(voice for _, voice, _ in past) / len(past)
        if voice < _PERHAPS - _LOUDER:
            return voice
        tonal = sum(tonal for _, _, tonal in past) / len(past)
        power = sum(power for power, _, _ in past) / len(past)
        louder = 0.05 * log2(max(power, _FLOOR) / max(self._level, _FLOOR))
        return voice + min(max(louder, -_LOUDER), _LOUDER) - 0.5 * tonal
