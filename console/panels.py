"""The open panels: who watches which contact, and one writer a socket, so that none waits for another."""

import asyncio
import random
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from pydantic import BaseModel

from console import access
from console.auth import Session
from console.outbox import LIMIT, Outbox
from contracts.codec import AnyEvent
from contracts.contact import ContactStateChanged
from contracts.panel import Pushed, Reconnect
from contracts.suggestion import SearchAnswered
from contracts.transcript import Utterance

SEND_S: Final = 10.0
"""A message that does not leave within this time has nobody to read it."""

MAX_WATCHED: Final = 32
"""Contacts that one panel may show at once."""

CLOSE_BEHIND: Final = 1013
"""Try again later: come back for a fresh snapshot."""

CLOSE_SIGNED_OUT: Final = 1008
CLOSE_GOING_AWAY: Final = 1012

CLOSE_FAILED: Final = 1011
CLOSE_LEFT: Final = 1000

REASONS: Final = {
    CLOSE_LEFT: "left",
    CLOSE_BEHIND: "behind",
    CLOSE_SIGNED_OUT: "signed_out",
    CLOSE_GOING_AWAY: "going_away",
    CLOSE_FAILED: "failed",
}

_RECONNECT_MS: Final = (500, 3000)


@dataclass(slots=True)
class ConsoleCounts:
    """What operators want to know; all of it only rises."""

    events: int = 0
    """Shown: followed, applied, pushed to whom it concerns."""
    shed_partials: int = 0
    """Left out or replaced in the line of a slow panel."""
    closed_panels: Counter[str] = field(default_factory=Counter)
    """By reason: left (the page went), behind, signed_out, going_away, failed."""


class Panel:
    """One WebSocket: its session, what it watches, and what waits to be sent."""

    def __init__(
        self, send: Callable[[str], Awaitable[None]], session: Session, *, limit: int = LIMIT
    ) -> None:
        self.panel_id = uuid.uuid4().hex
        self.session = session
        self.watched: set[str] = set()
        self._send = send
        self._outbox = Outbox(limit)
        self._ready = asyncio.Event()
        self._closing = asyncio.Event()
        self._flushed = asyncio.Event()
        self._flushed.set()
        self.code = CLOSE_LEFT
        """What the socket is to be closed with."""

    def tell(self, message: BaseModel) -> None:
        """Queue a message for this panel alone."""
        self._queued(self._outbox.put(message.model_dump_json()))

    def push(self, event: AnyEvent, message: str) -> int:
        """Queue an event, already serialised for all panels that get it. Never waits.

        Returns:
            How many partials were left out for it.
        """
        before = self._outbox.shed
        if isinstance(event, Utterance) and event.status == "partial":
            self._queued(self._outbox.put_partial(event.utterance_id, message))
        else:
            if isinstance(event, Utterance):
                self._outbox.forget_partial(event.utterance_id)
            self._queued(self._outbox.put(message))
        return self._outbox.shed - before

    def close(self, code: int) -> None:
        """Send nothing more; the client is to come back, or not, by the code."""
        if not self._closing.is_set():
            self.code = code
            self._closing.set()

    @property
    def is_closing(self) -> bool:
        return self._closing.is_set()

    async def write(self) -> None:
        """Send what is queued, until cancelled or the socket fails."""
        while True:
            await self._ready.wait()
            self._ready.clear()
            while (message := self._outbox.take()) is not None:
                try:
                    async with asyncio.timeout(SEND_S):
                        await self._send(message)
                except TimeoutError:
                    self.close(CLOSE_BEHIND)
                    return
            self._flushed.set()

    async def closed(self) -> None:
        """Wait until the panel is to be closed, with `code`."""
        await self._closing.wait()

    async def flushed(self) -> None:
        """Wait until nothing is queued."""
        await self._flushed.wait()

    def _queued(self, accepted: bool) -> None:
        if accepted:
            self._flushed.clear()
            self._ready.set()
        else:
            self.close(CLOSE_BEHIND)


class Panels:
    """All panels of this process."""

    def __init__(self) -> None:
        self.counts = ConsoleCounts()
        self._panels: dict[str, Panel] = {}
        self._watchers: dict[str, set[Panel]] = {}
        self.going_away = False

    @contextmanager
    def joined(self, panel: Panel) -> Iterator[None]:
        """The panel gets events for the length of the block."""
        self._panels[panel.panel_id] = panel
        try:
            yield
        finally:
            del self._panels[panel.panel_id]
            for contact_id in list(panel.watched):
                self.unwatch(panel, contact_id)

    def watch(self, panel: Panel, contact_id: str) -> None:
        panel.watched.add(contact_id)
        self._watchers.setdefault(contact_id, set()).add(panel)

    def unwatch(self, panel: Panel, contact_id: str) -> None:
        panel.watched.discard(contact_id)
        watchers = self._watchers.get(contact_id, set())
        watchers.discard(panel)
        if not watchers:
            self._watchers.pop(contact_id, None)

    def push(self, event: AnyEvent) -> None:
        """Queue the event for every panel that it concerns.

        Those are its watchers; for a contact's state also all panels of its agent and of those who see all;
        for an answer the panel that asked.
        """
        self.counts.events += 1
        if isinstance(event, SearchAnswered):
            self._answer(event)
            return
        panels = set(self._watchers.get(event.contact_id, ()))
        if isinstance(event, ContactStateChanged):
            panels |= {panel for panel in self if access.may_open(panel.session.staff, event)}
        if not panels:
            return
        message = Pushed(event=event).model_dump_json()
        for panel in panels:
            self.counts.shed_partials += panel.push(event, message)
            if isinstance(event, ContactStateChanged) and not access.may_open(panel.session.staff, event):
                self.unwatch(panel, event.contact_id)  # it was handed to somebody else

    async def drain(self, limit_s: float = 1.0) -> None:
        """Ask all panels to come back later, each at its own time, and give them a moment to hear it."""
        self.going_away = True
        panels = list(self)
        for panel in panels:
            panel.tell(Reconnect(after_ms=random.randint(*_RECONNECT_MS)))  # noqa: S311  spreads load only
        with suppress(TimeoutError):
            async with asyncio.timeout(limit_s):
                await asyncio.gather(*(panel.flushed() for panel in panels))
        for panel in panels:
            panel.close(CLOSE_GOING_AWAY)

    def _answer(self, event: SearchAnswered) -> None:
        panel_id, search_id = read_search_id(event.search_id)
        panel = self._panels.get(panel_id)
        if panel:
            answer = event.model_copy(update={"search_id": search_id})
            panel.tell(Pushed(event=answer))

    def __iter__(self) -> Iterator[Panel]:
        return iter(list(self._panels.values()))

    def __len__(self) -> int:
        return len(self._panels)


def search_id_on_bus(panel: Panel, search_id: str) -> str:
    """The answer finds its way back by the id alone, whichever process asked."""
    return f"{panel.panel_id}/{search_id}"


def read_search_id(search_id: str) -> tuple[str, str]:
    """(panel id, the panel's own id of the search)."""
    panel_id, _, own = search_id.partition("/")
    return panel_id, own
