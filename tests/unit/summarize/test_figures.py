"""Numbers in Korean words and in figures are the same number."""

import pytest

from summarize.figures import Figures, figures


def unsaid(said, line):
    """The pieces of `line` that `said` does not hold."""
    heard = Figures()
    for text in [said] if isinstance(said, str) else said:
        heard.hear(text)
    return [line[one.start : one.end] for one in figures(line) if not heard.has(one)]


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("소파는 오천 원이고 침대는 만 원입니다.", "소파 5,000원, 침대 1만 원"),
        ("삼만 이천 원이네요.", "32,000원, 3만 2천 원, 3만2천원"),
        ("1만 8천 원입니다.", "18,000원"),
        ("보증금 8천만 원 이하요.", "보증금 8,000만 원 이하"),
        ("십오만 원이나 내라고 하네요.", "15만 원"),
        ("열두 시 반에 오세요.", "12시 30분, 12:30"),
        ("오후 세 시까지요.", "15시, 15:00, 오후 3시"),
        ("이십 일 안에 내셔야 합니다.", "20일 이내"),
        ("십사일 안에요.", "14일"),
        ("나흘 정도 걸립니다.", "4일"),
        ("일주일 걸려요.", "1주일, 7일"),
        ("시월 이일부터 유월 삼십일까지", "10월 2일~6월 30일, 10/2"),
        ("다음 주 화요일에 갈게요.", "차주 화요일"),
        ("내일까지요.", "익일까지"),
        ("월급을 석 달치 못 받았어요.", "3개월"),
        ("사진 한 장이요.", "사진 1매"),
        ("두 번이나 말했어요.", "2회"),
        ("어머니가 일흔여섯이세요.", "76세"),
        ("만 65세가 되세요.", "만 65세"),
        ("국세청은 일이육 번입니다.", "국세청 126"),
        ("일삼오공이요.", "1350"),
        ("공이에 이일삼삼에 일이삼사 번이요.", "02-2133-1234"),
        (["공이에", "이일삼삼이고요", "일이삼사입니다"], "02-2133-1234"),
        ("천오백칠십칠에 천 번이요.", "1577-1000"),
        ("삼 층이에요.", "3층"),
        ("심야 버스 삼십칠 번을 타세요.", "37번 버스"),
        ("이십 퍼센트를 깎아 드려요.", "20%"),
        ("상담 비용은 없습니다.", "무료 상담"),
        ("제 번호는 [전화번호]예요.", "[전화번호]로 발송"),
    ],
)
def test_what_was_said_in_other_words_was_said(said, line):
    assert unsaid(said, line) == []


@pytest.mark.parametrize(
    ("said", "line", "piece"),
    [
        ("오천 원입니다.", "50,000원 안내함", "50,000원"),
        ("오천 원입니다.", "5,100원 안내함", "5,100원"),
        ("이십 일 안에요.", "21일 이내", "21일"),
        ("시월 이일이요.", "10월 3일", "10월 3일"),
        ("화요일이요.", "수요일", "수요일"),
        ("내일이요.", "모레", "모레"),
        ("다음 주요.", "이번 주", "이번 주"),
        ("세 시요.", "4시", "4시"),
        ("두 장이요.", "3장", "3장"),
        ("공이에 이일삼삼에 일이삼사요.", "02-2133-1243", "02-2133-1243"),
        ("국세청은 126번입니다.", "국번 없이 127", "127"),
        ("수수료는 오천 원입니다.", "수수료 무료", "무료"),
        ("사진 두 장과 십사 일이요.", "14장", "14장"),
    ],
)
def test_what_nobody_said_is_found(said, line, piece):
    assert unsaid(said, line) == [piece]


@pytest.mark.parametrize(
    "line",
    [
        "상담사 일정 확인 후 이의신청 안내함",
        "만료 전 육교 공사 구간",
        "일요 근무",
        "구매 사건 일회용",
        "이 건은 사업소 소관",
        "",
    ],
)
def test_everyday_words_are_no_numbers(line):
    assert [line[one.start : one.end] for one in figures(line) if one.kind != "date"] == []


def test_a_figure_lies_where_it_stands():
    line = "과태료 4만 원(20% 할인)"
    assert [line[one.start : one.end] for one in figures(line)] == ["4만 원", "20%"]
    assert [one.kind for one in figures(line)] == ["amount", "number"]
