"""A name takes the place of a suspect word where it is almost as likely, and nowhere else."""

from collections.abc import Sequence

import pytest

from asr.hotwords import GIVES_WAY, MAX_TEXTS, settle

WORDS = ("그런데", "시며버스는", "어금동에", "있나요?")
READINGS: tuple[tuple[str, ...], ...] = ((), ("심야버스는", "새벽버스는"), ("오금동에",), ())
HEARD = -20.0
LITTLE, MUCH = HEARD - GIVES_WAY + 0.1, HEARD - GIVES_WAY - 0.1


class Scripted:
    """Log probability by a word that a text has."""

    def __init__(self, by_word: dict[str, float]) -> None:
        self.by_word = by_word
        self.asked: list[str] = []

    def __call__(self, texts: Sequence[str]) -> list[float]:
        self.asked += texts
        return [next((p for word, p in self.by_word.items() if word in text), HEARD) for text in texts]


@pytest.mark.parametrize(
    ("night", "dawn", "place", "settled"),
    [
        (LITTLE, MUCH, MUCH, ("심야버스는", "어금동에")),
        (LITTLE, LITTLE + 0.05, MUCH, ("새벽버스는", "어금동에")),
        (HEARD + 1, LITTLE, LITTLE, ("심야버스는", "오금동에")),
        (MUCH, MUCH, MUCH, ("시며버스는", "어금동에")),
    ],
)
def test_each_word_is_settled_for_itself(
    night: float, dawn: float, place: float, settled: tuple[str, str]
) -> None:
    likely = Scripted({"심야버스": night, "새벽버스": dawn, "오금동": place})
    assert settle(WORDS, READINGS, likely) == ("그런데", *settled, "있나요?")


def test_what_is_asked() -> None:
    likely = Scripted({})
    settle(WORDS, READINGS, likely)
    assert likely.asked == [
        "그런데 시며버스는 어금동에 있나요?",
        "그런데 심야버스는 어금동에 있나요?",
        "그런데 새벽버스는 어금동에 있나요?",
        "그런데 시며버스는 오금동에 있나요?",
    ]


def test_nothing_suspect_asks_nothing() -> None:
    likely = Scripted({})
    assert settle(WORDS, [()] * 4, likely) == WORDS
    assert settle((), (), likely) == ()
    assert likely.asked == []


def test_a_long_garbled_text_asks_no_more_than_any() -> None:
    likely = Scripted({})
    settle(["가나"] * 30, [("다라", "마바")] * 30, likely)
    assert len(likely.asked) == 1 + MAX_TEXTS
