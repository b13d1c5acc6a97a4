"""Whether a sentence that a language model wrote stands in the words it cites. Pure.

Strict on purpose: what is refused costs a nicety, what is let through is said to a citizen. A paraphrase with words of
its own is refused as much as an invention; only grammar, and verbs that any counter uses, are free.
"""

# ruff: noqa: SIM905  word lists are read more easily as words

import re
from typing import Final, Literal

LONGEST: Final = 80
"""Characters that are said in one breath."""
_SHORTEST_QUOTE: Final = 4

Fault = Literal["quote", "length", "letters", "sentences", "style", "number", "word", "negation"]
"""What is wrong: the quote is not in the passage; the answer is too long, has signs of markup, is no single sentence, is
not in polite style, or holds a number, a word or a 'not' that the quote does not."""

_LETTERS: Final = re.compile(r"[가-힣A-Za-z0-9 ,.!?()~\-%:·'\"/&@+₩]+")
_POLITE: Final = re.compile(r"(니다|요|십시오|니까)[.!?]?$")
_SENTENCE_END: Final = re.compile(r"[!?]|[가-힣)]\.(?=\s|[가-힣])")
_RUN: Final = re.compile(r"\d+(?:[,.:/·\-]\d+)*")
_RANGE: Final = re.compile(r"(?P<first>\d[\d,.:]*)\s?~\s?(?P<last>\d[\d,.:]*)\s?(?P<unit>[가-힣%]{0,2})")
_UNIT: Final = re.compile(
    r"\s?(개월|시간|주일|만\s?원|천\s?원|억\s?원|호선|번지|[원일월년시분초회번명장개세살주층호동평배도통부건%]|km|cm|kg|m)"
)
_WORD: Final = re.compile(r"[가-힣]+")
_TOKEN: Final = re.compile(rf"{_RUN.pattern}|{_WORD.pattern}")
_FOREIGN: Final = re.compile(r"[A-Za-z][A-Za-z0-9.@/&+\-]*[A-Za-z0-9]|[A-Za-z]")
_NEGATION: Final = re.compile(
    r"(?<![가-힣])안\s(?=[가-힣])|(?<!잘)못|없|않|아니|아닙|불가|불필요|금지|지\s?(?:마|말)"
)

_GRAMMAR: Final = frozenset(
    "은는이가을를에의도만로으와과랑나서께부터까지보다처럼마며고면라인입니다습죠요오세예하해했할합한함되돼된될됩됐"
    "시신실십셔야어아여려러게기음든데네거건것수"
)
"""Syllables of particles and endings, and of 하다, 되다, 이다: what may follow the stem of a word."""
_FREE: Final = tuple(
    "네 예 이 그 저 및 또 또는 또한 그리고 다만 먼저 다음 바로 모두 각각 때 후 뒤 전 안 내 수 등 것 중 더 꼭 잘 곳 경우 통해 위해 "
    "따라 따르 대해 관해 대한 관한 없이 함께 이후 이내 하 해 했 할 합 한 되 돼 된 될 됩 있 없 않 아니 아닙 못 가능 필요 받 가져 가지고 "
    "오시 오셔 오면 가시 가셔 주시 주세 주십 드리 드립 드려 보내 알려 말씀 걸리 걸립 들어 들고 챙겨 챙기 계시 보시 보세 고객님 선생님 "
    "문의하 안내 확인하 부탁 원하".split()
)
"""How words begin that say nothing of the matter."""
_NOT_GRAMMAR: Final = re.compile(r"수(?!$|도|가|는|만)")
"""수 stands alone ('할 수'); within a word it is a name or a noun."""


