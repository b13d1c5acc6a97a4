"""One open panel: WebSocket `/ws/panel`, by `contracts/panel.py`."""

import asyncio
import logging
import random
from contextlib import suppress
from typing import Final

from pydantic import TypeAdapter, ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from console.auth import Auth, Session
from console.desk import Desk
from console.outbox import LIMIT
from console.panels import (
    CLOSE_BEHIND,
    CLOSE_FAILED,
    CLOSE_GOING_AWAY,
    CLOSE_LEFT,
    MAX_WATCHED,
    REASONS,
    Panel,
    Panels,
    search_id_on_bus,
)
from contracts.clock import Clock
from contracts.errors import BadRequest, Overloaded, SangdamError, Unavailable
from contracts.panel import (
    Hello,
    PanelRequest,
    Ping,
    Pong,
    Pushed,
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
_MAX_TOLD: Final = LIMIT // 2
"""Events from memory instead of a snapshot: twenty minutes of talk, and room is left for what comes meanwhile."""

_READY_S: Final = 3.0
"""A panel waits so long for a process that has only just started to know the last minutes."""

_MAX_REQUESTS: Final = 64
"""That wait for their turn; a page asks for a dozen at most after a reconnect."""

_ASK_AGAIN_S: Final = (2.0, 4.0)
"""Between two looks whether the database is back, spread over all panels."""

_REQUESTS: Final[TypeAdapter[PanelRequest]] = TypeAdapter(PanelRequest)


class PanelSocket:
    """Serves panels: hello first, then what is asked for and what happens."""

    def __init__(
        self,
        auth: Auth,
        panels: Panels,
        desk: Desk,
        *,
        ready: asyncio.Event,
        clock: Clock,
        queue_limit: int = LIMIT,
    ) -> None:
        self._auth = auth
        self._panels = panels
        self._desk = desk
        self._ready = ready
        self._clock = clock
        self._queue_limit = queue_limit

    async def serve(self, socket: WebSocket) -> None:
        """Until either side goes.

        Raises:
            NotSignedIn: before the WebSocket is accepted.
        """
        session = await self._auth.session_of(socket)
        await socket.accept()
        with suppress(TimeoutError):  # without the bus, the store's state is better than nothing
            async with asyncio.timeout(_READY_S):
                await self._ready.wait()
        if self._panels.going_away:
            await socket.close(CLOSE_GOING_AWAY)
            return
        panel = Panel(socket.send_text, session, limit=self._queue_limit)
        try:
            with self._panels.joined(panel):
                # Events wait until the hello is out: it must not replace what is newer than it.
                is_complete = await self._greet(socket, session)
                code = await self._converse(socket, panel, is_complete=is_complete)
        except WebSocketDisconnect:
            code = CLOSE_LEFT
        except TimeoutError:
            code = CLOSE_BEHIND
        self._panels.counts.closed_panels[REASONS.get(code, "failed")] += 1
        with suppress(Exception):  # it may be gone already, or not be reading
            async with asyncio.timeout(_CLOSE_S):
                await socket.close(code)

    async def _greet(self, socket: WebSocket, session: Session) -> bool:
        hello = await self._hello(session)
        async with asyncio.timeout(_CLOSE_S):
            await socket.send_text(hello.model_dump_json())
        return hello.complete

    async def _hello(self, session: Session) -> Hello:
        entries, complete = await self._desk.rail(session.staff)
        return Hello(staff=session.staff, server_ms=self._clock(), contacts=tuple(entries), complete=complete)

    async def _greet_again(self, panel: Panel) -> None:
        """The whole list once the database is back."""
        while not panel.is_closing:
            await asyncio.sleep(random.uniform(*_ASK_AGAIN_S))  # noqa: S311  spreads load only
            hello = await self._hello(panel.session)
            if hello.complete:
                panel.tell(hello)
                return

    async def _converse(self, socket: WebSocket, panel: Panel, *, is_complete: bool) -> int:
        """Read, answer and write at the same time until one of them ends or the panel is to be closed."""
        requests: asyncio.Queue[PanelRequest] = asyncio.Queue(_MAX_REQUESTS)
        tasks = {
            asyncio.create_task(work)
            for work in (
                self._read(socket, panel, requests),
                self._work(panel, requests),
                panel.write(),
                panel.closed(),
            )
        }
        greeting = None if is_complete else asyncio.create_task(self._greet_again(panel))
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if greeting:
                tasks.add(greeting)
            for task in tasks:
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception) and not isinstance(result, WebSocketDisconnect):
                log.error("panel of %s ended", panel.session.staff.staff_id, exc_info=result)
                return CLOSE_FAILED
        return panel.code

    async def _read(self, socket: WebSocket, panel: Panel, requests: asyncio.Queue[PanelRequest]) -> None:
        """Pings are answered at once: the line lives, however long the database takes for the rest."""
        while True:
            message = await socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            try:
                request = _request(message.get("text"))
                if isinstance(request, Ping):
                    panel.tell(Pong(sent_ms=request.sent_ms, server_ms=self._clock()))
                else:
                    requests.put_nowait(request)
            except SangdamError as error:
                panel.tell(refusal(error))
            except asyncio.QueueFull:
                panel.tell(refusal(_too_much()))

    async def _work(self, panel: Panel, requests: asyncio.Queue[PanelRequest]) -> None:
        while True:
            request = await requests.get()
            try:
                await self._answer(panel, request)
            except SangdamError as error:
                about = request.contact_id if isinstance(request, Watch) else ""
                panel.tell(refusal(error, about))

    async def _answer(self, panel: Panel, request: PanelRequest) -> None:
        staff = panel.session.staff
        match request:
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
        try:
            await self._desk.open(panel.session.staff, contact_id)
            self._panels.watch(panel, contact_id)
            view = await self._desk.look(panel.session.staff, contact_id)
        except Unavailable:
            self._watch_recent(panel, contact_id)
            raise
        except SangdamError:
            self._panels.unwatch(panel, contact_id)
            raise
        panel.tell(Snapshot(view=view))

    def _watch_recent(self, panel: Panel, contact_id: str) -> None:
        """Without a snapshot to give: a page that has an older one goes on with what came since."""
        events = self._desk.recent(panel.session.staff, contact_id)
        if not events:
            self._panels.unwatch(panel, contact_id)
            return
        self._panels.watch(panel, contact_id)
        for event in events[-_MAX_TOLD:]:
            panel.push(event, Pushed(event=event).model_dump_json())


def refusal(error: SangdamError, contact_id: str = "") -> Refused:
    return Refused(contact_id=contact_id, code=error.code, ko=error.ko, en=error.en)


def _too_much() -> Overloaded:
    return Overloaded(
        "요청이 너무 많이 밀려 있습니다. 잠시 뒤 다시 하십시오.",
        "too many requests wait. Try again in a moment.",
    )


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
