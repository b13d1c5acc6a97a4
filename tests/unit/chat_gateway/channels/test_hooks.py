import asyncio
import json
import time
from types import SimpleNamespace

from chat_gateway.channels.beginning import CLAIM_MS
from chat_gateway.channels.inbound import STALE_MS
from chat_gateway.channels.signature import is_signed, signed
from contracts.chat import Ended, Said
from sangdam.metric_table import COUNTERS
from store import chat_people
from tests.unit.chat_gateway.channels.provider import SECRET, event, instagram, until
from tests.unit.chat_gateway.chats import KIM

WRONG = ["sha256=" + "0" * 64, "sha1=abc", "sha256=", "한글", signed("another secret", b"x")]


def said(entries) -> list[str]:
    return [entry.body.text for entry in entries if isinstance(entry.body, Said)]


async def test_the_webhook_is_registered_with_the_right_word_only(gateway):
    ask = {"hub.mode": "subscribe", "hub.verify_token": "word", "hub.challenge": "1158201444"}
    right = await gateway.hooks.get("/hooks/instagram", params=ask)
    assert (right.status_code, right.text) == (200, "1158201444")
    for wrong in ({"hub.verify_token": "other"}, {"hub.mode": "else"}, {"hub.verify_token": ""}):
        assert (await gateway.hooks.get("/hooks/instagram", params=ask | wrong)).status_code == 403
    assert (await gateway.hooks.get("/hooks/line", params=ask)).status_code == 404


async def test_a_first_message_opens_a_conversation(gateway):
    began = time.monotonic()
    assert (await gateway.instagram("m1", "여권은 어디서 만드나요?")).status_code == 200
    assert time.monotonic() - began < 1
    contact_id = await gateway.chat_of()
    entries = await gateway.entries(contact_id)
    assert [entry.body.kind for entry in entries] == ["opened", "notice", "said"]
    assert entries[0].body.channel == "instagram"
    assert said(entries) == ["여권은 어디서 만드나요?"]
    await gateway.instagram("m2", "급해요")
    assert said(await gateway.entries(contact_id)) == ["여권은 어디서 만드나요?", "급해요"]


async def test_a_wrong_or_missing_signature_is_refused(gateway):
    raw = json.dumps(instagram("m1", "위조")).encode()
    headers = [{"x-hub-signature-256": wrong.encode()} for wrong in WRONG]
    for one in [*headers, {}]:
        answer = await gateway.hooks.post("/hooks/instagram", content=raw, headers=one)
        assert answer.status_code == 403
    assert await gateway.chat_of() is None
    assert gateway.channels.counts.received["instagram.unsigned"] == len(WRONG) + 1


async def test_the_signature_is_of_the_bytes_as_they_came(gateway):
    body = instagram("m1", "안녕하세요 /")
    raw = json.dumps(body, ensure_ascii=True).replace("/", "\\/").encode()
    headers = {"x-hub-signature-256": signed(SECRET, raw)}
    spelled_anew = json.dumps(body).encode()
    assert (
        await gateway.hooks.post("/hooks/instagram", content=spelled_anew, headers=headers)
    ).status_code == 403
    assert (await gateway.hooks.post("/hooks/instagram", content=raw, headers=headers)).status_code == 200


def test_nothing_is_signed_without_a_secret():
    assert not is_signed("", b"x", signed("", b"x"))
    assert is_signed("s", b"x", signed("s", b"x").upper().replace("SHA", "sha"))


async def test_what_is_delivered_again_is_taken_once(gateway):
    body = instagram("m1", "한 번만")
    for _ in range(3):
        assert (await gateway.post("/hooks/instagram", body)).status_code == 200
    assert said(await gateway.entries(await gateway.chat_of())) == ["한 번만"]
    assert gateway.channels.counts.received["instagram.duplicate"] == 2


async def test_two_deliveries_at_once_open_one_conversation(gateway):
    one, other = instagram("m1", "처음"), instagram("m2", "다음")
    posts = [one, one, other, one, other]
    answers = await asyncio.gather(*(gateway.post("/hooks/instagram", body) for body in posts))
    assert {answer.status_code for answer in answers} == {200}
    entries = await gateway.entries(await gateway.chat_of())
    assert sorted(said(entries)) == ["다음", "처음"]
    assert gateway.log.counts.opened["instagram"] == 1


