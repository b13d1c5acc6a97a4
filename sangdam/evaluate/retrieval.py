"""How well the guide index finds the right article: `sangdam eval retrieval`.

The body alone is indexed and the title, as a citizen would ask it, is the query; so the figures say what the
index does with words that an editor did not choose.
"""

import datetime as dt
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from assist.importer import import_articles
from assist.index import Analyser, ArticleIndex
from assist.query import QueryPart
from contracts.errors import BadInput
from models.morphemes import Morphemes
from sangdam.evaluate.tables import read_tsv

NOISE: Final = 0.2
"""Share of characters that are misheard in the second measurement, as on a bad telephone line."""

_DEPTH: Final = 10
"""Ranks looked at; an article below counts as not found (reciprocal rank 0)."""

_SEED: Final = 120

Progress = Callable[[int, int], None]
"""Told how many queries are done, and of how many."""


def evaluate_retrieval(
    articles_csv: Path, queries_tsv: Path, progress: Progress, analyse: Analyser | None = None
) -> dict[str, float]:
    """Measure recall and time over real queries, clean and with misheard characters.

    Args:
        articles_csv: guides as `assist.importer` reads them.
        queries_tsv: columns `query` and `article_id`.
        progress: called after every query.
        analyse: the morpheme analyser; Kiwi unless told otherwise.

    Returns:
        `n`, `recall_at_1`, `recall_at_5`, `mrr` (over the first 10), `p95_ms` of one search with its
        morphemes, the same with `noise_` before them, `articles` and `index_s`.

    Raises:
        BadInput: a file without usable rows.
    """
    analyse = analyse or Morphemes().nouns_and_terms
    articles = import_articles(articles_csv, dt.date(1970, 1, 1)).accepted
    queries = _queries(queries_tsv)
    if not articles:
        raise BadInput(
            f"{articles_csv}에 쓸 수 있는 줄이 없습니다. 형식을 확인해 주십시오.",
            f"no usable rows in {articles_csv}: check its format.",
        )
    analyse("준비")  # the analyser loads at its first use; that is no part of the index's time
    started = time.perf_counter()
    index = ArticleIndex([replace(a, title="", keywords=()) for a in articles], analyse)
    figures: dict[str, float] = {
        "n": len(queries),
        "articles": len(articles),
        "index_s": round(time.perf_counter() - started, 2),
    }
    mishear = random.Random(_SEED)  # noqa: S311  a measurement that repeats, no secret
    noisy = [(misheard(query, NOISE, mishear), article_id) for query, article_id in queries]
    figures |= _measure(index, queries, lambda done: progress(done, 2 * len(queries)))
    measured = _measure(index, noisy, lambda done: progress(len(queries) + done, 2 * len(queries)))
    return figures | {f"noise_{name}": value for name, value in measured.items()}


def misheard(text: str, rate: float, rng: random.Random) -> str:
    """The text as a recogniser might get it: of each hundred syllables `rate` * 100 go wrong.

    Three in five have one of their sounds changed, one in five is dropped, one in five is doubled.
    """
    heard: list[str] = []
    for letter in text:
        if not "가" <= letter <= "힣" or rng.random() >= rate:
            heard.append(letter)
            continue
        kind = rng.random()
        if kind < 0.6:
            heard.append(_other_sound(letter, rng))
        elif kind < 0.8:
            heard.append(letter * 2)
    return "".join(heard)


def _other_sound(syllable: str, rng: random.Random) -> str:
    """One of initial, vowel and final replaced; Unicode lays syllables out as 19 x 21 x 28."""
    code = ord(syllable) - 0xAC00
    sounds = [code // 588, code // 28 % 21, code % 28]
    which = rng.randrange(3)
    sounds[which] = rng.randrange((19, 21, 28)[which])
    return chr(0xAC00 + sounds[0] * 588 + sounds[1] * 28 + sounds[2])


def _queries(path: Path) -> list[tuple[str, str]]:
    rows = read_tsv(path, "query", "article_id")
    return [(row["query"], row["article_id"]) for row in rows]


def _measure(
    index: ArticleIndex, queries: Sequence[tuple[str, str]], done: Callable[[int], None]
) -> dict[str, float]:
    ranks: list[float] = []
    times_ms: list[float] = []
    for number, (query, article_id) in enumerate(queries, start=1):
        started = time.perf_counter()
        hits = index.search([QueryPart(query, 1.0)], limit=_DEPTH).hits
        times_ms.append((time.perf_counter() - started) * 1000)
        found = [hit.article.article_id for hit in hits]
        ranks.append(found.index(article_id) + 1 if article_id in found else float("inf"))
        done(number)
    rank = np.array(ranks)
    return {
        "recall_at_1": round(float((rank <= 1).mean()), 4),
        "recall_at_5": round(float((rank <= 5).mean()), 4),
        "mrr": round(float((1 / rank).mean()), 4),
        "p95_ms": round(float(np.percentile(times_ms, 95)), 2),
    }
