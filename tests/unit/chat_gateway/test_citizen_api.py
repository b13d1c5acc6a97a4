"""Every route of citizens: with the right ticket, a wrong, an old and somebody else's."""

import asyncio
import io
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from PIL import Image
from sqlalchemy import select

from chat_gateway import citizen_api
from chat_gateway.keys import LINK_MS
from chat_gateway.limits import Amount, Amounts, Limits
from chat_gateway.opening import BLOCK_MS
from chat_gateway.photos import MAX_BYTES
from chat_gateway.tickets import LIVES_S, Tickets
from contracts.chat import (
    CITIZEN,
    SYSTEM,
    Assigned,
    Blocked,
    Edited,
    Ended,
    Noted,
    Offered,
    OfferedGuide,
    Party,
    Photo,
    Said,
    Solved,
    Withdrawn,
)
from contracts.chat_http import EntriesBefore, LinkAsked
from store.tables import AccessRow
from tests.unit.chat_gateway.citizens import Site, running_site

KIM = Party(side="staff", staff_id="kim", name="김상담")
BOSS = Party(side="staff", staff_id="boss", name="박팀장", sees_all=True)
NOBODYS = "00000000-0000-4000-8000-000000000009"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with running_site(tmp_path) as running:
        yield running


def photo(size: tuple[int, int] = (64, 48)) -> bytes:
    file = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "SECRETCAM"
    Image.new("RGB", size, (200, 30, 30)).save(file, "JPEG", exif=exif.tobytes())
    return file.getvalue()


# -- how it begins -----------------------------------------------------------------------------------------


async def test_everybody_sees_what_the_site_is(site: Site) -> None:
    told = (await site.client().get("/api/chat/site")).json()
    assert told["name_ko"] == site.rules.name.ko
    assert [topic["skill"] for topic in told["topics"]] == [topic.skill for topic in site.rules.topics]
    assert "107" in told["links"]["relay_ko"] + told["links"]["relay_url"]
    assert (told["photo_max_bytes"], told["push_key"], told["mail"]) == (MAX_BYTES, "", False)


async def test_a_conversation_begins_and_is_reached_by_its_key(site: Site) -> None:
    citizen = await site.citizen(skill="tax", nickname=" 파란\n우산 ", channel="widget", language="en")
    head = await site.log.head(citizen.contact_id)
    assert (head.skill, head.nickname, head.channel, head.language) == ("tax", "파란 우산", "widget", "en")
    assert head.state == "waiting"
    assert site.tickets.read(citizen.ticket) == citizen.contact_id


@pytest.mark.parametrize(
    ("start", "status"),
    [
        ({"skill": "no such queue"}, 400),
        ({"channel": "instagram"}, 400),
        ({"nickname": "가" * 41}, 400),
        ({"key": "x" * 201}, 400),
        ({"key": "no such key"}, 200),
        ({"attempt": "too-short"}, 400),
    ],
)
async def test_what_is_wrong_at_the_start_is_told(site: Site, start: dict[str, str], status: int) -> None:
    answer = await site.client().post("/api/chat", json=start)
    assert answer.status_code == status
    if status != 200:
        assert answer.json()["ko"]


async def test_a_start_whose_answer_was_lost_opens_no_second_chat(site: Site) -> None:
    first = await site.citizen(attempt="a1" * 12)
    again = await site.citizen(attempt="a1" * 12)
    assert again.contact_id == first.contact_id
    assert again.key != first.key
    assert (await again.get("transcript")).status_code == 200
    other = await site.citizen(attempt="b2" * 12)
    assert other.contact_id != first.contact_id


async def test_a_browser_has_one_conversation_at_a_time(site: Site) -> None:
    citizen = await site.citizen()
    again = await site.citizen(key=citizen.key)
    assert (again.contact_id, again.key) == (citizen.contact_id, citizen.key)
    await site.write(citizen.contact_id, CITIZEN, Ended())
    newer = await site.citizen(key=citizen.key)
    assert newer.contact_id != citizen.contact_id
    assert newer.key != citizen.key
    # The older key opens the older conversation still, and leads to the newer one.
    assert (await citizen.get("transcript")).status_code == 200
    third = await site.citizen(key=citizen.key)
    assert third.contact_id == newer.contact_id


async def test_two_windows_that_start_at_once_have_the_same_conversation(site: Site) -> None:
    first = await site.citizen()
    await site.write(first.contact_id, CITIZEN, Ended())
    windows = await asyncio.gather(*(site.citizen(key=first.key) for _ in range(4)))
    assert len({window.contact_id for window in windows}) == 1


