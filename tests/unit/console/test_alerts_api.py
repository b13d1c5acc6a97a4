"""Alerts over HTTP: who may, what is appended, what is told on the bus, and what happens when two act at once."""

import asyncio
import uuid

from bus.open import open_bus
from console.alert_desk import AlertDesk
from contracts.clock import wall_ms
from contracts.codec import decode
from contracts.panel import Staff
from contracts.topics import VOC_ALERTS
from contracts.voc import (
    AlertAcknowledged,
    AlertChanged,
    AlertCommand,
    AlertList,
    AlertView,
    Effect,
    Finding,
    HourPoint,
    Quote,
    TopicCount,
)
from contracts.voc_http import VocRulesView
from store import voc_alerts

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS


def finding(**more) -> Finding:
    now_ms = wall_ms()
    fields = {
        "alert_id": str(uuid.uuid4()),
        "revision": 1,
        "kind": "rise",
        "lane": "usual",
        "severity": "warning",
        "title": "마포구 · 누수·단수·수질",
        "raised_at_ms": now_ms - HOUR_MS,
        "first_ms": now_ms - 2 * HOUR_MS,
        "last_ms": now_ms,
        "window_ms": HOUR_MS,
        "seen": 14,
        "expected": 2.1,
        "p_value": 1e-6,
        "contacts": 21,
        "topics": (TopicCount(topic="water.leak", label="상하수도 > 누수·단수·수질", contacts=21),),
        "quotes": (Quote(contact_id="c", text="물이 안 나와요 [이름]", at_ms=now_ms),),
    }
    return Finding(**(fields | more))


async def put(server, *findings: Finding, effect: Effect | None = None) -> None:
    hour_ms = wall_ms() // HOUR_MS * HOUR_MS
    series = [HourPoint(hour_ms=hour_ms, seen=14, expected=2.1, upper=6.0)]
    async with server.database.session() as session:
        for one in findings:
            await voc_alerts.put_finding(session, one, series, effect)


def command(client_id: str = "client-1", **deed) -> dict:
    return {"client_id": client_id, "deed": {"kind": "acknowledged"} | deed}


async def act(client, alert_id, client_id="client-1", **deed):
    return await client.post(f"/api/voc/alerts/{alert_id}/actions", json=command(client_id, **deed))


async def listed(client, query: str = "") -> list[str]:
    told = AlertList.model_validate((await client.get(f"/api/voc/alerts{query}")).json())
    return [line.finding.title for line in told.alerts]


async def test_nobody_but_supervisors_and_admins(server) -> None:
    one = finding()
    await put(server, one)
    asked = [
        ("GET", "/api/voc/alerts", None),
        ("GET", f"/api/voc/alerts/{one.alert_id}", None),
        ("POST", f"/api/voc/alerts/{one.alert_id}/actions", command()),
        ("GET", "/api/voc/rules", None),
        ("PUT", "/api/voc/rules", {"budget": 3, "safety_budget": 1}),
    ]
    for method, path, body in asked:
        async with server.visitor() as nobody:
            assert (await nobody.request(method, path, json=body)).status_code == 401
        for login in ("kim", "pen"):
            async with server.signed_in(login) as client:
                refused = await client.request(method, path, json=body)
                assert (refused.status_code, refused.json()["code"]) == (403, "not-allowed")
                assert "물이" not in refused.text
        async with server.signed_in("root") as root:
            assert (await root.request(method, path, json=body)).status_code == 200
    async with server.database.session() as session:
        assert [action.staff_id for action in await voc_alerts.actions(session, one.alert_id)] == ["root"]


