"""A recording as a live call: at its own pace, or faster."""

import asyncio
import json
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

import numpy as np
from pydantic import BaseModel, ValidationError

from contracts.audio import FRAME_MS, Pcm16
from contracts.errors import BadAudio, ModelError
from contracts.event import Role
from ingest.live import CallInfo, LiveCall, LiveCalls
from ingest.media import Media, open_media, read_blocks
from ingest.mono import Change, count_channels, find_changes, spread
from models.diarizer import Diarizer

log = logging.getLogger(__name__)

STEREO: Final[dict[int, Role]] = {0: "agent", 1: "caller"}
"""Left agent, right caller: what most recorders write. A panel can swap them."""
UNKNOWN: Final[Role] = "unknown"

_PAUSE_S: Final = 1.0
"""A frame that waits so long for the bus pauses its recording."""

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
    """Who is on which channel. Of a recording of one channel, 0 is who speaks first and 1 the other; with 0
    alone one party was recorded."""
    events: list[CallEvent] = []


@dataclass(frozen=True, slots=True)
class Recording:
    """A checked file with what is known about it."""

    media: Media
    sidecar: Sidecar
    changes: tuple[Change, ...] = ()
    """Whose turn it is, in one channel of several parties; empty: channels as in the file."""

    def info(self, agent_id: str | None, source: str = "replay") -> CallInfo:
        parties = count_channels(self.changes) if self.changes else 1
        unknown = dict.fromkeys(range(parties), UNKNOWN)
        usual = STEREO if self.media.channels == 2 else unknown
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


def tell_apart(
    recording: Recording, diarizer: Diarizer | None, progress: Progress | None = None
) -> Recording:
    """Find the parties of a recording of one channel; any other one stays as it is, also without a model.

    Goes through the whole recording: call it off the event loop.

    Args:
        recording: a checked file.
        diarizer: tells speakers apart.
        progress: told about seconds heard and seconds in all.
    """
    media = recording.media
    if diarizer is None or media.channels != 1 or set(recording.sidecar.channels) == {0}:
        return recording
    audio = (block[:, 0].astype(np.float32) / np.float32(32768) for block in read_blocks(media))
    heard = (lambda seconds: progress(min(seconds, media.seconds), media.seconds)) if progress else None
    try:
        turns = diarizer(audio, media.rate_hz, heard)
    except ModelError as error:
        log.warning(
            "'%s'의 화자를 구분하지 못해 한 사람의 말로 재생합니다 / played as one party: %s",
            media.path.name,
            error,
        )
        return recording
    return replace(recording, changes=find_changes(turns, media.rate_hz))


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
        if recording.changes:
            block = spread(block, position, recording.changes)
        position += len(block)
        while events and events[0].at_ms * rate < position * 1000:
            event = events.pop(0)
            if event.state != live.call.state:
                await live.become(event.state)
        # A frame is heard when its last sample is spoken, not before.
        await asyncio.sleep(began + position / rate / speed - loop.time())
        heard = loop.time()
        await live.hear(dict(enumerate(block.T)))
        if loop.time() - heard > _PAUSE_S:
            # The bus was away: the recording goes on at its pace, and not in a burst.
            began += loop.time() - heard
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
