"""The life of an article: draft → review → published → retired, version by version.

At most one version is open (draft or review); the newest of the others is what `articles` holds. Whoever changes
a version says which `edit` of it they saw. A draft's number is provisional: where an import has published
another version meanwhile, the draft gets the next number when it is published.
"""

import datetime as dt
import re
import zoneinfo
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.errors import BadArticle, Conflict, NotAllowed, NotFound
from contracts.guides import GuideText, GuideVersion
from store import articles
from store.imports import import_many, imported_from, retire_many
from store.tables import VersionRow
from store.upsert import insert_into
from store.version_rows import (
    IMPORT,
    OPEN,
    article_of,
    clean,
    first_of,
    of_article,
    row_of,
    text_of,
    version_of,
)

__all__ = [
    "IMPORT",
    "Newer",
    "get",
    "import_many",
    "imported_from",
    "move",
    "of_article",
    "open_all",
    "open_of",
    "retire_many",
    "save",
    "shown_of",
    "text_of",
]

Move = Literal["review", "draft", "published", "retired", "checked"]

SEOUL: Final = zoneinfo.ZoneInfo("Asia/Seoul")

_ID: Final = re.compile(r"[\w.-]{1,100}")


class Newer(Conflict):
    """Somebody changed the version first."""

    def __init__(self, newer: GuideVersion | None) -> None:
        super().__init__(
            "다른 사람이 먼저 고쳤습니다. 새 내용을 확인한 뒤 다시 하십시오.",
            "somebody else changed it first. Look at the newer one, then try again.",
        )
        self.newer = newer


async def open_of(session: AsyncSession, article_id: str) -> GuideVersion | None:
    """The draft, or what is under review."""
    return _open(await of_article(session, article_id))


async def open_all(session: AsyncSession) -> dict[str, GuideVersion]:
    """Every open version, by article."""
    rows = await session.scalars(select(VersionRow).where(VersionRow.status.in_(OPEN)))
    return {row.article_id: version_of(row) for row in rows}


async def shown_of(session: AsyncSession, article_id: str) -> GuideVersion | None:
    """What agents see, or saw until it was retired."""
    return _shown(await of_article(session, article_id))


async def get(session: AsyncSession, article_id: str, version: int) -> GuideVersion | None:
    """One version."""
    found = await of_article(session, article_id)
    return next((one for one in found if one.version == version), None)


async def save(
    session: AsyncSession,
    article_id: str,
    text: GuideText,
    *,
    edit: int,
    author: str,
    at_ms: int,
    note: str = "",
    gap_id: str = "",
) -> GuideVersion:
    """Write the open version, or open one. What was under review is a draft again: it reads differently now.

    `edit` is that of the open version that was worked on; 0: there was none. `gap_id` is the gap that a new
    version is to fill. An empty `note` leaves the one that is there.

    Raises:
        Newer: there is another edit by now.
        BadArticle: the id or a date cannot be used.
    """
    if not _ID.fullmatch(article_id):
        raise BadArticle(
            f"id '{article_id[:40]}'은(는) 쓸 수 없습니다. 글자, 숫자, '-', '_', '.'로 100자까지 됩니다.",
            f"id '{article_id[:40]}' is not usable: letters, digits, '-', '_', '.', 1 to 100 of them.",
        )
    text = clean(text)
    _checked_dates(article_id, text)
    found = await _held(session, article_id)
    old = _open(found)
    if (old.edit if old else 0) != edit:
        raise Newer(old)
    if old is None:
        number = found[0].version + 1 if found else 1
        new = GuideVersion(
            article_id=article_id,
            version=number,
            status="draft",
            edit=1,
            text=text,
            author=author,
            at_ms=at_ms,
            note=note,
        )
        await session.execute(insert_into(session, VersionRow).values(row_of(new, gap_id)))
        return new
    new = _changed(old, status="draft", text=text, author=author, at_ms=at_ms, note=note or old.note)
    await _write(session, old, new)
    return new


async def move(
    session: AsyncSession,
    article_id: str,
    to: Move,
    *,
    edit: int,
    staff_id: str,
    may_publish_own: bool,
    at_ms: int,
    note: str = "",
    zone: dt.tzinfo = SEOUL,
) -> GuideVersion:
    """Take a version a step further.

    `review`, `draft` and `published` move the open version; without an open one, `published` brings back what was
    retired. `retired` and `checked` are for what agents see; `checked` makes no new version.

    `edit` is that of the version that is moved. With `may_publish_own` they may publish what they saved
    themselves, and without a review. `zone` tells the day of publishing.

    Raises:
        NotFound: there is no such version.
        Newer: there is another edit by now.
        NotAllowed: it is their own.
        Conflict: it is not where that step begins.
        BadArticle: title or text is missing, or a date cannot be used.
    """
    found = await _held(session, article_id)
    step = _Step(staff_id, may_publish_own, at_ms, note, dt.datetime.fromtimestamp(at_ms / 1000, zone).date())
    old = _meant(article_id, to, found)
    if old.edit != edit:
        raise Newer(old)
    if to == old.status:
        return old
    if to == "published" and old.status in OPEN:
        step.check_may_publish(old)
        new = _published(old, _shown(found), max(one.version for one in found), step)
    else:
        new = _moved(old, to, step)
    if to == "review":
        _checked_whole(new)
    await _write(session, old, new)
    if new.status not in OPEN:
        shown = article_of(article_id, new.text, new.version, step.day)
        await articles.write(session, [replace(shown, retired=new.status == "retired")])
    return new


