"""Takes what staff and system say to citizens who write from elsewhere, and hands it to their provider.

Events wake it, the database tells it what to do. Topic `chat` is shared out by a consumer group, so that one process
sends in a conversation; after each part it is noted how far that is (`store/chat_deliveries.py`). A process that
dies loses nothing: whatever is behind is found by a look every few seconds, and its owner is woken. A part is sent
twice only where the provider's answer to the first was lost, or the process ended between that answer and its note.

What a provider will not take, or has not taken for half an hour, is told to staff by a note in the conversation.
"""

import asyncio
import logging
import random
from collections import OrderedDict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final

from bus.base import Bus
from bus.events import consume
from chat_gateway.channels import outgoing, waking
from chat_gateway.channels.counts import ChannelCounts
from chat_gateway.channels.dispatch import Dispatch
from chat_gateway.channels.port import ChannelPort
from chat_gateway.log import ChatLog
from contracts.chat import ChatHead
from contracts.chat_bus import ChatAttended, ChatLogged
from contracts.clock import Clock, wall_ms
from contracts.codec import AnyEvent
from contracts.errors import NotFound, SangdamError, Unavailable
from contracts.topics import CHAT
from store import chat_deliveries
from store.chat_deliveries import Delivery
from store.database import Database

log = logging.getLogger(__name__)

GROUP: Final = "chat.courier"
LOOK_S: Final = 5.0
"""Between two looks for what is behind."""

BEHIND_MS: Final = 5_000
"""What is so old and not sent has no courier."""

MAX_OWN: Final = 50_000
"""Conversations known to be on our own pages alone."""

MAX_AT_WORK: Final = 5_000
"""Conversations in hand; further ones wait for a look."""

_PAGE: Final = 200
_STOP_S: Final = 3.0
_AGAIN_S: Final = 5.0


