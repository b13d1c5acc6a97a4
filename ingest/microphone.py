"""A browser's microphone as a call: a WebSocket of raw PCM.

The client first sends text `{"rate_hz": 48000}`; the server answers `{"contact_id": "…"}`; then come binary
messages, little-endian int16 mono. Closing the socket ends the call.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import numpy as np
import soxr
from fastapi import WebSocket, WebSocketDisconnect
from pydantic import BaseModel, Field, ValidationError

from contracts.audio import Pcm16
from contracts.errors import BadAudio, BadRequest, SangdamError
from ingest.live import CallInfo, LiveCalls

RATE_HZ: Final = 16000
MAX_MESSAGE_BYTES: Final = 48_000
"""Half a second at 48 kHz; browsers send 10-100 ms."""
FIRST_MESSAGE_S: Final = 5.0
SILENT_S: Final = 30.0
"""A socket that sends nothing for this long is gone."""


class Opening(BaseModel):
    rate_hz: int = Field(ge=8000, le=48000)


async def serve_microphone(socket: WebSocket, calls: LiveCalls, agent_id: str) -> None:
    """Run one microphone until it closes. Errors are told to the browser as {code, ko, en}."""
    try:
        opening = await _opening(socket)
        info = CallInfo(
            agent_id=agent_id,
            title="마이크 / microphone",
            source="microphone",
            roles={0: "caller"},
            rate_hz=RATE_HZ,
            pausable=False,
        )
        async with calls.open(info) as call:
            await _tell(socket, {"contact_id": call.contact_id})
            await _feed(socket, opening.rate_hz, lambda samples: call.hear({0: samples}))
    except WebSocketDisconnect:
        return
    except SangdamError as error:
        await _part(socket, 1008, error)
    except asyncio.CancelledError:
        # Hung up from the panel, or the server stops.
        await _part(socket, 1000)
        raise


async def _tell(socket: WebSocket, message: dict[str, str]) -> None:
    try:
        await socket.send_json(message)
    except RuntimeError:  # uvicorn's answer while the socket is closing
        raise WebSocketDisconnect from None


async def _part(socket: WebSocket, code: int, error: SangdamError | None = None) -> None:
    """Say why, and close; a browser that is gone already misses nothing."""
    with suppress(WebSocketDisconnect, RuntimeError):
        if error:
            await _tell(socket, {"code": error.code, "ko": error.ko, "en": error.en})
        await socket.close(code)


async def _opening(socket: WebSocket) -> Opening:
    try:
        async with asyncio.timeout(FIRST_MESSAGE_S):
            return Opening.model_validate_json(await socket.receive_text())
    except (ValidationError, KeyError, TimeoutError):
        raise BadRequest(
            '마이크 연결의 첫 메시지는 {"rate_hz": 8000-48000}이어야 합니다.',
            'the first microphone message must be {"rate_hz": 8000-48000}.',
        ) from None


async def _feed(socket: WebSocket, rate_hz: int, hear: Callable[[Pcm16], Awaitable[None]]) -> None:
    resampler = soxr.ResampleStream(rate_hz, RATE_HZ, 1, dtype="int16")
    while True:
        try:
            # Not wait_for: before Python 3.12 it forgets a hang-up that comes together with a message.
            async with asyncio.timeout(SILENT_S):
                message = await socket.receive()
        except TimeoutError:
            raise BadAudio(
                "마이크에서 30초 동안 소리가 오지 않아 통화를 끝냅니다.",
                "the microphone sent nothing for 30 s; the call ends.",
            ) from None
        if message["type"] == "websocket.disconnect":
            await hear(resampler.resample_chunk(np.zeros(0, np.int16), last=True))
            return
        data = message.get("bytes")
        if data is None or len(data) % 2 or len(data) > MAX_MESSAGE_BYTES:
            raise BadAudio(
                f"마이크 메시지는 16비트 소리, {MAX_MESSAGE_BYTES}바이트 이하여야 합니다.",
                f"microphone messages must be binary 16-bit audio of at most {MAX_MESSAGE_BYTES} bytes.",
            )
        samples = resampler.resample_chunk(np.frombuffer(data, "<i2"))
        if len(samples):
            await hear(samples)
