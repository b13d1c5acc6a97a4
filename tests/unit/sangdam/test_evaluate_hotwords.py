"""What names are worth, counted on texts that a stand-in for the recogniser gives."""

from collections.abc import Sequence
from typing import cast

import numpy as np
import pytest

from models.whisper import Hypothesis, TimedWord, Whisper, Window
from sangdam.evaluate.hotwords import Name, evaluate_hotwords, said_names
from sangdam.evaluate.load import Spoken
from sangdam.vocabulary import Vocabulary

NAMES = ("심야버스", "은평구", "과태료")


class Scripted:
    """Knows an utterance by its length in tenths of a second; noise is 4 s long."""

    def __init__(self, free: dict[int, str], prompted: dict[int, str]) -> None:
        self.free, self.prompted = free, prompted

    def transcribe(self, windows: Sequence[Window]) -> list[Hypothesis]:
        return [self._hypothesis(window) for window in windows]

    def _hypothesis(self, window: Window) -> Hypothesis:
        text = (self.prompted if window.prompt else self.free).get(len(window.audio) // 1600, "")
        words = tuple(TimedWord(word, 0, 1, 0.4 if "버스" in word else 0.9) for word in text.split())
        if window.review and words:
            text = " ".join(window.review(words, likelihoods))
        return Hypothesis(text, 0, 0, False, words)


def likelihoods(texts: Sequence[str]) -> list[float]:
    return [-1.0 if "심야버스" in text else 0.0 if text == texts[0] else -20.0 for text in texts]


def spoken(tenths: int, text: str) -> Spoken:
    return Spoken(np.zeros(tenths * 800, np.int16), 8000, 0, tenths * 800, text)


@pytest.mark.parametrize(("doubt", "right_words"), [(0.5, 0), (1.1, 4)])
def test_figures(doubt: float, right_words: int) -> None:
    whisper = Scripted(
        {10: "은평구에 시며버스는 있나요", 11: "과태료를 냈어요"},
        {10: "은평구에 심야버스는 없나요", 11: "과태료를", 40: "심야버스, 은평구"},
    )
    utterances = [spoken(10, "은평구에 심야 버스는 있나요?"), spoken(11, "과태료를 냈어요.")]
    found = evaluate_hotwords(cast("Whisper", whisper), utterances, Vocabulary(NAMES, frozenset()), doubt)

    for way in ("without", "every_window", "settled"):
        cast("dict[str, float]", found[way]).pop("cpu_s")
    assert found == {
        "utterances": 2,
        "names": 3,
        "without": {"cer": round(2 / 19, 4), "names_heard": 2, "names_said": 3},
        "every_window": {"cer": round(4 / 19, 4), "names_heard": 3, "names_said": 3},
        "settled": {"cer": 0, "names_heard": 3, "names_said": 3},
        "settled_words": {"right": 1, "wrong": 0, "utterances": 1},
        "offers": {
            "misheard_names": {"words": 1, "offered": 1, "first": 1},
            "other_wrong_words": {"words": 0, "offered": 0},
            "right_words": {"words": right_words, "offered": 0},
        },
        "text_on_noise": {"windows": 6, "without": 0, "prompted": 6},
    }


def test_names_in_a_text() -> None:
    names = frozenset({"심야버스", "심야", "버스"})
    assert said_names("그 심야 버스는 시내버스가", names) == [Name(1, 5, "심야버스")]
