import pytest

from assist.query import (
    CALLER_WEIGHTS,
    CONFIRMATION_WEIGHT,
    RollingQuery,
    is_courtesy,
    is_place,
    matched_words,
    without_fillers,
    without_phrases,
)


@pytest.mark.parametrize(
    "said",
    [
        "네",
        "네네네.",
        "아, 네 알겠습니다. 감사합니다.",
        "여보세요?",
        "수고하세요",
        "음...",
        "[이름]",
        "",
        "네, 친절하게 알려 주셔서 감사합니다.",
    ],
)
def test_courtesies(said):
    assert is_courtesy(said)


@pytest.mark.parametrize("said", ["네, 여권이요.", "감사합니다. 그런데 수수료는요?", "불이 났어요"])
def test_content_is_no_courtesy(said):
    assert not is_courtesy(said)


def test_newest_turn_counts_most_and_old_ones_go():
    query = RollingQuery()
    for turn in ("여권 때문에요", "네", "재발급이요", "구청에서요", "수수료는요"):
        query.heard_caller(turn)
    assert [(part.text, part.weight) for part in query.parts()] == [
        ("수수료는요", CALLER_WEIGHTS[0]),
        ("구청에서요", CALLER_WEIGHTS[1]),
        ("재발급이요", CALLER_WEIGHTS[2]),
    ]


def test_agent_counts_only_when_confirming_and_until_the_caller_goes_on():
    query = RollingQuery()
    query.heard_caller("그걸 다시 받고 싶은데요")
    query.heard_agent("오늘 날씨가 좋네요.")
    assert len(query.parts()) == 1
    query.heard_agent("여권 재발급 말씀이신가요?")
    assert query.parts()[-1].text == "여권 재발급 말씀이신가요?"
    assert query.parts()[-1].weight == CONFIRMATION_WEIGHT
    query.heard_caller("아니요, 면허증이요")
    assert [part.text for part in query.parts()] == ["아니요, 면허증이요", "그걸 다시 받고 싶은데요"]


def test_masks_are_no_content():
    query = RollingQuery()
    query.heard_caller("제 번호는 [전화번호]이고 여권이요")
    assert "[" not in query.parts()[0].text


def test_phrases_of_asking_go_unless_nothing_else_is_there():
    assert "어떻게" not in without_phrases("여권은 어떻게 신청하나요")
    assert without_phrases("어떻게") == "어떻게"


def test_matched_words_are_the_callers_nouns():
    assert matched_words("여권 재발급은 어디서 버리려고", ["여권", "재", "발급", "버리"]) == [
        "여권",
        "재발급",
    ]
    assert matched_words("약 버려요", ["약"]) == []


@pytest.mark.parametrize(
    "said",
    ["마포구요.", "마포구예요", "네 마포구 망원동이요", "저는 은평구 사는데요", "서울 강남구 삼성동입니다"],
)
def test_places(said):
    assert is_place(said)


@pytest.mark.parametrize(
    "said", ["마포구에서 소파 버리려고요", "전입신고요", "구청에 가야 돼요?", "네", "가구요", "전구요"]
)
def test_more_than_a_place(said):
    assert not is_place(said)


def test_sounds_of_thinking_are_no_words_of_the_matter():
    assert without_fillers("어 그 뭐냐 저기 여권을 음 다시") == "여권을 다시"
    assert without_fillers("그 여권이요") == "여권이요"
    assert without_fillers("저수지 음악회") == "저수지 음악회"


def test_a_change_of_mind_drops_what_was_said_before():
    query = RollingQuery()
    query.heard_caller("여권 재발급하려고요")
    query.heard_caller("아니 그거 말고 등본이요")
    assert [part.text for part in query.parts()] == ["등본이요"]
    query.heard_caller("하나만 더 여쭤볼게요 소파는요")
    assert len(query.parts()) == 1


def test_who_goes_on_says_one_turn():
    query = RollingQuery()
    query.heard_caller("소파요")
    query.heard_caller("제가 여권을")
    query.heard_caller("제가 여권을 잃어버렸어요", goes_on=True)
    assert [part.text for part in query.parts()] == ["제가 여권을 잃어버렸어요", "소파요"]
