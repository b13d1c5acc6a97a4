"""What was followed in the last minutes, contact by contact. Pure: time is handed in.

An event may be shown before any process has stored it. A view that is loaded from the store is therefore
brought up to date with what is kept here; without it, a panel that opens a contact at the wrong moment
would never see what came between.

What is kept stands here as JSON: a final of 12 words takes 1.7 KB so, 16 KB as objects. A lively call has
some 60 finals in five minutes: about 100 KB a contact, 40 MB with 400 calls.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from console.view import apply
from contracts.codec import AnyEvent, decode, encode
from contracts.contact import ContactStateChanged
from contracts.panel import ContactView
from contracts.suggestion import SearchAnswered
from contracts.summary import SummaryDrafted, SummaryEdited
from contracts.transcript import Utterance

RECENT_MS: Final = 5 * 60_000
"""What was followed longer ago is taken for stored. Thirty times a group's session time: a console that died
while it stored has long been replaced."""

MAX_EVENTS: Final = 1000
"""Of a contact; the oldest go."""

MAX_CONTACTS: Final = 5000
MAX_BYTES: Final = 256 << 20
"""Of all contacts; the longest silent contact goes."""

_MAX_PARTIALS: Final = 32
_FIRST_REVISION: Final = 1
"""Of a contact's first record."""


class Horizon:
    """How far back events must be kept. While the database is away, and for a while after it, nothing
    is given up that came since shortly before: nobody can have stored it.
    """

    def __init__(self, recent_ms: int = RECENT_MS) -> None:
        self._recent_ms = recent_ms
        self._held_ms: int | None = None
        self._free_ms: int | None = None

    def away(self, now_ms: int) -> None:
        """The database did not answer."""
        if self._held_ms is None:
            self._held_ms = now_ms - self._recent_ms
        self._free_ms = None

    def back(self, now_ms: int) -> None:
        """It answered. What waited for it has as long again to be stored."""
        if self._held_ms is not None and self._free_ms is None:
            self._free_ms = now_ms + self._recent_ms

    def at(self, now_ms: int) -> int:
        """What came before this time may go."""
        if self._free_ms is not None and now_ms >= self._free_ms:
            self._held_ms = self._free_ms = None
        return now_ms - self._recent_ms if self._held_ms is None else self._held_ms


@dataclass(slots=True)
class RecentContact:
    """What is kept of one contact."""

    events: OrderedDict[int | str, tuple[int, bytes]] = field(default_factory=OrderedDict)
    """(when it was followed, JSON), oldest first. Of drafts and edits only the newest: each is the whole text."""
    partials: OrderedDict[str, tuple[int, Utterance]] = field(default_factory=OrderedDict)
    """The newest of each utterance that is spoken now."""
    state: ContactStateChanged | None = None
    """At its highest revision."""
    ended_at_ms: int | None = None
    summary: SummaryEdited | None = None
    """At its highest revision."""
    draft_revision: int = -1
    heard_ms: int = 0
    has_first: bool = False
    gave_up: bool = False
    size: int = 0

    @property
    def is_whole(self) -> bool:
        """All that ever was of this contact is here."""
        return self.has_first and not self.gave_up


