"""Thousands of articles into the database without holding it: part by part, with room for others in between."""

import asyncio
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final, TypeVar

from store.articles import StoredArticle
from store.database import Database
from store.imports import import_many, retire_many

PART: Final = 250
"""Articles of one transaction: some 50 ms of SQLite's only writer."""

_MOST_REST_S: Final = 0.2
_REST_SHARE: Final = 0.5
"""After each part the others have the database for this share of the time it took: calls go on being written."""

T = TypeVar("T")

Told = Callable[[int, int], None]
"""Called with how many of how many are done."""


async def import_all(
    database: Database,
    articles: Sequence[StoredArticle],
    at_ms: int,
    *,
    place: str = "",
    undated: Collection[str] = (),
    told: Told | None = None,
) -> int:
    """As `imports.import_many`; when it breaks off half-way, what is done stays, and the next time goes on.

    Returns:
        How many were written.
    """
    changed = done = 0
    for part in _parts(articles):
        began = time.monotonic()
        async with database.session() as session:
            written = await import_many(session, part, at_ms, place=place, undated=undated)
        changed += written
        done += len(part)
        if told:
            told(done, len(articles))
        if written:
            await _rest(began)
    return changed


async def retire_all(database: Database, ids: Sequence[str], at_ms: int) -> int:
    """As `imports.retire_many`.

    Returns:
        How many were retired.
    """
    retired = 0
    for part in _parts(ids):
        began = time.monotonic()
        async with database.session() as session:
            retired += await retire_many(session, part, at_ms)
        await _rest(began)
    return retired


def _parts(many: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(many), PART):
        yield many[start : start + PART]


async def _rest(began: float) -> None:
    await asyncio.sleep(min(_MOST_REST_S, _REST_SHARE * (time.monotonic() - began)))
