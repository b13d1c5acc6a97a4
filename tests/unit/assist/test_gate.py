import pytest

from assist.gate import Verdict, fits_beside, has_wish, needed_score, verdict


@pytest.mark.parametrize(
    "said",
    [
        "여권 재발급하려고요",
        "수도 요금이 너무 많이 나왔어요",
        "가스 냄새가 나요",
        "얼마예요?",
        "고지서가 왔는데요",
    ],
)
def test_wishes_questions_and_reports(said):
    assert has_wish(said)


@pytest.mark.parametrize("said", ["이사한 지 삼 년 됐지", "회사에서 피곤해", "우리 손주가 학교에 들어갔지"])
def test_tales_are_no_wish(said):
    assert not has_wish(said)


def test_a_wish_needs_less_evidence_than_a_tale():
    assert needed_score("여권을 받고 싶은데요") < needed_score("여권이 있지")


def test_verdicts():
    assert verdict("여권 재발급은 어떻게 하나요?", 2, 0.9) is Verdict.OFFER
    assert verdict("피아노 조율은 어떻게 하나요?", 2, 0.1) is Verdict.NOTHING
    assert verdict("그건 어떻게 하나요?", 0, 0.1) is Verdict.SILENT
    assert verdict("피아노 조율을 했지", 2, 0.1) is Verdict.SILENT


def test_a_second_guide_must_be_likely_by_itself():
    assert fits_beside(0.95, 0.97)
    assert not fits_beside(0.5, 0.52)
    assert not fits_beside(0.86, 0.99)
