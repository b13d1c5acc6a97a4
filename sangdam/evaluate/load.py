"""Channels as a contact centre has them: real utterances with silence between, and when each was spoken."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from contracts.audio import Pcm16
from contracts.errors import BadInput
from ingest.media import open_media, read_blocks
from sangdam.application import SAMPLE_CALLS
from sangdam.evaluate.asr import telephone
from sangdam.evaluate.tables import read_tsv

SPEECH_SHARE: Final = 0.4
"""Of one channel: two parties who take turns, with a little silence besides."""
MAX_TURN_S: Final = 15.0
"""Longer recordings are no single utterance of a call."""

_PAUSE_S: Final = 1.0
"""At least so much silence between two turns: none is joined to the next by the endpointer."""
_LAST_S: Final = 0.5
"""Silence before the channel ends."""
_MARGIN_S: Final = 0.1
"""Of a recording's own silence, what stays around the speech."""
_HISS: Final = 3.0
"""Standard deviation of a line's comfort noise, in steps of 16 bit."""
_SLICE_MS: Final = 10
_BEYOND: Final = 1.1
"""A channel may have so many times its share of speech: whole utterances never fit exactly."""


@dataclass(frozen=True, slots=True)
class Turn:
    """True speech: from its first to its last loud moment, in ms of its channel."""

    start_ms: int
    end_ms: int
    text: str


@dataclass(frozen=True, slots=True)
class LoadChannel:
    """One channel: int16 mono at `rate_hz`, and what is said on it."""

    audio: Pcm16
    rate_hz: int
    turns: tuple[Turn, ...]

    @property
    def speech_s(self) -> float:
        return sum(turn.end_ms - turn.start_ms for turn in self.turns) / 1000


@dataclass(frozen=True, slots=True)
class Spoken:
    """A labelled utterance: int16 mono at `rate_hz`, speech from `begin` to `end` (samples)."""

    audio: Pcm16
    rate_hz: int
    begin: int
    end: int
    text: str

    @property
    def seconds(self) -> float:
        return (self.end - self.begin) / self.rate_hz


def make_load(
    channels: int,
    seconds: float,
    manifest: Path | None = None,
    seed: int = 0,
    *,
    phone: bool = False,
    share: float = SPEECH_SHARE,
) -> list[LoadChannel]:
    """Deal labelled utterances out to channels; decodes the recordings, so call it off the event loop.

    No utterance comes twice before each came once, the channels start one after the other, and pauses are
    of digital silence on even channels and of comfort noise on odd ones. The same arguments give the same
    audio.

    Args:
        channels: how many.
        seconds: length of each.
        manifest: TSV with columns `file` (relative to it) and `text`; none: the project's sample calls.
        seed: of the dealing and the noise.
        phone: 8 kHz, as a telephone hears it; else the recordings' own rate.
        share: of speech in each channel, 0-1, as near as whole utterances allow.

    Raises:
        BadInput: the manifest cannot be used, or holds no utterance that fits.
    """
    return lay_out(read_utterances(manifest, phone=phone), channels, seconds, seed, share=share)


def lay_out(
    utterances: Sequence[Spoken], channels: int, seconds: float, seed: int = 0, *, share: float = SPEECH_SHARE
) -> list[LoadChannel]:
    """`make_load` from utterances that are read already."""
    random = np.random.default_rng(seed)
    hands = deal(utterances, channels, seconds, share, random)
    return [
        _channel(hand, seconds, number / channels, number % 2 == 1, random)
        for number, hand in enumerate(hands)
    ]


def read_utterances(manifest: Path | None, *, phone: bool = False) -> list[Spoken]:
    """All utterances of at most 15 s, at one rate, that of the first."""
    heard = _of_manifest(manifest) if manifest else _of_sample_calls()
    if phone:
        heard = [(telephone(audio, rate), 8000, text) for audio, rate, text in heard]
    spoken = [found for audio, rate, text in heard if (found := _trimmed(audio, rate, text))]
    rate_hz = spoken[0].rate_hz if spoken else 0
    return [one for one in spoken if one.seconds <= MAX_TURN_S and one.rate_hz == rate_hz]


def _of_manifest(manifest: Path) -> list[tuple[Pcm16, int, str]]:
    heard = []
    for row in read_tsv(manifest, "file", "text"):
        audio, rate = _decode(manifest.parent / row["file"])
        heard.append((audio[:, 0], rate, row["text"]))
    return heard


