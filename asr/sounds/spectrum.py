"""Short-time spectrum of a channel, the same at 8 and 16 kHz."""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Float32 = npt.NDArray[np.float32]
Bool = npt.NDArray[np.bool_]

BIN_HZ: Final = 15.625
_BINS: Final = 256
"""0-4 kHz: the telephone's band."""
LOWEST: Final = 19
"""300 Hz: below it the pitch of a voice lies nearly still, and a telephone carries nothing."""
_NEIGHBOURS: Final = np.full(17, 2 / 17, np.float32)
"""A line has twice the mean power of so many bins around it."""
_RANGE: Final = 1e-3
"""Lines more than 30 dB below the strongest are not looked at."""


@dataclass(frozen=True, slots=True)
class Spectrum:
    """Of two windows, 64 ms, under a Hann window."""

    power: Float32
    """shape (256,), up to 4 kHz."""
    total: float
    """Power of the whole band, up to 8 kHz at 16 kHz."""
    lines: Bool
    """shape (256,): local maxima from 300 Hz on that stand out."""


class Analyser:
    """Keeps the window before, so that spectra overlap by half."""

    def __init__(self, window: int) -> None:
        """`window` in samples: 256 at 8 kHz, 512 at 16 kHz."""
        self._taper = np.hanning(2 * window).astype(np.float32)
        self._audio = np.zeros(2 * window, np.float32)
        self._window = window

    def push(self, window: Float32) -> None:
        """The next window."""
        self._audio[: self._window] = self._audio[self._window :]
        self._audio[self._window :] = window

    def spectrum(self) -> Spectrum:
        """Of the last two windows."""
        waves = np.fft.rfft(self._audio * self._taper)
        whole = (waves.real**2 + waves.imag**2).astype(np.float32, copy=False)
        power = whole[:_BINS]
        around = np.convolve(power, _NEIGHBOURS, "same")
        threshold = np.maximum(around, _RANGE * power[LOWEST:].max())
        lines = np.zeros(_BINS, np.bool_)
        middle = power[LOWEST:-1]
        lines[LOWEST:-1] = (middle > power[LOWEST - 1 : -2]) & (middle >= power[LOWEST + 1 :])
        lines &= power > threshold
        return Spectrum(power, float(whole.sum()), lines)
