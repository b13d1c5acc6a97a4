"""A recording as a live call: at its own pace, or faster."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
from pydantic import BaseModel, ValidationError

from contracts.audio import FRAME_MS, Pcm16
from contracts.errors import BadAudio
from contracts.event import Role
from ingest.live import CallInfo, LiveCall, LiveCalls
from ingest.media import Media, open_media, read_blocks

STEREO: Final[dict[int, Role]] = {0: "agent", 1: "caller"}
"""Left agent, right caller: what most recorders write. A panel can swap them."""
MONO: Final[dict[int, Role]] = {0: "unknown"}

Progress = Callable[[float, float], None]
"""Told seconds played and seconds in all."""


class CallEvent(BaseModel):
    """A change of state at a time of the recording."""

    at_ms: int
    state: Literal["held", "talking"]


class Sidecar(BaseModel):
    """What stands beside a recording as NAME.json: a title, roles, holds. All of it is optional."""

    title: str = ""
    synthetic: bool = False
    channels: dict[int, Role] = {}
    events: list[CallEvent] = []


@dataclass(frozen=True, slots=True)
class Recording:
    """A checked file with what is known about it."""

    media: Media
    sidecar: Sidecar

    def info(self, agent_id: str | None, source: str = "replay") -> CallInfo:
        usual = STEREO if self.media.channels == 2 else MONO
        return CallInfo(
            agent_id=agent_id,
            title=self.sidecar.title or self.media.path.stem,
            source=source,
            roles={channel: self.sidecar.channels.get(channel, role) for channel, role in usual.items()},
            rate_hz=self.media.rate_hz,
            simulated=self.sidecar.synthetic,
        )


def open_recording(path: Path) -> Recording:
    """Check a file and read its sidecar; decodes the whole file, so call it off the event loop.

    Raises:
        BadAudio: the file cannot be played as a call, or its sidecar is not what it should be.
    """
    media = open_media(path)
    beside = path.with_suffix(".json")
    if not beside.is_file():
        return Recording(media, Sidecar())
    try:
        return Recording(media, Sidecar.model_validate(json.loads(beside.read_text("utf-8"))))
    except (ValidationError, ValueError) as error:
        raise BadAudio(
            f"'{beside.name}'을(를) 읽을 수 없습니다.", f"'{beside.name}' cannot be read: {error}"
        ) from None


async def play(
    calls: LiveCalls,
    recording: Recording,
    *,
    agent_id: str | None,
    speed: float = 1.0,
    started: Callable[[str], None] | None = None,
    progress: Progress | None = None,
) -> str:
    """Play a recording as a call and return its contact id when it has ended.

    Args:
        calls: where the call is published.
        recording: a checked file.
        agent_id: whose call it is.
        speed: 1 is real time; more is faster.
        started: told the contact id as soon as it exists.
        progress: told how far it is, ten times a second of audio.
    """
    async with calls.open(recording.info(agent_id)) as live:
        if started:
            started(live.contact_id)
        await _feed(live, recording, speed, progress)
        return live.contact_id


async def _feed(live: LiveCall, recording: Recording, speed: float, progress: Progress | None) -> None:
    loop = asyncio.get_running_loop()
    rate = recording.media.rate_hz
    events = sorted(recording.sidecar.events, key=lambda event: event.at_ms)
    began, position = loop.time(), 0
    blocks = _frames(recording.media)
    while (block := await asyncio.to_thread(next, blocks, None)) is not None:
        position += len(block)
        while events and events[0].at_ms * rate < position * 1000:
            event = events.pop(0)
            if event.state != live.call.state:
                await live.become(event.state)
        # A frame is heard when its last sample is spoken, not before.
        await asyncio.sleep(began + position / rate / speed - loop.time())
        await live.hear(dict(enumerate(block.T)))
        if progress:
            progress(position / rate, recording.media.seconds)


def _frames(media: Media) -> Iterator[Pcm16]:
    """Blocks of exactly one frame's length, shape (samples, channels); the last may be shorter."""
    size = media.rate_hz * FRAME_MS // 1000
    rest = np.zeros((0, media.channels), np.int16)
    for block in read_blocks(media):
        rest = np.concatenate([rest, block])
        while len(rest) >= size:
            yield rest[:size]
            rest = rest[size:]
    if len(rest):
        yield rest


def samples_in(folder: Path) -> Mapping[str, Path]:
    """Sample calls by name."""
    return {path.stem: path for path in sorted(folder.glob("*.flac"))}
