"""One page's requests, one after the other: what it writes, what it follows, what it has read, what it types."""

import asyncio
import logging
from typing import Final, Protocol

from starlette.types import Receive

from chat_gateway.batch import no_such_chat
from chat_gateway.conversation import for_reader, head_for_reader
from chat_gateway.counts import ChatCounts
from chat_gateway.hub import Hub, may_read
from chat_gateway.line import Line
from chat_gateway.log import ChatLog, View
from chat_gateway.protocol import named, refusal
from contracts.chat import (
    CLOSE_BEHIND,
    Ack,
    Attend,
    Available,
    Body,
    ChatEntry,
    ChatHead,
    ChatPing,
    ChatPong,
    ChatRequest,
    ChatSnapshot,
    Got,
    Leave,
    Open,
    Party,
    QueuePlace,
    Replayed,
    ReplyWindow,
    Submit,
    Typing,
)
from contracts.clock import Clock
from contracts.errors import NotAllowed, Overloaded, SangdamError
from store.contacts import record_access
from store.database import Database

log = logging.getLogger(__name__)

MAX_ATTENDED: Final = 64
"""Conversations of one page."""

MAX_PENDING: Final = 32
"""Commands of one page that wait for their transaction; more are not read."""

TYPING_BURST: Final = 20.0
TYPING_PER_S: Final = 10.0
"""Messages of live typing; a page sends one each 300 ms."""


class Queue(Protocol):
    async def connected(self, staff: Party) -> Available: ...
    def gone(self, staff_id: str) -> None: ...
    async def available(self, staff: Party, request: Available) -> None: ...
    async def place(self, contact_id: str) -> QueuePlace | None: ...


class Limits(Protocol):
    def frame(self, who: str) -> None: ...
    def message(self, who: str, size_bytes: int, address: str = "") -> None: ...


class Replies(Protocol):
    async def check(self, contact_id: str, who: Party, body: Body, client_id: str = "") -> None: ...
    async def window(self, contact_id: str) -> ReplyWindow | None: ...


class Visit:
    """One connection: its line, whose it is, and where it comes from."""

    __slots__ = ("address", "contact_id", "line")

    def __init__(self, line: Line, contact_id: str, address: str) -> None:
        self.line = line
        self.contact_id = contact_id
        """Of a citizen: the only one there is."""
        self.address = address

    @property
    def is_citizen(self) -> bool:
        return self.line.side == "citizen"


