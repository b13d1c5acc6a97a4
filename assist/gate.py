"""When to show a guide: on a wish or a question that the guides answer, and not on small talk. Pure.

Search alone finds something for everything: without a gate, cards came on 95 % of the lines of everyday talk.
"""

import math
import re
from enum import Enum, auto
from typing import Final

from assist.lexicon import QUESTION, WISH
from assist.moves import points_back, tells_a_tale, without_rhetoric

ASKED_SCORE: Final = 0.5
"""Needed of the best guide when the caller asks, wishes or reports something."""

FOLLOW_SCORE: Final = 0.6
"""Needed when they do so right after a card: most of it is still about that card."""

TOLD_SCORE: Final = 0.9
"""Needed when the words alone show no wish ('주차 위반 딱지요')."""

SURE_SCORE: Final = 0.95
"""Needed where another card would be a surprise: right after a card, on words that show no wish or point back."""

SECOND_SCORE: Final = 0.85
SECOND_SHARE: Final = 0.9
EQUAL_SHARE: Final = 0.98
"""A second card is shown beside the first when it is likely by itself and nearly as likely as the first; when
it answers to the same words, only if they are as good as equal."""

_SUBJECT_WORDS: Final = 2
"""A question with less content ('몇 시에 가면 돼요?') is about the conversation, not about a guide."""

_JUST_SHOWN: Final = 2
"""For so many turns of the caller after a card, questions are likely about it."""

_ENDS_WISHING: Final = re.compile(
    r"(?:되나|하나|있나|[는은인던]가|[있하되]나\s*해서요?|싶어서요?|[하되받내]려구요|달라고요?|다?면서요?|다던데요?)[\s?.!]*$"
    r"|(?:[되돼하받내있없가오]죠|(?<!니)까)(?=[\s?.!,]|$)"
)
"""Endings that ask for something without a word for it: '세금을 내야 되죠', '받을 수 있나 해서요'."""

_COMPLAINT: Final = re.compile(
    r"죽겠|미치겠|불편|힘들어|못\s*살겠|캄캄|컴컴|어두워|무서워|안\s*줘|안\s*들어|밀렸|떨어졌|망가졌|깨졌|쓰러져|쓰러졌|얼었|부러"
    r"|당했|당한|피해를|수가?\s*없(?!이)|두고\s*내|놓고\s*내|사라졌|도둑|[는은한]\s*것\s*같아요"
)
"""Something is wrong, said without asking for anything."""

_BACKGROUND: Final = re.compile(
    r"(?:[는은인한던]데요?|거든요?|사람이에요|(?:[었았했갔왔났됐셨렸졌]|[가-힣]ㅆ)(?:어요|습니다|다))[\s.!,]*$"
)
"""Endings of what people tell before they come to their point, or of what is over."""


_EXPLAINS: Final = re.compile(r"(?:거든요?|사람이에요)[\s.!,]*$")
"""Whatever else it says, it is told as the reason of something."""

_INTRODUCES: Final = re.compile(r"(?<=[가-힣])데요?(?=[\s?.!,]|$)")
"""'개를 키우는데요' wants nothing yet. What comes before it may: '버리려고 하는데요'."""


class Verdict(Enum):
    OFFER = auto()
    NOTHING = auto()
    """A real question, and no guide fits: worth telling the agent, and whoever writes the guides."""
    SILENT = auto()


def asks(text: str) -> bool:
    """Somebody wants to know how, where, when, how much."""
    return bool(QUESTION.search(without_rhetoric(text)))


def has_wish(text: str) -> bool:
    """The words ask, wish, or report that something is wrong."""
    bare = _INTRODUCES.sub(" ", text)
    return asks(text) or any(shape.search(bare) for shape in (WISH, _ENDS_WISHING, _COMPLAINT))


def verdict(
    text: str,
    subject_words: int,
    best_score: float,
    *,
    wished: bool = False,
    turns_since_card: int | None = None,
) -> Verdict:
    """What to do about a turn of the caller.

    Args:
        text: the turn; courtesies have been left out before.
        subject_words: how many different words of content it has.
        best_score: 0-1, of the best guide for the rolling query; 0.0 without any.
        wished: the turn is known to name a wish: a yes to what the agent said back, or a change of mind.
        turns_since_card: turns of the caller since the last card, this one included; None before the first.
    """
    follows = turns_since_card is not None and turns_since_card <= _JUST_SHOWN
    if best_score >= needed_score(
        text, wished=wished, follows=follows, few_words=subject_words <= _SUBJECT_WORDS
    ):
        return Verdict.OFFER
    if asks(text) and subject_words >= _SUBJECT_WORDS and not wished and not follows:
        return Verdict.NOTHING
    return Verdict.SILENT


def needed_score(text: str, *, wished: bool = False, follows: bool = False, few_words: bool = False) -> float:
    """The score from which a guide is offered on this turn; above 1 for never.

    Args:
        text: the turn.
        wished: as for `verdict`.
        follows: a card has just been shown.
        few_words: the turn has few words of its own.
    """
    if wished:
        return ASKED_SCORE
    if tells_a_tale(text) and not asks(text):
        return math.inf
    if follows and few_words and points_back(text):
        return SURE_SCORE
    if has_wish(text) and (asks(text) or not _EXPLAINS.search(text)):
        return FOLLOW_SCORE if follows else ASKED_SCORE
    return SURE_SCORE if follows or _BACKGROUND.search(text) else TOLD_SCORE


def fits_beside(score: float, best_score: float, *, own_words: bool) -> bool:
    """Whether a second guide is shown beside the best.

    Args:
        score: of the second.
        best_score: of the best.
        own_words: the second answers to words that the best does not.
    """
    if score < SECOND_SCORE:
        return False
    return score >= (SECOND_SHARE if own_words else EQUAL_SHARE) * best_score
