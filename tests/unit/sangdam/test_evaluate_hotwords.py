"""What names are worth, counted on texts that a stand-in for the recogniser gives."""

from collections.abc import Sequence
from typing import cast

import numpy as np

from models.whisper import Hypothesis, Whisper, Window
from sangdam.evaluate.hotwords import Name, evaluate_hotwords, said_names
from sangdam.evaluate.load import Spoken
from sangdam.vocabulary import Vocabulary

NAMES = ("심야버스", "은평구", "과태료")


class Scripted:
    """Knows an utterance by its length in tenths of a second; noise is 4 s long."""

    def __init__(self, first: dict[int, str], hinted: dict[int, str]) -> None:
        self.first, self.hinted = first, hinted
        self.prompts: list[str] = []

    def transcribe(self, windows: Sequence[Window]) -> list[Hypothesis]:
        self.prompts += [window.prompt for window in windows]
        return [
            Hypothesis(
                (self.hinted if window.prompt else self.first).get(len(window.audio) // 1600, ""), 0, 0, False
            )
            for window in windows
        ]


def spoken(tenths: int, text: str) -> Spoken:
    return Spoken(np.zeros(tenths * 800, np.int16), 8000, 0, tenths * 800, text)


def test_figures() -> None:
    whisper = Scripted(
        {10: "은평구에 시며버스는 있나요", 11: "과태료를 냈어요"},
        {10: "은평구에 심야버스는 없나요", 11: "과태료를", 40: "심야버스, 은평구"},
    )
    utterances = [spoken(10, "은평구에 심야 버스는 있나요?"), spoken(11, "과태료를 냈어요.")]
    found = evaluate_hotwords(cast("Whisper", whisper), utterances, Vocabulary(NAMES, frozenset()))

    without, every, second = (found[way] for way in ("without", "every_window", "second_hearing"))
    assert without | {"cpu_s": 0} == {  # type: ignore[operator]
        "cer": round(2 / 19, 4),
        "names_heard": 2,
        "names_said": 3,
        "windows": 2,
        "cpu_s": 0,
    }
    assert every["cer"] == round(4 / 19, 4)  # type: ignore[index]
    assert second["cer"] == 0  # type: ignore[index]
    assert second["names_heard"] == 3  # type: ignore[index]
    assert second["windows"] == 3  # type: ignore[index]
    assert found["corrected"] == {"right": 1, "wrong": 0}
    assert found["offers"] == {
        "misheard_names": {"words": 1, "offered": 1, "first": 1},
        "other_wrong_words": {"words": 0, "offered": 0},
        "right_words": {"words": 4, "offered": 0},
    }
    assert found["text_on_noise"] == {"windows": 12, "without": 0, "prompted": 12}


def test_names_in_a_text() -> None:
    names = frozenset({"심야버스", "심야", "버스"})
    assert said_names("그 심야 버스는 시내버스가", names) == [Name(1, 5, "심야버스")]
