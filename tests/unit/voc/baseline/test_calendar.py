import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np

from voc.baseline.calendar import SATURDAY, SUNDAY, WORKDAY, Calendar


def hour(zone: str, *moment: int) -> int:
    return int(dt.datetime(*moment, tzinfo=ZoneInfo(zone)).timestamp() // 3600)


def test_hours_of_the_week_are_the_sites() -> None:
    seoul = Calendar(ZoneInfo("Asia/Seoul"))
    monday = hour("Asia/Seoul", 2026, 11, 23, 0)
    assert seoul.hour_of_week(np.array([monday, monday + 25, monday - 1])).tolist() == [0, 25, 167]
    assert seoul.kind(np.array([monday, monday + 5 * 24, monday + 6 * 24])).tolist() == [
        WORKDAY,
        SATURDAY,
        SUNDAY,
    ]
    assert seoul.day(np.array([monday]))[0] == (dt.date(2026, 11, 23) - dt.date(1970, 1, 1)).days


def test_a_public_holiday_is_a_sunday_lunar_and_substitute_ones_too() -> None:
    seoul = Calendar(ZoneInfo("Asia/Seoul"))
    chuseok = hour("Asia/Seoul", 2025, 10, 6, 14)  # a Monday
    assert seoul.kind(np.array([chuseok]))[0] == SUNDAY
    assert seoul.slot(np.array([chuseok]))[0] == 6 * 24 + 14
    assert seoul.hour_of_week(np.array([chuseok]))[0] == 14
    assert (
        seoul.kind(np.array([hour("Asia/Seoul", 2025, 10, 8, 9)]))[0] == SUNDAY
    )  # in place of Sunday the 5th
    assert Calendar(ZoneInfo("Asia/Seoul"), "").kind(np.array([chuseok]))[0] == WORKDAY


def test_summer_time_is_followed() -> None:
    berlin = Calendar(ZoneInfo("Europe/Berlin"), "DE")
    hours = np.arange(hour("Europe/Berlin", 2026, 3, 28, 0), hour("Europe/Berlin", 2026, 3, 30, 0))
    expected = [
        dt.datetime.fromtimestamp(int(one) * 3600, ZoneInfo("Europe/Berlin")).hour for one in hours.tolist()
    ]
    assert (berlin.hour_of_week(hours) % 24).tolist() == expected
    assert len(hours) == 47


def test_weeks_are_iso_weeks() -> None:
    seoul = Calendar(ZoneInfo("Asia/Seoul"))
    assert seoul.week_of((dt.date(2026, 11, 22) - dt.date(1970, 1, 1)).days) == "2026-W47"
    assert seoul.week_of((dt.date(2027, 1, 1) - dt.date(1970, 1, 1)).days) == "2026-W53"


def test_no_hours() -> None:
    assert Calendar(ZoneInfo("Asia/Seoul")).slot(np.zeros(0, dtype=np.int64)).size == 0
