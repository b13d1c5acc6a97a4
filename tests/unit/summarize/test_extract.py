"""Hand-written conversations: what was asked, what was told, what comes next."""

from pathlib import Path

import pytest
import yaml

from summarize.extract import MAX_LINES, extract

HELLO = "agent: 안녕하십니까? 다산콜센터입니다. 무엇을 도와드릴까요?"
BYE = "agent: 감사합니다. 좋은 하루 보내세요."


def _texts(utterances, field, roles=None):
    return [line.text for line in extract(utterances, roles or {}) if line.field == field]


def test_bulky_waste(say):
    said = say(
        HELLO,
        "caller: 네, 안녕하세요. 소파를 버리려고 하는데 어떻게 신고해야 하나요?",
        "agent: 네, 소파는 대형 폐기물이라서 배출 신고를 먼저 하셔야 합니다. 어느 구에 사시나요?",
        "caller: 마포구요.",
        "agent: 마포구청 홈페이지에서 신청하시면 됩니다.",
        "caller: 수수료는 얼마예요?",
        "agent: 오천 원입니다.",
        "caller: 네, 알겠습니다. 감사합니다.",
        BYE,
    )
    assert _texts(said, "inquiry") == ["소파를 버리려고 하는데 어떻게 신고해야 하나요?", "수수료는 얼마예요?"]
    assert _texts(said, "handling") == [
        "소파는 대형 폐기물이라서 배출 신고를 먼저 하셔야 합니다.",
        "마포구청 홈페이지에서 신청하시면 됩니다.",
        "오천 원입니다.",
    ]
    assert _texts(said, "followup") == []


def test_passport_with_a_change_of_mind(say):
    said = say(
        HELLO,
        "caller: 여권을 잃어버린 것 같아요. 여권 분실 신고는 어떻게 하나요?",
        "agent: 분실 신고는 가까운 구청에서 하실 수 있습니다.",
        "caller: 아, 잠깐만요. 서랍에 있네요. 찾았어요.",
        "agent: 아, 정말 다행입니다.",
        "caller: 그런데 유효 기간이 지났네요. 그러면 여권 재발급을 받아야 하나요?",
        "agent: 네, 다시 발급받으셔야 합니다. 신분증과 사진 한 장을 가지고 구청에 방문해 주세요.",
        BYE,
    )
    inquiry = _texts(said, "inquiry")
    assert inquiry[0] == "여권을 잃어버린 것 같아요. 여권 분실 신고는 어떻게 하나요?"
    assert inquiry[-1] == "그런데 유효 기간이 지났네요. 그러면 여권 재발급을 받아야 하나요?"
    assert _texts(said, "followup") == ["신분증과 사진 한 장을 가지고 구청에 방문해 주세요."]


def test_the_same_question_again_counts_once_and_as_it_was_said_last(say):
    said = say(
        HELLO,
        "caller: 여권 재발급 수수료가 얼마인가요?",
        "agent: 잠시만 기다려 주세요.",
        "caller: 십 년짜리 여권 재발급 수수료가 얼마인가요?",
        "agent: 오만 원입니다.",
    )
    assert _texts(said, "inquiry") == ["십 년짜리 여권 재발급 수수료가 얼마인가요?"]
    assert _texts(said, "handling") == ["오만 원입니다."]


def test_another_agency(say):
    said = say(
        HELLO,
        "caller: 종합 소득세 신고를 하려고 하는데요. 언제까지 해야 하나요?",
        "agent: 종합 소득세는 국세청에서 담당합니다. 국세청 상담 전화는 126번입니다.",
        "caller: 아, 국세청이요? 네, 고맙습니다.",
        BYE,
    )
    assert _texts(said, "inquiry") == ["종합 소득세 신고를 하려고 하는데요. 언제까지 해야 하나요?"]
    assert _texts(said, "handling") == ["종합 소득세는 국세청에서 담당합니다."]
    assert _texts(said, "followup") == ["국세청 상담 전화는 126번입니다."]


def test_an_emergency_surfaces_among_other_talk(say):
    said = say(
        HELLO,
        "caller: 주민센터 여는 시간이 몇 시예요?",
        "agent: 아홉 시부터 여섯 시까지입니다.",
        "caller: 등본 수수료는 얼마예요?",
        "agent: 사백 원입니다.",
        "caller: 어, 잠깐만요. 옆집에 불이 났어요. 연기가 나요.",
        "agent: 지금 바로 밖으로 나가시고 119에 신고하셔야 합니다. 제가 연결해 드리겠습니다.",
        "caller: 인터넷으로도 등본을 뗄 수 있어요?",
        "caller: 토요일에도 여나요?",
    )
    assert any("불이 났어요" in text for text in _texts(said, "inquiry"))
    assert any("연결해 드리겠습니다" in text for text in _texts(said, "followup"))


