"""What comes along is complete; a site's file changes parts; what is wrong is told with its place."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from chat_gateway.limits import Amount
from chat_gateway.rules_file import load_rules
from contracts.errors import BadSetting


@pytest.fixture
def site(tmp_path):
    def write(text: str):
        path = tmp_path / "chat.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Seoul")).timestamp() * 1000)


def test_what_comes_along_is_complete_in_both_languages():
    rules = load_rules(None)
    for sentence in (
        *(rules.name, rules.greeting, rules.after_hours, rules.agent_lost, rules.idle_warning),
        *(rules.resting, rules.emergency, rules.hours_text),
    ):
        assert any("가" <= letter <= "힣" for letter in sentence.ko)
        assert sentence.en.isascii()
        assert "{" not in sentence.ko + sentence.en
    assert rules.is_open(at("2026-11-23 03:00"))
    assert rules.hours_text.ko in rules.after_hours.ko
    assert rules.emergency_words("살려주세요")
    assert rules.profanity("씨발")
    assert rules.topics
    assert rules.canned


def test_a_sites_file_says_only_what_differs(site):
    rules = load_rules(
        site("""
hours:
  week: {mon: ["09:00-18:00"], tue: ["09:00-18:00"]}
  days: {2026-11-24: [], 2026-11-28/2026-11-29: ["10:00-12:00"]}
texts:
  greeting: {ko: 반갑습니다., en: Welcome.}
links: {sign_url: https://sign.example.kr}
weights: {kakao: 0.25}
capacity: 5
idle: {warn_s: 60}
agents:
  kim: {skills: [tax], languages: [ko, en], capacity: 2}
emergency: {also: [코드블루], except: [가스 냄새 훈련]}
limits: {messages: {burst: 5, per_s: 1}, sockets_per_address: 10}
""")
    )
    usual = load_rules()
    assert rules.hours_text.ko == "월–화 09:00–18:00"
    assert "월–화 09:00–18:00" in rules.after_hours.ko
    assert rules.is_open(at("2026-11-23 10:00"))
    assert not rules.is_open(at("2026-11-24 10:00"))
    assert not rules.is_open(at("2026-11-25 10:00")), "the week of the site alone counts"
    assert rules.is_open(at("2026-11-29 10:00"))
    assert rules.greeting.ko == "반갑습니다."
    assert rules.resting == usual.resting
    assert rules.links.sign_url == "https://sign.example.kr"
    assert rules.links.relay_url == usual.links.relay_url
    assert rules.weights == {**usual.weights, "kakao": 0.25}
    assert rules.capacity == 5
    assert (rules.idle_warn_s, rules.rest_end_s) == (60, usual.rest_end_s)
    assert rules.agents["kim"].skills == ("tax",)
    assert rules.agents["kim"].capacity == 2
    assert rules.emergency_words("코드 블루")
    assert not rules.emergency_words("가스 냄새 훈련 공지")
    assert rules.limits.messages == Amount(5, 1)
    assert rules.limits.sockets_per_address == 10


def test_an_empty_file_changes_nothing(site):
    assert load_rules(site("# 없음\n")).capacity == load_rules().capacity


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("capasity: 3", "capasity"),
        ("capacity: 0", "capacity"),
        ("capacity: [", "line 1"),
        ("- a", "names and values"),
        ("hours: {week: {monday: []}}", "hours.week.*monday"),
        ("hours: {week: {mon: [9-18]}}", r"hours.week.mon.0.*09:00-18:00"),
        ("hours: {timezone: Asia/Seol}", "hours.timezone.*Asia/Seol"),
        ("hours: {days: {2026-13-01: []}}", "month must be in"),
        ("hours: {days: {2026-01-05/2026-01-01: []}}", "ends before"),
        ("texts: {greeting: {ko: 안녕}}", ""),
        ("texts: {greting: {ko: 안녕, en: hi}}", "texts.greting"),
        ("links: {relay_url: 'javascript:alert(1)'}", "links.relay_url"),
        ("weights: {fax: 1}", "weights.fax"),
        ("agents: {kim: {skills: [cooking]}}", "agents.kim.skills.*cooking"),
        ("topics: [{skill: 세금, ko: 세금, en: Tax}]", "topics.0.skill"),
        ("limits: {mesages: {burst: 1, per_s: 1}}", "limits.mesages"),
        ("limits: {messages: 5}", "limits.messages"),
        ("limits: {messages: {burst: 5, per_s: 0}}", "limits.messages"),
        ("stay_reply: ''", "stay_reply"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(site, text, place):
    if not place:
        load_rules(site(text))  # the other language stays as it comes along
        return
    with pytest.raises(BadSetting, match=place) as caught:
        load_rules(site(text))
    assert "chat.yaml" in str(caught.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(BadSetting, match=r"nowhere\.yaml"):
        load_rules(tmp_path / "nowhere.yaml")
