"""From the turns of a conversation to cards: what to show, when, and never twice. Pure.

Time and the search come as arguments; the same turns and the same search give the same cards.
"""

from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from assist.cards import reason_for, snippet_of
from assist.gate import Verdict, fits_beside, has_wish, verdict
from assist.index import Found, Hit
from assist.query import QueryPart, RollingQuery, is_courtesy, plain
from assist.words import districts_in
from contracts.contact import ContactStateChanged, RolesChanged
from contracts.event import Role
from contracts.suggestion import NothingFound, SuggestionOffered, suggestion_id
from contracts.transcript import Utterance

CARDS_PER_TURN: Final = 2
CARDS_PER_CONTACT: Final = 12
"""Who has been shown a dozen guides needs the search box, not a thirteenth card."""

FORGET_AFTER_MS: Final = 120_000
"""An ended contact is kept this long for finals that are still being recognised."""

MAX_CONTACTS: Final = 2_000
"""Remembered at a time, some kilobytes each; the one silent for longest is forgotten first."""

_REMEMBERED_TURNS: Final = 8
"""Turns whose cards are kept, for records that come again."""

Card = SuggestionOffered | NothingFound
Search = Callable[[Sequence[QueryPart], str], Found]
"""Finds guides for a query, newest part first, and the caller's district (empty when unknown)."""


class Conversation:
    """One contact: who is on which channel, what was asked, what was offered."""

    def __init__(self, contact_id: str) -> None:
        self.contact_id = contact_id
        self.district = ""
        """The district the caller named last."""
        self.ended_at_ms: int | None = None
        self.restored = False
        """What was said and offered before, elsewhere or in another life, is known."""
        self.begun_here = False
        """Its first state came by here: there is hardly anything to restore."""
        self._revision = 0
        self._answered_to: dict[int, int] = {}
        """Channel → start of the last turn that is known, from the store, to have brought a card."""
        self._roles: dict[int, Role] = {}
        self._said_roles: dict[int, Role] = {}
        self._query = RollingQuery()
        self._offered: dict[str, SuggestionOffered] = {}
        """Article → its card at the newest revision."""
        self._answered: deque[tuple[tuple[str, int], list[Card]]] = deque(maxlen=_REMEMBERED_TURNS)

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
        self._offered = {offer.snippet.article_id: offer for offer in offered}
        for offer in offered:
            _, channel, start = offer.utterance_id.rsplit("/", 2)
            self._answered_to[int(channel)] = max(int(start), self._answered_to.get(int(channel), 0))
        for utterance in utterances:
            if _place(utterance) < _place(before):
                self._hear(utterance)

    def _hear(self, utterance: Utterance) -> None:
        role = self._role(utterance)
        if role == "agent":
            self._query.heard_agent(utterance.text)
        elif role == "caller":
            self._query.heard_caller(utterance.text)
            self.district = next(iter(reversed(districts_in(utterance.text))), self.district)

    def on_utterance(self, utterance: Utterance, search: Search, at_ms: int) -> list[Card]:
        """The cards that this turn leads to: at most `CARDS_PER_TURN` new ones, an update, or none found.

        A record that comes again gets the same cards again.
        """
        text = plain(utterance.text)
        role = self._role(utterance)
        if utterance.status != "final" or is_courtesy(text):
            return []
        if role == "agent":
            self._query.heard_agent(text)
            return []
        if role == "unknown" and not has_wish(text):
            return []
        key = (utterance.utterance_id, utterance.revision)
        for answered, cards in self._answered:
            if answered == key:
                return cards
        if _start_of(utterance) <= self._answered_to.get(utterance.channel, -1):
            self._hear(utterance)
            return []
        cards = self._cards(utterance, text, search, at_ms)
        self._answered.append((key, cards))
        return cards

    def _role(self, utterance: Utterance) -> Role:
        channel = utterance.channel
        return self._said_roles.get(channel) or self._roles.get(channel) or utterance.role

    def _cards(self, utterance: Utterance, text: str, search: Search, at_ms: int) -> list[Card]:
        places = districts_in(text)
        moved = bool(places) and places[-1] != self.district
        self.district = places[-1] if places else self.district
        found = search(self._query.parts(text), self.district)
        if places and not found.subject:
            # '마포구예요.' is no question of its own: it narrows the one before.
            local = search(self._query.parts(), self.district).hits if moved else ()
            fitting = [hit for hit in local[:1] if hit.article.district == self.district]
            said = verdict(self._query.newest, 0, max((hit.score for hit in fitting), default=0.0))
            return [*self._offers(fitting if said is Verdict.OFFER else [], utterance, at_ms)]
        self._query.heard_caller(text)
        best = found.hits[0].score if found.hits else 0.0
        said = verdict(text, len(set(found.subject)), best)
        fitting = _fitting(found.hits) if said is Verdict.OFFER else []
        cards: list[Card] = [
            *self._offers(fitting, utterance, at_ms),
            *self._updates(found.hits, utterance, at_ms),
        ]
        if said is Verdict.NOTHING and not cards and not self._is_known(found.hits):
            cards = [self._nothing(utterance, text, best, at_ms)]
        return cards

    def _offers(self, hits: Sequence[Hit], utterance: Utterance, at_ms: int) -> list[SuggestionOffered]:
        room = min(CARDS_PER_TURN, CARDS_PER_CONTACT - len(self._offered))
        new = [hit for hit in hits if hit.article.article_id not in self._offered][: max(0, room)]
        return [self._offer(hit, utterance, 1, at_ms) for hit in new]

    def _updates(self, hits: Sequence[Hit], utterance: Utterance, at_ms: int) -> list[SuggestionOffered]:
        """The best guide again, when it stands there already and another passage of it answers this turn."""
        for hit in hits[:1]:
            offer = self._offered.get(hit.article.article_id)
            if (
                offer
                and offer.utterance_id != utterance.utterance_id
                and hit.fresh
                and has_wish(utterance.text)
            ):
                shown = (offer.snippet.heading, offer.snippet.text)
                if shown != (hit.passage.heading, hit.passage.text):
                    return [self._offer(hit, utterance, offer.revision + 1, at_ms)]
        return []

    def _offer(self, hit: Hit, utterance: Utterance, revision: int, at_ms: int) -> SuggestionOffered:
        offer = SuggestionOffered(
            contact_id=self.contact_id,
            at_ms=at_ms,
            suggestion_id=suggestion_id(self.contact_id, hit.article.article_id),
            revision=revision,
            utterance_id=utterance.utterance_id,
            query=plain(utterance.text),
            reason=reason_for(hit),
            snippet=snippet_of(hit),
            final_at_ms=utterance.at_ms,
        )
        self._offered[hit.article.article_id] = offer
        return offer

    def _nothing(self, utterance: Utterance, text: str, best_score: float, at_ms: int) -> NothingFound:
        return NothingFound(
            contact_id=self.contact_id,
            at_ms=at_ms,
            utterance_id=utterance.utterance_id,
            query=text,
            best_score=round(best_score, 3),
        )

    def _is_known(self, hits: Sequence[Hit]) -> bool:
        """The best guide lies before the agent: the turn asks further about it."""
        return bool(hits) and hits[0].article.article_id in self._offered