async def test_who_began_and_died_is_taken_over_from(gateway):
    person_id = await gateway.people.person_of("instagram", "igsid-1")
    async with gateway.database.session() as session:
        assert await chat_people.take(session, "begin", person_id, gateway.now_ms() - CLAIM_MS - 1000)
    assert (await gateway.instagram("m1", "질문")).status_code == 200
    assert said(await gateway.entries(await gateway.chat_of())) == ["질문"]


async def test_a_recorded_request_that_is_played_again_later_does_nothing(gateway):
    body = instagram("m1", "녹음")
    assert (await gateway.post("/hooks/instagram", body)).status_code == 200
    contact_id = await gateway.chat_of()
    await gateway.taken()
    await gateway.log.submit(contact_id, KIM, Ended())
    assert (await gateway.post("/hooks/instagram", body)).status_code == 200
    assert await gateway.chat_of() is None
    old = instagram("m0", "옛날", at_ms=gateway.now_ms() - STALE_MS - 1000)
    assert (await gateway.post("/hooks/instagram", old)).status_code == 200
    assert await gateway.chat_of() is None
    assert gateway.channels.counts.received["instagram.stale"] == 1


async def test_written_but_not_noted_when_the_process_died(gateway, monkeypatch):
    async def dies(*_: object) -> bool:
        raise RuntimeError

    body = instagram("m1", "두 번 오면 안 되는 말")
    with monkeypatch.context() as patch:
        patch.setattr(chat_people, "take_all", dies)
        assert (await gateway.post("/hooks/instagram", body)).status_code == 503
    assert (await gateway.post("/hooks/instagram", body)).status_code == 200
    assert said(await gateway.entries(await gateway.chat_of())) == ["두 번 오면 안 되는 말"]


async def test_what_has_ended_does_not_go_out_again(gateway, provider, monkeypatch):
    """The worst case: written, never noted, ended, all sent and done with; and then it is delivered again."""

    async def dies(*_: object) -> None:
        raise RuntimeError

    body = instagram("m1", "질문")
    with monkeypatch.context() as patch:
        patch.setattr(chat_people, "take_all", dies)
        assert (await gateway.post("/hooks/instagram", body)).status_code == 503
    contact_id = await gateway.taken()
    await gateway.log.submit(contact_id, KIM, Said(text="답"))
    await gateway.log.submit(contact_id, KIM, Ended())
    await until(lambda: len(provider.texts) == 4 and not gateway.channels.courier._tasks)
    gateway.channels.inbox._reached.clear()
    assert (await gateway.post("/hooks/instagram", body)).status_code == 200
    gateway.offset_ms += 10_000  # whatever is behind would be found
    await asyncio.sleep(0.8)
    assert len(provider.texts) == 4
    assert await gateway.chat_of() is None


async def test_our_own_echoes_are_not_heard(gateway):
    await gateway.instagram("m1", "질문")
    await gateway.instagram("m2", "우리의 답", is_echo=True)
    own = event(gateway.now_ms(), who="17840000000000001", message={"mid": "m3", "text": "우리의 답"})
    await gateway.post("/hooks/instagram", own)
    assert said(await gateway.entries(await gateway.chat_of())) == ["질문"]
    assert gateway.channels.counts.received["instagram.echo"] == 2


async def test_what_is_not_text_is_told_in_words(gateway):
    attachments = [{"type": "audio", "payload": {"url": "https://x.fbcdn.net/a"}}]
    await gateway.instagram("m1", attachments=attachments)
    await gateway.instagram("m2", is_unsupported=True)
    await gateway.instagram("m3", "이 스토리요", reply_to={"story": {"id": "1", "url": "https://x"}})
    await gateway.post(
        "/hooks/instagram", event(gateway.now_ms(), postback={"mid": "m4", "title": "시작하기"})
    )
    now = gateway.now_ms()
    react = {"mid": "m0", "action": "react", "reaction": "love", "emoji": "❤"}
    await gateway.post("/hooks/instagram", event(now, reaction=react))
    await gateway.post("/hooks/instagram", event(now, reaction=react | {"action": "unreact"}))
    lines = said(await gateway.entries(await gateway.chat_of()))
    assert "음성 메시지" in lines[0]
    assert "지원하지 않는" in lines[1]
    assert lines[2].endswith("이 스토리요")
    assert lines[3:] == ["시작하기", "(공감: ❤)"]


