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
from chat_gateway.counts import ChatCounts
from chat_gateway.hub import Hub
from chat_gateway.line import REASONS, Line
from chat_gateway.log import ChatLog
from chat_gateway.protocol import OPEN_S, Connection
from chat_gateway.visits import Limits as PageLimits
from chat_gateway.visits import Queue, Replies, Visit, Visits
from contracts.chat import (
    CITIZEN,
    CLOSE_BEHIND,
    CLOSE_GOING_AWAY,
    CLOSE_LEFT,
    CLOSE_NOT_ALLOWED,
    ChatReconnect,
    Open,
    Welcome,
)
from contracts.clock import Clock, wall_ms
from contracts.errors import (
    NotAllowed,
    SangdamError,
    TooManyAttempts,
    Unavailable,
)
from contracts.panel import Staff
from store.database import Database

log = logging.getLogger(__name__)

STUCK_S: Final = 1.0
"""Between two looks for pages that do not read."""

RECHECK_S: Final = 10.0
"""Staff who were disabled or signed out are closed within this time."""

RECONNECT_MS: Final = (500, 5000)
"""Pages of a process that stops come back between these."""

RECONNECT_EACH_MS: Final = 5
"""With thousands of pages the last come back later: each takes the other processes so much of a core."""

FLUSH_S: Final = 1.0


class TicketReader(Protocol):
    def read(self, ticket: str) -> str: ...


class Limits(PageLimits, Protocol):
    def connection(self, address: str) -> AbstractContextManager[None]: ...


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
        self._hub = hub
        self._authenticate = authenticate
        self._tickets = tickets
        self._queue = queue
        self._limits = limits
        self._origins = frozenset(origin.rstrip("/").lower() for origin in origins)
        self._clock = clock
        self._counts = counts or log.counts
        self._visits = Visits(
            log,
            hub,
            queue=queue,
            limits=limits,
            database=database,
            replies=replies,
            clock=clock,
            counts=self._counts,
        )
        self._staff: dict[Line, HTTPConnection] = {}
        """As they opened it; its cookies are read once."""
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
        """Look again and again, until cancelled: do pages still read, may staff still be here?"""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._close_stuck())
            tasks.create_task(self._recheck_staff())

    async def _close_stuck(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(STUCK_S)
            now_s = loop.time()
            for line in self._hub.lines:
                if line.is_stuck(now_s):
                    line.close(CLOSE_BEHIND)

    async def _recheck_staff(self) -> None:
        while True:
            await asyncio.sleep(RECHECK_S)
            for line, opened in list(self._staff.items()):
                await self._recheck(line, opened)

    async def drain(self) -> None:
        """Ask all pages to come back later, each at its own time, and take no new ones. Twice does nothing."""
        if self.going_away:
            return
        self.going_away = True
        lines = self._hub.lines
        first_ms, last_ms = RECONNECT_MS
        last_ms = max(last_ms, RECONNECT_EACH_MS * len(lines))
        for line in lines:
            line.tell(ChatReconnect(after_ms=random.randint(first_ms, last_ms)))  # noqa: S311  spreads load only
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
            await self._visits.converse(visit, receive)
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
            self._visits.refused(line, error)
            with suppress(TimeoutError):
                async with asyncio.timeout(FLUSH_S):
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
        visit = Visit(line, contact_id, address)
        if contact_id:
            scope["headers"] = []  # nobody asks any more, and thousands of them are megabytes
        else:
            self._staff[line] = HTTPConnection(scope)
        line.ended = self._ended
        available = None
        if not contact_id:
            try:
                available = await self._queue.connected(line.who)
            except Unavailable as error:
                log.warning("chat: %s", error)
        line.tell(Welcome(you=line.who, server_ms=self._clock(), available=available))
        self._hub.join(line)  # what everybody is told comes after the welcome
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

    async def _recheck(self, line: Line, opened: HTTPConnection) -> None:
        try:
            staff = await self._authenticate(opened)
        except NotAllowed:
            line.close(CLOSE_NOT_ALLOWED)
        except Unavailable:
            line.close(CLOSE_BEHIND)  # for too long: whether this account may still be here nobody knows
        else:
            if party_of(staff) != line.who:
                line.close(CLOSE_GOING_AWAY)


async def _refuse(error: SangdamError, scope: Scope, send: Send) -> None:
    """Answer a WebSocket that is not accepted."""
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": CLOSE_NOT_ALLOWED})
        return
    body = json.dumps({"code": error.code, "ko": error.ko, "en": error.en}, ensure_ascii=False).encode()
    headers = [(b"content-type", b"application/json")]
    await send({"type": "websocket.http.response.start", "status": error.http_status, "headers": headers})
    await send({"type": "websocket.http.response.body", "body": body})
