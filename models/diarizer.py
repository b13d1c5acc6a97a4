"""Who speaks when, in a recording of one channel. Two engines: our own, and pyannote.audio as an extra.

Our own hears speech with Silero, places each 1.5 s of it by its voice (CAM++), finds the voices among these
and the likeliest course of speakers. It goes through the recording once and keeps embeddings, not audio.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np
import soxr

from contracts.errors import ModelMissing
from models.clustering import find_voices, likeliest
from models.fbank import FRAMES_PER_S, Float32, fbank
from models.fbank import RATE_HZ as FBANK_RATE_HZ
from models.speaker import SpeakerEmbedding
from models.vad import WINDOW_MS, VoiceActivity, VoiceState, window_samples

Heard = Callable[[float], None]
"""Told how many seconds have been heard."""


@dataclass(frozen=True, slots=True)
class SpeakerTurn:
    """Speech of one speaker."""

    start_s: float
    end_s: float
    speaker: int
    """0 speaks first."""


class Diarizer(Protocol):
    """Gives turns in order, none over another."""

    def __call__(
        self, audio: Iterable[Float32], rate_hz: int, heard: Heard | None = None
    ) -> list[SpeakerTurn]:
        """Tell the speakers of a recording apart; blocks for minutes where it is long.

        Args:
            audio: blocks of any length, shape (samples,), -1..1.
            rate_hz: 8000 or 16000.
            heard: told how far it is.

        Raises:
            ModelError: weights are missing or broken.
        """
        ...


_VOICE: Final = 0.3
"""Silero's probability of speech; quiet telephone speech stays above it, pauses and noise below."""
_PAUSE: Final = 8
_LEAD: Final = 3
_LEAST: Final = 4
_MOST: Final = 30_000 // WINDOW_MS
"""Voice activity windows: a pause that ends a stretch, what is kept around it, the least and most speech in it."""

_STRETCH: Final = 150
_HOP: Final = 75
_SHORTEST: Final = 25
_SURE: Final = 90
"""Filterbank frames of 10 ms: what is embedded at once, how far apart, the least, and from where on a voice is
known well enough to count among the voices."""
_BATCH: Final = 8

