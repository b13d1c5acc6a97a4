"""What is stored by one console for all, and what each console shows: two ways from the bus.

`store` works in the shared group; `show` follows the bus in every process. Neither waits for the other, so an
event may be shown before it is stored. `console/recent.py` closes that gap.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from bus.base import Bus
from bus.events import consume
from console.panels import Panels
from console.reach import answering
from console.recent import Recent
from console.view import apply, build_view
from contracts.codec import AnyEvent
from contracts.contact import ContactStateChanged
from contracts.errors import Overloaded, Unavailable
from contracts.panel import ContactView
from contracts.topics import (
    CONTACT_EVENTS,
    SEARCH_RESULTS,
    SUGGESTION_OUTCOMES,
    SUGGESTIONS,
    SUMMARIES,
    TRANSCRIPT,
)
from contracts.transcript import Utterance
from store import batch, contacts, hearing, suggestions, summaries, transcripts
from store.database import Database

log = logging.getLogger(__name__)

GROUP: Final = "console"
STORED: Final = (CONTACT_EVENTS, TRANSCRIPT, SUGGESTIONS, SUGGESTION_OUTCOMES, SUMMARIES)
SHOWN: Final = (*STORED, SEARCH_RESULTS)

LIVE_CONTACTS: Final = 1000
LIVE_UTTERANCES: Final = 20_000
"""Views kept in memory and what was said in all of them, 16 KB a final of 12 words; the longest unused view goes
and is loaded again on need."""


class Projection:
    """Keeps store, live views and panels at the newest state."""

    def __init__(
        self,
        database: Database,
        panels: Panels,
        *,
        live_contacts: int = LIVE_CONTACTS,
        live_utterances: int = LIVE_UTTERANCES,
        recent: Recent | None = None,
    ) -> None:
        self.recent = recent or Recent()
        self._database = database
        self._panels = panels
        self._max_live = live_contacts
        self._max_utterances = live_utterances
        self._live: OrderedDict[str, ContactView] = OrderedDict()
        self._utterances = 0
        self._loading: dict[str, asyncio.Task[bool]] = {}

    async def run(self, bus: Bus, joined: asyncio.Event | None = None) -> None:
        """Store, as a member of the shared group, until cancelled. `joined` is set when it is one."""
        await consume(bus, GROUP, STORED, self.store, ready=joined)

    async def store(self, events: Sequence[AnyEvent]) -> None:
        """Upsert what outlives the call, in one transaction.

        Raises:
            Unavailable, OSError: nothing was kept; `consume` waits and tries again.
        """
        lasting = [event for event in events if not is_partial(event)]
        if not lasting:
            return
        try:
            async with self._database.session() as session:
                await batch.keep(session, lasting)
        except (Unavailable, OSError):
            self.recent.horizon.away(_now_ms())
            raise
        self.recent.horizon.back(_now_ms())

    def show(self, event: AnyEvent) -> None:
        """Bring memory up to date and tell the panels. Never waits."""
        self.recent.add(event, _now_ms())
        view = self._live.get(event.contact_id)
        if view is not None and (changed := apply(view, event)) is not None:
            self._enliven(event.contact_id, changed)
        if not self._is_outdated(event):
            self._panels.push(event)

    def _is_outdated(self, event: AnyEvent) -> bool:
        """A state that comes again, or late, must not take a contact away from who has it now."""
        if not isinstance(event, ContactStateChanged):
            return False
        view, recent = self._live.get(event.contact_id), self.recent.get(event.contact_id)
        known = (view.contact if view else None, recent.state if recent else None)
        return any(state is not None and state.revision > event.revision for state in known)

    def _enliven(self, contact_id: str, view: ContactView) -> None:
        before = self._live.pop(contact_id, None)
        self._live[contact_id] = view
        self._utterances += len(view.utterances) - (len(before.utterances) if before else 0)
        while len(self._live) > self._max_live or (
            self._utterances > self._max_utterances and len(self._live) > 1
        ):
            _, oldest = self._live.popitem(last=False)
            self._utterances -= len(oldest.utterances)

    async def view(self, contact_id: str) -> ContactView | None:
        """The contact as of now, partials included; None when there is no such contact.

        Nothing is awaited between its last look at the live view and its return: whoever watches already
        gets every later event after the snapshot that it makes of this.

        Raises:
            Unavailable: the database is away, or behind, and memory does not hold the whole contact.
        """
        while (view := self._live.get(contact_id)) is None:
            if not await self._load(contact_id):
                return None
        self._live.move_to_end(contact_id)
        return view

    async def _load(self, contact_id: str) -> bool:
        """Make the view live. False when there is no such contact."""
        task = self._loading.get(contact_id)
        if task is None:
            task = self._loading[contact_id] = asyncio.create_task(self._make(contact_id))
        # One who gives up waiting must not take the load away from the others.
        return await asyncio.shield(task)

    async def _make(self, contact_id: str) -> bool:
        try:
            stored = await self._stored(contact_id)
            # From here on nothing is awaited: what is followed from now on finds the live view.
            view = self.recent.on_top(contact_id, stored)
            if view is not None:
                self._enliven(contact_id, view)
            return view is not None
        finally:
            del self._loading[contact_id]

    async def _stored(self, contact_id: str) -> ContactView | None:
        """What the store has; None when memory has all, or when nobody knows the contact."""
        try:
            async with answering(self._database) as session:
                view = await stored_view(session, contact_id)
        except Unavailable:
            self.recent.horizon.away(_now_ms())
            if self._has_all(contact_id):
                return None
            raise
        self.recent.horizon.back(_now_ms())
        if view is None and contact_id in self.recent and not self._has_all(contact_id):
            raise Overloaded(
                "이 상담의 기록이 아직 저장되는 중입니다. 잠시 뒤 다시 여십시오.",
                "this contact is still being stored. Open it again in a moment.",
            )
        return view

    def _has_all(self, contact_id: str) -> bool:
        known = self.recent.get(contact_id)
        return known is not None and known.is_whole


def _now_ms() -> int:
    """A clock that never goes back: what is kept must not depend on the wall clock."""
    return time.monotonic_ns() // 1_000_000


async def stored_view(session: AsyncSession, contact_id: str) -> ContactView | None:
    """The view from the store alone: finals, no partials."""
    found = await contacts.get(session, contact_id)
    if found is None:
        return None
    heard = await hearing.of_contact(session, contact_id)
    cards, nothing = await suggestions.of_contact(session, contact_id)
    draft, edited = await summaries.of_contact(session, contact_id)
    return build_view(
        found.contact,
        ended_at_ms=found.ended_at_ms,
        held_since_ms=found.held_since_ms,
        corrected=found.said,
        utterances=await transcripts.of_contact(session, contact_id),
        sounds=heard.sounds,
        recognition=heard.recognition,
        detected=heard.detected,
        chosen=heard.chosen,
        cards=cards,
        nothing=nothing,
        draft=draft,
        edited=edited,
    )


def is_partial(event: AnyEvent) -> bool:
    """Partials live in memory only."""
    return isinstance(event, Utterance) and event.status == "partial"
