"""The HTTP side of ingest: recordings, sample calls, the microphone, hanging up."""

import asyncio
import logging
import tempfile
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Final

from fastapi import APIRouter, File, Query, Request, UploadFile, WebSocket
from starlette.requests import HTTPConnection

from contracts.errors import BadAudio, NotAllowed, NotFound
from contracts.panel import Staff
from ingest.live import LiveCalls
from ingest.media import open_media
from ingest.microphone import serve_microphone
from ingest.replay import Recording, Sidecar, open_recording, play, samples_in, tell_apart
from models.diarizer import Diarizer

log = logging.getLogger(__name__)

Authenticate = Callable[[HTTPConnection], Awaitable[Staff]]
"""Gives the signed-in person of a request or WebSocket, or raises NotAllowed."""

MAX_UPLOAD_BYTES: Final = 512 << 20
_COPY_BYTES: Final = 1 << 20
_START_S: Final = 10.0
_STOP_S: Final = 3.0
"""For hung-up calls to end; what they leave unpublished has two more."""


class IngestServer:
    """Routes over the calls of this process."""

    def __init__(
        self,
        calls: LiveCalls,
        authenticate: Authenticate,
        samples: Path,
        diarizer: Diarizer | None = None,
    ) -> None:
        self._calls = calls
        self._authenticate = authenticate
        self._samples = samples
        self._diarizer = diarizer
        self._one_at_a_time = asyncio.Lock()
        self._players: set[asyncio.Task[None]] = set()
        self.router = APIRouter()
        self.router.add_api_route("/api/ingest/samples", self.list_samples, methods=["GET"])
        self.router.add_api_route(
            "/api/ingest/samples/{name}", self.play_sample, methods=["POST"], status_code=201
        )
        self.router.add_api_route("/api/ingest/recordings", self.upload, methods=["POST"], status_code=201)
        self.router.add_api_route(
            "/api/ingest/contacts/{contact_id}/hangup", self.hang_up, methods=["POST"], status_code=204
        )
        self.router.add_api_websocket_route("/ws/microphone", self.microphone)

    async def list_samples(self, request: Request) -> list[dict[str, str | float]]:
        """The sample calls: name, title, seconds."""
        await self._authenticate(request)
        return await asyncio.to_thread(self._list_samples)

    def _list_samples(self) -> list[dict[str, str | float]]:
        recordings = {name: open_recording(path) for name, path in samples_in(self._samples).items()}
        return [
            {
                "name": name,
                "title": recording.sidecar.title or name,
                "seconds": round(recording.media.seconds, 1),
            }
            for name, recording in recordings.items()
        ]

    async def play_sample(self, name: str, request: Request) -> dict[str, str]:
        """Play a sample call in real time, as a call of the signed-in agent."""
        staff = await self._authenticate(request)
        path = samples_in(self._samples).get(name)
        if path is None:
            raise NotFound(f"예시 통화 '{name}'이(가) 없습니다.", f"no sample call '{name}'.")
        recording = await self._tell_apart(await asyncio.to_thread(open_recording, path))
        return {"contact_id": await self._start(recording, staff, 1.0, None)}

    async def upload(
        self,
        request: Request,
        file: Annotated[UploadFile, File()],
        speed: Annotated[float, Query(ge=0.25, le=100)] = 1.0,
    ) -> dict[str, str]:
        """Play an uploaded recording as a call of the signed-in agent."""
        staff = await self._authenticate(request)
        name = Path(file.filename or "recording").name
        suffix = Path(name).suffix[:8]
        with tempfile.NamedTemporaryFile(prefix="sangdam-", suffix=suffix, delete=False) as copy:
            path = Path(copy.name)
        try:
            await asyncio.to_thread(_copy, file, path)
            media = await asyncio.to_thread(open_media, path, name)
            recording = await self._tell_apart(Recording(media, Sidecar(title=Path(name).stem)))
            return {"contact_id": await self._start(recording, staff, speed, path)}
        except BaseException:
            path.unlink(missing_ok=True)  # noqa: ASYNC240  must also happen while being cancelled
            raise

    async def _tell_apart(self, recording: Recording) -> Recording:
        """Find the parties of a mono recording, one recording at a time, until the request is given up."""
        given_up = threading.Event()
        tenth = recording.media.seconds / 10

        def heard(seconds: float, whole: float) -> None:
            nonlocal tenth
            if given_up.is_set():
                raise InterruptedError
            if seconds >= tenth:
                log.info("telling the speakers apart: %.0f of %.0f s", seconds, whole)
                tenth += whole / 10

        try:
            async with self._one_at_a_time:
                return await asyncio.to_thread(tell_apart, recording, self._diarizer, heard)
        finally:
            given_up.set()

    async def hang_up(self, contact_id: str, request: Request) -> None:
        """End a call: the agent's own, or any for a supervisor."""
        staff = await self._authenticate(request)
        self._calls.hang_up(contact_id, staff.staff_id if staff.role == "agent" else None)

    async def microphone(self, socket: WebSocket) -> None:
        """A browser's microphone as a call."""
        try:
            staff = await self._authenticate(socket)
        except NotAllowed:
            await socket.close(1008)
            return
        await socket.accept()
        task = asyncio.create_task(serve_microphone(socket, self._calls, staff.staff_id))
        # A hang-up cancels the call's own task, not the server's.
        await asyncio.wait([task])
        if not task.cancelled() and (error := task.exception()):
            log.error("microphone of %s ended by an error", staff.staff_id, exc_info=error)

    async def _start(self, recording: Recording, staff: Staff, speed: float, remove: Path | None) -> str:
        begun: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        async def run() -> None:
            try:
                await play(
                    self._calls, recording, agent_id=staff.staff_id, speed=speed, started=begun.set_result
                )
            except Exception as error:
                if begun.done():
                    log.exception("call %s ended by an error", begun.result())
                else:
                    begun.set_exception(error)
            finally:
                if remove:
                    remove.unlink(missing_ok=True)  # noqa: ASYNC240  must also happen while being cancelled

        player = asyncio.create_task(run())
        self._players.add(player)
        player.add_done_callback(self._players.discard)
        return await asyncio.wait_for(begun, _START_S)

    async def close(self) -> None:
        """Hang up all calls and wait until their ends are published."""
        for player in self._players:
            player.cancel()
        if self._players:
            await asyncio.wait(self._players, timeout=_STOP_S)
        await self._calls.close()


def _copy(file: UploadFile, path: Path) -> None:
    size = 0
    with path.open("wb") as copy:
        while data := file.file.read(_COPY_BYTES):
            size += len(data)
            if size > MAX_UPLOAD_BYTES:
                raise BadAudio(
                    "파일이 512 MB보다 큽니다. 나누거나 압축 형식(FLAC, MP3)으로 넣어 주십시오.",
                    "the file is larger than 512 MB; split it or use FLAC or MP3.",
                )
            copy.write(data)
