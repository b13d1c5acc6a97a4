"""The composition root: opens bus and store, loads models, wires every service, runs and stops them."""

import asyncio
import os
import secrets
import signal
import socket
import tempfile
from collections.abc import AsyncIterator, Coroutine, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import uvicorn
from fastapi import FastAPI

import samples
from asr.service import AsrService
from assist.service import AssistService
from bus.base import Bus
from bus.events import publish_events
from bus.open import open_bus
from console.server import Console, create_app
from contracts.clock import wall_ms
from contracts.errors import BadSetting
from ingest.live import MAX_CALLS, LiveCalls
from ingest.server import IngestServer
from models.diarizer import Diarizer
from models.morphemes import Morphemes
from sangdam.recogniser import Recogniser, choose_diarizer
from sangdam.settings import Settings
from sangdam.vocabulary import keep_names
from store import contacts
from store.database import Database
from summarize.service import SummarizeService

SAMPLES: Final = Path(samples.__file__).parent
SAMPLE_CALLS: Final = SAMPLES / "calls"
SAMPLE_GUIDES: Final = SAMPLES / "guides"
SAMPLE_PLACES: Final = SAMPLES / "places.yaml"

MAX_MESSAGE_BYTES: Final = 64 << 10
"""Largest WebSocket message any endpoint reads; uvicorn's own limit is 16 MiB."""
_STOP_S: Final = 4
"""For requests in progress when the process is told to stop; what follows has the rest of ten seconds."""
_ORPHANS_MS: Final = 24 * 3_600_000
"""Calls older than this are not looked for at start."""


@dataclass(slots=True)
class Application:
    """All services of one process."""

    bus: Bus
    database: Database
    asr: AsrService
    morphemes: Morphemes
    assist: AssistService
    summarize: SummarizeService
    console: Console
    calls: LiveCalls
    ingest: IngestServer
    diarizer: Diarizer | None
    origins: tuple[str, ...]

    def services(self) -> dict[str, Coroutine[object, object, None]]:
        """What runs until cancelled, by name."""
        return {
            "asr": self.asr.run(),
            "names": keep_names(self.database, SAMPLE_PLACES, self.morphemes, self.asr),
            "assist": self.assist.run(),
            "summarize": self.summarize.run(),
            "console": self.console.run(),
        }

    def web(self, demo_sign_in: str | None = None) -> FastAPI:
        """The pages and their API."""
        return create_app(
            self.console, routers=[self.ingest.router], origins=self.origins, demo_sign_in=demo_sign_in
        )


@asynccontextmanager
async def open_application(options: Settings, recogniser: Recogniser) -> AsyncIterator[Application]:
    """Open what the services stand on and build them; closes it all in the end.

    Raises:
        BadSetting, StorageFull: a folder, URL or disk that cannot be used.
    """
    make_folder(options.data_dir)
    database = await Database.open(options.database_url)
    try:
        bus = await open_bus(options.bus_url)
        try:
            console = Console(bus, database, secret=cookie_secret(options))
            calls = LiveCalls(bus)
            morphemes = Morphemes()
            diarizer = choose_diarizer(options, recogniser.voice)
            yield Application(
                bus=bus,
                database=database,
                asr=recogniser.service(bus),
                morphemes=morphemes,
                assist=AssistService(bus, database, morphemes),
                summarize=SummarizeService(bus, database),
                console=console,
                calls=calls,
                ingest=IngestServer(calls, console.auth.authenticate, SAMPLE_CALLS, diarizer),
                diarizer=diarizer,
                origins=tuple(options.origins.split()),
            )
        finally:
            await bus.close()
    finally:
        await database.close()


@asynccontextmanager
async def running(application: Application) -> AsyncIterator[None]:
    """The services at work beside the block; the failure of one ends all and is raised."""
    await end_orphans(application)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(work, name=name) for name, work in application.services().items()]
        try:
            yield
        finally:
            await application.ingest.close()
            for task in tasks:
                task.cancel()


async def end_orphans(application: Application) -> None:
    """End the calls that were live when this site's process was killed: nobody else will."""
    now = wall_ms()
    async with application.database.session() as session:
        entries = await contacts.recent(session, now - _ORPHANS_MS, MAX_CALLS)
    await publish_events(
        application.bus,
        [
            entry.contact.model_copy(
                update={
                    "state": "ended",
                    "revision": entry.contact.revision + 1,
                    "at_ms": now,
                    "reason": "서버가 다시 시작되어 끝남 / ended by a restart",
                }
            )
            for entry in entries
            if entry.ended_at_ms is None
        ],
    )


async def serve_web(
    application: Application, listening: socket.socket, demo_sign_in: str | None = None
) -> None:
    """Serve pages on an open socket until the process is told to stop."""
    config = uvicorn.Config(
        application.web(demo_sign_in),
        log_level="warning",
        ws="websockets-sansio",
        ws_max_size=MAX_MESSAGE_BYTES,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=_STOP_S,
        lifespan="off",
    )
    server = Server(config, application.console)
    await server.serve(sockets=[listening])


class Server(uvicorn.Server):
    """uvicorn that lets the panels know before it goes."""

    def __init__(self, config: uvicorn.Config, console: Console) -> None:
        super().__init__(config)
        self._console = console

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """End `serve` on SIGTERM and Ctrl+C. uvicorn itself raises the signal again afterwards, which would
        end the process before bus and database are closed.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._console.drain()
        await super().shutdown(sockets)


def listen(host: str, port: int) -> socket.socket:
    """Take the port before anything is loaded, so that a port in use is known at once.

    Raises:
        BadSetting: the address cannot be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(512)
    except OSError as error:
        listening.close()
        raise BadSetting(
            f"{host}:{port}을(를) 열 수 없습니다({error.strerror}). 다른 프로그램이 쓰고 있으면 '--port'나 SANGDAM_PORT로 바꾸십시오.",
            f"cannot listen on {host}:{port} ({error.strerror}); if another program has it, choose another with --port.",
        ) from None
    listening.setblocking(False)
    return listening


def make_folder(folder: Path) -> None:
    """Create the data folder, for its owner alone.

    Raises:
        BadSetting: it cannot be created or written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(13, "not writable")
    except OSError as error:
        raise BadSetting(
            f"데이터 폴더 {folder}을(를) 쓸 수 없습니다({error.strerror}). SANGDAM_DATA_DIR로 다른 폴더를 정하십시오.",
            f"cannot use the data folder {folder} ({error.strerror}); choose another with SANGDAM_DATA_DIR.",
        ) from None


def cookie_secret(options: Settings) -> str:
    """The given secret, or this site's own, made at the first start for its owner's eyes alone.

    Raises:
        BadSetting: it cannot be written or read.
    """
    if options.secret:
        return options.secret.get_secret_value()
    path = options.data_dir / "cookie-secret"
    try:
        if not path.exists():
            with tempfile.NamedTemporaryFile("w", dir=options.data_dir) as file:
                file.write(secrets.token_urlsafe(48))
                file.flush()
                # Whole or not at all, and the first of two processes wins: half a secret could be guessed.
                with suppress(FileExistsError):
                    os.link(file.name, path)
        return path.read_text()
    except OSError as error:
        raise BadSetting(
            f"쿠키 비밀 값 {path}을(를) 쓸 수 없습니다({error.strerror}). 폴더와 디스크를 확인하거나 SANGDAM_SECRET을 정하십시오.",
            f"cannot use the cookie secret {path} ({error.strerror}); check folder and disk, or set SANGDAM_SECRET.",
        ) from None
