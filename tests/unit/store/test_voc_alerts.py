import asyncio
from functools import reduce

import pytest

from contracts.errors import BadRequest, Conflict, NotFound
from contracts.voc import (
    AlertAcknowledged,
    AlertActed,
    AlertAssigned,
    AlertClosed,
    AlertCommand,
    AlertDeed,
    AlertHead,
    AlertMuted,
    AlertNoted,
    AlertReopened,
    Effect,
    Finding,
    HourPoint,
)
from contracts.voc_head import head_after
from contracts.voc_http import Learning, VocRules
from contracts.voc_track import AlertTrack, Held, Strand
from store import voc_alerts, voc_notes

HOUR = 3_600_000
NOW = 500_000 * HOUR
A, B, C = (f"00000000-0000-0000-0000-{number:012}" for number in (1, 2, 3))


def finding(alert_id: str = A, revision: int = 1, **changes) -> Finding:
    values = {
        "kind": "rise",
        "lane": "usual",
        "severity": "watch",
        "title": "마포구 · 단수",
        "raised_at_ms": NOW,
        "first_ms": NOW - HOUR,
        "last_ms": NOW,
        "window_ms": HOUR,
        "seen": 9,
        "expected": 1.2,
        "p_value": 1e-6,
        "contacts": 9,
    }
    return Finding.model_validate(values | {"alert_id": alert_id, "revision": revision} | changes)


_number = iter(range(10_000))


def command(deed: AlertDeed, client_id: str = "") -> AlertCommand:
    return AlertCommand(client_id=client_id or f"client-{next(_number)}", deed=deed)


async def test_a_finding_is_kept_at_its_highest_revision(session):
    assert await voc_alerts.put_finding(session, finding(revision=2, seen=12))
    assert not await voc_alerts.put_finding(session, finding(revision=1))
    assert not await voc_alerts.put_finding(session, finding(revision=2, seen=99))
    track = AlertTrack(strands=(Strand(kind="rise", lane="usual", topic="3020", districts=("마포구",)),))
    points = (HourPoint(hour_ms=NOW - HOUR, seen=9, expected=1.2, upper=5.0),)
    effect = Effect(acted_at_ms=NOW, before_per_h=8, after_per_h=0, hours_after=3, verdict="fell")
    assert await voc_alerts.put_finding(session, finding(revision=3, seen=13), points, effect, track)
    view = await voc_alerts.view(session, A)
    assert view is not None
    assert (view.finding.seen, view.series, view.effect, view.head.state) == (13, points, effect, "new")
    (kept,) = await voc_alerts.followed(session, NOW)
    assert (kept.track, kept.told_revision) == (track, 0)
    assert await voc_alerts.view(session, B) is None


async def test_what_people_did_is_folded_and_stays_when_the_detector_writes(session):
    await voc_alerts.put_finding(session, finding())
    deeds: list[AlertDeed] = [
        AlertAcknowledged(),
        AlertAssigned(department="상수도사업본부", person="박"),
        AlertActed(note="밸브를 바꿨습니다", done_at_ms=NOW + 100),
        AlertMuted(until_ms=NOW + HOUR),
        AlertNoted(note="주민 설명회"),
        AlertClosed(reason="real"),
        AlertReopened(),
    ]
    for index, deed in enumerate(deeds):
        assert await voc_alerts.act(session, A, command(deed), "kim", NOW + 200 + index)
    await voc_alerts.put_finding(session, finding(revision=2))
    view = await voc_alerts.view(session, A)
    assert view is not None
    assert [action.deed for action in view.actions] == deeds
    assert view.head == reduce(head_after, view.actions, AlertHead())
    assert view.head.model_dump() == {
        "state": "assigned",
        "department": "상수도사업본부",
        "person": "박",
        "muted_until_ms": NOW + HOUR,
        "acknowledged_at_ms": NOW + 200,
        "assigned_at_ms": NOW + 201,
        "acted_at_ms": NOW + 100,
        "closed_at_ms": None,
        "reason": None,
    }


async def test_the_same_command_again_changes_nothing(session):
    await voc_alerts.put_finding(session, finding())
    close = command(AlertClosed(reason="false_alarm"))
    assert await voc_alerts.act(session, A, close, "kim", NOW)
    assert not await voc_alerts.act(session, A, close, "kim", NOW + 1)
    assert len(await voc_alerts.actions(session, A)) == 1


@pytest.mark.parametrize(
    ("before", "deed", "error"),
    [
        ((), AlertReopened(), Conflict),
        ((AlertAcknowledged(),), AlertAcknowledged(), Conflict),
        ((AlertClosed(reason="real"),), AlertClosed(reason="real"), Conflict),
        ((AlertClosed(reason="real"),), AlertAssigned(department="청소행정과"), Conflict),
        ((), AlertActed(note="내일", done_at_ms=NOW + HOUR), BadRequest),
        ((), AlertMuted(until_ms=NOW + 100 * 24 * HOUR), BadRequest),
    ],
)
async def test_what_does_not_fit_is_refused(session, before, deed, error):
    await voc_alerts.put_finding(session, finding())
    for one in before:
        await voc_alerts.act(session, A, command(one), "lee", NOW)
    with pytest.raises(error):
        await voc_alerts.act(session, A, command(deed), "kim", NOW)
    assert len(await voc_alerts.actions(session, A)) == len(before)


