"""What staff do with contacts, each with its right: the one way for HTTP and WebSocket alike."""

import datetime as dt
import logging
import re
import zoneinfo
from collections.abc import Callable, Collection
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from bus.base import Bus
from bus.events import publish_events
from console import access, measures
from console.projection import Projection
from console.rail import merged
from console.reach import answering
from contracts.clock import Clock
from contracts.codec import AnyEvent
from contracts.contact import LanguageChosen, RolesChanged, SummaryRequested
from contracts.errors import BadRequest, Conflict, NotFound, Unavailable
from contracts.event import Event
from contracts.panel import (
    Article,
    ContactEntry,
    ContactView,
    LanguageEdit,
    Report,
    RolesEdit,
    Search,
    Staff,
    SummaryEdit,
)
from contracts.suggestion import SearchRequested, SuggestionOutcome
from contracts.summary import FormField, SummaryDrafted, SummaryEdited
from store import articles, contacts, summaries
from store import measures as stored_measures
from store.articles import StoredArticle
from store.database import Database

log = logging.getLogger(__name__)

MAX_ENTRIES: Final = 200
"""Lines of a contact rail."""

MAX_REVISION: Final = 2**31 - 1
MAX_CHANNELS: Final = 16

_CONTACT_ID: Final = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")
_SHIFT_MS: Final = 12 * 3_600_000


class NewerEdit(Conflict):
    """Somebody's edit of this or a higher revision is there already."""

    def __init__(self, newer: SummaryEdited | None) -> None:
        super().__init__(
            "다른 화면에서 먼저 저장한 내용이 있습니다. 그 내용을 확인한 뒤 다시 저장하십시오.",
            "a newer edit was saved elsewhere. Look at it, then save again.",
        )
        self.newer = newer


