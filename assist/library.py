"""The guides that are searched now, kept fresh: a new index takes the old one's place when it is ready."""

import asyncio
import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Protocol

from assist.cards import day_of
from assist.dense import DenseIndex, Encodes, KeepsVectors
from assist.index import ArticleIndex, Found
from assist.query import QueryPart
from assist.search import Reranks, Searcher
from assist.synonyms import Synonyms
from assist.weights import Weights
from bus.outage import AWAY, Outage
from contracts.clock import Clock
from contracts.suggestion import Engine
from store import articles
from store.articles import StoredArticle
from store.database import Database

log = logging.getLogger(__name__)

CHECK_S: Final = 3.0
"""How often the guides' version is looked at: an edited guide is found after this and the re-indexing."""

STILL_S: Final = 0.5
RESTLESS_S: Final = 10.0
"""While an import is at work the version rises on: the index waits until it stands still, and so long at most."""


class Analyses(Protocol):
    """What is asked of `models.morphemes.Morphemes`. All block, and may be called from any thread."""

    def warm_up(self) -> None: ...

    def nouns_and_terms(self, text: str) -> list[str]:
        """A text's content morphemes."""
        ...

    def nouns_and_terms_of(self, texts: Sequence[str]) -> Iterable[list[str]]:
        """Of many texts, on all cores."""
        ...


class Library:
    """Searches never wait for a new index; while guides cannot be read, those that are indexed stay.

    Args:
        morphemes: content morphemes of texts.
        encoder: finds by meaning, too; None: by words alone.
        reranker: reads the best once more; None: nobody does.
        kept: vectors of earlier processes.
        weights, synonyms: the site's own; None: those that come along.
    """

    def __init__(
        self,
        database: Database,
        morphemes: Analyses,
        encoder: Encodes | None = None,
        reranker: Reranks | None = None,
        kept: KeepsVectors | None = None,
        *,
        clock: Clock,
        weights: Weights | None = None,
        synonyms: Synonyms | None = None,
    ) -> None:
        self._database = database
        self._morphemes = morphemes
        self._encoder = encoder
        self._kept = kept
        self._weights = weights
        self._synonyms = synonyms
        self._clock = clock
        self._articles: Sequence[StoredArticle] = ()
        self._index = ArticleIndex([], morphemes.nouns_and_terms)
        self._dense: DenseIndex | None = None
        self._searcher = Searcher(self._index, reranker=reranker)
        self._version = -1
        self._day: dt.date | None = None
        self._changed = asyncio.Event()
        """There are passages to encode."""

    def version(self) -> int:
        """Of the guides in the index; -1 before the first are."""
        return self._version

    @property
    def engine(self) -> Engine:
        """How guides are found: by words alone until all passages are encoded for the first time."""
        return self._searcher.engine

    @property
    def left_out(self) -> Mapping[str, int]:
        """Searches that went without the encoder's (`dense`) or the re-ranker's (`rerank`) help: late, or failed."""
        return {name: count.late + count.failed for name, count in self._searcher.counts.items()}

    def search(self, parts: Sequence[QueryPart], district: str = "", limit: int = 10) -> Found:
        """The best guides, best first; see `Searcher.search`. Blocks."""
        return self._searcher.search(parts, district=district, limit=limit)

    def best_score(self, query: str) -> float:
        """Of the best guide for a question that stands alone; 0.0 without any. Blocks."""
        hits = self.search([QueryPart(query, 1.0)], limit=1).hits
        return hits[0].score if hits else 0.0

    async def open(self) -> None:
        """Index the guides, however long the database is away."""
        outage = Outage("assist")
        while self._version < 0:
            try:
                await self.refresh()
            except AWAY as error:
                await outage.wait(error)
        outage.over()

    async def keep_fresh(self, check_s: float = CHECK_S) -> None:
        """Look for changed guides now and then, until cancelled. They are found by words first, by meaning later."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_refreshing(check_s))
            if self._encoder is not None:
                tasks.create_task(self._keep_encoding(self._encoder))

    async def _keep_refreshing(self, check_s: float) -> None:
        outage = Outage("assist, guides")
        while True:
            await asyncio.sleep(check_s)
            try:
                await self.refresh()
                outage.over()
            except AWAY as error:
                await outage.wait(error)
            except Exception:
                log.exception("guides could not be re-indexed; the guides of version %d stay", self._version)

    async def refresh(self) -> None:
        """Build a new index if a guide changed, or another day began: some hold from or until a day."""
        today = day_of(self._clock())
        version = await self._version_now()
        if version == self._version and not await self._changes_by(today):
            return
        version = await self._version_at_rest(version)
        async with self._database.session() as session:
            found = await articles.valid(session, today)
        self._index = await asyncio.to_thread(
            ArticleIndex,
            found,
            self._morphemes.nouns_and_terms,
            self._index,
            analyse_many=self._morphemes.nouns_and_terms_of,
            weights=self._weights,
            synonyms=self._synonyms,
        )
        self._articles = found
        self._searcher = self._searcher.renewed(self._index, self._dense)
        self._version, self._day = version, today
        self._changed.set()
        log.info("indexed %d guides of version %d", len(found), version)

    async def _changes_by(self, today: dt.date) -> bool:
        """Whether a guide began or ended to hold since the day of the index."""
        if self._day is None or today == self._day:
            return self._day is None
        async with self._database.session() as session:
            change = await articles.next_change(session, self._day)
        if change is None or change > today:
            self._day = today
            return False
        return True

    async def _version_now(self) -> int:
        async with self._database.session() as session:
            return await articles.version(session)

    async def _version_at_rest(self, version: int) -> int:
        """At the start nobody waits: the first guides are wanted now."""
        until = time.monotonic() + RESTLESS_S
        while self._version >= 0 and time.monotonic() < until:
            await asyncio.sleep(STILL_S)
            before, version = version, await self._version_now()
            if version == before:
                break
        return version

    async def _keep_encoding(self, encoder: Encodes) -> None:
        stopped = threading.Event()
        try:
            while True:
                await self._changed.wait()
                self._changed.clear()
                await self._encode(encoder, stopped.is_set)
        finally:
            # The thread outlives a cancel: it is told.
            stopped.set()

    async def _encode(self, encoder: Encodes, stopped: Callable[[], bool]) -> None:
        try:
            self._dense = await asyncio.to_thread(
                DenseIndex.build, self._articles, encoder, self._dense, kept=self._kept, stopped=stopped
            )
        except Exception:
            log.exception("new guides could not be encoded; they are found by words alone")
        else:
            self._searcher = self._searcher.renewed(self._index, self._dense)