async def test_a_reaction_alone_opens_nothing(gateway):
    react = {"mid": "m0", "action": "react", "emoji": "❤"}
    assert (
        await gateway.post("/hooks/instagram", event(gateway.now_ms(), reaction=react))
    ).status_code == 200
    assert await gateway.chat_of() is None


async def test_what_was_deleted_there_is_withdrawn_here(gateway):
    await gateway.instagram("m1", "실수로 적은 번호")
    contact_id = await gateway.chat_of()
    await gateway.instagram("m1", is_deleted=True)
    assert "withdrawn" in await gateway.kinds(contact_id)
    assert said(await gateway.entries(contact_id)) == []


async def test_deleted_too_late_is_told_to_staff(gateway):
    await gateway.instagram("m1", "한참 전의 말")
    contact_id = await gateway.chat_of()
    gateway.offset_ms += 2 * 60_000
    await gateway.instagram("m1", is_deleted=True)
    assert (await gateway.kinds(contact_id))[-1] == "noted"


async def test_seen_there_is_read_here(gateway, provider):
    await gateway.instagram("m1", "질문")
    contact_id = await gateway.taken()
    answer = await gateway.log.submit(contact_id, KIM, Said(text="답"))
    await until(lambda: "답" in provider.texts)
    end = time.monotonic() + 5
    while (await gateway.log.receipts(contact_id)).citizen_delivered < answer.seq:
        assert time.monotonic() < end
        await asyncio.sleep(0.02)
    assert (await gateway.log.receipts(contact_id)).citizen_read == 0
    await gateway.post("/hooks/instagram", event(gateway.now_ms(), read={"mid": "x"}))
    while (await gateway.log.receipts(contact_id)).citizen_read < answer.seq:
        assert time.monotonic() < end
        await asyncio.sleep(0.02)


UNUSABLE = [
    (b"{", 400),
    (b"\xff\xfe", 400),
    (b"[]", 200),
    (b"{}", 200),
    (b'{"object":"page","entry":[]}', 200),
    (b'{"object":"instagram","entry":[{"messaging":[{}]}]}', 200),
    (b'{"object":"instagram","entry":[{"messaging":[{"message":5}]}]}', 200),
    (b'{"object":"instagram","entry":[{"standby":[{"a":1}]}]}', 200),
    (b"x" * ((1 << 20) + 1), 413),
]


async def test_whatever_comes_is_no_exception(gateway):
    for raw, status in UNUSABLE:
        assert (await gateway.post("/hooks/instagram", raw)).status_code == status, raw[:60]
    assert await gateway.chat_of() is None


