"""Whisper on CTranslate2, called directly: short windows, batches, one model for all calls.

faster-whisper's own `transcribe` pads every window to 30 s; the encoder accepts less, and cost falls with
it. A window takes the smallest bucket that holds it and half a second of silence; a result that loops is
tried again in the next bucket (measured on Korean speech: buckets 15 s and 30 s with this guard have a lower
error than 30 s alone, at 40 % of its cost).
"""

import math
import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, get_args

import ctranslate2
import numpy as np
import numpy.typing as npt
from faster_whisper.tokenizer import Tokenizer
from tokenizers import Tokenizer as HubTokenizer

from contracts.errors import ModelCorrupt, ModelError
from contracts.event import Language
from models.hypothesis import Hypothesis, Likelihoods, Review, TimedWord, Window
from models.mel import FRAMES_PER_S, Features, LogMel, model_input

__all__ = [
    "LANGUAGES",
    "RATE_HZ",
    "DeviceFailed",
    "Hypothesis",
    "Likelihoods",
    "TimedWord",
    "Whisper",
    "Window",
    "repetition",
]

Float32 = npt.NDArray[np.float32]

RATE_HZ: Final = 16000

LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)

_SYMBOLS: Final = (-1,)
"""CTranslate2's sign for the symbols that Whisper itself never writes (notes, brackets, …)."""

_NEVER_KOREAN: Final = re.compile(
    "[\u0400-\u04ff\u0590-\u06ff\u0900-\u0e7f\u3040-\u30ff\u31f0-\u31ff\u3400-\u9fff]"
)
"""Scripts that Korean is not transcribed in: on unclear telephone speech Whisper slips into kana."""

_MARGIN_FRAMES: Final = 50
"""Silence after the speech; speech that stops at the window's edge makes the decoder loop."""

LOOP_RATIO: Final = 2.0
"""zlib ratio of the UTF-8 text above which it repeats itself. Whisper's own 2.4 was set on English."""

_TOKENS_PER_S: Final = 11
_TOKENS_MORE: Final = 12
"""No Korean speaker needs more tokens than 11 a second and 12; a loop fills any cap, so the cap is its cost."""

_BEAM: Final = 5
"""For finals: Korean by telephone has an error of .156 with five beams and .177 without, for a seventh more work."""

_TEMPERATURE: Final = 0.4
"""Of the last try, when a text repeats itself in the longest window too: it breaks most loops."""

_POSITIONS_PER_S: Final = 50
"""The encoder halves the frame rate."""

_PROMPT_TOKENS: Final = 32
"""A prompt is the last 32 tokens of its text, and a shorter text is none, so that prompts of one batch agree:
CTranslate2 wants the start token at the same place in all of them."""

_FEWEST_LETTERS_A_S: Final = 2.0
"""A prompt may make the model skip what resembles it: fewer letters than this are heard again without one."""

_FLOOR: Final = 1e-9
"""No token is less probable than this: one that the model excludes must not decide alone."""

_MEDIAN_FILTER: Final = 7
"""Width of the median filter over attention before words are aligned, as in Whisper's own timing.py."""


_OF_DEVICE: Final = re.compile(r"cuda|cublas|cudnn|out of memory|bad_alloc", re.IGNORECASE)
"""How CTranslate2 words what no other window would survive either."""


class DeviceFailed(ModelError):
    """The device under the model failed."""

    code = "device-failed"


@dataclass(frozen=True, slots=True, order=True)
class _Group:
    """Windows that can be decoded together."""

    bucket: int
    short: bool
    language: Language
    prompt_tokens: int
    temperature: float = 0.0


