"""The line of a contact that tells most of what it is about."""

from collections.abc import Mapping, Sequence

from contracts.event import Role
from contracts.transcript import Utterance
from contracts.voc import About


def quote(finals: Sequence[Utterance], roles: Mapping[int, Role], about: About) -> Utterance | None:
    """The caller's line that holds most of the contact's phrases; None where the caller said nothing."""
    said = [
        piece for piece in finals if piece.text.strip() and roles.get(piece.channel, piece.role) != "agent"
    ]
    return max(
        said,
        key=lambda piece: (sum(phrase in piece.text for phrase in about.phrases), -piece.start_ms),
        default=None,
    )
