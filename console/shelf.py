"""What editors do with guides, each act with its right."""

import datetime as dt
import secrets
import zoneinfo
from typing import Final

from console import access
from console.catalogue import Catalogue, Wanted, page
from console.flags import Judge
from console.guide_use import Use, UseCounter
from console.reach import answering
from contracts.clock import Clock
from contracts.errors import BadArticle, NotFound
from contracts.guides import GuideDay, GuideFigures, GuideList, GuideMove, GuideSave, GuideVersion
from contracts.panel import Staff
from store import articles, gaps, shelf, versions
from store.articles import StoredArticle
from store.database import Database

STALE_DAYS: Final = 365
"""An article that nobody looked at for longer may be wrong."""

MAX_FIGURE_DAYS: Final = 90


class Shelf:
    """Every act says who acts. Raises NotAllowed for those who do not write guides; Unavailable when the database
    is away and nothing was kept.

    Args:
        zone: where a day begins.
        stale_after_days: an article is stale when nobody wrote or checked it for longer.
    """

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock,
        zone: zoneinfo.ZoneInfo,
        stale_after_days: int = STALE_DAYS,
    ) -> None:
        self._database = database
        self._clock = clock
        self._zone = zone
        self._stale_after_days = stale_after_days
        self._use = UseCounter(database, clock=clock, zone=zone)
        self._catalogue: tuple[tuple[object, ...], Catalogue] | None = None
        """And what it was made of; the same again makes the same."""

    def today(self) -> dt.date:
        return dt.datetime.fromtimestamp(self._clock() / 1000, self._zone).date()

    def is_stale(self, article: StoredArticle) -> bool:
        return article.is_stale(self.today(), self._stale_after_days)

    async def page(self, staff: Staff, wanted: Wanted) -> GuideList:
        """A page of the list; the same numbers of use for a while, everything else as of now."""
        access.check_writes_guides(staff)
        catalogue, version = await self._made(await self._use.use())
        async with answering(self._database) as session:
            open_versions = await versions.open_all(session)
        entries, total = page(catalogue.with_open(open_versions), wanted)
        return GuideList(entries=entries, total=total, guides_version=version)

    async def versions(self, staff: Staff, article_id: str) -> list[GuideVersion]:
        """All versions of an article, newest first."""
        access.check_writes_guides(staff)
        async with answering(self._database) as session:
            found = await versions.of_article(session, article_id)
        if not found:
            raise no_such_guide(article_id)
        return found

    async def version(self, staff: Staff, article_id: str, number: int) -> GuideVersion:
        found = await self.versions(staff, article_id)
        version = next((one for one in found if one.version == number), None)
        if version is None:
            raise NotFound(
                f"안내 '{article_id[:80]}'에 {number}판이 없습니다. 화면을 새로 고치십시오.",
                f"guide '{article_id[:80]}' has no version {number}. Reload the page.",
            )
        return version

    async def save(self, staff: Staff, article_id: str, wanted: GuideSave) -> GuideVersion:
        """Save the open version of an article, or open one; an empty id: of a new article.

        Raises:
            versions.Newer: somebody saved since.
            BadArticle: without a title it cannot be found again; dates must be dates.
            NotFound: no such article.
        """
        access.check_writes_guides(staff)
        if not wanted.text.title.strip():
            raise BadArticle("제목이 없습니다. 제목을 적어 주십시오.", "no title: write one.")
        async with answering(self._database) as session:
            if article_id and not await versions.of_article(session, article_id):
                raise no_such_guide(article_id)
            saved = await versions.save(
                session,
                article_id or new_article_id(),
                wanted.text,
                edit=wanted.edit,
                author=staff.staff_id,
                at_ms=self._clock(),
                note=wanted.note,
                gap_id=wanted.gap_id,
            )
            if wanted.gap_id and not article_id:
                await gaps.draft(session, wanted.gap_id, saved.article_id)
        return saved

    async def move(self, staff: Staff, article_id: str, wanted: GuideMove) -> GuideVersion:
        """Take a version a step further.

        Raises:
            versions.Newer, NotFound, NotAllowed, Conflict, BadArticle: as `versions.move`.
        """
        access.check_writes_guides(staff)
        async with answering(self._database) as session:
            if wanted.to == "published" and (open_ := await versions.open_of(session, article_id)):
                _check_no_questions(open_)
            return await versions.move(
                session,
                article_id,
                wanted.to,
                edit=wanted.edit,
                staff_id=staff.staff_id,
                may_publish_own=access.publishes_own(staff),
                at_ms=self._clock(),
                note=wanted.note,
                zone=self._zone,
            )

    async def figures(self, staff: Staff, days: int) -> GuideFigures:
        """How the guides do: the last days, today included, and what waits for editors."""
        access.check_writes_guides(staff)
        days = min(max(days, 1), MAX_FIGURE_DAYS)
        use = await self._use.use()
        catalogue, _ = await self._made(use)
        async with answering(self._database) as session:
            open_gaps = await gaps.count_open(session)
        counts = catalogue.counts()
        today = self.today()
        return GuideFigures(
            days=tuple(_day(today - dt.timedelta(days=back), use) for back in reversed(range(days))),
            published=counts["published"],
            stale=counts["stale"],
            unused=counts["unused"],
            needs_revision=counts["needs_revision"],
            open_gaps=open_gaps,
        )

    async def _made(self, use: Use) -> tuple[Catalogue, int]:
        """What is published as of now, and the version of that: read and judged only when something changed."""
        today = self.today()
        async with answering(self._database) as session:
            version = await articles.version(session)
            made_of = (version, use.at_ms, today)
            if self._catalogue and self._catalogue[0] == made_of:
                return self._catalogue[1], version
            lines = await shelf.lines(session)
            since = await shelf.here_since(session)
        days = {
            article_id: dt.datetime.fromtimestamp(at_ms / 1000, self._zone).date()
            for article_id, at_ms in since.items()
        }
        catalogue = Catalogue.of(lines, use.articles, days, Judge(today, self._stale_after_days))
        self._catalogue = made_of, catalogue
        return catalogue, version


QUESTIONS: Final = "## 시민이 물은 말"
"""Heads the part of a draft that quotes the questions of a gap: for the editor, never for agents."""


def new_article_id() -> str:
    return f"guide-{secrets.token_hex(6)}"


def no_such_guide(article_id: str) -> NotFound:
    return NotFound(
        f"안내 '{article_id[:80]}'이(가) 없습니다. 목록을 새로 고치십시오.",
        f"there is no guide '{article_id[:80]}'. Reload the list.",
    )


def _check_no_questions(version: GuideVersion) -> None:
    if QUESTIONS in version.text.body:
        raise BadArticle(
            "본문에 '시민이 물은 말'이 남아 있습니다. 그 부분을 지우고 다시 게시하십시오.",
            "the body still quotes what citizens asked ('시민이 물은 말'). Remove that part, then publish.",
        )


def _day(date: dt.date, use: Use) -> GuideDay:
    counts = use.days.get(date, {})
    return GuideDay(
        date=date.isoformat(),
        offered=counts.get("shown", 0),
        opened=counts.get("opened", 0),
        helpful=counts.get("helpful", 0),
        unhelpful=counts.get("unhelpful", 0),
        nothing=counts.get("nothing", 0),
    )
