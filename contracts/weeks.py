"""ISO weeks, e.g. `2026-W47`: the weeks of reports. Pure; a week begins on Monday, by the site's calendar."""

import datetime as dt
import re
from typing import Final

from contracts.errors import BadRequest

_WEEK: Final = re.compile(r"(\d{4})-W(\d{2})", re.ASCII)


def monday_of(week: str) -> dt.date:
    """The first day of an ISO week.

    Raises:
        BadRequest: no such week.
    """
    found = _WEEK.fullmatch(week)
    try:
        if found:
            return dt.date.fromisocalendar(int(found[1]), int(found[2]), 1)
    except ValueError:
        pass
    raise BadRequest(
        f"'{week[:20]}'은(는) 주가 아닙니다. '2026-W47'처럼 연도와 ISO 주 번호로 적으십시오.",
        f"'{week[:20]}' is no week: write year and ISO week, e.g. '2026-W47'.",
    )


def week_of(day: dt.date) -> str:
    """The ISO week in which a day lies."""
    year, number, _ = day.isocalendar()
    return f"{year}-W{number:02}"


def bounds_ms(week: str, zone: dt.tzinfo) -> tuple[int, int]:
    """Beginning of the week and of the next one, ms since 1970, where midnight is that of the zone. Raises as above."""
    monday = dt.datetime.combine(monday_of(week), dt.time(), tzinfo=zone)
    after = dt.datetime.combine(monday.date() + dt.timedelta(days=7), dt.time(), tzinfo=zone)
    return round(monday.timestamp() * 1000), round(after.timestamp() * 1000)
