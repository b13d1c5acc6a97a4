"""The one way to search guides: by words, by meaning where there is an encoder, read again where there is a reranker.

What is slow or broken is left out of that one answer and counted; words alone always answer.
"""

import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final, Literal, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from assist.dense import DenseIndex
from assist.index import ArticleIndex, Found, Hit
from assist.query import QueryPart
from contracts.suggestion import Engine
from models.breaker import Breaker, Pass

log = logging.getLogger(__name__)

RERANKED: Final = 20
"""So many of the best are read again; beyond, the right one is rarely found (see the ADR)."""
NEAR_BUDGET_S: Final = 0.3
RERANK_BUDGET_S: Final = 0.4
"""Together they leave 0.3 s of the second in which a card is due."""
PAUSE_S: Final = 10.0
"""So long is left out, the first time, what was late or failed three times in a row."""

_RERANK_WEIGHT: Final = 0.6
"""Of the reranker's opinion in log-odds; the rest is the index's. To be fitted where labelled queries are."""
_SUREST: Final = 6.0
"""No opinion counts for more log-odds: a random sentence scores e^-11 with some rerankers."""

T = TypeVar("T")


class Reranks(Protocol):
    """What is asked of `models.reranker.Reranker`. Blocks; may be called from any thread."""

    @property
    def name(self) -> str: ...

    def score(self, query: str, passages: Sequence[str]) -> npt.NDArray[np.float32]:
        """How well each passage answers the query, 0-1, shape (passages,)."""
        ...


@dataclass(slots=True)
class InTimeCounts:
    """What became of one kind of help."""

    used: int = 0
    late: int = 0
    failed: int = 0
    skipped: int = 0
    """Not asked, because it was late or failed several times just before."""


class InTime:
    """Runs what may be slow on a thread of its own, one thing at a time, and waits only so long.

    What is late or fails again and again is left out for a while, so that not every answer waits for nothing.
    """

    def __init__(self, what: str, budget_s: float, breaker: Breaker | None = None) -> None:
        self.counts = InTimeCounts()
        self._what = what
        self._budget_s = budget_s
        self._breaker = breaker or Breaker(pause_s=PAUSE_S)
        self._lock = threading.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"assist-{what}")

    @property
    def helps(self) -> bool:
        """It is not left out just now."""
        return self._breaker.state == "closed"

    def run(self, job: Callable[[], T]) -> T | None:
        """Its result; None when it is late, failed, or is left out. A late one ends by itself."""
        with self._lock:
            if self._breaker.refuses(time.monotonic()):
                self.counts.skipped += 1
                return None
            given = self._breaker.enter(time.monotonic())
        future: Future[T] = self._thread.submit(job)
        try:
            result = future.result(self._budget_s)
        except TimeoutError:
            future.cancel()
            self._over(given, "late")
            return None
        except Exception:
            log.exception("%s failed; guides are found without it", self._what)
            self._over(given, "failed")
            return None
        self._over(given, "used")
        return result

    def _over(self, given: Pass, outcome: Literal["used", "late", "failed"]) -> None:
        with self._lock:
            setattr(self.counts, outcome, getattr(self.counts, outcome) + 1)
            if outcome == "used":
                self._breaker.worked(given)
            else:
                self._breaker.failed(given, time.monotonic())


class Searcher:
    """Immutable but for its counts: `renewed` when guides change. Blocks; may be called from any thread."""

    def __init__(
        self,
        index: ArticleIndex,
        dense: DenseIndex | None = None,
        reranker: Reranks | None = None,
        *,
        near_budget_s: float = NEAR_BUDGET_S,
        rerank_budget_s: float = RERANK_BUDGET_S,
    ) -> None:
        self.index = index
        self._dense = dense
        self._reranker = reranker
        self._near = InTime("dense", near_budget_s)
        self._rerank = InTime("rerank", rerank_budget_s)

    def renewed(self, index: ArticleIndex, dense: DenseIndex | None = None) -> "Searcher":
        """The same over other guides; counts go on."""
        other = Searcher(index, dense, self._reranker)
        other._near, other._rerank = self._near, self._rerank
        return other

    @property
    def engine(self) -> Engine:
        """How guides are found now: what is late or broken does not count while it is left out."""
        if self._reranker and self._rerank.helps:
            return "reranked"
        return "dense" if self._dense and self._near.helps else "lexical"

    @property
    def counts(self) -> dict[str, InTimeCounts]:
        """Of the encoder and of the reranker, by `dense` and `rerank`."""
        return {"dense": self._near.counts, "rerank": self._rerank.counts}

    def search(self, parts: Sequence[QueryPart], district: str = "", limit: int = 10) -> Found:
        """The best articles, best first.

        Args:
            parts: newest first.
            district: the caller's, empty when unknown.
            limit: at most so many.
        """
        if not parts:
            return self.index.search(parts)
        near = None
        if dense := self._dense:
            near = self._near.run(lambda: dense.near(asked(parts)))
        most = max(limit, RERANKED) if self._reranker else limit
        found = self.index.search(parts, limit=most, district=district, near=near)
        return Found(self._reread(parts, found.hits)[:limit], found.subject)

    def _reread(self, parts: Sequence[QueryPart], hits: tuple[Hit, ...]) -> tuple[Hit, ...]:
        if not (reranker := self._reranker) or not hits:
            return hits
        some, rest = hits[:RERANKED], hits[RERANKED:]
        query = asked(parts)[-1]
        scores = self._rerank.run(lambda: reranker.score(query, [passage_text(hit) for hit in some]))
        if scores is None:
            return hits
        again = [
            replace(hit, score=together(hit.score, float(score)))
            for hit, score in zip(some, scores, strict=True)
        ]
        return (*sorted(again, key=lambda hit: -hit.score), *rest)


def asked(parts: Sequence[QueryPart]) -> list[str]:
    """A query as texts: the newest turn, and all of it in the order it was said."""
    texts = [parts[0].text]
    if len(parts) > 1:
        texts.append(" ".join(part.text for part in reversed(parts)))
    return texts


def passage_text(hit: Hit) -> str:
    """What is read again of a hit: its best passage under its titles."""
    parts = (hit.article.title, hit.passage.heading, hit.passage.text)
    return "\n".join(dict.fromkeys(part for part in parts if part))


def together(score: float, reread: float) -> float:
    """Two chances as one: their log-odds, weighted."""
    sure = (1 - _RERANK_WEIGHT) * _log_odds(score) + _RERANK_WEIGHT * _log_odds(reread)
    return 1.0 / (1.0 + math.exp(-sure))


def _log_odds(chance: float) -> float:
    inside = min(max(chance, 1e-9), 1 - 1e-9)
    return min(max(math.log(inside / (1 - inside)), -_SUREST), _SUREST)
