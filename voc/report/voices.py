"""What citizens said that is new, and what no guide answered. Pure; nothing of too few contacts is told in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

MAX_THEMES: Final = 10
MAX_PHRASES: Final = 20
MAX_GAPS: Final = 12


@dataclass(frozen=True, slots=True)
class Said:
    """A phrase, and the contacts that said it."""

    phrase: str
    contacts: int


@dataclass(frozen=True, slots=True)
class ThemeRecord:
    name: str
    phrases: tuple[str, ...]
    contacts: int
    """In the week."""
    first_ms: int


@dataclass(frozen=True, slots=True)
class GapRecord:
    """Questions that ask the same."""

    title: str
    """One of them, masked."""
    words: tuple[str, ...]
    """What they share."""
    contacts: int
    is_drafted: bool
    """A guide that answers it is being written."""


@dataclass(frozen=True, slots=True)
class ThemeRow:
    name: str
    phrases: tuple[str, ...]
    contacts: int
    is_new: bool


@dataclass(frozen=True, slots=True)
class GapRow:
    text: str
    """A question where enough contacts asked it, otherwise the words they share."""
    is_question: bool
    contacts: int
    is_drafted: bool


@dataclass(frozen=True, slots=True)
class Voices:
    themes: tuple[ThemeRow, ...] = ()
    phrases: tuple[Said, ...] = ()
    gaps: tuple[GapRow, ...] = ()
    """Most contacts first."""
    gaps_more: int = 0
    """Not on the list."""


def voices(
    themes: Sequence[ThemeRecord],
    phrases: Sequence[Said],
    gaps: Sequence[GapRecord],
    since_ms: int,
    quotes_from: int,
) -> Voices:
    """What may be told of them: in the citizens' words only what `quotes_from` contacts said."""
    said_by_many = [
        ThemeRow(one.name, one.phrases[:5], one.contacts, one.first_ms >= since_ms)
        for one in themes
        if one.contacts >= quotes_from
    ]
    said_by_many.sort(key=lambda row: (not row.is_new, -row.contacts, row.name))
    new = sorted(
        (one for one in phrases if one.contacts >= quotes_from), key=lambda one: (-one.contacts, one.phrase)
    )
    asked = [_gap(one, quotes_from) for one in gaps if one.contacts >= 2]
    asked.sort(key=lambda row: (-row.contacts, row.text))
    shown = tuple(asked[:MAX_GAPS])
    return Voices(tuple(said_by_many[:MAX_THEMES]), tuple(new[:MAX_PHRASES]), shown, len(gaps) - len(shown))


def _gap(gap: GapRecord, quotes_from: int) -> GapRow:
    is_question = gap.contacts >= quotes_from
    text = gap.title if is_question else " · ".join(gap.words)
    return GapRow(text, is_question, gap.contacts, gap.is_drafted)
