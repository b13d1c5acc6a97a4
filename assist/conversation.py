"""From the turns of one conversation to cards: what to show, when, and never twice. Pure.

Time and the search come as arguments; the same turns and the same search give the same cards. Nothing here knows
whether a turn was spoken or typed.
"""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from assist.agencies import Agencies, Agency, numbers_in
from assist.cards import CANDIDATES, STALE_DAYS, Card, snippet_of
from assist.gate import ASKED_SCORE, Verdict, fits_beside, has_wish, verdict
from assist.index import Found, Hit
from assist.moves import affirms, begins_affirming, is_broken_off, opens_another, without_dropped
from assist.query import QueryPart, RollingQuery, is_courtesy, is_place, plain
from assist.shown import CARDS_PER_TURN, Shown
from assist.words import districts_in
from contracts.contact import ContactStateChanged
from contracts.event import Role
from contracts.suggestion import NothingFound, SuggestionOffered
from contracts.transcript import Utterance

HOLD_MS: Final = 500
"""A turn that breaks off ('여권을 잃어버렸는데') waits so long for the rest, from its final on."""

GOES_ON_MS: Final = 2_500
"""Who speaks on within this time after breaking off says the same sentence."""

_REMEMBERED_TURNS: Final = 8
"""Turns whose cards are kept, for records that come again."""

_AGENCY_GUIDE_SCORE: Final = 0.2
"""A guide of the agency that the table names is shown instead of the table's line from this score on."""

_BESIDE_AGENCY_SCORE: Final = 0.95
"""A guide of the city's own is shown on another agency's matter from this score on."""

_OLDER_CARD_SCORE: Final = 0.3
"""What is asked after a card is about the newest one; about an older one from this score on."""

Search = Callable[[Sequence[QueryPart], str], Found]
"""Finds guides for a query, newest part first, and the caller's district (empty when unknown)."""


