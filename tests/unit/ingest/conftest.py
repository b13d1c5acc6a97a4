"""A real bus, what ingest publishes on it, and recordings to play."""

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np
import pytest
import uvicorn
import websockets
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.requests import HTTPConnection

from bus.embedded import EmbeddedBus
from contracts.audio import AudioFrame, decode_frame
from contracts.codec import decode
from contracts.contact import ContactStateChanged
from contracts.errors import NotSignedIn, SangdamError
from contracts.panel import Staff
from contracts.topics import CALL_AUDIO, CONTACT_EVENTS
from ingest.live import LiveCalls
from ingest.server import IngestServer


@dataclass
class Published:
    """Everything on the bus, in order."""

    bus: EmbeddedBus
    frames: list[AudioFrame] = field(default_factory=list)
    events: list[ContactStateChanged] = field(default_factory=list)

    def states(self, contact_id: str | None = None) -> list[str]:
        return [e.state for e in self.events if contact_id in (None, e.contact_id)]

    def audio(self, contact_id: str, channel: int = 0) -> np.ndarray:
        """The samples of a channel; fails on a hole between frames."""
        frames = [f for f in self.frames if (f.contact_id, f.channel) == (contact_id, channel)]
        at = 0
        for frame in frames:
            assert frame.start_sample == at
            at = frame.end_sample
        return np.concatenate([frame.pcm16() for frame in frames])

    async def until(self, condition: Callable[[], object], limit_s: float = 10.0) -> None:
        async with asyncio.timeout(limit_s):
            while not condition():
                await asyncio.sleep(0.005)

    async def follow(self) -> None:
        subscription = await self.bus.subscribe("test", [CALL_AUDIO.name, CONTACT_EVENTS.name])
        while True:
            for record in (await subscription.fetch(timeout_s=0.5)).records:
                if record.topic == CALL_AUDIO.name:
                    self.frames.append(decode_frame(record.value))
                else:
                    self.events.append(decode(record.value))


@pytest.fixture
async def published(tmp_path) -> AsyncIterator[Published]:
    bus = await EmbeddedBus.open(tmp_path / "bus" / "bus.db")
    published = Published(bus)
    task = asyncio.create_task(published.follow())
    yield published
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await bus.close()


def write_wav(path: Path, samples: np.ndarray, rate_hz: int) -> Path:
    channels = samples.shape[1]
    form = struct.pack("<HHIIHH", 1, channels, rate_hz, rate_hz * channels * 2, channels * 2, 16)
    data = samples.astype("<i2").tobytes()
    chunks = b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", len(data)) + data
    path.write_bytes(b"RIFF" + struct.pack("<I", len(chunks)) + chunks)
    return path


@pytest.fixture
def wav(tmp_path) -> Callable[..., Path]:
    """Writes a WAV that counts: sample n of channel c has the value n + 10000 c."""

    def make(
        name: str = "call.wav", *, seconds: float = 1.25, channels: int = 2, rate_hz: int = 8000
    ) -> Path:
        count = np.arange(round(seconds * rate_hz)) % 10_000
        return write_wav(tmp_path / name, np.stack([count + 10_000 * c for c in range(channels)], 1), rate_hz)

    return make


@dataclass
class Web:
    """Ingest under uvicorn, as the application runs it."""

    port: int
    calls: LiveCalls
    ingest: IngestServer

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def client(self, login: str | None = "kim") -> httpx.AsyncClient:
        return httpx.AsyncClient(base_url=self.url, headers={"login": login} if login else {}, timeout=10)

    def microphone(self, login: str | None = "kim", **more) -> websockets.connect:
        return websockets.connect(
            f"ws://127.0.0.1:{self.port}/ws/microphone",
            additional_headers={"login": login} if login else {},
            **more,
        )


@pytest.fixture
async def web(published, tmp_path) -> AsyncIterator[Web]:
    """Whoever names a login is signed in; `boss` is a supervisor."""

    async def authenticate(connection: HTTPConnection) -> Staff:
        login = connection.headers.get("login")
        if login is None:
            raise NotSignedIn("로그인하십시오.", "sign in first.")
        return Staff(staff_id=login, name=login, role="supervisor" if login == "boss" else "agent")

    calls = LiveCalls(published.bus)
    ingest = IngestServer(calls, authenticate, tmp_path / "samples")
    app = FastAPI()
    app.include_router(ingest.router)

    @app.exception_handler(SangdamError)
    async def told(_: Request, error: SangdamError) -> JSONResponse:
        return JSONResponse({"code": error.code, "ko": error.ko, "en": error.en}, error.http_status)

    server = uvicorn.Server(
        uvicorn.Config(
            app,
            port=0,
            log_level="warning",
            ws="websockets-sansio",
            ws_max_size=64 << 10,
            lifespan="off",
            timeout_graceful_shutdown=2,
        )
    )
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield Web(server.servers[0].sockets[0].getsockname()[1], calls, ingest)
    await ingest.close()
    server.should_exit = True
    await serving
