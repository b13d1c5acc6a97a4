"""Weekly hours, days that differ, around midnight, in the site's time zone."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest

from chat_gateway.hours import ALWAYS, Hours, read_span

SEOUL = ZoneInfo("Asia/Seoul")
OFFICE = dict.fromkeys(range(5), ((540, 1080),))


def at(text: str, zone: ZoneInfo = SEOUL) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp() * 1000)


@pytest.mark.parametrize(
    ("when", "is_open"),
    [
        ("2026-11-23 08:59:59", False),
        ("2026-11-23 09:00", True),
        ("2026-11-23 17:59:59", True),
        ("2026-11-23 18:00", False),
        ("2026-11-22 12:00", False),
    ],
)
def test_office_hours(when, is_open):
    assert Hours(SEOUL, OFFICE).is_open(at(when)) is is_open


def test_the_time_zone_is_the_sites():
    hours = Hours(SEOUL, OFFICE)
    assert hours.is_open(at("2026-11-23 00:30", ZoneInfo("UTC")))
    assert not hours.is_open(at("2026-11-23 12:00", ZoneInfo("UTC")))


def test_a_night_belongs_to_the_day_on_which_it_begins():
    night = Hours(SEOUL, {4: ((1080, 1560),)}, {date(2026, 11, 28): ()})
    assert night.is_open(at("2026-11-27 23:59"))
    assert night.is_open(at("2026-11-28 00:00")), "Saturday is a holiday, but it is still Friday's night"
    assert night.is_open(at("2026-11-28 01:59"))
    assert not night.is_open(at("2026-11-28 02:00"))
    assert not night.is_open(at("2026-11-27 01:00"))


def test_holidays_and_days_with_other_hours():
    hours = Hours(SEOUL, OFFICE, {date(2026, 1, 1): (), date(2026, 1, 3): ((600, 720),)})
    assert not hours.is_open(at("2026-01-01 10:00"))
    assert hours.is_open(at("2026-01-02 10:00"))
    assert hours.is_open(at("2026-01-03 10:00")), "a Saturday"


def test_all_day_has_no_gap_at_midnight():
    hours = Hours(SEOUL, ALWAYS)
    midnight = at("2026-11-24 00:00")
    assert all(hours.is_open(midnight + ms) for ms in (-1000, -1, 0, 1, 1000))


def test_summer_time_is_walls_time():
    berlin = ZoneInfo("Europe/Berlin")
    hours = Hours(berlin, dict.fromkeys(range(7), ((540, 1080),)))
    for day in ("2026-03-28", "2026-03-29", "2026-10-25"):
        assert hours.is_open(at(f"{day} 09:00", berlin))
        assert not hours.is_open(at(f"{day} 08:59", berlin))


def test_hours_in_words():
    assert Hours(SEOUL, OFFICE).text_ko() == "평일 09:00–18:00"
    assert Hours(SEOUL, OFFICE).text_en() == "weekdays 09:00–18:00"
    assert Hours(SEOUL, ALWAYS).text_ko() == "매일 24시간"
    odd = Hours(SEOUL, OFFICE | {2: (), 5: ((540, 720), (780, 1020))})
    assert odd.text_ko() == "월–화 09:00–18:00, 목–금 09:00–18:00, 토 09:00–12:00, 13:00–17:00"
    assert Hours(SEOUL, {4: ((1080, 1560),)}).text_ko() == "금 18:00–02:00"
    assert Hours(SEOUL, {}).text_en() == "closed"


@pytest.mark.parametrize(
    ("written", "span"),
    [("09:00-18:00", (540, 1080)), ("18:00 ~ 02:00", (1080, 1560)), ("00:00–24:00", (0, 1440))],
)
def test_spans_as_they_are_written(written, span):
    assert read_span(written) == span


@pytest.mark.parametrize("written", ["", "9-18", "24:00-25:00", "09:60-10:00", "09:00-09:00", "09:00"])
def test_what_is_no_span(written):
    with pytest.raises(ValueError, match="/"):
        read_span(written)