class Recent:
    """All contacts of the last minutes.

    Args:
        recent_ms: how long an event is kept.
    """

    def __init__(self, recent_ms: int = RECENT_MS) -> None:
        self.horizon = Horizon(recent_ms)
        self._contacts: OrderedDict[str, RecentContact] = OrderedDict()
        self._count = 0
        self._bytes = 0

    def add(self, event: AnyEvent, now_ms: int) -> None:
        """Keep an event that was followed at `now_ms` (any clock that never goes back)."""
        if isinstance(event, SearchAnswered):
            return
        contact = self._contacts.setdefault(event.contact_id, RecentContact())
        self._contacts.move_to_end(event.contact_id)
        contact.heard_ms = now_ms
        if isinstance(event, Utterance) and event.status == "partial":
            self._keep_partial(contact, event, now_ms)
        else:
            self._note(contact, event)
            self._keep(contact, event, now_ms)
        self._forget(now_ms)

    def on_top(self, contact_id: str, view: ContactView | None) -> ContactView | None:
        """The view with all that is kept; None when neither says what contact it is."""
        events = self.events(contact_id)
        if view is None:
            view = self.beginning(contact_id)
        for event in events:
            view = apply(view, event)
        return view

    def beginning(self, contact_id: str) -> ContactView | None:
        """The contact as its oldest kept record told it, and nothing else."""
        contact = self._contacts.get(contact_id)
        if contact is None:
            return None
        kept = (event for event in self.events(contact_id) if isinstance(event, ContactStateChanged))
        first = next(kept, contact.state)
        return None if first is None else apply(None, first)

    def events(self, contact_id: str) -> list[AnyEvent]:
        """All that is kept of a contact in the order in which it came, partials last."""
        contact = self._contacts.get(contact_id)
        if contact is None:
            return []
        kept: list[AnyEvent] = [decode(value) for _, value in contact.events.values()]
        return [*kept, *(partial for _, partial in contact.partials.values())]

    def __contains__(self, contact_id: str) -> bool:
        """Whether it is known what contact this is."""
        contact = self._contacts.get(contact_id)
        return contact is not None and contact.state is not None

    def get(self, contact_id: str) -> RecentContact | None:
        return self._contacts.get(contact_id)

    def __iter__(self) -> Iterator[RecentContact]:
        return iter(self._contacts.values())

    def __len__(self) -> int:
        return len(self._contacts)

    @property
    def size(self) -> int:
        """Bytes of JSON in memory."""
        return self._bytes

    def _note(self, contact: RecentContact, event: AnyEvent) -> None:
        if isinstance(event, ContactStateChanged):
            contact.has_first |= event.revision <= _FIRST_REVISION
            known = contact.state
            if known is None or event.revision > known.revision:
                contact.state = event
                ended = event.state == "ended"
                contact.ended_at_ms = (contact.ended_at_ms or event.at_ms) if ended else None
        elif isinstance(event, Utterance):
            contact.partials.pop(event.utterance_id, None)

    def _keep_partial(self, contact: RecentContact, event: Utterance, now_ms: int) -> None:
        known = contact.partials.pop(event.utterance_id, None)
        newest = event if known is None or known[1].revision < event.revision else known[1]
        contact.partials[event.utterance_id] = (now_ms, newest)
        if len(contact.partials) > _MAX_PARTIALS:
            contact.partials.popitem(last=False)

    def _keep(self, contact: RecentContact, event: AnyEvent, now_ms: int) -> None:
        self._count += 1
        key: int | str = self._count
        if isinstance(event, SummaryEdited):
            if contact.summary is not None and event.revision <= contact.summary.revision:
                return
            contact.summary = event
            key = event.type
        elif isinstance(event, SummaryDrafted):
            if event.revision <= contact.draft_revision:
                return
            contact.draft_revision = event.revision
            key = event.type
        self._drop(contact, key)
        value = encode(event)
        contact.events[key] = (now_ms, value)
        self._grow(contact, len(value))

    def _forget(self, now_ms: int) -> None:
        """Give up what is older than the horizon, then what exceeds the bounds."""
        horizon_ms = self.horizon.at(now_ms)
        newest = next(reversed(self._contacts.values()))
        while newest.partials and next(iter(newest.partials.values()))[0] < horizon_ms:
            newest.partials.popitem(last=False)
        while newest.events and (
            next(iter(newest.events.values()))[0] < horizon_ms or len(newest.events) > MAX_EVENTS
        ):
            self._drop(newest, next(iter(newest.events)))
            newest.gave_up = True
        while self._contacts:
            contact_id, oldest = next(iter(self._contacts.items()))
            is_full = len(self._contacts) > MAX_CONTACTS or self._bytes > MAX_BYTES
            if oldest.heard_ms >= horizon_ms and not is_full:
                break
            self._bytes -= oldest.size
            del self._contacts[contact_id]

    def _drop(self, contact: RecentContact, key: int | str) -> None:
        known = contact.events.pop(key, None)
        if known is not None:
            self._grow(contact, -len(known[1]))

    def _grow(self, contact: RecentContact, by: int) -> None:
        contact.size += by
        self._bytes += by
