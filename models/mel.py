"""Whisper's log-mel features, each frame computed once, straight from 8 or 16 kHz.

A telephone's 8 kHz need no resampling: a 25 ms window has 200 samples there and 400 at 16 kHz, so that the
bins of both transforms lie 40 Hz apart, and what is above 4 kHz is silence either way (mean difference to
resampling first: 0.0004 on Whisper's scale of about -1 to 1).
"""

import threading
from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
from faster_whisper.feature_extractor import FeatureExtractor
from threadpoolctl import threadpool_limits

Float32 = npt.NDArray[np.float32]

FRAMES_PER_S: Final = 100

_WHISPER_HZ: Final = 16000
_FLOOR: Final = 1e-10
_RANGE: Final = 8.0
"""Decades below a window's loudest bin that are told apart."""


class LogMel:
    """The filter bank of a model; shared by all streams."""

    def __init__(self, bins: int) -> None:
        """Args:
        bins: 80, or 128 for large-v3 and later.
        """
        # BLAS threads wait for each other by spinning: 100 CPU-ms for each window of 4 s. Windows are many, so
        # they are worked on side by side instead.
        threadpool_limits(1, user_api="blas")
        filters = np.asarray(FeatureExtractor(feature_size=bins).mel_filters, np.float32)
        self.bins = bins
        self._windows: Mapping[int, Float32] = {rate: _hann(rate // 40) for rate in (8000, _WHISPER_HZ)}
        # Half the samples sum up to half the amplitude, a quarter of the power.
        self._filters: Mapping[int, Float32] = {
            rate: np.ascontiguousarray(filters[:, : rate // 80 + 1].T) * np.float32((_WHISPER_HZ / rate) ** 2)
            for rate in self._windows
        }

    def frames(self, audio: Float32, rate_hz: int) -> Float32:
        """log10 of the mel power, shape (n, bins), of the whole windows in `audio`, 10 ms apart."""
        window = self._windows[rate_hz]
        if len(audio) < len(window):
            return np.zeros((0, self.bins), np.float32)
        pieces = np.lib.stride_tricks.sliding_window_view(audio, len(window))[:: rate_hz // FRAMES_PER_S]
        spectrum = np.fft.rfft(pieces * window, axis=1)
        power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
        mel: Float32 = np.log10(np.maximum(power @ self._filters[rate_hz], np.float32(_FLOOR)))
        return mel


class Features:
    """Log-mel frames of one utterance that grows. Thread-safe: two of its windows may be in work."""

    def __init__(self, log_mel: LogMel, rate_hz: int) -> None:
        self.rate_hz = rate_hz
        self.samples = 0
        """Samples appended so far."""
        self._lock = threading.Lock()
        self._log_mel = log_mel
        self._hop = rate_hz // FRAMES_PER_S
        self._half = rate_hz // 80
        # A frame's window is centred on its time; before the utterance there is silence.
        self._pending = [np.zeros(self._half, np.float32)]
        self._done = np.zeros((0, log_mel.bins), np.float32)

    def append(self, samples: Float32) -> None:
        """Go on with samples, shape (n,), -1..1. Costs nothing yet."""
        with self._lock:
            self._pending.append(samples)
            self.samples += len(samples)

    def frames(self, samples: int | None = None) -> Float32:
        """Frames whose windows lie within the first `samples` samples (all, by default), shape (n, bins)."""
        with self._lock:
            if len(self._pending) > 1:
                audio = np.concatenate(self._pending)
                fresh = self._log_mel.frames(audio, self.rate_hz)
                self._pending = [audio[len(fresh) * self._hop :]]
                self._done = np.concatenate([self._done, fresh])
            held = self._done
        if samples is None:
            return held
        return held[: max(0, (samples - self._half) // self._hop + 1)]


def model_input(frames: Float32, length: int) -> Float32:
    """What the encoder takes: shape (bins, length), what is missing at the end is silence."""
    frames = frames[:length]
    loudest = frames.max() if len(frames) else np.float32(0)
    scaled = np.full((frames.shape[1], length), (loudest - _RANGE + 4) / 4, np.float32)
    scaled[:, : len(frames)] = (np.maximum(frames, loudest - _RANGE).T + 4) / 4
    return scaled


def _hann(samples: int) -> Float32:
    periodic: Float32 = np.hanning(samples + 1)[:-1].astype(np.float32)
    return periodic
