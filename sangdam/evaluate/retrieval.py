"""How well the guide index finds the right article: `sangdam eval retrieval`.

Where the queries are the articles' own titles, the body alone is indexed, so the figures say what the index does
with words that an editor did not choose. Queries that callers might say are put to the whole guides.
"""

import datetime as dt
import math
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from assist.importer import import_articles
from assist.index import ArticleIndex
from assist.morphs import Analyser, ManyAnalyser
from assist.query import QueryPart
from assist.synonyms import Synonyms
from assist.weights import Weights
from assist.words import districts_in
from contracts.errors import BadInput
from models.morphemes import Morphemes
from sangdam.evaluate.mishearing import misheard
from sangdam.evaluate.tables import read_tsv
from store.articles import StoredArticle

NOISE: Final = 0.2
"""Share of syllables that are misheard in the second measurement, as on a bad telephone line."""

_DEPTH: Final = 10
"""Ranks looked at; an article below counts as not found (reciprocal rank and gain 0)."""

_SEED: Final = 120

_MOSTLY: Final = 0.5
"""From this share of queries that are titles of their articles, they count as such a set."""

Progress = Callable[[int, int], None]
"""Told how many queries are done, and of how many."""

Near = Callable[[Sequence[str]], Mapping[str, float]]
"""Closeness of articles to texts by a dense encoder, as `assist.dense.DenseIndex.near` gives it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A query and the article that answers it."""

    query: str
    article_id: str


def evaluate_retrieval(
    articles_path: Path,
    queries_tsv: Path,
    progress: Progress,
    analyse: Analyser | None = None,
    *,
    split: str = "",
    noise: float | None = None,
    weights: Weights | None = None,
    synonyms: Synonyms | None = None,
) -> dict[str, float]:
    """Measure recall and time over queries, clean and with misheard syllables.

    Args:
        articles_path: guides as `assist.importer` reads them, a file or a folder.
        queries_tsv: columns `query` and `article_id`, and maybe `split`.
        progress: called after every query.
        analyse: the morpheme analyser; Kiwi unless told otherwise.
        split: of queries that are split only these, such as 'test'; empty: all.
        noise: 0-1, share of misheard syllables; None: clean, with the figures at `NOISE` beside.
        weights: of the evidence, instead of those that come with the project.
        synonyms: instead of those that come with the project.

    Returns:
        `n`, `recall_at_1`, `recall_at_5`, `mrr` and `ndcg_at_10` (over the first 10), `p95_ms` of one search with
        its morphemes: clean, or as `noise` says. The same with `noise_` or `clean_` before them for the other.
        `articles`, `body_only` (1 where the queries are titles), `index_s` and `index_mb`.

    Raises:
        BadInput: a file without usable rows.
    """
    index, queries, figures = _ready(
        articles_path, queries_tsv, split, analyse, weights=weights, synonyms=synonyms
    )
    rate = NOISE if noise is None else noise
    mishear = random.Random(_SEED)  # noqa: S311  a measurement that repeats, no secret
    noisy = [replace(asked, query=misheard(asked.query, rate, mishear)) for asked in queries]
    clean = measure(index, queries, lambda done: progress(done, 2 * len(queries)))
    misled = measure(index, noisy, lambda done: progress(len(queries) + done, 2 * len(queries)))
    first, second, name = (clean, misled, "noise") if noise is None else (misled, clean, "clean")
    return (
        figures | {"noise": noise or 0.0} | first | {f"{name}_{key}": value for key, value in second.items()}
    )


def _ready(
    articles_path: Path,
    queries_tsv: Path,
    split: str,
    analyse: Analyser | None,
    *,
    weights: Weights | None,
    synonyms: Synonyms | None,
) -> tuple[ArticleIndex, list[Asked], dict[str, float]]:
    """The index, the queries, and what there is to say about both."""
    queries = read_queries(queries_tsv, split)
    articles = read_guides(articles_path)
    titles = are_titles(queries, articles)
    indexed = [without_titles(article) for article in articles] if titles else articles
    many: ManyAnalyser | None = None
    if analyse is None:
        morphemes = Morphemes()
        morphemes.warm_up()  # the analyser loads at its first use; that is no part of the index's time
        analyse, many = morphemes.nouns_and_terms, morphemes.nouns_and_terms_of
    started = time.perf_counter()
    index = ArticleIndex(indexed, analyse, analyse_many=many, weights=weights, synonyms=synonyms)
    figures: dict[str, float] = {
        "n": len(queries),
        "articles": len(articles),
        "body_only": int(titles),
        "index_s": round(time.perf_counter() - started, 2),
        "index_mb": round(index.nbytes / 1e6, 1),
    }
    return index, queries, figures


def read_guides(path: Path) -> list[StoredArticle]:
    """Guides of a file or folder, those that can be used.

    Raises:
        BadInput: there is none.
    """
    articles = list(import_articles(path, dt.date(1970, 1, 1)).accepted)
    if not articles:
        raise BadInput(
            f"{path}에 쓸 수 있는 안내문이 없습니다. 형식을 확인해 주십시오.",
            f"no usable guides in {path}: check their format.",
        )
    return articles


def read_queries(path: Path, split: str = "") -> list[Asked]:
    """Queries with their articles; of those that are split only `split`, unless it is empty.

    Raises:
        BadInput: there is none.
    """
    rows = read_tsv(path, "query", "article_id")
    chosen = [row for row in rows if not split or not row.get("split") or row["split"] == split]
    if not chosen:
        raise BadInput(
            f"'{path}'에 split이 '{split}'인 줄이 없습니다. split 열을 확인하십시오.",
            f"'{path}' has no row whose split is '{split}'; check the column split.",
        )
    return [Asked(row["query"], row["article_id"]) for row in chosen]


def are_titles(queries: Sequence[Asked], articles: Sequence[StoredArticle]) -> bool:
    """Whether the queries are titles of the articles that answer them."""
    titles = {(article.article_id, article.title.strip()) for article in articles}
    same = sum((asked.article_id, asked.query.strip()) in titles for asked in queries)
    return same > _MOSTLY * len(queries)


def without_titles(article: StoredArticle) -> StoredArticle:
    """Its body alone."""
    return replace(article, title="", keywords=())


def measure(
    index: ArticleIndex, queries: Sequence[Asked], done: Callable[[int], None], near: Near | None = None
) -> dict[str, float]:
    """The figures of one set of queries; a district that a query names is the caller's."""
    ranks: list[float] = []
    times_ms: list[float] = []
    for number, asked in enumerate(queries, start=1):
        district = next(iter(reversed(districts_in(asked.query))), "")
        started = time.perf_counter()
        close = near([asked.query]) if near else None
        hits = index.search([QueryPart(asked.query, 1.0)], limit=_DEPTH, district=district, near=close).hits
        times_ms.append((time.perf_counter() - started) * 1000)
        found = [hit.article.article_id for hit in hits]
        ranks.append(found.index(asked.article_id) + 1 if asked.article_id in found else math.inf)
        done(number)
    rank = np.array(ranks)
    return {
        "recall_at_1": round(float((rank <= 1).mean()), 4),
        "recall_at_5": round(float((rank <= 5).mean()), 4),
        "mrr": round(float((1 / rank).mean()), 4),
        "ndcg_at_10": round(float((1 / np.log2(1 + rank)).mean()), 4),
        "p95_ms": round(float(np.percentile(times_ms, 95)), 2),
    }
