"""When the final text of a turn arrived, from nothing but the text that a system had committed at each moment. Pure.

Peers say neither where an utterance ends nor, all of them, when words were spoken; what all of them have is
committed text that grows. So the final text of a channel is laid beside what was said on it, letter by letter, which
gives for each turn the place in the text where it ends; the turn's final came when the committed text first reached
that place for good.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rapidfuzz.distance import Levenshtein

from sangdam.evaluate.asr import letters
from sangdam.evaluate.load import Turn

COVERED: Final = 0.5
"""A turn is lost when less than half of its letters have any letter beside them, right or wrong."""


@dataclass(frozen=True, slots=True)
class Scored:
    """One channel."""

    delays_s: tuple[float, ...]
    """Of each turn that came, from the end of its speech."""
    lost: int
    errors: int
    """Edits between what was said and the final text, in letters."""
    said: int
    """Letters."""


def score(
    turns: Sequence[Turn], began_s: float, commits: Sequence[tuple[float, str]], tail: str = ""
) -> Scored:
    """Judge a channel.

    Args:
        turns: what was said.
        began_s: time of the channel's first sample, on the clock of `commits`.
        commits: the whole committed text, each time that it changed.
        tail: text that never was committed; it counts for the error rate alone.
    """
    grown = [(at, letters(text)) for at, text in commits]
    final = grown[-1][1] if grown else ""
    truth = [letters(turn.text) for turn in turns]
    said = "".join(truth)
    beside = _aligned(said, final)
    delays, lost, start = [], 0, 0
    for turn, text in zip(turns, truth, strict=True):
        places = [place for place in beside[start : start + len(text)] if place is not None]
        start += len(text)
        if not text:
            continue
        if len(places) < COVERED * len(text):
            lost += 1
        else:
            delays.append(_reached(grown, final, places[-1] + 1) - (began_s + turn.end_ms / 1000))
    return Scored(tuple(delays), lost, Levenshtein.distance(said, final + letters(tail)), len(said))


def _aligned(said: str, final: str) -> list[int | None]:
    """For each letter said, the place in the final text of the letter that stands for it."""
    beside: list[int | None] = [None] * len(said)
    for step in Levenshtein.opcodes(said, final):
        if step.tag in ("equal", "replace"):
            for offset in range(step.src_end - step.src_start):
                beside[step.src_start + offset] = step.dest_start + offset
    return beside


def _reached(grown: Sequence[tuple[float, str]], final: str, place: int) -> float:
    """The time from which on the committed text begins with the final text's first `place` letters."""
    at = grown[-1][0]
    for when, text in reversed(grown):
        if text[:place] != final[:place]:
            break
        at = when
    return at