def _of_sample_calls() -> list[tuple[Pcm16, int, str]]:
    """The turns of the calls that come with the project: synthetic, so good for speed and not for quality."""
    heard = []
    for labels in sorted(SAMPLE_CALLS.glob("*.json")):
        audio, rate = _decode(labels.with_suffix(".flac"))
        for turn in json.loads(labels.read_text("utf-8"))["turns"]:
            span = slice(turn["start_ms"] * rate // 1000, turn["end_ms"] * rate // 1000)
            heard.append((audio[span, turn["channel"]], rate, turn["text"]))
    return heard


def _decode(path: Path) -> tuple[Pcm16, int]:
    media = open_media(path)
    return np.concatenate(list(read_blocks(media))), media.rate_hz


def loudness(audio: Pcm16, rate_hz: int) -> npt.NDArray[np.float64]:
    """Root mean square of each 10 ms, in steps of 16 bit."""
    size = rate_hz * _SLICE_MS // 1000
    slices = audio[: len(audio) // size * size].astype(np.float64).reshape(-1, size)
    rms: npt.NDArray[np.float64] = np.sqrt((slices**2).mean(axis=1))
    return rms


def _trimmed(audio: Pcm16, rate_hz: int, text: str) -> Spoken | None:
    """Find speech by loudness: above twice the recording's noise, smoothed over 50 ms against clicks."""
    rms = np.convolve(loudness(audio, rate_hz), np.full(5, 0.2), "same")
    if len(rms) == 0 or rms.max() == 0:
        return None
    noise, loud = np.percentile(rms, 10), np.percentile(rms, 95)
    speech = np.flatnonzero(rms > max(min(2 * noise, 0.15 * loud), 0.05 * loud))
    size = rate_hz * _SLICE_MS // 1000
    begin, end = int(speech[0]) * size, int(speech[-1] + 1) * size
    margin = int(_MARGIN_S * rate_hz)
    first = max(0, begin - margin)
    return Spoken(audio[first : end + margin], rate_hz, begin - first, end - first, text)


def deal(
    utterances: Sequence[Spoken], channels: int, seconds: float, share: float, random: np.random.Generator
) -> list[list[Spoken]]:
    """Give each channel utterances of `share` of its time; the deck is shuffled anew when it is used up.

    Raises:
        BadInput: not one utterance fits.
    """
    shortest = min((one.seconds for one in utterances), default=0.0)
    room = seconds - 2 * _PAUSE_S
    if not utterances or shortest > room:
        raise BadInput(
            f"{seconds:.0f}초 안에 들어가는 발화가 없습니다. 더 긴 시간이나 다른 목록을 주십시오.",
            f"no utterance fits into {seconds:.0f} s; give more seconds or another manifest.",
        )
    deck: list[Spoken] = []
    hands: list[list[Spoken]] = []
    for _ in range(channels):
        hand: list[Spoken] = []
        said = 0.0
        while said + shortest / 2 < share * seconds:
            if not deck:
                deck = [utterances[index] for index in random.permutation(len(utterances))]
            fits = [
                index
                for index, one in enumerate(deck)
                if said + one.seconds <= max(_BEYOND * share * seconds, shortest)
                and said + one.seconds + _PAUSE_S * len(hand) <= room
            ]
            if fits:
                hand.append(deck.pop(fits[0]))
                said += hand[-1].seconds
            elif len(deck) < len(utterances):
                deck += [utterances[index] for index in random.permutation(len(utterances))]
            else:
                break
        hands.append(hand)
    return hands


def _channel(
    hand: Sequence[Spoken], seconds: float, phase: float, hiss: bool, random: np.random.Generator
) -> LoadChannel:
    """Lay utterances out over the time; `phase` 0-1 is how far through a mean pause the first one starts."""
    rate = hand[0].rate_hz if hand else 8000
    length = int(seconds * rate)
    audio = random.normal(0, _HISS, length) if hiss else np.zeros(length)
    pauses = _pauses(hand, seconds, phase, random)
    turns, at = [], 0.0
    for one, pause in zip(hand, pauses, strict=True):
        at += pause
        start = int(at * rate)
        first = max(0, start - one.begin)
        heard = one.audio[one.begin - (start - first) :][: length - first]
        audio[first : first + len(heard)] += heard
        at += one.seconds
        turns.append(
            Turn(start * 1000 // rate, (start + one.end - one.begin) * 1000 // rate, one.text.strip())
        )
    return LoadChannel(np.clip(np.rint(audio), -32768, 32767).astype(np.int16), rate, tuple(turns))


def _pauses(hand: Sequence[Spoken], seconds: float, phase: float, random: np.random.Generator) -> list[float]:
    """Seconds of silence before each utterance; what is left over comes after the last."""
    if not hand:
        return []
    silence = seconds - sum(one.seconds for one in hand) - _LAST_S
    spare = max(0.0, silence - _PAUSE_S * (len(hand) - 1))
    first = phase * min(spare, 2 * silence / (len(hand) + 1))
    parts = random.dirichlet(np.full(len(hand), 4.0)) * (spare - first)
    return [first, *(_PAUSE_S + part for part in parts[:-1])]
