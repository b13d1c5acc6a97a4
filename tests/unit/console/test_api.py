import asyncio
import datetime as dt
import json

import httpx
import pytest
from sqlalchemy import select

from console.auth import COOKIE
from console.desk import MAX_REVISION
from contracts.panel import ContactView, SummaryEdit
from contracts.summary import SummaryText
from store import articles, contacts, hearing, staff, summaries
from store.articles import StoredArticle
from store.staff import StoredStaff
from store.tables import AccessRow


async def test_sign_in_gives_a_strict_cookie_and_me(server):
    async with server.visitor() as visitor:
        answer = await visitor.post("/api/sign-in", json={"login": "kim", "password": "맞는 비밀번호 12"})
        assert answer.json() == {"staff_id": "kim", "name": "Kim", "role": "agent"}
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "samesite=strict" in cookie.lower()
        assert "Secure" not in cookie
        assert (await visitor.get("/api/me")).json() == answer.json()
        assert (await visitor.post("/api/sign-out")).status_code == 204
        assert (await visitor.get("/api/me")).status_code == 401


@pytest.mark.parametrize(
    ("login", "password"),
    [("kim", "틀린 비밀번호"), ("nobody", "맞는 비밀번호 12"), ("gone", "맞는 비밀번호 12")],
)
async def test_a_failed_sign_in_does_not_tell_why(server, login, password):
    async with server.database.session() as session:
        kim = await staff.get(session, "kim")
        await staff.add(session, StoredStaff("gone", "Gone", "agent", kim.password_hash, disabled=True))
    async with server.visitor() as visitor:
        answer = await visitor.post("/api/sign-in", json={"login": login, "password": password})
    assert answer.status_code == 401
    assert answer.json()["ko"] == "아이디 또는 비밀번호가 맞지 않습니다. 다시 확인해 주십시오."
    assert "set-cookie" not in answer.headers


async def test_guessing_is_slowed_for_that_login_only(server):
    async with server.visitor() as visitor:
        for _ in range(5):
            answer = await visitor.post("/api/sign-in", json={"login": "kim", "password": "추측"})
            assert answer.status_code == 401
        right = {"login": "kim", "password": "맞는 비밀번호 12"}
        assert (await visitor.post("/api/sign-in", json=right)).status_code == 429
        right["login"] = "lee"
        assert (await visitor.post("/api/sign-in", json=right)).status_code == 200


@pytest.mark.parametrize("cookie", ["", "x", "WyJraW0iXQ.forged", "a" * 4000])
async def test_a_forged_cookie_opens_nothing(server, cookie):
    async with server.visitor() as visitor:
        answer = await visitor.get("/api/me", headers={"Cookie": f"{COOKIE}={cookie}"})
    assert answer.status_code == 401
    assert answer.json()["code"] == "not-signed-in"


async def test_a_disabled_account_is_out(start, monkeypatch):
    monkeypatch.setattr("console.auth._STAFF_TTL_MS", 0)
    server = await start()
    async with server.database.session() as session:
        kim = await staff.get(session, "kim")
        await staff.add(session, StoredStaff("temp", "Temp", "agent", kim.password_hash))
    async with server.signed_in("temp") as temp:
        assert (await temp.get("/api/me")).status_code == 200
        async with server.database.session() as session:
            await session.execute(staff.update(staff.StaffRow).values(disabled=True))
        assert (await temp.get("/api/me")).status_code == 401


async def test_contacts_are_the_agents_own_and_all_for_a_supervisor(server, story):
    mine, other = story(), story(agent_id="lee")
    await _tell(server, mine.state(), other.state())
    async with server.signed_in("kim") as kim, server.signed_in("boss") as boss:
        assert await _ids(kim) == {mine.contact_id}
        assert await _ids(boss) == {mine.contact_id, other.contact_id}


async def test_a_foreign_contact_is_not_found_and_a_supervisors_look_is_written_down(server, story):
    call = story()
    await _tell(server, call.state(), call.said(0, "여보세요"))
    address = f"/api/contacts/{call.contact_id}"
    async with server.signed_in("lee") as lee:
        assert (await lee.get(address)).status_code == 404
        for act in (
            lee.put(f"{address}/summary", json={"revision": 1, "text": {}}),
            lee.put(f"{address}/roles", json={"roles": {"0": "agent"}}),
            lee.put(f"{address}/language", json={"language": "en"}),
            lee.post(f"{address}/summary/draft"),
        ):
            assert (await act).status_code == 404
    async with server.signed_in("kim") as kim:
        view = ContactView.model_validate((await kim.get(address)).json())
        assert view.contact.contact_id == call.contact_id
    assert await _accesses(server) == []
    async with server.signed_in("boss") as boss:
        assert (await boss.get(address)).status_code == 200
    assert await _accesses(server) == [("boss", call.contact_id)]


