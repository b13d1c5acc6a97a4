"""Log mel filterbank energies as Kaldi computes them, which most speaker models were trained on.

Equal to `torchaudio.compliance.kaldi.fbank(num_mel_bins=80, dither=0)`: frames of 25 ms every 10 ms, DC
removed, pre-emphasis 0.97, "Povey" window, power spectrum, 80 triangles between 20 and 8000 Hz.
"""

from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt

Float32 = npt.NDArray[np.float32]

RATE_HZ: Final = 16000
BINS: Final = 80
FRAMES_PER_S: Final = 100

_LENGTH: Final = RATE_HZ // 40
_SHIFT: Final = RATE_HZ // FRAMES_PER_S
_FFT: Final = 512
_LOW_HZ: Final = 20
_EMPHASIS: Final = 0.97
_FLOOR: Final = float(np.finfo(np.float32).eps)


def fbank(audio: Float32) -> Float32:
    """Filterbank energies.

    Args:
        audio: shape (samples,) at 16 kHz, -1..1.

    Returns:
        Shape (frames, 80), a frame every 10 ms; no frame for less than 25 ms.
    """
    if len(audio) < _LENGTH:
        return np.zeros((0, BINS), np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(audio, _LENGTH)[::_SHIFT].astype(np.float32)
    frames -= frames.mean(axis=1, keepdims=True)
    before = np.concatenate([frames[:, :1], frames[:, :-1]], axis=1)
    spectrum = np.fft.rfft((frames - _EMPHASIS * before) * _window(), _FFT)
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    energies: Float32 = np.log(np.maximum(power @ _triangles(), _FLOOR))
    return energies


@cache
def _window() -> Float32:
    """Hann to the power of 0.85, named for Daniel Povey."""
    return np.hanning(_LENGTH).astype(np.float32) ** np.float32(0.85)


@cache
def _triangles() -> Float32:
    """Filters, shape (257, 80): triangles on the mel scale; the Nyquist bin belongs to none."""
    bins = _mel(np.arange(_FFT // 2) * RATE_HZ / _FFT)[:, None]
    edges = np.linspace(_mel(np.array(_LOW_HZ)), _mel(np.array(RATE_HZ / 2)), BINS + 2)
    left, centre, right = edges[:-2], edges[1:-1], edges[2:]
    rising, falling = (bins - left) / (centre - left), (right - bins) / (right - centre)
    filters = np.maximum(0, np.minimum(rising, falling))
    return np.vstack([filters, np.zeros((1, BINS))]).astype(np.float32)


def _mel(hz: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    mel: npt.NDArray[np.float64] = 1127.0 * np.log(1 + hz / 700.0)
    return mel
