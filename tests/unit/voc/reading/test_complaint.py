"""Words of complaint, as they were said; denied ones are none."""

import pytest

from voc.reading.complaint import MAX_WORDS, complaints_in


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("이게 말이 됩니까", "말이 됩니까"),
        ("정말 너무하는 거 아니에요", "너무하"),
        ("화가 나서 전화했어요", "화가 나서"),
        ("도대체 언제 고쳐요", "도대체"),
        ("억울해요", "억울"),
        ("직원이 반말을 했어요", "반말"),
    ],
)
def test_complaint(text: str, words: str) -> None:
    assert words in complaints_in([text])
    assert all(found in text for found in complaints_in([text]))


@pytest.mark.parametrize(
    "text",
    [
        "불만은 아니고요",
        "이제 불만 없어요",
        "화가 나서 전화한 건 아니고요",
        "짜증 난 거 아니에요",
        "너무 친절하셔서 고마워요",
        "가슴이 답답해서 병원에 가려고요",
        "신호를 무시하고 지나갔어요",
        "연기가 막 나요",
        "",
    ],
)
def test_no_complaint(text: str) -> None:
    assert complaints_in([text]) == ()


def test_each_once_and_not_without_end() -> None:
    assert complaints_in(["억울해요", "억울해요"]) == ("억울",)
    many = "억울 짜증 황당 한심 도대체 개판 엉망 최악 뻔뻔 무책임"
    assert len(complaints_in([many])) == MAX_WORDS
