"""From finals to turns of the caller: what belongs together, what a yes means, what has to wait. Pure.

A turn that visibly breaks off ('여권을 잃어버렸는데') is held for its end, so that half a sentence brings no card of its
own. Whether a final goes on with the one before is told by their times alone: the same finals give the same turns,
whoever hears them and however late.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from assist.cards import Card
from assist.gate import has_wish
from assist.moves import affirms, begins_affirming, is_broken_off, without_dropped
from assist.query import RollingQuery, is_courtesy, plain
from contracts.event import Role
from contracts.transcript import Utterance

HOLD_MS: Final = 500
"""A turn that breaks off waits so long for the rest, from its final on."""

GOES_ON_MS: Final = 2_500
"""Who speaks on within this time after breaking off says the same sentence."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Something that the caller said, up to the final that ends it."""

    utterance: Utterance
    """The last of its finals."""
    text: str
    """Of all of its finals."""
    said_back: str = ""
    """What the agent had said back before it."""
    goes_on: bool = False
    """It stands in the query already, without its last final."""
    wished: bool = False
    """It names a wish for certain: the caller said yes to what the agent said back, or changed the subject."""


Handle = Callable[[Turn], list[Card]]
"""Answers a turn, or only hears it when a conversation is restored."""


class TurnTaking:
    """The finals of one contact, in order."""

    def __init__(self, query: RollingQuery, is_urgent: Callable[[Turn], bool]) -> None:
        """`query` is told what the agent says back; the caller's turns are for the handle to put into it."""
        self._query = query
        self._is_urgent = is_urgent
        self._open: Turn | None = None
        """The caller's last turn, if it broke off."""
        self._held = False
        """`_open` has not been handled yet."""

    @property
    def held(self) -> Turn | None:
        """The turn that waits for its end."""
        return self._open if self._held else None

    @property
    def due_ms(self) -> int | None:
        """Wall time from which on nobody waits for the end of what is held; None while nothing is."""
        return self.held.utterance.at_ms + HOLD_MS if self.held else None

    def take(
        self, utterance: Utterance, role: Role, is_answered: Callable[[Turn], bool], handle: Handle
    ) -> list[Card]:
        """Hand over the turns that are complete with this final.

        Args:
            utterance: the next one.
            role: of who speaks.
            is_answered: the turn is known to have been answered before: it is not held.
            handle: called for each complete turn, in order.

        Returns:
            What `handle` returned.
        """
        text = plain(utterance.text)
        if utterance.status != "final":
            return []
        if role == "agent":
            return self._agent_said(text, handle)
        if self._query.confirmation and begins_affirming(text):
            return self._caller_said(self._affirmed(utterance, text), is_answered, handle)
        if is_courtesy(text) or (role == "unknown" and not has_wish(text)):
            return []
        if self._open and _goes_on(self._open.utterance, utterance):
            return self._caller_said(self._longer(self._open, utterance, text), is_answered, handle)
        said_back = self._query.take_confirmation()
        changed = without_dropped(text) is not None
        return self._caller_said(Turn(utterance, text, said_back, wished=changed), is_answered, handle)

    def release(self, handle: Handle) -> list[Card]:
        """Nobody went on with what was held: it is a turn as it stands."""
        if not self._open or not self._held:
            return []
        self._held = False
        return handle(self._open)

    def _agent_said(self, text: str, handle: Handle) -> list[Card]:
        if is_courtesy(text):
            return []
        cards = self.release(handle)
        self._open = None
        self._query.heard_agent(text)
        return cards

    def _caller_said(self, turn: Turn, is_answered: Callable[[Turn], bool], handle: Handle) -> list[Card]:
        cards = self.release(handle)
        self._open = turn if is_broken_off(turn.text) and not self._is_urgent(turn) else None
        self._held = self._open is not None and not is_answered(turn)
        return cards if self._held else cards + handle(turn)

    def _affirmed(self, utterance: Utterance, text: str) -> Turn:
        """'네, 맞아요' is what the agent said back; '네, 전등이 나갔어요' is that and more."""
        said = self._query.take_confirmation()
        return Turn(utterance, said if affirms(text) else plain(f"{said} {text}"), wished=True)

    def _longer(self, begun: Turn, utterance: Utterance, text: str) -> Turn:
        heard = not self._held or begun.goes_on
        self._held = False
        said_back = self._query.take_confirmation() or begun.said_back
        return Turn(utterance, plain(f"{begun.text} {text}"), said_back, goes_on=heard)


def _goes_on(before: Utterance, utterance: Utterance) -> bool:
    same = before.channel == utterance.channel
    return same and utterance.start_ms - before.end_ms <= GOES_ON_MS
