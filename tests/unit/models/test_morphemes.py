import threading

import pytest

from models.morphemes import Morpheme, Morphemes, joined_words


@pytest.fixture(scope="module")
def morphemes() -> Morphemes:
    return Morphemes()


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("대형폐기물을 버리려고요", ["대형", "폐기물", "버리", "대형폐기물"]),
        ("대형 폐기물을 버리고 싶은데요", ["대형", "폐기물", "버리"]),
        ("여권 재발급은 어디서 하나요?", ["여권", "발급", "재발급"]),
        ("주정차 과태료가 나왔는데 억울해요", ["주정차", "과태료", "나오", "억울"]),
        ("2호선 강남역 3번 출구", ["2", "강남역", "3", "출구", "2호선", "3번"]),
        ("더워서 WiFi가 안 돼요", ["덥", "wifi"]),
        ("다산콜센터 02-120", ["다산", "콜센터", "02-120", "다산콜센터"]),
        ("", []),
        ("  \n", []),
        ("네, 그리고요.", []),
        ("😀?!", []),
    ],
)
def test_what_a_text_is_about(morphemes, text, terms):
    assert morphemes.nouns_and_terms(text) == terms


def test_particles_and_endings_do_not_change_the_terms(morphemes):
    forms = ["과태료를 냈어요", "과태료는 냈는데", "과태료도 냈습니다"]
    assert {tuple(morphemes.nouns_and_terms(form)) for form in forms} == {("과태료", "내")}


def test_places_are_characters_of_the_text(morphemes):
    text = "네 😀 여권을 잃어버렸어요"
    found = {morpheme.form: morpheme for morpheme in morphemes.analyze(text)}
    passport = found["여권"]
    assert text[passport.start : passport.end] == "여권"
    assert (passport.tag, passport.length) == ("NNG", 2)


def test_irregular_verbs_have_plain_tags(morphemes):
    assert ("돕", "VV") in [(morpheme.form, morpheme.tag) for morpheme in morphemes.analyze("도와주세요")]


def test_words_join_only_where_they_touch():
    parts = [Morpheme("장애인", "NNG", 0, 3), Morpheme("등록증", "NNG", 3, 3), Morpheme("발급", "NNG", 7, 2)]
    assert joined_words(parts) == ["장애인등록증"]
    assert joined_words([Morpheme("여권", "NNG", 0, 2), Morpheme("을", "JKO", 2, 1)]) == []


def test_many_threads_and_the_first_use_at_once():
    fresh = Morphemes()
    expected = ["폐기물", "버리"]
    found: list[list[str]] = []
    start = threading.Barrier(4)

    def ask() -> None:
        start.wait()
        found.extend(fresh.nouns_and_terms("폐기물을 버려요") for _ in range(20))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 80


def test_warm_up(morphemes):
    morphemes.warm_up()
    assert morphemes.analyze("여권")