class Whisper:
    """One CTranslate2 model, shared by all channels. `transcribe` blocks: call it off the event loop, from
    as many threads as it has `workers`.
    """

    buckets: tuple[int, ...] = (1500, 3000)
    """Window lengths in mel frames of 10 ms, for finals."""
    tight_buckets: tuple[int, ...] = (1000,)
    """Before these, where a window allows it."""
    short_buckets: tuple[int, ...] = (400, 600, 1000)
    """The same for partials."""

    def __init__(
        self,
        path: Path,
        *,
        device: str = "cpu",
        device_index: int | list[int] = 0,
        compute_type: str = "int8",
        threads: int = 0,
        workers: int = 1,
    ) -> None:
        """Load a model folder.

        Args:
            path: folder with `model.bin`, `config.json`, `tokenizer.json`.
            device: `cpu` or `cuda`.
            device_index: one GPU or several; each holds the weights and works by itself.
            compute_type: `int8`, `float16`, `bfloat16`, … as CTranslate2 names them.
            threads: CPU threads of a worker; 0 = all cores.
            workers: batches in work at the same time, on each device; they share the weights.

        Raises:
            ModelCorrupt: the folder is not a CTranslate2 Whisper model.
        """
        devices = len(device_index) if isinstance(device_index, list) else 1
        self.workers = workers * devices
        self._device = device
        try:
            self._model = ctranslate2.models.Whisper(
                str(path),
                device=device,
                device_index=device_index,
                compute_type=compute_type,
                intra_threads=threads,
                inter_threads=workers,
            )
            self._tokenizer = HubTokenizer.from_file(str(path / "tokenizer.json"))
        except Exception as error:  # noqa: BLE001  CTranslate2 raises RuntimeError, ValueError and others
            raise ModelCorrupt(
                f"'{path}'은(는) CTranslate2 Whisper 모델 폴더가 아닙니다. 'sangdam models verify'로 확인하십시오.",
                f"not a CTranslate2 Whisper model folder: {error}. Check it with 'sangdam models verify'.",
            ) from None
        self.log_mel = LogMel(self._model.n_mels)
        self._suppressed = {"ko": [*_SYMBOLS, *self._tokens_of(_NEVER_KOREAN)]}
        self._tokenizers = {
            language: Tokenizer(self._tokenizer, multilingual=True, task="transcribe", language=language)
            for language in LANGUAGES
        }

    def transcribe(self, windows: Sequence[Window]) -> list[Hypothesis]:
        """Transcribe windows, each in its bucket; what loops is tried again. Order is kept.

        Raises:
            DeviceFailed: the GPU, or its memory; the process cannot go on with it.
        """
        try:
            return self._transcribe(windows)
        except (RuntimeError, MemoryError) as error:
            if _OF_DEVICE.search(str(error)) or isinstance(error, MemoryError):
                raise DeviceFailed(
                    f"음성 인식 장치({self._device})가 멈췄습니다: {error}. 프로세스를 다시 시작하고, 되풀이되면 GPU 메모리를 쓰는 다른 프로그램과 드라이버를 확인하십시오.",
                    f"the recogniser's device ({self._device}) failed: {error}. Start the process again; if it comes back, look for other users of the GPU's memory and at its driver.",
                ) from error
            raise

    def _transcribe(self, windows: Sequence[Window]) -> list[Hypothesis]:
        frames = [self._frames(window) for window in windows]
        prompts = [self._prompt_tokens(window.prompt) for window in windows]
        waiting = {
            index: _Group(
                self._bucket(len(frames[index]), window),
                window.short,
                window.language,
                len(prompts[index]),
            )
            for index, window in enumerate(windows)
        }
        results: dict[int, Hypothesis] = {}
        while waiting:
            group = min(waiting.values())
            batch = [index for index, needed in waiting.items() if needed == group]
            hypotheses = self._run(
                group, [windows[i] for i in batch], [frames[i] for i in batch], [prompts[i] for i in batch]
            )
            for index, hypothesis in zip(batch, hypotheses, strict=True):
                again = self._again(group, hypothesis, len(frames[index]))
                if again:
                    waiting[index] = again
                else:
                    results[index] = hypothesis
                    del waiting[index]
        return [results[index] for index in range(len(windows))]

    # -- windows -----------------------------------------------------------------------------------------

    def _frames(self, window: Window) -> Float32:
        if isinstance(window.audio, Features):
            return window.audio.frames(window.samples)
        features = Features(self.log_mel, RATE_HZ)
        features.append(window.audio)
        return features.frames()

    def _bucket(self, frames: int, window: Window) -> int:
        more = self.short_buckets if window.short else self.tight_buckets if window.tight else ()
        buckets = (*more, *self.buckets)
        return next((bucket for bucket in buckets if bucket >= frames + _MARGIN_FRAMES), buckets[-1])

    def _again(self, group: _Group, hypothesis: Hypothesis, frames: int) -> _Group | None:
        """How a window is tried next if its text cannot be right; partials come again anyway."""
        seconds = (frames - _MARGIN_FRAMES) / FRAMES_PER_S
        few = sum(map(str.isalnum, hypothesis.text)) < _FEWEST_LETTERS_A_S * seconds
        if group.short or group.temperature:
            return None
        if group.prompt_tokens and (hypothesis.looped or few):
            return replace(group, prompt_tokens=0)
        if not hypothesis.looped:
            return None
        longer = next((bucket for bucket in self.buckets if bucket > group.bucket), None)
        return replace(group, bucket=longer) if longer else replace(group, temperature=_TEMPERATURE)

    def _run(
        self,
        group: _Group,
        windows: Sequence[Window],
        frames: Sequence[Float32],
        prompts: Sequence[Sequence[int]],
    ) -> list[Hypothesis]:
        encoded = self._encode(frames, group.bucket)
        start = self._start(group.language)
        before_prompt = self._special("<|startofprev|>")
        before = [[before_prompt, *prompt] if group.prompt_tokens else [] for prompt in prompts]
        caps = [len(piece) * _TOKENS_PER_S // FRAMES_PER_S + _TOKENS_MORE for piece in frames]
        outputs = self._model.generate(
            encoded,
            [[*prompt, *start] for prompt in before],
            beam_size=1 if group.short or group.temperature else _BEAM,
            sampling_topk=0 if group.temperature else 1,
            sampling_temperature=group.temperature or 1.0,
            suppress_tokens=self._suppressed.get(group.language, _SYMBOLS),
            max_length=len(before[0]) + len(start) + max(caps),
            return_scores=True,
            return_no_speech_prob=True,
        )
        hypotheses = [self._hypothesis(output, cap) for output, cap in zip(outputs, caps, strict=True)]
        if any(window.words for window in windows):
            timed = self._align(encoded, group.language, outputs, [len(piece) for piece in frames])
            hypotheses = [replace(h, words=words) for h, words in zip(hypotheses, timed, strict=True)]
            for index, window in enumerate(windows):
                if window.review and hypotheses[index].words:
                    likely = self._likelihoods(encoded, index, group.language, len(frames[index]))
                    hypotheses[index] = _reviewed(hypotheses[index], window.review, likely)
        if any(window.detect for window in windows):
            guesses = self._languages(encoded)
            hypotheses = [replace(h, languages=guess) for h, guess in zip(hypotheses, guesses, strict=True)]
        return hypotheses

    def _align(
        self,
        encoded: ctranslate2.StorageView,
        language: Language,
        outputs: Sequence[ctranslate2.models.WhisperGenerationResult],
        frames: Sequence[int],
    ) -> list[tuple[TimedWord, ...]]:
        """Times and probabilities of the words, by the attention of one more pass over text and encoding."""
        texts = [output.sequences_ids[0] for output in outputs]
        aligned = self._model.align(
            encoded, self._start(language)[:-1], texts, list(frames), median_filter_width=_MEDIAN_FILTER
        )
        return [
            tuple(self._words(tokens, result.alignments, result.text_token_probs))
            for tokens, result in zip(texts, aligned, strict=True)
        ]

    def _likelihoods(
        self, encoded: ctranslate2.StorageView, index: int, language: Language, frames: int
    ) -> Likelihoods:
        """How likely texts are for one window of a batch: the decoder reads them instead of writing."""
        start = self._start(language)[:-1]

        def likelihoods(texts: Sequence[str]) -> list[float]:
            one = self._row(encoded, index)
            found = []
            for text in texts:
                tokens = self._tokenizer.encode(" " + text, add_special_tokens=False).ids
                read = self._model.align(one, start, [tokens], [frames])[0]
                found.append(sum(math.log(max(p, _FLOOR)) for p in read.text_token_probs))
            return found

        return likelihoods

    def _row(self, encoded: ctranslate2.StorageView, index: int) -> ctranslate2.StorageView:
        if encoded.shape[0] == 1:
            return encoded
        host = encoded if self._device == "cpu" else encoded.to_device(ctranslate2.Device.cpu)
        return ctranslate2.StorageView.from_array(np.asarray(host)[index : index + 1].copy())

    def _words(
        self, tokens: Sequence[int], alignments: Sequence[tuple[int, int]], probabilities: Sequence[float]
    ) -> Iterator[TimedWord]:
        """Tokens of one word go together: its letters may be spread over several, space comes first."""
        begins: dict[int, int] = {}
        for token, position in alignments:
            begins.setdefault(token, position)
        last = alignments[-1][1] + 1 if alignments else 0
        for first, end, text in self._spelled(tokens):
            start = begins.get(first, last)
            yield TimedWord(
                text,
                start / _POSITIONS_PER_S,
                max(begins.get(end, last), start + 1) / _POSITIONS_PER_S,
                min(probabilities[first:end], default=0.0),
            )

    def _spelled(self, tokens: Sequence[int]) -> Iterator[tuple[int, int, str]]:
        """(first token, token after it, text) of every word."""
        text, first, words = "", 0, 0
        for index in range(len(tokens) + 1):
            grown = self._tokenizer.decode(tokens[: index + 1]) if index < len(tokens) else text + " "
            if len(grown.split()) > words + 1 or index == len(tokens):
                word = text.split()[words:]
                if word:
                    yield first, index, word[0]
                    words += 1
                first = index
            text = grown

    def _languages(self, encoded: ctranslate2.StorageView) -> list[dict[Language, float]]:
        """Only the served languages stand for election."""
        guesses: list[dict[Language, float]] = []
        for result in self._model.detect_language(encoded):
            found = {token[2:-2]: probability for token, probability in result}
            served = {language: float(found.get(language, 0.0)) for language in LANGUAGES}
            total = sum(served.values()) or 1.0
            guesses.append({language: share / total for language, share in served.items()})
        return guesses

    def _encode(self, frames: Sequence[Float32], bucket: int) -> ctranslate2.StorageView:
        inputs = [model_input(piece, bucket) for piece in frames]
        if self._device != "cpu" or len(inputs) == 1:
            return self._model.encode(ctranslate2.StorageView.from_array(np.stack(inputs)))
        # A CPU encodes one after the other faster than a batch, which falls out of its caches (320 against
        # 214 CPU-ms a window of 15 s).
        alone = [self._model.encode(ctranslate2.StorageView.from_array(one[None])) for one in inputs]
        return ctranslate2.StorageView.from_array(np.concatenate([np.asarray(one) for one in alone]))

    # -- tokens ------------------------------------------------------------------------------------------

    def _special(self, token: str) -> int:
        number = self._tokenizer.token_to_id(token)
        assert number is not None
        return int(number)

    def _start(self, language: Language) -> list[int]:
        tokenizer = self._tokenizers[language]
        return [*tokenizer.sot_sequence, tokenizer.no_timestamps]

    def _prompt_tokens(self, prompt: str) -> list[int]:
        tokens: list[int] = (
            self._tokenizer.encode(" " + prompt, add_special_tokens=False).ids if prompt else []
        )
        return tokens[-_PROMPT_TOKENS:] if len(tokens) >= _PROMPT_TOKENS else []

    def _tokens_of(self, script: re.Pattern[str]) -> list[int]:
        """Text tokens with a letter of a script; letters that are spread over several tokens slip through."""
        end = self._special("<|endoftext|>")
        texts = self._tokenizer.decode_batch([[token] for token in range(end)])
        return [token for token, text in enumerate(texts) if script.search(text)]

    def _hypothesis(self, output: ctranslate2.models.WhisperGenerationResult, cap: int) -> Hypothesis:
        tokens = output.sequences_ids[0]
        text = self._tokenizer.decode(tokens).strip()
        # CTranslate2 gives the mean over tokens without the end token (length_penalty 1).
        return Hypothesis(
            text=text,
            mean_logprob=float(output.scores[0]),
            no_speech=float(output.no_speech_prob),
            looped=len(tokens) >= cap or repetition(text) > LOOP_RATIO,
        )


def _reviewed(hypothesis: Hypothesis, review: Review, likelihoods: Likelihoods) -> Hypothesis:
    texts = review(hypothesis.words, likelihoods)
    words = tuple(replace(word, text=text) for word, text in zip(hypothesis.words, texts, strict=True))
    return replace(hypothesis, text=" ".join(texts), words=words)


def repetition(text: str) -> float:
    """How much a text repeats itself: raw size over zlib size, 1 for short or plain text."""
    raw = text.encode()
    return len(raw) / len(zlib.compress(raw)) if raw else 1.0
