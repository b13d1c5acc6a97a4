"""The guide editor's routes, in the real application over SQLite."""

import asyncio
import datetime as dt
import json
from contextlib import AsyncExitStack

import httpx
import pytest
from sqlalchemy import select

from console.auth import COOKIE
from console.guard import MAX_BODY_BYTES
from contracts.clock import wall_ms
from contracts.errors import BadArticle
from contracts.guides import Gap, GuideFigures, GuideList, GuideVersion
from contracts.suggestion import NothingFound, suggestion_id
from sangdam.guide_files import read_guides
from store import contacts, questions, suggestions, versions
from store.articles import StoredArticle
from store.questions import Gap as NewGap
from store.tables import OutcomeRow

DAY_MS = 86_400_000
TEXT = {
    "title": "반려견 등록",
    "body": "동물병원에서 등록합니다.",
    "category": "생활",
    "keywords": ["강아지"],
}
CSV = "id,title,body\nparking,주차 과태료,이렇게 냅니다.\nbad,,본문만 있습니다.\n"


def article(article_id: str, title: str, **more) -> StoredArticle:
    fields = {
        "body": "본문",
        "category": "",
        "department": "",
        "district": "",
        "agency": "",
        "keywords": (),
        "revised": dt.datetime.now(dt.UTC).date(),
        "checked": None,
        "source": "",
        "sample": False,
    }
    return StoredArticle(article_id=article_id, title=title, **(fields | more))


@pytest.fixture
async def server(start):
    return await start(read_guides=read_guides)


@pytest.fixture
async def people(server):
    """A client for everybody, signed in."""
    async with AsyncExitStack() as clients:
        everybody = {}
        for login in ("kim", "pen", "ink", "boss", "root"):
            session = await server.console.auth.sign_in_as(login)
            cookie = (
                server.console.auth.cookie_header(session, secure=False).partition(";")[0].partition("=")[2]
            )
            # No certificates for plain HTTP: reading them takes longer than most of these tests.
            client = httpx.AsyncClient(
                base_url=server.url, cookies={COOKIE: cookie}, timeout=10, verify=False
            )
            everybody[login] = await clients.enter_async_context(client)
        yield everybody


async def publish(server, *new: StoredArticle) -> None:
    async with server.database.session() as session:
        await versions.import_many(session, new, wall_ms())


async def have_gap(
    server, gap_id: str, *texts: str, contact: str = "00000000-0000-4000-8000-{:012d}"
) -> None:
    asked = [
        NothingFound(
            contact_id=contact.format(number),
            at_ms=wall_ms() - 1000 + number,
            utterance_id=f"{contact.format(number)}/{gap_id}/{number}",
            query=text,
            best_score=0.2,
        )
        for number, text in enumerate(texts)
    ]
    async with server.database.session() as session:
        await suggestions.set_all_nothing(session, asked)
        await questions.put_gaps(session, [NewGap(gap_id, texts[0], ("벌집",), wall_ms())])
        await questions.assign(session, {one.utterance_id: gap_id for one in asked})


def told(answer, kind, status=200):
    assert answer.status_code == status, answer.text
    return kind.model_validate(answer.json())


ROUTES = {
    "the list": ("GET", "/api/guides", None),
    "versions": ("GET", "/api/guides/{id}/versions", None),
    "a version": ("GET", "/api/guides/{id}/versions/1", None),
    "a new one": ("POST", "/api/guides", {"text": TEXT}),
    "saving": ("PUT", "/api/guides/{id}", {"text": TEXT}),
    "checking": ("POST", "/api/guides/{id}/move", {"to": "checked", "edit": 1}),
    "retiring": ("POST", "/api/guides/{id}/move", {"to": "retired", "edit": 1}),
    "a file": ("POST", "/api/guides/import", "file"),
    "figures": ("GET", "/api/guides/figures", None),
    "gaps": ("GET", "/api/gaps", None),
    "dismissing": ("POST", "/api/gaps/{id}", {"status": "dismissed"}),
    "drafting": ("POST", "/api/gaps/{id}/draft", None),
}
ROLES = {"kim": "agent", "pen": "editor", "boss": "supervisor", "root": "admin"}


