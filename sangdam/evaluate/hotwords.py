"""What the tenant's names are worth to the recogniser: `sangdam eval hotwords`.

Three ways are compared on the same windows: no names; names as a prompt to every window; and words that sound
like names settled by likelihood (`asr.hotwords`).
"""

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
import soxr
from rapidfuzz.distance import Levenshtein

from asr.hotwords import settle
from asr.lexicon import Lexicon
from contracts.audio import Pcm16
from models.whisper import RATE_HZ, Float32, Hypothesis, Likelihoods, TimedWord, Whisper, Window
from sangdam.evaluate.asr import letters
from sangdam.evaluate.load import Spoken
from sangdam.evaluate.noises import NOISES, noise
from sangdam.vocabulary import Vocabulary

Progress = Callable[[float, float], None]

_ABOUT: Final = "안녕하세요. 민원 상담 전화입니다. 무엇을 도와드릴까요?"
"""Stands before the names in the prompt, because the model goes on in the style it is shown."""
_PROMPT_CHARS: Final = 40
"""Of names in the prompt: with what stands before them, about the 64 tokens that a prompt may have."""
_NOISE_S: Final = 4.0
_LONGEST_NAME: Final = 12


@dataclass(frozen=True, slots=True)
class Way:
    """One way of hearing all utterances."""

    cer: float
    """Without spaces and punctuation."""
    names_heard: int
    names_said: int
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Name:
    """A name within the letters of a text."""

    start: int
    end: int
    text: str


def evaluate_hotwords(
    whisper: Whisper,
    utterances: Sequence[Spoken],
    vocabulary: Vocabulary,
    doubt: float,
    progress: Progress = lambda _done, _total: None,
) -> dict[str, object]:
    """Transcribe utterances in the three ways.

    Args:
        whisper: the recogniser.
        utterances: labelled Korean speech.
        vocabulary: the tenant's names and known words.
        doubt: words of a lower probability are suspect; above 1, all are: the worst case.
        progress: told utterances done and in all.

    Returns:
        A `Way` for `without`, `every_window` and `settled`; `settled_words`: how many were made `right` and
        `wrong`, in how many `utterances`; `offers`: how many suspect `words` were misheard names, other wrong
        words and right words, for how many something was `offered`, and where the name came `first`;
        `text_on_noise`: of how many windows of noise, without and with the prompt.
    """
    lexicon, names = Lexicon(vocabulary.names, vocabulary.known), frozenset(vocabulary.names)
    prompt = _prompt(vocabulary.names)
    first, prompted, corrected = _Heard(), _Heard(), _Heard()
    suspects: list[list[str]] = []

    def review(words: Sequence[TimedWord], likelihoods: Likelihoods) -> Sequence[str]:
        readings = [lexicon.readings(word.text) if word.probability < doubt else () for word in words]
        return settle([word.text for word in words], readings, likelihoods)

    for number, utterance in enumerate(utterances, start=1):
        audio = _at_16_khz(utterance.audio, utterance.rate_hz)
        hypothesis = first.hear(whisper, Window(audio, words=True))
        prompted.hear(whisper, Window(audio, prompt=prompt))
        corrected.hear(whisper, Window(audio, words=True, review=review))
        suspects.append([word.text if word.probability < doubt else "" for word in hypothesis.words])
        progress(number, len(utterances))

    said = [utterance.text for utterance in utterances]
    return {
        "utterances": len(utterances),
        "names": len(names),
        "without": first.way(said, names),
        "every_window": prompted.way(said, names),
        "settled": corrected.way(said, names),
        "settled_words": _corrections(said, first.texts, corrected.texts),
        "offers": _offers(said, first.texts, suspects, lexicon, names),
        "text_on_noise": _on_noise(whisper, prompt),
    }


