"""The gateway's door: WebSocket `/ws/chat`, plain ASGI. A framework's stack would cost each connection its memory."""

import asyncio
import json
import logging
import random
from collections.abc import Awaitable, Callable, Collection
from contextlib import AbstractContextManager, suppress
from typing import Final, Protocol

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import Receive, Scope, Send

from chat_gateway.access import party_of
from chat_gateway.batch import no_such_chat
from chat_gateway.conversation import for_reader, head_for_reader
from chat_gateway.counts import ChatCounts
from chat_gateway.hub import Hub, may_read
from chat_gateway.line import REASONS, Line
from chat_gateway.log import ChatLog, View
from chat_gateway.protocol import OPEN_S, Connection, refusal
from contracts.chat import (
    CITIZEN,
    CLOSE_BEHIND,
    CLOSE_GOING_AWAY,
    CLOSE_LEFT,
    CLOSE_NOT_ALLOWED,
    Ack,
    Attend,
    Available,
    Body,
    ChatEntry,
    ChatHead,
    ChatPing,
    ChatPong,
    ChatReconnect,
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
    Welcome,
)
from contracts.clock import Clock, wall_ms
from contracts.errors import (
    NotAllowed,
    Overloaded,
    SangdamError,
    TooManyAttempts,
    Unavailable,
)
from contracts.panel import Staff
from store.contacts import record_access
from store.database import Database

log = logging.getLogger(__name__)

MAX_ATTENDED: Final = 64
"""Conversations of one page."""

MAX_PENDING: Final = 32
"""Commands of one page that wait for their transaction; more are not read."""

RECHECK_S: Final = 5.0
"""Staff who were disabled or signed out are closed within this time."""

RECONNECT_MS: Final = (500, 5000)
FLUSH_S: Final = 1.0

TYPING_BURST: Final = 20.0
TYPING_PER_S: Final = 10.0
"""Messages of live typing; a page sends one each 300 ms."""


class TicketReader(Protocol):
    def read(self, ticket: str) -> str: ...


class Queue(Protocol):
    async def connected(self, staff: Party) -> Available: ...
    def gone(self, staff_id: str) -> None: ...
    async def available(self, staff: Party, request: Available) -> None: ...
    async def place(self, contact_id: str) -> QueuePlace | None: ...


class Limits(Protocol):
    def connection(self, address: str) -> AbstractContextManager[None]: ...
    def frame(self, who: str) -> None: ...
    def message(self, who: str, size_bytes: int, address: str = "") -> None: ...


class Replies(Protocol):
    async def check(self, contact_id: str, who: Party, body: Body, client_id: str = "") -> None: ...
    async def window(self, contact_id: str) -> ReplyWindow | None: ...


class Visit:
    """One connection: its line, whose it is, and where it comes from."""

    __slots__ = ("address", "contact_id", "line", "scope")

    def __init__(self, line: Line, contact_id: str, address: str, scope: Scope | None) -> None:
        self.line = line
        self.contact_id = contact_id
        """Of a citizen: the only one there is."""
        self.address = address
        self.scope = scope
        """Of staff: their cookie is looked at again and again."""

    @property
    def is_citizen(self) -> bool:
        return self.line.side == "citizen"


