"""Numbers read digit by digit, in figures or spoken Korean: words that are digits, and chains of them.

`010-1234-5678`, `공일공에 일이삼사에 오육칠팔이요` and `공 일 공 …` all become a `Chain` with its digits and its
place in the text. Counted numbers (`3만 5천 원`, `삼 층`) are no digit words, or are marked as counted.
"""

# ruff: noqa: SIM905  word lists are read more easily as words

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

_SPOKEN: Final = {
    "공": "0", "영": "0", "일": "1", "이": "2", "삼": "3", "사": "4", "오": "5",
    "육": "6", "륙": "6", "칠": "7", "팔": "8", "구": "9",
    "하나": "1", "둘": "2", "셋": "3", "넷": "4",
}  # fmt: skip
_PLACES: Final = {"십": 10, "백": 100, "천": 1000}

ORDINARY: Final = frozenset(
    "이 일 오 사 구 공 이사 공사 일이 사이 오이 구이 이이 일일 오일 사일 이일 구일 삼일 육일 칠일 팔일 공일 사구 구사 공구 "
    "공이 이공 이구 이오 오사 공공 영영 구구 하나 둘 셋 넷 육이오 사일구 오일팔 삼사 이삼 사오 오육 일이일 이일이 "
    "일이이 이사이 공사이 일삼 일삼이 삼삼오오 이삼일 삼사일 사오일 오육일 육칠일 칠팔일".split()
)
"""Everyday words whose syllables all are digits: moving house, roadworks, a few days, the 6·25 war, 'three or four'."""

FILLERS: Final = frozenset(
    "어 음 아 그 저 네 예 네네 예예 에 으음 그게 그러니까 잠깐만요 잠시만요 다음에 그다음에 그리고 뒤에 뒤에는 뒷자리는 "
    "앞자리는 가운데 가운데는 번호는 번호가 맞아요 맞습니다 맞고요 여보세요".split()
)
"""Words that may stand around or within a number without ending it."""

_DASHES: Final = frozenset(
    "- – — . , 다시 대시 하이픈 빼기 에 의 국 국에 국의 바 작대기 그리고 쩜 점".split()
)

_UNIT: Final = r"(?:하나|둘|셋|넷|[공영일이삼사오육륙칠팔구])"
_DASH: Final = r"(?:[-‐‑–—.·]|에|의|다시|국에|국의|국)"
_ARABIC: Final = rf"[0-9]+(?:{_DASH}[0-9]+)*"
_SPELLED: Final = rf"{_UNIT}+(?:{_DASH}?{_UNIT}+)*"
_WORD: Final = re.compile(
    rf"[\"'‘“(<]*(?P<digits>(?:{_ARABIC}|{_SPELLED})(?:{_DASH}(?:{_ARABIC}|{_SPELLED}))*)"
    r"(?P<tail>[가-힣]*)(?P<punctuation>[^\w\s]*)"
)
_BEGINS: Final = frozenset("0123456789공영일이삼사오육륙칠팔구하둘셋넷\"'‘“(<")
"""First characters of `_WORD`: most tokens of a sentence begin otherwise."""
_COMPOSITE: Final = re.compile(
    r"(?P<digits>[일이삼사오육칠팔구십백천]{2,8})(?P<tail>[가-힣]*)(?P<punctuation>[^\w\s]*)"
)

_NOT_DIGITS: Final = re.compile(
    r"[1-9]\d{0,2}(?:,\d{3})+"  # 50,000
    r"|(?:19|20)\d\d[-./]\d{1,2}(?:[-./]\d{1,2})?(?:\.?[가-힣]*)?"  # 2026-03-02
    r"|\d{1,2}\.\d{1,2}\.\d{1,2}"  # 26.3.2
    r"|0\.\d+|\d{1,2}[./-]\d{1,2}[가-힣]*"  # 3.5, 11/22, 2-3
)

_COPULA: Final = frozenset(
    "요 고 고요 구요 었는데요 었어요 었고요 었습니다 에요 예요 라고 라고요 거든요 야 죠 지요 네요 랑 라 라는".split()
)
"""What follows 이 when that is the copula and not the digit 2."""

_PARTICLE: Final = re.compile(
    r"(?:이?요|이?고요?|이?구요|이에요|예요|이예요|에요|입니다만?|이?거든요|이?라고요?|이?랑|인데요?|에|에다가?|의|은|는"
    r"|이|가|을|를|로요?|으로요?|이?야|이?죠|이?지요|이?네요|이?라는|까지만?요?|하고|국에?|국의|다시|도|니까|이니까"
    r"|이?었는데요?|였는데요?)?"
)

_COUNTER: Final = re.compile(
    r"(?:십|백|천|만|억|여|몇)*(?:원|층|호|년|월|일|시|분|초|개|명|살|세|회|매|장|통|부|건|퍼|프로|킬로|센티|미터|밀리|리터"
    r"|그램|톤|평|차|주|달|번|가|동|대|마리|도씨|인|배|위|등|급|단계|종|만|억|천|백|십|길|권|켤|채|곳|군데|가지|시간|박|끼|"
    r"버스|학년|반|자녀|식|조|항|제곱|헥타|정거장|출구|구역|학기|분기|세대|가구|다자녀)"
)
_SIGN: Final = re.compile(r"[%％℃℉㎡㎥]")


@dataclass(frozen=True, slots=True)
class DigitWord:
    """A word that is digits. `start` and `end` frame the digits alone, without particles."""

    start: int
    end: int
    digits: str
    text: str
    spoken: bool
    counted: bool
    """A counter follows: `육오일사번`, `12345원`."""
    copula: bool = False
    """The digits would have one 2 more if the 이 right after `end` were no copula."""
    composite: bool = False
    """Said with places (천이백삼십사): a digit word only within a number that has begun."""

    @property
    def ordinary(self) -> bool:
        return self.spoken and self.text in ORDINARY


