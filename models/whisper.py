"""Whisper on CTranslate2, called directly: short windows, batches, one model for all calls.

faster-whisper's own `transcribe` pads every window to 30 s; the encoder accepts less, and cost falls with
it. A window takes the smallest bucket that holds it and half a second of silence; a result that loops is
tried again in the next bucket (measured on Korean speech: buckets 15 s and 30 s with this guard have a lower
error than 30 s alone, at 40 % of its cost).
"""

import math
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import ctranslate2
import numpy as np
import numpy.typing as npt
from faster_whisper.feature_extractor import FeatureExtractor
from faster_whisper.tokenizer import Tokenizer
from tokenizers import Tokenizer as HubTokenizer

from contracts.errors import ModelCorrupt

Float32 = npt.NDArray[np.float32]

RATE_HZ: Final = 16000

_SYMBOLS: Final = (-1,)
"""CTranslate2's sign for the symbols that Whisper itself never writes (notes, brackets, …)."""

_NEVER_KOREAN: Final = re.compile(
    "[\u0400-\u04ff\u0590-\u06ff\u0900-\u0e7f\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff]"
)
"""Scripts that Korean is not transcribed in: on unclear telephone speech Whisper slips into kana."""

_FRAMES_PER_S: Final = 100
_MARGIN_FRAMES: Final = 50
"""Silence after the speech; speech that stops at the window's edge makes the decoder loop."""

LOOP_RATIO: Final = 2.0
"""zlib ratio of the UTF-8 text above which it repeats itself. Whisper's own 2.4 was set on English."""

_TOKENS_PER_S: Final = 11
_TOKENS_MORE: Final = 12
"""No Korean speaker needs more tokens than 11 a second and 12; a loop fills any cap, so the cap is its cost."""


