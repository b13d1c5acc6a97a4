from assist.morphs import UNKNOWN, Analysed, Vocabulary


def test_a_vocabulary_numbers_each_form_once():
    vocabulary = Vocabulary()
    assert vocabulary.add(["여권", "발급", "여권"]).tolist() == [0, 1, 0]
    assert vocabulary.number("발급") == 1
    assert vocabulary.form(1) == "발급"
    assert vocabulary.number("수도") == UNKNOWN


def test_only_new_texts_are_analysed_and_gone_ones_are_dropped():
    first = Analysed(["가 나", "다"], str.split)
    seen = []

    def many(texts):
        seen.extend(texts)
        return map(str.split, texts)

    second = Analysed(["다", "라 가", "라 가"], str.split, many, first)
    assert seen == ["라 가"]
    assert second.forms("라 가") == ["라", "가"]
    assert second.forms("가 나") is None
    assert second.vocabulary.number("가") == first.vocabulary.number("가")
    assert second.of("다").tolist() == first.of("다").tolist()
