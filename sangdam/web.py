"""The web port of a process: pages and API of the console, routes of ingest and of chats, or some of them."""

import asyncio
import socket
from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Final

import uvicorn
from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from console.auth import Auth
from console.guard import Guard
from console.server import OPEN_STREAMED, STREAMED, add_error_handlers, create_app
from contracts.context import SERVICE
from sangdam.services import ChatPart, ConsolePart, IngestPart, Part
from sangdam.stopping import Stop

MAX_MESSAGE_BYTES: Final = 64 << 10
"""Largest WebSocket message any endpoint reads; uvicorn's own limit is 16 MiB."""
READ_AHEAD: Final = 8
"""Messages of a WebSocket that may wait, of `MAX_MESSAGE_BYTES` each."""

_STOP_S: Final = 3
"""For requests in progress when the process is told to stop; what follows has the rest of ten seconds."""
_CALLS_END_S: Final = 4.0
CHAT_SOCKET: Final = "/ws/chat"
_PATHS: Final = {
    "ingest": ("/api/ingest/", "/ws/microphone"),
    "chat_gateway": ("/api/chat", "/chat", "/hooks/"),
}


def web_app(
    parts: Mapping[str, Part], origins: Collection[str], demo_sign_in: str | Mapping[str, str] | None = None
) -> FastAPI | None:
    """All routes of the process's services; None when none of them has any."""
    console = parts.get("console")
    doors = [part for part in parts.values() if isinstance(part, IngestPart | ChatPart)]
    routers = [part.service.router for part in doors]
    if isinstance(console, ConsolePart):
        return create_app(console.service, routers=routers, origins=origins, demo_sign_in=demo_sign_in)
    return doors_app(doors[0].auth, routers, origins) if doors else None


def doors_app(auth: Auth, routers: Iterable[APIRouter], origins: Collection[str]) -> FastAPI:
    """The routes of ingest and chats without the console, behind the same guard and the same cookies as with it."""
    app = FastAPI(title="Sangdam", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Guard, auth=auth, origins=origins, streamed=STREAMED, open_streamed=OPEN_STREAMED)
    add_error_handlers(app)
    for router in routers:
        app.include_router(router)

    @app.get("/healthz")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    return app


class Named:
    """Log lines of a request carry the service that answers it.

    Chats' WebSocket goes straight to its own door: thousands of connections would each carry a framework's stack.
    """

    def __init__(self, app: ASGIApp, chat: ASGIApp | None = None) -> None:
        self._app = app
        self._chat = chat

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if self._chat is not None and scope["type"] == "websocket" and path == CHAT_SOCKET:
            SERVICE.set("chat_gateway")
            await self._chat(scope, receive, send)
            return
        SERVICE.set(next((name for name, paths in _PATHS.items() if path.startswith(paths)), "console"))
        await self._app(scope, receive, send)


class ReadingAhead(WebSocketsSansIOProtocol):
    """A WebSocket that reads on while a few messages wait for their turn.

    uvicorn stops reading after each message until it is taken, and registers the socket with the selector anew: of
    a busy chat gateway that was a quarter of all its time (py-spy, 5,000 connections, 1,000 messages a second).
    """

    def send_receive_event_to_app(self) -> None:
        if self.read_paused or self.queue.qsize() >= READ_AHEAD:
            super().send_receive_event_to_app()
            return
        self.read_paused = True  # so that uvicorn takes it for paused already
        try:
            super().send_receive_event_to_app()
        finally:
            self.read_paused = False


class QuietServer(uvicorn.Server):
    """uvicorn that leaves signals to us: it would raise them again, before bus and database are closed."""

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]  # it is one, by a decorator
        return nullcontext()


def server(app: ASGIApp) -> QuietServer:
    """A web server for an open socket, without a log of its own."""
    return QuietServer(
        uvicorn.Config(
            app,
            log_config=None,
            log_level="warning",
            access_log=False,
            ws=ReadingAhead,
            ws_max_size=MAX_MESSAGE_BYTES,
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=_STOP_S,
            lifespan="off",
        )
    )


async def serve_web(app: FastAPI, listening: socket.socket, parts: Mapping[str, Part], stop: Stop) -> None:
    """Serve until told to stop; then panels are asked to come back and calls end, before the sockets close."""
    ingest, chat, console = (parts.get(name) for name in ("ingest", "chat_gateway", "console"))
    serving = server(Named(app, chat.service.socket if isinstance(chat, ChatPart) else None))
    async with asyncio.TaskGroup() as group:
        group.create_task(serving.serve(sockets=[listening]))
        await stop.wait()
        if isinstance(ingest, IngestPart):
            group.create_task(end_calls(ingest))
        await asyncio.gather(
            *(part.service.drain() for part in (chat, console) if isinstance(part, ChatPart | ConsolePart))
        )
        serving.should_exit = True


async def end_calls(ingest: IngestPart) -> None:
    """Hang up, within a limit: a call whose end could not be published is ended by another process."""
    try:
        async with asyncio.timeout(_CALLS_END_S):
            await ingest.service.close()
    except TimeoutError:
        pass
