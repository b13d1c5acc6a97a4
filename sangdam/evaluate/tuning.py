"""Examples for learning the weights of the search, and learning from them: `sangdam assist tune`.

What is learned from is kept apart from what is reported: of queries that say so by their column `split`, 'tune' and
'test'; of others every second guide's.
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Final

import numpy as np

from assist.index import ArticleIndex
from assist.morphs import Analyser, ManyAnalyser
from assist.query import QueryPart
from assist.tuning import Example, learn, log_loss, recall
from assist.weights import Weights
from assist.words import districts_in
from sangdam.evaluate.mishearing import misheard
from sangdam.evaluate.retrieval import Asked, Near, read_queries, without_titles
from sangdam.evaluate.tables import read_tsv
from store.articles import StoredArticle

SYNONYM_WEIGHTS: Final = (0.3, 0.4, 0.5)
"""Tried one after the other. Less finds too little; .7 found no more on sample queries, and more by mistake."""

MISHEARD: Final = 0.1
MISHEARD_WEIGHT: Final = 0.5
"""Every query is learned from once more with so many of its syllables misheard, and counts so much then."""

TITLES_MISHEARD: Final = 0.2

TAKEN_AWAY_WEIGHT: Final = 0.4
"""Every query is learned from once more with its guide taken away: what is first then is wrong. It counts less than a
true question without an answer, because the second best guide is at times right, too."""

LEAST_BODY: Final = 60
"""Letters: what is shorter does not say what its title asks."""

_SEED: Final = 5

Step = Callable[[int, int], None]
"""Told how many queries are read, and of how many."""


@dataclass(frozen=True, slots=True)
class Material:
    """What there is to learn from."""

    articles: Sequence[StoredArticle]
    tune: Sequence[Asked]
    test: Sequence[Asked]
    unanswered_tune: Sequence[str] = ()
    unanswered_test: Sequence[str] = ()
    """Questions that no guide answers, and turns that ask nothing."""
    bodies: Sequence[StoredArticle] = ()
    """Guides that are searched by their bodies alone."""
    titles: Sequence[Asked] = ()
    """Those of their titles that are put to them."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Learned weights, and what they are worth on queries that were not learned from."""

    weights: Weights
    before: dict[str, float]
    after: dict[str, float]


def split_queries(path: Path) -> tuple[list[Asked], list[Asked]]:
    """Queries to learn from and to report on; no guide is on both sides.

    Raises:
        BadInput: a file without usable rows.
    """
    if any(row.get("split") for row in read_tsv(path, "query", "article_id")):
        return read_queries(path, "tune"), read_queries(path, "test")
    queries = read_queries(path)
    sides = {
        article: number % 2 for number, article in enumerate(sorted({asked.article_id for asked in queries}))
    }
    return (
        [asked for asked in queries if sides[asked.article_id] == 0],
        [asked for asked in queries if sides[asked.article_id] == 1],
    )


def split_unanswered(path: Path) -> tuple[list[str], list[str]]:
    """Turns that no guide answers, to learn from and to report on.

    Raises:
        BadInput: a file without usable rows.
    """
    rows = read_tsv(path, "query")
    sides = [row.get("split") or ("tune", "test")[number % 2] for number, row in enumerate(rows)]
    return (
        [row["query"] for row, side in zip(rows, sides, strict=True) if side == "tune"],
        [row["query"] for row, side in zip(rows, sides, strict=True) if side == "test"],
    )


def titles_of(articles: Sequence[StoredArticle], without: Sequence[Asked] = ()) -> list[Asked]:
    """Titles that can be put to the bodies: of those of some length, no two alike, not in `without`."""
    seen = Counter(article.title for article in articles)
    held_out = {asked.article_id for asked in without}
    return [
        Asked(article.title, article.article_id)
        for article in articles
        if len(article.body) > LEAST_BODY and seen[article.title] == 1 and article.article_id not in held_out
    ]


