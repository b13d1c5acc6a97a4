from asr.stabilizer import Partial, Stabilizer


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
    doubt = target.update("마포 고의 살고 있어요")
    assert doubt is None or doubt.text.startswith("마포구에 살고")
    assert target.update("") == Partial("마포구에 살고", 7)


def test_a_shorter_hypothesis_keeps_what_is_stable():
    target = Stabilizer()
    target.update("하나 둘 셋")
    target.update("하나 둘 셋 넷")
    assert target.update("하나") == Partial("하나 둘 셋", 6)