async def test_open_ones_stay_listed_however_old_and_closed_ones_by_days(server) -> None:
    now_ms = wall_ms()
    old = finding(title="오래된", raised_at_ms=now_ms - 40 * DAY_MS)
    new = finding(title="새것", raised_at_ms=now_ms - 2000)
    safe = finding(title="안전", lane="safety", raised_at_ms=now_ms - 5000)
    shut = finding(title="닫은 것", raised_at_ms=now_ms - 10 * DAY_MS)
    await put(server, old, new, safe, shut)
    async with server.signed_in("boss") as boss:
        assert (await act(boss, shut.alert_id, kind="closed", reason="expected")).status_code == 200
        assert await listed(boss) == ["안전", "새것", "오래된"]
        assert await listed(boss, "?state=closed") == ["닫은 것"]
        assert await listed(boss, "?state=closed&days=7") == []
        assert await listed(boss, "?state=all&days=30") == ["새것", "안전", "닫은 것"]
        for query in ("?state=viele", "?days=0", "?days=367"):
            assert (await boss.get(f"/api/voc/alerts{query}")).status_code == 400


async def test_a_view_has_the_departments_the_names_and_the_effect(server) -> None:
    one = finding()
    effect = Effect(acted_at_ms=1, before_per_h=12, after_per_h=0.2, hours_after=5, verdict="fell")
    await put(server, one, effect=effect)
    async with server.database.session() as session:
        await voc_alerts.set_departments(session, ("서울아리수본부", "물순환안전국"), wall_ms())
    async with server.signed_in("boss") as boss:
        await act(boss, one.alert_id)
        view = AlertView.model_validate((await boss.get(f"/api/voc/alerts/{one.alert_id}")).json())
        for strange in (str(uuid.uuid4()), "nothing", "%00"):
            missing = await boss.get(f"/api/voc/alerts/{strange}")
            assert (missing.status_code, missing.json()["code"]) == (404, "not-found")
            assert (await act(boss, strange)).status_code == 404
    assert view.finding == one
    assert (view.effect, view.departments) == (effect, ("서울아리수본부", "물순환안전국"))
    assert (view.names, view.series[0].seen) == ({"boss": "Boss"}, 14)


async def test_the_same_command_again_changes_nothing(server) -> None:
    one = finding()
    await put(server, one)
    async with server.signed_in("boss") as boss:
        for _ in range(2):
            told = await act(boss, one.alert_id, kind="noted", note="급수차를 보냈는지 물어봄")
            assert told.status_code == 200
        view = AlertView.model_validate(told.json())
        assert [action.deed.kind for action in view.actions] == ["noted"]
        for bad in ({"kind": "noted", "note": ""}, {"kind": "closed", "reason": "?"}, {"kind": "?"}):
            assert (await act(boss, one.alert_id, "client-2", **bad)).status_code == 400
        too_long = {"kind": "noted", "note": "가" * 1001}
        assert (await act(boss, one.alert_id, "client-2", **too_long)).status_code == 400


async def test_two_supervisors_at_once(server) -> None:
    one = finding()
    await put(server, one)
    async with server.signed_in("boss") as boss, server.signed_in("root") as root:
        answers = await asyncio.gather(
            act(boss, one.alert_id, "from-boss-1", kind="closed", reason="real"),
            act(root, one.alert_id, "from-root-1", kind="closed", reason="false_alarm"),
        )
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        refused = next(answer for answer in answers if answer.status_code == 409)
        assert refused.json()["code"] == "conflict"
        assert refused.json()["ko"]
        assert (
            await act(boss, one.alert_id, "from-boss-2", kind="assigned", department="x")
        ).status_code == 409
        assert (await act(root, one.alert_id, "from-root-2", kind="reopened")).status_code == 200
        view = AlertView.model_validate((await root.get(f"/api/voc/alerts/{one.alert_id}")).json())
    assert (view.head.state, view.head.reason) == ("acknowledged", None)
    assert [action.deed.kind for action in view.actions] == ["closed", "reopened"]


async def told(server, count: int) -> list[AlertChanged]:
    """What stands on the bus, once it is that many."""
    follower = await server.bus.follow([VOC_ALERTS.name], since_ms=0)
    found: list[AlertChanged] = []
    async with asyncio.timeout(10):
        while len(found) < count:
            batch = await follower.fetch(timeout_s=0.2)
            found += [decode(record.value) for record in batch.records]
    await follower.close()
    return found


