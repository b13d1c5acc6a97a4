"""Finals in, guide cards out; searches by hand beside them.

`transcript`, `contact.events`, `search.requests` → `suggestions`, `search.results`. When to show what is in
`conversation.py`, the guides in `library.py`, what was before in `history.py`; here they meet the bus and the clock.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from assist.agencies import Agencies, load_agencies
from assist.answering import Answering, Answers
from assist.cards import STALE_DAYS, Card, snippet_of, stamped
from assist.conversation import Conversation
from assist.dense import Encodes, KeepsVectors
from assist.gap_worker import GapWorker
from assist.history import CATCH_UP_S, History
from assist.library import CHECK_S, Analyses, Library
from assist.query import QueryPart
from assist.recommend import Recommender
from assist.search import Reranks
from assist.synonyms import Synonyms
from assist.weights import Weights
from bus.base import Bus
from bus.events import consume, publish_patiently
from contracts.clock import Clock, wall_ms
from contracts.codec import AnyEvent
from contracts.contact import ContactStateChanged, RolesChanged
from contracts.context import about
from contracts.suggestion import SearchAnswered, SearchRequested, SuggestionOffered
from contracts.topics import CONTACT_EVENTS, SEARCH_REQUESTS, TRANSCRIPT
from contracts.transcript import Utterance
from store.database import Database

log = logging.getLogger(__name__)

GROUP: Final = "assist"

ANSWERS: Final = 10
"""Guides in the answer to a search by hand."""

TICK_S: Final = 0.1
"""How often turns that broke off are looked at."""

_FORGET_S: Final = 3.0


@dataclass(slots=True)
class AssistCounts:
    """What operators want to know; read by the application for its metrics."""

    cards: int = 0
    """New ones and updates."""
    nothing: int = 0
    """Questions for which there was no guide."""


class AssistService:
    """One worker. Several may run: the bus gives each its contacts.

    Args:
        encoder, reranker: find guides by meaning; see `library.py`.
        kept: vectors of earlier processes.
        answers: says a card's passage in one sentence.
        agencies, weights, synonyms: the site's own; None: those that come along.
        stale_days: a guide unchecked for so long is marked.
    """

    def __init__(
        self,
        bus: Bus,
        database: Database,
        morphemes: Analyses,
        *,
        encoder: Encodes | None = None,
        reranker: Reranks | None = None,
        kept: KeepsVectors | None = None,
        answers: Answers | None = None,
        agencies: Agencies | None = None,
        weights: Weights | None = None,
        synonyms: Synonyms | None = None,
        stale_days: int = STALE_DAYS,
        clock: Clock = wall_ms,
        check_articles_s: float = CHECK_S,
        catch_up_s: float = CATCH_UP_S,
    ) -> None:
        self.counts = AssistCounts()
        self.library = Library(
            database, morphemes, encoder, reranker, kept, clock=clock, weights=weights, synonyms=synonyms
        )
        self.gaps = GapWorker(
            database,
            morphemes.nouns_and_terms,
            guides=self.library,
            encode=encoder.encode if encoder else None,
            clock=clock,
        )
        self.answering = Answering(bus, answers, clock) if answers else None
        self._bus = bus
        self._morphemes = morphemes
        self._clock = clock
        self._stale_days = stale_days
        self._check_articles_s = check_articles_s
        self._history = History(database, catch_up_s)
        self._recommender = Recommender(agencies or load_agencies(), stale_days)
        self._one_at_a_time = asyncio.Lock()
        """A turn that broke off is answered beside what the bus brings, not in the midst of it."""
        self.ready = asyncio.Event()
        """Set when the guides are indexed and the bus is joined."""

    async def run(self) -> None:
        """Serve until cancelled. Nothing is consumed before the guides are indexed, however long that takes."""
        await asyncio.to_thread(self._morphemes.warm_up)
        await self.library.open()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.library.keep_fresh(self._check_articles_s))
            tasks.create_task(self._tick())
            tasks.create_task(self._forget())
            tasks.create_task(self.gaps.run())
            if self.answering:
                tasks.create_task(self.answering.run())
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

    async def _forget(self) -> None:
        while True:
            await asyncio.sleep(_FORGET_S)
            self._recommender.forget(self._clock())

    async def _tick(self) -> None:
        """Answer turns that broke off and that nobody went on with."""
        while True:
            await asyncio.sleep(TICK_S)
            for conversation in self._recommender.due(self._clock()):
                async with self._one_at_a_time:
                    # It may have moved to another worker meanwhile.
                    if conversation.contact_id in self._recommender:
                        await self._answer_held(conversation)

    async def _answer_held(self, conversation: Conversation) -> None:
        try:
            cards = await asyncio.to_thread(conversation.tick, self.library.search, self._clock())
        except Exception:
            # It is held no more: the caller's next words are answered as ever.
            log.exception("%s: what broke off could not be answered", conversation.contact_id)
            return
        await self._publish(cards)

    async def _handle(self, events: Sequence[AnyEvent]) -> None:
        async with self._one_at_a_time:
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
                conversation = self._recommender.of(event.contact_id)
                cards = await asyncio.to_thread(
                    conversation.on_utterance, event, self.library.search, self._clock()
                )
                await self._publish(cards)
            case ContactStateChanged() | RolesChanged():
                self._recommender.on_event(event)
            case SearchRequested():
                await self._answer(event)
            case _:
                pass

    async def _publish(self, cards: Sequence[Card]) -> None:
        now = stamped(cards, self._clock(), self.library.engine, self.library.version())
        await publish_patiently(self._bus, now, GROUP)
        offers = [card for card in now if isinstance(card, SuggestionOffered)]
        self.counts.cards += len(offers)
        self.counts.nothing += len(now) - len(offers)
        if self.answering:
            self.answering.ask(offers)

    async def _answer(self, request: SearchRequested) -> None:
        """Answer from the index in memory; without the database only the caller's district may be missing."""
        conversation = self._recommender.of(request.contact_id)
        district = conversation.district
        if not conversation.restored:
            district = district or await self._history.district(request.contact_id)
        parts = [QueryPart(request.query, 1.0)]
        found = await asyncio.to_thread(self.library.search, parts, district, ANSWERS)
        now_ms = self._clock()
        answer = SearchAnswered(
            contact_id=request.contact_id,
            at_ms=now_ms,
            search_id=request.search_id,
            query=request.query,
            snippets=tuple(snippet_of(hit, now_ms, self._stale_days) for hit in found.hits),
            engine=self.library.engine,
        )
        await publish_patiently(self._bus, [answer], GROUP)
