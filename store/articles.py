"""Guide articles, and a version that rises whenever one of them changes."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from store.tables import ArticleRow, CounterRow
from store.upsert import insert_into

_COUNTER = "articles"
_AT_ONCE = 500
"""Ids in one query; SQLite allows 32,766 variables, older builds 999."""


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """A guide as it was last written or imported."""

    article_id: str
    title: str
    body: str
    """Markdown."""
    category: str
    department: str
    district: str
    """Empty: valid for the whole city."""
    agency: str
    """Another agency that is responsible; empty for the city's own matters."""
    keywords: tuple[str, ...]
    revised: dt.date
    checked: dt.date | None
    """When somebody last found it still true."""
    source: str
    sample: bool


_FIELDS = tuple(field.name for field in fields(StoredArticle))
_COLUMNS = tuple(getattr(ArticleRow, name) for name in _FIELDS)


async def upsert_many(session: AsyncSession, articles: Iterable[StoredArticle]) -> int:
    """Write the articles that are new or differ, and raise the version if there is one.

    Returns:
        How many were written.
    """
    wanted = {article.article_id: article for article in articles}
    known = await _by_id(session, list(wanted))
    changed = [article for key, article in wanted.items() if known.get(key) != article]
    if not changed:
        return 0
    insert = insert_into(session, ArticleRow)
    changes = {name: insert.excluded[name] for name in _FIELDS if name != "article_id"}
    await session.execute(
        insert.on_conflict_do_update(index_elements=["article_id"], set_=changes),
        [asdict(article) for article in changed],
    )
    await _raise_version(session)
    return len(changed)


async def get(session: AsyncSession, article_id: str) -> StoredArticle | None:
    return (await _by_id(session, [article_id])).get(article_id)


async def all(session: AsyncSession) -> list[StoredArticle]:  # noqa: A001  read as `articles.all(session)`
    """Every article, by id."""
    rows = await session.execute(select(*_COLUMNS).order_by(ArticleRow.article_id))
    return [StoredArticle(*row) for row in rows]


async def version(session: AsyncSession) -> int:
    """Rises with every change, 0 before the first: whoever indexes the articles compares it."""
    return await session.scalar(select(CounterRow.value).where(CounterRow.name == _COUNTER)) or 0


async def _by_id(session: AsyncSession, ids: Sequence[str]) -> dict[str, StoredArticle]:
    found: dict[str, StoredArticle] = {}
    for start in range(0, len(ids), _AT_ONCE):
        part = select(*_COLUMNS).where(ArticleRow.article_id.in_(ids[start : start + _AT_ONCE]))
        found.update((row.article_id, StoredArticle(*row)) for row in await session.execute(part))
    return found


async def _raise_version(session: AsyncSession) -> None:
    insert = insert_into(session, CounterRow).values(name=_COUNTER, value=1)
    rise = {"value": insert.table.c.value + 1}
    await session.execute(insert.on_conflict_do_update(index_elements=["name"], set_=rise))
