"""What the supervisor's page asks, answered from the store; one query serves all who ask within a moment."""

import asyncio
import zoneinfo
from collections.abc import Sequence
from typing import Final

from console import access
from console.arrivals import Arrivals
from console.board import Profile, Site, board, contact, day_points, hour_points, weeks_needed
from console.reach import answering
from console.shared_answers import SharedAnswers
from contracts.categories import Category
from contracts.clock import Clock
from contracts.codec import AnyEvent
from contracts.districts import District
from contracts.errors import BadRequest, NotFound
from contracts.panel import Staff
from contracts.voc import AlertChanged, Danger
from contracts.voc_http import VocContacts, VocHistory
from store import voc_alerts, voc_drill, voc_notes
from store.database import Database
from store.voc_board import HOUR_MS, board_rows, scope, usual
from store.voc_drill import Wanted

MAX_HOURS: Final = 72
"""Of the heat map."""

HOURLY_H: Final = 14 * 24
"""A longer past is told by day."""

MAX_PAST_H: Final = 366 * 24
MAX_CONTACTS: Final = 200
PAST_FRESH_S: Final = 15.0
"""The past changes slowly, and a year of it is much to add up."""


class BoardDesk:
    """For supervisors and admins.

    Every question raises NotAllowed for others, and Unavailable when the database does not answer in time.

    Args:
        categories: the site's 상담유형.
        districts: with their tiles; without any there is no map.
        zone: where days begin.
    """

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock,
        zone: zoneinfo.ZoneInfo,
        categories: Sequence[Category] = (),
        districts: Sequence[District] = (),
    ) -> None:
        self.arrivals = Arrivals()
        self.answers = SharedAnswers()
        self._past = SharedAnswers(PAST_FRESH_S)
        self._database = database
        self._clock = clock
        self._site = Site({one.code: one.label for one in categories}, districts, zone)

    def hear(self, event: AnyEvent, now_ms: int) -> None:
        """An event that is about to be shown to the panels of this process."""
        self.arrivals.hear(event, now_ms)

    def changed(self, event: AnyEvent) -> None:
        """An alert is new or another one now."""
        if isinstance(event, AlertChanged):
            self.answers.forget()

    async def board(self, staff: Staff, hours: int, topic: str | None, district: str | None) -> bytes:
        """`contracts.voc_http.Board` as JSON."""
        access.check_sees_figures(staff)

        async def make() -> bytes:
            now_ms = self._clock()
            day = self._site.day(now_ms)
            async with answering(self._database) as session:
                rows = await board_rows(session, now_ms, hours, topic, district, day=day)
            delays_ms = self.arrivals.percentiles(now_ms)
            made = board(rows, now_ms, self._site, topic=topic, district=district, delays_ms=delays_ms)
            return made.model_dump_json().encode()

        return await self.answers.get((hours, topic, district), make)

    async def contacts(
        self,
        staff: Staff,
        *,
        topic: str | None = None,
        district: str | None = None,
        danger: Danger | None = None,
        alert_id: str | None = None,
        since_ms: int | None = None,
        until_ms: int | None = None,
        limit: int = 50,
    ) -> VocContacts:
        """Contacts behind a figure, the newest first; of the last 24 h where nothing is said of time.

        Raises:
            NotFound: no such alert.
            BadRequest: `since_ms` is not before `until_ms`.
        """
        access.check_sees_figures(staff)
        async with answering(self._database) as session:
            finding = None
            if alert_id is not None:
                view = await voc_alerts.view(session, alert_id)
                if view is None:
                    raise NotFound(
                        "그런 경보가 없습니다. 목록을 새로 고치십시오.", "no such alert. Load the list again."
                    )
                finding = view.finding
                since_ms = finding.first_ms if since_ms is None else since_ms
                until_ms = finding.last_ms + 1 if until_ms is None else until_ms
            until = self._clock() + 1 if until_ms is None else until_ms
            since = until - 24 * HOUR_MS if since_ms is None else since_ms
            if since >= until:
                raise BadRequest(
                    "시작 시각이 끝 시각보다 앞서야 합니다.", "since_ms should be before until_ms."
                )
            wanted = Wanted(since, until, topic, district, danger, finding)
            found, total = await voc_drill.contacts(session, wanted, limit)
        return VocContacts(
            contacts=tuple(contact(one.contact, one.about, self._site) for one in found), total=total
        )

    async def history(self, staff: Staff, hours: int, topic: str | None, district: str | None) -> bytes:
        """`contracts.voc_http.VocHistory` as JSON."""
        access.check_sees_figures(staff)

        async def make() -> bytes:
            told = await self._history(hours, topic, district)
            return (await asyncio.to_thread(told.model_dump_json)).encode()

        return await self._past.get((hours, topic, district), make)

    async def _history(self, hours: int, topic: str | None, district: str | None) -> VocHistory:
        now_ms, name = self._clock(), scope(topic, district)
        async with answering(self._database) as session:
            known = await usual(session, [name])
            profile = Profile(known, self._site, now_ms, weeks_needed(await voc_notes.learning(session)))
            if hours <= HOURLY_H:
                last = now_ms // HOUR_MS
                span = range(last - hours + 1, last + 1)
                found = await voc_drill.by_hour(session, span, topic, district)
                points = hour_points(found, span, name, profile)
                return VocHistory(step="hour", points=points)
            today = self._site.day(now_ms)
            span = range(today - hours // 24 + 1, today + 1)
            found = await voc_drill.by_day(session, span, topic, district)
        points = await asyncio.to_thread(day_points, found, span, name, profile)
        return VocHistory(step="day", points=points)
