"""Numbers, amounts, dates, times and telephone numbers of a text, in a form that can be compared. Pure.

A figure that stands in a draft is looked for among all figures that were said, in whatever words: `3만 원` was said
when somebody said 삼만 원, `12시` when somebody said 열두 시. Where speech is ambiguous every reading counts as said.
"""

# ruff: noqa: SIM905  word lists are read more easily as words

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Final

from contracts.summary import DoubtKind
from privacy.digits import chains, tokens_of
from summarize.numerals import Numeral, Reading, numerals

_MASK: Final = re.compile(r"\[[가-힣]+\]")
_CLOCK: Final = re.compile(r"(?<![\d:])(?P<hour>[01]?\d|2[0-4]):(?P<minute>[0-5]\d)(?![\d:])")
_ISO: Final = re.compile(
    r"(?<![\d.-])(?P<year>(?:19|20)\d\d)[-./]\s?(?P<month>1[0-2]|0?[1-9])[-./]\s?(?P<day>3[01]|[12]\d|0?[1-9])(?!\d)"
)
_SLASHED: Final = re.compile(r"(?<![\d/.])(?P<month>1[0-2]|0?[1-9])/(?P<day>3[01]|[12]\d|0?[1-9])(?![\d/])")
_PHONE: Final = re.compile(
    r"(?<![\d-])(?:0\d{1,3}-\d{3,4}-\d{4}|0\d{1,2}-\d{3,4}|1\d{3}-\d{4}|\d{3,4}-\d{4}|0\d{8,10}|1[568]\d{6})(?![\d-])"
)
_CALLED: Final = re.compile(
    r"(?:국번\s?없이|전화(?:번호)?|☎|콜센터|상담\s?전화|대표\s?번호|문의|(?<![가-힣])T\.?)\s?[(:]?\s?(?P<number>\d{3,5})(?!\d|[,.]\d|\s?(?:원|일|월|년|건|명|개|매|장|회|분|시))"
    r"|(?<![\d,.:/-])(?P<hotline>1\d{2,3})(?=\s?번(?!\s?출구|지|\s?버스)|\)|에 (?:전화|문의)|로 (?:전화|문의)|\s?(?:안내|연락|문의))"
)

_DAYS: Final[dict[str, str]] = {
    **dict.fromkeys("내일 명일 익일".split(), "tomorrow"),
    **dict.fromkeys("오늘 금일".split(), "today"),
    **dict.fromkeys("어제 작일".split(), "yesterday"),
    **dict.fromkeys("그저께 그제 엊그제".split(), "before yesterday"),
    "모레": "after tomorrow",
    "글피": "in three days",
    **dict.fromkeys(["이번 주", "이번주", "금주"], "this week"),
    **dict.fromkeys(["다음 주", "다음주", "담주", "차주", "내주"], "next week"),
    **dict.fromkeys(["지난주", "지난 주", "저번 주", "저번주"], "last week"),
    **dict.fromkeys(["이번 달", "이번달", "이달", "금월", "당월"], "this month"),
    **dict.fromkeys(["다음 달", "다음달", "담달", "익월", "내달"], "next month"),
    **dict.fromkeys(["지난달", "지난 달", "저번 달", "전월"], "last month"),
    **dict.fromkeys("올해 금년".split(), "this year"),
    "내년": "next year",
    **dict.fromkeys("작년 지난해".split(), "last year"),
    **{f"{day}요일": f"{day}요일" for day in "월화수목금토일"},
}  # fmt: skip
_DAY: Final = re.compile(
    r"(?<![가-힣])(?:" + "|".join(sorted(map(re.escape, _DAYS), key=len, reverse=True)) + r")"
)
_FREE: Final = re.compile(r"무료|공짜|무상(?!으로 수리)")
_FREE_SAID: Final = re.compile(
    r"무료|공짜|무상|(?:비용|수수료|요금|돈|값)\S*\s(?:\S+\s){0,2}?(?:없|안\s|내지\s?않|들지\s?않)|안 내셔도|내지 않으셔도|면제"
)

_SPELLED: Final = re.compile(r"[영공일이삼사오육륙칠팔구십백천만억\s]+")
_DATES: Final = frozenset({"year", "month", "day", "hour", "minute", "weeks", "months", "date", "when"})

