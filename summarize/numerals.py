"""Korean numbers in running text: `32,000원`, `3만 2천 원`, `삼만 이천 원`, `열두 시`, `나흘`, `일이육 번`. Pure.

Speech is ambiguous (`십사 일` is fourteen days, `십사일` might be 141): a place in the text may have several readings.
Whoever checks a written number against what was said wants all of them.
"""

# ruff: noqa: SIM905  word lists are read more easily as words

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

_DIGITS: Final = {syllable: value for value, syllable in enumerate("영일이삼사오육칠팔구")} | {
    "공": 0,
    "륙": 6,
}
_SMALL: Final = {"십": 10, "백": 100, "천": 1_000}
_LARGE: Final = {"만": 10_000, "억": 100_000_000}
_TENS: Final = dict(zip("열 스물 스무 서른 마흔 쉰 예순 일흔 여든 아흔".split(), (10, 20, 20, 30, 40, 50, 60, 70, 80, 90), strict=True))  # fmt: skip
_ONES: Final = dict(
    zip(
        "하나 한 둘 두 셋 세 석 서 넷 네 너 다섯 여섯 일곱 여덟 아홉".split(),
        (1, 1, 2, 2, 3, 3, 3, 3, 4, 4, 4, 5, 6, 7, 8, 9),
        strict=True,
    )
)
_DAYS: Final = dict(
    zip(
        "하루 이틀 사흘 나흘 닷새 엿새 이레 여드레 아흐레 열흘 보름".split(), (*range(1, 11), 15), strict=True
    )
)

_UNITS: Final[dict[str, str]] = {
    **dict.fromkeys("개 장 매 통 부 대 건 명 인 마리 채 권 곳 군데 가지 종 그루 자리 사람 식구 필지 세대 가구".split(), "count"),
    **dict.fromkeys("번 회 차례".split(), "times"),
    **dict.fromkeys("퍼센트 프로 % ％".split(), "percent"),
    **dict.fromkeys("개월 달".split(), "months"),
    **dict.fromkeys("주일 주간 주".split(), "weeks"),
    **dict.fromkeys("년도 년".split(), "year"),
    **dict.fromkeys("세 살".split(), "age"),
    **dict.fromkeys("킬로미터 킬로 km ㎞".split(), "km"),
    **dict.fromkeys("센티미터 센티 cm".split(), "cm"),
    **dict.fromkeys("미터 m".split(), "m"),
    **dict.fromkeys("킬로그램 kg".split(), "kg"),
    "원": "won", "일": "day", "월": "month", "시간": "hours", "시": "hour", "분": "minute", "초": "second",
    "호선": "line", "층": "floor", "동": "building", "호": "flat", "평": "area", "배": "fold", "도": "degree",
    "리터": "litre", "톤": "ton", "차": "round", "급": "grade", "등급": "grade", "단계": "step", "자녀": "child",
    "학년": "school", "명분": "count",
}  # fmt: skip
"""A counter → what it counts. Written notes change the counter (`한 장` → `1매`), so like ones are the same."""

_UNIT: Final = re.compile(
    r"\s?(?P<unit>" + "|".join(sorted(map(re.escape, _UNITS), key=len, reverse=True)) + r")(?!요일)"
)
_TOKEN: Final = re.compile(
    r"(?P<arabic>\d{1,3}(?:,\d{3})+(?!\d)|\d+(?:\.\d+)?)|(?P<sino>[영공일이삼사오육륙칠팔구십백천만억])|(?P<space>\s)|(?P<other>.)",
    re.DOTALL,
)
_WHOLE: Final = re.compile(
    r"[영공일이삼사오육륙칠팔구십백천만억]+(?:[^가-힣]|$|(?:"
    + "|".join(sorted((u for u in _UNITS if u[0] >= "가"), key=len, reverse=True))
    + r"|이?[요고에]|이에요|예요|입니다|까지|정도|부터|이나|[은는을를의])(?![가-힣]{3}))"
)
"""A further word of a number, and not the head of another word (오 of 오후)."""
_NATIVE: Final = re.compile(
    rf"(?<![가-힣])(?:(?P<tens>{'|'.join(_TENS)})\s?(?P<ones>{'|'.join(_ONES)})?|(?P<only>{'|'.join(_ONES)}))"
    rf"(?:\s?(?P<unit>{'|'.join(sorted((u for u in _UNITS if u[0] >= '가'), key=len, reverse=True))})|(?P<bare>(?=하고|[\s,.?!]|이[요세에신]|입니|이고|요|고|은|는|랑|를|$)))"
)
_DAY_WORD: Final = re.compile(rf"(?<![가-힣])(?P<word>{'|'.join(_DAYS)})(?!종일)")
_STANDS_ALONE: Final = frozenset("하나 둘 셋 넷 다섯 여섯 일곱 여덟 아홉".split())

_MUCH: Final = 10**16


