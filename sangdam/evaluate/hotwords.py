"""What the tenant's names are worth to the recogniser: `sangdam eval hotwords`.

Three ways are compared on the same windows: no names; the names as a prompt to every window; and a second
hearing of the windows with words that sound like names. Every word counts as suspect here, which is the worst
case: the recogniser looks up only those that it doubts.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np
import soxr
from rapidfuzz.distance import Levenshtein

from asr.hotwords import borders, hotword_prompt, second_hearing
from asr.lexicon import Lexicon
from contracts.audio import Pcm16
from models.whisper import RATE_HZ, Float32, Whisper, Window
from sangdam.evaluate.asr import letters
from sangdam.evaluate.load import Spoken
from sangdam.evaluate.noises import NOISES, noise
from sangdam.vocabulary import Vocabulary

Progress = Callable[[float, float], None]

_BATCH: Final = 4
_NOISE_S: Final = 4.0
_LONGEST_NAME: Final = 12


@dataclass(frozen=True, slots=True)
class Way:
    """One way of hearing all utterances."""

    cer: float
    """Without spaces and punctuation."""
    names_heard: int
    names_said: int
    windows: int
    """Heard, in all; the second hearing has more than there are utterances."""
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
    progress: Progress = lambda _done, _total: None,
) -> dict[str, object]:
    """Transcribe utterances in the three ways.

    Args:
        whisper: the recogniser.
        utterances: labelled Korean speech.
        vocabulary: the tenant's names and known words.
        progress: told hearings done and in all.

    Returns:
        A `Way` for `without`, `every_window` and `second_hearing`; `corrected`: words that the second hearing
        made `right` and `wrong`; `offers`: how many `words` were misheard names, other wrong words and right
        words, for how many something was `offered`, and where the name came `first`; `text_on_noise`: of how
        many windows, without and with a prompt.
    """
    lexicon, names = Lexicon(vocabulary.names, vocabulary.known), frozenset(vocabulary.names)
    said = [utterance.text for utterance in utterances]
    audio = [_at_16_khz(utterance.audio, utterance.rate_hz) for utterance in utterances]
    every = hotword_prompt(vocabulary.names)
    total = 3 * len(audio)

    first, first_cpu = _hear(whisper, [Window(one) for one in audio], lambda n: progress(n, total))
    prompted, prompted_cpu = _hear(
        whisper, [Window(one, prompt=every) for one in audio], lambda n: progress(len(audio) + n, total)
    )
    words = [text.split() for text in first]
    nearest = [[lexicon.nearest(word) for word in line] for line in words]
    doubted = [index for index, offers in enumerate(nearest) if any(offers)]
    again, again_cpu = _hear(
        whisper,
        [
            Window(audio[i], prompt=hotword_prompt(name for offers in nearest[i] for name in offers))
            for i in doubted
        ],
        lambda n: progress(2 * len(audio) + n, total),
    )
    corrected = [tuple(line) for line in words]
    for index, text in zip(doubted, again, strict=True):
        corrected[index] = second_hearing(words[index], nearest[index], text)
    progress(total, total)

    def way(texts: Sequence[str], windows: int, cpu_s: float) -> dict[str, object]:
        spans = [
            (span.text, letters(text))
            for line, text in zip(said, texts, strict=True)
            for span in said_names(line, names)
        ]
        heard = sum(name in text for name, text in spans)
        return asdict(Way(_cer(said, texts), heard, len(spans), windows, round(cpu_s, 1)))

    return {
        "utterances": len(utterances),
        "names": len(names),
        "without": way(first, len(audio), first_cpu),
        "every_window": way(prompted, len(audio), prompted_cpu),
        "second_hearing": way(
            [" ".join(line) for line in corrected], len(audio) + len(doubted), first_cpu + again_cpu
        ),
        "corrected": _corrections(said, words, corrected),
        "offers": _offers(said, words, nearest, names),
        "text_on_noise": _on_noise(whisper, every),
    }  # fmt: skip


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
    words: Sequence[Sequence[str]],
    nearest: Sequence[Sequence[tuple[str, ...]]],
    names: frozenset[str],
) -> dict[str, Mapping[str, int]]:
    counts = {
        kind: Counter(words=0, offered=0) for kind in ("misheard_names", "other_wrong_words", "right_words")
    }
    counts["misheard_names"]["first"] = 0
    for line, heard, offers in zip(said, words, nearest, strict=True):
        spans = said_names(line, names)
        for word, offer, (start, end) in zip(heard, offers, _places(line, heard), strict=True):
            there = {
                span.text
                for span in spans
                if 2 * (min(end, span.end) - max(start, span.start)) >= span.end - span.start
            }
            if letters(word) == letters(line)[start:end]:
                kind = "right_words"
            elif there and not any(name in word for name in there):
                kind = "misheard_names"
                counts[kind]["first"] += bool(offer) and offer[0] in there
            else:
                kind = "other_wrong_words"
            counts[kind].update(words=1, offered=bool(offer))
    return dict(counts)


def _places(said: str, heard: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where in the letters of what was said each heard word stands."""
    places, at = borders(letters("".join(heard)), letters(said)), 0
    for word in heard:
        yield places[at], places[at + len(letters(word))]
        at += len(letters(word))


def _corrections(
    said: Sequence[str], words: Sequence[Sequence[str]], corrected: Sequence[Sequence[str]]
) -> dict[str, int]:
    changed = [
        letters(after) in letters(line)
        for line, heard, now in zip(said, words, corrected, strict=True)
        for before, after in zip(heard, now, strict=True)
        if before != after
    ]
    return {"right": sum(changed), "wrong": len(changed) - sum(changed)}


def _on_noise(whisper: Whisper, prompt: str) -> dict[str, int]:
    sounds = [_at_16_khz(noise(kind, _NOISE_S, 8000, seed), 8000) for kind in NOISES for seed in range(2)]
    without, _ = _hear(whisper, [Window(one) for one in sounds])
    prompted, _ = _hear(whisper, [Window(one, prompt=prompt) for one in sounds])
    return {
        "windows": len(sounds),
        "without": sum(bool(letters(text)) for text in without),
        "prompted": sum(bool(letters(text)) for text in prompted),
    }


def _hear(
    whisper: Whisper, windows: Sequence[Window], done: Callable[[int], None] = lambda _done: None
) -> tuple[list[str], float]:
    """Texts, and CPU seconds."""
    started, texts = time.process_time(), []
    for start in range(0, len(windows), _BATCH):
        texts += [hypothesis.text for hypothesis in whisper.transcribe(windows[start : start + _BATCH])]
        done(len(texts))
    return texts, time.process_time() - started


def _at_16_khz(audio: Pcm16, rate_hz: int) -> Float32:
    heard: Float32 = soxr.resample(audio.astype(np.float32) / 32768, rate_hz, RATE_HZ)
    return heard


def _cer(said: Sequence[str], heard: Sequence[str]) -> float:
    errors = sum(Levenshtein.distance(letters(a), letters(b)) for a, b in zip(said, heard, strict=True))
    return round(errors / max(1, sum(len(letters(text)) for text in said)), 4)
