"""LocalAgreement: what two hypotheses in a row agree on is unlikely to change. Pure.

After Macháček et al., "Turning Whisper into Real-Time Transcription System" (2023), n = 2, on words.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Partial:
    """What to show: `text[:stable_chars]` in firm type, the rest as a guess."""

    text: str
    stable_chars: int


class Stabilizer:
    """Hypotheses of one open utterance in, partials out; the stable prefix never shrinks or changes."""

    def __init__(self) -> None:
        self._stable: list[str] = []
        self._last: list[str] = []
        self._shown = Partial("", 0)

    def update(self, hypothesis: str) -> Partial | None:
        """Take the newest hypothesis of the whole utterance; None when the screen would not change."""
        words = hypothesis.split()
        agreed = 0
        for before, now in zip(self._last, words, strict=False):
            if before != now:
                break
            agreed += 1
        if agreed > len(self._stable):
            self._stable += words[len(self._stable) : agreed]
        self._last = words
        text = " ".join([*self._stable, *words[len(self._stable) :]])
        partial = Partial(text, len(" ".join(self._stable)))
        if partial == self._shown or not text:
            return None
        self._shown = partial
        return partial
