"""What a contact is about: a pure function of its finals, of who spoke and of when it began."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from contracts.categories import Category, ranked
from contracts.contact import ContactKind
from contracts.districts import District
from contracts.event import Role
from contracts.summary import SummaryCategory
from contracts.transcript import Utterance
from contracts.voc import About
from models.morphemes import Morphemes
from voc.reading.about_words import ASKS_WHICH, SAID_BACK
from voc.reading.complaint import complaints_in
from voc.reading.danger import danger_in
from voc.reading.phrases import Background, Phrases, load_background
from voc.reading.places import Mention, Places, located

MIN_CONFIDENCE: Final = 0.15
"""Of the topic. Below it a contact has none: a wrong topic would stand in a wrong series."""

_ROLE_WEIGHT: Final[dict[Role, float]] = {"caller": 1.0, "unknown": 0.75, "agent": 0.5}


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


@dataclass(frozen=True, slots=True)
class _Line:
    final: Utterance
    role: Role


class Reader:
    """Reads contacts. Thread-safe; shares Kiwi with whoever else needs it."""

    def __init__(
        self,
        categories: Sequence[Category],
        districts: Sequence[District],
        morphemes: Morphemes,
        background: Background | None = None,
    ) -> None:
        """Take what contacts are read with.

        Args:
            categories: the site's code table.
            districts: its districts.
            morphemes: the analyser, for phrases.
            background: in how many contacts phrases are usually said; none: that of the sample contacts.
        """
        self._categories = categories
        self._places = Places(districts)
        names = [name for each in districts for name in (each.name, *each.places, *each.landmarks)]
        self._phrases = Phrases(morphemes.analyze, background or load_background(), places=names)

    def about(self, said: Said) -> About:
        """What the contact is about. Blocks: a millisecond for each line that was never seen before."""
        lines = _in_order(said)
        citizen = [line for line in lines if line.role != "agent"]
        turns = _turns(lines)
        topic = self._topic(lines, said.roles)
        district, place = located([mention for line in lines for mention in self._mentions(line)])
        return About(
            contact_id=said.contact_id,
            at_ms=said.at_ms,
            kind=said.kind,
            simulated=said.simulated,
            topic=topic.code if topic else "",
            label=topic.label if topic else "",
            district=district,
            place=place,
            danger=danger_in(turns),
            complaint=complaints_in(turns),
            phrases=self._phrases.telling([line.final.text for line in citizen]),
        )

    def _topic(self, lines: Sequence[_Line], roles: Mapping[int, Role]) -> SummaryCategory | None:
        best = next(iter(ranked([line.final for line in lines], roles, self._categories)), None)
        return best if best is not None and best.confidence >= MIN_CONFIDENCE else None

    def _mentions(self, line: _Line) -> Iterable[Mention]:
        """Of the agent only what says back where the caller is: other districts are those of offices."""
        text = line.final.text
        if line.role == "agent" and (not SAID_BACK.search(text) or ASKS_WHICH.search(text)):
            return
        for mention in self._places.named(text, line.final.words):
            yield Mention(mention.districts, mention.place, mention.weight * _ROLE_WEIGHT[line.role])


def _in_order(said: Said) -> list[_Line]:
    """The lines by time. A final without text says that there was no speech."""
    finals = sorted(
        (final for final in said.finals if final.text.strip()),
        key=lambda final: (final.start_ms, final.channel, final.utterance_id),
    )
    return [_Line(final, said.roles.get(final.channel, final.role)) for final in finals]


def _turns(lines: Sequence[_Line]) -> list[str]:
    """What the citizen said, lines in a row as one text: a recogniser cuts where somebody takes breath."""
    return [
        " ".join(line.final.text.strip() for line in group)
        for role, group in groupby(lines, key=lambda line: line.role)
        if role != "agent"
    ]