Value = tuple[str, str]
"""What is counted and how much, as text that can be compared; what is counted is empty where it was not said."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure in a draft; said when one of its values was."""

    start: int
    end: int
    kind: DoubtKind
    values: tuple[Value, ...]


@dataclass(slots=True)
class Figures:
    """All figures that some utterances hold."""

    values: set[Value] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    """Numbers as they would be dialled, also those read over several utterances."""
    _heard: list[str] = field(default_factory=list)

    def hear(self, text: str) -> None:
        """Add an utterance; those of one channel in their order, so that a number read in pieces is joined."""
        self.values.update(_said(text))
        pieces = _dialled(text)
        self.numbers.update(pieces)
        for piece in pieces:
            self._heard.append(piece)
            for count in (2, 3, 4):
                self.numbers.add("".join(self._heard[-count:]))

    def next_channel(self) -> None:
        self._heard.clear()

    def has(self, figure: Figure) -> bool:
        return any(self._has(value) for value in figure.values)

    def _has(self, value: Value) -> bool:
        unit, much = value
        if value in self.values or ("", much) in self.values:
            return True
        if unit == "phone":
            return much in self.numbers or ("times", much) in self.values
        if unit == "times" and len(much) >= 3:
            return much in self.numbers
        if unit == "date":
            month, _, day = much.partition("-")
            return ("lone month", month) in self.values and ("lone day", day) in self.values
        return unit == "" and any(much == said for _, said in self.values)


def figures(text: str) -> list[Figure]:
    """The figures of a written line, by start, not overlapping."""
    text = _MASK.sub(lambda mask: " " * len(mask[0]), text)
    found = [*_shaped(text), *_words(text)]
    taken = [(one.start, one.end) for one in found]
    counted = [one for one in numerals(text) if _is_written(one, text) and not _overlaps(one, taken)]
    counted.sort(key=lambda one: (one.start, -one.end))
    found += _joined_dates(counted)
    found.sort(key=lambda one: (one.start, -one.end))
    kept: list[Figure] = []
    for one in found:
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def _shaped(text: str) -> Iterator[Figure]:
    """What is recognised by its shape: 09:30, 2026-10-02, 10/2, 02-2133-1234, 국번 없이 126."""
    for match in _CLOCK.finditer(text):
        hour, minute = int(match["hour"]), int(match["minute"])
        end = match.end("hour") if minute else match.end()
        yield Figure(match.start(), end, "date", (("hour", _of(hour)),))
        if minute:
            yield Figure(*match.span("minute"), "date", (("minute", _of(minute)),))
    for match in _ISO.finditer(text):
        yield Figure(*match.span(), "date", (("date", f"{int(match['month'])}-{int(match['day'])}"),))
    for match in _SLASHED.finditer(text):
        yield Figure(*match.span(), "date", (("date", f"{int(match['month'])}-{int(match['day'])}"),))
    for match in _PHONE.finditer(text):
        yield Figure(*match.span(), "phone", (("phone", re.sub(r"\D", "", match[0])),))
    for match in _CALLED.finditer(text):
        group = "number" if match["number"] else "hotline"
        yield Figure(*match.span(group), "phone", (("phone", match[group]),))


def _words(text: str) -> Iterator[Figure]:
    """Days that are named, and 'for nothing'."""
    for match in _DAY.finditer(text):
        yield Figure(*match.span(), "date", (("when", _DAYS[match[0]]),))
    for match in _FREE.finditer(text):
        yield Figure(*match.span(), "amount", (("won", "free"),))


def _is_written(numeral: Numeral, text: str) -> bool:
    """Whether a number of a draft is one: figures always, words only with a counter and no everyday word."""
    if numeral.arabic:
        return True
    word = text[numeral.start : numeral.end]
    if text[numeral.end : numeral.end + 1] == "씩" or word.replace(" ", "") in (
        "한번",
        "한달",
        "한가지",
        "한곳",
    ):
        return False
    if numeral.native:
        return bool(re.search(r"\s|시|명|장|개|이틀|흘|새$", word))
    first = numeral.readings[0]
    # 구매, 사건, 일회: one syllable before a counter is a word of its own, but for 오 층 and 만 원.
    spelled = _SPELLED.match(word)
    long = spelled is not None and len(spelled[0].replace(" ", "")) > 1
    return bool(first.unit) and (long or first.unit in ("won", "floor", "month", "line"))


