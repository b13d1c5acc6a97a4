"""Names as a hint to the recogniser, for a second hearing of suspect words. Pure.

A hint makes the model write what it names. Given to every window, it costs more than it helps (docs/adr/0013):
so only speech with a suspect word that sounds like names is heard again, with those names alone, and of the
second text nothing is taken but the suspect words that have become one of them.
"""

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Final

from rapidfuzz.distance import Levenshtein

from asr.lexicon import is_particle

ABOUT: Final = "안녕하세요. 민원 상담 전화입니다. 무엇을 도와드릴까요?"
"""Stands before the names. Sentences, because the model goes on in the style that it is shown; 18 tokens, because
a prompt may lose up to 15 at its front (`models/whisper.py`), and those must not be names."""

MAX_CHARS: Final = 40
"""Of the names: about 36 tokens."""


def hotword_prompt(names: Iterable[str], max_chars: int = MAX_CHARS) -> str:
    """Text for `Window.prompt`: a greeting, then the names, the most telling first, each once.

    Names that would make the list longer than `max_chars` are left out; nothing where none fits.
    """
    said = ""
    for name in dict.fromkeys(names):
        longer = f"{said}, {name}" if said else name
        if len(longer) <= max_chars:
            said = longer
    return f"{ABOUT} {said}." if said else ""


def second_hearing(words: Sequence[str], nearest: Sequence[tuple[str, ...]], again: str) -> tuple[str, ...]:
    """The words of a text, suspect ones corrected where the second hearing has one of their names there.

    Args:
        words: as they were heard first.
        nearest: names that each sounds like; empty for words that are not suspect.
        again: the text with these names as a hint.

    Returns:
        As many words. All others stay: a hint may spoil what it is not about.
    """
    first, second = [_letters(word) for word in words], [_letters(word) for word in again.split()]
    place = borders("".join(first), "".join(second))
    stops = list(accumulate(map(len, second)))
    corrected, stop = list(words), 0
    for index, (word, names) in enumerate(zip(first, nearest, strict=True)):
        start, stop = stop, stop + len(word)
        there = "".join(
            candidate
            for candidate, end in zip(second, stops, strict=True)
            if min(place[stop], end) - max(place[start], end - len(candidate)) > len(candidate) / 2
        )
        name = next((name for name in names if _is(there, _letters(name))), None)
        if name:
            corrected[index] = name + there[len(_letters(name)) :] + _punctuation(words[index])
    return tuple(corrected)


def borders(first: str, second: str) -> list[int]:
    """For each border between letters of the first text, the border in the second that corresponds to it."""
    places = [0] * (len(first) + 1)
    for operation in Levenshtein.opcodes(first, second):
        length, theirs = operation.src_end - operation.src_start, operation.dest_end - operation.dest_start
        for step in range(length):
            places[operation.src_start + step] = operation.dest_start + step * theirs // length
        places[operation.src_end] = operation.dest_end
    return places


def _is(word: str, name: str) -> bool:
    """Whether a word is this name, bare or with a particle."""
    return word == name or (word.startswith(name) and is_particle(word[len(name) :]))


def _letters(word: str) -> str:
    return "".join(character for character in word if character.isalnum())


def _punctuation(word: str) -> str:
    return word[len(word.rstrip(".,?!")) :]
