"""When to show a guide: on a wish or a question that the guides answer, and not on small talk. Pure.

Search alone finds something for everything: without a gate, cards came on 95 % of the lines of everyday talk.
"""

from enum import Enum, auto
from typing import Final

from assist.lexicon import QUESTION, WISH

ASKED_SCORE: Final = 0.55
"""Needed of the best guide when the caller asks, wishes or reports something."""

TOLD_SCORE: Final = 0.85
"""Needed when the words alone show no wish ('주차 위반 딱지요')."""

SECOND_SCORE: Final = 0.85
SECOND_SHARE: Final = 0.9
"""A second card is shown beside the first when it is likely by itself and nearly as likely as the first."""

_SUBJECT_WORDS: Final = 2
"""A question with less content ('몇 시에 가면 돼요?') is about the conversation, not about a guide."""


class Verdict(Enum):
    OFFER = auto()
    NOTHING = auto()
    """A real question, and no guide fits: worth telling the agent, and whoever writes the guides."""
    SILENT = auto()


def has_wish(text: str) -> bool:
    """The words ask, wish, or report that something is wrong."""
    return bool(WISH.search(text) or QUESTION.search(text))


def verdict(text: str, subject_words: int, best_score: float, *, confirmed: bool = False) -> Verdict:
    """What to do about a turn of the caller.

    Args:
        text: the turn; courtesies have been left out before.
        subject_words: how many different words of content it has.
        best_score: 0-1, of the best guide for the rolling query; 0.0 without any.
        confirmed: the caller said yes when the agent said back the wish.
    """
    if best_score >= (ASKED_SCORE if confirmed else needed_score(text)):
        return Verdict.OFFER
    if QUESTION.search(text) and subject_words >= _SUBJECT_WORDS:
        return Verdict.NOTHING
    return Verdict.SILENT


def needed_score(text: str) -> float:
    """The score from which a guide is offered on this turn."""
    return ASKED_SCORE if has_wish(text) else TOLD_SCORE


def fits_beside(score: float, best_score: float) -> bool:
    """Whether a second guide is shown beside the best."""
    return score >= SECOND_SCORE and score >= SECOND_SHARE * best_score
