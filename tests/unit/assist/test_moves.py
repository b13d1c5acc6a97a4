import pytest

from assist.moves import (
    affirms,
    begins_affirming,
    is_broken_off,
    opens_another,
    points_back,
    says_back,
    tells_a_tale,
    without_dropped,
)


@pytest.mark.parametrize(
    "said",
    [
        "네, 여권 재발급이요.",
        "네 여권 재발급 말씀이시죠?",
        "아 네, 대형폐기물 건이요.",
        "네, 과태료 문의시군요.",
        "여권 재발급 말씀이신가요?",
        "아 수도요금 때문에 전화 주셨군요.",
    ],
)
def test_saying_back(said):
    assert says_back(said)


@pytest.mark.parametrize(
    "said", ["네, 여권은 구청에서 하시면 됩니다.", "네, 안녕하세요. 다산콜입니다.", "네, 오만 원이요.", "네."]
)
def test_telling_is_no_saying_back(said):
    assert not says_back(said)


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("여권 재발급 말고 분실이요", "분실이요"),
        ("아니 그거 말고 분실신고요", "분실신고요"),
        ("아, 아니 그게 아니라 등본이요", "등본이요"),
        ("그건 됐고요 쓰레기 봉투요", "쓰레기 봉투요"),
        ("아니 그게 아니고", ""),
        ("여권 재발급이요", None),
        ("저 말고 다른 사람이 가도 돼요?", None),
        ("아니 왜 안 되나요", None),
    ],
)
def test_what_is_dropped(said, left):
    assert without_dropped(said) == left


@pytest.mark.parametrize(
    "said", ["제가 여권을 잃어버렸는데", "그래서 그 여권을", "신고하려고", "집 앞에 차가", "가스가 새서"]
)
def test_turns_that_break_off(said):
    assert is_broken_off(said)


@pytest.mark.parametrize(
    "said",
    [
        "여권을 잃어버렸는데요",
        "어떻게 하나요",
        "이사를 했거든요",
        "그랬어",
        "사만 원인가",
        "마포구",
        "네 알겠습니다",
        "어디예요?",
    ],
)
def test_turns_that_came_to_an_end(said):
    assert not is_broken_off(said)


def test_yes():
    assert affirms("네, 맞아요")
    assert affirms("예예 그거요")
    assert not affirms("네, 전등이요")
    assert begins_affirming("네, 전등이요")
    assert not begins_affirming("전등이요")
    assert not affirms("")


def test_other_matters_tales_and_pointing():
    assert opens_another("그리고 하나만 더 여쭤볼게요")
    assert not opens_another("하나도 없어요")
    assert tells_a_tale("우리 손주가 그렇게 좋아하더라고요")
    assert not tells_a_tale("여권을 잃어버렸어요")
    assert points_back("아 그럼 그건 어디서 해요")
    assert not points_back("여권은 어디서 해요")
