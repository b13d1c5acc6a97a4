"""Finals in, guide cards out; searches by hand beside them.

`transcript`, `contact.events`, `search.requests` → `suggestions`, `search.results`. Recommending is in
`recommend.py`, finding in `index.py`; here they meet the bus, the database and the clock.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final, Protocol

from assist.cards import snippet_of
from assist.index import ArticleIndex, Found
from assist.query import QueryPart
from assist.recommend import Conversation, Recommender
from bus.base import Bus
from bus.events import consume, publish_events
from contracts.clock import Clock, wall_ms
from contracts.codec import AnyEvent
from contracts.contact import ContactStateChanged, RolesChanged
from contracts.suggestion import SearchAnswered, SearchRequested
from contracts.topics import CONTACT_EVENTS, SEARCH_REQUESTS, TRANSCRIPT
from contracts.transcript import Utterance
from store import articles, contacts, suggestions, transcripts
from store.database import Database

log = logging.getLogger(__name__)

GROUP: Final = "assist"

ANSWERS: Final = 10
"""Guides in the answer to a search by hand."""

CHECK_ARTICLES_S: Final = 3.0
"""How often the articles' version is looked at: an edited guide is found after this and the re-indexing."""


class Analyses(Protocol):
    """What is asked of `models.morphemes.Morphemes`. Both block, and may be called from any thread."""

    def warm_up(self) -> None: ...

    def nouns_and_terms(self, text: str) -> list[str]: ...


class AssistService:
    """One worker. Several may run: the bus gives each its contacts."""

    def __init__(
        self,
        bus: Bus,
        database: Database,
        morphemes: Analyses,
        *,
        clock: Clock = wall_ms,
        check_articles_s: float = CHECK_ARTICLES_S,
    ) -> None:
        self._bus = bus
        self._database = database
        self._morphemes = morphemes
        self._clock = clock
        self._check_articles_s = check_articles_s
        self._recommender = Recommender()
        self._index = ArticleIndex([], morphemes.nouns_and_terms)
        self._version = -1
        """Of the articles in the index; below any there is, so that the first look loads them."""
        self.ready = asyncio.Event()
        """Set when the guides are indexed."""

    async def run(self) -> None:
        """Serve until cancelled. Nothing is consumed before the guides are indexed."""
        await asyncio.to_thread(self._morphemes.warm_up)
        await self._refresh_index()
        self.ready.set()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_index_fresh())
            tasks.create_task(
                consume(self._bus, GROUP, [TRANSCRIPT, CONTACT_EVENTS, SEARCH_REQUESTS], self._handle)
            )

    async def _keep_index_fresh(self) -> None:
        while True:
            await asyncio.sleep(self._check_articles_s)
            self._recommender.forget(self._clock())
            try:
                await self._refresh_index()
            except Exception:
                log.exception("guides could not be re-indexed; the guides of version %d stay", self._version)

    async def _refresh_index(self) -> None:
        """Build a new index if an article changed; searches use the old one until it is ready."""
        async with self._database.session() as session:
            version = await articles.version(session)
            if version == self._version:
                return
            found = await articles.all(session)
        self._index = await asyncio.to_thread(
            ArticleIndex, found, self._morphemes.nouns_and_terms, self._index
        )
        self._version = version
        log.info("indexed %d guides of version %d", len(found), version)

    async def _handle(self, events: Sequence[AnyEvent]) -> None:
        for event in events:
            match event:
                case Utterance(status="final"):
                    await self._recommend(event)
                case ContactStateChanged() | RolesChanged():
                    await self._conversation(event.contact_id)
                    self._recommender.on_event(event)
                case SearchRequested():
                    await self._answer(event)
                case _:
                    pass

    async def _recommend(self, utterance: Utterance) -> None:
        conversation = await self._conversation(utterance.contact_id, before=utterance.utterance_id)
        cards = await asyncio.to_thread(conversation.on_utterance, utterance, self._search, self._clock())
        # Stamped anew: a card is as late as its publication, and as all that was done for it.
        now = self._clock()
        await publish_events(self._bus, [card.model_copy(update={"at_ms": now}) for card in cards])

    def _search(self, parts: Sequence[QueryPart], district: str) -> Found:
        return self._index.search(parts, district=district)

    async def _answer(self, request: SearchRequested) -> None:
        conversation = await self._conversation(request.contact_id)
        parts = [QueryPart(request.query, 1.0)]
        found = await asyncio.to_thread(
            self._index.search, parts, limit=ANSWERS, district=conversation.district
        )
        answer = SearchAnswered(
            contact_id=request.contact_id,
            at_ms=self._clock(),
            search_id=request.search_id,
            query=request.query,
            snippets=tuple(snippet_of(hit) for hit in found.hits),
        )
        await publish_events(self._bus, [answer])

    async def _conversation(self, contact_id: str, *, before: str = "") -> Conversation:
        """The contact's conversation; one this worker does not know is taken up from the store.

        After a restart, or when another worker had the contact, cards that were shown must not come again.

        Args:
            contact_id: the contact.
            before: an utterance that is about to be handled, so not part of what was.
        """
        if contact_id in self._recommender:
            return self._recommender.of(contact_id)
        async with self._database.session() as session:
            stored = await contacts.get(session, contact_id)
            cards, _ = await suggestions.of_contact(session, contact_id)
            said = await transcripts.of_contact(session, contact_id)
        conversation = self._recommender.of(contact_id)
        if stored:
            conversation.on_state(stored.contact)
            metadata = stored.contact.roles
            conversation.on_roles({c: role for c, role in stored.roles.items() if metadata.get(c) != role})
        conversation.restore(
            [card.offer for card in cards],
            [utterance for utterance in said if utterance.utterance_id != before],
        )
        return conversation
