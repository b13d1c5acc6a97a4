"""A name in place of a word that was probably misheard, where the recogniser finds it almost as likely. Pure.

Names as a prompt were measured and refused (docs/adr/0013). Here the recogniser writes freely, without a hint;
then, for a suspect word that sounds like names, it is asked how likely the text would be with each of them.
"""

from collections.abc import Callable, Sequence
from typing import Final

DOUBT: Final = 0.5
"""Words of a lower probability are worth asking about. More than the panel underlines: a right word is hardly
ever replaced, so that this is a matter of cost."""

GIVES_WAY: Final = 5.5
"""How much log probability a name may lack against the word that was heard: callers of a public line name its
places and matters far more often than the recogniser expects. With 5.5 no wrong name was taken, with 7.5 some."""

MAX_TEXTS: Final = 6
"""Alternatives of one utterance, so that a long garbled one cannot hold up others."""


def settle(
    words: Sequence[str],
    readings: Sequence[tuple[str, ...]],
    likelihoods: Callable[[Sequence[str]], Sequence[float]],
) -> tuple[str, ...]:
    """The words, each replaced by its likeliest reading where that gives way by little enough.

    Args:
        words: as they were heard.
        readings: what each might be (`Lexicon.readings`); empty for words that are not suspect.
        likelihoods: log probabilities of texts for the same audio; not asked where there is nothing to ask.
    """
    others = [(index, reading) for index, each in enumerate(readings) for reading in each][:MAX_TEXTS]
    if not others:
        return tuple(words)
    texts = [" ".join((*words[:index], reading, *words[index + 1 :])) for index, reading in others]
    heard, *scores = likelihoods([" ".join(words), *texts])
    best = dict.fromkeys(range(len(words)), heard - GIVES_WAY)
    settled = list(words)
    for (index, reading), score in zip(others, scores, strict=True):
        if score > best[index]:
            best[index], settled[index] = score, reading
    return tuple(settled)
