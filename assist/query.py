"""What the caller is asking now, from the last turns. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from assist.lexicon import COURTEOUS, PHRASES
from assist.moves import opens_another, says_back, without_dropped
from assist.words import districts_in, words

CALLER_WEIGHTS: Final = (1.0, 0.4, 0.2)
"""Newest turn first. Callers add to what they said ('소파요. … 침대도요'), and change the subject."""

CONFIRMATION_WEIGHT: Final = 0.3
"""The agent's '여권 재발급 말씀이신가요?' says what the caller wants, if the caller does not object."""

MAX_TURN_CHARS: Final = 400
"""Of a long turn only the end is looked up: people tell their story first and ask last."""

_MASK: Final = re.compile(r"\[[^\]]*\]")
_FILLERS: Final = re.compile(
    r"(?<![^\s,.])(?:어+|음+|으음|에+|그+|저+|저기|저기요|뭐|뭐냐|뭐지|뭐랄까|막|이제|인제|그니까|그러니까|그러니깐|있잖아요|거시기|약간|아니|아|아이고)"
    r"(?:[,.…~]+|(?=\s)|$)"
)
_PLACE: Final = re.compile(
    r"(?:서울(?:시|특별시)?|[가-힣0-9]{1,6}(?:구|동|로|길|역|아파트)|(?:여기|저|저희|집|우리|집은|제가|저는|여기는)|사는|살아|살고|있어|거주|사람)"
    r"(?:이?요|이에요|예요|입니다|이고요?|인데요?|쪽(?:이요|이에요|인데요)?|에서?|은|는|이|있어요|있습니다|사는데요?|살아요|사는데|데요?|해요|합니다)?"
)
_AFTER_NOUN: Final = re.compile(
    r"$|은|는|이|가|을|를|에|의|도|만|로|와|과|랑|하|해|했|할|합|한|되|돼|된|요|예|인|입|으로|까지|부터|보다|처럼|마다|네|라|밖"
)
"""How the rest of a word may begin behind a noun; behind a stem ('버리-려고') stand other endings."""


@dataclass(frozen=True, slots=True)
class QueryPart:
    """A turn as a query: its words and what they count."""

    text: str
    weight: float


def plain(text: str) -> str:
    """The text without masks of personal data, at most `MAX_TURN_CHARS` from its end."""
    return " ".join(_MASK.sub(" ", text).split())[-MAX_TURN_CHARS:]


def without_phrases(text: str) -> str:
    """The text without phrases of asking; the text itself when nothing would be left."""
    rest = PHRASES.sub(" ", text)
    return rest if words(rest) else text


def is_courtesy(text: str) -> bool:
    """Nothing but greetings, thanks, fillers and signs of listening ('네네, 알겠습니다')."""
    return all(COURTEOUS.fullmatch(word) for word in words(plain(text)))


def is_place(text: str) -> bool:
    """Nothing but the district where somebody is or lives ('마포구요, 마포구 망원동'): it narrows what was asked."""
    said = words(plain(text))
    return bool(districts_in(text)) and all(
        _PLACE.fullmatch(word) or COURTEOUS.fullmatch(word) for word in said
    )


def without_fillers(text: str) -> str:
    """The text without the sounds of thinking ('어 그 뭐냐'), which are no words of the matter."""
    return " ".join(_FILLERS.sub(" ", text).split())


class RollingQuery:
    """The last turns of one contact, as a weighted query. Bounded."""

    def __init__(self) -> None:
        self._caller: list[str] = []
        """Newest first."""
        self.confirmation = ""
        """What the agent said back since the caller's last turn of content."""

    @property
    def newest(self) -> str:
        """The caller's last turn of content; empty before the first."""
        return self._caller[0] if self._caller else ""

    def heard_caller(self, text: str, *, goes_on: bool = False) -> None:
        """Take a turn of the caller; courtesies leave no trace.

        Args:
            text: the turn; one that drops what was said before ('아니 그거 말고 …') empties the query first.
            goes_on: it holds the newest turn, now longer, and takes its place.
        """
        if is_courtesy(text):
            return
        self._caller = self._turns(text, goes_on=goes_on)
        self.confirmation = ""

    def heard_agent(self, text: str) -> None:
        """Take a turn of the agent; only what says back the caller's wish counts."""
        if says_back(text):
            self.confirmation = plain(text)

    def take_confirmation(self) -> str:
        """What the agent said back; it is the context of one turn of the caller only."""
        said, self.confirmation = self.confirmation, ""
        return said

    def parts(
        self, newest: str = "", *, goes_on: bool = False, said_back: str | None = None
    ) -> list[QueryPart]:
        """The query, newest first, as it is or as it would be with one more turn of the caller.

        Args:
            newest: that turn.
            goes_on: as for `heard_caller`.
            said_back: what the agent had said back before that turn; None: as it stands.
        """
        turns = self._turns(newest, goes_on=goes_on) if newest else self._caller
        parts = [QueryPart(text, weight) for text, weight in zip(turns, CALLER_WEIGHTS, strict=False)]
        context = self.confirmation if said_back is None else said_back
        if parts and context and not newest.startswith(context):
            parts.append(QueryPart(context, CONFIRMATION_WEIGHT))
        return parts

    def _turns(self, newest: str, *, goes_on: bool = False) -> list[str]:
        """The caller's turns with one more, newest first: of a change of mind only what it changed to."""
        text = plain(newest)
        left = without_dropped(text)
        said = without_fillers(text if left is None else left)
        if left is not None or opens_another(text):
            return [said] if said else []
        return [said or text, *self._caller[1 if goes_on else 0 :]][: len(CALLER_WEIGHTS)]


def matched_words(text: str, morphemes: Sequence[str]) -> list[str]:
    """Nouns of a text that the given morphemes cover, as they were said, in order, each once.

    '재', '발급' in '재발급은' → '재발급': what an agent reads should be a word of the caller.
    """
    found: dict[str, None] = {}
    for word in words(text):
        spans = [(at, at + len(form)) for form in morphemes if (at := word.find(form)) >= 0]
        if spans:
            start, end = min(start for start, _ in spans), max(end for _, end in spans)
            if end - start > 1 and _AFTER_NOUN.match(word[end:]):
                found[word[start:end]] = None
    return list(found)