def _start_of(utterance: Utterance) -> int:
    """The sample at which it starts, from its id."""
    return int(utterance.utterance_id.rsplit("/", 1)[1])


def _place(utterance: Utterance) -> tuple[int, int]:
    return utterance.start_ms, utterance.channel


def _fitting(hits: Sequence[Hit]) -> list[Hit]:
    return [
        hit
        for number, hit in enumerate(hits[:CARDS_PER_TURN])
        if not number or fits_beside(hit.score, hits[0].score)
    ]


class Recommender:
    """All conversations that go on. Bounded."""

    def __init__(self) -> None:
        self._conversations: OrderedDict[str, Conversation] = OrderedDict()

    def __len__(self) -> int:
        return len(self._conversations)

    def __contains__(self, contact_id: str) -> bool:
        return contact_id in self._conversations

    def of(self, contact_id: str) -> Conversation:
        """The conversation, begun now if it is not known."""
        conversation = self._conversations.setdefault(contact_id, Conversation(contact_id))
        self._conversations.move_to_end(contact_id)
        while len(self._conversations) > MAX_CONTACTS:
            self._conversations.popitem(last=False)
        return conversation

    def drop(self, contact_ids: Iterable[str]) -> None:
        """Contacts that are another worker's now: if they come back, they are restored."""
        for contact_id in contact_ids:
            self._conversations.pop(contact_id, None)

    def on_event(self, event: ContactStateChanged | RolesChanged) -> None:
        conversation = self.of(event.contact_id)
        if isinstance(event, RolesChanged):
            conversation.on_roles(event.roles)
        else:
            conversation.on_state(event)

    def forget(self, now_ms: int) -> None:
        """Drop contacts that ended more than `FORGET_AFTER_MS` ago."""
        for contact_id, conversation in list(self._conversations.items()):
            ended = conversation.ended_at_ms
            if ended is not None and now_ms - ended > FORGET_AFTER_MS:
                del self._conversations[contact_id]
