"""From the bus to the store, to the views in memory, to the open panels: in this order."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from bus.base import Bus
from bus.events import consume
from console.panels import Panels
from console.view import apply, build_view
from contracts.codec import AnyEvent
from contracts.contact import ContactStateChanged, LanguageChosen, RolesChanged
from contracts.errors import Unavailable
from contracts.event import Role
from contracts.panel import ContactView
from contracts.suggestion import NothingFound, SuggestionOffered, SuggestionOutcome
from contracts.summary import SummaryDrafted, SummaryEdited
from contracts.topics import (
    CONTACT_EVENTS,
    SEARCH_RESULTS,
    SUGGESTION_OUTCOMES,
    SUGGESTIONS,
    SUMMARIES,
    TRANSCRIPT,
)
from contracts.transcript import LanguageDetected, RecognitionChanged, SoundHeard, Utterance
from store import contacts, hearing, suggestions, summaries, transcripts
from store.contacts import StoredContact
from store.database import Database

log = logging.getLogger(__name__)

GROUP: Final = "console"
TOPICS: Final = (CONTACT_EVENTS, TRANSCRIPT, SUGGESTIONS, SUGGESTION_OUTCOMES, SUMMARIES, SEARCH_RESULTS)

LIVE_CONTACTS: Final = 1000
"""Views kept in memory, at about 50 KB each; the longest unused goes first and is loaded again on need."""

_RETRY_S: Final = 1.0


class Projection:
    """Keeps store, live views and panels at the newest state.

    Today one process consumes for all. With several, `store` stays in the shared group and `show` moves to
    a group of each process that starts at the newest record: the two are apart for that.
    """

    def __init__(self, database: Database, panels: Panels, *, live_contacts: int = LIVE_CONTACTS) -> None:
        self._database = database
        self._panels = panels
        self._max_live = live_contacts
        self._live: OrderedDict[str, ContactView] = OrderedDict()
        self._loading: dict[str, asyncio.Task[ContactView | None]] = {}

    async def run(self, bus: Bus) -> None:
        await consume(bus, GROUP, TOPICS, self.handle)

    async def handle(self, events: Sequence[AnyEvent]) -> None:
        """One fetch: durable first, then shown."""
        await self.store(events)
        await self.show(events)

    async def store(self, events: Sequence[AnyEvent]) -> None:
        """Upsert what outlives the call, in one transaction. A busy database is waited for: nothing is lost."""
        lasting = [event for event in events if not is_partial(event)]
        while lasting:
            try:
                async with self._database.session() as session:
                    for event in lasting:
                        await _store(session, event)
            except (Unavailable, OSError) as error:
                log.warning("%s: %s", GROUP, error)
                await asyncio.sleep(_RETRY_S)
            else:
                return

    async def show(self, events: Sequence[AnyEvent]) -> None:
        """Bring the live views up to date and tell the panels."""
        for event in events:
            await self._advance(event)
            self._panels.push(event)

    async def view(self, contact_id: str) -> ContactView | None:
        """The contact as of now, partials included; None when there is no such contact.

        Nothing is awaited between its last look at the live view and its return: whoever watches already
        gets every later event after the snapshot that it makes of this.
        """
        while (view := self._live.get(contact_id)) is None:
            if await self._load(contact_id) is None:
                return None
        self._live.move_to_end(contact_id)
        return view

    async def _advance(self, event: AnyEvent) -> None:
        contact_id = event.contact_id
        if contact_id in self._loading or is_partial(event):
            try:
                await self._load(contact_id)
            except Unavailable as error:
                log.warning("%s: %s", GROUP, error)
        view = self._live.get(contact_id)
        # Without a live view there is nothing to do: the next load finds the event in the store.
        if view is not None and (changed := apply(view, event)) is not None:
            self._live[contact_id] = changed
            self._live.move_to_end(contact_id)

    async def _load(self, contact_id: str) -> ContactView | None:
        """Make the view live. Whatever happens meanwhile is applied to it afterwards: `_advance` waits."""
        if contact_id in self._live:
            return self._live[contact_id]
        task = self._loading.get(contact_id)
        if task is None:
            task = self._loading[contact_id] = asyncio.create_task(self._from_store(contact_id))
        # One who gives up waiting must not take the load away from the others.
        return await asyncio.shield(task)

    async def _from_store(self, contact_id: str) -> ContactView | None:
        try:
            async with self._database.session() as session:
                view = await stored_view(session, contact_id)
            if view is not None:
                self._live[contact_id] = view
                if len(self._live) > self._max_live:
                    self._live.popitem(last=False)
            return view
        finally:
            del self._loading[contact_id]


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
        corrected=_corrected(found),
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


def _corrected(found: StoredContact) -> dict[int, Role]:
    told = found.contact.roles
    return {channel: role for channel, role in found.roles.items() if told.get(channel) != role}


async def _store(session: AsyncSession, event: AnyEvent) -> None:
    match event:
        case ContactStateChanged():
            await contacts.upsert(session, event)
        case RolesChanged():
            if found := await contacts.get(session, event.contact_id):
                # The store keeps one word for all channels; a person speaks of some of them.
                await contacts.set_roles(session, event.contact_id, _corrected(found) | event.roles)
        case Utterance():
            await transcripts.upsert(session, event)
        case SoundHeard() | RecognitionChanged() | LanguageDetected() | LanguageChosen():
            await hearing.upsert(session, event)
        case SuggestionOffered():
            await suggestions.upsert(session, event)
        case NothingFound():
            await suggestions.set_nothing(session, event)
        case SuggestionOutcome():
            await suggestions.add_outcome(session, event)
        case SummaryDrafted():
            await summaries.upsert_draft(session, event)
        case SummaryEdited():
            await summaries.save_edit(session, event)
        case _:
            pass
