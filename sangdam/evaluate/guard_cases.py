"""Labelled audio for the guards: what was said in it is known, and nothing else may be written down.

Five kinds: `noise` (nothing was said), `echo` (nothing was said, after a prompt), `tail` (speech, then noise in the
same window), `weak` (speech under noise as loud as itself, or damaged) and `speech` (recordings and turns of calls).
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, groupby, product
from pathlib import Path
from typing import Final, Literal

import numpy as np
import soxr

from contracts.audio import Pcm16, mulaw_decode, mulaw_encode
from ingest.media import open_media, read_blocks
from sangdam.evaluate.asr import Item, letters, telephone
from sangdam.evaluate.noises import NOISES, busy, dtmf, music, noise, ringing

Kind = Literal["noise", "echo", "tail", "weak", "speech"]

PROMPTS: Final = (
    "안녕하세요. 서울시 다산콜입니다. 어떻게 도와드릴까요?",
    "마포구, 서대문구, 은평구, 대형 폐기물, 주민등록등본, 불법 주정차",
    "네, 신고 번호를 종이에 적어서 소파에 붙여 주세요.",
)
"""What is put before a window: text committed before it, or hotwords."""

_LEVELS: Final = (60, 3000)
"""Root mean square of 16-bit samples: a quiet line, and noise as loud as speech."""
_SECONDS: Final = (0.4, 1.0, 2.5, 6.0, 13.0)
_RATES: Final = (8000, 16_000)
_EVERY: Final = 7
"""One of so many variants of a sound is heard: coprime with their number, so that each property changes."""
_MAX_S: Final = 14.0
_SHORT_ANSWER: Final = 12
"""Letters: sentences up to this long are the '네' and '감사합니다' that must stay."""
_SENTENCE_MS: Final = 340
"""The sample calls pause so long between two sentences, and shorter within one."""
_NE_MS: Final = 320
"""A '네' before a comma is over by then."""


@dataclass(frozen=True, slots=True)
class Case:
    """Audio, int16 mono, and what was said in it."""

    name: str
    kind: Kind
    truth: str
    audio: Pcm16
    rate_hz: int
    cut: bool = False
    """Windows are those of the project's own endpointing; otherwise the audio is one window, heard or not."""
    short: bool = False
    """As a partial: the shortest bucket."""
    prompt: str = ""

    @property
    def seconds(self) -> float:
        return len(self.audio) / self.rate_hz


def cases(recordings: Sequence[Item], calls: Path) -> Iterator[Case]:
    """All cases, in the same order each time.

    Args:
        recordings: labelled speech, as recorded.
        calls: folder of sample calls, FLAC with the turns in JSON beside it.
    """
    items = [item for item in recordings if len(item.audio) <= _MAX_S * item.rate_hz]
    yield from _noise(items)
    yield from _echo(items)
    yield from _tail(items)
    yield from _weak(items)
    yield from _speech(items)
    yield from _answers(calls)


def _sounds(items: Sequence[Item]) -> dict[str, Callable[[float, int, int], Pcm16]]:
    """Sounds without words by name: of seconds, rate and seed."""
    made: dict[str, Callable[[float, int, int], Pcm16]] = {
        "music": music,
        "ringing": lambda seconds, rate_hz, _: ringing(seconds, rate_hz),
        "busy": lambda seconds, rate_hz, _: busy(seconds, rate_hz),
        "dtmf": lambda seconds, rate_hz, _: dtmf(
            "0101234567899"[: max(1, int(seconds * 3))], rate_hz, 180, 150
        ),
        "breaths": _breaths,
        "murmur": lambda seconds, rate_hz, seed: _murmur(items, seconds, rate_hz, seed),
    }
    for kind in NOISES:
        made[kind] = lambda seconds, rate_hz, seed, kind=kind: noise(kind, seconds, rate_hz, seed)  # type: ignore[misc]
    return made


