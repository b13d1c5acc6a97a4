from dataclasses import replace

from contracts.voc import AlertHead
from contracts.voc_track import KeptAlert
from tests.unit.voc.deciding import closed, decided, made, water, whole
from tests.unit.voc.events import (
    EUNPYEONG,
    GANGDONG,
    MAPO,
    NOW,
    PASSPORT,
    SEODAEMUN,
    WATER,
    about,
    abouts,
    kept,
    signal,
)
from voc.rules import Rules
from voc.series import HOUR_MS


def test_an_event_is_a_new_alert_once_and_then_the_same():
    many = abouts(9)
    (new,) = decided([water(many)], contacts=many).changes
    assert new.known is None
    alert = kept(water(many))
    (again,) = decided([water([*many, about()])], alert, contacts=many).changes
    assert again.known is alert


def test_too_few_contacts_raise_nothing_and_fewer_are_enough_in_the_safety_lane():
    assert decided([water(abouts(3))]).changes == ()
    (event,) = made(signal(abouts(3), danger="gas", districts=[MAPO], lane="safety"))
    assert len(decided([event]).changes) == 1


def test_an_event_that_moves_to_the_next_district_is_the_same_alert():
    before, now = abouts(9), abouts(8, district=SEODAEMUN)
    (change,) = decided([water(now, SEODAEMUN)], kept(water(before)), contacts=before + now).changes
    assert change.known is not None
    assert {one.districts for one in change.track.strands} == {(MAPO,), (SEODAEMUN,)}
    # From there it goes on to one that was no neighbour of the first.
    further = abouts(7, district=EUNPYEONG)
    alert = KeptAlert(finding=change.known.finding, head=AlertHead(), track=change.track)
    (moved,) = decided([water(further, EUNPYEONG)], alert, contacts=further).changes
    assert moved.known is alert


def test_far_away_and_other_matters_are_alerts_of_their_own():
    many, far = abouts(9), abouts(9, district=GANGDONG)
    passport = abouts(9, PASSPORT)
    found = [water(far, GANGDONG), *made(signal(passport, PASSPORT, [MAPO]))]
    changes = decided(found, kept(water(many)), contacts=many + far + passport).changes
    assert [change.known for change in changes] == [None, None]


def test_another_detector_that_sees_the_same_contacts_adds_to_the_alert():
    many = abouts(9, danger="outage")
    (danger,) = made(signal(many, danger="outage", districts=[MAPO], lane="safety"))
    (change,) = decided([danger], kept(water(many)), contacts=many).changes
    assert change.known is not None
    assert whole(change, many).lane == "safety"


def test_two_events_that_grow_together_become_the_older_alert():
    mapo, eunpyeong, between = abouts(9), abouts(9, district=EUNPYEONG), abouts(9, district=SEODAEMUN)
    older = kept(water(mapo), "older", raised_at_ms=NOW - 3 * HOUR_MS)
    younger = kept(water(eunpyeong, EUNPYEONG), "younger", raised_at_ms=NOW - HOUR_MS)
    every = mapo + eunpyeong + between
    (event,) = made(
        signal(mapo, WATER, [MAPO]),
        signal(between, WATER, [SEODAEMUN]),
        signal(eunpyeong, WATER, [EUNPYEONG]),
    )
    (change,) = decided([event], younger, older, contacts=every).changes
    assert change.known is older
    assert change.duplicates == (younger,)
    assert change.track.was == ("younger",)
    assert {one.districts for one in change.track.strands} == {(MAPO,), (SEODAEMUN,), (EUNPYEONG,)}
    # Closed as its duplicate, the younger one holds back nothing.
    head = AlertHead(state="closed", closed_at_ms=NOW, reason="duplicate")
    now = KeptAlert(finding=older.finding, head=AlertHead(), track=change.track)
    (on,) = decided([event], now, younger.model_copy(update={"head": head}), contacts=every).changes
    assert (on.known, on.duplicates) == (now, ())


def test_an_alert_that_somebody_deals_with_is_no_duplicate():
    mapo, beside = abouts(9), abouts(9, district=SEODAEMUN)
    new = kept(water(mapo), "new", raised_at_ms=NOW - 3 * HOUR_MS)
    busy = kept(water(beside, SEODAEMUN), "busy", head=AlertHead(state="assigned", department="x"))
    (event,) = made(signal(mapo, WATER, [MAPO]), signal(beside, WATER, [SEODAEMUN]))
    (change,) = decided([event], new, busy, contacts=mapo + beside).changes
    assert (change.known, change.duplicates) == (busy, (new,))
    both = [one.model_copy(update={"head": AlertHead(state="acknowledged")}) for one in (new, busy)]
    (change,) = decided([event], *both, contacts=mapo + beside).changes
    assert change.duplicates == ()


