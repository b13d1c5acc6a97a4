"""Versions of articles between the database, the editor's contract and what agents see."""

import datetime as dt
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.errors import BadArticle
from contracts.guides import GuideText, GuideVersion
from store import articles
from store.articles import StoredArticle
from store.tables import VersionRow

IMPORT: Final = "import"
"""The author of what came from a file, and the reviewer of what an import retired."""

OPEN: Final = ("draft", "review")

_FIRST_EDIT: Final = 1

_LIMITS: Final = {"category": 100, "department": 100, "district": 20, "agency": 100, "source": 500}
"""Of the texts that `GuideText` limits and that older imports did not."""


def text_of(article: StoredArticle) -> GuideText:
    """What an editor would have written."""
    return GuideText(
        title=article.title[:300],
        body=article.body[:50_000],
        keywords=article.keywords,
        revised=article.revised.isoformat(),
        checked=_iso(article.checked),
        valid_from=_iso(article.valid_from),
        valid_until=_iso(article.valid_until),
        sample=article.sample,
        **{name: getattr(article, name)[:limit] for name, limit in _LIMITS.items()},
    )


def clean(text: GuideText) -> GuideText:
    """The same text as files would hold it: an export that is imported again is no change."""
    plain = {
        name: str(getattr(text, name)).replace("\0", "").replace("\r\n", "\n").strip()
        for name in ("title", "body", *_LIMITS)
    }
    words = dict.fromkeys(word for part in text.keywords if (word := part.replace("\0", "").strip()))
    return text.model_copy(update={**plain, "keywords": tuple(words)})


def article_of(article_id: str, text: GuideText, version: int, day: dt.date) -> StoredArticle:
    """What agents will see; `day` stands for a `revised` that is empty.

    Raises:
        BadArticle: a date is none.
    """
    return StoredArticle(
        article_id=article_id,
        title=text.title,
        body=text.body,
        category=text.category,
        department=text.department,
        district=text.district,
        agency=text.agency,
        keywords=text.keywords,
        revised=day_of("revised", text.revised) or day,
        checked=day_of("checked", text.checked),
        source=text.source,
        sample=text.sample,
        version=version,
        valid_from=day_of("valid_from", text.valid_from),
        valid_until=day_of("valid_until", text.valid_until),
    )


def day_of(name: str, text: str) -> dt.date | None:
    """An ISO date of a text; None for none.

    Raises:
        BadArticle: it is none.
    """
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise BadArticle(
            f"{name}의 날짜 '{text[:20]}'을(를) 읽을 수 없습니다. 2026-11-22처럼 적어 주십시오.",
            f"{name}: '{text[:20]}' is no date. Write it like 2026-11-22.",
        ) from None


def first_of(article: StoredArticle) -> GuideVersion:
    """The version of an article that came before versions were kept."""
    return GuideVersion(
        article_id=article.article_id,
        version=article.version,
        status="retired" if article.retired else "published",
        edit=_FIRST_EDIT,
        text=text_of(article),
        author=IMPORT,
        at_ms=int(dt.datetime.combine(article.revised, dt.time(), dt.UTC).timestamp() * 1000),
    )


def row_of(version: GuideVersion, gap_id: str = "") -> dict[str, object]:
    """The columns of a version."""
    return {
        "article_id": version.article_id,
        "version": version.version,
        "status": version.status,
        "edit": version.edit,
        "text": version.text,
        "author": version.author,
        "reviewer": version.reviewer,
        "at_ms": version.at_ms,
        "note": version.note,
        "gap_id": gap_id,
    }


def version_of(row: VersionRow) -> GuideVersion:
    """The version of a row."""
    return GuideVersion(
        article_id=row.article_id,
        version=row.version,
        status=row.status,
        edit=row.edit,
        text=row.text,
        author=row.author,
        reviewer=row.reviewer,
        at_ms=row.at_ms,
        note=row.note,
    )


async def of_article(session: AsyncSession, article_id: str) -> list[GuideVersion]:
    """All versions of an article, newest first; empty: there is no such article.

    What agents see is among them even where it was written before versions were kept.
    """
    query = select(VersionRow).where(VersionRow.article_id == article_id).order_by(VersionRow.version.desc())
    # Freshly read: a session that has just written them must not answer from memory.
    rows = await session.scalars(query.execution_options(populate_existing=True))
    found = [version_of(row) for row in rows]
    shown = await articles.get(session, article_id)
    if shown and all(version.version != shown.version for version in found):
        found = sorted([*found, first_of(shown)], key=lambda version: -version.version)
    return found


def _iso(day: dt.date | None) -> str:
    return day.isoformat() if day else ""
