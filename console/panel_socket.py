"""One open panel: WebSocket `/ws/panel`, by `contracts/panel.py`."""

import asyncio
import logging
from contextlib import suppress
from typing import Final

from pydantic import TypeAdapter, ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from console.auth import Auth, Session
from console.desk import Desk
from console.outbox import LIMIT
from console.panels import CLOSE_BEHIND, CLOSE_GOING_AWAY, MAX_WATCHED, Panel, Panels, search_id_on_bus
from contracts.clock import Clock
from contracts.errors import BadRequest, Overloaded, SangdamError
from contracts.panel import (
    Hello,
    PanelRequest,
    Ping,
    Pong,
    Refused,
    Report,
    Search,
    Snapshot,
    Unwatch,
    Watch,
)

log = logging.getLogger(__name__)

MAX_MESSAGE_BYTES: Final = 16 * 1024
_MAX_SEARCH_ID: Final = 64
_CLOSE_S: Final = 2.0
CLOSE_FAILED: Final = 1011

_REQUESTS: Final[TypeAdapter[PanelRequest]] = TypeAdapter(PanelRequest)


class PanelSocket:
    """Serves panels: hello first, then what is asked for and what happens."""

    def __init__(
        self, auth: Auth, panels: Panels, desk: Desk, *, clock: Clock, queue_limit: int = LIMIT
    ) -> None:
        self._auth = auth
        self._panels = panels
        self._desk = desk
        self._clock = clock
        self._queue_limit = queue_limit

    async def serve(self, socket: WebSocket) -> None:
        """Until either side goes.

        Raises:
            NotSignedIn: before the WebSocket is accepted.
        """
        session = await self._auth.session_of(socket)
        await socket.accept()
        if self._panels.going_away:
            await socket.close(CLOSE_GOING_AWAY)
            return
        panel = Panel(socket.send_text, session, limit=self._queue_limit)
        code = CLOSE_BEHIND
        with suppress(WebSocketDisconnect, TimeoutError), self._panels.joined(panel):
            # Events wait until the hello is out: it must not replace what is newer than it.
            if await self._greet(socket, session):
                code = await self._converse(socket, panel)
        with suppress(Exception):  # it may be gone already, or not be reading
            async with asyncio.timeout(_CLOSE_S):
                await socket.close(code)

    async def _greet(self, socket: WebSocket, session: Session) -> bool:
        try:
            contacts = await self._desk.contacts(session.staff)
        except SangdamError as error:
            await socket.send_text(refusal(error).model_dump_json())
            return False
        hello = Hello(staff=session.staff, server_ms=self._clock(), contacts=tuple(contacts))
        async with asyncio.timeout(_CLOSE_S):
            await socket.send_text(hello.model_dump_json())
        return True

    async def _converse(self, socket: WebSocket, panel: Panel) -> int:
        """Read and write at the same time until one of them ends or the panel is to be closed."""
        reading = asyncio.create_task(self._read(socket, panel))
        writing = asyncio.create_task(panel.write())
        closing = asyncio.create_task(panel.closed())
        tasks = {reading, writing, closing}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception) and not isinstance(result, WebSocketDisconnect):
                log.error("panel of %s ended", panel.session.staff.staff_id, exc_info=result)
                return CLOSE_FAILED
        return panel.code

    async def _read(self, socket: WebSocket, panel: Panel) -> None:
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            try:
                await self._answer(panel, _request(message.get("text")))
            except SangdamError as error:
                panel.tell(refusal(error))

    async def _answer(self, panel: Panel, request: PanelRequest) -> None:
        staff = panel.session.staff
        match request:
            case Ping():
                panel.tell(Pong(sent_ms=request.sent_ms, server_ms=self._clock()))
            case Watch():
                await self._watch(panel, request.contact_id)
            case Unwatch():
                self._panels.unwatch(panel, request.contact_id)
            case Report():
                await self._desk.report(staff, request)
            case Search():
                if not 0 < len(request.search_id) <= _MAX_SEARCH_ID:
                    raise _bad("search_id")
                await self._desk.search(staff, request, search_id_on_bus(panel, request.search_id))

    async def _watch(self, panel: Panel, contact_id: str) -> None:
        """Subscribe first, then take the snapshot: what happens in between is in both, never in neither."""
        if contact_id not in panel.watched and len(panel.watched) >= MAX_WATCHED:
            raise Overloaded(
                f"한 화면에서 상담 {MAX_WATCHED}건까지 볼 수 있습니다. 보지 않는 상담을 닫으십시오.",
                f"a panel can show {MAX_WATCHED} contacts. Close one first.",
            )
        await self._desk.open(panel.session.staff, contact_id)
        self._panels.watch(panel, contact_id)
        try:
            view = await self._desk.look(panel.session.staff, contact_id)
        except SangdamError:
            self._panels.unwatch(panel, contact_id)
            raise
        panel.tell(Snapshot(view=view))


def refusal(error: SangdamError) -> Refused:
    return Refused(code=error.code, ko=error.ko, en=error.en)


def _request(text: str | None) -> PanelRequest:
    """Raises: BadRequest for a binary message, a long one, no JSON, or none of the requests."""
    if text is None:
        raise BadRequest("글자 메시지만 받습니다.", "text messages only.")
    if len(text.encode()) > MAX_MESSAGE_BYTES:
        raise BadRequest(
            f"메시지가 너무 깁니다(최대 {MAX_MESSAGE_BYTES}바이트).",
            f"message too long (at most {MAX_MESSAGE_BYTES} bytes).",
        )
    try:
        return _REQUESTS.validate_json(text)
    except ValidationError as error:
        raise _bad(".".join(map(str, error.errors(include_url=False)[0]["loc"]))) from None


def _bad(where: str) -> BadRequest:
    where = where or "JSON"
    return BadRequest(
        f"메시지를 알아들을 수 없습니다({where}). 화면을 새로 고치십시오.",
        f"message not understood ({where}). Reload the page.",
    )
