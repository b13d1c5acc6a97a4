"""Guides by meaning: each passage as a vector of a dense encoder, and how near a query comes to each guide.

Vectors are compared one by one by a library (usearch: 2.9 ms for 20,000 passages of 1,024 numbers on one core), so
nothing near is missed and a changed guide costs no more than its own passages. Why, and why that library, stands in
docs/adr/0023-models-by-choice.md.
"""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final, Literal, Protocol

import numpy as np
import numpy.typing as npt

from assist.passages import passages_of
from contracts.errors import ModelMissing
from store.articles import StoredArticle

log = logging.getLogger(__name__)

Float32 = npt.NDArray[np.float32]
Float16 = npt.NDArray[np.float16]

TextKind = Literal["query", "passage"]

_AT_ONCE: Final = (8, 256)
"""Passages given to the encoder at once, at first and at most: twice as many as long as they take less than"""
_PATIENCE_S: Final = 1.0
"""because what is done is kept, and a wish to stop is heard, only between them."""
_PASSAGES_AN_ARTICLE: Final = 6
"""Of the nearest passages so many are looked at for each article wanted: several may be of one article."""


class Encodes(Protocol):
    """What is asked of `models.encoder.Encoder`. Blocks; may be called from any thread."""

    @property
    def name(self) -> str: ...

    @property
    def fingerprint(self) -> str:
        """Of its weights and settings: vectors of another one cannot be compared."""
        ...

    @property
    def dimensions(self) -> int: ...

    def encode(self, texts: Sequence[str], kind: TextKind = "query") -> Float32:
        """Vectors of unit length, shape (texts, dimensions)."""
        ...


class KeepsVectors(Protocol):
    """What is asked of `assist.vectors.VectorFile`."""

    def load(self, texts: Sequence[str]) -> dict[str, Float16]: ...

    def keep(self, texts: Sequence[str], vectors: Float16) -> None: ...


class Stopped(Exception):
    """A build that nobody waits for any more; what was encoded is kept."""


class DenseIndex:
    """Immutable: when articles change, a new one takes its place."""

    def __init__(
        self, encoder: Encodes, articles: Sequence[str], texts: Sequence[str], vectors: Float16
    ) -> None:
        """Of rows that belong together; `build` makes them.

        Args:
            encoder: for queries.
            articles: of each passage its article's id.
            texts: of each passage what was encoded.
            vectors: shape (passages, dimensions), unit length.
        """
        self._encoder = encoder
        self._articles = tuple(articles)
        self._texts = tuple(texts)
        self._vectors = vectors

    @classmethod
    def build(
        cls,
        articles: Sequence[StoredArticle],
        encoder: Encodes,
        previous: "DenseIndex | None" = None,
        *,
        kept: KeepsVectors | None = None,
        stopped: Callable[[], bool] = lambda: False,
    ) -> "DenseIndex":
        """Encode the passages of articles. Blocks: for minutes to hours on a CPU when all are new.

        Args:
            articles: all of them.
            encoder: makes vectors.
            previous: its vectors are taken over where encoder and text are the same.
            kept: vectors of earlier processes; what is new is kept there.
            stopped: asked now and then; nobody wants the index any more.

        Raises:
            ModelMissing: the extra is not installed.
            Stopped: it was.
        """
        _search_function()
        rows = [(article.article_id, text) for article in articles for text in texts_of(article)]
        wanted = list(dict.fromkeys(text for _, text in rows))
        known = previous.vectors() if previous and previous.fingerprint == encoder.fingerprint else {}
        absent = [text for text in wanted if text not in known]
        if kept and absent:
            known |= kept.load(absent)
            absent = [text for text in wanted if text not in known]
        for some, vectors in _encoded(absent, encoder, stopped):
            known |= dict(zip(some, vectors, strict=True))
            if kept:
                kept.keep(some, vectors)
        if absent:
            log.info("encoded %d new passages of %d with %s", len(absent), len(wanted), encoder.name)
        vectors = np.zeros((len(rows), encoder.dimensions), np.float16)
        for number, (_, text) in enumerate(rows):
            vectors[number] = known[text]
        return cls(encoder, [article for article, _ in rows], [text for _, text in rows], vectors)

    @property
    def name(self) -> str:
        return self._encoder.name

    @property
    def fingerprint(self) -> str:
        return self._encoder.fingerprint

    def __len__(self) -> int:
        """Passages."""
        return len(self._texts)

    def vectors(self) -> dict[str, Float16]:
        """By text."""
        return dict(zip(self._texts, self._vectors, strict=True))

    def near(self, texts: Sequence[str], count: int = 50) -> dict[str, float]:
        """The articles that come nearest to one of the texts, nearest first.

        Args:
            texts: of a query; empty ones are passed over.
            count: at most so many articles.

        Returns:
            Article id → cosine of its nearest passage, 0-1.
        """
        asked = [text for text in texts if text.strip()]
        if not asked or not self._texts:
            return {}
        queries = self._encoder.encode(asked, "query").astype(np.float16)
        passages = min(len(self._texts), count * _PASSAGES_AN_ARTICLE)
        best: dict[str, float] = {}
        for numbers, cosines in _nearest(self._vectors, queries, passages):
            for number, cosine in zip(numbers, cosines, strict=True):
                article = self._articles[number]
                best[article] = max(best.get(article, 0.0), cosine)
        order = sorted(best.items(), key=lambda item: (-item[1], item[0]))
        return dict(order[:count])


def _encoded(
    texts: Sequence[str], encoder: Encodes, stopped: Callable[[], bool]
) -> Iterator[tuple[Sequence[str], Float16]]:
    start, (count, most) = 0, _AT_ONCE
    while start < len(texts):
        if stopped():
            raise Stopped
        some = texts[start : start + count]
        began = time.monotonic()
        yield some, encoder.encode(some, "passage").astype(np.float16)
        start += count
        if time.monotonic() - began < _PATIENCE_S:
            count = min(2 * count, most)


def texts_of(article: StoredArticle) -> list[str]:
    """What is encoded of an article: each passage under its titles; the title alone where there is no text."""
    passages = passages_of(article.body)
    texts = [
        "\n".join(part for part in (article.title, passage.heading, passage.text) if part)
        for passage in passages
    ]
    return texts or [article.title]


def _nearest(vectors: Float16, queries: Float16, count: int) -> list[tuple[list[int], list[float]]]:
    """Of each query the numbers of the nearest vectors and their cosines, nearest first."""
    search, inner_product = _search_function()
    found = []
    for query in queries:
        matches = search(vectors, query, count, inner_product, exact=True, threads=1)
        cosines = np.clip(1.0 - np.asarray(matches.distances, np.float32), 0.0, 1.0)
        found.append(([int(key) for key in matches.keys], [float(one) for one in cosines]))
    return found


def _search_function() -> tuple[Any, Any]:
    try:
        from usearch.index import MetricKind, search  # noqa: PLC0415  an extra
    except ImportError:
        raise ModelMissing(
            "뜻으로 찾으려면 추가 패키지가 필요합니다: pip install 'sangdam[dense]'",
            "searching by meaning needs extra packages: pip install 'sangdam[dense]'",
        ) from None
    return search, MetricKind.IP
