"""One citizen, one thread."""

import asyncio

import pytest
from sqlalchemy import text

from chat_gateway.people import People, digits
from contracts.chat import CITIZEN, Blocked, Ended, Opened, Said
from contracts.errors import BadSetting
from privacy.vault import Vault
from tests.unit.chat_gateway.channels.provider import HOUR_MS, SECRET, until
from tests.unit.chat_gateway.chats import KIM


@pytest.mark.parametrize("phone", ["010-1234-5678", "01012345678", "+82 10 1234 5678", "0082-10-1234-5678"])
def test_one_number_in_many_spellings(phone):
    assert digits(phone) == "01012345678"


async def test_many_who_ask_at_once_get_one_person(gateway):
    found = await asyncio.gather(*(gateway.people.person_of("instagram", "x") for _ in range(8)))
    assert len(set(found)) == 1
    assert found[0] != await gateway.people.person_of("kakao", "x")


async def test_the_table_tells_nobody_who_wrote(gateway, folder):
    await gateway.instagram("m1", "질문", who="igsid-geheim")
    await gateway.people.person_of("ars", "010-9876-5432")
    async with gateway.database.session() as session:
        rows = (await session.execute(text("SELECT * FROM chat_addresses"))).all()
    assert len(rows) == 2
    shown = str(rows)
    assert "geheim" not in shown
    assert "98765432" not in shown
    assert "5432" not in shown.replace("'", "").split("b")[0]
    other = People(gateway.database, Vault("another key, as long as it has to be"))
    person = await gateway.people.person_of("instagram", "igsid-geheim")
    with pytest.raises(BadSetting):
        await other.reached(person, "instagram")
    reached = await gateway.people.reached(person, "instagram")
    assert reached.external_id == "igsid-geheim"
    assert "geheim" not in repr(reached)


async def test_two_people_two_channels_two_threads(gateway, provider):
    await gateway.instagram("m1", "첫째 사람")
    await gateway.kakao("1", "둘째 사람")
    first, second = await gateway.taken(), await gateway.taken("kakao", "kakao-1")
    assert first != second
    await gateway.log.submit(first, KIM, Said(text="첫째에게"))
    await gateway.log.submit(second, KIM, Said(text="둘째에게"))
    await until(lambda: {"첫째에게", "둘째에게"} <= set(provider.texts))
    to = {
        text: one.get("user_key") or one["recipient"]["id"]
        for text, one in zip(provider.texts, provider.sent, strict=True)
    }
    assert (to["첫째에게"], to["둘째에게"]) == ("igsid-1", "kakao-1")


async def test_one_person_two_channels_one_thread(gateway, provider):
    """Replies go where the citizen spoke last, and the log holds all of it."""
    await gateway.instagram("m1", "인스타그램에서")
    contact_id = await gateway.taken()
    person = await gateway.people.person_of("instagram", "igsid-1")
    assert await gateway.people.link(person, "kakao", "kakao-1") == person
    await gateway.kakao("1", "카카오톡에서")
    assert await gateway.chat_of("kakao", "kakao-1") == contact_id
    await gateway.log.submit(contact_id, KIM, Said(text="카카오톡으로 답"))
    await until(lambda: "카카오톡으로 답" in provider.texts)
    assert provider.sent[-1]["user_key"] == "kakao-1"
    await gateway.log.submit(contact_id, CITIZEN, Said(text="웹에서"), "browser-0001")
    await gateway.log.submit(contact_id, KIM, Said(text="웹으로 답"))
    await gateway.instagram("m2", "다시 인스타그램")
    await gateway.log.submit(contact_id, KIM, Said(text="인스타그램으로 답"))
    await until(lambda: "인스타그램으로 답" in provider.texts)
    assert provider.sent[-1]["recipient"] == {"id": "igsid-1"}
    assert "웹으로 답" not in provider.texts
    said = [one.body.text for one in await gateway.entries(contact_id) if isinstance(one.body, Said)]
    assert said[::2] == ["인스타그램에서", "카카오톡으로 답", "웹으로 답", "인스타그램으로 답"]
    assert gateway.log.counts.opened.total() == 1


async def test_a_chat_of_the_web_goes_on_in_a_messenger(gateway, provider):
    person = await gateway.people.person_of("instagram", "igsid-1")
    head = await gateway.log.begin(Opened(channel="web"), person_id=person)
    await gateway.log.submit(head.contact_id, CITIZEN, Said(text="웹에서"), "browser-0001")
    await gateway.instagram("m1", "이제 여기서")
    await gateway.taken()
    await gateway.log.submit(head.contact_id, KIM, Said(text="여기로 답"))
    await until(lambda: "여기로 답" in provider.texts)
    assert "안녕하세요" not in str(provider.texts)
    window = await gateway.channels.replies.window(head.contact_id)
    assert window.channel == "instagram"