def _breaths(seconds: float, rate_hz: int, seed: int) -> Pcm16:
    """Into the microphone, one every 2.5 s."""
    at = np.arange(round(seconds * rate_hz)) / rate_hz
    swell = np.clip(np.sin(2 * np.pi * at / 2.5), 0, 1) ** 2
    return np.asarray(np.rint(noise("pink", seconds, rate_hz, seed) * swell), np.int16)


def _murmur(items: Sequence[Item], seconds: float, rate_hz: int, seed: int) -> Pcm16:
    """Voices without words, as from a far television: two speakers, backwards."""
    mixed = np.zeros(round(seconds * rate_hz))
    for item in (items[seed % len(items)], items[(7 * seed + 3) % len(items)]):
        voice = soxr.resample(item.audio.astype(np.float64), item.rate_hz, rate_hz)[::-1]
        mixed += np.resize(voice, len(mixed))
    return np.clip(np.rint(mixed / 2), -32768, 32767).astype(np.int16)


def _noise(items: Sequence[Item]) -> Iterator[Case]:
    variants = list(product(_sounds(items).items(), _SECONDS, _LEVELS, _RATES, (False, True)))
    for seed, ((name, sound), seconds, rms, rate_hz, short) in enumerate(variants):
        if seed % _EVERY == 0:
            audio = _line(_at_level(sound(seconds, rate_hz, seed), rms), rate_hz)
            yield Case(f"{name} {seconds} s, {rms}, {rate_hz} Hz", "noise", "", audio, rate_hz, short=short)


