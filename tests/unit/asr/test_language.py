import pytest

from asr.language import LISTEN_S, LanguageGuess

KOREAN = {"ko": 0.9, "en": 0.04, "zh": 0.02, "ja": 0.02, "vi": 0.01, "mn": 0.01}


def likely(language: str, probability: float) -> dict[str, float]:
    rest = (1 - probability) / 5
    return {name: probability if name == language else rest for name in KOREAN}


def test_korean_says_nothing_new():
    guess = LanguageGuess("ko")
    assert [guess.hear(3, KOREAN) for _ in range(5)] == [None] * 5


@pytest.mark.parametrize("language", ["en", "zh", "ja", "vi", "mn"])
def test_seconds_of_another_language_move_the_call(language):
    guess = LanguageGuess("ko")
    heard = [found for _ in range(3) if (found := guess.hear(3, likely(language, 0.95)))]
    assert heard[0][0] == language
    assert 0.9 <= heard[0][1] <= 1


def test_one_strange_word_does_not():
    guess = LanguageGuess("ko")
    assert guess.hear(0.6, likely("ja", 0.97)) is None
    assert guess.hear(4, KOREAN) is None
    assert guess.hear(4, KOREAN) is None


def test_contradicting_windows_do_not():
    guess = LanguageGuess("ko")
    heard = [guess.hear(2.5, likely(language, 0.8)) for language in ("ja", "ko", "en", "ko")]
    assert heard == [None] * 4


def test_after_ten_seconds_it_listens_no_more():
    guess = LanguageGuess("ko")
    while guess.is_listening:
        guess.hear(2.5, KOREAN)
    assert guess.hear(LISTEN_S, likely("en", 1.0)) is None


def test_the_usual_language_is_whatever_the_site_says():
    guess = LanguageGuess("en")
    assert guess.hear(5, likely("en", 0.99)) is None
    assert LanguageGuess("en").hear(5, KOREAN) is None
    assert LanguageGuess("en").hear(5, likely("ko", 0.999))[0] == "ko"