async def test_a_summary_is_kept_when_the_answer_is_there(server, story):
    call = story()
    await _tell(server, call.state())
    edit = SummaryEdit(revision=1, text=SummaryText(inquiry="여권 재발급"), saved=True)
    async with server.signed_in("kim") as kim, server.panel("kim") as panel:
        await panel.watch(call.contact_id)
        answer = await kim.put(f"/api/contacts/{call.contact_id}/summary", json=edit.model_dump())
        assert answer.status_code == 200
        async with server.database.session() as session:
            _, kept = await summaries.of_contact(session, call.contact_id)
        assert kept.text == edit.text
        assert kept.saved
        pushed = await panel.next("summary.edited")
        assert pushed["event"] == answer.json()
        again = await kim.put(f"/api/contacts/{call.contact_id}/summary", json=edit.model_dump())
        assert again.status_code == 200
        entry = (await kim.get("/api/contacts")).json()[0]
        assert entry["summary_saved"]


async def test_an_edit_behind_another_one_conflicts_and_brings_it(server, story):
    call = story()
    await _tell(server, call.state())
    address = f"/api/contacts/{call.contact_id}/summary"
    async with server.signed_in("kim") as kim, server.signed_in("boss") as boss:
        first = {"revision": 3, "text": {"inquiry": "팀장이 씀"}, "saved": False}
        assert (await boss.put(address, json=first)).status_code == 200
        for revision in (2, 3):
            answer = await kim.put(address, json={"revision": revision, "text": {"inquiry": "상담사가 씀"}})
            assert answer.status_code == 409
            assert answer.json()["newer"]["text"]["inquiry"] == "팀장이 씀"
        answer = await kim.put(address, json={"revision": 4, "text": {"inquiry": "상담사가 씀"}})
        assert answer.status_code == 200


@pytest.mark.parametrize("revision", [-1, MAX_REVISION + 1, 2**70])
async def test_an_absurd_revision_is_refused(server, story, revision):
    call = story()
    await _tell(server, call.state())
    async with server.signed_in("kim") as kim:
        answer = await kim.put(
            f"/api/contacts/{call.contact_id}/summary", json={"revision": revision, "text": {}}
        )
    assert answer.status_code == 400


async def test_roles_and_a_draft_are_asked_for_over_the_bus(server, story):
    call = story()
    await _tell(server, call.state())
    events = await server.bus.subscribe("test", ["contact.events"], start="latest")
    await events.fetch(timeout_s=0.1)
    async with server.signed_in("kim") as kim, server.panel("kim") as panel:
        await panel.watch(call.contact_id)
        address = f"/api/contacts/{call.contact_id}"
        assert (await kim.put(f"{address}/roles", json={"roles": {"0": "agent"}})).status_code == 204
        view = await panel.until(call.contact_id, lambda view: view.roles[0] == "agent")
        assert view.roles == {0: "agent", 1: "agent"}
        assert (await kim.post(f"{address}/summary/draft")).status_code == 202
        await panel.next("contact.summary_requested")
        assert (await kim.put(f"{address}/roles", json={"roles": {}})).status_code == 400
        assert (await kim.put(f"{address}/roles", json={"roles": {"0": "boss"}})).status_code == 400


async def test_the_language_is_chosen_by_the_agent_or_a_supervisor(server, story):
    call = story()
    await _tell(server, call.state())
    address = f"/api/contacts/{call.contact_id}/language"
    async with server.signed_in("kim") as kim, server.panel("kim") as panel:
        await panel.watch(call.contact_id)
        assert (await kim.put(address, json={"language": "vi"})).status_code == 204
        chosen = (await panel.until(call.contact_id, lambda view: view.chosen is not None)).chosen
        assert (chosen.language, chosen.staff_id) == ("vi", "kim")
        assert (await kim.put(address, json={"language": "fr"})).status_code == 400
        async with server.signed_in("boss") as boss:
            assert (await boss.put(address, json={"language": "mn"})).status_code == 204
        await panel.until(call.contact_id, lambda view: view.chosen.language == "mn")
    async with server.database.session() as session:
        assert (await hearing.of_contact(session, call.contact_id)).chosen.language == "mn"


