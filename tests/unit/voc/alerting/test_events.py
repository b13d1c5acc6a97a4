from math import log10

from tests.unit.voc.events import (
    BUS,
    EUNPYEONG,
    GANGDONG,
    MAPO,
    NEIGHBOURS,
    PASSPORT,
    SEODAEMUN,
    SEWER,
    WATER,
    about,
    abouts,
    signal,
)
from voc.alerting.events import Event, events
from voc.series import Signal


def made(signals: list[Signal], *contacts: list) -> list[Event]:
    by_id = {one.contact_id: one for many in contacts for one in many}
    return events(signals, by_id, NEIGHBOURS, lambda one: -log10(one.p_value))


def what(event: Event) -> set[tuple[str, tuple[str, ...]]]:
    return {(one.topic or one.danger or one.phrase, one.districts) for one in event.strands}


def test_windows_of_one_series_are_one_event():
    water = abouts(9)
    (event,) = made([signal(water, WATER, [MAPO], hours=hours) for hours in (1, 3, 6, 24)], water)
    assert what(event) == {(WATER, (MAPO,))}
    assert len(event.signals) == 4


def test_detectors_that_count_the_same_contacts_see_one_event():
    water = abouts(9, danger="outage", phrases=("단수",))
    event, *others = made(
        [
            signal(water, WATER, [MAPO]),
            signal(water[:6], danger="outage", districts=[MAPO], lane="safety", p_value=1e-5),
            signal(water, phrase="합정동", kind="new_phrase"),
        ],
        water,
    )
    assert others == []
    assert event.lane == "safety"
    assert what(event) == {(WATER, (MAPO,)), ("outage", (MAPO,)), ("합정동", ())}


def test_a_rise_of_the_city_that_is_one_districts_is_its_shadow():
    mapo, rest = abouts(20), abouts(6, district=GANGDONG)
    (event,) = made(
        [
            signal(mapo + rest, WATER, expected=6),
            signal(mapo, WATER, [MAPO], p_value=1e-7),
            signal(mapo, "", [MAPO], expected=4, p_value=1e-6),
        ],
        mapo,
        rest,
    )
    assert what(event) == {(WATER, (MAPO,))}
    assert len(event.signals) == 3
    assert event.contact_ids == {one.contact_id for one in mapo}


def test_a_rise_everywhere_is_the_citys():
    city = [abouts(4, district=name) for name in (MAPO, GANGDONG, "강남구", "중랑구", "구로구")]
    every = [one for many in city for one in many]
    (event,) = made([signal(every, WATER, expected=2), signal(city[0], WATER, [MAPO])], every)
    assert (WATER, ()) in what(event)


def test_far_districts_are_two_events_though_the_city_sees_both():
    mapo, gangdong = abouts(15), abouts(10, district=GANGDONG)
    two = made(
        [
            signal(mapo + gangdong, WATER, expected=2),
            signal(mapo, WATER, [MAPO]),
            signal(gangdong, WATER, [GANGDONG]),
        ],
        mapo,
        gangdong,
    )
    assert sorted(map(what, two), key=str) == [{(WATER, (GANGDONG,))}, {(WATER, (MAPO,))}]
    assert sum(len(event.signals) for event in two) == 3


def test_neighbours_are_one_event():
    mapo, beside = abouts(9), abouts(7, district=SEODAEMUN)
    (event,) = made([signal(mapo, WATER, [MAPO]), signal(beside, WATER, [SEODAEMUN])], mapo, beside)
    assert what(event) == {(WATER, (MAPO,)), (WATER, (SEODAEMUN,))}


def test_a_chain_of_neighbours_is_one_event():
    three = [abouts(5, district=name) for name in (EUNPYEONG, MAPO, SEODAEMUN)]
    signals = [
        signal(many, WATER, [name]) for many, name in zip(three, (EUNPYEONG, MAPO, SEODAEMUN), strict=True)
    ]
    assert len(made(signals, *three)) == 1


def test_other_topics_of_a_district_are_other_events():
    water, passport = abouts(9), abouts(9, PASSPORT)
    two = made(
        [
            signal(water, WATER, [MAPO]),
            signal(passport, PASSPORT, [MAPO]),
            # All of the district: the shadow of both.
            signal(water + passport, "", [MAPO], expected=3),
        ],
        water,
        passport,
    )
    assert len(two) == 2


def test_topics_of_one_place_that_speak_of_the_same_are_one_event():
    sewer, roads = abouts(9, SEWER, phrases=("침수",)), abouts(9, "7020", phrases=("침수", "지하차도"))
    calm = [about(BUS, "강남구", phrases=("버스", "노선")) for _ in range(200)]
    tied = made([signal(sewer, SEWER, [MAPO]), signal(roads, "7020", [MAPO])], sewer, roads, calm)
    assert len(tied) == 1
    # What everybody says ties nothing.
    said = [about(BUS, "강남구", phrases=("침수",)) for _ in range(200)]
    apart = made([signal(sewer, SEWER, [MAPO]), signal(roads, "7020", [MAPO])], sewer, roads, said)
    assert len(apart) == 2


def test_a_district_in_which_everything_rises_is_one_event():
    topics = [abouts(3, topic) for topic in (WATER, PASSPORT, BUS, SEWER)]
    every = [one for many in topics for one in many]
    (event,) = made([signal(every, "", [MAPO], expected=1), signal(topics[0], WATER, [MAPO])], every)
    assert ("", (MAPO,)) in what(event)


def test_weeks_and_hours_are_events_of_their_own():
    water = abouts(9)
    slow = signal(300, WATER, [], hours=336, expected=200, kind="slow_rise")
    two = made([signal(water, WATER, [MAPO]), slow], water)
    assert sorted(event.is_slow for event in two) == [False, True]


def test_the_strongest_comes_first_whatever_the_order():
    water, passport = abouts(9), abouts(9, PASSPORT, GANGDONG)
    signals = [
        signal(water, WATER, [MAPO], p_value=1e-5),
        signal(passport, PASSPORT, [GANGDONG], p_value=1e-8),
    ]
    assert made(signals, water, passport) == made(signals[::-1], water, passport)
    assert [event.strength for event in made(signals, water, passport)] == [8, 5]


def test_nothing_makes_nothing():
    assert made([]) == []
