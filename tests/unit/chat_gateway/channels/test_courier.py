import asyncio
import signal
from datetime import UTC, datetime, timedelta

import pytest
from starlette.responses import JSONResponse, Response

from bus.open import open_bus
from chat_gateway.channels.port import TryLater, Undeliverable
from chat_gateway.channels.sending import MAX_WAIT_S, retry_after_s
from contracts.chat import SYSTEM, Assigned, Edited, Ended, Noted, Said
from contracts.errors import Conflict
from store import chat_deliveries
from store.database import Database
from tests.unit.chat_gateway.channels import courier_process
from tests.unit.chat_gateway.channels import provider as shared
from tests.unit.chat_gateway.channels.provider import ACCOUNT, HOUR_MS, until
from tests.unit.chat_gateway.chats import CITIZEN, KIM

SENTENCE = "여권은 가까운 구청 민원실에서 신청하시면 됩니다. "


async def test_what_staff_say_goes_to_instagram(gateway, provider):
    await gateway.instagram("m1", "여권은 어디서 만드나요?")
    contact_id = await gateway.taken()
    await gateway.log.submit(contact_id, KIM, Said(text="구청에서 만듭니다."))
    await until(lambda: "구청에서 만듭니다." in provider.texts)
    greeting, joined, answer = provider.sent
    assert greeting["message"]["text"].startswith("안녕하세요")
    assert "https://chat.example/chat/#link=" in greeting["message"]["text"]
    assert [one["title"] for one in greeting["message"]["quick_replies"]] == ["쓰레기", "교통"]
    assert joined["message"]["text"] == "김상담 상담사와 연결되었습니다."
    assert answer == {
        "recipient": {"id": "igsid-1"},
        "message": {"text": "구청에서 만듭니다."},
        "messaging_type": "RESPONSE",
    }
    assert provider.paths[-1] == f"/v23.0/{ACCOUNT}/messages"
    assert provider.headers[-1]["authorization"] == "Bearer ig-token"


async def test_what_staff_say_goes_to_the_dealer(gateway, provider):
    await gateway.kakao("1", "문의합니다")
    contact_id = await gateway.taken("kakao", "kakao-1")
    await gateway.log.submit(contact_id, KIM, Said(text="답입니다."))
    await until(lambda: "답입니다." in provider.texts)
    sent = provider.sent[-1]
    assert (sent["user_key"], sent["sender_key"], sent["message_type"]) == ("kakao-1", "sender-1", "TX")
    assert len(sent["serial_number"]) <= 30
    assert len({one["serial_number"] for one in provider.sent}) == len(provider.sent)
    assert (provider.headers[-1]["ht-client-id"], provider.headers[-1]["ht-client-secret"]) == ("id", "hush")
    assert "authorization" not in provider.headers[-1]


async def test_notes_for_staff_and_chats_of_our_own_pages_stay_here(gateway, provider):
    from contracts.chat import Opened

    web = await gateway.log.begin(Opened(channel="web"), person_id="somebody")
    await gateway.log.submit(web.contact_id, SYSTEM, Assigned(agent=KIM))
    await gateway.log.submit(web.contact_id, KIM, Said(text="웹에만"))
    await gateway.instagram("m1", "질문")
    contact_id = await gateway.taken()
    await gateway.log.submit(contact_id, KIM, Noted(text="우리끼리"))
    await gateway.log.submit(contact_id, KIM, Said(text="마지막"))
    await until(lambda: "마지막" in provider.texts)
    assert not {"웹에만", "우리끼리"} & set(provider.texts)


async def test_a_long_answer_in_parts(gateway, provider):
    await gateway.instagram("m1", "질문")
    contact_id = await gateway.taken()
    text = (SENTENCE * 30).strip()
    await gateway.log.submit(contact_id, KIM, Said(text=text))
    await until(lambda: sum(map(len, provider.texts[2:])) >= len(text) - 10)
    parts = provider.texts[2:]
    assert all(len(part.encode()) <= 1000 and part.endswith("됩니다.") for part in parts)
    assert " ".join(parts) == text


async def test_corrections_are_told(gateway, provider):
    await gateway.instagram("m1", "질문")
    contact_id = await gateway.taken()
    first = await gateway.log.submit(contact_id, KIM, Said(text="오전 9시"))
    await gateway.log.submit(contact_id, KIM, Edited(of_seq=first.seq, text="오전 10시"))
    await gateway.log.submit(contact_id, KIM, Ended())
    await until(lambda: len(provider.texts) == 5)
    assert provider.texts[2:4] == ["오전 9시", "(고침) 오전 10시"]
    assert provider.texts[4].startswith("상담이 끝났습니다")
    async with gateway.database.session() as session:
        rows = await chat_deliveries.of(session, contact_id)
    assert rows == [] or rows[0].sent_seq > 0


