from chat_gateway.channels.instagram import Instagram
from chat_gateway.channels.kakao import Kakao, sending_headers
from chat_gateway.channels.port import channel_of, client_id
from chat_gateway.channels.windows import shut, told, window
from tests.unit.chat_gateway.chats import CONTACT

DAY_MS = 24 * 3_600_000
WROTE_MS = 1_777_777_777_000


def test_instagram_a_day_for_the_system_a_week_for_people():
    found = window(Instagram.terms, WROTE_MS)
    assert found.is_open(WROTE_MS + DAY_MS - 1, by_person=False)
    assert not found.is_open(WROTE_MS + DAY_MS, by_person=False)
    assert not found.is_late(WROTE_MS + DAY_MS - 1)
    assert found.is_late(WROTE_MS + DAY_MS)
    assert found.is_open(WROTE_MS + 7 * DAY_MS - 1)
    assert not found.is_open(WROTE_MS + 7 * DAY_MS)


def test_kakao_thirty_days_for_all():
    found = window(Kakao.terms, WROTE_MS)
    assert found.is_open(WROTE_MS + 30 * DAY_MS - 1, by_person=False)
    assert not found.is_open(WROTE_MS + 30 * DAY_MS)
    assert not found.is_late(WROTE_MS + 30 * DAY_MS - 1)


def test_nobody_wrote_or_the_provider_shut_it():
    assert not window(Kakao.terms, 0).is_open(1)


def test_what_an_agent_sees():
    message = told(CONTACT, "instagram", Instagram.terms, WROTE_MS)
    assert (message.until_ms, message.max_chars) == (WROTE_MS + 7 * DAY_MS, 333)
    assert told(CONTACT, "kakao", Kakao.terms, WROTE_MS).max_chars == 1000
    refusal = shut("instagram", 1_777_777_777_000)
    assert "05월 03일 12:09에 끝남" in refusal.ko
    assert "끝남" not in shut("kakao", 0).ko


def test_where_an_entry_came_from_is_told_by_its_client_id():
    made = client_id("kakao", "한글 번호 7", 100)
    assert 8 <= len(made) <= 64
    assert channel_of(made) == "kakao"
    assert made != client_id("kakao", "한글 번호 8", 100)
    for other in ("", "a-browser-made-this", "web-" + "0" * 40 + "-0", "kakao-1", made + "x"):
        assert channel_of(other) is None


def test_headers_of_dealers():
    assert sending_headers("abc") == {"Authorization": "Bearer abc"}
    assert sending_headers("") == {}
    assert sending_headers("HT-Client-Id: a; HT-Client-Secret: b=c") == {
        "HT-Client-Id": "a",
        "HT-Client-Secret": "b=c",
    }