async def test_agents_read_articles_alone_and_visitors_nothing(server, people):
    """Every route, every role."""
    ids = {(route, login): f"{login}-{number}" for number, route in enumerate(ROUTES) for login in ROLES}
    await publish(server, *(article(one, f"안내 {one}") for one in ids.values()))
    for (route, login), one in ids.items():
        method, address, body = ROUTES[route]
        if "gaps" in address:
            await have_gap(server, one, "벌집 제거")
        sent = {"files": {"file": ("a.csv", CSV)}} if body == "file" else {"json": body} if body else {}
        answer = await people[login].request(method, address.format(id=one), **sent)
        if ROLES[login] == "agent":
            assert answer.status_code == 403, route
            assert answer.json()["ko"].startswith("안내 편집은 편집자, 팀장, 관리자만")
            unsigned = await people[login].request(
                method, address.format(id=one), headers={"Cookie": ""}, **sent
            )
            assert unsigned.status_code == 401, route
            assert (await people[login].get(f"/api/articles/{one}")).status_code == 200
        else:
            assert answer.status_code == 200, (route, login, answer.text)


async def test_nobody_but_an_admin_publishes_what_they_wrote(people):
    for writer, publisher, status in (
        ("pen", "pen", 403),
        ("pen", "ink", 200),
        ("pen", "boss", 200),
        ("boss", "boss", 403),
        ("boss", "pen", 200),
        ("root", "root", 200),
    ):
        made = told(await people[writer].post("/api/guides", json={"text": TEXT}), GuideVersion)
        move = f"/api/guides/{made.article_id}/move"
        sent = told(await people[writer].post(move, json={"to": "review", "edit": made.edit}), GuideVersion)
        answer = await people[publisher].post(move, json={"to": "published", "edit": sent.edit})
        assert answer.status_code == status, (writer, publisher)
        if status == 403:
            assert "다른 사람이 게시" in answer.json()["ko"]


async def test_an_article_is_written_reviewed_published_and_retired(people):
    pen, boss, kim = people["pen"], people["boss"], people["kim"]
    made = told(await pen.post("/api/guides", json={"text": TEXT, "note": "처음"}), GuideVersion)
    assert (made.status, made.version, made.author, made.note) == ("draft", 1, "pen", "처음")
    address = f"/api/guides/{made.article_id}"
    assert (await kim.get(f"/api/articles/{made.article_id}")).status_code == 404
    early = await boss.post(f"{address}/move", json={"to": "published", "edit": made.edit})
    assert early.status_code == 409
    sent = told(await pen.post(f"{address}/move", json={"to": "review", "edit": made.edit}), GuideVersion)
    done = told(await boss.post(f"{address}/move", json={"to": "published", "edit": sent.edit}), GuideVersion)
    assert (done.status, done.reviewer) == ("published", "boss")
    seen = (await kim.get(f"/api/articles/{made.article_id}")).json()
    assert (seen["title"], seen["version"], seen["stale"]) == ("반려견 등록", 1, False)
    second = told(
        await pen.put(address, json={"edit": 0, "text": TEXT | {"title": "강아지 등록"}}), GuideVersion
    )
    assert (second.version, second.status) == (2, "draft")
    assert (await kim.get(f"/api/articles/{made.article_id}")).json()["title"] == "반려견 등록"
    found = (await pen.get(f"{address}/versions")).json()
    assert [(one["version"], one["status"]) for one in found] == [(2, "draft"), (1, "published")]
    assert (await pen.get(f"{address}/versions/1")).json() == found[1]
    assert (await pen.get(f"{address}/versions/9")).status_code == 404
    told(await pen.post(f"{address}/move", json={"to": "retired", "edit": done.edit}), GuideVersion)
    entry = (await pen.get("/api/guides?status=retired")).json()["entries"][0]
    assert (entry["status"], entry["open_status"], entry["open_version"]) == ("retired", "draft", 2)
    assert (await pen.get("/api/guides/none/versions")).status_code == 404
    assert (await pen.put("/api/guides/none", json={"text": TEXT})).status_code == 404