def tune(
    material: Material,
    before: Weights,
    analyse: Analyser,
    analyse_many: ManyAnalyser | None = None,
    *,
    step: Step,
    near: Near | None = None,
) -> Outcome:
    """Learn weights, and measure them beside those before on the queries kept apart.

    Args:
        material: guides and queries.
        before: the weights to start from.
        analyse: the morphemes of a text.
        analyse_many: the morphemes of many texts.
        step: told about every query that is read.
        near: closeness by a dense encoder; its weight is learned then, beside that of words alone.
    """
    tried = list(dict.fromkeys((before.synonyms, *SYNONYM_WEIGHTS)))
    wanted = _work(material, len(tried))
    numbers = count(1)

    def read() -> None:
        step(next(numbers), wanted)

    titles = list(_of_titles(material, before, analyse, analyse_many, read))
    index: ArticleIndex | None = None
    best: tuple[float, Weights] | None = None
    results: dict[float, list[Example]] = {}
    for synonyms in tried:
        weights = replace(before, synonyms=synonyms)
        index = ArticleIndex(material.articles, analyse, index, analyse_many=analyse_many, weights=weights)
        own = list(_of_queries(index, material.tune, material.unanswered_tune, near, read))
        results[synonyms] = list(_plain(index, material.test, material.unanswered_test, near, read))
        if synonyms not in SYNONYM_WEIGHTS:
            continue
        found = learn([*titles, *own], weights)
        if near:
            found = learn([*titles, *own], found, dense=True)
        loss = log_loss(own, found, dense=near is not None)
        if best is None or loss < best[0]:
            best = loss, found
    assert best is not None
    dense = near is not None
    return Outcome(
        best[1],
        _figures(results[before.synonyms], before, dense=dense),
        _figures(results[best[1].synonyms], best[1], dense=dense),
    )


def _work(material: Material, rounds: int) -> int:
    """How many queries will be read."""
    each = 2 * len(material.tune) + len(material.unanswered_tune)
    kept = len(material.test) + len(material.unanswered_test)
    return 2 * len(material.titles) + rounds * (each + kept)


def _of_titles(
    material: Material,
    weights: Weights,
    analyse: Analyser,
    many: ManyAnalyser | None,
    read: Callable[[], None],
) -> Iterator[Example]:
    """Titles put to bodies, clean and misheard: the first step learns from them."""
    if not material.titles:
        return
    bodies = ArticleIndex(
        [without_titles(article) for article in material.bodies],
        analyse,
        analyse_many=many,
        weights=weights,
    )
    mishear = random.Random(_SEED)  # noqa: S311  learning that repeats, no secret
    for asked in material.titles:
        for query in (asked.query, misheard(asked.query, TITLES_MISHEARD, mishear)):
            yield replace(_example(bodies, replace(asked, query=query), None), judged=False)
            read()


def _of_queries(
    index: ArticleIndex,
    queries: Sequence[Asked],
    unanswered: Sequence[str],
    near: Near | None,
    read: Callable[[], None],
) -> Iterator[Example]:
    mishear = random.Random(_SEED)  # noqa: S311  learning that repeats, no secret
    for asked in queries:
        clean = _example(index, asked, near)
        noisy = replace(asked, query=misheard(asked.query, MISHEARD, mishear))
        yield clean
        yield replace(_example(index, noisy, near), weight=MISHEARD_WEIGHT)
        if clean.right >= 0:
            yield replace(
                clean,
                features=np.delete(clean.features, clean.right, axis=0),
                right=-1,
                answered=False,
                weight=TAKEN_AWAY_WEIGHT,
            )
        read()
        read()
    yield from _plain(index, (), unanswered, near, read)


def _plain(
    index: ArticleIndex,
    queries: Sequence[Asked],
    unanswered: Sequence[str],
    near: Near | None,
    read: Callable[[], None],
) -> Iterator[Example]:
    for asked in queries:
        yield _example(index, asked, near)
        read()
    for query in unanswered:
        yield replace(_example(index, Asked(query, ""), near), right=-1, answered=False)
        read()


def _example(index: ArticleIndex, asked: Asked, near: Near | None) -> Example:
    district = next(iter(reversed(districts_in(asked.query))), "")
    close = near([asked.query]) if near else None
    found = index.candidates([QueryPart(asked.query, 1.0)], district, close)
    ids = [index.articles[number].article_id for number in found.numbers]
    right = ids.index(asked.article_id) if asked.article_id in ids else -1
    return Example(found.features, right, judged=True)


def _figures(examples: Sequence[Example], weights: Weights, *, dense: bool) -> dict[str, float]:
    return {
        "recall_at_1": round(recall(examples, weights, 1, dense=dense), 4),
        "recall_at_5": round(recall(examples, weights, 5, dense=dense), 4),
        "log_loss": round(log_loss(examples, weights, dense=dense), 4),
    }