@dataclass(frozen=True, slots=True)
class _Turn:
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
        self._stale_days = stale_days
        self._revision = 0
        self._answered_to: dict[int, int] = {}
        """Channel → start of the last turn that is known, from the store, to have brought a card."""
        self._roles: dict[int, Role] = {}
        self._said_roles: dict[int, Role] = {}
        self._query = RollingQuery()
        self._shown = Shown(contact_id, stale_days)
        self._open: _Turn | None = None
        """The caller's last turn, if it broke off."""
        self._held = False
        """`_open` has not been answered yet."""
        self._turns_since_card: int | None = None
        self._answered: deque[tuple[tuple[str, int], list[Card]]] = deque(maxlen=_REMEMBERED_TURNS)

    @property
    def offers(self) -> tuple[SuggestionOffered, ...]:
        """The cards at their newest revision, the one that came or changed last at the end."""
        return self._shown.offers

    @property
    def due_ms(self) -> int | None:
        """Wall time from which on `tick` has something to do; None while nothing is held."""
        return self._open.utterance.at_ms + HOLD_MS if self._open and self._held else None

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
        due_ms, turn = self.due_ms, self._open
        if due_ms is None or turn is None or now_ms < due_ms:
            return []
        cards = self._release(lambda turn: self._answer(turn, search, now_ms))
        key = (turn.utterance.utterance_id, turn.utterance.revision)
        self._answered = deque(
            (
                (answered, before + cards if answered == key else before)
                for answered, before in self._answered
            ),
            _REMEMBERED_TURNS,
        )
        return cards

    def _take(self, utterance: Utterance, handle: Callable[[_Turn], list[Card]]) -> list[Card]:
        """Hand over the caller's turns that are complete with this final; the same way live and when restored."""
        if utterance.status != "final":
            return []
        text, role = plain(utterance.text), self._role(utterance)
        if role == "agent":
            return self._agent_said(text, handle)
        yes = bool(self._query.confirmation) and begins_affirming(text)
        if not yes and (is_courtesy(text) or (role == "unknown" and not has_wish(text))):
            return []
        cards: list[Card] = []
        said = self._query.take_confirmation()
        if yes:
            turn = _Turn(utterance, said if affirms(text) else plain(f"{said} {text}"), wished=True)
        elif self._open and _goes_on(self._open.utterance, utterance):
            heard = not self._held or self._open.goes_on
            said = said or self._open.said_back
            turn = _Turn(utterance, plain(f"{self._open.text} {text}"), said, goes_on=heard)
            self._held = False
        else:
            turn = _Turn(utterance, text, said, wished=without_dropped(text) is not None)
        cards += self._release(handle)
        self._open = turn if is_broken_off(turn.text) and not self._is_urgent(turn) else None
        self._held = self._open is not None and not self._is_answered(turn)
        return cards if self._held else cards + handle(turn)

    def _agent_said(self, text: str, handle: Callable[[_Turn], list[Card]]) -> list[Card]:
        if is_courtesy(text):
            return []
        cards = self._release(handle)
        self._open = None
        self._query.heard_agent(text)
        return cards

    def _is_urgent(self, turn: _Turn) -> bool:
        return any(agency.emergency for agency in self._agencies.meant(turn.text))

    def _release(self, handle: Callable[[_Turn], list[Card]]) -> list[Card]:
        """Nobody went on with what was held: it is a turn as it stands."""
        if not self._open or not self._held:
            return []
        self._held = False
        return handle(self._open)

    def _role(self, utterance: Utterance) -> Role:
        channel = utterance.channel
        return self._said_roles.get(channel) or self._roles.get(channel) or utterance.role

    def _is_answered(self, turn: _Turn) -> bool:
        """It, or a later one of its channel, is known to have brought a card before."""
        return _start_of(turn.utterance) <= self._answered_to.get(turn.utterance.channel, -1)

    def _hear(self, turn: _Turn) -> list[Card]:
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

    def _answer(self, turn: _Turn, search: Search, at_ms: int) -> list[Card]:
        if self._is_answered(turn):
            return self._hear(turn)
        named, before = districts_in(turn.text), self.district
        if is_place(turn.text):
            self._hear(turn)
            moved = named and self.district != before
            return self._counted(self._narrowed(turn, search, at_ms)) if moved else []
        found = search(
            self._query.parts(turn.text, goes_on=turn.goes_on, said_back=turn.said_back),
            named[-1] if named else self.district,
        )
        self._hear(turn)
        return self._counted(self._cards(turn, found, at_ms))

    def _counted(self, cards: list[Card]) -> list[Card]:
        if any(isinstance(card, SuggestionOffered) for card in cards):
            self._turns_since_card = 0
        return cards

    def _narrowed(self, turn: _Turn, search: Search, at_ms: int) -> list[Card]:
        """'마포구예요.' is no question of its own: it narrows the one before."""
        hits = search(self._query.parts(said_back=turn.said_back), self.district).hits
        local = [hit for hit in hits[:1] if hit.article.district == self.district]
        said = verdict(self._query.newest, 0, max((hit.score for hit in local), default=0.0))
        return [*self._offers(local, turn, at_ms)] if said is Verdict.OFFER else []

    def _cards(self, turn: _Turn, found: Found, at_ms: int) -> list[Card]:
        hits = self._local(found.hits)
        best = hits[0].score if hits else 0.0
        said = verdict(
            turn.text,
            len(set(found.subject)),
            best,
            wished=turn.wished,
            turns_since_card=None if opens_another(turn.text) else self._turns_since_card,
        )
        cards: list[Card] = []
        meant = self._meant(turn)
        for agency in meant:
            cards += self._of_agency(agency, turn, hits, at_ms, taken=len(cards))
        if said is Verdict.OFFER and (not meant or _fits_beside_agency(hits[0], meant)):
            cards += self._offers(_fitting(hits), turn, at_ms, taken=len(cards))
        cards += self._updates(hits, turn, at_ms)
        if said is Verdict.NOTHING and not cards and not self._is_known(turn.text, hits):
            cards = [self._nothing(turn, hits, at_ms)]
        return cards

    def _local(self, hits: Sequence[Hit]) -> Sequence[Hit]:
        """Without guides of another district than the caller's; of any, where one for the whole city fits."""
        local = [hit for hit in hits if hit.article.district in ("", self.district)]
        if self.district or (local and local[0].score >= ASKED_SCORE):
            return local
        return hits

    def _meant(self, turn: _Turn) -> list[Agency]:
        """Agencies that the turn is a matter of: all that are urgent, or else the first, if something is wanted."""
        meant = self._agencies.meant(turn.text)
        urgent = [agency for agency in meant if agency.emergency]
        return urgent or (meant[:1] if turn.wished or has_wish(turn.text) else [])

    def _of_agency(
        self, agency: Agency, turn: _Turn, hits: Sequence[Hit], at_ms: int, taken: int
    ) -> list[SuggestionOffered]:
        """Its own guide if there is one, else its line of the table; nothing if either stands there."""
        if not self._shown.room(taken) or self._shown.has_agency(agency.number):
            return []
        guide = next((hit for hit in hits[:5] if _speaks_for(hit, agency)), None)
        if guide is None:
            return [self._shown.agency(agency, turn.utterance, turn.text, at_ms)]
        return self._offers([guide], turn, at_ms, taken)

    def _offers(
        self, hits: Sequence[Hit], turn: _Turn, at_ms: int, taken: int = 0
    ) -> list[SuggestionOffered]:
        new = [hit for hit in hits if not self._stands(hit)][: self._shown.room(taken)]
        return [self._shown.guide(hit, turn.utterance, turn.text, at_ms) for hit in new]

    def _stands(self, hit: Hit) -> bool:
        """It, or the table's line of its agency, has been shown."""
        numbers = numbers_in(hit.article.agency)
        return hit.article.article_id in self._shown or any(f"agency-{n}" in self._shown for n in numbers)

    def _updates(self, hits: Sequence[Hit], turn: _Turn, at_ms: int) -> list[SuggestionOffered]:
        """The best guide again, when it stands there already and another passage of it answers this turn."""
        for hit in hits[:1]:
            offer = self._shown.offer_of(hit.article.article_id)
            if offer is None or offer.utterance_id == turn.utterance.utterance_id or not has_wish(turn.text):
                return []
            if hit.score < _OLDER_CARD_SCORE and offer != self.offers[-1]:
                return []
            shown = (offer.snippet.heading, offer.snippet.text)
            if shown != (hit.passage.heading, hit.passage.text) and _answers(hit):
                return [self._shown.guide(hit, turn.utterance, turn.text, at_ms)]
        return []

    def _nothing(self, turn: _Turn, hits: Sequence[Hit], at_ms: int) -> NothingFound:
        return NothingFound(
            contact_id=self.contact_id,
            at_ms=at_ms,
            utterance_id=turn.utterance.utterance_id,
            query=turn.text,
            best_score=round(hits[0].score if hits else 0.0, 3),
            candidates=tuple(snippet_of(hit, at_ms, self._stale_days) for hit in hits[:CANDIDATES]),
        )

    def _is_known(self, text: str, hits: Sequence[Hit]) -> bool:
        """The best guide, or the agency meant, lies before the agent: the turn asks further about it."""
        if any(self._shown.has_agency(agency.number) for agency in self._agencies.meant(text)):
            return True
        return bool(hits) and hits[0].article.article_id in self._shown


