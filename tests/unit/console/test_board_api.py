"""The supervisor's page over HTTP, on a real store: rights, figures, one query for many pages."""

import asyncio
import uuid
import zoneinfo

import pytest

from contracts.categories import load_categories
from contracts.clock import wall_ms
from contracts.districts import load_districts
from contracts.voc import About, AlertChanged, Finding, PlaceCount, TopicCount
from contracts.voc_http import Board, VocContacts, VocHistory
from store import contacts, voc_alerts, voc_contacts

ZONE = zoneinfo.ZoneInfo("Asia/Seoul")
SITE = {"categories": load_categories(), "districts": load_districts()}
WATER = "상하수도 > 누수·단수·수질"
ROUTES = ("/api/voc/board", "/api/voc/contacts", "/api/voc/history")


def about(**more) -> About:
    fields = {
        "contact_id": str(uuid.uuid4()),
        "at_ms": wall_ms(),
        "topic": "3020",
        "district": "마포구",
    } | more
    return About(**fields)


def finding(now_ms: int) -> Finding:
    return Finding(
        alert_id=str(uuid.uuid4()),
        revision=1,
        kind="rise",
        lane="usual",
        severity="warning",
        title="마포구 · 누수·단수·수질",
        raised_at_ms=now_ms,
        first_ms=now_ms - 3_600_000,
        last_ms=now_ms,
        window_ms=3_600_000,
        seen=9,
        expected=1.0,
        p_value=1e-6,
        contacts=9,
        topics=(TopicCount(topic="3020", label=WATER, contacts=9),),
        districts=(PlaceCount(district="마포구", contacts=9),),
    )


async def put(server, *abouts: About) -> None:
    async with server.database.session() as session:
        await voc_contacts.put(session, abouts, zone=ZONE)


async def board(client, query: str = "") -> Board:
    return Board.model_validate((await client.get(f"/api/voc/board{query}")).raise_for_status().json())


@pytest.fixture(params=["sqlite", "postgresql"])
async def site(request, start):
    """The application with a site's topics and districts, on both engines."""
    url = "" if request.param == "sqlite" else request.getfixturevalue("database_url")
    return await start(database_url=url, **SITE)


async def test_supervisors_and_admins_see_it_and_nobody_else(server) -> None:
    async with server.signed_in("boss") as boss, server.signed_in("root") as root:
        for client in (boss, root):
            assert [(await client.get(route)).status_code for route in ROUTES] == [200, 200, 200]
    for login in ("kim", "pen"):
        async with server.signed_in(login) as client:
            for route in ROUTES:
                refused = await client.get(route)
                assert (refused.status_code, refused.json()["code"]) == (403, "not-allowed")
    async with server.visitor() as nobody:
        assert [(await nobody.get(route)).status_code for route in ROUTES] == [401, 401, 401]


async def test_what_cannot_be_asked_is_refused(server) -> None:
    async with server.signed_in("boss") as boss:
        for query in (
            "board?hours=5",
            "board?hours=73",
            f"board?topic={'x' * 81}",
            "history?hours=9000",
            "contacts?limit=0",
            "contacts?limit=201",
            "contacts?danger=flu",
            "contacts?since_ms=-1",
            "contacts?since_ms=9&until_ms=9",
        ):
            assert (await boss.get(f"/api/voc/{query}")).status_code == 400, query
        assert (await boss.get(f"/api/voc/contacts?alert_id={uuid.uuid4()}")).status_code == 404


