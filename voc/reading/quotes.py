"""The line of a contact that tells most of what it is about. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

from contracts.event import Role
from contracts.transcript import Utterance
from contracts.voc import About
from voc.reading.danger import dangers_of

_DANGER: Final = 12.0
"""What tells of the danger comes first: as much as the most telling phrase."""
_COMPLAINT: Final = 3.0
_READABLE: Final = range(8, 121)
"""Characters. A shorter line tells little without the others, a longer one is no quote."""
_UNREADABLE: Final = 0.5
_MASKED: Final = 0.8
"""A line with a mask is hard to read, and nearer to whom it is from."""


def quote(finals: Sequence[Utterance], roles: Mapping[int, Role], about: About) -> Utterance | None:
    """The citizen's line that tells most, masked as it came; None where none tells anything.

    Args:
        finals: of the contact, in any order.
        roles: who is on which channel.
        about: what the contact is about.
    """
    phrases = [
        ("".join(phrase.split()), float(len(about.phrases) - rank))
        for rank, phrase in enumerate(about.phrases)
    ]
    scored = [
        (_score(final.text, phrases, about), final)
        for final in finals
        if final.text.strip() and roles.get(final.channel, final.role) != "agent"
    ]
    best = max(
        scored,
        key=lambda entry: (entry[0], -entry[1].start_ms, -entry[1].channel, entry[1].utterance_id),
        default=None,
    )
    return best[1] if best is not None and best[0] > 0 else None


def _score(text: str, phrases: Sequence[tuple[str, float]], about: About) -> float:
    squeezed = "".join(text.split()).lower()
    score = sum(weight for phrase, weight in phrases if phrase in squeezed)
    if about.danger is not None and about.danger in dangers_of(text):
        score += _DANGER
    score += _COMPLAINT * any(words in text for words in about.complaint)
    score *= 1.0 if len(text.strip()) in _READABLE else _UNREADABLE
    return score * (_MASKED if "[" in text else 1.0)