class ChatServer:
    """Serves the pages of citizens and staff.

    Args:
        log: what they write goes there.
        hub: tells them what happens.
        authenticate: who of the staff opens a connection.
        tickets: which conversation a citizen's ticket is for.
        queue: is told of staff who come and go.
        limits: of addresses and conversations.
        database: keeps who of the staff looked at whose conversation.
        replies: until when providers' channels take them; None: there are none.
        origins: public addresses of our own pages besides the Host header's.
    """

    def __init__(
        self,
        log: ChatLog,
        hub: Hub,
        *,
        authenticate: Callable[[HTTPConnection], Awaitable[Staff]],
        tickets: TicketReader,
        queue: Queue,
        limits: Limits,
        database: Database,
        replies: Replies | None = None,
        origins: Collection[str] = (),
        clock: Clock = wall_ms,
        counts: ChatCounts | None = None,
    ) -> None:
        self._log = log
        self._hub = hub
        self._authenticate = authenticate
        self._tickets = tickets
        self._queue = queue
        self._limits = limits
        self._database = database
        self._replies = replies
        self._origins = frozenset(origin.rstrip("/").lower() for origin in origins)
        self._clock = clock
        self._counts = counts or log.counts
        self._staff: dict[Line, Scope] = {}
        self.going_away = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        address = (scope.get("client") or ("",))[0]
        is_accepted = False
        try:
            self._check_origin(scope)
            with self._limits.connection(address):
                await send({"type": "websocket.accept"})
                is_accepted = True
                await self._serve(scope, receive, send, address)
        except SangdamError as error:
            if is_accepted:
                raise
            self._counts.refused[error.code] += 1
            await _refuse(error, scope, send)

    async def run(self) -> None:
        """Look again and again whether staff may still be here, until cancelled."""
        while True:
            await asyncio.sleep(RECHECK_S)
            for line, scope in list(self._staff.items()):
                await self._recheck(line, scope)

    async def drain(self) -> None:
        """Ask all pages to come back later, each at its own time, and take no new ones. Twice does nothing."""
        if self.going_away:
            return
        self.going_away = True
        lines = self._hub.lines
        for line in lines:
            line.tell(ChatReconnect(after_ms=random.randint(*RECONNECT_MS)))  # noqa: S311  spreads load only
        with suppress(TimeoutError):
            async with asyncio.timeout(FLUSH_S):
                for line in lines:
                    await line.flushed()
        for line in lines:
            line.close(CLOSE_GOING_AWAY)
        with suppress(TimeoutError):
            async with asyncio.timeout(FLUSH_S):
                for line in lines:
                    await line.finished()

    def _check_origin(self, scope: Scope) -> None:
        """A page of another site must not act with our cookie. What names no origin is no browser's page."""
        headers = Headers(scope=scope)
        origin = headers.get("origin", "").lower()
        if not origin or origin in self._origins:
            return
        scheme, _, place = origin.partition("://")
        if scheme not in ("http", "https") or place != headers.get("host", "").lower():
            raise NotAllowed(
                "다른 사이트에서 온 연결이라 받지 않았습니다. 프록시를 쓰면 공개 주소를 설정(SANGDAM_ORIGINS)에 적으십시오.",
                "refused: the connection comes from another site; behind a proxy, put its public origin into the settings.",
            )

    # -- one connection ------------------------------------------------------------------------------------

    async def _serve(self, scope: Scope, receive: Receive, send: Send, address: str) -> None:
        connection = Connection()
        visit = await self._opened(connection, scope, receive, send, address)
        if visit is None:
            return
        line = visit.line
        try:
            await self._converse(visit, receive)
        except (OSError, RuntimeError) as error:
            log.debug("chat: a connection broke: %s", error)
        finally:
            line.gone()
            self._part(line)

    async def _opened(
        self, connection: Connection, scope: Scope, receive: Receive, send: Send, address: str
    ) -> Visit | None:
        """Who it is, by the first message; None: closed already."""
        line = Line(CITIZEN, send, connection)
        try:
            async with asyncio.timeout(OPEN_S):
                message = await receive()
                if message["type"] == "websocket.disconnect":
                    return None
                request = connection.receive(message.get("text"))
                assert isinstance(request, Open), "the protocol takes nothing else first"
                contact_id = await self._who(line, request, scope)
            if self.going_away:
                raise Unavailable("서버가 다시 시작하고 있습니다.", "the server restarts.")
        except TimeoutError:
            await self._close(line, CLOSE_NOT_ALLOWED)
            return None
        except SangdamError as error:
            self._refused(line, error)
            await line.flushed()
            is_passing = isinstance(error, Unavailable | TooManyAttempts)
            await self._close(line, CLOSE_BEHIND if is_passing else CLOSE_NOT_ALLOWED)
            return None
        return await self._welcome(line, contact_id, scope, address)

    async def _who(self, line: Line, request: Open, scope: Scope) -> str:
        if request.ticket:
            return self._tickets.read(request.ticket)
        staff = await self._authenticate(HTTPConnection(scope))
        line.who = party_of(staff)
        return ""

    async def _welcome(self, line: Line, contact_id: str, scope: Scope, address: str) -> Visit:
        visit = Visit(line, contact_id, address, None if contact_id else scope)
        if contact_id:
            scope["headers"] = []  # nobody asks any more, and thousands of them are megabytes
        else:
            self._staff[line] = scope
        line.ended = self._ended
        self._hub.join(line)
        available = None
        if not contact_id:
            try:
                available = await self._queue.connected(line.who)
            except Unavailable as error:
                log.warning("chat: %s", error)
        line.tell(Welcome(you=line.who, server_ms=self._clock(), available=available))
        return visit

    def _part(self, line: Line) -> None:
        if self._hub.part(line):
            self._queue.gone(line.who.staff_id)
        self._staff.pop(line, None)
        if line.code == CLOSE_LEFT:
            self._counts.closed["left"] += 1

    def _ended(self, code: int) -> None:
        self._counts.closed[REASONS.get(code, "failed")] += 1
        self._counts.overflowed += code == CLOSE_BEHIND

    @staticmethod
    async def _close(line: Line, code: int) -> None:
        line.close(code)
        await line.finished()

    async def _recheck(self, line: Line, scope: Scope) -> None:
        try:
            staff = await self._authenticate(HTTPConnection(scope))
        except NotAllowed:
            line.close(CLOSE_NOT_ALLOWED)
        except Unavailable:
            line.close(CLOSE_BEHIND)  # for too long: whether this account may still be here nobody knows
        else:
            if party_of(staff) != line.who:
                line.close(CLOSE_GOING_AWAY)

    # -- what it asks for ----------------------------------------------------------------------------------

    async def _converse(self, visit: Visit, receive: Receive) -> None:
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
                self._refused(line, error, request)

    def _check_own(self, visit: Visit, request: ChatRequest) -> None:
        self._limits.frame(visit.contact_id)
        if isinstance(request, Available):
            raise NotAllowed("상담사만 할 수 있습니다.", "for staff only.")
        about = getattr(request, "contact_id", visit.contact_id)
        if about != visit.contact_id:
            raise no_such_chat(about)

    def _refused(self, line: Line, error: SangdamError, request: ChatRequest | None = None) -> None:
        self._counts.refused[error.code] += 1
        told = refusal(error, getattr(request, "contact_id", ""), getattr(request, "client_id", ""))
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
            self._refused(line, error, request)
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


async def _refuse(error: SangdamError, scope: Scope, send: Send) -> None:
    """Answer a WebSocket that is not accepted."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": CLOSE_NOT_ALLOWED})
        return
    body = json.dumps({"code": error.code, "ko": error.ko, "en": error.en}, ensure_ascii=False).encode()
    headers = [(b"content-type", b"application/json")]
    await send({"type": "websocket.http.response.start", "status": error.http_status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})
