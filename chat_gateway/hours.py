"""When a site answers chats: weekly hours, days that differ, its time zone. Pure: time is data."""

import re
import zoneinfo
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final

Span = tuple[int, int]
"""From and until, in minutes since the midnight with which the day begins; beyond 1440: into the next day."""

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAYS_KO: Final = ("월", "화", "수", "목", "금", "토", "일")
_DAYS_EN: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY_MIN: Final = 24 * 60
_SPAN: Final = re.compile(r"\s*(\d{1,2}):(\d{2})\s*[-–~]\s*(\d{1,2}):(\d{2})\s*")


@dataclass(frozen=True, slots=True)
class Hours:
    """A span belongs to the day on which it begins, also beyond midnight: a holiday after a long evening does not
    cut that evening short.
    """

    zone: zoneinfo.ZoneInfo
    week: Mapping[int, tuple[Span, ...]]
    """Monday is 0; a day that is missing is closed."""
    days: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)
    """Holidays and other days that differ; empty: closed."""

    def is_open(self, at_ms: int) -> bool:
        """Args: at_ms: wall time, ms since 1970 UTC."""
        here = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(self.zone)
        minute = here.hour * 60 + here.minute
        yesterday = here.date() - timedelta(days=1)
        return _within(self.of(here.date()), minute) or _within(self.of(yesterday), minute + _DAY_MIN)

    def of(self, day: date) -> tuple[Span, ...]:
        """The spans that begin on this day."""
        return self.days.get(day, self.week.get(day.weekday(), ()))

    def text_ko(self) -> str:
        """`평일 09:00–18:00, 토 09:00–13:00`."""
        return self._text(
            _DAYS_KO, {(0, 6): "매일", (0, 4): "평일", (5, 6): "주말"}, "24시간", "상담 시간 없음"
        )

    def text_en(self) -> str:
        return self._text(_DAYS_EN, {(0, 6): "every day", (0, 4): "weekdays"}, "24 hours", "closed")

    def _text(
        self, names: tuple[str, ...], groups: Mapping[tuple[int, int], str], all_day: str, closed: str
    ) -> str:
        parts: list[str] = []
        for first, last in _runs([self.week.get(day, ()) for day in range(7)]):
            spans = self.week.get(first, ())
            if not spans:
                continue
            alone = names[first] if first == last else f"{names[first]}–{names[last]}"
            when = ", ".join(all_day if span == (0, _DAY_MIN) else _span_text(span) for span in sorted(spans))
            parts.append(f"{groups.get((first, last), alone)} {when}")
        return ", ".join(parts) or closed


ALWAYS: Final = dict.fromkeys(range(7), ((0, _DAY_MIN),))


def read_span(written: str) -> Span:
    """`09:00-18:00`, `18:00-02:00` (until the next morning), `00:00-24:00`.

    Raises:
        ValueError: it is none.
    """
    found = _SPAN.fullmatch(written)
    if not found:
        raise ValueError(f"'{written}' is no span like 09:00-18:00 / 09:00-18:00처럼 쓰십시오")
    begin_h, begin_m, end_h, end_m = map(int, found.groups())
    begin, end = begin_h * 60 + begin_m, end_h * 60 + end_m
    if begin_m > 59 or end_m > 59 or begin >= _DAY_MIN or end > _DAY_MIN or begin == end:
        raise ValueError(f"'{written}' is no time of a day / 하루 안의 시각이 아닙니다")
    return (begin, end) if end > begin else (begin, end + _DAY_MIN)


def _within(spans: Iterable[Span], minute: int) -> bool:
    return any(begin <= minute < end for begin, end in spans)


def _runs(week: list[tuple[Span, ...]]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for day, spans in enumerate(week):
        if runs and sorted(week[runs[-1][0]]) == sorted(spans):
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    return runs


def _span_text(span: Span) -> str:
    begin, end = span
    end = end if end <= _DAY_MIN else end - _DAY_MIN
    return f"{begin // 60:02}:{begin % 60:02}–{end // 60:02}:{end % 60:02}"