def _joined_dates(counted: Sequence[Numeral]) -> Iterator[Figure]:
    """Figures of numbers; a month and a day that follow each other are one date."""
    skip: Numeral | None = None
    for one, after in zip_longest(counted, counted[1:]):
        if one is skip:
            continue
        first = one.readings[0]
        if first.unit == "month" and after and after.start - one.end <= 1 and after.readings[0].unit == "day":
            skip = after
            date = f"{_of(first.value)}-{_of(after.readings[0].value)}"
            yield Figure(one.start, after.end, "date", (("date", date),))
        else:
            yield Figure(one.start, one.end, _kind(first), tuple(_values(one.readings)))


def _kind(reading: Reading) -> DoubtKind:
    if reading.unit == "won":
        return "amount"
    return "date" if reading.unit in _DATES else "number"


def _values(readings: Sequence[Reading]) -> Iterator[Value]:
    for reading in readings:
        yield reading.unit, _of(reading.value)


def _said(text: str) -> Iterator[Value]:
    """Every reading of every figure of an utterance."""
    text = _MASK.sub(" ", text)
    found = sorted(numerals(text), key=lambda one: one.start)
    months = [one for one in found if one.readings[0].unit == "month"]
    paired: set[int] = set()
    for month in months:
        for day in found:
            if 0 <= day.start - month.end <= 1 and day is not month:
                paired |= {month.start, day.start}
                for reading in day.readings:
                    yield "date", f"{_of(month.readings[0].value)}-{_of(reading.value)}"
    for one in found:
        for unit, much in _values(one.readings):
            if unit or one.arabic or len(much) >= 2:
                yield unit, much
            if unit in ("month", "day") and one.start not in paired:
                yield f"lone {unit}", much
            yield from _as_well(unit, much, text[one.end : one.end + 3])
    yield from _shaped_values(text)


def _as_well(unit: str, much: str, behind: str) -> Iterator[Value]:
    """What is the same in other words: 일주일 is 7일, 열두 달 1년, 오후 세 시 15시, 두 시 반 30분."""
    if not much.isdecimal():
        return
    value = int(much)
    if unit == "weeks":
        yield "day", _of(7 * value)
    elif unit == "hour":
        if 1 <= value < 12:
            yield "hour", _of(value + 12)
        elif 12 < value <= 24:
            yield "hour", _of(value - 12)
        if behind.strip().startswith("반"):
            yield "minute", "30"
    elif unit == "year":
        yield "months", _of(12 * value)
    elif unit == "months" and value % 12 == 0:
        yield "year", _of(value // 12)


def _shaped_values(text: str) -> Iterator[Value]:
    for figure in _shaped(text):
        for unit, much in figure.values:
            if unit != "phone":
                yield unit, much
                yield from _as_well(unit, much, "")
    for match in _DAY.finditer(text):
        yield "when", _DAYS[match[0]]
    if "자정" in text:
        yield from (("hour", "0"), ("hour", "24"), ("hour", "12"))
    if "정오" in text:
        yield "hour", "12"
    if _FREE_SAID.search(text):
        yield "won", "free"
        yield "won", "0"


def _dialled(text: str) -> list[str]:
    """Numbers of an utterance as one would dial them, in order."""
    text = _MASK.sub(" ", text)
    found = {match.start(): re.sub(r"\D", "", match[0]) for match in _PHONE.finditer(text)}
    found |= {chain.start: chain.digits for chain in chains(tokens_of(text))}
    for one in numerals(text):
        if not one.native and len(digits := one.readings[0].digits) >= 2:
            found.setdefault(one.start, digits)
    return [found[start] for start in sorted(found)]


def _of(value: float) -> str:
    return f"{value:g}" if value < 1_000_000 else f"{value:.0f}"


def _overlaps(one: Numeral, taken: Sequence[tuple[int, int]]) -> bool:
    return any(one.start < end and start < one.end for start, end in taken)