async def test_who_saves_over_somebody_elses_edit_is_given_it(people):
    made = told(await people["pen"].post("/api/guides", json={"text": TEXT}), GuideVersion)
    address = f"/api/guides/{made.article_id}"
    theirs = {"edit": made.edit, "text": TEXT | {"body": "잉크가 씀"}}
    assert (await people["ink"].put(address, json=theirs)).status_code == 200
    for act in (
        people["pen"].put(address, json={"edit": made.edit, "text": TEXT}),
        people["pen"].post(f"{address}/move", json={"to": "review", "edit": made.edit}),
    ):
        answer = await act
        assert answer.status_code == 409
        newer = GuideVersion.model_validate(answer.json()["newer"])
        assert (newer.text.body, newer.author, newer.edit) == ("잉크가 씀", "ink", made.edit + 1)


async def test_what_cannot_be_an_article_is_refused_with_a_sentence(people):
    for text, status in (
        ({"title": "  "}, 422),
        ({"valid_from": "내일"}, 422),
        ({"valid_from": "2027-02-01", "valid_until": "2027-01-01"}, 422),
        ({"title": "가" * 301}, 400),
        ({"body": "가" * 50_001}, 400),
    ):
        answer = await people["pen"].post("/api/guides", json={"text": TEXT | text})
        assert answer.status_code == status, text
        assert answer.json()["ko"].endswith(".")
    assert (await people["pen"].get("/api/guides")).json()["total"] == 0


async def test_the_longest_article_is_taken_as_it_is(people):
    """Escaped, it is far more than other routes take; and what looks like markup is only text here."""
    body = "<script>alert('가')</script>\n" + "훍" * 49_900
    content = json.dumps({"text": TEXT | {"body": body}})
    assert len(content) > 4 * MAX_BODY_BYTES
    headers = {"Content-Type": "application/json"}
    made = told(await people["pen"].post("/api/guides", content=content, headers=headers), GuideVersion)
    assert made.text.body == body
    for login, status in (("pen", 413), ("kim", 413)):
        answer = await people[login].post("/api/guides", content=b"x" * 600_000, headers=headers)
        assert answer.status_code == status


async def test_the_list_is_filtered_sorted_and_paged(server, people):
    old, today = dt.date(2020, 1, 1), dt.datetime.now(dt.UTC).date()
    await publish(
        server,
        article("passport", "여권 재발급", category="민원", keywords=("분실",)),
        article("waste", "대형폐기물", category="환경", district="마포구", revised=old),
        article("bulky", "가구 버리기", category="환경", revised=old, checked=dt.date(2021, 1, 1)),
        article("ended", "지난 행사", valid_until=today - dt.timedelta(days=2)),
    )
    told(await people["pen"].post("/api/guides", json={"text": TEXT | {"category": "환경"}}), GuideVersion)

    async def titles(query: str) -> list[str]:
        found = told(await people["pen"].get(f"/api/guides?{query}"), GuideList)
        return [entry.title for entry in found.entries]

    everything = sorted(["여권 재발급", "대형폐기물", "가구 버리기", "지난 행사", "반려견 등록"])
    assert await titles("") == everything
    assert await titles("offset=1&limit=2") == everything[1:3]
    assert await titles("category=환경") == ["가구 버리기", "대형폐기물", "반려견 등록"]
    assert await titles("district=마포구") == ["대형폐기물"]
    assert await titles("status=draft") == ["반려견 등록"]
    assert await titles("text=분실 여권") == ["여권 재발급"]
    assert await titles("text=WASTE") == ["대형폐기물"]
    assert await titles("text=%25") == []
    assert await titles("flag=expired") == ["지난 행사"]
    assert await titles("flag=stale&sort=stale") == ["대형폐기물", "가구 버리기"]
    assert (await people["pen"].get("/api/guides?limit=201")).status_code == 400
    assert (await people["pen"].get("/api/guides?flag=none")).status_code == 400
    page = told(await people["pen"].get("/api/guides?limit=1"), GuideList)
    assert (len(page.entries), page.total, page.guides_version) == (1, 5, 1)


