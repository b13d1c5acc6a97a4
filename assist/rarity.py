"""What a question is made of, and how much each part of it tells: parts that few questions have tell more. Pure."""

import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from assist.lexicon import STOP_TERMS
from assist.query import without_phrases
from assist.words import bigrams

Parts = Mapping[str, float]
"""Morpheme, or `=` and a pair of characters → weight; together of length 1."""

_PAIR_WEIGHT: Final = 0.5
"""Of a pair of characters; a morpheme has 1."""

_POWER: Final = 1.5
"""Of a part's rarity."""

_ASKED_BEFORE: Final = 50
"""Questions that are thought to have been asked before the first: by the first few alone nothing would be rare."""

_ACTS: Final = frozenset(
    word
    for line in (
        "신청 신고 지원 허가 예약 등록 발급 상담 접수 설치 수리 보조금 비용",
        "서울 서울시 구청 시청 되",
    )
    for word in line.split()
)
"""What callers want done with anything, and where."""

_ACT_SHARE: Final = 0.15
"""Of the questions before the first each of these was in so many."""

_UNSEEN: Final = 0.5
"""And everything else in so many questions, not share."""


def parts_of(text: str, analyse: Callable[[str], Sequence[str]]) -> Parts:
    """The question's content morphemes and pairs of characters; empty where it says nothing."""
    parts = {term: 1.0 for term in analyse(text) if term not in STOP_TERMS}
    parts |= {f"={pair}": _PAIR_WEIGHT for pair in bigrams(without_phrases(text))}
    length = math.sqrt(sum(weight * weight for weight in parts.values()))
    return {part: weight / length for part, weight in parts.items()}


def is_word(part: str) -> bool:
    """And no pair of characters."""
    return not part.startswith("=")


class Rarity:
    """How rare parts are among questions that come and go."""

    def __init__(self) -> None:
        self.questions = 0
        self._with: Counter[str] = Counter()

    def add(self, parts: Iterable[str]) -> None:
        self.questions += 1
        self._with.update(parts)

    def remove(self, parts: Iterable[str]) -> None:
        self.questions -= 1
        self._with.subtract(parts)
        for part in parts:
            if self._with[part] <= 0:
                del self._with[part]

    def of(self, part: str) -> float:
        """From about 0 for what everybody says."""
        all_questions = _ASKED_BEFORE + self.questions
        before = _ACT_SHARE * _ASKED_BEFORE if part in _ACTS else _UNSEEN
        return math.pow(math.log(1 + all_questions / (before + self._with[part])), _POWER)
