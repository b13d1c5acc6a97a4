"""Guide articles as agents see them, and a count that rises whenever one of them changes.

How an article comes here, by editors or from files, is `versions` and `imports`.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from store.tables import ArticleRow, CounterRow
from store.upsert import insert_into

_COUNTER = "articles"
AT_ONCE = 500
"""Ids in one query; SQLite allows 32,766 variables, older builds 999."""


@dataclass(frozen=True, slots=True)
class StoredArticle:
    """A guide as it was last published or imported."""

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
    version: int = 1
    """Of the article; see `versions`."""
    valid_from: dt.date | None = None
    valid_until: dt.date | None = None
    """The last day on which it holds."""
    retired: bool = False
    """Taken from the agents."""

    def is_stale(self, on: dt.date, after_days: int = 365) -> bool:
        """Whether nobody has looked at it for more than `after_days`."""
        return on - (self.checked or self.revised) > dt.timedelta(days=after_days)

    def is_valid(self, on: dt.date) -> bool:
        """Whether it is served on that day."""
        begun = self.valid_from is None or self.valid_from <= on
        ended = self.valid_until is not None and self.valid_until < on
        return begun and not ended and not self.retired


_FIELDS = tuple(field.name for field in fields(StoredArticle))
_COLUMNS = tuple(getattr(ArticleRow, name) for name in _FIELDS)


async def upsert_many(session: AsyncSession, articles: Iterable[StoredArticle]) -> int:
    """Write the articles that are new or differ, as they are given, and raise the version if there is one.

    No history is kept here: `versions.import_many` does.

    Returns:
        How many were written.
    """
    wanted = {article.article_id: article for article in articles}
    known = await by_ids(session, list(wanted))
    changed = [article for key, article in wanted.items() if known.get(key) != article]
    await write(session, changed)
    return len(changed)


async def write(session: AsyncSession, articles: Sequence[StoredArticle]) -> None:
    """Write articles, each id once, whatever was there, and raise the version."""
    if not articles:
        return
    # Before the rows: all who write articles wait in the same place, and cannot deadlock.
    await hold(session)
    insert = insert_into(session, ArticleRow)
    changes = {name: insert.excluded[name] for name in _FIELDS if name != "article_id"}
    await session.execute(
        insert.on_conflict_do_update(index_elements=["article_id"], set_=changes),
        [asdict(article) for article in articles],
    )
    await _raise_version(session)


async def hold(session: AsyncSession) -> None:
    """From here to the end of the transaction nobody else writes articles or versions of them."""
    insert = insert_into(session, CounterRow).values(name=_COUNTER, value=0)
    await session.execute(insert.on_conflict_do_nothing(index_elements=["name"]))
    await session.execute(select(CounterRow.value).where(CounterRow.name == _COUNTER).with_for_update())


async def get(session: AsyncSession, article_id: str) -> StoredArticle | None:
    """The article, retired or not."""
    return (await by_ids(session, [article_id])).get(article_id)


async def all(session: AsyncSession) -> list[StoredArticle]:  # noqa: A001  read as `articles.all(session)`
    """Every article, by id; those that are retired or out of date, too."""
    return await _listed(session, select(*_COLUMNS))


async def valid(session: AsyncSession, on: dt.date) -> list[StoredArticle]:
    """What is served on a day, by id: published, not retired, within its time."""
    begun = or_(ArticleRow.valid_from.is_(None), ArticleRow.valid_from <= on)
    not_ended = or_(ArticleRow.valid_until.is_(None), ArticleRow.valid_until >= on)
    return await _listed(session, select(*_COLUMNS).where(_served(), begun, not_ended))


async def next_change(session: AsyncSession, on: dt.date) -> dt.date | None:
    """The first day after `on` on which `valid` changes by the calendar alone; None: never."""
    begin = await session.scalar(
        select(func.min(ArticleRow.valid_from)).where(_served(), ArticleRow.valid_from > on)
    )
    end = await session.scalar(
        select(func.min(ArticleRow.valid_until)).where(_served(), ArticleRow.valid_until >= on)
    )
    days = [day for day in (begin, end and end + dt.timedelta(days=1)) if day]
    return min(days, default=None)


async def version(session: AsyncSession) -> int:
    """Rises with every change, 0 before the first: whoever indexes the articles compares it."""
    return await session.scalar(select(CounterRow.value).where(CounterRow.name == _COUNTER)) or 0


async def by_ids(session: AsyncSession, ids: Sequence[str]) -> dict[str, StoredArticle]:
    """The articles that there are of these, retired or not."""
    found: dict[str, StoredArticle] = {}
    for start in range(0, len(ids), AT_ONCE):
        part = select(*_COLUMNS).where(ArticleRow.article_id.in_(ids[start : start + AT_ONCE]))
        found.update((row.article_id, StoredArticle(*row)) for row in await session.execute(part))
    return found


async def _listed(session: AsyncSession, query: Select[Any]) -> list[StoredArticle]:
    rows = await session.execute(query.order_by(ArticleRow.article_id))
    return [StoredArticle(*row) for row in rows]


def _served() -> ColumnElement[bool]:
    return ArticleRow.retired != true()


async def _raise_version(session: AsyncSession) -> None:
    insert = insert_into(session, CounterRow).values(name=_COUNTER, value=1)
    rise = {"value": insert.table.c.value + 1}
    await session.execute(insert.on_conflict_do_update(index_elements=["name"], set_=rise))
