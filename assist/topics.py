"""What articles are about, by their titles and keywords, and how much of it a caller has said. Pure."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from assist.query import without_phrases
from assist.words import words

Term = str
"""A morpheme with '=' before it, or a pair of letters: '여권' is both, and they are two terms."""

Rarity = Callable[[Term], float]
"""A term's rarity in mentions of the rarest kind: 0-1."""


def morpheme(form: str) -> Term:
    return f"={form}"


@dataclass(frozen=True, slots=True)
class Topic:
    """What an article is about, by its title and keywords."""

    terms: frozenset[Term]
    phrases: tuple[tuple[frozenset[Term], float], ...]
    """Terms of the title and of each keyword, with their rarity together."""

    @classmethod
    def of(cls, phrases: Iterable[Sequence[Term]], rarity: Rarity) -> "Topic":
        sets = [frozenset(phrase) for phrase in phrases]
        weighed = [(phrase, sum(map(rarity, phrase))) for phrase in sets]
        return cls(
            terms=frozenset().union(*sets),
            phrases=tuple((phrase, whole) for phrase, whole in weighed if whole > 0),
        )

    def said(self, about: Mapping[Term, float]) -> float:
        """How much of the topic is said, in mentions of the rarest kind of term."""
        return sum(worth for term, worth in about.items() if term in self.terms)

    def whole(self, about: Mapping[Term, float]) -> float:
        """The greatest share of the title or of a keyword that is said, 0-1."""
        shares = (
            sum(worth for term, worth in about.items() if term in phrase) / whole
            for phrase, whole in self.phrases
        )
        return min(1.0, max(shares, default=0.0))


def stems(text: str, content: Sequence[str]) -> list[Term]:
    """Terms of a text up to the end of each word's content: '여권을' → '^여', '여권'.

    What follows is grammar, and everybody's grammar is alike. Compounds go in by their parts.
    """
    parts = [form for form in content if not any(form != part and form.startswith(part) for part in content)]
    terms = [morpheme(form) for form in parts]
    for word in words(without_phrases(text)):
        ends = [word.find(form) + len(form) for form in content if form in word]
        if ends:
            start = f"^{word[: max(ends)]}"
            terms += [start[i : i + 2] for i in range(len(start) - 1)]
    return terms