async def test_use_flags_and_figures_tell_what_became_of_cards(server, people, story):
    """From the card in a call to the flag in the list."""
    await publish(server, article("liked", "좋은 안내"), article("disliked", "나쁜 안내"))
    stories = [story() for _ in range(3)]
    async with server.panel("kim") as panel:
        for call in stories:
            await server.tell(
                call.state(), of_version(call.card("disliked"), 2), of_version(call.card("liked"), 2)
            )
            await _known(server, call)
            await panel.watch(call.contact_id)
            await panel.until(call.contact_id, lambda view: len(view.cards) == 2)
            for card, outcome in (("disliked", "shown"), ("disliked", "unhelpful"), ("liked", "helpful")):
                await panel.ask(
                    type="outcome",
                    contact_id=call.contact_id,
                    suggestion_id=suggestion_id(call.contact_id, card),
                    outcome=outcome,
                )
            await panel.until(call.contact_id, lambda view: len(view.cards[0].outcomes) == 2)
            await panel.until(call.contact_id, lambda view: view.cards[1].outcomes == ("helpful",))
    async with asyncio.timeout(10):
        while True:
            found = told(await people["pen"].get("/api/guides?sort=use"), GuideList)
            if [entry.use.unhelpful + entry.use.helpful for entry in found.entries] == [3, 3]:
                break
            await asyncio.sleep(0.05)
    bad, good = found.entries
    assert (bad.title, bad.flags, bad.use.shown, bad.use.unhelpful) == (
        "나쁜 안내",
        ("needs_revision",),
        3,
        3,
    )
    assert (good.title, good.flags, good.use.helpful) == ("좋은 안내", (), 3)
    assert bad.use.last_shown_ms is not None
    figures = told(await people["pen"].get("/api/guides/figures?days=7"), GuideFigures)
    assert (figures.published, figures.needs_revision, figures.unused, len(figures.days)) == (2, 1, 0, 7)
    today = figures.days[-1]
    assert (today.offered, today.helpful, today.unhelpful) == (3, 3, 3)
    async with server.database.session() as session:
        kept = await session.execute(select(OutcomeRow.version, OutcomeRow.query).distinct())
    assert {tuple(row) for row in kept} == {(2, "disliked"), (2, "liked")}


async def test_a_file_of_an_admin_is_published_and_of_an_editor_reviewed(people):
    root, pen, ink, kim = (people[login] for login in ("root", "pen", "ink", "kim"))
    first = (await root.post("/api/guides/import", files={"file": ("a.csv", CSV)})).json()
    assert (first["accepted"], first["changed"], first["refused_count"]) == (1, 1, 1)
    assert first["refused"] == ["a.csv:3: 제목이 없습니다. 제목을 적어 주십시오"]
    assert (await kim.get("/api/articles/parking")).json()["title"] == "주차 과태료"
    again = (await root.post("/api/guides/import", files={"file": ("a.csv", CSV)})).json()
    assert (again["accepted"], again["changed"]) == (1, 0)

    proposed = CSV.replace("이렇게", "저렇게") + "new,새 안내,새 본문\n"
    second = (await pen.post("/api/guides/import", files={"file": ("b.csv", proposed)})).json()
    assert (second["accepted"], second["changed"], second["refused_count"]) == (2, 2, 1)
    assert (await kim.get("/api/articles/parking")).json()["body"] == "이렇게 냅니다."
    assert (await kim.get("/api/articles/new")).status_code == 404
    waiting = (await ink.get("/api/guides?status=review")).json()["entries"]
    assert {entry["article_id"] for entry in waiting} == {"parking", "new"}
    third = (await pen.post("/api/guides/import", files={"file": ("b.csv", proposed)})).json()
    assert (third["changed"], third["refused_count"]) == (0, 3)
    own = await pen.post("/api/guides/new/move", json={"to": "published", "edit": 2})
    assert own.status_code == 403
    told(await ink.post("/api/guides/new/move", json={"to": "published", "edit": 2}), GuideVersion)
    assert (await kim.get("/api/articles/new")).json()["title"] == "새 안내"