def _speaks_for(hit: Hit, agency: Agency) -> bool:
    """The guide is the agency's own, or sends callers to it in its title or first paragraph."""
    article = hit.article
    said = f"{article.agency} {article.title} {article.body.strip().partition(chr(10))[0]}"
    return hit.score >= _AGENCY_GUIDE_SCORE and agency.number in numbers_in(said)


def _fits_beside_agency(hit: Hit, meant: Sequence[Agency]) -> bool:
    """What another agency is asked is no matter of the city's guides, unless one fits beyond doubt."""
    return meant[0].emergency or (not hit.article.agency and hit.score >= _BESIDE_AGENCY_SCORE)


def _answers(hit: Hit) -> bool:
    """The passage holds a word of the newest turn, and not just its guide."""
    passage = f"{hit.passage.heading} {hit.passage.text}"
    return any(word in passage for word in hit.matched[: hit.fresh])


def _goes_on(before: Utterance, utterance: Utterance) -> bool:
    same = before.channel == utterance.channel
    return same and utterance.start_ms - before.end_ms <= GOES_ON_MS


def _start_of(utterance: Utterance) -> int:
    """The sample at which it starts, from its id."""
    return int(utterance.utterance_id.rsplit("/", 1)[1])


def _place(utterance: Utterance) -> tuple[int, int]:
    return utterance.start_ms, utterance.channel


def _fitting(hits: Sequence[Hit]) -> list[Hit]:
    """The best guide, and the second where it belongs beside it."""
    best, *others = hits[:CARDS_PER_TURN]
    return [best] + [
        hit
        for hit in others
        if fits_beside(hit.score, best.score, own_words=not set(hit.matched) <= set(best.matched))
    ]
