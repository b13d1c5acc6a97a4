"""Morphemes as numbers, and texts that have been analysed once. Pure but for the analyser, which is handed in."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

Analyser = Callable[[str], Sequence[str]]
"""A text's content morphemes in order: nouns, stems, numbers, foreign words."""

ManyAnalyser = Callable[[Sequence[str]], Iterable[Sequence[str]]]
"""The same for many texts at once, in their order."""

Forms = npt.NDArray[np.int32]
"""Morphemes of one text by their numbers, in order."""

UNKNOWN: Final = -1
"""The number of a morpheme that no guide has."""


class Vocabulary:
    """Morpheme ↔ number. Grows with the guides and is shared by one index and the next.

    One thread adds; others may look up meanwhile.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._forms: list[str] = []

    def number(self, form: str) -> int:
        return self._numbers.get(form, UNKNOWN)

    def form(self, number: int) -> str:
        return self._forms[number]

    def add(self, forms: Iterable[str]) -> Forms:
        """Numbers of the forms; new ones get the next."""
        found: list[int] = []
        for form in forms:
            number = self._numbers.get(form)
            if number is None:
                number = len(self._forms)
                self._forms.append(form)
                self._numbers[form] = number
            found.append(number)
        return np.array(found, dtype=np.int32)


class Analysed:
    """The texts of an index with their morphemes. What the index before has analysed is not analysed again."""

    def __init__(
        self,
        texts: Iterable[str],
        analyse: Analyser,
        analyse_many: ManyAnalyser | None = None,
        previous: "Analysed | None" = None,
    ) -> None:
        self.vocabulary: Vocabulary = previous.vocabulary if previous else Vocabulary()
        earlier: Mapping[str, Forms] = previous._forms if previous else {}  # noqa: SLF001  of our own kind
        wanted = dict.fromkeys(texts)
        new = [text for text in wanted if text not in earlier]
        results = analyse_many(new) if analyse_many else map(analyse, new)
        fresh = {text: self.vocabulary.add(forms) for text, forms in zip(new, results, strict=True)}
        self._forms: dict[str, Forms] = {
            text: fresh[text] if text in fresh else earlier[text] for text in wanted
        }

    def of(self, text: str) -> Forms:
        """A text's morphemes; it must be one of those that were handed in."""
        return self._forms[text]

    def forms(self, text: str) -> list[str] | None:
        """The same in letters; None for a text that was not handed in."""
        found = self._forms.get(text)
        return None if found is None else [self.vocabulary.form(number) for number in found]

    @property
    def nbytes(self) -> int:
        """Memory of the analysed texts, in bytes."""
        return sum(found.nbytes for found in self._forms.values())