async def test_who_was_blocked_is_told_so_for_a_day(site: Site) -> None:
    citizen = await site.citizen()
    await site.write(citizen.contact_id, BOSS, Blocked(reason="욕설"))
    answer = await site.client().post("/api/chat", json={"key": citizen.key})
    assert answer.status_code == 403
    assert "24시간" in answer.json()["ko"]
    assert "107" in answer.json()["ko"]
    site.clock.ahead_ms = BLOCK_MS
    assert (await site.citizen(key=citizen.key)).contact_id != citizen.contact_id


async def test_an_address_opens_only_so_many(tmp_path: Path) -> None:
    limits = Limits(Amounts(openings=Amount(2, 1 / 60)))
    async with running_site(tmp_path, limits=limits) as site:
        client = site.client()
        client.headers["X-Forwarded-For"] = "203.0.113.7"
        answers = [await client.post("/api/chat", json={}) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert "뒤 다시" in answers[2].json()["ko"]
        client.headers["X-Forwarded-For"] = "203.0.113.8"
        assert (await client.post("/api/chat/link", json={"token": "x"})).status_code == 404


async def test_a_link_opens_a_chat_once_with_what_the_ars_knows(site: Site) -> None:
    person = await site.people.person_of("ars", "01012345678")
    asked = LinkAsked(skill="tax", facts={"메뉴": "자동차세"}, phone="01012345678")
    token, _ = await site.keys.make_link(asked, person)
    answers = await asyncio.gather(
        *(site.client().post("/api/chat/link", json={"token": token}) for _ in range(5))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 404, 404, 404, 404]
    key = next(answer.json() for answer in answers if answer.status_code == 200)
    citizen = await site.with_key(**key)
    head = await site.log.head(citizen.contact_id)
    assert (head.channel, head.skill, head.facts) == ("ars", "tax", {"메뉴": "자동차세"})
    # Another link for the same telephone leads to the conversation that is open.
    token, _ = await site.keys.make_link(asked, person)
    again = (await site.client().post("/api/chat/link", json={"token": token})).json()
    assert again["contact_id"] == citizen.contact_id


async def test_links_that_open_nothing(site: Site) -> None:
    token, _ = await site.keys.make_link(LinkAsked(), "person")
    site.clock.ahead_ms = LINK_MS
    for wrong in (token, "", "x" * 200):
        answer = await site.client().post("/api/chat/link", json={"token": wrong})
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    by_address = await site.client().get("/api/chat/link", params={"token": token})
    assert by_address.status_code in (404, 405)


async def test_a_link_works_again_when_the_chat_could_not_be_opened(site: Site) -> None:
    blocked = await site.citizen()
    await site.write(blocked.contact_id, BOSS, Blocked(reason="욕설"))
    bearer = await site.keys.bearer(blocked.key)
    assert bearer is not None
    token, _ = await site.keys.make_link(LinkAsked(), bearer.person_id)
    for _ in range(2):
        assert (await site.client().post("/api/chat/link", json={"token": token})).status_code == 403


# -- tickets -----------------------------------------------------------------------------------------------

ROUTES = [
    ("GET", "entries?before=2"),
    ("GET", "transcript"),
    ("POST", "photos"),
    ("POST", "mail"),
    ("PUT", "push"),
    ("DELETE", "push"),
]
PUSH = {"endpoint": "https://fcm.googleapis.com/x", "p256dh": "a", "auth": "b"}


@pytest.mark.parametrize(("method", "path"), ROUTES)
async def test_without_a_valid_ticket_nothing_is_told(site: Site, method: str, path: str) -> None:
    citizen = await site.citizen()
    body = {"mail": {"address": "a@b.kr"}, "push": PUSH}.get(path)
    wrong = [
        "",
        "Bearer",
        "Bearer nonsense",
        f"Basic {citizen.ticket}",
        f"Bearer {citizen.key}",
        f"Bearer {Tickets('another secret' * 4).make(citizen.contact_id).ticket}",
    ]
    for value in wrong:
        headers = {"Authorization": value} if value else {}
        answer = await citizen.client.request(method, f"/api/chat/{path}", headers=headers, json=body)
        assert (answer.status_code, answer.json()["code"]) == (401, "not-signed-in"), value
    site.clock.ahead_ms = LIVES_S * 1000
    answer = await citizen.client.request(method, f"/api/chat/{path}", headers=citizen.bearer, json=body)
    assert answer.status_code == 401


async def test_a_ticket_is_given_for_the_key_alone(site: Site) -> None:
    one, other = await site.citizen(), await site.citizen()
    for contact_id, key in (
        (one.contact_id, other.key),
        (NOBODYS, one.key),
        (one.contact_id, ""),
        (one.contact_id, one.key + "x"),
    ):
        answer = await one.client.post("/api/chat/ticket", json={"contact_id": contact_id, "key": key})
        assert answer.status_code == 401


async def test_an_address_has_only_so_many_tickets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(citizen_api, "TICKETS_OF_ADDRESS", Amount(2, 1 / 60))
    async with running_site(tmp_path) as site:
        citizen = await site.citizen()
        asked = {"contact_id": citizen.contact_id, "key": citizen.key}
        client = site.client()
        client.headers["X-Forwarded-For"] = "203.0.113.7"
        answers = [await client.post("/api/chat/ticket", json=asked) for _ in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert (await citizen.client.post("/api/chat/ticket", json=asked)).status_code == 200


async def test_a_ticket_opens_its_own_conversation_alone(site: Site) -> None:
    one, other = await site.citizen(), await site.citizen()
    for path in (f"entries?before=9&contact_id={one.contact_id}", f"transcript?contact_id={one.contact_id}"):
        assert (await other.get(path)).status_code == 404
    kept = (await one.post("photos", content=photo())).json()
    assert (await one.get(f"photos/{kept['photo_id']}")).status_code == 200
    assert (await other.get(f"photos/{kept['photo_id']}")).status_code == 404
    assert (await other.post(f"photos?contact_id={one.contact_id}", content=photo())).status_code == 404


async def test_another_sites_page_does_nothing(site: Site) -> None:
    for path in ("", "/ticket", "/link", "/photos", "/mail"):
        answer = await site.client().post(
            f"/api/chat{path}", json={}, headers={"Origin": "https://evil.example"}
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed")


# -- reading -----------------------------------------------------------------------------------------------


async def test_earlier_entries_as_the_citizen_may_read_them(site: Site) -> None:
    citizen = await site.citizen()
    for number in range(5):
        await site.say(citizen.contact_id, f"글 {number}")
    await site.write(citizen.contact_id, SYSTEM, Assigned(agent=KIM))
    await site.write(citizen.contact_id, KIM, Noted(text="조심할 분"))
    last = await site.say(citizen.contact_id, "안녕하세요", KIM)
    page = EntriesBefore.model_validate((await citizen.get(f"entries?before={last.seq + 1}&limit=4")).json())
    assert [entry.body.kind for entry in page.entries] == ["said", "assigned", "hidden", "said"]
    assert page.has_more
    assert "조심할" not in page.model_dump_json()
    assert "kim" not in page.model_dump_json()
    first = EntriesBefore.model_validate((await citizen.get("entries?before=3")).json())
    assert [entry.seq for entry in first.entries] == [1, 2]
    assert not first.has_more
    for wrong in ("entries", "entries?before=0", "entries?before=x", "entries?before=9&limit=1000"):
        assert (await citizen.get(wrong)).status_code == 400


async def test_the_transcript_is_what_was_seen(site: Site) -> None:
    citizen = await site.citizen(nickname="파란 우산", skill="tax")
    name = citizen.contact_id
    guide = OfferedGuide(
        article_id="a",
        title="자동차세 내기",
        passage="6월과 12월에 냅니다.",
        source="https://x.kr",
        revised="2026-01-02",
    )
    said = await site.say(name, "자동차세요\n[11-23 10:00] 상담사 김상담: 공짜입니다")
    wrong = await site.say(name, "비밀번호는 1234")
    await site.write(name, SYSTEM, Offered(guides=(guide,)))
    await site.write(name, CITIZEN, Withdrawn(of_seq=wrong.seq), Edited(of_seq=said.seq, text="재산세요"))
    await site.write(name, SYSTEM, Assigned(agent=KIM))
    await site.write(
        name, KIM, Noted(text="조심할 분"), Said(text="네, 확인하겠습니다"), Ended(reason="완료")
    )
    answer = await citizen.get("transcript")
    text = answer.text
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert f"chat-{'20'}" in answer.headers["content-disposition"]
    assert text.startswith(f"{site.rules.name.ko} 채팅 상담 기록\n")
    assert "분야: 세금·요금" in text
    assert "나(파란 우산): 재산세요 (고침)" in text
    assert "(지운 글)" in text
    assert "[안내문] 자동차세 내기: 6월과 12월에 냅니다. (출처 https://x.kr, 개정 2026-01-02)" in text
    assert "상담사 김상담: 네, 확인하겠습니다" in text
    assert "상담이 끝났습니다: 완료" in text
    for hidden in ("조심할", "1234", "공짜", "kim", "자동차세요"):
        assert hidden not in text


async def test_a_long_transcript_is_whole_and_no_line_passes_for_anothers(site: Site) -> None:
    citizen = await site.citizen(language="en")
    await asyncio.gather(*(site.say(citizen.contact_id, f"line {number}") for number in range(450)))
    await site.say(citizen.contact_id, "hello\n[01-01 00:00] Agent Kim: all free\r\nbye")
    text = (await citizen.get("transcript")).text
    assert sum("You: line" in line for line in text.splitlines()) == 450
    assert "    [01-01 00:00] Agent Kim: all free\n    bye\n" in text
    assert "Chat:" in text


async def test_staff_read_what_they_may_open_and_it_is_written_down(site: Site) -> None:
    citizen = await site.citizen()
    name = citizen.contact_id
    kept = (await citizen.post("photos", content=photo())).json()
    await site.write(name, CITIZEN, Photo(photo_id=kept["photo_id"]))
    kim, lee, boss, pen = [await site.staff(login) for login in ("kim", "lee", "boss", "pen")]
    paths = (
        f"/api/chat/entries?before=9&contact_id={name}",
        f"/api/chat/photos/{kept['photo_id']}",
        f"/api/chat/transcript?contact_id={name}",
    )

    async def statuses(client: httpx.AsyncClient) -> set[int]:
        return {(await client.get(path)).status_code for path in paths}

    assert await statuses(kim) == {404}  # it waits: nobody's yet
    await site.write(name, SYSTEM, Assigned(agent=KIM))
    await site.write(name, KIM, Noted(text="조심할 분"))
    assert await statuses(kim) == {200}
    assert await statuses(lee) == await statuses(pen) == {404}
    assert await statuses(boss) == {200}
    assert "조심할" in (await kim.get(paths[0])).text
    assert "조심할" not in (await kim.get(paths[2])).text
    async with site.database.session() as session:
        noted = [(row.staff_id, row.contact_id) for row in await session.scalars(select(AccessRow))]
    assert noted == [("boss", name)]
    assert (await kim.get("/api/chat/entries?before=9")).status_code == 404
    assert (await kim.post(f"/api/chat/photos?contact_id={name}", content=photo())).status_code == 200
    assert (await lee.post(f"/api/chat/photos?contact_id={name}", content=photo())).status_code == 404


# -- photos ------------------------------------------------------------------------------------------------


async def test_a_photo_goes_up_bare_and_comes_back(site: Site) -> None:
    citizen = await site.citizen()
    answer = await citizen.post("photos", content=photo())
    kept = answer.json()
    assert (kept["width"], kept["height"]) == (64, 48)
    shown = await citizen.get(f"photos/{kept['photo_id']}")
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in shown.headers["content-security-policy"]
    assert b"SECRETCAM" not in shown.content
    entry = await site.log.submit(citizen.contact_id, CITIZEN, Photo(photo_id=kept["photo_id"], width=9999))
    assert isinstance(entry.body, Photo)
    assert (entry.body.width, entry.body.size_bytes) == (64, len(shown.content))


async def test_files_that_are_no_photos_are_told_so(site: Site) -> None:
    citizen = await site.citizen()
    for content, status, code in (
        (b"<html><script>alert(1)</script>", 422, "bad-photo"),
        (photo()[:300], 422, "bad-photo"),
        (b"", 422, "bad-photo"),
        (bytes(MAX_BYTES + 1), 413, "too-large"),
    ):
        answer = await citizen.post("photos", content=content)
        assert (answer.status_code, answer.json()["code"]) == (status, code)

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(MAX_BYTES // 65_536 + 4):
            yield bytes(65_536)

    answer = await citizen.post("photos", content=endless())
    assert answer.status_code == 413
    await site.write(citizen.contact_id, CITIZEN, Ended())
    assert (await citizen.post("photos", content=photo())).status_code == 409


async def test_a_conversation_sends_only_so_many_photos(tmp_path: Path) -> None:
    limits = Limits(Amounts(photos=Amount(2, 1 / 60)))
    async with running_site(tmp_path, limits=limits) as site:
        one, other = await site.citizen(), await site.citizen()
        answers = [(await one.post("photos", content=photo())).status_code for _ in range(3)]
        assert answers == [200, 200, 429]
        assert (await other.post("photos", content=photo())).status_code == 200


# -- off, and at the end -----------------------------------------------------------------------------------


async def test_what_a_site_does_not_have_is_told(site: Site) -> None:
    citizen = await site.citizen()
    mail = await citizen.post("mail", json={"address": "a@example.kr"})
    push = await citizen.client.put("/api/chat/push", json=PUSH, headers=citizen.bearer)
    assert (mail.status_code, push.status_code) == (404, 404)
    assert "파일로 저장" in mail.json()["ko"]


async def test_a_guide_that_solved_it_ends_it_as_self_served(site: Site) -> None:
    citizen = await site.citizen()
    await site.say(citizen.contact_id, "여권이요")
    guide = OfferedGuide(article_id="passport", title="여권", passage="구청", category="여권")
    await site.write(citizen.contact_id, SYSTEM, Offered(guides=(guide,)))
    await site.write(citizen.contact_id, CITIZEN, Solved(article_id="passport", topic="아무거나"))
    head = await site.log.head(citizen.contact_id)
    assert (head.state, head.solved_by, head.topic) == ("ended", "self", "여권")
