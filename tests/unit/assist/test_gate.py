import pytest

from assist.gate import ASKED_SCORE, FOLLOW_SCORE, Verdict, asks, fits_beside, has_wish, needed_score, verdict


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
    assert fits_beside(0.95, 0.97, own_words=True)
    assert not fits_beside(0.5, 0.52, own_words=True)
    assert not fits_beside(0.86, 0.99, own_words=True)


def test_a_second_guide_for_the_same_words_must_be_as_good():
    assert fits_beside(0.96, 0.97, own_words=False)
    assert not fits_beside(0.91, 0.97, own_words=False)


def test_right_after_a_card_another_needs_more():
    said = "수수료는 얼마예요?"
    assert needed_score(said, follows=True) > needed_score(said)
    assert needed_score("이건 얼마예요?", follows=True, few_words=True) > needed_score(said, follows=True)
    between = (ASKED_SCORE + FOLLOW_SCORE) / 2
    assert verdict("신고서는 어디서 받나요?", 2, between, turns_since_card=1) is Verdict.SILENT
    assert verdict("신고서는 어디서 받나요?", 2, between, turns_since_card=9) is Verdict.OFFER


def test_tales_bring_no_card_unless_they_end_in_a_question():
    assert verdict("나는 옛날에 버스 운전을 했지", 3, 0.99) is Verdict.SILENT
    assert verdict("옛날에 쓰던 버스 카드는 어디서 환불받나요?", 3, 0.99) is Verdict.OFFER


def test_a_question_about_the_card_that_stands_there_is_not_without_a_guide():
    assert verdict("점심시간은 언제부터인가요?", 2, 0.1, turns_since_card=2) is Verdict.SILENT
    assert verdict("점심시간은 언제부터인가요?", 2, 0.1, turns_since_card=None) is Verdict.NOTHING


def test_a_wish_that_was_confirmed_is_one_in_any_words():
    assert verdict("여권 재발급", 2, 0.6) is Verdict.SILENT
    assert verdict("여권 재발급", 2, 0.6, wished=True) is Verdict.OFFER


@pytest.mark.parametrize("said", ["하루에도 몇 번씩 와요", "어떻게 이럴 수가 있어요", "몇 년째 이래요"])
def test_words_of_asking_that_ask_nothing(said):
    assert not asks(said)