@dataclass(frozen=True, slots=True)
class Chain:
    """Digit words that follow each other, with nothing but dashes and fillers between them."""

    words: tuple[DigitWord, ...]
    first: int
    last: int
    """Indexes of the first and last word among all words of the text."""

    @property
    def digits(self) -> str:
        return "".join(word.digits for word in self.words)

    @property
    def start(self) -> int:
        return self.words[0].start

    @property
    def end(self) -> int:
        return self.words[-1].end

    @property
    def counted(self) -> bool:
        return self.words[-1].counted

    @property
    def spoken(self) -> bool:
        return any(word.spoken for word in self.words)

    @property
    def strong(self) -> bool:
        """Surely digits and not everyday words: one long run, several unusual words, or many single syllables."""
        unusual = [word for word in self.words if not word.ordinary]
        if any(len(word.digits) >= 3 for word in unusual):
            return True
        single = [word for word in self.words if len(word.digits) == 1]
        return len(self.digits) >= 3 and (len(unusual) >= 2 or len(single) >= 4)


@dataclass(frozen=True, slots=True)
class Token:
    """A piece between spaces."""

    start: int
    end: int
    text: str

    @property
    def bare(self) -> str:
        """Without punctuation at the ends."""
        return self.text.strip(".,!?~…·\"'()<>[]-–—:;‘’“”")

    @property
    def is_filler(self) -> bool:
        return self.bare in FILLERS or not self.bare


def tokens_of(text: str) -> list[Token]:
    return [Token(match.start(), match.end(), match[0]) for match in re.finditer(r"\S+", text)]


def chains(tokens: Sequence[Token], *, begun: bool = False) -> Iterator[Chain]:
    """All chains of digit words, in order. `begun`: a phone number's head was said just before the text."""
    run: list[DigitWord] = []
    first = last = 0
    for index, token in enumerate(tokens):
        following = tokens[index + 1].text if index + 1 < len(tokens) else ""
        word = _digit_word(token, following, begun=run[0].digits.startswith("0") if run else begun)
        if word is not None:
            if not run:
                first = index
            run.append(word)
            last = index
        elif run and (run[-1].counted or not (token.bare in _DASHES or token.is_filler)):
            yield from _chain(run, first, last)
            run = []
        if run and run[-1].counted and last == index:
            yield from _chain(run, first, last)
            run = []
    if run:
        yield from _chain(run, first, last)


def _chain(run: Sequence[DigitWord], first: int, last: int) -> Iterator[Chain]:
    """The run without everyday words that happen to stand at the ends of figures: `119에 사고가`."""
    words = list(run)
    if any(not word.spoken for word in words):
        while words[-1].ordinary:
            words.pop()
            last -= 1
        while words[0].ordinary:
            words.pop(0)
            first += 1
    yield Chain(tuple(words), first, last)


def _digit_word(token: Token, following: str, *, begun: bool) -> DigitWord | None:
    if not begun and token.text[0] not in _BEGINS:
        return None
    if _NOT_DIGITS.fullmatch(token.bare):
        return None
    if begun and (composite := _composite(token, following)) is not None:
        return composite
    match = _WORD.fullmatch(token.text)
    if match is None or not _fits(match["tail"]):
        return None
    raw, tail = match["digits"], match["tail"]
    end = token.start + match.end("digits")
    spoken = not raw[-1].isdigit()
    copula = spoken and raw.endswith("이") and tail in _COPULA
    if copula:
        raw, end = raw[:-1], end - 1
    digits = _figures(raw)
    if not digits:
        return None
    counted = bool(tail and not _PARTICLE.fullmatch(tail)) or bool(_SIGN.search(match["punctuation"]))
    if not tail and not match["punctuation"] and _COUNTER.match(following):
        counted = not (_WORD.fullmatch(following) or _COMPOSITE.fullmatch(following))
    return DigitWord(token.start + match.start("digits"), end, digits, raw, spoken, counted, copula)


def _fits(tail: str) -> bool:
    return _PARTICLE.fullmatch(tail) is not None or _COUNTER.match(tail) is not None


def _figures(raw: str) -> str:
    return "".join(
        found if found.isdecimal() else _SPOKEN[found] for found in re.findall(rf"[0-9]|{_UNIT}", raw)
    )


def _composite(token: Token, following: str) -> DigitWord | None:
    match = _COMPOSITE.fullmatch(token.text)
    if match is None or not _PARTICLE.fullmatch(match["tail"]) or not set(match["digits"]) & set(_PLACES):
        return None
    if not match["tail"] and _COUNTER.match(following) and not _COMPOSITE.fullmatch(following):
        return None
    raw = match["digits"]
    end = token.start + match.end("digits")
    if raw.endswith("이") and match["tail"] in _COPULA:
        raw, end = raw[:-1], end - 1
    digits = str(spoken_value(raw)).zfill(4)
    return DigitWord(token.start, end, digits, raw, spoken=True, counted=False, composite=True)


def spoken_value(raw: str) -> int:
    """A number said with places: 천오백삼 → 1503. Syllables that are neither digit nor place count as nothing."""
    total, digit = 0, 0
    for syllable in raw:
        if syllable in _PLACES:
            total += max(digit, 1) * _PLACES[syllable]
            digit = 0
        else:
            digit = int(_SPOKEN.get(syllable, "0"))
    return total + digit