def test_only_small_talk_gives_no_line(say):
    said = say(
        HELLO,
        "caller: 아이고, 늦은 시간에도 전화를 받으시네요. 고생이 많으세요.",
        "agent: 아닙니다. 말씀 감사합니다.",
        "caller: 오늘 날씨가 참 춥네요. 거기도 비가 오나요?",
        "agent: 네, 감기 조심하세요.",
        "caller: 네, 고마워요. 수고하세요.",
        BYE,
    )
    assert extract(said, {}) == ()


def test_an_empty_contact_gives_no_line(say):
    assert extract([], {}) == ()
    assert extract(say(HELLO, "caller: 네.", "caller: 여보세요."), {}) == ()


def test_unknown_roles_fall_back_to_questions_and_statements(say):
    said = say(
        HELLO,
        "caller: 이사를 했는데요. 전입 신고는 어떻게 하나요?",
        "agent: 네, 십사 일 안에 주민센터에서 신고하시면 됩니다. 어느 구로 이사하셨나요?",
        "caller: 관악구예요.",
        "agent: 신분증을 꼭 가지고 가세요.",
        roles=False,
    )
    assert _texts(said, "inquiry") == ["이사를 했는데요. 전입 신고는 어떻게 하나요?"]
    assert _texts(said, "handling") == ["십사 일 안에 주민센터에서 신고하시면 됩니다."]
    assert _texts(said, "followup") == ["신분증을 꼭 가지고 가세요."]


def test_corrected_roles_win_over_the_utterances(say):
    said = say("agent: 침대는 어떻게 버리나요?", "caller: 대형 폐기물은 구청 홈페이지에서 신청하시면 됩니다.")
    assert "침대는 어떻게 버리나요?" not in _texts(said, "inquiry")
    swapped = extract(said, {0: "agent", 1: "caller"})
    assert [(line.field, line.text) for line in swapped] == [
        ("inquiry", "침대는 어떻게 버리나요?"),
        ("handling", "대형 폐기물은 구청 홈페이지에서 신청하시면 됩니다."),
    ]


def test_a_misheard_greeting_is_no_answer(say):
    said = say(
        "agent: 안녕하십니까? 서울시타산 고센토입니다.",
        "caller: 침대는 어떻게 버리나요?",
        "agent: 구청 홈페이지에서 신청하시면 됩니다.",
    )
    assert _texts(said, "handling") == ["구청 홈페이지에서 신청하시면 됩니다."]


def test_an_offer_counts_once_the_caller_takes_it(say):
    offer = "agent: 자세한 안내를 문자로 보내 드릴까요?"
    asked = "caller: 수도 요금 감면은 어떻게 받나요?"
    assert _texts(say(asked, offer, "caller: 네, 그렇게 해 주세요."), "followup") == [
        offer.partition(": ")[2]
    ]
    assert _texts(say(asked, offer, "caller: 아니요, 괜찮아요."), "followup") == []


def test_a_bare_question_brings_the_utterance_before_it(say):
    said = say(HELLO, "caller: 길에 버려진 고양이가 있는데", "caller: 어떻게 해야 하나요?")
    (line,) = extract(said, {})
    assert line.text == "길에 버려진 고양이가 있는데 어떻게 해야 하나요?"
    assert line.evidence == (said[1].utterance_id, said[2].utterance_id)


def test_who_the_caller_is_does_not_stand_in_the_draft(say):
    said = say(
        "agent: 성함과 연락처를 말씀해 주세요.",
        "caller: 제 이름은 [이름]입니다. 번호는 [전화번호]이고요.",
        "caller: 제 이름은 [이름]이고요 여권 재발급은 어디서 하나요?",
    )
    assert _texts(said, "inquiry") == ["제 이름은 [이름]이고요 여권 재발급은 어디서 하나요?"]


def test_a_long_call_stays_within_the_number_of_lines(say):
    turns = [
        turn
        for number in range(200)
        for turn in (
            f"caller: {number}번 버스는 언제 오나요?",
            f"agent: {number}번 버스는 {number}분 뒤에 옵니다.",
        )
    ]
    lines = extract(say(*turns), {})
    for field, most in MAX_LINES.items():
        assert len([line for line in lines if line.field == field]) <= most
    assert lines == extract(say(*turns), {})


DIALOGUES = sorted((Path(__file__).parents[3] / "samples" / "dialogues").glob("*.yaml"))


@pytest.mark.parametrize("path", DIALOGUES, ids=lambda path: path.stem)
def test_sample_dialogues_get_an_inquiry_and_a_handling(say, path):
    turns = yaml.safe_load(path.read_text(encoding="utf-8"))["turns"]
    said = say(*(f"{turn['who']}: {turn['text']}" for turn in turns if "text" in turn))
    assert _texts(said, "inquiry")
    assert _texts(said, "handling")
