"""What a contact is about: a pure function of its finals, of who spoke and of when it began."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from contracts.categories import Category, ranked
from contracts.contact import ContactKind
from contracts.districts import District
from contracts.event import Role
from contracts.transcript import Utterance
from contracts.voc import About
from models.morphemes import Morphemes

MIN_CONFIDENCE: Final = 0.15
"""Of the topic. Below it a contact has none: a wrong topic would stand in a wrong series."""


@dataclass(frozen=True, slots=True)
class Said:
    """What is known of one contact."""

    contact_id: str
    at_ms: int
    """When it began."""
    kind: ContactKind
    simulated: bool
    roles: Mapping[int, Role]
    """Who is on which channel, as metadata or a person say."""
    finals: tuple[Utterance, ...]
    """Each at its newest revision, in any order."""


class Reader:
    """Reads contacts. Thread-safe; shares Kiwi with whoever else needs it."""

    def __init__(
        self, categories: Sequence[Category], districts: Sequence[District], morphemes: Morphemes
    ) -> None:
        """Take the site's code table, its districts, and the morpheme analyser."""
        self._categories = categories
        self._districts = districts
        self._morphemes = morphemes

    def about(self, said: Said) -> About:
        """What the contact is about. Blocks for some milliseconds."""
        lines = sorted(
            (piece for piece in said.finals if piece.text.strip()),
            key=lambda piece: (piece.start_ms, piece.channel, piece.utterance_id),
        )
        best = next(iter(ranked(lines, said.roles, self._categories)), None)
        topic = best if best is not None and best.confidence >= MIN_CONFIDENCE else None
        text = " ".join(piece.text for piece in lines)
        return About(
            contact_id=said.contact_id,
            at_ms=said.at_ms,
            kind=said.kind,
            simulated=said.simulated,
            topic=topic.code if topic else "",
            label=topic.label if topic else "",
            district=next((each.name for each in self._districts if each.name in text), ""),
        )