class _Heard:
    """Texts of one way, and what they cost."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.cpu_s = 0.0

    def hear(self, whisper: Whisper, window: Window) -> Hypothesis:
        started = time.process_time()
        hypothesis = whisper.transcribe([window])[0]
        self.cpu_s += time.process_time() - started
        self.texts.append(hypothesis.text)
        return hypothesis

    def way(self, said: Sequence[str], names: frozenset[str]) -> dict[str, object]:
        errors = sum(
            Levenshtein.distance(letters(a), letters(b)) for a, b in zip(said, self.texts, strict=True)
        )
        spans = [
            name.text in letters(text)
            for line, text in zip(said, self.texts, strict=True)
            for name in said_names(line, names)
        ]
        cer = errors / max(1, sum(len(letters(text)) for text in said))
        return asdict(Way(round(cer, 4), sum(spans), len(spans), round(self.cpu_s, 1)))


def _prompt(names: Iterable[str]) -> str:
    said = ""
    for name in names:
        longer = f"{said}, {name}" if said else name
        if len(longer) <= _PROMPT_CHARS:
            said = longer
    return f"{_ABOUT} {said}."


def said_names(text: str, names: frozenset[str]) -> list[Name]:
    """Names in a text, also those written apart (심야 버스); each begins with a word, the longest first."""
    plain, starts, at = letters(text), [], 0
    for word in text.split():
        starts.append(at)
        at += len(letters(word))
    found: list[Name] = []
    for start in starts:
        if found and start < found[-1].end:
            continue
        ends = range(min(len(plain), start + _LONGEST_NAME), start + 1, -1)
        end = next((end for end in ends if plain[start:end] in names), None)
        if end:
            found.append(Name(start, end, plain[start:end]))
    return found


def _offers(
    said: Sequence[str],
    texts: Sequence[str],
    suspects: Sequence[Sequence[str]],
    lexicon: Lexicon,
    names: frozenset[str],
) -> dict[str, Mapping[str, int]]:
    counts = {
        kind: Counter(words=0, offered=0) for kind in ("misheard_names", "other_wrong_words", "right_words")
    }
    counts["misheard_names"]["first"] = 0
    for line, text, doubted in zip(said, texts, suspects, strict=True):
        spans = said_names(line, names)
        for word, (start, end) in zip(doubted, _places(line, text.split()), strict=True):
            if not word:
                continue
            offers = lexicon.nearest(word)
            there = {
                span.text
                for span in spans
                if 2 * (min(end, span.end) - max(start, span.start)) >= span.end - span.start
            }
            if letters(word) == letters(line)[start:end]:
                kind = "right_words"
            elif there and not any(name in word for name in there):
                kind = "misheard_names"
                counts[kind]["first"] += bool(offers) and offers[0] in there
            else:
                kind = "other_wrong_words"
            counts[kind].update(words=1, offered=bool(offers))
    return dict(counts)


def _places(said: str, words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where in the letters of what was said each heard word stands."""
    heard, plain = letters("".join(words)), letters(said)
    border = [0] * (len(heard) + 1)
    for step in Levenshtein.opcodes(heard, plain):
        length, theirs = step.src_end - step.src_start, step.dest_end - step.dest_start
        for offset in range(length):
            border[step.src_start + offset] = step.dest_start + offset * theirs // length
        border[step.src_end] = step.dest_end
    at = 0
    for word in words:
        yield border[at], border[at + len(letters(word))]
        at += len(letters(word))


def _corrections(said: Sequence[str], first: Sequence[str], then: Sequence[str]) -> dict[str, int]:
    changed = [
        letters(after) in letters(line)
        for line, heard, now in zip(said, first, then, strict=True)
        for before, after in zip(heard.split(), now.split(), strict=True)
        if before != after
    ]
    utterances = sum(heard != now for heard, now in zip(first, then, strict=True))
    return {"right": sum(changed), "wrong": len(changed) - sum(changed), "utterances": utterances}


def _on_noise(whisper: Whisper, prompt: str) -> dict[str, int]:
    sounds = [_at_16_khz(noise(kind, _NOISE_S, 8000, 0), 8000) for kind in NOISES]
    without = whisper.transcribe([Window(sound) for sound in sounds])
    prompted = whisper.transcribe([Window(sound, prompt=prompt) for sound in sounds])
    return {
        "windows": len(sounds),
        "without": sum(bool(letters(hypothesis.text)) for hypothesis in without),
        "prompted": sum(bool(letters(hypothesis.text)) for hypothesis in prompted),
    }


def _at_16_khz(audio: Pcm16, rate_hz: int) -> Float32:
    heard: Float32 = soxr.resample(audio.astype(np.float32) / 32768, rate_hz, RATE_HZ)
    return heard
