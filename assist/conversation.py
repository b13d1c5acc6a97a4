"""One conversation: its turns in, cards out; what was asked, shown and answered is kept here. Pure.

Time and the search come as arguments; the same turns and the same search give the same cards. Nothing here knows
whether a turn was spoken or typed. `turns.py` tells what belongs together, `replies.py` which cards a turn brings.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from assist.agencies import Agencies
from assist.cards import STALE_DAYS, Card
from assist.index import Found
from assist.query import QueryPart, RollingQuery, is_place
from assist.replies import Replies
from assist.shown import Shown
from assist.turns import Turn, TurnTaking
from assist.words import districts_in
from contracts.contact import ContactStateChanged
from contracts.event import Role
from contracts.suggestion import SuggestionOffered
from contracts.transcript import Utterance

_REMEMBERED_TURNS: Final = 8
"""Turns whose cards are kept, for records that come again."""

Search = Callable[[Sequence[QueryPart], str], Found]
"""Finds guides for a query, newest part first, and the caller's district (empty when unknown)."""


class Conversation:
    """One contact: who is on which channel, what was asked, what was offered.

    The shell hands in each final by `on_utterance` and publishes what comes back. A turn that visibly breaks off
    is held for its end: `due_ms` says from when on `tick` gives its cards, if nobody has spoken on by then.
    Where no tick comes (another worker has the contact now), the next utterance brings them.
    """

    def __init__(
        self, contact_id: str, agencies: Agencies | None = None, stale_days: int = STALE_DAYS
    ) -> None:
        self.contact_id = contact_id
        self.district = ""
        """The district the caller named last."""
        self.ended_at_ms: int | None = None
        self.restored = False
        """What was said and offered before, elsewhere or in another life, is known."""
        self.begun_here = False
        """Its first state came by here: there is hardly anything to restore."""
        self._agencies = agencies or Agencies()
        self._revision = 0
        self._answered_to: dict[int, int] = {}
        """Channel → start of the last turn that is known, from the store, to have brought a card."""
        self._roles: dict[int, Role] = {}
        self._said_roles: dict[int, Role] = {}
        self._query = RollingQuery()
        self._turns = TurnTaking(self._query, self._is_urgent)
        self._shown = Shown(contact_id, stale_days)
        self._replies = Replies(self._shown, self._agencies)
        self._turns_since_card: int | None = None
        self._answered: deque[tuple[tuple[str, int], list[Card]]] = deque(maxlen=_REMEMBERED_TURNS)

    @property
    def offers(self) -> tuple[SuggestionOffered, ...]:
        """The cards at their newest revision, the one that came or changed last at the end."""
        return self._shown.offers

    @property
    def due_ms(self) -> int | None:
        """Wall time from which on `tick` has something to do; None while nothing is held."""
        return self._turns.due_ms

    def on_state(self, event: ContactStateChanged) -> None:
        """Take a state; one that comes late, or again, changes nothing."""
        if event.revision <= self._revision:
            return
        self.begun_here = self.begun_here or (event.revision == 1 and not self.restored)
        self._revision = event.revision
        self._roles = dict(event.roles)
        self.ended_at_ms = event.at_ms if event.state == "ended" else None

    def on_roles(self, roles: Mapping[int, Role]) -> None:
        """A person said who is who; it overrules metadata."""
        self._said_roles.update(roles)

    def restore(
        self, offered: Sequence[SuggestionOffered], utterances: Sequence[Utterance], before: Utterance
    ) -> None:
        """Take up a contact in its course, from its cards and finals in the store, oldest first.

        The store may be ahead of this worker: of the finals only those that were said before the one that is
        about to be handled count, the others are still to come. Where a turn, or a later one of its channel,
        brought a card already, it is not answered again: another card might come out.
        """
        self.restored = True
        self._shown.restore(offered)
        for offer in offered:
            _, channel, start = offer.utterance_id.rsplit("/", 2)
            self._answered_to[int(channel)] = max(int(start), self._answered_to.get(int(channel), 0))
        for utterance in utterances:
            if _place(utterance) < _place(before):
                self._take(utterance, self._hear)

    def on_utterance(self, utterance: Utterance, search: Search, at_ms: int) -> list[Card]:
        """The cards that this final leads to: at most two new ones a turn, an update, or none found.

        A record that comes again gets the same cards again.
        """
        key = (utterance.utterance_id, utterance.revision)
        for answered, cards in self._answered:
            if answered == key:
                return cards
        cards = self._take(utterance, lambda turn: self._answer(turn, search, at_ms))
        if cards or self._role(utterance) != "agent":
            self._answered.append((key, cards))
        return cards

    def tick(self, search: Search, now_ms: int) -> list[Card]:
        """The cards of a turn that was held and that nobody went on with; [] before it is due."""
        held = self._turns.held
        if held is None or self.due_ms is None or now_ms < self.due_ms:
            return []
        cards = self._turns.release(lambda turn: self._answer(turn, search, now_ms))
        key = (held.utterance.utterance_id, held.utterance.revision)
        for number, (answered, before) in enumerate(self._answered):
            if answered == key:
                self._answered[number] = (key, before + cards)
        return cards

    def _take(self, utterance: Utterance, handle: Callable[[Turn], list[Card]]) -> list[Card]:
        """The same way live and when restored: only the handle differs."""
        return self._turns.take(utterance, self._role(utterance), self._is_answered, handle)

    def _role(self, utterance: Utterance) -> Role:
        channel = utterance.channel
        return self._said_roles.get(channel) or self._roles.get(channel) or utterance.role

    def _is_urgent(self, turn: Turn) -> bool:
        return any(agency.emergency for agency in self._agencies.meant(turn.text))

    def _is_answered(self, turn: Turn) -> bool:
        """It, or a later one of its channel, is known to have brought a card before."""
        start_sample = int(turn.utterance.utterance_id.rsplit("/", 1)[1])
        return start_sample <= self._answered_to.get(turn.utterance.channel, -1)

    def _hear(self, turn: Turn) -> list[Card]:
        """Take a turn without answering it."""
        places = districts_in(turn.text)
        self.district = places[-1] if places else self.district
        if not is_place(turn.text):
            self._query.heard_caller(turn.text, goes_on=turn.goes_on)
        if any(offer.utterance_id == turn.utterance.utterance_id for offer in self.offers):
            self._turns_since_card = 0
        elif self._turns_since_card is not None:
            self._turns_since_card += 1
        return []

    def _answer(self, turn: Turn, search: Search, at_ms: int) -> list[Card]:
        if self._is_answered(turn):
            return self._hear(turn)
        before = self.district
        if is_place(turn.text):
            self._hear(turn)
            if self.district == before:
                return []
            found = search(self._query.parts(said_back=turn.said_back), self.district)
            cards = self._replies.to_place(turn, self._query.newest, found, self.district, at_ms)
        else:
            parts = self._query.parts(turn.text, goes_on=turn.goes_on, said_back=turn.said_back)
            self._hear(turn)
            found = search(parts, self.district)
            cards = self._replies.to(turn, found, self.district, self._turns_since_card, at_ms)
        if any(isinstance(card, SuggestionOffered) for card in cards):
            self._turns_since_card = 0
        return cards


def _place(utterance: Utterance) -> tuple[int, int]:
    return utterance.start_ms, utterance.channel