async def test_the_newer_form_of_the_same(gateway):
    value = instagram("m1", "새 형식")["entry"][0]["messaging"][0]
    body = {"object": "instagram", "entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}]}
    assert (await gateway.post("/hooks/instagram", body)).status_code == 200
    assert said(await gateway.entries(await gateway.chat_of())) == ["새 형식"]


async def test_many_in_one_request(gateway):
    bodies = [instagram(f"m{number}", f"{number}", who=f"igsid-{number % 10}") for number in range(60)]
    entry = {"id": "1", "messaging": [body["entry"][0]["messaging"][0] for body in bodies]}
    assert (
        await gateway.post("/hooks/instagram", {"object": "instagram", "entry": [entry]})
    ).status_code == 200
    for who in range(10):
        lines = said(await gateway.entries(await gateway.chat_of(who=f"igsid-{who}")))
        assert lines == [str(number) for number in range(who, 60, 10)]


# -- kakao -------------------------------------------------------------------------------------------------


async def test_consult_talk(gateway):
    answer = await gateway.kakao("1", "대형폐기물은 어떻게 버리나요?")
    assert (answer.status_code, answer.json()) == (200, {"code": 0})
    await gateway.kakao("1", "대형폐기물은 어떻게 버리나요?")
    contact_id = await gateway.chat_of("kakao", "kakao-1")
    assert said(await gateway.entries(contact_id)) == ["대형폐기물은 어떻게 버리나요?"]
    assert (await gateway.entries(contact_id))[0].body.channel == "kakao"


async def test_consult_talk_with_a_wrong_signature(gateway):
    body = {"user_key": "kakao-1", "type": "text", "contents": "x"}
    assert (await gateway.post("/hooks/kakao/message", body, secret="other")).status_code == 403
    assert await gateway.chat_of("kakao", "kakao-1") is None


async def test_what_a_dealer_tells_besides(gateway):
    reference = {"user_key": "kakao-1", "sender_key": "s", "reference": {"extra": "x"}}
    assert (await gateway.post("/hooks/kakao/reference", reference)).status_code == 200
    assert await gateway.chat_of("kakao", "kakao-1") is None
    assert (await gateway.post("/hooks/kakao/message", {"type": "text"})).status_code == 400
    await gateway.kakao("2", "", type="video")
    contact_id = await gateway.chat_of("kakao", "kakao-1")
    assert "동영상" in said(await gateway.entries(contact_id))[0]


async def test_a_dealer_without_numbers_of_its_own(gateway):
    seconds = gateway.now_ms() // 1000
    body = {"user_key": "kakao-1", "time": seconds, "type": "text", "content": "번호 없음"}
    for _ in range(2):
        await gateway.post("/hooks/kakao", body)
    assert said(await gateway.entries(await gateway.chat_of("kakao", "kakao-1"))) == ["번호 없음"]


# -- pictures ----------------------------------------------------------------------------------------------


async def test_a_picture_is_kept_and_shown(gateway, provider):
    images = [{"type": "image", "payload": {"url": f"{provider.url}/moved.jpg"}}]
    assert (await gateway.instagram("m1", attachments=images)).status_code == 200
    contact_id = await gateway.chat_of()
    (photo,) = await gateway.until_kind(contact_id, "photo")
    assert (photo.body.width, photo.body.height) == (64, 48)
    await gateway.kakao("1", "", type="photo", attachment={"url": f"{provider.url}/picture.jpg"})
    await gateway.until_kind(await gateway.chat_of("kakao", "kakao-1"), "photo")


async def test_a_slow_picture_is_announced_and_comes_later(gateway, provider):
    provider.picture_delay_s = 1.5
    images = [{"type": "image", "payload": {"url": f"{provider.url}/picture.jpg"}}]
    began = time.monotonic()
    assert (await gateway.instagram("m1", "보세요", attachments=images)).status_code == 200
    assert time.monotonic() - began < 1.2
    contact_id = await gateway.chat_of()
    assert "받는 중" in said(await gateway.entries(contact_id))[1]
    await gateway.until_kind(contact_id, "photo")


async def test_a_picture_that_cannot_be_had_is_told(gateway, provider):
    own = [provider.url + path for path in ("/away.jpg", "/nothing.jpg")]
    urls = [*own, "http://169.254.169.254/latest", "file:///etc/passwd"]
    for number, url in enumerate(urls):
        await gateway.instagram(f"m{number}", attachments=[{"type": "image", "payload": {"url": url}}])
    lines = said(await gateway.entries(await gateway.chat_of()))
    assert len(lines) == len(urls)
    assert all("받지 못했습니다" in line for line in lines)


async def test_what_is_counted_is_told_to_operators(gateway):
    await gateway.instagram("m1", "질문")
    service = SimpleNamespace(channels=gateway.channels)
    entries = [one for one in COUNTERS["chat_gateway"] if one.attribute.startswith("channels.")]
    found = {entry.name: entry.read(service) for entry in entries}
    assert found["channel_received"] == {"instagram.said": 1}
    assert set(found) == {
        f"channel_{name}" for name in ("received", "sent", "retried", "undelivered", "failures")
    }
    assert None not in found.values()
