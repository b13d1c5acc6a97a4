"""A name takes the place of a suspect word where it is almost as likely, and nowhere else."""

from asr.hotwords import GIVES_WAY, MAX_TEXTS, alternatives, settled, with_word

WORDS = ("그런데", "시며버스는", "오금동에", "있나요?")
READINGS: tuple[tuple[str, ...], ...] = ((), ("심야버스는", "새벽버스는"), ("어금동에",), ())
OTHERS = [(1, "심야버스는"), (1, "새벽버스는"), (2, "어금동에")]
HEARD = -20.0
LITTLE, MUCH = HEARD - GIVES_WAY + 0.1, HEARD - GIVES_WAY - 0.1


def test_alternatives() -> None:
    assert alternatives(READINGS) == OTHERS
    assert len(alternatives([("가나", "다라")] * 4)) == MAX_TEXTS
    assert alternatives(()) == []


def test_the_text_with_one_of_them() -> None:
    assert with_word(WORDS, 1, "심야버스는") == "그런데 심야버스는 오금동에 있나요?"


def test_the_likeliest_reading_is_taken() -> None:
    assert settled(WORDS, OTHERS, HEARD, [LITTLE, LITTLE - 1, MUCH])[1] == "심야버스는"
    assert settled(WORDS, OTHERS, HEARD, [LITTLE, HEARD + 1, MUCH])[1] == "새벽버스는"


def test_what_is_much_less_likely_is_not() -> None:
    assert settled(WORDS, OTHERS, HEARD, [MUCH, MUCH, MUCH]) == WORDS


def test_words_are_settled_one_by_one() -> None:
    assert settled(WORDS, OTHERS, HEARD, [LITTLE, MUCH, LITTLE]) == (
        "그런데",
        "심야버스는",
        "어금동에",
        "있나요?",
    )
    assert settled(WORDS, [], HEARD, []) == WORDS