@dataclass(frozen=True, slots=True)
class Window:
    """Audio to transcribe: float32 mono at 16 kHz, shape (samples,), -1..1, at most 30 s."""

    audio: Float32
    language: str = "ko"
    short: bool = False
    """Allow the shortest bucket: cheaper and a little worse; for partials, which come again."""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What the model made of a window."""

    text: str
    mean_logprob: float
    """Mean log probability a token, 0 at best."""
    no_speech: float
    """0-1, probability that there is no speech at all."""
    looped: bool
    """The text repeats itself, in the longest bucket too."""

    @property
    def confidence(self) -> float:
        """0-1: geometric mean of the token probabilities."""
        return min(1.0, math.exp(self.mean_logprob))


class Whisper:
    """One CTranslate2 model, shared by all channels. `transcribe` blocks: call it off the event loop."""

    buckets: tuple[int, ...] = (1500, 3000)
    """Window lengths in mel frames of 10 ms, for finals."""
    short_bucket: int = 1000

    def __init__(
        self, path: Path, *, device: str = "cpu", compute_type: str = "int8", threads: int = 0
    ) -> None:
        """Load a model folder.

        Args:
            path: folder with `model.bin`, `config.json`, `tokenizer.json`.
            device: `cpu` or `cuda`.
            compute_type: `int8`, `float16`, `bfloat16`, … as CTranslate2 names them.
            threads: CPU threads; 0 = all cores.

        Raises:
            ModelCorrupt: the folder is not a CTranslate2 Whisper model.
        """
        try:
            self._model = ctranslate2.models.Whisper(
                str(path), device=device, compute_type=compute_type, intra_threads=threads
            )
            self._tokenizer = HubTokenizer.from_file(str(path / "tokenizer.json"))
        except Exception as error:  # noqa: BLE001  CTranslate2 raises RuntimeError, ValueError and others
            raise ModelCorrupt(
                f"'{path}'은(는) CTranslate2 Whisper 모델 폴더가 아닙니다. 'sangdam models verify'로 확인하십시오.",
                f"not a CTranslate2 Whisper model folder: {error}. Check it with 'sangdam models verify'.",
            ) from None
        self._features = FeatureExtractor(feature_size=self._model.n_mels)
        self._suppressed = {"ko": [*_SYMBOLS, *self._tokens_of(_NEVER_KOREAN)]}

    def transcribe(self, windows: Sequence[Window]) -> list[Hypothesis]:
        """Transcribe windows, each in its bucket; loops go up one bucket. Order is kept."""
        results: dict[int, Hypothesis] = {}
        waiting = {index: (self._bucket(window), window.language) for index, window in enumerate(windows)}
        while waiting:
            bucket, language = group = min(waiting.values())
            batch = [index for index, needed in waiting.items() if needed == group]
            for index, hypothesis in zip(
                batch, self._run([windows[i] for i in batch], bucket, language), strict=True
            ):
                longer = next((b for b in self.buckets if b > bucket), None)
                if hypothesis.looped and longer and not windows[index].short:
                    waiting[index] = (longer, language)
                else:
                    results[index] = hypothesis
                    del waiting[index]
        return [results[index] for index in range(len(windows))]

    def _bucket(self, window: Window) -> int:
        needed = len(window.audio) * _FRAMES_PER_S // RATE_HZ + _MARGIN_FRAMES
        buckets = (self.short_bucket, *self.buckets) if window.short else self.buckets
        return next((bucket for bucket in buckets if bucket >= needed), buckets[-1])

    def _run(self, windows: Sequence[Window], bucket: int, language: str) -> list[Hypothesis]:
        features = np.stack([self._mel(window.audio, bucket) for window in windows])
        seconds = max(len(window.audio) for window in windows) / RATE_HZ
        prompt = self._prompt(language)
        encoded = self._model.encode(ctranslate2.StorageView.from_array(features))
        outputs = self._model.generate(
            encoded,
            [prompt] * len(windows),
            beam_size=1,
            suppress_tokens=self._suppressed.get(language, _SYMBOLS),
            max_length=len(prompt) + int(seconds * _TOKENS_PER_S) + _TOKENS_MORE,
            return_scores=True,
            return_no_speech_prob=True,
        )
        return [
            self._hypothesis(output, len(window.audio))
            for window, output in zip(windows, outputs, strict=True)
        ]

    def _mel(self, audio: Float32, frames: int) -> Float32:
        padded = np.zeros(frames * RATE_HZ // _FRAMES_PER_S, np.float32)
        padded[: min(len(audio), len(padded))] = audio[: len(padded)]
        mel: Float32 = self._features(padded, padding=0)
        return np.ascontiguousarray(mel[:, :frames])

    def _tokens_of(self, script: re.Pattern[str]) -> list[int]:
        """Text tokens with a letter of a script; letters that are spread over several tokens slip through."""
        end = self._tokenizer.token_to_id("<|endoftext|>") or 0
        texts = self._tokenizer.decode_batch([[token] for token in range(end)])
        return [token for token, text in enumerate(texts) if script.search(text)]

    def _prompt(self, language: str) -> list[int]:
        tokenizer = Tokenizer(self._tokenizer, multilingual=True, task="transcribe", language=language)
        return [*tokenizer.sot_sequence, tokenizer.no_timestamps]

    def _hypothesis(self, output: ctranslate2.models.WhisperGenerationResult, samples: int) -> Hypothesis:
        tokens = output.sequences_ids[0]
        text = self._tokenizer.decode(tokens).strip()
        # CTranslate2 gives the mean over tokens without the end token (length_penalty 1).
        capped = len(tokens) >= int(samples / RATE_HZ * _TOKENS_PER_S) + _TOKENS_MORE
        return Hypothesis(
            text=text,
            mean_logprob=float(output.scores[0]),
            no_speech=float(output.no_speech_prob),
            looped=capped or repetition(text) > LOOP_RATIO,
        )


def repetition(text: str) -> float:
    """How much a text repeats itself: raw size over zlib size, 1 for short or plain text."""
    raw = text.encode()
    return len(raw) / len(zlib.compress(raw)) if raw else 1.0