async def test_a_bad_upload_is_refused_with_a_sentence(people):
    root = people["root"]
    for sent, status in (
        ({"files": {"file": ("a.pdf", b"%PDF")}}, 422),
        ({"files": {"other": ("a.csv", CSV)}}, 400),
        ({"data": {"file": "no file"}}, 400),
        ({"content": b"--x", "headers": {"Content-Type": "multipart/form-data; boundary=x"}}, 400),
        ({"files": {"file": ("a.csv", b"x" * (21 << 20))}}, 413),
    ):
        answer = await root.post("/api/guides/import", **sent)
        assert answer.status_code == status, answer.text
        assert answer.json()["ko"].endswith(".")
    assert (await root.get("/api/guides")).json()["total"] == 0


async def test_without_a_reader_files_are_refused(start):
    server = await start()
    async with server.signed_in("root") as root:
        answer = await root.post("/api/guides/import", files={"file": ("a.csv", CSV)})
    assert answer.status_code == 503
    assert "sangdam articles import" in answer.json()["ko"]


async def test_one_file_at_a_time(start):
    import threading

    going, reading = threading.Event(), threading.Event()

    def slow(data, name):
        reading.set()
        assert going.wait(10)
        raise BadArticle("읽을 수 없습니다.", "not readable.")

    server = await start(read_guides=slow)
    async with server.signed_in("root") as root:
        first = asyncio.create_task(root.post("/api/guides/import", files={"file": ("a.csv", CSV)}))
        await asyncio.to_thread(reading.wait, 10)
        answer = await root.post("/api/guides/import", files={"file": ("a.csv", CSV)})
        assert (answer.status_code, answer.json()["code"]) == (503, "overloaded")
        going.set()
        assert (await first).status_code == 422


async def test_an_upload_that_stalls_is_given_up_and_the_next_one_is_taken(server, people, monkeypatch):
    monkeypatch.setattr("console.guide_import._UPLOAD_S", 0.2)

    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    head = (
        "POST /api/guides/import HTTP/1.1",
        f"Host: 127.0.0.1:{server.port}",
        f"Cookie: {COOKIE}={people['root'].cookies[COOKIE]}",
        "Content-Type: multipart/form-data; boundary=x",
        "Content-Length: 1000",
    )
    writer.write("\r\n".join((*head, "", "--x\r\n")).encode())  # and no more
    async with asyncio.timeout(10):
        answer = (await reader.readuntil(b"\r\n\r\n")) + await reader.read(4096)
    writer.close()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert "다 오지 않았습니다" in answer.decode()
    async with server.signed_in("root") as again:
        assert (await again.post("/api/guides/import", files={"file": ("a.csv", CSV)})).status_code == 200


async def test_gaps_are_ranked_dismissed_and_drafted_once(server, people):
    pen, ink = people["pen"], people["ink"]
    await have_gap(server, "few", "텃밭 분양")
    await have_gap(server, "many", "벌집 제거", "벌집 제거\n부탁", "벌집 제거")
    found = [Gap.model_validate(one) for one in (await pen.get("/api/gaps")).json()]
    assert [(gap.gap_id, gap.count, gap.contacts, gap.days[-1]) for gap in found] == [
        ("many", 3, 3, 3),
        ("few", 1, 1, 1),
    ]
    assert len(found[0].days) == 30
    assert told(await pen.get("/api/guides/figures"), GuideFigures).open_gaps == 2
    gone = told(await pen.post("/api/gaps/few", json={"status": "dismissed"}), Gap)
    assert gone.status == "dismissed"
    assert [gap["gap_id"] for gap in (await pen.get("/api/gaps?status=dismissed")).json()] == ["few"]

    draft = told(await pen.post("/api/gaps/many/draft"), GuideVersion)
    assert (draft.status, draft.author, draft.text.title, draft.text.keywords) == (
        "draft",
        "pen",
        "벌집 제거",
        ("벌집",),
    )
    assert "## 시민이 물은 말" in draft.text.body
    assert draft.text.body.count("- 벌집 제거") == 2  # the same words once, in one line each
    again = told(await ink.post("/api/gaps/many/draft"), GuideVersion)
    assert again == draft
    drafted = [Gap.model_validate(one) for one in (await pen.get("/api/gaps?status=drafted")).json()]
    assert [(gap.gap_id, gap.article_id) for gap in drafted] == [("many", draft.article_id)]
    for answer, status in (
        (await pen.post("/api/gaps/none/draft"), 404),
        (await pen.post("/api/gaps/none", json={"status": "open"}), 404),
        (await pen.post("/api/gaps/many", json={"status": "drafted"}), 400),
        (await pen.get("/api/gaps?days=0"), 400),
    ):
        assert answer.status_code == status