def test_two_events_of_one_alert_change_it_once():
    mapo, far = abouts(9), abouts(9, district=GANGDONG)
    (both,) = made(signal(mapo + far, WATER, [MAPO, GANGDONG]))
    alert = kept(both)
    (change,) = decided([water(mapo), water(far, GANGDONG)], alert, contacts=mapo + far).changes
    assert len(change.events) == 2


def test_what_was_closed_does_not_come_again_within_the_cool_down():
    many = abouts(9)
    alert = kept(water(many), head=closed(1))
    result = decided([water(many)], alert, contacts=many)
    assert (result.changes, result.absorbed) == ((), 1)


def test_its_old_contacts_do_not_raise_it_after_the_cool_down_either():
    many = [about(minutes_ago=60 * 14 + index) for index in range(9)]
    alert = kept(water(many), head=closed(60 * 13))
    old = decided([water(many, hours=24)], alert, contacts=many)
    assert (old.changes, old.absorbed) == ((), 1)
    fresh = abouts(12)
    again = decided([water(many + fresh, hours=24)], alert, contacts=many + fresh)
    assert [change.known for change in again.changes] == [None]


def test_what_comes_back_larger_than_it_was_is_raised_within_the_cool_down():
    many, more = [about(minutes_ago=200 + index) for index in range(9)], abouts(10)
    alert = kept(water(many), head=closed(120))
    assert len(decided([water(more)], alert, contacts=many + more).changes) == 1
    assert decided([water(more[:9])], alert, contacts=many + more).changes == ()


def test_an_open_alert_that_showed_long_ago_is_not_the_same_event():
    many = abouts(9)
    stale = kept(water(many), last_ms=NOW - 13 * HOUR_MS)
    (change,) = decided([water(many)], stale, contacts=many).changes
    assert change.known is None
    (change,) = decided([water(many)], kept(water(many), last_ms=NOW - 11 * HOUR_MS)).changes
    assert change.known is not None


def test_muted_no_new_alert_of_the_same_topics_and_districts():
    many, far = abouts(9), abouts(9, district=GANGDONG)
    days = AlertHead(
        state="closed", closed_at_ms=NOW - 6 * 24 * HOUR_MS, reason="expected", muted_until_ms=NOW + 1
    )
    alert = kept(water(many), head=days)
    assert decided([water(many)], alert, contacts=many).absorbed == 1
    assert len(decided([water(far, GANGDONG)], alert, contacts=far).changes) == 1
    # Also where it spreads beyond what was muted.
    beside = abouts(9, district=SEODAEMUN)
    assert len(decided([water(beside, SEODAEMUN)], alert, contacts=beside).changes) == 1
    over = alert.model_copy(update={"head": days.model_copy(update={"muted_until_ms": NOW})})
    assert len(decided([water(many)], over, contacts=many).changes) == 1


def test_the_usual_lanes_mute_does_not_silence_the_safety_lane():
    many = abouts(9, danger="outage")
    days = AlertHead(state="closed", closed_at_ms=1, reason="expected", muted_until_ms=NOW + HOUR_MS)
    (danger,) = made(
        signal(many, WATER, [MAPO]), signal(many, danger="outage", districts=[MAPO], lane="safety")
    )
    (change,) = decided([danger], kept(water(many), head=days), contacts=many).changes
    assert change.known is None


def test_a_slow_rise_that_is_the_sum_of_an_outbreak_is_no_news():
    many = abouts(60)
    (slow,) = made(signal(200, WATER, [], hours=336, expected=120, kind="slow_rise"))
    alert = kept(water(many), head=closed(60 * 30))
    assert decided([slow], alert, contacts=many).absorbed == 1
    assert len(decided([slow]).changes) == 1
    assert len(decided([slow], kept(water(many[:20])), contacts=many).changes) == 1


def test_a_sudden_rise_is_not_lost_in_a_slow_one():
    (slow,) = made(signal(200, WATER, [], hours=336, expected=120, kind="slow_rise"))
    many = abouts(30)
    changes = decided([slow, water(many)], kept(slow, "slow"), contacts=many).changes
    assert [change.known is None for change in changes] == [False, True]


def test_a_closed_alert_of_the_usual_lane_does_not_silence_the_safety_lane():
    before, now = (
        [about(minutes_ago=100 + index, danger="gas") for index in range(9)],
        abouts(3, danger="gas"),
    )
    alert = kept(water(before), head=closed(60))
    (old,) = made(signal(before, danger="gas", districts=[MAPO], lane="safety"))
    assert decided([old], alert, contacts=before).changes == ()
    (new,) = made(signal(before + now, danger="gas", districts=[MAPO], lane="safety"))
    assert len(decided([new], alert, contacts=before + now).changes) == 1


def test_rules_differ_from_site_to_site():
    long = replace(Rules(), cool_down_h=24.0)
    many = abouts(9)
    stale = kept(water(many), last_ms=NOW - 20 * HOUR_MS)
    (change,) = decided([water(many)], stale, rules=long).changes
    assert change.known is stale
