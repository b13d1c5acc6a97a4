"""A name in place of a word that was probably misheard, where the recogniser finds it almost as likely. Pure.

Names as a prompt were measured and refused (docs/adr/0013). Here the recogniser writes freely, without a hint;
then, for a suspect word that sounds like names, it is asked how likely the text would be with each of them.
"""

from collections.abc import Sequence
from typing import Final

GIVES_WAY: Final = 5.5
"""How much log probability a name may lack against the word that was heard: callers of a public line name its
places and matters far more often than the recogniser expects. Set by `sangdam eval hotwords`."""

MAX_TEXTS: Final = 6
"""Alternatives of one utterance, so that a long garbled one cannot hold up others."""


def alternatives(readings: Sequence[tuple[str, ...]]) -> list[tuple[int, str]]:
    """What else might stand in a text.

    Args:
        readings: of each word, `Lexicon.readings`; empty for words that are not suspect.

    Returns:
        Index of the word and what it might be, at most six.
    """
    found = [(index, reading) for index, each in enumerate(readings) for reading in each]
    return found[:MAX_TEXTS]


def with_word(words: Sequence[str], index: int, reading: str) -> str:
    """The text with one word replaced: what the recogniser is asked about."""
    return " ".join((*words[:index], reading, *words[index + 1 :]))


def settled(
    words: Sequence[str], others: Sequence[tuple[int, str]], heard: float, scores: Sequence[float]
) -> tuple[str, ...]:
    """The words, each replaced by its likeliest reading where that gives way by little enough.

    Args:
        words: as they were heard.
        others: `alternatives`.
        heard: log probability of the text as it was heard.
        scores: log probabilities of the texts with one word replaced, in the order of `others`.
    """
    best = dict.fromkeys(range(len(words)), heard - GIVES_WAY)
    corrected = list(words)
    for (index, reading), score in zip(others, scores, strict=True):
        if score > best[index]:
            best[index], corrected[index] = score, reading
    return tuple(corrected)
