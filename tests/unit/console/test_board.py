"""The page from its rows."""

import uuid
import zoneinfo

import pytest

from console.board import MAX_TOPICS, Profile, Site, board, contact, day_points, hour_points
from contracts.contact import ContactStateChanged
from contracts.districts import District
from contracts.voc import About, AlertHead, AlertLine, Finding, TopicCount
from contracts.voc_http import Learning
from store.voc_board import HOUR_MS, BoardRows, LiveContact, Usual

SEOUL = zoneinfo.ZoneInfo("Asia/Seoul")
MONDAY = 1_795_359_600_000
"""2026-11-23 00:00 in Seoul."""
HALF_PAST_TWO = MONDAY + 2 * HOUR_MS + HOUR_MS // 2
FIRST = HALF_PAST_TWO // HOUR_MS - 2
SITE = Site(
    {"3020": "상하수도 > 누수·단수·수질", "4010": "민원·제증명 > 여권"},
    (District("마포구", 2, 1, (), ()), District("중구", 2, 3, (), ())),
    SEOUL,
)
WEEK = tuple(float(hour) for hour in range(1, 169))
ENOUGH = Learning(weeks=4, weeks_needed=3, since_ms=0)


def rows(**more: object) -> BoardRows:
    fields = {
        "first_hour": FIRST,
        "heat": (),
        "simulated": 0,
        "districts": (),
        "today": 0,
        "last_hour": (0, 0),
    }
    return BoardRows(**(fields | {"learning": ENOUGH} | more))


def usual(*scopes: str, weeks: float = 4.0) -> dict[str, Usual]:
    return {scope: Usual(weeks, WEEK) for scope in scopes}


def alert(*topics: str) -> AlertLine:
    finding = Finding(
        alert_id=str(uuid.uuid4()),
        revision=1,
        kind="rise",
        lane="usual",
        severity="watch",
        title="",
        raised_at_ms=0,
        first_ms=0,
        last_ms=1,
        window_ms=1,
        seen=4,
        expected=1,
        p_value=0.001,
        contacts=4,
        topics=tuple(TopicCount(topic=topic, label="", contacts=4) for topic in topics),
    )
    return AlertLine(finding=finding, head=AlertHead())


def test_cells_stand_beside_the_usual_of_their_hour_and_the_last_one_beside_its_part() -> None:
    heat = [(FIRST, "3020", 4), (FIRST + 2, "3020", 7), (FIRST + 1, "", 2)]
    told = board(rows(heat=heat, simulated=6, usual=usual("all", "topic:3020")), HALF_PAST_TWO, SITE)
    assert told.heat.hours_ms == tuple((FIRST + at) * HOUR_MS for at in range(3))
    water, unknown = told.heat.rows
    assert (water.topic, water.label, water.contacts) == ("3020", "상하수도 > 누수·단수·수질", 11)
    # Monday 00:00 is the first of the week's hours: 1, 2, and half of 3.
    assert [(cell.seen, cell.usual) for cell in water.cells] == [(4, 1.0), (0, 2.0), (7, 1.5)]
    assert (unknown.topic, unknown.label, unknown.contacts) == ("", "", 2)
    assert [cell.usual for cell in unknown.cells] == [None] * 3
    assert told.live.usual_today == 4.5
    assert told.simulated_share == pytest.approx(6 / 13, abs=1e-3)


def test_the_most_asked_and_those_of_alerts_are_on_the_map_and_what_has_no_topic_last() -> None:
    heat = [(FIRST, f"{at:04}", 100 - at) for at in range(30)] + [(FIRST, "", 999)]
    told = board(rows(heat=heat, alerts=[alert("0029", "none", "")]), HALF_PAST_TWO, SITE)
    topics = [row.topic for row in told.heat.rows]
    assert topics == [*(f"{at:04}" for at in range(MAX_TOPICS - 1)), "0029", ""]
    assert told.heat.rows[0].label == "0000", "a code that the table has no more stands for itself"


def test_tiles_have_their_sums_usual_and_topics() -> None:
    districts = [
        ("마포구", "3020", 9),
        ("마포구", "4010", 2),
        ("마포구", "", 50),
        ("", "3020", 5),
        ("세종시", "3020", 1),
    ]
    told = board(rows(districts=districts, usual=usual("district:마포구")), HALF_PAST_TWO, SITE)
    mapo, jung = told.districts
    assert (mapo.district, mapo.row, mapo.column, mapo.seen, mapo.usual) == ("마포구", 2, 1, 61, 4.5)
    assert [(one.topic, one.contacts) for one in mapo.topics] == [("3020", 9), ("4010", 2)]
    assert (jung.seen, jung.usual, jung.topics) == (0, None, ())
    assert told.elsewhere.contacts == 6
    narrowed = rows(districts=districts, usual=usual("district:마포구", "topic:3020/district:마포구"))
    assert board(narrowed, HALF_PAST_TWO, SITE, topic="3020").districts[0].usual == 4.5
    assert (
        board(rows(districts=districts, usual=usual("district:마포구")), HALF_PAST_TWO, SITE, topic="3020")
        .districts[0]
        .usual
        is None
    ), "the usual of all topics is none of one topic"