def _echo(items: Sequence[Item]) -> Iterator[Case]:
    """A murmur brings a prompt back most often: all of its variants."""
    variants = list(product(_sounds(items).items(), PROMPTS, (1.0, 3.0, 8.0), (False, True)))
    for seed, ((name, sound), prompt, seconds, short) in enumerate(variants):
        if seed % _EVERY == 0 or name == "murmur":
            rms = _LEVELS[seed // 2 % 2]
            audio = _line(_at_level(sound(seconds, 8000, seed), rms), 8000)
            yield Case(f"{name} after a prompt", "echo", "", audio, 8000, short=short, prompt=prompt)


def _tail(items: Sequence[Item]) -> Iterator[Case]:
    """What holds the window open after speech: at half of its loudness."""
    sounds = cycle(_sounds(items).items())
    lengths = cycle((1.0, 2.0, 4.0))
    for seed, item in enumerate(items):
        name, sound = next(sounds)
        seconds = min(next(lengths), _MAX_S - len(item.audio) / item.rate_hz)
        if seed % 3 or seconds < 1:
            continue
        after = _at_level(sound(seconds, 8000, seed), _loudness(item.audio) / 2)
        audio = np.concatenate([_phone(item), after])
        yield Case(f"{item.name}, then {name}", "tail", item.text, audio, 8000, short=bool(seed % 2))


def _weak(items: Sequence[Item]) -> Iterator[Case]:
    """Damage of a line; speech is cut as the recogniser cuts it."""
    random = np.random.default_rng(3)
    damage: dict[str, Callable[[Pcm16], Pcm16]] = {
        "0 dB white noise": lambda audio: _mixed(audio, noise("white", len(audio) / 8000, 8000, len(audio))),
        "0 dB pink noise": lambda audio: _mixed(audio, noise("pink", len(audio) / 8000, 8000, len(audio))),
        "0 dB music": lambda audio: _mixed(audio, music(len(audio) / 8000, 8000, len(audio))),
        "clipped": lambda audio: _line(_at_level(audio, 20_000), 8000),
        "whispered": lambda audio: _at_level(audio, 40),
        "every third packet lost": lambda audio: _lossy(audio, random, 0.33),
    }
    for number, (item, (name, spoil)) in enumerate(zip(items, cycle(damage.items()), strict=False)):
        if number // len(damage) % 2 == 0:
            yield Case(f"{item.name}, {name}", "weak", item.text, spoil(_phone(item)), 8000, cut=True)


def _speech(items: Sequence[Item]) -> Iterator[Case]:
    for item in items:
        yield Case(item.name, "speech", item.text, item.audio, item.rate_hz, cut=True)
        yield Case(f"{item.name} by telephone", "speech", item.text, _phone(item), 8000, cut=True)
    # A prompt that the speaker says again, or that says what was said before: no echo.
    for number, (item, before) in enumerate(zip(items[1::4], items[::4], strict=False)):
        prompt = item.text if number % 2 else before.text
        yield Case(
            f"{item.name} after a prompt", "speech", item.text, _phone(item), 8000, cut=True, prompt=prompt
        )


def _answers(calls: Path) -> Iterator[Case]:
    """What is short in the sample calls: '네', '감사합니다', '네, 알겠습니다.'"""
    for path in sorted(calls.glob("*.flac")):
        media = open_media(path)
        audio = np.concatenate(list(read_blocks(media)))
        per_ms = media.rate_hz // 1000
        for turn in json.loads(path.with_suffix(".json").read_text("utf-8"))["turns"]:
            spoken = audio[turn["start_ms"] * per_ms : turn["end_ms"] * per_ms, turn["channel"]]
            for truth, end in _short(turn["text"], spoken, media.rate_hz):
                quiet = np.zeros(media.rate_hz // 2, np.int16)
                answer = np.concatenate([quiet, spoken[:end]])
                yield Case(f"{path.stem}: {truth}", "speech", truth, answer, media.rate_hz, cut=True)


def _short(text: str, spoken: Pcm16, rate_hz: int) -> Iterator[tuple[str, int]]:
    """How a turn begins, if that is short, and the sample where it ends: at a pause."""
    pauses = list(_pauses(spoken, rate_hz))
    first, _, rest = text.partition(". ")
    if len(letters(first)) <= _SHORT_ANSWER:
        end = next((at for at, pause_ms in pauses if pause_ms >= _SENTENCE_MS), 0) if rest else len(spoken)
        if end:
            yield first, end
    if text.startswith("네,") and pauses:
        at, pause_ms = pauses[0]
        if at * 1000 // rate_hz < _NE_MS and pause_ms >= 160:
            yield "네", at


def _pauses(audio: Pcm16, rate_hz: int) -> Iterator[tuple[int, int]]:
    """Where speech pauses, and for how many ms: pieces of 20 ms below a twentieth of the loudest."""
    piece = rate_hz // 50
    pieces = audio[: len(audio) // piece * piece].reshape(-1, piece).astype(np.float64)
    loud = np.sqrt(np.mean(np.square(pieces), axis=1))
    start = 0
    for quiet, run in groupby(loud < loud.max(initial=0) / 20):
        length = len(list(run))
        if quiet and start:
            yield start * piece, length * 20
        start += length


def _phone(item: Item) -> Pcm16:
    return telephone(item.audio, item.rate_hz)


def _line(audio: Pcm16, rate_hz: int) -> Pcm16:
    """G.711 at 8 kHz; wide band has other codecs."""
    return mulaw_decode(mulaw_encode(audio)) if rate_hz == 8000 else audio


def _at_level(audio: Pcm16, rms: float) -> Pcm16:
    now = max(1.0, float(np.sqrt(np.mean(np.square(audio, dtype=np.float64)))))
    return np.asarray(np.clip(np.rint(audio * (rms / now)), -32768, 32767), np.int16)


def _loudness(audio: Pcm16) -> float:
    return float(np.sqrt(np.mean(np.square(audio, dtype=np.float64))))


def _mixed(audio: Pcm16, other: Pcm16) -> Pcm16:
    """0 dB: as loud as each other."""
    other = _at_level(other[: len(audio)], _loudness(audio))
    mixed = audio.astype(np.int32)
    mixed[: len(other)] += other
    return np.clip(mixed, -32768, 32767).astype(np.int16)


def _lossy(audio: Pcm16, random: np.random.Generator, share: float) -> Pcm16:
    """Packets of 20 ms that never came, as silence."""
    lost = np.repeat(random.random(len(audio) // 160 + 1) < share, 160)[: len(audio)]
    return np.where(lost, 0, audio).astype(np.int16)
