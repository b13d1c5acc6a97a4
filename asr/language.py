"""Which language is spoken, from the first seconds of a caller's speech. Pure.

A window's own guess is often wrong, and nine of ten calls are in the site's language: only evidence that
several seconds agree on moves a call to another one.
"""

import math
from collections.abc import Mapping
from typing import Final

from contracts.event import Language

LISTEN_S: Final = 10.0
"""So much speech is listened to; after it the language stays, unless a person changes it."""
ENOUGH_S: Final = 2.0
"""Less speech than this says nothing: '네' is taken for many languages."""
SETTLED_S: Final = 4.0
"""It takes so much speech to be sure of the usual language."""
PRIOR: Final = 0.95
"""Share of calls in the site's own language."""
SURE: Final = 0.9
SURE_OF_USUAL: Final = 0.98
"""With this probability of the site's own language nothing more is listened to."""

_FLOOR: Final = 1e-3
"""No window's guess weighs more than this against a language."""


class LanguageGuess:
    """One call's evidence."""

    def __init__(self, usual: Language) -> None:
        self._usual = usual
        self._heard_s = 0.0
        self._log: dict[Language, float] = {}
        self._settled = False

    @property
    def is_listening(self) -> bool:
        return self._heard_s < LISTEN_S and not self._settled

    def hear(self, seconds: float, probabilities: Mapping[Language, float]) -> tuple[Language, float] | None:
        """Take a window's probabilities, weighted by its length in steps of two seconds.

        Returns:
            The language and its probability, when it is another than the usual one and sure.
        """
        if not probabilities or not self.is_listening:
            return None
        self._heard_s += seconds
        for language, probability in probabilities.items():
            weight = min(1.0, seconds / ENOUGH_S)
            self._log[language] = self._log.get(language, 0.0) + weight * math.log(max(probability, _FLOOR))
        if self._heard_s < ENOUGH_S:
            return None
        others = max(1, len(self._log) - 1)
        scores = {
            language: log + math.log(PRIOR if language == self._usual else (1 - PRIOR) / others)
            for language, log in self._log.items()
        }
        best = max(scores, key=lambda language: scores[language])
        probability = 1 / sum(math.exp(score - scores[best]) for score in scores.values())
        self._settled = best == self._usual and probability >= SURE_OF_USUAL and self._heard_s >= SETTLED_S
        return (best, probability) if best != self._usual and probability >= SURE else None