async def test_the_board_the_contacts_behind_it_and_their_past(site, story) -> None:
    call = story()
    ringing = call.state("ringing", agent_id=None, title="010-****-1234")
    async with site.database.session() as session:
        await contacts.upsert(session, ringing)
        alert = finding(wall_ms())
        await voc_alerts.put_finding(session, alert)
    mine = about(
        contact_id=call.contact_id, complaint=("물이 안 나와요",), phrases=("단수",), danger="outage"
    )
    await put(site, mine, about(), about(topic="4010", district=""), about(topic="없는코드", district="중구"))
    async with site.signed_in("boss") as boss:
        told = await board(boss)
        assert (told.live.calls_waiting, told.live.contacts_today, told.live.complaints_share) == (1, 4, 0.25)
        assert [(row.topic, row.label, row.contacts) for row in told.heat.rows] == [
            ("3020", WATER, 2),
            ("4010", "민원·제증명 > 여권", 1),
            ("없는코드", "없는코드", 1),
        ]
        assert {tile.district: tile.seen for tile in told.districts if tile.seen} == {"마포구": 2, "중구": 1}
        assert (len(told.districts), told.elsewhere.contacts) == (25, 1)
        assert [line.finding.alert_id for line in told.alerts] == [alert.alert_id]
        assert told.learning is not None
        [live] = told.contacts
        assert (live.title, live.district, live.can_open, live.state) == (
            "010-****-1234",
            "마포구",
            True,
            "ringing",
        )

        narrowed = await board(boss, "?topic=4010&district=중구&hours=6")
        assert [row.topic for row in narrowed.heat.rows] == ["없는코드"]
        assert len(narrowed.heat.hours_ms) == 6
        assert (sum(tile.seen for tile in narrowed.districts), narrowed.elsewhere.contacts) == (0, 1)

        async def listed(query: str) -> VocContacts:
            return VocContacts.model_validate((await boss.get(f"/api/voc/contacts?{query}")).json())

        water = await listed("topic=3020&district=마포구&limit=1")
        assert (len(water.contacts), water.total) == (1, 2)
        danger = await listed("danger=outage")
        assert [(one.complaint, one.phrases) for one in danger.contacts] == [(("물이 안 나와요",), ("단수",))]
        assert (await listed(f"alert_id={alert.alert_id}")).total == 0, "they came after it was found"
        since = f"alert_id={alert.alert_id}&until_ms={wall_ms() + 1}"
        assert (await listed(since)).total == 2

        for hours, step, points in (
            (24, "hour", 24),
            (336, "hour", 336),
            (337, "day", 14),
            (8784, "day", 366),
        ):
            answer = await boss.get(f"/api/voc/history?hours={hours}&topic=3020")
            past = VocHistory.model_validate(answer.json())
            assert (past.step, len(past.points)) == (step, points)
            assert sum(point.seen for point in past.points) == 2


async def test_thirty_pages_cost_one_query_until_an_alert_changes(start) -> None:
    server = await start(**SITE)
    answers = server.console._board.answers
    async with server.signed_in("boss") as boss:
        told = await asyncio.gather(*(board(boss) for _ in range(30)))
        assert (len({each.at_ms for each in told}), answers.made) == (1, 1)
        alert = finding(wall_ms())
        async with server.database.session() as session:
            await voc_alerts.put_finding(session, alert)
        changed = AlertChanged(
            contact_id=alert.alert_id,
            at_ms=wall_ms(),
            lane="usual",
            severity="warning",
            state="new",
            is_new=True,
        )
        await server.tell(changed)
        async with asyncio.timeout(10):
            while not (await board(boss)).alerts:
                await asyncio.sleep(0.02)


async def test_an_alert_makes_the_answer_old_at_once(start, monkeypatch) -> None:
    server = await start(**SITE)
    answers = server.console._board.answers
    monkeypatch.setattr(answers, "_fresh_s", 3600.0)
    async with server.signed_in("boss") as boss:
        first = await board(boss)
        assert (await board(boss)).at_ms == first.at_ms
        await server.tell(
            AlertChanged(
                contact_id=str(uuid.uuid4()), at_ms=wall_ms(), lane="usual", severity="watch", state="new"
            )
        )
        async with asyncio.timeout(10):
            while (await board(boss)).at_ms == first.at_ms:
                await asyncio.sleep(0.02)


async def test_finals_that_this_process_shows_tell_the_delay(start, story) -> None:
    server = await start(**SITE)
    call = story()
    async with asyncio.timeout(10):
        await server.console.ready.wait()
    await server.tell(call.state(), call.said(1, "물이 안 나와요"), call.said(2, "합정동이요"))
    async with server.signed_in("boss") as boss:
        async with asyncio.timeout(10):
            while (live := (await board(boss)).live).final_p95_ms is None:
                server.console._board.answers.forget()
                await asyncio.sleep(0.02)
    assert 0 <= live.final_p50_ms <= live.final_p95_ms < 10_000


async def test_while_the_database_is_away_it_says_so_and_then_answers_again(start) -> None:
    server = await start(**SITE)
    async with server.signed_in("boss") as boss:
        server.database.is_away = True
        for route in ROUTES:
            refused = await boss.get(route)
            assert (refused.status_code, refused.json()["code"]) == (503, "unreachable")
        server.database.is_away = False
        assert (await boss.get("/api/voc/board")).status_code == 200