class Reading(NamedTuple):
    """One way to understand a number: how much of what."""

    unit: str
    """What is counted, see `_UNITS`; empty: not said."""
    value: float
    digits: str
    """As it would be dialled: `공일공` is 010."""


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number in a text; `start` and `end` frame it with its unit, in code points."""

    start: int
    end: int
    readings: tuple[Reading, ...]
    """The most likely first."""
    arabic: bool
    """Written in figures, at least in part."""
    native: bool = False
    """`두 장`, `나흘`: never a telephone number."""


def numerals(text: str) -> Iterator[Numeral]:
    """All numbers of the text, by kind and then in order; they may overlap where Korean is ambiguous."""
    text = _plain_months(text)
    yield from _runs(text)
    for match in _NATIVE.finditer(text):
        word = match["ones"] or match["only"] or ""
        if match["unit"] is None and match["tens"] is None and word not in _STANDS_ALONE:
            continue
        value = _TENS.get(match["tens"] or "", 0) + _ONES.get(word, 0)
        # 일흔여섯이세요: of what, is not said.
        units = [_UNITS[match["unit"]]] if match["unit"] else ["count", *([""] if value >= 10 else [])]
        if match["unit"] == "분":
            units.append("count")
        readings = tuple(Reading(unit, value, str(value)) for unit in units)
        yield Numeral(match.start(), match.end(), readings, arabic=False, native=True)
    for match in _DAY_WORD.finditer(text):
        value = _DAYS[match["word"]]
        yield Numeral(
            match.start(), match.end(), (Reading("day", value, str(value)),), arabic=False, native=True
        )


def _plain_months(text: str) -> str:
    """유월 and 시월 as 육월 and 십월, so that they are read as numbers; positions stay."""
    return re.sub(r"(?<![가-힣])시월", "십월", re.sub(r"(?<![가-힣])유월", "육월", text))


def _runs(text: str) -> Iterator[Numeral]:
    """Sino-Korean and Arabic numbers, also mixed."""
    run: list[re.Match[str]] = []
    gap = False
    for match in _TOKEN.finditer(text):
        if match["space"] and run and not gap:
            gap = True
        elif (match["arabic"] or match["sino"]) and (
            _goes_on(text, run, match, gap=gap) if run else _begins(text, match)
        ):
            run.append(match)
            gap = False
        else:
            if run:
                yield from _numeral(text, run)
            run, gap = [], False
            if (match["arabic"] or match["sino"]) and _begins(text, match):
                run = [match]
    if run:
        yield from _numeral(text, run)


def _begins(text: str, match: re.Match[str]) -> bool:
    before = text[match.start() - 1 : match.start()]
    return bool(match["arabic"]) or not ("가" <= before <= "힣")


def _goes_on(text: str, run: list[re.Match[str]], match: re.Match[str], *, gap: bool) -> bool:
    last = run[-1]
    if last["arabic"]:
        return not gap and (match[0] in _SMALL or match[0] in _LARGE)
    if not gap:
        return True
    if match["arabic"]:
        # 3만 2,000원 goes on; in 만 65세 the first word is the age's way of counting.
        return (last[0] in _LARGE or last[0] in _SMALL) and (run[0][0] != "만" or len(run) > 1)
    return bool(_WHOLE.match(text, match.start()))


def _numeral(text: str, run: list[re.Match[str]]) -> Iterator[Numeral]:
    start, end = run[0].start(), run[-1].end()
    arabic = any(match["arabic"] for match in run)
    parts = [match[0] for match in run]
    unit = _UNIT.match(text, end)
    readings: list[Reading] = []
    apart = len(run) > 1 and run[-1].start() > run[-2].end()
    if len(parts) > 1 and parts[-1] == "일" and not unit:
        # The day's counter is a digit as well: 이십 일 안에, and where it stands apart it is no digit.
        readings += _readings(parts[:-1], "day")
        if apart and any(part in _SMALL for part in parts):
            yield Numeral(start, end, tuple(readings), arabic=arabic)
            return
    if (whole := _readings(parts, _UNITS[unit["unit"]] if unit else "")) and not (
        len(parts) == 1 and not arabic and unit is None
    ):
        readings += whole
    if len(parts) > 1 and parts[-1] in "이일" and run[-1]["sino"]:
        # 오천이요: the copula. 십사 일에: the day.
        readings += _readings(parts[:-1], "day" if parts[-1] == "일" else "")
    if readings:
        yield Numeral(start, unit.end() if unit else end, tuple(dict.fromkeys(readings)), arabic=arabic)


def _readings(parts: list[str], unit: str) -> list[Reading]:
    if not parts:
        return []
    if not any(part in _SMALL or part in _LARGE for part in parts):
        digits = "".join(part if part[0].isdecimal() else str(_DIGITS[part]) for part in parts)
        plain = digits.replace(",", "")
        value = float(plain)
        return [Reading(unit, value, plain)] if value < _MUCH else []
    value = _placed(parts)
    return [Reading(unit, value, f"{value:.0f}")] if value < _MUCH else []


def _placed(parts: list[str]) -> float:
    """A number said with places: 삼만 이천 → 32000, 3만 2,000 → 32000, 만 오천 → 15000, 2억 3천만 → 230000000."""
    total = section = 0.0
    digit: float | None = None
    for part in parts:
        if part in _LARGE:
            section += digit or 0
            total += (section or 1) * _LARGE[part]
            section, digit = 0.0, None
        elif part in _SMALL:
            section += (1 if digit is None else digit) * _SMALL[part]
            digit = None
        elif part[0].isdecimal():
            digit = float(part.replace(",", ""))
        else:
            digit = (digit or 0) * 10 + _DIGITS[part]
    return total + section + (digit or 0)
