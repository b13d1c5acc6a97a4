"""What of a changing hypothesis is shown, and what of it stands firm. Pure.

Two signs say that a word will not change, and either is enough (bench/stabilizers.py, docs/adr/0014):

- LocalAgreement (Macháček et al., 2023): two hypotheses in a row agree up to it, letter by letter. Spacing and
  punctuation, which Whisper changes freely, do not count, nor do hypotheses that the model itself doubts.
- As in AlignAtt (Papi et al., 2023): its sound ends well before the window does, and the model is sure of it.

A word that the window's edge may have cut, or that the model hardly believes, is not shown before it comes twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Protocol

from rapidfuzz.distance import Levenshtein


@dataclass(frozen=True, slots=True)
class StabilizerSettings:
    """Probabilities 0-1, times in seconds; chosen on Korean speech, plain and by telephone (Whisper base)."""

    doubted: float = 0.5
    """A hypothesis below this confidence has no vote in an agreement."""
    sure: float = 0.4
    """Probability from which a word needs no second hypothesis …"""
    clear_s: float = 0.3
    """… if so much audio comes after it."""
    believed: float = 0.05
    """Probability from which a word is shown as a guess …"""
    edge_s: float = 0.06
    """… if so much audio comes after it."""


class HeardWord(Protocol):
    """A word of a hypothesis with where it ends in the window, in seconds, and its probability, 0-1."""

    @property
    def text(self) -> str: ...
    @property
    def end_s(self) -> float: ...
    @property
    def probability(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Partial:
    """What to show: `text[:stable_chars]` in firm type, the rest as a guess."""

    text: str
    stable_chars: int


class Stabilizer:
    """Hypotheses of one open utterance in, partials out; the stable prefix never shrinks or changes."""

    def __init__(self, settings: StabilizerSettings | None = None) -> None:
        self._settings = settings or StabilizerSettings()
        self._stable = ""
        self._last = _Read("")
        self._last_confidence = 0.0
        self._shown = Partial("", 0)

    def update(
        self,
        hypothesis: str,
        *,
        confidence: float = 1.0,
        words: Sequence[HeardWord] = (),
        window_s: float = 0.0,
    ) -> Partial | None:
        """Take the newest hypothesis of the whole utterance.

        Args:
            hypothesis: its text.
            confidence: of the text as a whole, 0-1: geometric mean of the token probabilities.
            words: its words in order, as far as they are known; without them agreement alone decides.
            window_s: length of the audio it was made from.

        Returns:
            What to show; None when the screen would not change.
        """
        settings = self._settings
        now, stable = _Read(hypothesis), _letters(self._stable)
        begin = now.standing_for(stable)
        agreed = now.word_end(begin + _common(now.letters[begin:], self._last.after(stable)))
        firm = now.reach(words, begin, settings.sure, window_s - settings.clear_s)
        if min(confidence, self._last_confidence) >= settings.doubted:
            firm = max(firm, agreed)
        shown = len(now.letters)
        if words:
            shown = now.reach(words, begin, settings.believed, window_s - settings.edge_s)
        self._last, self._last_confidence = now, confidence
        if firm > begin:
            self._stable = self._with(now.text[now.end(begin) : now.end(firm)], begin)
            begin = firm
        shown = max(shown, agreed, firm)
        until = now.end(shown) if shown < len(now.letters) else len(now.text)
        partial = Partial(self._with(now.text[now.end(begin) : until], begin), len(self._stable))
        if partial == self._shown or not partial.text:
            return None
        self._shown = partial
        return partial

    def _with(self, more: str, begin: int) -> str:
        """What is stable and what comes after it, as the newest hypothesis spaces it."""
        return f"{self._stable} {more}".strip() if begin == 0 else (self._stable + more).rstrip()


class _Read:
    """A hypothesis by its letters."""

    def __init__(self, text: str) -> None:
        # Half a syllable, which Whisper may end with, decodes to this sign.
        self.text = text.split("\ufffd", 1)[0].strip()
        self.letters = _letters(self.text)
        self._ends = [index + 1 for index, char in enumerate(self.text) if char.isalnum()]
        self._word_ends = {0, *accumulate(len(_letters(word)) for word in self.text.split())}

    def standing_for(self, stable: str) -> int:
        """How many letters of this hypothesis the stable ones stand for: where they are most alike."""
        if self.letters.startswith(stable):
            return len(stable)
        return min(
            range(len(self.letters) + 1),
            key=lambda count: (
                Levenshtein.distance(stable, self.letters[:count]),
                count not in self._word_ends,
                abs(count - len(stable)),
            ),
        )

    def after(self, stable: str) -> str:
        return self.letters[self.standing_for(stable) :]

    def word_end(self, letters: int) -> int:
        """The last end of a word that is not after so many letters."""
        return max(end for end in self._word_ends if end <= letters)

    def reach(self, words: Sequence[HeardWord], begin: int, probability: float, until_s: float) -> int:
        """Letters up to the first word after `begin` that is less probable or ends later.

        Where words and text part ways (a guard shortened the text), the words say nothing more.
        """
        count = 0
        for word in words:
            letters = _letters(word.text)
            if not letters:
                continue
            if not self.letters.startswith(letters, count):
                break
            passed = word.probability >= probability and word.end_s <= until_s
            if not passed and count + len(letters) > begin:
                break
            count += len(letters)
        return count

    def end(self, letters: int) -> int:
        """Where in the text so many letters end."""
        return self._ends[letters - 1] if letters else 0


def _letters(text: str) -> str:
    """What counts: letters and digits in lower case."""
    return "".join(char.lower()[0] for char in text if char.isalnum())


def _common(one: str, other: str) -> int:
    """Length of the common prefix."""
    return next(
        (i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