async def test_beyond_a_day_a_person_may_answer_and_the_system_may_not(gateway, provider):
    await gateway.instagram("m1", "질문")
    await until(lambda: len(provider.texts) == 1)
    gateway.offset_ms += 25 * HOUR_MS
    contact_id = await gateway.taken()
    await gateway.log.submit(contact_id, KIM, Said(text="늦어서 죄송합니다."))
    await until(lambda: "늦어서 죄송합니다." in provider.texts)
    assert len(provider.texts) == 2
    assert (provider.sent[-1]["messaging_type"], provider.sent[-1]["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")


async def test_beyond_the_window_a_reply_is_refused_before_it_is_taken(gateway, provider):
    await gateway.instagram("m1", "질문")
    contact_id = await gateway.taken()
    check = gateway.channels.replies.check
    await check(contact_id, KIM, Said(text="제때"))
    await gateway.log.submit(contact_id, KIM, Said(text="제때"), "in-time-0001")
    gateway.offset_ms += 7 * 24 * HOUR_MS + 1
    with pytest.raises(Conflict, match="Instagram의 답장 기한이 지나"):
        await check(contact_id, KIM, Said(text="늦게"), "too-late-0001")
    await check(contact_id, KIM, Said(text="제때"), "in-time-0001")  # its answer was lost
    await check(contact_id, KIM, Noted(text="우리끼리는 된다"))
    await check(contact_id, CITIZEN, Said(text="시민은 된다"))
    await gateway.instagram("m2", "아직 계세요?")
    await check(contact_id, KIM, Said(text="다시 열렸다"))


async def test_staff_are_told_until_when(gateway):
    await gateway.instagram("m1", "질문")
    await until(lambda: gateway.windows)
    told, now_ms = gateway.windows[0], gateway.now_ms()
    assert (told.channel, told.max_chars) == ("instagram", 333)
    assert abs(told.until_ms - now_ms - 7 * 24 * HOUR_MS) < 5_000
    await gateway.kakao("1", "질문")
    await until(lambda: len(gateway.windows) == 2)
    assert abs(gateway.windows[1].until_ms - now_ms - 30 * 24 * HOUR_MS) < 10_000
    assert await gateway.channels.replies.window(told.contact_id) == told
    await gateway.log.submit(told.contact_id, CITIZEN, Said(text="이제 웹에서"), "browser-0001")
    await until(lambda: len(gateway.windows) == 3)
    assert (gateway.windows[2].contact_id, gateway.windows[2].channel) == (told.contact_id, "web")
    assert await gateway.channels.replies.window(told.contact_id) is None


async def test_a_session_that_the_provider_ended_takes_no_replies(gateway):
    await gateway.kakao("1", "질문")
    contact_id = await gateway.taken("kakao", "kakao-1")
    gone = {"user_key": "kakao-1", "session_id": "5", "time": gateway.now_ms()}
    assert (await gateway.post("/hooks/kakao/expired_session", gone)).status_code == 200
    assert (await gateway.kinds(contact_id))[-1] == "noted"
    await until(lambda: [window.until_ms for window in gateway.windows][-1:] == [0])
    with pytest.raises(Conflict):
        await gateway.channels.replies.check(contact_id, KIM, Said(text="답"))


REFUSALS = {
    "window": {"error": {"code": 10, "error_subcode": 2534022, "message": "outside of allowed window"}},
    "blocked": {"error": {"code": 551, "message": "This person is not available"}},
}


@pytest.mark.parametrize("why", REFUSALS)
async def test_what_cannot_be_delivered_is_told_and_the_next_is_tried(gateway, provider, why):
    await gateway.instagram("m1", "질문")
    contact_id = await gateway.taken()
    await until(lambda: len(provider.texts) == 2)
    provider.answers = [JSONResponse(REFUSALS[why], status_code=400)]
    lost = await gateway.log.submit(contact_id, KIM, Said(text="이 답은 가지 못합니다"))
    (note,) = await gateway.until_kind(contact_id, "noted")
    assert f"#{lost.seq}" in note.body.text
    assert "이 답은 가지 못합니다" in note.body.text
    await gateway.log.submit(contact_id, KIM, Said(text="다음 답"))
    await until(lambda: "다음 답" in provider.texts)
    assert provider.texts[2:] == ["다음 답"]


async def test_a_busy_provider_is_asked_again_when_it_said(gateway, provider):
    await gateway.instagram("m1", "질문")
    contact_id = await gateway.taken()
    await until(lambda: len(provider.texts) == 2)
    provider.answers = [
        Response(status_code=429, headers={"retry-after": "1"}),
        Response(status_code=503),
        JSONResponse({"error": {"code": 613, "message": "limit"}}, status_code=400),
    ]
    began = asyncio.get_running_loop().time()
    await gateway.log.submit(contact_id, KIM, Said(text="하나"))
    await gateway.log.submit(contact_id, KIM, Said(text="둘"))
    await until(lambda: len(provider.texts) == 4)
    assert provider.texts[2:] == ["하나", "둘"]
    assert asyncio.get_running_loop().time() - began >= 1.0
    assert gateway.channels.counts.retried["instagram"] == 3


async def test_a_provider_that_stays_away_is_told_in_the_end(gateway, provider):
    gateway.channels.dispatch._patience_s = 0.2
    await gateway.instagram("m1", "질문")
    contact_id = await gateway.taken()
    await until(lambda: len(provider.texts) == 2)
    provider.answers = [Response(status_code=500) for _ in range(100)]
    await gateway.log.submit(contact_id, KIM, Said(text="답"))
    (note,) = await gateway.until_kind(contact_id, "noted")
    assert "500" in note.body.text


def test_how_long_a_provider_asks_to_wait():
    now = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
    assert retry_after_s("7", now) == 7
    assert retry_after_s((now + timedelta(seconds=9)).strftime("%a, %d %b %Y %H:%M:%S GMT"), now) == 9
    assert retry_after_s("999999", now) == MAX_WAIT_S
    assert retry_after_s("soon", now) is None
    assert retry_after_s("", now) is None
    assert issubclass(Undeliverable, Exception)
    assert TryLater("", "").wait_s is None


async def test_killed_in_the_middle_of_a_long_answer(folder, provider):
    """The parts that were noted do not come again; the one whose answer was lost comes twice; none is missing."""
    async with shared.site(folder, provider, sends=False) as quiet:
        await quiet.instagram("m1", "질문")
        contact_id = await quiet.taken()
        await quiet.log.submit(contact_id, KIM, Said(text=(SENTENCE * 60).strip()))
        provider.lose_answer_of = {4}
        killed = courier_process.started(folder, provider.url)
        await until(lambda: len(provider.texts) == 5, 30)
        killed.kill()
        assert killed.wait(10) == -signal.SIGKILL
        async with quiet.database.session() as session:
            (row,) = await chat_deliveries.of(session, contact_id)
        assert row.sent_part == 2
    async with shared.site(folder, provider, offset_ms=10_000):
        await until(lambda: _whole(provider.texts[2:]))
    parts = provider.texts[2:]
    assert parts[2] == parts[3]


def _whole(parts: list[str]) -> bool:
    """All of it is there, the third part twice."""
    if len(parts) < 4:
        return False
    once = [*parts[:3], *parts[4:]]
    return " ".join(once) == (SENTENCE * 60).strip()


async def test_said_while_no_courier_ran(folder, provider):
    async with shared.site(folder, provider) as one:
        await one.instagram("m1", "질문")
        contact_id = await one.taken()
        await until(lambda: len(provider.texts) == 2)
    database = await Database.open(f"sqlite+aiosqlite:///{folder}/chat.db")
    bus = await open_bus(f"embedded://{folder}/bus.db?session_s=2")
    async with shared.gateway(bus, database, provider, sends=False) as silent:
        await silent.log.submit(contact_id, KIM, Said(text="아무도 없을 때"))
    (folder / "bus.db").unlink()  # and the bus has forgotten it
    await bus.close()
    await database.close()
    async with shared.site(folder, provider) as late:
        late.offset_ms += 10_000
        await until(lambda: "아무도 없을 때" in provider.texts)
    assert provider.texts.count("아무도 없을 때") == 1


async def test_one_of_two_couriers_sends(folder, provider):
    async with (
        shared.site(folder, provider) as one,
        shared.gateway(one.bus, one.database, provider) as other,
    ):
        for number in range(6):
            await (one if number % 2 else other).instagram(f"m{number}", "질문", who=f"igsid-{number}")
            contact_id = await one.taken(who=f"igsid-{number}")
            await one.log.submit(contact_id, KIM, Said(text=f"답 {number}"))
        await until(lambda: len([text for text in provider.texts if text.startswith("답")]) >= 6)
        await asyncio.sleep(0.5)  # for what should not come
    answers = sorted(text for text in provider.texts if text.startswith("답"))
    assert answers == [f"답 {number}" for number in range(6)]