async def test_two_persons_turn_out_to_be_one(gateway):
    await gateway.instagram("m1", "하나")
    await gateway.kakao("1", "둘")
    first = await gateway.people.person_of("instagram", "igsid-1")
    assert await gateway.people.link(first, "kakao", "kakao-1") != first
    assert await gateway.people.person_of("instagram", "igsid-1") == await gateway.people.person_of(
        "kakao", "kakao-1"
    )
    await gateway.kakao("2", "셋")
    assert await gateway.chat_of() == await gateway.chat_of("kakao", "kakao-1")


async def test_after_the_end_a_new_thread_of_the_same_person(gateway):
    await gateway.instagram("m1", "하나")
    contact_id = await gateway.taken()
    await gateway.log.submit(contact_id, KIM, Ended())
    await gateway.instagram("m2", "둘")
    assert await gateway.chat_of() not in (contact_id, None)


async def test_who_was_blocked_waits_a_day_there_too(gateway, provider):
    await gateway.instagram("m1", "나쁜 말")
    contact_id = await gateway.taken()
    await gateway.log.submit(contact_id, KIM, Blocked(reason="욕설"))
    await gateway.instagram("m2", "또 나쁜 말")
    assert await gateway.chat_of() is None
    await until(lambda: "24시간 뒤에" in provider.texts[-1])
    gateway.offset_ms += 25 * HOUR_MS
    await gateway.instagram("m3", "미안합니다")
    assert await gateway.chat_of() is not None


# -- visible ARS -------------------------------------------------------------------------------------------


async def test_the_ars_gets_a_link_for_a_number(gateway):
    asked = {"channel": "ars", "skill": "waste", "facts": {"메뉴": "대형폐기물"}, "phone": "010-1234-5678"}
    headers = {"authorization": "Bearer a key of the ARS"}
    made = (await gateway.hooks.post("/api/chat/links", json=asked, headers=headers)).json()
    site, _, token = made["url"].partition("#link=")
    assert site == "https://chat.example/chat/"
    redeemed = await gateway.keys.redeem(token)
    assert redeemed.asked.facts == {"메뉴": "대형폐기물"}
    assert redeemed.asked.phone == ""
    assert redeemed.person_id == await gateway.people.person_of("ars", "+82 10 1234 5678")
    again = await gateway.hooks.post("/api/chat/links", json=asked, headers=headers)
    token = again.json()["url"].partition("#link=")[2]
    assert (await gateway.keys.redeem(token)).person_id == redeemed.person_id


async def test_nobody_else_gets_a_link(gateway):
    for header in (
        {},
        {"authorization": "Bearer wrong"},
        {"authorization": "Bearer "},
        {"authorization": b"\xff"},
    ):
        answer = await gateway.hooks.post("/api/chat/links", json={}, headers=header)
        assert answer.status_code == 401
    headers = {"authorization": "Bearer a key of the ARS"}
    bad = await gateway.hooks.post("/api/chat/links", json={"phone": "열하나"}, headers=headers)
    assert bad.status_code == 400


async def test_the_link_in_a_greeting_opens_the_same_conversation(gateway, provider):
    await gateway.instagram("m1", "질문")
    await until(lambda: provider.texts)
    token = provider.texts[0].partition("#link=")[2].split()[0]
    redeemed = await gateway.keys.redeem(token)
    assert await gateway.people.open_chat(redeemed.person_id) == await gateway.chat_of()


async def test_the_chatbot_shows_the_way_to_a_person(gateway):
    """By the published SkillPayload; and the same person's consult talk is the same thread."""
    payload = {
        "intent": {"id": "b", "name": "상담사 연결"},
        "userRequest": {
            "timezone": "Asia/Seoul",
            "utterance": "상담사 연결해 줘\n",
            "lang": "ko",
            "user": {"id": "bot-user", "type": "botUserKey", "properties": {"plusfriendUserKey": "kakao-1"}},
        },
        "bot": {"id": "1", "name": "봇"},
        "action": {"name": "상담", "params": {}, "id": "2", "detailParams": {}, "clientExtra": {}},
    }
    headers = {"authorization": f"Bearer {SECRET}"}
    answer = await gateway.hooks.post("/hooks/kakao/skill", json=payload, headers=headers)
    assert answer.json()["version"] == "2.0"
    (button,) = answer.json()["template"]["outputs"][0]["textCard"]["buttons"]
    assert (button["action"], len(button["label"]) <= 14) == ("webLink", True)
    redeemed = await gateway.keys.redeem(button["webLinkUrl"].partition("#link=")[2])
    assert redeemed.asked.facts == {"챗봇에 쓴 말": "상담사 연결해 줘"}
    assert redeemed.person_id == await gateway.people.person_of("kakao", "kakao-1")
    assert (await gateway.hooks.post("/hooks/kakao/skill", json=payload)).status_code == 403
    broken = await gateway.hooks.post("/hooks/kakao/skill", content=b"{", headers=headers)
    assert broken.status_code == 400