_GRID_S: Final = 0.1
_ALIKE: Final = 0.76
"""Halves of one speaker: cosine 0.80-0.90, two speakers: 0.31-0.70 (telephone: 0.69); see docs/adr/0012."""
_SHARE: Final = 0.05
_CHANGE: Final = 0.8
_CHANGE_AT_PAUSE: Final = 0.3
"""What a change of speaker costs, in cosine x 0.1 s."""


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Speech without a long pause."""

    start_s: float
    audio: Float32
    voice: list[float]
    """Probability of speech of each window."""


@dataclass(frozen=True, slots=True)
class _Placed:
    """Embeddings of stretches, and where speech dips."""

    starts: Float32
    lengths: Float32
    embeddings: Float32
    dips: frozenset[int]
    """Places of the grid with a short pause."""


class VoiceDiarizer:
    """Our own engine: Silero, CAM++, bisection, Viterbi. Needs no network and no torch."""

    def __init__(
        self, voice: VoiceActivity, load: Callable[[], SpeakerEmbedding], *, at_most: int = 2
    ) -> None:
        """Keep what it needs.

        Args:
            voice: voice activity.
            load: gives the embedding, at the first recording.
            at_most: speakers to look for.
        """
        self._voice = voice
        self._load = load
        self._at_most = at_most

    @cached_property
    def _embed(self) -> SpeakerEmbedding:
        return self._load()

    def __call__(
        self, audio: Iterable[Float32], rate_hz: int, heard: Heard | None = None
    ) -> list[SpeakerTurn]:
        embed = self._embed
        stretches = _stretches(self._voice, audio, rate_hz, heard)
        placed = _place(embed, stretches, rate_hz)
        return _turns(placed, self._at_most) if len(placed.starts) else []


def _stretches(
    voice: VoiceActivity, audio: Iterable[Float32], rate_hz: int, heard: Heard | None
) -> Iterator[_Stretch]:
    state = VoiceState(rate_hz)
    kept: list[tuple[float, Float32]] = []
    spoken = silent = 0
    silence = np.zeros(window_samples(rate_hz), np.float32)
    end = itertools.repeat(silence, _PAUSE + 1)
    for number, window in enumerate(itertools.chain(_windows(audio, len(silence)), end), 1):
        (probability,) = voice([state], [window])
        kept.append((probability, window))
        spoken += probability >= _VOICE
        silent = 0 if probability >= _VOICE else silent + 1
        if not spoken:
            del kept[:-_LEAD]
        elif silent > _PAUSE or len(kept) >= _MOST:
            start_s = (number - len(kept)) * WINDOW_MS / 1000
            if silent > _PAUSE:
                del kept[_LEAD - silent :]
            if spoken >= _LEAST:
                yield _Stretch(start_s, np.concatenate([w for _, w in kept]), [p for p, _ in kept])
            kept, spoken, silent = [], 0, 0
        if heard and number % FRAMES_PER_S == 0:
            heard(number * WINDOW_MS / 1000)


def _windows(audio: Iterable[Float32], size: int) -> Iterator[Float32]:
    rest = np.zeros(0, np.float32)
    for block in audio:
        rest = np.concatenate([rest, block], dtype=np.float32)
        whole = len(rest) // size * size
        yield from rest[:whole].reshape(-1, size)
        rest = rest[whole:]


def _place(embed: SpeakerEmbedding, stretches: Iterable[_Stretch], rate_hz: int) -> _Placed:
    starts: list[float] = []
    lengths: list[float] = []
    embeddings: list[Float32] = []
    dips: set[int] = set()
    for stretch in stretches:
        features = fbank(soxr.resample(stretch.audio, rate_hz, FBANK_RATE_HZ))
        length = min(len(features), _STRETCH)
        if length < _SHORTEST:
            continue
        last = len(features) - length
        at = [*range(0, last, _HOP), last]
        for some in range(0, len(at), _BATCH):
            batch = at[some : some + _BATCH]
            embeddings.append(embed(np.stack([features[i : i + length] for i in batch])))
        starts += [stretch.start_s + i / FRAMES_PER_S for i in at]
        lengths += [length / FRAMES_PER_S] * len(at)
        dips |= {
            int((stretch.start_s + i * WINDOW_MS / 1000) / _GRID_S)
            for i, probability in enumerate(stretch.voice)
            if probability < _VOICE
        }
    joined = np.concatenate(embeddings) if embeddings else np.zeros((0, 0), np.float32)
    return _Placed(np.array(starts, np.float32), np.array(lengths, np.float32), joined, frozenset(dips))


def _turns(placed: _Placed, at_most: int) -> list[SpeakerTurn]:
    sure = placed.lengths >= _SURE / FRAMES_PER_S
    known = placed.embeddings[sure] if sure.any() else placed.embeddings
    voices = find_voices(known, at_most=at_most, alike=_ALIKE, share=_SHARE)
    frames, scores = _scores(placed, placed.embeddings @ voices.T)
    pause = np.diff(frames, prepend=-2) > 1
    dip = np.array([int(frame) in placed.dips for frame in frames])
    course = likeliest(scores, np.where(pause | dip, _CHANGE_AT_PAUSE, _CHANGE).astype(np.float32))
    cuts = np.flatnonzero(pause | (np.diff(course, prepend=-1) != 0))
    pieces = [
        (float(frames[first]) * _GRID_S, float(frames[last - 1] + 1) * _GRID_S, int(course[first]))
        for first, last in itertools.pairwise([*cuts.tolist(), len(frames)])
    ]
    return in_order(pieces)


def _scores(placed: _Placed, likeness: Float32) -> tuple[np.ndarray[Any, np.dtype[np.int64]], Float32]:
    """Places of the grid where somebody speaks, and there the likeness to each voice.

    What is nearer the middle of an embedded stretch counts more.
    """
    places = int((placed.starts + placed.lengths).max() / _GRID_S) + 2
    total = np.zeros((places, likeness.shape[1]), np.float32)
    weight = np.zeros(places, np.float32)
    for start, length, row in zip(placed.starts, placed.lengths, likeness, strict=True):
        at = np.arange(int(start / _GRID_S), int(np.ceil((start + length) / _GRID_S)))
        near = 1 - np.abs((at + 0.5) * _GRID_S - start - length / 2) / (length / 2)
        near = np.maximum(near, 0.05).astype(np.float32)
        total[at] += near[:, None] * row
        weight[at] += near
    frames = np.flatnonzero(weight)
    return frames, total[frames] / weight[frames, None]


def in_order(pieces: Sequence[tuple[float, float, int | str]]) -> list[SpeakerTurn]:
    """(start_s, end_s, name) by time, speakers numbered by who comes first."""
    numbers: dict[int | str, int] = {}
    return [
        SpeakerTurn(start, end, numbers.setdefault(name, len(numbers))) for start, end, name in sorted(pieces)
    ]


class PyannoteDiarizer:
    """pyannote.audio's pipeline, the extra `pyannote`: the whole recording in memory, best on a GPU."""

    def __init__(self, pipeline: str | Path, *, at_most: int = 2) -> None:
        """Name a pipeline of the hub, or a folder with its `config.yaml`; loaded at the first recording."""
        self._name = str(pipeline)
        self._at_most = at_most

    @cached_property
    def _pipeline(self) -> Any:
        try:
            from pyannote.audio import Pipeline  # noqa: PLC0415  an extra that takes seconds to import
            from pyannote.audio.telemetry import set_telemetry_metrics  # noqa: PLC0415
        except (ImportError, OSError) as error:  # OSError: a torchaudio of another torch
            raise ModelMissing(
                "pyannote로 화자를 구분하려면 추가 패키지가 필요합니다: pip install 'sangdam[pyannote]'",
                f"pyannote.audio cannot be imported ({error}): pip install 'sangdam[pyannote]'",
            ) from None
        # It would tell its makers how long our recordings are and how many speak in them.
        set_telemetry_metrics(enabled=False)
        try:
            found = Pipeline.from_pretrained(self._name)
        except Exception as error:  # noqa: BLE001  hub, yaml and torch each raise their own
            raise self._missing(str(error)) from None
        if found is None:  # what version 3 gives for weights that were not allowed
            raise self._missing("not allowed")
        return found

    def _missing(self, why: str) -> ModelMissing:
        reason = why.strip().splitlines()[0] if why.strip() else "unknown"
        return ModelMissing(
            f"화자 구분 모델 '{self._name}'을(를) 불러올 수 없습니다. 허브에서 사용 조건에 동의하고 HF_TOKEN을 정하거나, 받아 둔 폴더의 경로를 적으십시오.",
            f"diarisation pipeline '{self._name}' cannot be loaded ({reason}): accept its terms on the hub and set HF_TOKEN, or name a local folder.",
        )

    def __call__(
        self, audio: Iterable[Float32], rate_hz: int, heard: Heard | None = None
    ) -> list[SpeakerTurn]:
        pipeline = self._pipeline
        import torch  # noqa: PLC0415  comes with the extra

        whole = np.concatenate([*audio, np.zeros(0, np.float32)], dtype=np.float32)
        # From memory: reading files would need torchcodec and its FFmpeg.
        said = pipeline(
            {"waveform": torch.from_numpy(whole)[None], "sample_rate": rate_hz}, max_speakers=self._at_most
        )
        for one_at_a_time in ("exclusive_speaker_diarization", "speaker_diarization"):
            said = getattr(said, one_at_a_time, said)
        if heard:
            heard(len(whole) / rate_hz)
        return in_order([(turn.start, turn.end, who) for turn, _, who in said.itertracks(yield_label=True)])
