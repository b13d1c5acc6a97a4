from dataclasses import dataclass

from asr.stabilizer import Partial, Stabilizer


@dataclass(frozen=True)
class Word:
    text: str
    end_s: float
    probability: float = 0.9


def stable_of(partial):
    return partial.text[: partial.stable_chars]


def test_the_first_hypothesis_is_all_guess():
    assert Stabilizer().update("소파를 버리려고") == Partial("소파를 버리려고", 0)


def test_what_two_agree_on_is_stable():
    target = Stabilizer()
    target.update("소파를 버리려고")
    assert target.update("소파를 버리려고 하는데") == Partial(
        "소파를 버리려고 하는데", len("소파를 버리려고")
    )


def test_agreement_counts_from_the_beginning_on():
    target = Stabilizer()
    target.update("쇼파를 버리려고 하는데")
    assert target.update("소파를 버리려고 하는데") == Partial("소파를 버리려고 하는데", 0)


def test_half_a_word_is_not_stable():
    target = Stabilizer()
    target.update("소파를 버릴")
    assert stable_of(target.update("소파를 버리려고")) == "소파를"


def test_punctuation_and_spacing_are_no_disagreement():
    target = Stabilizer()
    target.update("네, 소파를 버려도되나요.")
    assert target.update("네 소파를 버려도 되나요? 언제") == Partial(
        "네 소파를 버려도 되나요? 언제", len("네 소파를 버려도 되나요")
    )


def test_punctuation_after_the_stable_part_may_still_change():
    target = Stabilizer()
    target.update("소파를 버리려고요.")
    target.update("소파를 버리려고요.")
    assert target.update("소파를 버리려고요, 내일").text == "소파를 버리려고요, 내일"


def test_nothing_new_on_the_screen_is_none():
    target = Stabilizer()
    assert target.update("") is None
    target.update("여보세요")
    target.update("여보세요")
    assert target.update("여보세요") is None
    assert target.update(" 여보세요  ") is None


def test_the_same_words_that_became_stable_are_news():
    target = Stabilizer()
    target.update("여보세요")
    assert target.update("여보세요") == Partial("여보세요", 4)


def test_stable_words_stand_against_later_doubt():
    target = Stabilizer()
    target.update("마포구에 살고")
    target.update("마포구에 살고 있어요")
    assert stable_of(target.update("마포 고의 살고 이써요")) == "마포구에 살고"
    assert target.update("") == Partial("마포구에 살고", 7)


def test_what_stands_for_stable_words_is_not_said_twice():
    target = Stabilizer()
    target.update("마포구에 살고")
    target.update("마포구에 살고")
    assert target.update("마포 고의 살고 있어요").text == "마포구에 살고 있어요"


def test_agreement_goes_on_after_a_stable_word_that_is_heard_otherwise_now():
    target = Stabilizer()
    target.update("공포도 아니에요")
    target.update("공포도 아니에요")
    target.update("아 공포도 아닌 이건")
    assert stable_of(target.update("아 공포도 아니 이건 이거")) == "공포도 아니에요 이건"


def test_a_shorter_hypothesis_keeps_what_is_stable():
    target = Stabilizer()
    target.update("하나 둘 셋")
    target.update("하나 둘 셋 넷")
    assert target.update("하나") == Partial("하나 둘 셋", 6)


def test_half_a_syllable_is_not_shown():
    assert Stabilizer().update("시나리오를 시종일\ufffd\ufffd").text == "시나리오를 시종일"


def test_doubted_hypotheses_do_not_agree():
    target = Stabilizer()
    target.update("이 정도면", confidence=0.2)
    assert target.update("이 정도면", confidence=0.9) is None
    assert target.update("이 정도면", confidence=0.9) == Partial("이 정도면", 5)


def test_a_sure_word_before_the_edge_is_stable_at_once():
    words = [Word("소파를", 0.6), Word("버리려고", 1.1)]
    assert Stabilizer().update("소파를 버리려고", words=words, window_s=1.2) == Partial("소파를 버리려고", 3)


def test_an_unsure_word_waits_and_so_do_those_after_it():
    words = [Word("쇼파를", 0.6, 0.2), Word("버리려고", 1.0)]
    assert Stabilizer().update("쇼파를 버리려고", words=words, window_s=2.0) == Partial("쇼파를 버리려고", 0)


def test_a_word_cut_by_the_edge_is_shown_when_it_comes_twice():
    target = Stabilizer()
    cut = [Word("소파를", 0.6), Word("버릴", 1.0)]
    assert target.update("소파를 버릴", words=cut, window_s=1.0) == Partial("소파를", 3)
    same = [Word("소파를", 0.6), Word("버릴", 1.0)]
    assert target.update("소파를 버릴", words=same, window_s=1.02) == Partial("소파를 버릴", 6)


def test_a_word_that_the_model_hardly_believes_is_shown_when_it_comes_twice():
    target = Stabilizer()
    doubtful = [Word("구독과", 0.3, 0.01), Word("좋아요", 0.5)]
    assert target.update("구독과 좋아요", confidence=0.2, words=doubtful, window_s=1.0) is None
    assert target.update("구독과 좋아요", confidence=0.2, words=doubtful, window_s=1.5) == Partial(
        "구독과 좋아요", 0
    )


def test_words_that_a_guard_took_away_are_not_missed():
    words = [Word("접수했습니다.", 0.9), Word("시청해", 1.2), Word("주셔서", 1.5), Word("감사합니다.", 1.9)]
    assert Stabilizer().update("접수했습니다.", words=words, window_s=2.5) == Partial(
        "접수했습니다.", len("접수했습니다")
    )


def test_punctuation_beside_its_word_may_end_later():
    words = [Word("네", 0.3), Word(".", 1.0)]
    assert Stabilizer().update("네.", words=words, window_s=1.0) == Partial("네.", 1)