class Courier:
    """Sends.

    Args:
        bus: wakes it.
        database: knows how far each conversation is.
        chat_log: of all conversations.
        ports: the channels that are on.
        dispatch: sends one entry.
        counts: of this process's channels.
        clock: wall time.
        look_s: between two looks for what is behind.
    """

    def __init__(
        self,
        bus: Bus,
        database: Database,
        chat_log: ChatLog,
        ports: Mapping[str, ChannelPort],
        *,
        dispatch: Dispatch,
        counts: ChannelCounts,
        clock: Clock = wall_ms,
        look_s: float = LOOK_S,
    ) -> None:
        self._bus = bus
        self._database = database
        self._log = chat_log
        self._ports = ports
        self._dispatch = dispatch
        self._counts = counts
        self._clock = clock
        self._look_s = look_s
        self._own: OrderedDict[str, None] = OrderedDict()
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._let_go: set[str] = set()
        self.ready = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled; then the parts in hand are finished."""
        if not self._ports:
            self.ready.set()
            await asyncio.Event().wait()
        async with self._stopping(), asyncio.TaskGroup() as tasks:
            tasks.create_task(self._look())
            tasks.create_task(
                consume(
                    self._bus,
                    GROUP,
                    [CHAT],
                    self._woken,
                    start="latest",
                    revoked=self._revoked,
                    ready=self.ready,
                )
            )

    @asynccontextmanager
    async def _stopping(self) -> AsyncIterator[None]:
        try:
            yield
        finally:
            self._let_go |= set(self._tasks)
            left = list(self._tasks.values())
            if left:
                await asyncio.wait(left, timeout=_STOP_S)
            for task in left:
                task.cancel()

    # -- woken ---------------------------------------------------------------------------------------------

    async def _woken(self, events: Sequence[AnyEvent]) -> None:
        for event in events:
            if isinstance(event, ChatAttended) and event.origin == waking.COURIER:
                self._own.pop(event.contact_id, None)
            elif not isinstance(event, ChatLogged):
                continue
            if event.contact_id not in self._own:
                self._start(event.contact_id)

    def _start(self, contact_id: str) -> None:
        self._let_go.discard(contact_id)
        if contact_id in self._tasks:
            self._again.add(contact_id)
        elif len(self._tasks) < MAX_AT_WORK:
            self._tasks[contact_id] = asyncio.create_task(self._work(contact_id))
            self._counts.waiting = len(self._tasks)

    def _revoked(self, contacts: frozenset[str]) -> None:
        """Another process sends in these from now on: no further part from here."""
        self._let_go |= contacts & set(self._tasks)
        for contact_id in contacts:
            self._own.pop(contact_id, None)

    async def _look(self) -> None:
        """Wake the owners of conversations that are behind, whoever they are."""
        while True:
            try:
                async with self._database.session() as session:
                    behind = await chat_deliveries.behind(
                        session, tuple(self._ports), self._clock() - BEHIND_MS
                    )
                for contact_id in behind:
                    if contact_id not in self._tasks:
                        await waking.wake(self._bus, contact_id, self._clock())
            except (Unavailable, OSError) as error:
                log.warning("%s: no look: %s", GROUP, error)
            await asyncio.sleep(self._look_s * random.uniform(0.8, 1.2))  # noqa: S311  no secret

    # -- at work -------------------------------------------------------------------------------------------

    async def _work(self, contact_id: str) -> None:
        try:
            while True:
                self._again.discard(contact_id)
                await self._catch_up(contact_id)
                if contact_id not in self._again or contact_id in self._let_go:
                    return
        except (Unavailable, OSError) as error:
            log.warning("%s: %s waits: %s", GROUP, contact_id, error)
        except SangdamError as error:
            self._counts.failures += 1
            log.warning("%s: %s: %s", GROUP, contact_id, error)
        except Exception:
            self._counts.failures += 1
            log.exception("%s: %s", GROUP, contact_id)
        finally:
            self._tasks.pop(contact_id, None)
            self._again.discard(contact_id)
            self._let_go.discard(contact_id)
            self._counts.waiting = len(self._tasks)

    async def _catch_up(self, contact_id: str) -> None:
        async with self._database.session() as session:
            rows = await chat_deliveries.of(session, contact_id)
        if not rows:
            self._remember_own(contact_id)
            return
        try:
            head = await self._log.head(contact_id)
        except NotFound:
            return
        done = [await self._channel(head, row) for row in rows]
        if head.state == "ended" and all(done) and not self._is_let_go(contact_id):
            now = await self._log.head(contact_id)
            if now.last_seq == head.last_seq:
                async with self._database.session() as session:
                    await chat_deliveries.end(session, contact_id)

    async def _channel(self, head: ChatHead, row: Delivery) -> bool:
        """Send all that is due on one channel; whether that is all there is."""
        port = self._ports.get(row.channel)
        if port is None:
            return True  # switched off: nothing goes there
        async with self._database.session() as session:
            wrote_by = await chat_deliveries.wrote_by(session, row.contact_id, row.sent_seq)
        spoken = outgoing.spoken_at_first(head, wrote_by) if row.sent_seq else "web"
        seq, part = row.sent_seq, row.sent_part
        while entries := await self._log.entries(row.contact_id, after=seq, limit=_PAGE):
            for entry, is_due in outgoing.due(entries, port.name, spoken):
                if self._is_let_go(row.contact_id):
                    return False
                if is_due and not await self._dispatch.send(port, head, entry, part, self._is_let_go):
                    return False
                seq, part = entry.seq, 0
            for entry in entries:
                spoken = outgoing.spoken_in(entry, spoken)
            await self._note(row, seq)
        return True

    async def _note(self, row: Delivery, seq: int) -> None:
        async with self._database.session() as session:
            await chat_deliveries.sent(session, row.contact_id, row.channel, seq=seq, part=0)

    def _is_let_go(self, contact_id: str) -> bool:
        return contact_id in self._let_go

    def _remember_own(self, contact_id: str) -> None:
        self._own[contact_id] = None
        if len(self._own) > MAX_OWN:
            self._own.popitem(last=False)
