import pytest

from contracts.voc import Quote
from tests.unit.voc.deciding import RULES, decided, made, water, whole
from tests.unit.voc.events import (
    EUNPYEONG,
    GANGDONG,
    MAPO,
    NOW,
    PASSPORT,
    SEODAEMUN,
    SITE,
    WATER,
    about,
    abouts,
    kept,
    signal,
)
from voc.alerting.departments import Department, names, suggested
from voc.alerting.severity import severity
from voc.alerting.titles import title
from voc.series import HOUR_MS


def test_a_finding_says_where_what_since_when_and_who_must_act():
    own = abouts(12, phrases=("단수", "합정동"), complaint=("답답",), label="상하수도 > 누수·단수·수질")
    rest = [about(PASSPORT, "강남구", phrases=("여권",)) for _ in range(100)]
    (change,) = decided([water(own, expected=1.2)], contacts=own).changes
    made_ = whole(change, own, rest, {"단수": (300, 1), "합정동": (12, NOW - HOUR_MS)})
    assert made_.title == "마포구 · 단수"
    assert (made_.alert_id, made_.revision, made_.raised_at_ms) == ("new", 1, NOW)
    assert (made_.first_ms, made_.last_ms) == (NOW - 3 * HOUR_MS, NOW)
    assert (made_.contacts, made_.seen, made_.expected, made_.complaints) == (12, 12, 1.2, 12)
    assert made_.department == "상수도사업본부"
    assert made_.topics[0].label == "상하수도 > 누수·단수·수질"
    assert made_.districts[0].model_dump() == {"district": MAPO, "contacts": 12}
    assert {one.phrase: one.is_new for one in made_.phrases} == {"단수": False, "합정동": True}
    assert made_.severity == "warning"
    assert not made_.simulated


def test_the_next_revision_keeps_what_was_and_never_becomes_less_serious():
    own = abouts(40)
    big = kept(water(own, p_value=1e-30), severity="severe", revision=7, seen=40)
    weak = abouts(5)
    (change,) = decided([water(weak, p_value=1e-4, hours=6)], big, contacts=own + weak).changes
    after = whole(change, own + weak)
    assert (after.revision, after.alert_id, after.severity) == (8, "a", "severe")
    assert (after.seen, after.window_ms, after.p_value) == (40, 3 * HOUR_MS, 1e-30)
    assert (after.contacts, after.last_ms) == (45, NOW)


def test_quotes_only_from_enough_contacts_on():

    few, enough = abouts(4), abouts(5)
    quotes = [Quote(contact_id=few[0].contact_id, text="물이 안 나와요", at_ms=NOW)]
    (change,) = decided([water(few)]).changes
    assert whole(change, few, quotes=quotes).quotes == ()
    assert len(whole(change, enough, quotes=quotes).quotes) == 1


def test_mostly_simulated_is_said():
    own = abouts(6, simulated=True) + abouts(5)
    (change,) = decided([water(own)]).changes
    assert whole(change, own).simulated
    assert not whole(change, own + abouts(1)).simulated


def test_what_one_person_says_is_no_phrase():
    own = [*abouts(5, phrases=("단수",)), *abouts(2, phrases=("김아무개",))]
    (change,) = decided([water(own)]).changes
    assert [one.phrase for one in whole(change, own, abouts(50, PASSPORT)).phrases] == ["단수"]


@pytest.mark.parametrize(
    ("seen", "expected", "danger", "districts", "level"),
    [
        (6, 2, None, 1, "watch"),
        (15, 3, None, 1, "warning"),
        (19, 8, None, 3, "watch"),
        (19, 8, None, 8, "warning"),
        (15, 3, None, 5, "warning"),
        (40, 4, None, 1, "severe"),
        (60, 28, None, 1, "watch"),
        (5, 0.1, "gas", 1, "warning"),
        (14, 1, "gas", 1, "severe"),
        (3, 0.1, "gas", 9, "watch"),
    ],
)
def test_severity(seen, expected, danger, districts, level):
    assert severity(seen, expected, danger, districts) == level


def test_titles():
    (event,) = made(signal(9, WATER, [MAPO]))
    label = "상하수도 > 누수·단수·수질"
    assert title(event.strands, [MAPO], label, ["단수", "아파트"]) == "마포구 · 단수"
    assert title(event.strands, [MAPO], label, ["단수", "누수"]) == "마포구 · 누수·단수·수질"
    assert title(event.strands, [], label, []) == "전역 · 누수·단수·수질"
    assert (
        title(event.strands, [MAPO, SEODAEMUN, EUNPYEONG], label, [])
        == "마포구·서대문구 외 1곳 · 누수·단수·수질"
    )
    (new,) = made(signal(abouts(4), phrase="탄 냄새", kind="new_phrase"))
    assert title(new.strands, [MAPO], "", []) == "마포구 · '탄 냄새'"
    (gas,) = made(signal(9, danger="gas", lane="safety"))
    assert title(gas.strands, [], "", []) == "전역 · 가스"
    (all_of_it,) = made(signal(9, "", [MAPO]))
    assert title(all_of_it.strands, [MAPO], "", []) == "마포구 · 문의 증가"


def test_departments_by_topic_danger_and_district():
    table = (
        Department("서울시 가스", dangers=("gas",)),
        Department("{district}청 마포 전담", topics=("20",), districts=(MAPO,)),
        Department("{district}청 청소과", topics=("20",)),
    )
    assert suggested(table, "2010", None, MAPO) == "마포구청 마포 전담"
    assert suggested(table, "2010", None, GANGDONG) == "강동구청 청소과"
    assert suggested(table, "2010", None, "") == "관할 구청 청소과"
    assert suggested(table, "2010", "gas", MAPO) == "서울시 가스"
    assert suggested(table, "9999", None, MAPO) == ""
    assert names(table) == ("서울시 가스", "관할 구청 마포 전담", "관할 구청 청소과")
    every = {one.name for one in RULES.departments}
    assert {"상수도사업본부", "소방재난본부"} <= every
    topics = {code for code in SITE.labels if suggested(RULES.departments, code, None, MAPO)}
    assert topics >= set(SITE.labels) - {"5020"}


def test_neighbours_in_which_next_to_nobody_called_are_not_in_the_title():
    own = [*abouts(10), about(WATER, SEODAEMUN)]
    (event,) = made(signal(own, WATER, [MAPO, SEODAEMUN, EUNPYEONG], kind="cluster"))
    (change,) = decided([event], contacts=own).changes
    assert whole(change, own).title.startswith("마포구 · ")
    own = [*abouts(10), *(about(WATER, SEODAEMUN) for _ in range(4))]
    (event,) = made(signal(own, WATER, [MAPO, SEODAEMUN, EUNPYEONG], kind="cluster"))
    (change,) = decided([event], contacts=own).changes
    assert whole(change, own).title.startswith("마포구·서대문구 · ")