def fault_of(text: str, quote: str, passage: str, titles: str = "") -> Fault | None:
    """What is wrong with an answer; None: it may be shown.

    Args:
        text: the answer.
        quote: what it says it rests on.
        passage: the text of the card.
        titles: title and heading, which say what the passage speaks of; numbers do not count from there.
    """
    said, cited = _plain(text), _plain(quote)
    if len(cited) < _SHORTEST_QUOTE or cited not in _plain(passage):
        return "quote"
    if not said or len(said) > LONGEST:
        return "length"
    if not _LETTERS.fullmatch(said) or said != text.strip():
        return "letters"
    if _SENTENCE_END.search(said.rstrip(".!?")):
        return "sentences"
    if not _POLITE.search(said):
        return "style"
    if not _numbers_stand(said, cited):
        return "number"
    if not _words_stand(said, f"{titles} {cited}"):
        return "word"
    if len(_NEGATION.findall(said)) != len(_NEGATION.findall(cited)):
        return "negation"
    return None


def _plain(text: str) -> str:
    return " ".join(text.split())


def _numbers_stand(said: str, cited: str) -> bool:
    """Every number with its unit is in the quote, and follows the same word there."""
    there = _numbers(cited)
    return all(number in there for number in _numbers(said)) and _in_place(said, cited)


def _numbers(text: str) -> set[tuple[str, str]]:
    """(number without commas, unit); each end of a range has the range's unit, and its own."""
    found = set()
    for match in _RUN.finditer(text):
        unit = _UNIT.match(text, match.end())
        found.add((match[0].replace(",", ""), "".join(unit[1].split()) if unit else ""))
    for match in _RANGE.finditer(text):
        unit = _UNIT.match(text, match.end("last"))
        found.add((match["first"].replace(",", ""), "".join(unit[1].split()) if unit else ""))
    return found


def _in_place(said: str, cited: str) -> bool:
    """Where the quote has several numbers: each one of the answer comes next behind what it comes next to there, the
    number or the word of the matter before it; and they come in the quote's order.
    """
    there = [(match[0].replace(",", ""), match.start()) for match in _RUN.finditer(cited)]
    if len({number for number, _ in there}) < 2:
        return True
    before, at = "", -1
    for token in _TOKEN.finditer(said):
        if not _RUN.fullmatch(token[0]):
            # A unit belongs to its number: '10년은' speaks of 10.
            unit = said[: token.start()].rstrip()[-1:].isdigit()
            before = before if unit or _is_free(token[0]) else _stem(token[0], cited)
            continue
        number = token[0].replace(",", "")
        nexts = _following(before, there, cited) if before else {number}
        at = next((place for one, place in there if one == number and place > at), -1)
        if number not in nexts or at < 0:
            return False
        before = number
    return True


def _following(before: str, there: list[tuple[str, int]], cited: str) -> set[str]:
    """The numbers that come next behind each place of this number or word."""
    places = [place for one, place in there if one == before] or [
        match.start() for match in re.finditer(re.escape(before), cited)
    ]
    return {next((one for one, at in there if at > place), "") for place in places}


def _words_stand(said: str, source: str) -> bool:
    foreign = {word.casefold() for word in _FOREIGN.findall(source)}
    if any(word.casefold() not in foreign for word in _FOREIGN.findall(said)):
        return False
    return all(
        _stem(word[0], source)
        or _is_free(word[0])
        or (_is_grammar(word[0]) and _is_joined(said, word.start()))
        for word in _WORD.finditer(said)
    )


def _is_joined(text: str, start: int) -> bool:
    """A particle behind a number or a foreign word: '02-120으로'."""
    return start > 0 and bool(re.match(r"[0-9A-Za-z)%]", text[start - 1]))


def _stem(word: str, source: str) -> str:
    """The longest beginning of the word that is in the source, if what follows is grammar; one syllable counts only
    where a word of the source begins with it and goes on with grammar, too.
    """
    compact = "".join(source.split())
    for end in range(len(word), 1, -1):
        if word[:end] in compact and _is_grammar(word[end:]):
            return word[:end]
    alike = (one for one in _WORD.findall(source) if one[0] == word[0] and _is_grammar(one[1:]))
    return word[0] if _is_grammar(word[1:]) and any(alike) else ""


def _is_free(word: str) -> bool:
    return any(word.startswith(start) and _is_grammar(word[len(start) :]) for start in _FREE)


def _is_grammar(rest: str) -> bool:
    return _GRAMMAR.issuperset(rest) and not _NOT_GRAMMAR.search(rest)
