"""The web port of a process: pages and API of the console, routes of ingest, or both."""

import asyncio
import socket
from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Final

import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from console.guard import Guard
from console.server import STREAMED, add_error_handlers, create_app
from contracts.context import SERVICE
from sangdam.services import ConsolePart, IngestPart, Part
from sangdam.stopping import Stop

MAX_MESSAGE_BYTES: Final = 64 << 10
"""Largest WebSocket message any endpoint reads; uvicorn's own limit is 16 MiB."""
_STOP_S: Final = 3
"""For requests in progress when the process is told to stop; what follows has the rest of ten seconds."""
_CALLS_END_S: Final = 4.0
_INGEST: Final = (*STREAMED, "/ws/microphone")


def web_app(
    parts: Mapping[str, Part], origins: Collection[str], demo_sign_in: str | None = None
) -> FastAPI | None:
    """All routes of the process's services; None when none of them has any."""
    ingest, console = parts.get("ingest"), parts.get("console")
    if isinstance(console, ConsolePart):
        routers = [ingest.service.router] if isinstance(ingest, IngestPart) else []
        return create_app(console.service, routers=routers, origins=origins, demo_sign_in=demo_sign_in)
    if isinstance(ingest, IngestPart):
        return ingest_app(ingest, origins)
    return None


def ingest_app(ingest: IngestPart, origins: Collection[str]) -> FastAPI:
    """The routes of ingest alone, behind the same guard and the same cookies as with the console."""
    app = FastAPI(title="Sangdam", docs_url=None, redoc_url=None, openapi_url=None)
    app.add_middleware(Guard, auth=ingest.auth, origins=origins, streamed=STREAMED)
    add_error_handlers(app)
    app.include_router(ingest.service.router)

    @app.get("/healthz")
    async def health() -> dict[str, str]:
        return {"status": "ok"}

    return app


class Named:
    """Log lines of a request carry the service that answers it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        SERVICE.set("ingest" if path.startswith(_INGEST) else "console")
        await self._app(scope, receive, send)


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
            ws="websockets-sansio",
            ws_max_size=MAX_MESSAGE_BYTES,
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=_STOP_S,
            lifespan="off",
        )
    )


async def serve_web(app: FastAPI, listening: socket.socket, parts: Mapping[str, Part], stop: Stop) -> None:
    """Serve until told to stop; then panels are asked to come back and calls end, before the sockets close."""
    serving = server(Named(app))
    ingest, console = parts.get("ingest"), parts.get("console")
    async with asyncio.TaskGroup() as group:
        group.create_task(serving.serve(sockets=[listening]))
        await stop.wait()
        if isinstance(ingest, IngestPart):
            group.create_task(end_calls(ingest))
        if isinstance(console, ConsolePart):
            await console.service.drain()
        serving.should_exit = True


async def end_calls(ingest: IngestPart) -> None:
    """Hang up, within a limit: a call whose end could not be published is ended by another process."""
    try:
        async with asyncio.timeout(_CALLS_END_S):
            await ingest.service.close()
    except TimeoutError:
        pass
