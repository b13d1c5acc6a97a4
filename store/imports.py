"""Articles from files, many at once: each that is new or changed becomes a published version by `import`.

An import wins over nothing that a person did since the same file was read: an open draft stays as it is, what an
editor published over an unchanged file stays, and what a person retired stays retired.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from sqlalchemy import Update, and_, bindparam, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.guides import GuideStatus, GuideText, GuideVersion
from store import articles
from store.articles import AT_ONCE, StoredArticle
from store.tables import ArticleRow, Base, VersionRow
from store.upsert import insert_into
from store.version_rows import IMPORT, first_of, row_of, text_of

_VERSIONS: Final = Base.metadata.tables[VersionRow.__tablename__]

_NOTE: Final = "\n"
"""Ends the place at the beginning of an imported version's note."""


@dataclass(frozen=True, slots=True)
class _Head:
    """A version without its text."""

    version: int
    status: GuideStatus
    author: str
    reviewer: str
    note: str


@dataclass(slots=True)
class _Plan:
    """What is to be written."""

    at_ms: int
    place: str
    firsts: list[GuideVersion] = field(default_factory=list)
    """Of articles from before versions were kept."""
    versions: list[GuideVersion] = field(default_factory=list)
    articles: list[StoredArticle] = field(default_factory=list)
    placed: list[dict[str, object]] = field(default_factory=list)
    """Versions whose file is elsewhere now."""
    changed: list[dict[str, object]] = field(default_factory=list)
    """Versions that are still the same text, but were checked or are back."""

    def touched(self) -> list[str]:
        """Ids of all that is to be written."""
        return [
            *(article.article_id for article in self.articles),
            *(version.article_id for version in self.firsts),
            *(str(row["of_article"]) for row in self.placed),
        ]

    def publish(self, new: StoredArticle, now: StoredArticle | None, heads: Sequence[_Head]) -> None:
        """A text that is new here."""
        shown = self._shown(now, heads, "")
        newest = max([now.version if now else 0, *(head.version for head in heads)])
        by = shown.reviewer if now and now.retired and shown and shown.reviewer != IMPORT else ""
        article = replace(new, version=newest + 1, retired=bool(by))
        self.articles.append(article)
        self.versions.append(
            GuideVersion(
                article_id=new.article_id,
                version=article.version,
                status="retired" if by else "published",
                edit=1,
                text=text_of(new),
                author=IMPORT,
                reviewer=by,
                at_ms=self.at_ms,
                note=self.place,
            )
        )

    def keep(self, new: StoredArticle, now: StoredArticle, heads: Sequence[_Head]) -> None:
        """The same text: it may be checked anew, back, or elsewhere."""
        checked = max(filter(None, (new.checked, now.checked)), default=None)
        back = now.retired and any(head.version == now.version and head.reviewer == IMPORT for head in heads)
        if self.place or back or checked != now.checked:
            self._shown(now, heads, self.place)
            self.put(now.article_id, _imported(heads))
        if back or checked != now.checked:
            article = replace(now, checked=checked, retired=now.retired and not back)
            status = "retired" if article.retired else "published"
            self.articles.append(article)
            self.changed.append(
                {"of_article": article.article_id, "of_version": article.version, "to_at_ms": self.at_ms}
                | {"to_status": status, "to_text": text_of(article)}
            )

    def put(self, article_id: str, last: _Head | None) -> None:
        """The place that its file is at now."""
        if not self.place or last is None:
            return
        place, line, note = last.note.partition(_NOTE)
        if place != self.place:
            self.placed.append(
                {"of_article": article_id, "of_version": last.version, "to_note": self.place + line + note}
            )

    def _shown(self, now: StoredArticle | None, heads: Sequence[_Head], place: str) -> _Head | None:
        """What agents see; where it was written before versions were kept, it gets its own."""
        shown = next((head for head in heads if now and head.version == now.version), None)
        if now and shown is None:
            self.firsts.append(first_of(now).model_copy(update={"note": place}))
        return shown


async def import_many(
    session: AsyncSession,
    wanted: Iterable[StoredArticle],
    at_ms: int,
    *,
    place: str = "",
    undated: Collection[str] = (),
) -> int:
    """Publish the articles that are new or differ from what was last imported. The others cost a look.

    Args:
        session: its transaction holds all of it: some hundred articles at a time keep it short.
        wanted: the last of an id counts.
        at_ms: wall time.
        place: file or folder that they come from, for `imported_from`; empty: not kept.
        undated: ids whose `revised` is only the day of the import: it is no change.

    Returns:
        How many were written.
    """
    asked = {article.article_id: article for article in wanted}
    touched = (await _plan(session, asked, undated, _Plan(at_ms, place))).touched()
    if not touched:
        return 0
    # Looked at again with nobody else at work; SQLite takes its lock with the first write only.
    await articles.hold(session)
    again = {key: asked[key] for key in touched}
    plan = await _plan(session, again, undated, _Plan(at_ms, place))
    await _carry_out(session, plan)
    return len(plan.articles)