async def test_every_deed_is_told_on_the_bus_once(server) -> None:
    one = finding(lane="safety", severity="severe")
    await put(server, one)
    async with server.signed_in("boss") as boss:
        for _ in range(2):
            await act(boss, one.alert_id, "client-1")
        await act(boss, one.alert_id, "client-2", kind="assigned", department="소방재난본부")
        await act(boss, one.alert_id, "client-3", kind="closed", reason="real")
    heard = await told(server, 3)
    assert [(event.contact_id, event.state, event.is_new) for event in heard] == [
        (one.alert_id, "acknowledged", False),
        (one.alert_id, "assigned", False),
        (one.alert_id, "closed", False),
    ]
    assert (heard[0].lane, heard[0].severity) == ("safety", "severe")


async def test_a_bus_that_is_closed_takes_no_deed_back(server, tmp_path) -> None:
    one = finding()
    await put(server, one)
    bus = await open_bus(f"embedded://{tmp_path / 'another.db'}")
    await bus.close()
    desk = AlertDesk(bus, server.database, clock=wall_ms)
    boss = Staff(staff_id="boss", name="Boss", role="supervisor")
    view = await desk.act(boss, one.alert_id, AlertCommand(client_id="client-1", deed=AlertAcknowledged()))
    assert view.head.state == "acknowledged"


async def test_the_database_is_away(server) -> None:
    one = finding()
    await put(server, one)
    async with server.signed_in("boss") as boss:
        server.database.is_away = True
        refused = await act(boss, one.alert_id)
        assert (refused.status_code, refused.json()["code"]) == (503, "unreachable")
        server.database.is_away = False
        assert (await act(boss, one.alert_id)).status_code == 200


async def test_the_budget_beside_the_rate_of_four_weeks(server) -> None:
    now_ms = wall_ms()
    chance, real = finding(raised_at_ms=now_ms - DAY_MS), finding(raised_at_ms=now_ms - 27 * DAY_MS)
    await put(server, chance, real, finding(lane="safety"), finding(raised_at_ms=now_ms - 29 * DAY_MS))
    async with server.signed_in("boss") as boss:
        await act(boss, chance.alert_id, kind="closed", reason="false_alarm")
        before = VocRulesView.model_validate((await boss.get("/api/voc/rules")).json())
        assert (before.rules.budget, before.rules.safety_budget) == (5, 2)
        assert (before.alarms, before.safety_alarms, before.false_alarms) == (0.5, 0.25, 0.25)
        put_answer = await boss.put("/api/voc/rules", json={"budget": 8, "safety_budget": 1.5})
        after = VocRulesView.model_validate(put_answer.json())
        assert (after.rules.budget, after.rules.safety_budget, after.alarms) == (8, 1.5, 0.5)
        for bad in ({"budget": 0.1}, {"budget": 101}, {"safety_budget": "viele"}):
            assert (await boss.put("/api/voc/rules", json=bad)).status_code == 400
        kept = VocRulesView.model_validate((await boss.get("/api/voc/rules")).json())
    assert kept == after


async def test_acting_at_once_on_postgresql(start, database_url) -> None:
    server = await start(database_url=database_url)
    one = finding()
    await put(server, one)
    async with server.signed_in("boss") as boss, server.signed_in("root") as root:
        answers = await asyncio.gather(
            *(act(boss, one.alert_id, "same-one") for _ in range(3)),
            act(root, one.alert_id, "of-root-1"),
        )
        assert all(answer.status_code in (200, 409) for answer in answers)
        noted = await asyncio.gather(
            *(act(root, one.alert_id, f"note-{n:04}", kind="noted", note=str(n)) for n in range(5))
        )
        assert [answer.status_code for answer in noted] == [200] * 5
        view = AlertView.model_validate((await boss.get(f"/api/voc/alerts/{one.alert_id}")).json())
        assert await listed(boss) == [one.title]
    kinds = [action.deed.kind for action in view.actions]
    assert (kinds.count("acknowledged"), kinds.count("noted")) == (1, 5)