class Desk:
    """Every act says who acts. Raises NotFound for a contact that is absent or not theirs, without telling
    which; StorageFull and Overloaded when nothing could be kept.

    Args:
        timezone: where "today" begins.
        is_stale: whether nobody has looked at an article for too long.
        fields: of the summary's form.
    """

    def __init__(
        self,
        bus: Bus,
        database: Database,
        projection: Projection,
        *,
        clock: Clock,
        timezone: str,
        is_stale: Callable[[StoredArticle], bool],
        fields: Collection[FormField] = measures.FIELDS,
    ) -> None:
        self._bus = bus
        self._database = database
        self._projection = projection
        self._clock = clock
        self._zone = zoneinfo.ZoneInfo(timezone)
        self._fields = frozenset(fields)
        self._is_stale = is_stale

    async def contacts(self, staff: Staff) -> list[ContactEntry]:
        """Today's contacts, newest first: an agent's own, a supervisor's all.

        Nothing is awaited between the look at what was followed and the return.
        """
        since_ms = start_of_day_ms(self._clock(), self._zone)
        async with answering(self._database) as session:
            if access.sees_all(staff):
                stored = await contacts.recent(session, since_ms, MAX_ENTRIES)
            else:
                stored = await contacts.of_agent(session, staff.staff_id, since_ms, MAX_ENTRIES)
        return self._merged(stored, staff, since_ms)

    async def rail(self, staff: Staff) -> tuple[list[ContactEntry], bool]:
        """The same, and whether it is all; while the database is away it is what memory has."""
        try:
            return await self.contacts(staff), True
        except Unavailable as error:
            log.warning("console: %s", error)
            return self._merged([], staff, start_of_day_ms(self._clock(), self._zone)), False

    def recent(self, staff: Staff, contact_id: str) -> list[AnyEvent]:
        """What was followed of a contact in the last minutes; nothing of one that is not theirs to see.

        Somebody else's contact is left out for supervisors, too: their look could not be written down now.
        """
        known = self._projection.recent.get(contact_id)
        if known is None or known.state is None or not access.is_own(staff, known.state):
            return []
        return self._projection.recent.events(contact_id)

    def _merged(self, stored: list[ContactEntry], staff: Staff, since_ms: int) -> list[ContactEntry]:
        return merged(stored, self._projection.recent, staff, since_ms=since_ms, limit=MAX_ENTRIES)

    async def open(self, staff: Staff, contact_id: str) -> ContactView:
        """The contact as of now; looking at somebody else's is written down."""
        view = await self.look(staff, contact_id)
        if not access.is_own(staff, view.contact):
            async with answering(self._database) as session:
                await contacts.record_access(session, staff.staff_id, contact_id, self._clock())
        return view

    async def look(self, staff: Staff, contact_id: str) -> ContactView:
        """As `open`, for what is open already: no note is made.

        Nothing is awaited between the look at the live view and the return.
        """
        view = await self._projection.view(contact_id) if _CONTACT_ID.fullmatch(contact_id) else None
        if view is None or not access.may_open(staff, view.contact):
            raise access.no_such_contact(contact_id)
        return view

    async def save_summary(self, staff: Staff, contact_id: str, edit: SummaryEdit) -> SummaryEdited:
        """Keep the agent's text, and of a saved one what was made of the draft, then tell everybody.

        Raises:
            NewerEdit: somebody else's edit of this or a higher revision is there.
        """
        view = await self.open(staff, contact_id)
        if not 0 <= edit.revision <= MAX_REVISION:
            raise BadRequest(
                f"판 번호 {edit.revision}은(는) 쓸 수 없습니다.",
                f"revision {edit.revision} is not between 0 and {MAX_REVISION}.",
            )
        edited = SummaryEdited(
            contact_id=contact_id,
            at_ms=self._clock(),
            revision=edit.revision,
            text=edit.text,
            saved=edit.saved,
            staff_id=staff.staff_id,
            drafted=edit.drafted,
        )
        async with answering(self._database) as session:
            kept = await summaries.save_edit(session, edited)
            newer = None if kept else (await summaries.of_contact(session, contact_id))[1]
            if kept and edited.saved:
                draft = await self._draft(session, edited, view.draft)
                await stored_measures.record(
                    session, measures.measure(edited, draft, view.ended_at_ms, fields=self._fields)
                )
        if not kept:
            raise NewerEdit(newer)
        await self._publish(edited)
        return edited

    async def _draft(
        self, session: AsyncSession, edited: SummaryEdited, newest: SummaryDrafted | None
    ) -> SummaryDrafted | None:
        """The draft that the text was begun from, where it is still kept; else the newest one."""
        if edited.drafted is None or (newest and newest.revision == edited.drafted):
            return newest
        stored, _ = await summaries.of_contact(session, edited.contact_id)
        found = stored if stored and stored.revision == edited.drafted else newest or stored
        if found and found.revision != edited.drafted:
            log.info("console: text of draft %s measured against draft %d", edited.drafted, found.revision)
        return found

    async def ask_for_draft(self, staff: Staff, contact_id: str) -> None:
        await self.open(staff, contact_id)
        await self._publish(
            SummaryRequested(contact_id=contact_id, at_ms=self._clock(), staff_id=staff.staff_id)
        )

    async def set_roles(self, staff: Staff, contact_id: str, edit: RolesEdit) -> None:
        await self.open(staff, contact_id)
        if not edit.roles or len(edit.roles) > MAX_CHANNELS:
            raise BadRequest(
                f"역할은 채널 1개에서 {MAX_CHANNELS}개까지 정할 수 있습니다.",
                f"roles of 1 to {MAX_CHANNELS} channels can be set.",
            )
        await self._publish(
            RolesChanged(
                contact_id=contact_id, at_ms=self._clock(), roles=edit.roles, staff_id=staff.staff_id
            )
        )

    async def choose_language(self, staff: Staff, contact_id: str, edit: LanguageEdit) -> None:
        await self.open(staff, contact_id)
        await self._publish(
            LanguageChosen(
                contact_id=contact_id, at_ms=self._clock(), language=edit.language, staff_id=staff.staff_id
            )
        )

    async def report(self, staff: Staff, report: Report) -> None:
        """What the agent did with a card of that contact."""
        view = await self.look(staff, report.contact_id)
        offers = (card.offer for card in view.cards)
        offer = next((offer for offer in offers if offer.suggestion_id == report.suggestion_id), None)
        if offer is None:
            raise NotFound(
                "이 상담에 그런 안내가 없습니다. 화면을 새로 고치십시오.",
                "this contact has no such card. Reload the page.",
            )
        await self._publish(
            SuggestionOutcome(
                contact_id=report.contact_id,
                at_ms=self._clock(),
                suggestion_id=report.suggestion_id,
                outcome=report.outcome,
                staff_id=staff.staff_id,
                article_id=offer.snippet.article_id,
                version=offer.snippet.version,
                query=offer.query,
            )
        )

    async def search(self, staff: Staff, search: Search, search_id: str) -> None:
        """Ask for guides; the answer comes over the bus under `search_id`."""
        await self.look(staff, search.contact_id)
        await self._publish(
            SearchRequested(
                contact_id=search.contact_id,
                at_ms=self._clock(),
                search_id=search_id,
                query=search.query,
                staff_id=staff.staff_id,
            )
        )

    async def article(self, article_id: str) -> Article:
        """The whole guide; guides are public, so any staff may read each."""
        async with answering(self._database) as session:
            found = await articles.get(session, article_id)
        if found is None:
            raise NotFound(
                f"안내 '{article_id[:80]}'이(가) 없습니다. 지워졌을 수 있습니다.",
                f"no guide '{article_id[:80]}'. It may have been removed.",
            )
        return _article(found, is_stale=self._is_stale(found))

    async def _publish(self, event: Event) -> None:
        await publish_events(self._bus, [event])


def start_of_day_ms(now_ms: int, zone: zoneinfo.ZoneInfo) -> int:
    """Midnight, or the start of a night shift that began before it: at least 12 hours back."""
    now = dt.datetime.fromtimestamp(now_ms / 1000, zone)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return min(int(midnight.timestamp() * 1000), now_ms - _SHIFT_MS)


def _article(found: StoredArticle, *, is_stale: bool) -> Article:
    return Article(
        article_id=found.article_id,
        title=found.title,
        category=found.category,
        department=found.department,
        district=found.district,
        agency=found.agency,
        keywords=found.keywords,
        revised=found.revised.isoformat(),
        checked=found.checked.isoformat() if found.checked else "",
        source=found.source,
        sample=found.sample,
        version=found.version,
        valid_from=found.valid_from.isoformat() if found.valid_from else "",
        valid_until=found.valid_until.isoformat() if found.valid_until else "",
        stale=is_stale,
        body=found.body,
    )