async def imported_from(session: AsyncSession, place: str) -> set[str]:
    """Articles that agents see as they were imported from `place`; those that a person published since are not."""
    here = VersionRow.note == place
    query = (
        select(ArticleRow.article_id)
        .join(
            VersionRow,
            and_(VersionRow.article_id == ArticleRow.article_id, VersionRow.version == ArticleRow.version),
        )
        .where(
            VersionRow.author == IMPORT,
            VersionRow.status == "published",
            here | VersionRow.note.startswith(place + _NOTE, autoescape=True),
        )
    )
    return set(await session.scalars(query))


async def retire_many(session: AsyncSession, ids: Collection[str], at_ms: int, *, by: str = IMPORT) -> int:
    """Take articles from the agents; those that are not served, or not there, are passed over.

    Returns:
        How many were retired.
    """
    await articles.hold(session)
    known = await articles.by_ids(session, sorted(ids))
    served = [article for article in known.values() if not article.retired]
    if not served:
        return 0
    insert = insert_into(session, VersionRow).on_conflict_do_nothing()
    await session.execute(insert, [row_of(first_of(article)) for article in served])
    changes = [
        {"of_article": article.article_id, "of_version": article.version, "to_status": "retired"}
        | {"to_reviewer": by, "to_at_ms": at_ms}
        for article in served
    ]
    await session.execute(
        _one_version().values(
            status=bindparam("to_status"),
            reviewer=bindparam("to_reviewer"),
            at_ms=bindparam("to_at_ms"),
            edit=_VERSIONS.c.edit + 1,
        ),
        changes,
    )
    await articles.write(session, [replace(article, retired=True) for article in served])
    return len(served)


async def _plan(
    session: AsyncSession, asked: Mapping[str, StoredArticle], undated: Collection[str], plan: _Plan
) -> _Plan:
    known = await articles.by_ids(session, list(asked))
    heads = await _heads(session, list(asked))
    unsure: dict[str, int] = {}
    for key, new in asked.items():
        now, mine = known.get(key), heads.get(key, ())
        last = _imported(mine)
        if now and _same(text_of(new), text_of(now), undated=key in undated):
            plan.keep(new, now, mine)
        elif now and last and last.version != now.version:
            unsure[key] = last.version  # a person published since: did the file change, too?
        else:
            plan.publish(new, now, mine)
    for key, text in (await _texts(session, unsure)).items():
        new, mine = asked[key], heads[key]
        if _same(text_of(new), text, undated=key in undated):
            plan.put(key, _imported(mine))
        else:
            plan.publish(new, known[key], mine)
    return plan


def _same(new: GuideText, old: GuideText, *, undated: bool) -> bool:
    """Whether nothing changed but when it was checked."""
    dates = {"checked": old.checked} | ({"revised": old.revised} if undated else {})
    return new.model_copy(update=dates) == old


def _imported(heads: Sequence[_Head]) -> _Head | None:
    return next((head for head in heads if head.author == IMPORT), None)


async def _carry_out(session: AsyncSession, plan: _Plan) -> None:
    rows = [row_of(version) for version in (*plan.firsts, *plan.versions)]
    if rows:
        await session.execute(insert_into(session, VersionRow).on_conflict_do_nothing(), rows)
    if plan.placed:
        await session.execute(_one_version().values(note=bindparam("to_note")), plan.placed)
    if plan.changed:
        await session.execute(
            _one_version().values(
                status=bindparam("to_status"),
                text=bindparam("to_text"),
                at_ms=bindparam("to_at_ms"),
                edit=_VERSIONS.c.edit + 1,
            ),
            plan.changed,
        )
    await articles.write(session, plan.articles)


async def _heads(session: AsyncSession, ids: Sequence[str]) -> dict[str, list[_Head]]:
    """Versions without their texts, newest first."""
    found: dict[str, list[_Head]] = {}
    columns = _VERSIONS.c
    for start in range(0, len(ids), AT_ONCE):
        query = (
            select(
                columns.article_id,
                columns.version,
                columns.status,
                columns.author,
                columns.reviewer,
                columns.note,
            )
            .where(columns.article_id.in_(ids[start : start + AT_ONCE]))
            .order_by(columns.article_id, columns.version.desc())
        )
        for article_id, *head in await session.execute(query):
            found.setdefault(article_id, []).append(_Head(*head))
    return found


async def _texts(session: AsyncSession, wanted: Mapping[str, int]) -> dict[str, GuideText]:
    found: dict[str, GuideText] = {}
    keys = list(wanted.items())
    for start in range(0, len(keys), AT_ONCE):
        some = tuple_(VersionRow.article_id, VersionRow.version).in_(keys[start : start + AT_ONCE])
        rows = await session.execute(select(VersionRow.article_id, VersionRow.text).where(some))
        found.update((article_id, text) for article_id, text in rows)
    return found


def _one_version() -> Update:
    columns = _VERSIONS.c
    return update(_VERSIONS).where(
        columns.article_id == bindparam("of_article"), columns.version == bindparam("of_version")
    )