async def test_an_article_is_given_whole(server):
    article = StoredArticle(
        article_id="passport/1",
        title="여권 재발급",
        body="# 방문",
        category="여권",
        department="민원여권과",
        district="",
        agency="",
        keywords=("여권",),
        revised=dt.date(2025, 3, 1),
        checked=None,
        source="https://www.seoul.go.kr",
        sample=True,
    )
    async with server.database.session() as session:
        await articles.upsert_many(session, [article])
    async with server.signed_in("kim") as kim:
        told = (await kim.get("/api/articles/passport/1")).json()
        assert (told["body"], told["revised"], told["checked"]) == ("# 방문", "2025-03-01", "")
        assert (await kim.get("/api/articles/none")).status_code == 404
    async with server.visitor() as visitor:
        assert (await visitor.get("/api/articles/passport/1")).status_code == 401


async def test_what_comes_from_another_site_is_refused(server, story):
    call = story()
    await _tell(server, call.state())
    async with server.signed_in("kim") as kim:
        address = f"/api/contacts/{call.contact_id}/summary/draft"
        for origin in ("https://evil.example", "null", f"http://127.0.0.1:{server.port + 1}"):
            assert (await kim.post(address, headers={"Origin": origin})).status_code == 403
        assert (await kim.post(address, headers={"Origin": server.url})).status_code == 202


async def test_bodies_are_bounded(server):
    async with server.signed_in("kim") as kim:
        for body in (b"x" * 70_000, _pieces(70)):
            answer = await kim.post("/api/sign-in", content=body)
            assert answer.status_code == 413
            assert answer.json()["code"] == "bad-request"
        answer = await kim.post(
            "/api/sign-in", content=b"{no json", headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 400
        assert "JSON" in answer.json()["en"]


async def test_a_recording_is_read_from_staff_only(server):
    """Its body is large: without a session not a byte of it is wanted."""
    async with server.visitor() as visitor:
        answer = await visitor.post("/api/ingest/recordings", content=b"x" * 100_000)
        assert answer.status_code == 401
    async with server.signed_in("kim") as kim:
        answer = await kim.post("/api/ingest/recordings", content=b"x" * 100_000)
        assert answer.status_code in (404, 405)  # no such route in this test: it came through


async def test_every_answer_carries_the_security_headers(server):
    async with server.visitor() as visitor:
        for path in ("/", "/api/me", "/api/none", "/healthz"):
            headers = (await visitor.get(path)).headers
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"
        assert (await visitor.get("/api/me")).headers["cache-control"] == "no-store"
        answer = await visitor.get("/api/none")
        assert answer.status_code == 404
        assert answer.json()["code"] == "not-found"
        assert (await visitor.get("/healthz")).json() == {"status": "ok"}


async def test_an_old_cookie_is_renewed_and_runs_out(start):
    now_ms = 1_750_000_000_000
    server = await start(clock=lambda: now_ms)
    async with server.signed_in("kim") as kim:
        first = kim.cookies[COOKIE]
        assert "set-cookie" not in (await kim.get("/api/me")).headers
        now_ms += 11 * 3_600_000
        assert "set-cookie" in (await kim.get("/api/me")).headers
        now_ms += 11 * 3_600_000
        assert (await kim.get("/api/me")).status_code == 200
        answer = await httpx.AsyncClient(base_url=server.url).get(
            "/api/me", headers={"Cookie": f"{COOKIE}={first}"}
        )
        assert answer.status_code == 401


# -- help --------------------------------------------------------------------------------------------------


async def _tell(server, *events):
    """Publish, and wait until the console has the contacts."""
    await server.tell(*events)
    async with asyncio.timeout(5):
        for event in events:
            while True:
                async with server.database.session() as session:
                    if await contacts.get(session, event.contact_id):
                        break
                await asyncio.sleep(0.02)


async def _ids(client):
    return {entry["contact"]["contact_id"] for entry in (await client.get("/api/contacts")).json()}


async def _accesses(server):
    async with server.database.session() as session:
        rows = await session.execute(select(AccessRow.staff_id, AccessRow.contact_id))
        return [tuple(row) for row in rows]


async def _pieces(count):
    for _ in range(count):
        yield json.dumps("x" * 1022).encode()
