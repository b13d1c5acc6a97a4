"""What is known of one call, over all of its channels: in which language it is spoken. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from asr.language import LanguageGuess
from contracts.event import Language, Role


@dataclass(slots=True)
class Call:
    """One contact's call."""

    usual: Language
    """Where nobody says otherwise."""
    known_ms: int = 0
    """When something of it was heard first; monotonic."""
    hung_up_ms: int | None = None
    """When its end was read; monotonic."""
    chosen: Language | None = None
    """By a person; stands above what was detected."""
    detected: Language | None = None
    guess: LanguageGuess = field(init=False)

    def __post_init__(self) -> None:
        self.guess = LanguageGuess(self.usual)

    @property
    def language(self) -> Language:
        return self.chosen or self.detected or self.usual

    def wants_language(self, role: Role) -> bool:
        """Whether the next window of this party should tell its language. Agents speak the site's own."""
        return self.chosen is None and self.detected is None and role != "agent" and self.guess.is_listening

    def hear_language(self, seconds: float, probabilities: Mapping[Language, float]) -> float | None:
        """Take a final's evidence; gives the probability of a language that was not expected, once."""
        if self.chosen or self.detected:
            return None
        found = self.guess.hear(seconds, probabilities)
        if found is None:
            return None
        self.detected, probability = found
        return probability
