"""What stands before the agent: the cards of one contact, each once, updated in place. Pure."""

import re
from collections.abc import Sequence
from typing import Final

from assist.agencies import Agency
from assist.cards import reason_for, reason_for_agency, snippet_of, snippet_of_agency
from assist.index import Hit
from contracts.suggestion import Snippet, SuggestionOffered, suggestion_id
from contracts.transcript import Utterance

CARDS_PER_TURN: Final = 2
CARDS_PER_CONTACT: Final = 12
"""Who has been shown a dozen guides needs the search box, not a thirteenth card."""

_NUMBER: Final = re.compile(r"\d[\d-]*\d")


class Shown:
    """The cards of one contact."""

    def __init__(self, contact_id: str, stale_days: int) -> None:
        self._contact_id = contact_id
        self.stale_days = stale_days
        self._offers: dict[str, SuggestionOffered] = {}
        """Article → its card at the newest revision."""

    def __len__(self) -> int:
        return len(self._offers)

    def __contains__(self, article_id: str) -> bool:
        return article_id in self._offers

    @property
    def offers(self) -> tuple[SuggestionOffered, ...]:
        """The cards at their newest revision, the one that came or changed last at the end."""
        return tuple(self._offers.values())

    def restore(self, offers: Sequence[SuggestionOffered]) -> None:
        by_time = sorted(offers, key=lambda offer: offer.at_ms)
        self._offers = {offer.snippet.article_id: offer for offer in by_time}

    def offer_of(self, article_id: str) -> SuggestionOffered | None:
        return self._offers.get(article_id)

    def has_agency(self, number: str) -> bool:
        """A card, of a guide or of the table, names this number already."""
        return any(number in _NUMBER.findall(offer.snippet.agency) for offer in self._offers.values())

    def room(self, taken: int) -> int:
        """How many new cards this turn may still bring, `taken` of them being given away."""
        return max(0, min(CARDS_PER_TURN - taken, CARDS_PER_CONTACT - len(self._offers)))

    def guide(self, hit: Hit, utterance: Utterance, query: str, at_ms: int) -> SuggestionOffered:
        """A card of a guide: a new one, or the one that stands there with another passage."""
        snippet = snippet_of(hit, at_ms, self.stale_days)
        return self._put(snippet, reason_for(hit), utterance, query, at_ms)

    def agency(self, agency: Agency, utterance: Utterance, query: str, at_ms: int) -> SuggestionOffered:
        """A card of the table of other agencies."""
        snippet = snippet_of_agency(agency, query)
        return self._put(snippet, reason_for_agency(agency, query), utterance, query, at_ms)

    def _put(
        self, snippet: Snippet, reason: str, utterance: Utterance, query: str, at_ms: int
    ) -> SuggestionOffered:
        before = self._offers.pop(snippet.article_id, None)
        offer = SuggestionOffered(
            contact_id=self._contact_id,
            at_ms=at_ms,
            suggestion_id=suggestion_id(self._contact_id, snippet.article_id),
            revision=before.revision + 1 if before else 1,
            utterance_id=utterance.utterance_id,
            query=query,
            reason=reason,
            snippet=snippet,
            final_at_ms=utterance.at_ms,
        )
        self._offers[snippet.article_id] = offer
        return offer
