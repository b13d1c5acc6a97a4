"""All articles without their texts: what the editor's list is made of."""

import datetime as dt
from dataclasses import dataclass, fields

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from store.tables import ArticleRow, VersionRow

_SEEN = ("published", "retired")


@dataclass(frozen=True, slots=True)
class ArticleLine:
    """An article as agents see it, or saw it until it was retired. Fields as in `StoredArticle`."""

    article_id: str
    title: str
    category: str
    department: str
    district: str
    keywords: tuple[str, ...]
    revised: dt.date
    checked: dt.date | None
    sample: bool
    version: int
    valid_from: dt.date | None
    valid_until: dt.date | None
    retired: bool

    @property
    def last_looked(self) -> dt.date:
        """When somebody last wrote it or found it still true."""
        return self.checked or self.revised


_COLUMNS = tuple(getattr(ArticleRow, field.name) for field in fields(ArticleLine))


async def lines(session: AsyncSession) -> list[ArticleLine]:
    """Every article that was published once."""
    return [ArticleLine(*row) for row in await session.execute(select(*_COLUMNS))]


async def here_since(session: AsyncSession) -> dict[str, int]:
    """Article id → when its oldest published version was last touched (wall time, ms).

    Articles from before versions were kept are not in it until they are changed.
    """
    oldest = (
        select(VersionRow.article_id, func.min(VersionRow.at_ms))
        .where(VersionRow.status.in_(_SEEN))
        .group_by(VersionRow.article_id)
    )
    return {row[0]: row[1] for row in await session.execute(oldest)}