async def test_an_alert_that_is_not_there(session):
    with pytest.raises(NotFound):
        await voc_alerts.act(session, A, command(AlertAcknowledged()), "kim", NOW)


async def test_two_who_acknowledge_at_once(database):
    async with database.session() as session:
        await voc_alerts.put_finding(session, finding())

    async def acknowledge(who: str) -> bool:
        async with database.session() as session:
            return await voc_alerts.act(session, A, command(AlertAcknowledged()), who, NOW)

    done = await asyncio.gather(*map(acknowledge, ("kim", "lee", "park")), return_exceptions=True)
    assert sorted(isinstance(one, Conflict) for one in done) == [False, True, True]


async def test_open_ones_by_lane_and_time_then_by_state(session):
    await voc_alerts.put_finding(session, finding(A, raised_at_ms=NOW - 2))
    await voc_alerts.put_finding(session, finding(B, raised_at_ms=NOW - 3, lane="safety"))
    await voc_alerts.put_finding(session, finding(C, raised_at_ms=NOW - 1))
    assert [line.finding.alert_id for line in await voc_alerts.open_lines(session)] == [B, C, A]
    await voc_alerts.act(session, C, command(AlertClosed(reason="false_alarm")), "kim", NOW)
    assert [line.finding.alert_id for line in await voc_alerts.open_lines(session, limit=1)] == [B]
    shown = {
        state: [line.finding.alert_id for line in await voc_alerts.lines(session, state=state)]
        for state in ("open", "closed", "all")
    }
    assert shown == {"open": [A, B], "closed": [C], "all": [C, A, B]}
    assert len(await voc_alerts.lines(session, since_ms=NOW - 1)) == 1
    assert await voc_alerts.rules(session) == VocRules()
    await voc_alerts.set_site_rules(session, VocRules(budget=7), NOW)
    assert (await voc_alerts.rates(session, NOW)).rules.budget == 7
    await voc_alerts.set_rules(session, VocRules(budget=9, safety_budget=1), NOW)
    held = Held(key="k", at_ms=NOW - HOUR, last_ms=NOW, lane="usual", title="t", strength=1)
    await voc_notes.put_held(session, (held,), NOW)
    rates = await voc_alerts.rates(session, NOW)
    assert (rates.alarms, rates.safety_alarms, rates.false_alarms) == (0.5, 0.25, 0.25)
    assert (rates.rules.budget, rates.held_back) == (9, 1)


async def test_closed_ones_are_followed_for_a_week_and_longer_while_they_are_muted(session):
    day = 24 * HOUR
    for alert_id in (A, B, C):
        await voc_alerts.put_finding(session, finding(alert_id, raised_at_ms=NOW - 20 * day))
    await voc_alerts.act(session, A, command(AlertClosed(reason="real")), "kim", NOW - 8 * day)
    await voc_alerts.act(session, B, command(AlertMuted(until_ms=NOW + day)), "kim", NOW - 9 * day)
    await voc_alerts.act(session, B, command(AlertClosed(reason="expected")), "kim", NOW - 8 * day)
    await voc_alerts.act(session, C, command(AlertClosed(reason="real")), "kim", NOW - 6 * day)
    found = {one.finding.alert_id for one in await voc_alerts.followed(session, NOW)}
    assert found == {B, C}


async def test_what_the_bus_was_not_told_of(session):
    await voc_alerts.put_finding(session, finding(A, revision=3))
    await voc_alerts.put_finding(session, finding(B))
    await voc_alerts.told(session, A, 3)
    assert [one.finding.alert_id for one in await voc_alerts.untold(session)] == [B]
    await voc_alerts.put_finding(session, finding(A, revision=4))
    assert {one.finding.alert_id for one in await voc_alerts.untold(session)} == {A, B}


async def test_one_of_many_takes_the_work(database):
    async def claim(who: str, now_ms: int) -> bool:
        async with database.session() as session:
            return await voc_notes.claim(session, voc_notes.STEP, who, now_ms, 300_000)

    taken = await asyncio.gather(*(claim(f"p{number}", NOW) for number in range(5)))
    assert sum(taken) == 1
    assert not await claim("later", NOW + 299_999)
    assert await claim("next", NOW + 300_000)
    async with database.session() as session:
        assert await voc_notes.holds(session, voc_notes.STEP, "next", NOW + 300_000)
        assert not await voc_notes.holds(session, voc_notes.STEP, "p1", NOW)
    # The clock was set back by a day: nobody waits a day for it.
    assert await claim("back", NOW - 24 * HOUR)


async def test_notes(session):
    assert await voc_notes.get(session, "x") is None
    assert await voc_notes.learning(session) is None
    await voc_notes.put(session, "x", "1", NOW)
    await voc_notes.put(session, "x", "2", NOW + 1)
    assert await voc_notes.get(session, "x") == voc_notes.Note(NOW + 1, "2")
    learning = Learning(weeks=1.5, weeks_needed=3, since_ms=NOW)
    await voc_notes.put_learning(session, learning, NOW)
    assert await voc_notes.learning(session) == learning
    await voc_alerts.set_departments(session, ("상수도사업본부", "청소행정과"), NOW)
    assert await voc_alerts.departments(session) == ("상수도사업본부", "청소행정과")