class Visits:
    """Answers what connected pages ask for.

    Args:
        log: what they write goes there.
        hub: tells them what happens.
        queue: is told of staff who take chats.
        limits: of conversations.
        database: keeps who of the staff looked at whose conversation.
        replies: until when providers' channels take them; None: there are none.
        clock: wall time.
        counts: of this gateway.
    """

    def __init__(
        self,
        log: ChatLog,
        hub: Hub,
        *,
        queue: Queue,
        limits: Limits,
        database: Database,
        replies: Replies | None,
        clock: Clock,
        counts: ChatCounts,
    ) -> None:
        self._log = log
        self._hub = hub
        self._queue = queue
        self._limits = limits
        self._database = database
        self._replies = replies
        self._clock = clock
        self._counts = counts

    async def converse(self, visit: Visit, receive: Receive) -> None:
        """Until the page goes."""
        line, connection = visit.line, visit.line.connection
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                return
            if line.code is not None:
                continue  # being closed: nothing is taken any more
            text = message.get("text")
            request: ChatRequest | None = None
            try:
                request = connection.receive(text)
                if visit.is_citizen:
                    self._check_own(visit, request)
                await self._answer(visit, request, len(text or ""))
            except SangdamError as error:
                about = named(text) if request is None else ("", "")
                self.refused(line, error, request, about=about)

    def _check_own(self, visit: Visit, request: ChatRequest) -> None:
        self._limits.frame(visit.contact_id)
        if isinstance(request, Available):
            raise NotAllowed("상담사만 할 수 있습니다.", "for staff only.")
        about = getattr(request, "contact_id", visit.contact_id)
        if about != visit.contact_id:
            raise no_such_chat(about)

    def refused(
        self,
        line: Line,
        error: SangdamError,
        request: ChatRequest | None = None,
        *,
        about: tuple[str, str] = ("", ""),
    ) -> None:
        """Say what was wrong, and whether it may be sent again. `about`: of what was not understood."""
        self._counts.refused[error.code] += 1
        contact_id, client_id = about
        told = refusal(
            error, getattr(request, "contact_id", contact_id), getattr(request, "client_id", client_id)
        )
        if wait_ms := getattr(error, "wait_ms", 0):
            told = told.model_copy(update={"wait_ms": wait_ms})
        line.tell(told)

    async def _answer(self, visit: Visit, request: ChatRequest, size: int) -> None:
        line = visit.line
        match request:
            case Submit():
                await self._submit(visit, request, size)
            case Got():
                self._got(line, request)
            case Typing():
                self._typed(line, request)
            case ChatPing():
                line.tell(ChatPong(sent_ms=request.sent_ms, server_ms=self._clock()))
            case Attend():
                await self._attend(visit, request)
            case Leave():
                self._hub.leave(line, request.contact_id)
            case Available():
                await self._queue.available(line.who, request)
            case Open():
                pass  # the protocol has refused it

    async def _submit(self, visit: Visit, request: Submit, size: int) -> None:
        line = visit.line
        if visit.is_citizen:
            self._limits.message(visit.contact_id, size, visit.address)
        elif self._replies is not None:
            await self._replies.check(request.contact_id, line.who, request.body, request.client_id)
        future = self._log.put(request.contact_id, line.who, request.body, request.client_id)
        line.pending += 1
        future.add_done_callback(lambda done: self._answered(line, request, done))
        if line.pending >= MAX_PENDING:
            await asyncio.wait([future])

    def _answered(self, line: Line, request: Submit, done: asyncio.Future[ChatEntry]) -> None:
        line.pending -= 1
        if line.code is not None or done.cancelled():
            return
        error = done.exception()
        if error is None:
            entry = done.result()
            line.tell(
                Ack(
                    contact_id=request.contact_id,
                    client_id=request.client_id,
                    seq=entry.seq,
                    at_ms=entry.at_ms,
                )
            )
        elif isinstance(error, SangdamError):
            self.refused(line, error, request)
        else:
            log.error("chat: not written", exc_info=error)
            line.close(CLOSE_BEHIND)

    def _got(self, line: Line, request: Got) -> None:
        """Of staff only the one counts whose conversation it is: a supervisor who looks on answers nobody."""
        head = self._hub.head(request.contact_id)
        if head is None or line.connection.cursor(request.contact_id) is None:
            return
        if line.side == "staff" and not _has(line.who, head):
            return
        self._log.got(request.contact_id, line.side, request.delivered, request.read)

    def _typed(self, line: Line, request: Typing) -> None:
        head = self._hub.head(request.contact_id)
        if head is None or line.connection.cursor(request.contact_id) is None:
            return
        if line.side == "staff" and not (_has(line.who, head) or line.who in head.watchers):
            return
        if self._types_too_fast(line):
            self._counts.typing_shed += 1
        else:
            self._hub.typed(line, request)

    def _types_too_fast(self, line: Line) -> bool:
        now_ms = self._clock()
        tokens, since_ms = line.typed_at_ms
        tokens = min(TYPING_BURST, tokens + (now_ms - since_ms) / 1000 * TYPING_PER_S)
        is_too_fast = tokens < 1
        line.typed_at_ms = (tokens if is_too_fast else tokens - 1, now_ms)
        return is_too_fast

    # -- snapshots -----------------------------------------------------------------------------------------

    async def _attend(self, visit: Visit, request: Attend) -> None:
        """Follow first, then read: what happens in between is in both, never in neither."""
        line, contact_id = visit.line, request.contact_id
        attended = line.connection.attended()
        if contact_id not in attended and len(attended) >= MAX_ATTENDED:
            raise Overloaded(
                f"한 화면에서 상담 {MAX_ATTENDED}건까지 볼 수 있습니다. 보지 않는 상담을 닫으십시오.",
                f"a page can follow {MAX_ATTENDED} chats. Close one first.",
            )
        self._hub.attend(line, contact_id)
        try:
            view = await self._log.view(request)
            await self._check_may_read(line.who, view.head)
        except SangdamError:
            self._hub.leave(line, contact_id)
            raise
        if not line.connection.start(_shown(view, line)):
            line.close(CLOSE_BEHIND)
            return
        line.wake()
        self._hub.attending(line, view.head)
        if visit.is_citizen and view.head.state == "waiting":
            if (place := await self._queue.place(contact_id)) is not None:
                line.tell(place)
        elif not visit.is_citizen and self._replies is not None:
            window = await self._replies.window(contact_id)
            if window is not None:
                line.tell(window)

    async def _check_may_read(self, who: Party, head: ChatHead) -> None:
        """Raises: NotFound. Of what is not one's own it is written down who looked."""
        if not may_read(who, head):
            raise no_such_chat(head.contact_id)
        if who.side == "staff" and not _has(who, head):
            async with self._database.session() as session:
                await record_access(session, who.staff_id, head.contact_id, self._clock())


def _shown(view: View, line: Line) -> ChatSnapshot | Replayed:
    side = line.side
    head = head_for_reader(view.head, side)
    entries = tuple(for_reader(entry, side) for entry in view.entries)
    if view.how == "replay":
        return Replayed(head=head, entries=entries, receipts=view.receipts)
    return ChatSnapshot(head=head, entries=entries, receipts=view.receipts, reason=view.how)


def _has(who: Party, head: ChatHead) -> bool:
    return head.agent is not None and head.agent.staff_id == who.staff_id