@dataclass(frozen=True, slots=True)
class _Step:
    """Who moves a version, and when."""

    staff_id: str
    may_publish_own: bool
    at_ms: int
    note: str
    day: dt.date

    def check_may_publish(self, version: GuideVersion) -> None:
        if self.may_publish_own:
            return
        if version.status != "review":
            raise Conflict(
                "아직 초안입니다. 먼저 검토로 보내십시오.", "it is still a draft. Send it to review first."
            )
        if version.author == self.staff_id:
            raise NotAllowed(
                "자신이 쓴 글은 다른 사람이 게시해야 합니다. 동료에게 검토를 부탁하십시오.",
                "what you wrote is published by somebody else. Ask a colleague to review it.",
            )


def _meant(article_id: str, to: Move, found: Sequence[GuideVersion]) -> GuideVersion:
    """The version that a step is about."""
    open_, shown = _open(found), _shown(found)
    match to:
        case "review" | "draft":
            meant = open_
        case "published":
            meant = open_ or shown
        case _:
            meant = shown
    if meant is None:
        raise NotFound(
            f"안내 '{article_id[:80]}'에 그렇게 바꿀 판이 없습니다. 화면을 새로 고치십시오.",
            f"guide '{article_id[:80]}' has no version to be moved so. Reload the page.",
        )
    return meant


def _moved(old: GuideVersion, to: Move, step: _Step) -> GuideVersion:
    note = _noted(old, step.note)
    if to == "checked":
        text = old.text.model_copy(update={"checked": step.day.isoformat()})
        return _changed(old, text=text, reviewer=step.staff_id, at_ms=step.at_ms, note=note)
    reviewer = old.reviewer if to in OPEN else step.staff_id
    return _changed(old, status=to, reviewer=reviewer, at_ms=step.at_ms, note=note)


def _published(old: GuideVersion, before: GuideVersion | None, newest: int, step: _Step) -> GuideVersion:
    """The open version as agents will see it.

    A date that the editor left as it was is the day of publishing: then it was revised, and somebody read it.
    """
    _checked_whole(old)
    today = step.day.isoformat()
    dates = {
        name: today
        for name in ("revised", "checked")
        if getattr(old.text, name) == (getattr(before.text, name) if before else "")
    }
    return _changed(
        old,
        version=old.version if old.version == newest else newest + 1,
        status="published",
        text=old.text.model_copy(update=dates),
        reviewer=step.staff_id,
        at_ms=step.at_ms,
        note=_noted(old, step.note),
    )


def _noted(old: GuideVersion, note: str) -> str:
    """The version's note, or another one; that of an import begins with the place it came from."""
    if old.author == IMPORT and note:
        place = old.note.partition("\n")[0]
        return f"{place}\n{note}"
    return note or old.note


def _changed(old: GuideVersion, **changes: object) -> GuideVersion:
    return old.model_copy(update={"edit": old.edit + 1, **changes})


def _open(found: Sequence[GuideVersion]) -> GuideVersion | None:
    return next((one for one in found if one.status in OPEN), None)


def _shown(found: Sequence[GuideVersion]) -> GuideVersion | None:
    return next((one for one in found if one.status not in OPEN), None)


def _checked_dates(article_id: str, text: GuideText) -> None:
    article = article_of(article_id, text, 1, dt.date.min)
    if article.valid_from and article.valid_until and article.valid_from > article.valid_until:
        raise BadArticle(
            f"유효 기간이 거꾸로입니다: {article.valid_from} ~ {article.valid_until}.",
            f"it would end before it begins: {article.valid_from} to {article.valid_until}.",
        )


def _checked_whole(version: GuideVersion) -> None:
    for name, ko in (("title", "제목"), ("body", "내용")):
        if not getattr(version.text, name).strip():
            raise BadArticle(f"{ko}이(가) 없습니다. {ko}을(를) 적어 주십시오.", f"no {name}: write one.")


async def _held(session: AsyncSession, article_id: str) -> list[GuideVersion]:
    """All versions, newest first, and nobody else changes them.

    What agents saw before versions were kept gets its own row.
    """
    await articles.hold(session)
    shown = await articles.get(session, article_id)
    if shown:
        row = row_of(first_of(shown))
        await session.execute(insert_into(session, VersionRow).values(row).on_conflict_do_nothing())
    return await of_article(session, article_id)


async def _write(session: AsyncSession, old: GuideVersion, new: GuideVersion) -> None:
    columns = {name: value for name, value in row_of(new).items() if name != "gap_id"}
    await session.execute(
        update(VersionRow)
        .where(VersionRow.article_id == old.article_id, VersionRow.version == old.version)
        .values(columns)
        .execution_options(synchronize_session=False)
    )