def test_what_is_being_learnt_is_said_and_nothing_is_compared() -> None:
    young = {"usual": usual("all", "topic:3020", weeks=2.9), "heat": [(FIRST, "3020", 4)]}
    learning = Learning(weeks=2.9, weeks_needed=3, since_ms=5)
    told = board(rows(learning=learning, **young), HALF_PAST_TWO, SITE)
    assert told.learning == learning
    assert told.heat.rows[0].cells[0].usual is None
    assert told.live.usual_today is None
    assert board(rows(), HALF_PAST_TWO, SITE).learning is None
    hasty = board(
        rows(learning=Learning(weeks=2.9, weeks_needed=2, since_ms=5), **young), HALF_PAST_TWO, SITE
    )
    assert (hasty.learning, hasty.heat.rows[0].cells[0].usual) == (None, 1.0), (
        "the site's own rules say how many"
    )
    never = board(rows(learning=None, began_hour=FIRST), HALF_PAST_TWO, SITE).learning
    assert never == Learning(weeks=0, weeks_needed=3, since_ms=FIRST * HOUR_MS)
    nothing = board(rows(learning=None), HALF_PAST_TWO, SITE).learning
    assert nothing is not None
    assert nothing.since_ms == HALF_PAST_TWO


def test_a_contact_is_what_is_known_of_it() -> None:
    contact_id = str(uuid.uuid4())
    known = ContactStateChanged(
        contact_id=contact_id,
        at_ms=1,
        revision=1,
        state="talking",
        agent_id="kim",
        title="010-****-1234",
        started_at_ms=7,
        urgent=True,
    )
    about = About(
        contact_id=contact_id, at_ms=7, topic="3020", district="마포구", danger="outage", simulated=True
    )
    both = contact(known, about, SITE)
    assert (both.title, both.label, both.district, both.danger) == (
        "010-****-1234",
        "상하수도 > 누수·단수·수질",
        "마포구",
        "outage",
    )
    assert both.can_open
    assert both.simulated, "either says so"
    assert (both.state, both.urgent, both.agent_id) == ("talking", True, "kim")
    only = contact(None, about, SITE)
    assert (only.can_open, only.state, only.title, only.started_at_ms) == (False, None, "", 7)
    new = contact(known, None, SITE)
    assert (new.topic, new.label, new.can_open) == ("", "", True)


def test_more_live_contacts_than_the_list_has_are_counted() -> None:
    live = [
        LiveContact(
            ContactStateChanged(
                contact_id=str(uuid.uuid4()),
                at_ms=1,
                revision=1,
                state="talking",
                started_at_ms=HALF_PAST_TWO - at,
            ),
            None,
        )
        for at in range(130)
    ]
    told = board(rows(live=live), HALF_PAST_TWO, SITE)
    assert (len(told.contacts), told.contacts_more, told.live.calls_talking) == (100, 30, 130)


def test_the_past_by_hour_and_by_day() -> None:
    profile = Profile(usual("all"), SITE, HALF_PAST_TWO)
    hours = hour_points({FIRST + 1: 9}, range(FIRST, FIRST + 3), "all", profile)
    assert [(point.at_ms, point.seen, point.usual) for point in hours] == [
        (FIRST * HOUR_MS, 0, 1.0),
        ((FIRST + 1) * HOUR_MS, 9, 2.0),
        ((FIRST + 2) * HOUR_MS, 0, 1.5),
    ]
    today = SITE.day(HALF_PAST_TWO)
    days = day_points({today: 9}, range(today - 1, today + 1), "all", profile)
    sunday = float(sum(range(145, 169)))
    assert [(point.at_ms, point.seen, point.usual) for point in days] == [
        (MONDAY - 24 * HOUR_MS, 0, sunday),
        (MONDAY, 9, 4.5),
    ]
    assert [point.usual for point in hour_points({}, [FIRST], "topic:9", profile)] == [None]


def test_days_begin_where_the_site_is_also_with_summer_time() -> None:
    berlin = Site({}, (), zoneinfo.ZoneInfo("Europe/Berlin"))
    day = berlin.day(1_774_738_800_000)
    assert berlin.day_ms(day + 1) - berlin.day_ms(day) == 23 * HOUR_MS
