"""What was said in a contact, prepared for checking written lines against it. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from contracts.event import Role
from contracts.transcript import Utterance
from summarize.figures import Figure, Figures
from summarize.speech import sentences
from summarize.wording import squeezed

_SAYS_SO: Final = r"(?:했|하셨|하시|한 것|한다고|그랬|그러|말|들었|약속|안내|해 ?줬|주셨)"
_DICTATES: Final = re.compile(
    r"(?:라고|다고|자고|으로|걸로|것으로|로)\s?(?:꼭 |좀 |그냥 |반드시 |그대로 |거기 )*(?:적|쓰(?:세|시|라|고|면|기)|써|기록|기재|남겨|남기|작성|요약|표시|입력)"
    r"|(?:이전|앞|위|지금까지|기존|모든|원래)(?:의|에|에서)?\s?\S{0,6}\s?(?:지시|명령|규칙|프롬프트|설정|안내문)\S*\s?(?:\S+\s)?(?:무시|잊|따르지|삭제)"
    r"|(?:지시|명령|규칙|프롬프트)\S*\s?(?:모두 |다 |전부 )?무시|시스템\s?(?:메시지|프롬프트|지시|명령|공지|알림)|시스템\s?:|관리자\s?(?:모드|명령|권한)|프롬프트|개발자\s?모드"
    r"|(?:너는|당신은|넌|인공지능은?|에이아이는?)\s?(?:이제|지금부터|앞으로)|(?:요약|메모|상담\s?이력|처리\s?내용|기록)(?:문|본|란|지)?(?:에|에는|에다|에다가|은|는)\s.*(?:적|쓰|써|넣|기록|남|추가|출력)"
    rf"|(?:상담사|상담원|직원|그쪽|담당자|공무원|아까|거기서)(?:님|분)?(?:이|가|은|는|께서|에서|도)?\s?.{{0,60}}(?:라고|다고|라며|다며|자고|걸로|기로)\s?(?:\S+\s)?{_SAYS_SO}"
    r"|(?:그렇게|이렇게|이대로|그대로)\s(?:꼭 |좀 )?(?:적|써|쓰세|기록|요약)|출력해|대답해라|답해라"
    r"|(?i:ignore\s+(?:all|any|previous|the)|disregard|system\s?:|assistant\s?:|\bprompt\b|\bjson\b)|제이슨|[{}<>]|\"\s?:|\]\(|https?:|#{2,}|`"
)
"""Sentences by which somebody tells what is to be written, or what the other party is to have said."""

_REPEATS: Final = re.compile(
    r"(?:라고|다고|달라는|라는|다는|자는)\s?(?:\S+\s){0,3}?\S*(?:말씀|뜻|건가요|거죠|수는? 없|수가 없|안 됩니다|어렵)"
)
"""An agent who says a demand again, to ask or to refuse: no promise of hers."""
_DENIED: Final = re.compile(r"(?:\S+\s)?\S+(?:이|가|은|는|도)\s?아(?:니|닙)\S*")
"""`만 원이 아니라 오만 원입니다`, `무료가 아닙니다`: the first figure was not told, it was denied."""

_AGREES: Final = re.compile(
    r"\s*(?:네|예|맞|그렇|그럼요|알겠)(?!\S*\s?(?:아니|아닙))(?!.{0,12}(?:아닙니다|아니에요|아니요|안 됩니다|안 돼요))"
)


@dataclass(frozen=True)
class Piece:
    """One utterance."""

    utterance_id: str
    role: Role
    text: str
    free: str
    """Without the sentences that dictate, or by which the agent says a demand again."""
    confirmed: bool
    """The agent said it, agreed to it at once, or had asked for it; or nobody knows who is who."""

    @cached_property
    def squeezed(self) -> str:
        return squeezed(self.text)

    @cached_property
    def squeezed_free(self) -> str:
        return squeezed(self.free)

    @cached_property
    def figures(self) -> Figures:
        return _figures([self.text])


@dataclass(frozen=True)
class Spoken:
    """A contact's utterances in spoken order."""

    pieces: tuple[Piece, ...]

    @cached_property
    def by_id(self) -> dict[str, Piece]:
        return {piece.utterance_id: piece for piece in self.pieces}

    @cached_property
    def squeezed(self) -> str:
        return " ".join(piece.squeezed for piece in self.pieces)

    @cached_property
    def squeezed_free(self) -> str:
        return " ".join(piece.squeezed_free for piece in self.pieces)

    def said(self, figure: Figure, *, by_agent: bool) -> bool:
        """Whether a figure was said at all; `by_agent`: by the agent, or confirmed by her."""
        return (self._confirmed if by_agent else self._all).has(figure)

    def only_dictated(self, figure: Figure) -> bool:
        """Whether a figure was said in sentences alone that tell what to write."""
        return self._all.has(figure) and not self._free.has(figure)

    @cached_property
    def _all(self) -> Figures:
        return _by_role(self.pieces, lambda piece: piece.text)

    @cached_property
    def _free(self) -> Figures:
        return _by_role(self.pieces, lambda piece: piece.free)

    @cached_property
    def _confirmed(self) -> Figures:
        return _by_role(self.pieces, lambda piece: _DENIED.sub(" ", piece.free) if piece.confirmed else "")


def spoken_of(utterances: Sequence[Utterance], roles: Mapping[int, Role]) -> Spoken:
    """Prepare finals in spoken order.

    Args:
        utterances: with text.
        roles: channel → role, wins over the role in an utterance.
    """
    held = [roles.get(one.channel, one.role) for one in utterances]
    pieces: list[Piece] = []
    for index, (one, role) in enumerate(zip(utterances, held, strict=True)):
        free = _without(_REPEATS if role == "agent" else _DICTATES, one.text)
        after = next(
            (other for other in utterances[index + 1 : index + 4] if other.channel != one.channel), None
        )
        agreed = after is not None and bool(_AGREES.match(after.text))
        before = next(
            (
                other
                for other in reversed(utterances[max(0, index - 2) : index])
                if other.channel != one.channel
            ),
            None,
        )
        agreed |= before is not None and "?" in before.text and "?" not in one.text
        pieces.append(Piece(one.utterance_id, role, one.text, free, confirmed=role != "caller" or agreed))
    return Spoken(tuple(pieces))


def _without(what: re.Pattern[str], text: str) -> str:
    """Without the sentences that hold `what`."""
    return "".join(sentence for sentence in sentences(text) if not what.search(sentence))


def _by_role(pieces: Iterable[Piece], words: Callable[[Piece], str]) -> Figures:
    """Figures of all, a speaker's after each other: numbers are read in several utterances."""
    heard = Figures()
    kept = list(pieces)
    for role in ("agent", "caller", "unknown"):
        heard.next_channel()
        for piece in kept:
            if piece.role == role and (text := words(piece)):
                heard.hear(text)
    return heard


def _figures(texts: Iterable[str]) -> Figures:
    heard = Figures()
    for text in texts:
        heard.hear(text)
    return heard
