"""Tones of the telephone: two sines at known places and hardly anything else."""

from typing import Final

import numpy as np

from asr.sounds.spectrum import BIN_HZ, Spectrum
from contracts.transcript import Sound

Tone = tuple[Sound, int]
"""Which sound, and which key, so that one key can be told from the next. The key leaves this package nowhere."""

_TONES: Final[tuple[tuple[Tone, float, float], ...]] = (
    (("ringing", 0), 440, 480),
    (("busy", 0), 480, 620),
    *(
        (("dtmf", 4 * row + column), low, high)
        for row, low in enumerate((697, 770, 852, 941))
        for column, high in enumerate((1209, 1336, 1477, 1633))
    ),
)
"""Korea: TTA's tone plan for calling and busy; keys by ITU-T Q.23."""
_TOLERANCE: Final = 0.016
"""Q.24 asks to take 1.5 % and to refuse 3.5 %."""
_SLACK_HZ: Final = 3.0
"""How far a maximum is misjudged; 440 and 480 Hz, 2.6 bins apart, pull each other."""
_TWIST: Final = 10**1.0
"""One may be 10 dB stronger than the other (Q.24: 4 to 8 dB)."""
_PURITY: Final = 0.85
"""Share of all power that lies within 3 bins of the two."""
_LOBE: Final = 3
_GROUPS: Final = (400.0, 1700.0)
_CONFIRMED: Final[dict[Sound, int]] = {"ringing": 8, "busy": 8, "dtmf": 2}
"""Windows in a row that make it sure: vowels and notes may look like a tone for a moment."""
_KNOWN: Final = 2
"""So many are enough when the tone was heard last."""
_LONGEST_GAP: Final = 82
"""The ring tone is off for 2 s."""
_GAP: Final = 2
"""Windows that may miss within it."""


def tone_of(spectrum: Spectrum) -> Tone | None:
    """The tone that these 64 ms are made of."""
    power = spectrum.power
    lines = np.flatnonzero(spectrum.lines)
    if len(lines) < 2:
        return None
    first, second = sorted(int(line) for line in lines[np.argsort(power[lines])[-2:]])
    if not _GROUPS[0] < first * BIN_HZ and second * BIN_HZ < _GROUPS[1]:
        return None
    twist = float(power[first] / power[second])
    if not 1 / _TWIST < twist < _TWIST:
        return None
    split = min(first + _LOBE, (first + second) // 2)
    low = power[first - _LOBE : split + 1].sum()
    high = power[max(split + 1, second - _LOBE) : second + _LOBE + 1].sum()
    if low + high < _PURITY * spectrum.total:
        return None
    return _named(_hz(spectrum, first), _hz(spectrum, second))


def _named(low: float, high: float) -> Tone | None:
    for tone, wanted_low, wanted_high in _TONES:
        if _near(low, wanted_low) and _near(high, wanted_high):
            return tone
    return None


def _near(hz: float, wanted: float) -> bool:
    return abs(hz - wanted) <= _TOLERANCE * wanted + _SLACK_HZ


def _hz(spectrum: Spectrum, line: int) -> float:
    """Between the bins: a parabola through the logarithms."""
    a, b, c = np.log(spectrum.power[line - 1 : line + 2] + 1e-20)
    return float((line + 0.5 * (a - c) / (a - 2 * b + c)) * BIN_HZ)


class ToneWatch:
    """Whether a tone is heard now."""

    def __init__(self) -> None:
        self.since: int | None = None
        """Window at which it began, or None."""
        self.tone: Tone | None = None
        """Which, or which was heard last."""
        self.end = 0
        """Window after the last one of it."""
        self._now = 0
        self._candidate: Tone | None = None
        self._begin = 0

    def process(self, tone: Tone | None) -> None:
        """The tone of the next window, if it is one."""
        if tone != self._candidate:
            self._candidate, self._begin = tone, self._now
        self._now += 1
        if tone is not None and self._now - self._begin >= self._needed(tone):
            if self.since is None or tone != self.tone:
                # The first spectrum with it may reach back into the window before.
                self.since, self.tone = max(self._begin - 1, self.end), tone
            self.end = self._now
        elif self.since is not None and self._now - self.end > _GAP:
            self.since = None

    def _needed(self, tone: Tone) -> int:
        return _KNOWN if tone == self.tone and self._now - self.end < _LONGEST_GAP else _CONFIRMED[tone[0]]
