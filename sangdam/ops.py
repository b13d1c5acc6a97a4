"""What operators and container engines ask a process: does it live, is it ready, how is it doing.

A port of its own, beside the pages: a scrape needs no cookie, no proxy publishes it by accident, and a service
without pages has it too. It answers from the start on, before bus, database and models are there.
"""

import asyncio
import socket
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final, Literal

from sqlalchemy import text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bus.kafka_settings import parse
from sangdam.services import Foundation, Part
from sangdam.settings import revealed
from sangdam.web import server

_ANSWER_S: Final = 2.0
"""A bus or database that needs longer does not answer."""
_STOP_S: Final = 2.0

Phase = Literal["loading", "running", "stopping"]


@dataclass(slots=True)
class Status:
    """Where the process stands; the ops port tells it."""

    names: tuple[str, ...]
    phase: Phase = "loading"
    parts: Mapping[str, Part] = field(default_factory=dict)
    foundation: Foundation | None = None
    instance: str = field(default_factory=lambda: uuid.uuid4().hex)
    """Of this process, new at each start."""

    def stop(self) -> None:
        self.phase = "stopping"

    def is_ready(self, name: str) -> bool:
        part = self.parts.get(name)
        return self.phase == "running" and part is not None and part.ready.is_set()

    def services(self) -> dict[str, str]:
        """Of each service: `ready`, or why it is not."""
        words = {"loading": "loading", "running": "starting", "stopping": "stopping"}
        return {name: "ready" if self.is_ready(name) else words[self.phase] for name in self.names}

    async def readiness(self) -> dict[str, object]:
        """For /readyz. The database counts only for those that need it: asr alone goes on without."""
        services = self.services()
        bus, database = await asyncio.gather(self._bus(), self._database())
        well = all(state == "ready" for state in services.values())
        ready = well and bus == "ok" and database in ("ok", "not needed")
        return {
            "status": "ready" if ready else "not ready",
            "services": services,
            "bus": bus,
            "database": database,
        }

    async def _bus(self) -> str:
        if self.foundation is None:
            return "loading"
        options = self.foundation.options
        if options.bus_engine == "embedded":
            return "ok"  # a file
        brokers = parse(options.bus_url, revealed(options.bus_password)).brokers
        answers = await asyncio.gather(*map(_answers, brokers))
        return "ok" if any(answers) else "unreachable"

    async def _database(self) -> str:
        if self.foundation is None:
            return "loading"
        if self.foundation.database is None:
            return "not needed"
        try:
            async with asyncio.timeout(_ANSWER_S), self.foundation.database.session() as session:
                await session.execute(text("SELECT 1"))
        except Exception:  # noqa: BLE001  whatever it is, the answer is the same
            return "unreachable"
        return "ok"


async def _answers(broker: str) -> bool:
    """Whether anybody listens there."""
    host, _, port = broker.rpartition(":")
    try:
        async with asyncio.timeout(_ANSWER_S):
            _, writer = await asyncio.open_connection(host.strip("[]"), int(port))
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


@asynccontextmanager
async def ops_served(
    listening: socket.socket, status: Status, metrics: Callable[[], tuple[bytes, str]]
) -> AsyncIterator[None]:
    """Answer on an open socket for the length of the block.

    Args:
        listening: closed in the end.
        status: told by /readyz.
        metrics: gives body and content type of /metrics.
    """

    async def healthz(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(_: Request) -> Response:
        told = await status.readiness()
        return JSONResponse(told, status_code=200 if told["status"] == "ready" else 503)

    async def scrape(_: Request) -> Response:
        body, kind = metrics()
        return Response(body, media_type=kind)

    app = Starlette(routes=[Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", scrape)])
    serving = server(app)
    task = asyncio.create_task(serving.serve(sockets=[listening]))
    try:
        yield
    finally:
        serving.should_exit = True
        with suppress(TimeoutError):
            async with asyncio.timeout(_STOP_S):
                await asyncio.wait([task])
        task.cancel()
        listening.close()
