"""Finals in, guide cards out; searches by hand beside them.

`transcript`, `contact.events`, `search.requests` → `suggestions`, `search.results`. Recommending is in
`recommend.py`, finding in `index.py`, what was before in `history.py`; here they meet the bus, the database and the clock.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from assist.cards import snippet_of
from assist.history import CATCH_UP_S, History
from assist.index import ArticleIndex, Found
from assist.query import QueryPart
from assist.recommend import Recommender
from bus.base import Bus
from bus.events import consume, publish_patiently
from bus.outage import AWAY, Outage
from contracts.clock import Clock, wall_ms
from contracts.codec import AnyEvent
from contracts.contact import ContactStateChanged, RolesChanged
from contracts.context import about
from contracts.suggestion import SearchAnswered, SearchRequested, SuggestionOffered
from contracts.topics import CONTACT_EVENTS, SEARCH_REQUESTS, TRANSCRIPT
from contracts.transcript import Utterance
from store import articles
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


@dataclass(slots=True)
class AssistCounts:
    """What operators want to know; read by the application for its metrics."""

    cards: int = 0
    """New ones and updates."""
    nothing: int = 0
    """Questions for which there was no guide."""


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
        catch_up_s: float = CATCH_UP_S,
    ) -> None:
        self.counts = AssistCounts()
        self._bus = bus
        self._morphemes = morphemes
        self._clock = clock
        self._check_articles_s = check_articles_s
        self._database = database
        self._history = History(database, catch_up_s)
        self._recommender = Recommender()
        self._index = ArticleIndex([], morphemes.nouns_and_terms)
        self._version = -1
        """Of the articles in the index; below any there is, so that the first look loads them."""
        self.ready = asyncio.Event()
        """Set when the guides are indexed and the bus is joined."""

    async def run(self) -> None:
        """Serve until cancelled. Nothing is consumed before the guides are indexed, however long that takes."""
        await asyncio.to_thread(self._morphemes.warm_up)
        await self._index_first()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_index_fresh())
            tasks.create_task(
                consume(
                    self._bus,
                    GROUP,
                    [TRANSCRIPT, CONTACT_EVENTS, SEARCH_REQUESTS],
                    self._handle,
                    revoked=self._recommender.drop,
                    ready=self.ready,
                )
            )

    async def _index_first(self) -> None:
        outage = Outage(GROUP)
        while self._version < 0:
            try:
                await self._refresh_index()
            except AWAY as error:
                await outage.wait(error)
        outage.over()

    async def _keep_index_fresh(self) -> None:
        """Look for changed guides now and then. While they cannot be read, those that are indexed stay."""
        outage = Outage(f"{GROUP}, guides")
        while True:
            await asyncio.sleep(self._check_articles_s)
            self._recommender.forget(self._clock())
            try:
                await self._refresh_index()
                outage.over()
            except AWAY as error:
                await outage.wait(error)
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
        # All that needs the database comes first: when it is away, nothing has been published yet that a
        # second attempt would publish again.
        for event in events:
            if isinstance(event, Utterance) and event.status == "final":
                conversation = self._recommender.of(event.contact_id)
                if not conversation.restored:
                    await self._history.restore(conversation, event)
        for event in events:
            with about(event, GROUP):
                await self._take(event)

    async def _take(self, event: AnyEvent) -> None:
        match event:
            case Utterance(status="final"):
                await self._recommend(event)
            case ContactStateChanged() | RolesChanged():
                self._recommender.on_event(event)
            case SearchRequested():
                await self._answer(event)
            case _:
                pass

    async def _recommend(self, utterance: Utterance) -> None:
        conversation = self._recommender.of(utterance.contact_id)
        cards = await asyncio.to_thread(conversation.on_utterance, utterance, self._search, self._clock())
        # Stamped anew: a card is as late as its publication, and as all that was done for it.
        now = self._clock()
        stamped = [card.model_copy(update={"at_ms": now}) for card in cards]
        await publish_patiently(self._bus, stamped, GROUP)
        offers = sum(isinstance(card, SuggestionOffered) for card in cards)
        self.counts.cards += offers
        self.counts.nothing += len(cards) - offers

    def _search(self, parts: Sequence[QueryPart], district: str) -> Found:
        return self._index.search(parts, district=district)

    async def _answer(self, request: SearchRequested) -> None:
        """Answer from the index in memory; without the database only the caller's district may be missing."""
        conversation = self._recommender.of(request.contact_id)
        district = conversation.district
        if not conversation.restored:
            district = district or await self._history.district(request.contact_id)
        parts = [QueryPart(request.query, 1.0)]
        found = await asyncio.to_thread(self._index.search, parts, limit=ANSWERS, district=district)
        answer = SearchAnswered(
            contact_id=request.contact_id,
            at_ms=self._clock(),
            search_id=request.search_id,
            query=request.query,
            snippets=tuple(snippet_of(hit) for hit in found.hits),
        )
        await publish_patiently(self._bus, [answer], GROUP)
