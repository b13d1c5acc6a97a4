"""Dangers that are there now, and all that is only said with the same words."""

import pytest

from voc.reading.danger import danger_in


@pytest.mark.parametrize(
    ("text", "danger"),
    [
        ("가스 냄새가 나요", "gas"),
        ("가스가 새는 것 같은데요", "gas"),
        ("방금 전에 앞집에 불이 났어요", "fire"),
        ("산불 난 거 아니에요", "fire"),
        ("시커먼 연기가 막 올라와요", "fire"),
        ("반지하에 물이 차올라요", "flood"),
        ("도로가 물에 잠겼어요", "flood"),
        ("사람이 너무 많아서 밀려요 위험해요", "crowd"),
        ("동네가 정전됐어요", "outage"),
        ("어제부터 물이 안 나와요", "outage"),
        ("수도가 끊겼어요", "outage"),
        ("도로에 싱크홀이 생겼어요", "collapse"),
        ("담벼락이 무너졌어요", "collapse"),
        ("땅이 꺼졌어요", "collapse"),
    ],
)
def test_now(text: str, danger: str) -> None:
    assert danger_in([text]) == danger


@pytest.mark.parametrize(
    "text",
    [
        "가스 요금 고지서가 안 왔어요",
        "가스레인지 버리려고요",
        "가스 냄새는 안 나요",
        "화재보험 문의요",
        "불이 나면 어떻게 해요",
        "작년에 불이 났던 건물이요",
        "이불 버리려고요",
        "열불이 나서 전화했어요",
        "공연이 연기됐나요",
        "담배 연기가 들어와요",
        "침수 피해 지원금 신청이요",
        "침수될까 봐 걱정돼요",
        "변기 물이 넘쳐요",
        "결과물이 안 나와요",
        "눈물이 차올라요",
        "온수가 안 나와요",
        "내일 단수된다고 방송했어요",
        "요금을 못 내서 단수됐어요",
        "생활이 다 무너졌어요",
        "주택 시장이 붕괴됐어요",
        "뉴스에서 산불이 났다고 하던데요",
        "정전 대비 훈련이 언제예요",
        "버스에 사람이 너무 많아요",
        "",
    ],
)
def test_not_now(text: str) -> None:
    assert danger_in([text]) is None


def test_what_is_told_most_counts() -> None:
    assert danger_in(["정전됐어요", "연기가 나요 건물에서 불이 났어요"]) == "fire"
    assert danger_in(["정전됐어요", "전기가 나갔어요", "연기가 나요"]) == "outage"


def test_one_denied_sentence_does_not_hide_another() -> None:
    assert danger_in(["불이 난 건 아니고요. 가스 냄새가 나요"]) == "gas"
