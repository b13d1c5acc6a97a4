"""Which cards a turn brings: a guide, another agency, an update, 'nothing found', or none. Pure.

Whether anything is shown at all is decided in `gate.py`; here it is decided what.
"""

from collections.abc import Sequence
from typing import Final

from assist.agencies import Agencies, Agency, numbers_in
from assist.cards import CANDIDATES, Card, snippet_of
from assist.gate import ASKED_SCORE, Verdict, fits_beside, has_wish, verdict
from assist.index import Found, Hit
from assist.moves import opens_another
from assist.shown import CARDS_PER_TURN, Shown
from assist.turns import Turn
from contracts.suggestion import NothingFound, SuggestionOffered

_AGENCY_GUIDE_SCORE: Final = 0.2
"""A guide of the agency that the table names is shown instead of the table's line from this score on."""

_AGENCY_GUIDES: Final = 5
"""Looked for among so many of the best."""

_BESIDE_AGENCY_SCORE: Final = 0.95
"""A guide of the city's own is shown on another agency's matter from this score on."""

_OLDER_CARD_SCORE: Final = 0.3
"""What is asked after a card is about the newest one; about an older one from this score on."""


class Replies:
    """Chooses the cards of one contact; what was shown is kept in `Shown`."""

    def __init__(self, shown: Shown, agencies: Agencies) -> None:
        self._shown = shown
        self._agencies = agencies

    def to(
        self, turn: Turn, found: Found, district: str, turns_since_card: int | None, at_ms: int
    ) -> list[Card]:
        """The cards of a turn, the most urgent first.

        Args:
            turn: what the caller said.
            found: for the turn and what was said before.
            district: the caller's, empty when unknown.
            turns_since_card: as for `gate.verdict`.
            at_ms: wall time.
        """
        hits = _local(found.hits, district)
        said = verdict(
            turn.text,
            len(set(found.subject)),
            hits[0].score if hits else 0.0,
            wished=turn.wished,
            turns_since_card=None if opens_another(turn.text) else turns_since_card,
        )
        cards: list[Card] = []
        meant = self._meant(turn)
        for agency in meant:
            cards += self._of_agency(agency, turn, hits, at_ms, taken=len(cards))
        if said is Verdict.OFFER and (not meant or _fits_beside_agency(hits[0], meant)):
            cards += self._offers(_fitting(hits, turn), turn, at_ms, taken=len(cards))
        cards += self._updates(hits, turn, at_ms)
        if said is Verdict.NOTHING and not cards and not self._is_known(turn, hits):
            cards = [self._nothing(turn, hits, at_ms)]
        return cards

    def to_place(self, turn: Turn, asked: str, found: Found, district: str, at_ms: int) -> list[Card]:
        """The card of a turn that says only where ('마포구예요.'): what was `asked` before, for that district."""
        local = [hit for hit in found.hits[:1] if hit.article.district == district]
        said = verdict(asked, 0, max((hit.score for hit in local), default=0.0))
        return [*self._offers(local, turn, at_ms)] if said is Verdict.OFFER else []

    def _meant(self, turn: Turn) -> list[Agency]:
        """Agencies that the turn is a matter of: all that are urgent, or else the first, if something is wanted."""
        meant = self._agencies.meant(turn.text)
        urgent = [agency for agency in meant if agency.emergency]
        return urgent or (meant[:1] if turn.wished or has_wish(turn.text) else [])

    def _of_agency(
        self, agency: Agency, turn: Turn, hits: Sequence[Hit], at_ms: int, taken: int
    ) -> list[SuggestionOffered]:
        """Its own guide if there is one, else its line of the table; nothing if either stands there."""
        if not self._shown.room(taken) or self._shown.has_agency(agency.number):
            return []
        guide = next((hit for hit in hits[:_AGENCY_GUIDES] if _speaks_for(hit, agency)), None)
        if guide is None:
            return [self._shown.agency(agency, turn.utterance, turn.text, at_ms)]
        return self._offers([guide], turn, at_ms, taken)

    def _offers(self, hits: Sequence[Hit], turn: Turn, at_ms: int, taken: int = 0) -> list[SuggestionOffered]:
        new = [hit for hit in hits if not self._stands(hit)][: self._shown.room(taken)]
        return [self._shown.guide(hit, turn.utterance, turn.text, at_ms) for hit in new]

    def _stands(self, hit: Hit) -> bool:
        """It, or the table's line of its agency, has been shown."""
        numbers = numbers_in(hit.article.agency)
        return hit.article.article_id in self._shown or any(f"agency-{n}" in self._shown for n in numbers)

    def _updates(self, hits: Sequence[Hit], turn: Turn, at_ms: int) -> list[SuggestionOffered]:
        """The best guide again, when it stands there already and another passage of it answers this turn."""
        offer = self._shown.offer_of(hits[0].article.article_id) if hits else None
        if offer is None or offer.utterance_id == turn.utterance.utterance_id or not has_wish(turn.text):
            return []
        best = hits[0]
        if best.score < _OLDER_CARD_SCORE and offer != self._shown.offers[-1]:
            return []
        same = (offer.snippet.heading, offer.snippet.text) == (best.passage.heading, best.passage.text)
        if same or not _answers(best):
            return []
        return [self._shown.guide(best, turn.utterance, turn.text, at_ms)]

    def _nothing(self, turn: Turn, hits: Sequence[Hit], at_ms: int) -> NothingFound:
        return NothingFound(
            contact_id=turn.utterance.contact_id,
            at_ms=at_ms,
            utterance_id=turn.utterance.utterance_id,
            query=turn.text,
            best_score=round(hits[0].score if hits else 0.0, 3),
            candidates=tuple(snippet_of(hit, at_ms, self._shown.stale_days) for hit in hits[:CANDIDATES]),
        )

    def _is_known(self, turn: Turn, hits: Sequence[Hit]) -> bool:
        """The best guide, or the agency meant, lies before the agent: the turn asks further about it."""
        if any(self._shown.has_agency(agency.number) for agency in self._agencies.meant(turn.text)):
            return True
        return bool(hits) and hits[0].article.article_id in self._shown


def _local(hits: Sequence[Hit], district: str) -> Sequence[Hit]:
    """Without guides of another district than the caller's; of any, where one for the whole city fits."""
    local = [hit for hit in hits if hit.article.district in ("", district)]
    return local if district or (local and local[0].score >= ASKED_SCORE) else hits


def _fitting(hits: Sequence[Hit], turn: Turn) -> list[Hit]:
    """The best guide, and the second where it belongs beside it and something is wanted."""
    best, *others = hits[: CARDS_PER_TURN if turn.wished or has_wish(turn.text) else 1]
    return [best] + [
        hit
        for hit in others
        if fits_beside(hit.score, best.score, own_words=not set(hit.matched) <= set(best.matched))
    ]


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