async def test_what_citizens_asked_is_never_published(server, people):
    await have_gap(server, "g", "벌집 제거")
    draft = told(await people["pen"].post("/api/gaps/g/draft"), GuideVersion)
    address = f"/api/guides/{draft.article_id}"
    sent = told(
        await people["pen"].post(f"{address}/move", json={"to": "review", "edit": draft.edit}), GuideVersion
    )
    for login in ("ink", "root"):
        answer = await people[login].post(f"{address}/move", json={"to": "published", "edit": sent.edit})
        assert answer.status_code == 422
        assert "시민이 물은 말" in answer.json()["ko"]
    text = draft.text.model_dump() | {"body": "119에 신고합니다."}
    saved = told(await people["pen"].put(address, json={"edit": sent.edit, "text": text}), GuideVersion)
    told(
        await people["root"].post(f"{address}/move", json={"to": "published", "edit": saved.edit}),
        GuideVersion,
    )


async def test_questions_name_their_contact_only_to_those_who_may_open_it(server, people, story):
    mine, other = story(agent_id="pen"), story(agent_id="kim")
    await server.tell(mine.state(), other.state())
    await _known(server, mine, other)
    for number, one in enumerate((mine, other)):
        await have_gap(server, f"g{number}", "벌집 제거", contact=one.contact_id)

    async def named(login: str) -> list[str]:
        gaps = (await people[login].get("/api/gaps")).json()
        for question in (question for gap in gaps for question in gap["questions"]):
            if not question["contact_id"]:
                assert other.contact_id not in question["utterance_id"] != ""
        return sorted(question["contact_id"] for gap in gaps for question in gap["questions"])

    assert await named("boss") == sorted([mine.contact_id, other.contact_id])
    assert await named("pen") == ["", mine.contact_id]


async def test_a_new_article_for_a_gap_is_its_draft(server, people):
    await have_gap(server, "g", "벌집 제거")
    made = told(await people["pen"].post("/api/guides", json={"text": TEXT, "gap_id": "g"}), GuideVersion)
    drafted = (await people["pen"].get("/api/gaps?status=drafted")).json()
    assert [gap["article_id"] for gap in drafted] == [made.article_id]


async def test_an_article_tells_how_old_it_is(server, people):
    until = dt.date(2099, 1, 1)
    await publish(server, article("old", "오래된 안내", revised=dt.date(2020, 1, 1), valid_until=until))
    seen = (await people["kim"].get("/api/articles/old")).json()
    assert (seen["stale"], seen["valid_until"], seen["valid_from"], seen["version"]) == (
        True,
        "2099-01-01",
        "",
        1,
    )
    edit = (await people["pen"].get("/api/guides/old/versions/1")).json()["edit"]
    told(await people["pen"].post("/api/guides/old/move", json={"to": "checked", "edit": edit}), GuideVersion)
    assert (await people["kim"].get("/api/articles/old")).json()["stale"] is False


async def test_a_database_that_is_away_is_told(server, people):
    server.database.is_away = True
    for address in ("/api/guides", "/api/gaps", "/api/guides/figures", "/api/guides/a/versions"):
        answer = await people["pen"].get(address)
        assert (answer.status_code, answer.json()["code"]) == (503, "unreachable")


def of_version(card, version):
    return card.model_copy(update={"snippet": card.snippet.model_copy(update={"version": version})})


async def _known(server, *stories) -> None:
    """The console has stored the contacts."""
    async with asyncio.timeout(10):
        for story in stories:
            while True:
                async with server.database.session() as session:
                    if await contacts.get(session, story.contact_id):
                        break
                await asyncio.sleep(0.02)
