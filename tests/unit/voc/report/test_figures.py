"""The week's figures: pure, so each number is checked against what was put in."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from contracts.districts import District
from contracts.errors import BadRequest
from contracts.voc import (
    AlertActed,
    AlertAction,
    AlertHead,
    Effect,
    Finding,
    PhraseCount,
    PlaceCount,
    Quote,
)
from contracts.weeks import bounds_ms, monday_of, week_of
from voc.report.alerts import AlertRecord, alert_figures
from voc.report.compare import Cell, Compared
from voc.report.figures import Material, weekly
from voc.report.voices import GapRecord, Said, ThemeRecord

ZONE = ZoneInfo("Asia/Seoul")
WEEK = "2026-W47"
MONDAY = monday_of(WEEK).toordinal() - dt.date(1970, 1, 1).toordinal()
SINCE_MS, UNTIL_MS = bounds_ms(WEEK, ZONE)
HOUR_MS = 3_600_000
LABELS = {"3020": "상하수도 > 누수·단수·수질", "1010": "교통 > 시내버스"}
DISTRICTS = (District("마포구", 2, 1, (), ()), District("중구", 2, 3, (), ()))


def cells(per_day: int, weeks: int, topic: str = "1010", district: str = "중구") -> list[Cell]:
    """The same every day, of this week and `weeks` before."""
    days = range(MONDAY - 7 * weeks, MONDAY + 7)
    return [Cell(day, topic, district, per_day, per_day // 5, 0) for day in days]


def material(**more) -> Material:
    fields = {
        "week": WEEK,
        "monday": MONDAY,
        "since_ms": SINCE_MS,
        "until_ms": UNTIL_MS,
        "made_at_ms": UNTIL_MS + HOUR_MS,
        "zone": ZONE,
        "cells": cells(20, 8),
        "first_day": MONDAY - 56,
        "labels": LABELS,
        "districts": DISTRICTS,
    }
    return Material(**(fields | more))


def finding(**more) -> Finding:
    fields = {
        "alert_id": "a",
        "revision": 1,
        "kind": "rise",
        "lane": "usual",
        "severity": "watch",
        "title": "중구 · 시내버스",
        "raised_at_ms": SINCE_MS,
        "first_ms": SINCE_MS,
        "last_ms": SINCE_MS + HOUR_MS,
        "window_ms": HOUR_MS,
        "seen": 9,
        "expected": 1.0,
        "p_value": 1e-6,
        "contacts": 9,
        "districts": (PlaceCount(district="중구", contacts=9),),
        "quotes": tuple(Quote(contact_id=f"{one // 2}", text=f"말 {one}", at_ms=1) for one in range(6)),
    }
    return Finding(**(fields | more))


def test_a_week_has_its_bounds_in_the_sites_time() -> None:
    assert dt.datetime.fromtimestamp(SINCE_MS / 1000, ZONE) == dt.datetime(2026, 11, 16, tzinfo=ZONE)
    assert UNTIL_MS - SINCE_MS == 7 * 24 * HOUR_MS
    assert week_of(dt.date(2027, 1, 1)) == "2026-W53"
    summer = bounds_ms("2026-W13", ZoneInfo("Europe/Berlin"))
    assert summer[1] - summer[0] == (7 * 24 - 1) * HOUR_MS


@pytest.mark.parametrize(
    "week", ["2026-W54", "2026-47", "2026-W00", "", "2026-W471", "٢٠٢٦-W47", "../../etc"]
)
def test_what_is_no_week_is_told(week: str) -> None:
    with pytest.raises(BadRequest):
        monday_of(week)


def test_a_quiet_week_says_so() -> None:
    report = weekly(material())
    assert (report.contacts, report.weeks_before, report.days_compared) == (140, 8, 7)
    assert report.all.change == 0
    assert report.all.complaint_share == pytest.approx(0.2)
    assert report.rises == report.falls == ()
    assert [day.usual for day in report.days] == [20] * 7
    assert report.is_over


def test_a_rise_is_told_with_where_it_was() -> None:
    extra = [Cell(MONDAY + day, "3020", "마포구", 12, 6, 12) for day in range(7)]
    report = weekly(material(cells=[*cells(20, 8), *cells(5, 8, "3020", "마포구"), *extra]))
    (row,) = report.rises
    assert (row.code, row.label) == ("3020", LABELS["3020"])
    assert (row.figures.contacts, row.figures.before) == (119, 35)
    assert row.figures.change == pytest.approx(2.4)
    assert row.districts == (("마포구", 119),)
    assert report.simulated == 84
    mapo, jung = report.tiles
    assert mapo.figures.score > 4 > abs(jung.figures.score)
    assert mapo.topic == LABELS["3020"]


def test_a_fall_is_told_and_few_contacts_are_no_trend() -> None:
    gone = [cell for cell in cells(20, 8) if cell.day < MONDAY]
    few = [Cell(MONDAY, "3020", "마포구", 8, 0, 0)]
    report = weekly(material(cells=[*gone, *few]))
    assert [row.code for row in report.falls] == ["1010"]
    assert report.rises == ()


def test_a_week_that_is_not_over_is_compared_by_its_whole_days() -> None:
    wednesday_noon = SINCE_MS + 60 * HOUR_MS
    known = [cell for cell in cells(20, 8) if cell.day <= MONDAY + 2]
    report = weekly(material(cells=known, made_at_ms=wednesday_noon))
    assert (report.days_compared, report.is_over) == (2, False)
    assert report.contacts == 60, "today's among them"
    assert (report.all.contacts, report.all.before) == (40, 40)
    assert [day.contacts for day in report.days] == [20, 20, 20, None, None, None, None]
    assert report.rises == ()


def test_the_first_weeks_compare_with_what_there_is() -> None:
    assert weekly(material(first_day=MONDAY)).all.before is None
    assert weekly(material(first_day=MONDAY)).rises == ()
    report = weekly(material(first_day=MONDAY - 10))
    assert report.weeks_before == 1, "a week that began in its middle is none"
    assert report.all.before == 140


def test_weeks_that_scatter_make_a_rise_less_clear() -> None:
    def before(totals: list[int]) -> Compared:
        rows = [Cell(MONDAY - 7 * back, "3020", "", count, 0, 0) for back, count in enumerate(totals)]
        return next(iter(row.figures for row in weekly(material(cells=rows)).topics))

    steady = before([150, 100, 101, 99, 100, 100, 101, 99, 100])
    restless = before([150, 60, 140, 55, 150, 50, 145, 60, 140])
    assert steady.is_rise
    assert not restless.is_rise
    assert steady.before == restless.before == 100


def test_quotes_only_where_enough_contacts_stand_behind() -> None:
    def quotes(contacts: int) -> int:
        record = AlertRecord(finding(contacts=contacts), AlertHead())
        return len(alert_figures([record], 5).rows[0].quotes)

    assert quotes(4) == 0
    assert quotes(5) == 2


def test_what_staff_wrote_is_masked() -> None:
    deed = AlertActed(note="물차를 보냄, 문의 010-1234-5678", done_at_ms=SINCE_MS)
    action = AlertAction(action_id=1, at_ms=SINCE_MS, staff_id="kim", deed=deed)
    (row,) = alert_figures([AlertRecord(finding(), AlertHead(), None, (action,))], 5).rows
    assert row.deeds == ("물차를 보냄, 문의 [전화번호]",)


def test_response_times_are_of_steps_that_were_taken() -> None:
    minute = 60_000

    def head(*after_min: int) -> AlertHead:
        names = ("acknowledged_at_ms", "assigned_at_ms", "acted_at_ms")
        return AlertHead(**{name: SINCE_MS + at * minute for name, at in zip(names, after_min, strict=False)})

    records = [AlertRecord(finding(), head(*steps)) for steps in [(5, 20, 80), (15, 30), (40,), ()]]
    figures = alert_figures(records, 5)
    assert (figures.acknowledged.alerts, figures.acknowledged.median_min) == (3, 15)
    assert (figures.assigned.alerts, figures.assigned.median_min) == (2, 15)
    assert (figures.acted.alerts, figures.acted.median_min) == (1, 60)
    assert (figures.whole.alerts, figures.whole.median_min) == (1, 80)
    assert figures.acknowledged.p90_min == 40
    early = alert_figures([AlertRecord(finding(), head(5, 20, -30))], 5)
    assert early.whole.median_min == 0, "done before the alert: at once"


def test_alerts_are_counted_by_what_came_of_them() -> None:
    def record(reason=None, verdict=None, **more) -> AlertRecord:
        head = AlertHead(state="closed", reason=reason) if reason else AlertHead()
        effect = None
        if verdict:
            effect = Effect(acted_at_ms=1, before_per_h=9, after_per_h=1, hours_after=3, verdict=verdict)
        return AlertRecord(finding(**more), head, effect)

    figures = alert_figures(
        [
            record("real", "fell", severity="severe"),
            record("real", "fell_partly", lane="safety", severity="severe"),
            record("false_alarm"),
            record("expected"),
            record(verdict="not_fallen"),
        ],
        5,
    )
    assert (figures.raised, figures.real, figures.false_alarms, figures.expected, figures.open) == (
        5,
        2,
        1,
        1,
        1,
    )
    assert (figures.fell, figures.not_fallen, figures.safety) == (2, 1, 1)
    assert [row.finding.lane for row in figures.rows[:2]] == ["safety", "usual"]


def test_phrases_that_are_new_come_first() -> None:
    phrases = (
        PhraseCount(phrase="단수", contacts=9),
        PhraseCount(phrase="흙탕물", contacts=5, is_new=True),
    )
    (row,) = alert_figures([AlertRecord(finding(phrases=phrases), AlertHead())], 5).rows
    assert row.phrases == ("흙탕물", "단수")


def test_citizens_words_need_citizens_behind_them() -> None:
    report = weekly(
        material(
            phrases=[Said("흙탕물", 9), Said("우리 집", 2)],
            themes=[ThemeRecord("옛 주제", ("ㄱ",), 50, 0), ThemeRecord("새 주제", ("ㄴ",), 7, SINCE_MS)],
            gaps=[
                GapRecord("킥보드를 견인당했는데 어디에서 찾나요?", ("킥보드", "견인"), 6, True),
                GapRecord("저희 아버지가 넘어지셨는데요", ("수어", "통역"), 3, False),
                GapRecord("한 번 물은 것", ("하나",), 1, False),
            ],
        )
    )
    told = report.voices
    assert told.phrases == (Said("흙탕물", 9),)
    assert [(row.name, row.is_new) for row in told.themes] == [("새 주제", True), ("옛 주제", False)]
    assert [(row.text, row.is_question) for row in told.gaps] == [
        ("킥보드를 견인당했는데 어디에서 찾나요?", True),
        ("수어 · 통역", False),
    ]
    assert told.gaps_more == 1
