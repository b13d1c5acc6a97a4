"""The sound of an utterance while the bus still has it: `/api/contacts/{id}/audio`."""

import asyncio
import io
import wave
from collections.abc import Iterable
from functools import partial
from typing import Annotated, Final

import numpy as np
from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from bus.base import Bus, Record
from console.auth import Auth
from console.desk import Desk
from contracts.audio import AudioFrame, FrameFlag, Pcm16, decode_frame
from contracts.clock import Clock
from contracts.errors import BadFrame, BadRequest, NotFound, Overloaded
from contracts.panel import ContactView, Staff
from contracts.topics import CALL_AUDIO
from store.database import Database

PAD_MS: Final = 200
"""Before and after what was asked for: endpointing cuts close."""

MAX_MS: Final = 60_000
"""Longer stretches are cut off: 2 MB of sound at 16 kHz."""

MAX_READS: Final = 2
"""At once in a process: each holds up to `bus.base.READ_BYTES`."""

_WAIT_S: Final = 3.0
_EARLY_MS: Final = 2_000
"""Clocks of ingest and broker differ by less."""
_LATE_MS: Final = (20_000, 600_000)
"""Frames usually reach the bus well within the first of being heard; what an outage held up is looked for after."""
_GONE_MS: Final = CALL_AUDIO.retention_ms * 4 // 3
"""Nothing is looked for that was heard before this time: logs are cut by the piece, so that some stay longer."""
_MAX_CHANNEL_MS: Final = 24 * 3_600_000


class Gone(NotFound):
    """It was there, and its time is over."""

    http_status = 410


def playback_router(
    auth: Auth,
    desk: Desk,
    database: Database,  # noqa: ARG001  routers are all made alike
    bus: Bus,
    clock: Clock,
) -> APIRouter:
    router = APIRouter()
    reads = asyncio.Semaphore(MAX_READS)

    @router.get("/api/contacts/{contact_id}/audio")
    async def audio(
        staff: Annotated[Staff, Depends(auth.authenticate)],
        contact_id: str,
        channel: Annotated[int, Query(ge=0, le=255)],
        from_ms: Annotated[int, Query(ge=0, le=_MAX_CHANNEL_MS)],
        to_ms: Annotated[int, Query(ge=0, le=_MAX_CHANNEL_MS)],
    ) -> Response:
        if to_ms <= from_ms:
            raise BadRequest(
                f"들을 구간이 비었습니다({from_ms}~{to_ms}ms).",
                f"nothing lies between {from_ms} and {to_ms} ms.",
            )
        view = await desk.open(staff, contact_id)
        start_ms = max(0, from_ms - PAD_MS)
        end_ms = min(to_ms + PAD_MS, start_ms + MAX_MS)
        heard_ms = heard_at(view, channel, start_ms)
        if clock() - heard_ms > _GONE_MS:
            raise _gone()
        await _turn(reads)
        try:
            sound = await _sound(bus, contact_id, channel, (start_ms, end_ms), heard_ms)
        finally:
            reads.release()
        return Response(sound, media_type="audio/wav", headers={"Cache-Control": "no-store"})

    return router


async def _turn(reads: asyncio.Semaphore) -> None:
    """Raises: Overloaded when others read for too long."""
    try:
        async with asyncio.timeout(_WAIT_S):
            await reads.acquire()
    except TimeoutError:
        raise _busy() from None


async def _sound(
    bus: Bus, contact_id: str, channel: int, stretch_ms: tuple[int, int], heard_ms: int
) -> bytes:
    """A WAV of the stretch, whose first moment was heard at this wall time or a little later.

    Raises:
        Gone: nothing of it is on the bus, or it never was.
        Unavailable: the bus could not be read, or not in time.
    """
    start_ms, end_ms = stretch_ms
    for late_ms in _LATE_MS:
        excerpt = await bus.read(
            CALL_AUDIO.name,
            contact_id,
            since_ms=heard_ms - _EARLY_MS,
            until_ms=heard_ms + end_ms - start_ms + late_ms,
            enough=partial(is_past, channel=channel, end_ms=end_ms),
        )
        sound = await asyncio.to_thread(wav_of, excerpt.records, channel, start_ms, end_ms)
        if sound is not None:
            return sound
        if excerpt.is_cut:
            raise _busy()
    raise _gone()


def _gone() -> Gone:
    return Gone(
        "이 말의 소리는 이제 없습니다. 소리는 말한 뒤 30분 동안만 들을 수 있습니다.",
        "the sound of these words is gone: it is kept for 30 minutes after they were said.",
    )


def _busy() -> Overloaded:
    return Overloaded(
        "소리를 제때 읽지 못했습니다. 잠시 뒤 다시 눌러 주십시오.",
        "the sound could not be read in time. Press again in a moment.",
    )


# -- pure --------------------------------------------------------------------------------------------------


def heard_at(view: ContactView, channel: int, at_ms: int) -> int:
    """Wall time, ms: not later than when this moment of the channel was heard, told by what was said near it.

    A recording that is fed faster than it was spoken arrives later than this, never earlier.
    """
    said = [one for one in view.utterances if one.channel == channel]
    after = next((one for one in said if one.end_ms >= at_ms), None)
    if after is not None:
        return after.heard_ms - (after.end_ms - at_ms)
    return said[-1].heard_ms if said else view.contact.started_at_ms


def is_past(record: Record, *, channel: int, end_ms: int) -> bool:
    """Whether nothing of the stretch can come after this frame."""
    frame = _frame(record)
    if frame is None or frame.channel != channel:
        return False
    return FrameFlag.LAST in frame.flags or frame.end_sample * 1000 >= end_ms * frame.rate_hz


def wav_of(records: Iterable[Record], channel: int, start_ms: int, end_ms: int) -> bytes | None:
    """The channel's samples between these times as a 16-bit WAV at the channel's own rate; None without any.

    Where frames are missing it is silent; behind the last one it ends.
    """
    frames = [frame for record in records if (frame := _frame(record)) and frame.channel == channel]
    frames = [frame for frame in frames if frame.rate_hz == frames[0].rate_hz]
    if not frames:
        return None
    rate_hz = frames[0].rate_hz
    first = start_ms * rate_hz // 1000
    end = min(end_ms * rate_hz // 1000, max(frame.end_sample for frame in frames))
    inside = [frame for frame in frames if frame.start_sample < end and frame.end_sample > first]
    if not inside:
        return None
    samples: Pcm16 = np.zeros(end - first, dtype="<i2")
    for frame in inside:
        low, high = max(first, frame.start_sample), min(end, frame.end_sample)
        samples[low - first : high - first] = frame.pcm16()[
            low - frame.start_sample : high - frame.start_sample
        ]
    return _wav(samples, rate_hz)


def _wav(samples: Pcm16, rate_hz: int) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(samples.tobytes())
    return out.getvalue()


def _frame(record: Record) -> AudioFrame | None:
    try:
        return decode_frame(record.value)
    except BadFrame:
        return None
