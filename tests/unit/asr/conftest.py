"""The service with a simulated ear and a simulated recogniser, on a real bus.

Calls here are silence and bursts of a constant level. The ear takes whatever is loud for voice; the recogniser
says the word of each level, once for every 200 ms: so a text tells which audio came to it.
"""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
import pytest

from asr import service as service_module
from asr.admission import EVERYONE, AdmissionSettings
from asr.endpointing import EndpointSettings
from asr.scheduler import SchedulerSettings
from asr.service import AsrService, AsrSettings
from bus.base import Bus
from bus.embedded import EmbeddedBus
from contracts.audio import AudioFrame, Codec, FrameFlag
from contracts.codec import decode
from contracts.topics import CALL_AUDIO, TRANSCRIPT
from contracts.transcript import TranscriptEnded, Utterance
from models.mel import LogMel
from models.whisper import Hypothesis, Window

RATE_HZ = 8000
FRAME = 800
LIMIT_S = 20.0
WORDS = ("", "가방", "나무", "다리", "라면", "마음", "바다", "사과", "아침", "자전거", "하늘")
LEVEL = 2000
CONTACTS = ("00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000015")
"""Both on one partition."""


class Ear:
    """Voice activity by loudness; counts the windows of each call."""

    def __init__(self) -> None:
        self.largest = 0

    def __call__(self, states, windows) -> list[float]:
        self.largest = max(self.largest, len(windows))
        assert len({id(state) for state in states}) == len(states)
        return [0.95 if np.abs(window).max() > 500 / 32768 else 0.02 for window in windows]


class Mouth:
    """Says the word of each level that it hears. `open` lets it speak, `batches` is what it was asked."""

    workers = 1
    log_mel = LogMel(80)

    def __init__(self) -> None:
        self.open = threading.Event()
        self.open.set()
        self.batches: list[int] = []
        self.windows: list[Window] = []
        self.languages: dict[str, float] = {}

    def transcribe(self, windows) -> list[Hypothesis]:
        assert self.open.wait(LIMIT_S)
        self.batches.append(len(windows))
        self.windows += windows
        return [
            Hypothesis(
                said(heard(window)),
                -0.1,
                0.01,
                looped=False,
                languages=self.languages if window.detect else {},
            )
            for window in windows
        ]


def heard(window) -> np.ndarray:
    """The audio that a window's features are made from."""
    return np.concatenate(window.audio._pending[1:])[: window.samples]


def said(audio) -> str:
    """The words in audio at 8 kHz, one for every 200 ms of a level."""
    blocks = audio[: len(audio) // 80 * 80].reshape(-1, 80)
    levels = [round(float(level) * 32768 / LEVEL) for level in np.median(blocks, axis=1)]
    words = [
        WORDS[level] for level, run in groupby(levels) for _ in range(round(len(list(run)) / 20)) if level
    ]
    return " ".join(words)


def signal(*parts: tuple[int, float]) -> np.ndarray:
    """Bursts of (level, seconds); level 0 is silence."""
    return np.concatenate([np.full(round(s * RATE_HZ), level * LEVEL, np.int16) for level, s in parts])


def frames(audio, contact=CONTACTS[0], channel=0, *, first=0, last=True, size=FRAME) -> list[AudioFrame]:
    made = [
        AudioFrame(
            contact_id=contact,
            channel=channel,
            role="caller",
            codec=Codec.PCM16,
            rate_hz=RATE_HZ,
            start_sample=first + at,
            samples=len(audio[at : at + size]),
            heard_ms=1_000_000 + (first + at + size) * 1000 // RATE_HZ,
            payload=audio[at : at + size].tobytes(),
        )
        for at in range(0, len(audio), size)
    ]
    if last:
        end = first + len(audio)
        made.append(
            AudioFrame(
                contact, channel, "caller", Codec.PCM16, RATE_HZ, end, 0, 1_000_000, b"", FrameFlag.LAST
            )
        )
    return made


async def fall(work: asyncio.Task) -> None:
    """Drop everything: nothing more is published or committed."""
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)


@dataclass
class Rig:
    """A bus, the workers on it and what they publish."""

    bus: Bus
    mouth: Mouth = field(default_factory=Mouth)
    ear: Ear = field(default_factory=Ear)
    events: list[Utterance | TranscriptEnded] = field(default_factory=list)
    now_ms: int | None = None
    """A clock to be moved by hand; None is the real one."""
    wall_step_ms: int = 0
    """By how much somebody moved the wall clock."""

    @property
    def finals(self) -> list[Utterance]:
        return [e for e in self.events if isinstance(e, Utterance) and e.status == "final"]

    @property
    def partials(self) -> list[Utterance]:
        return [e for e in self.events if isinstance(e, Utterance) and e.status == "partial"]

    @property
    def ended(self) -> list[TranscriptEnded]:
        return [e for e in self.events if isinstance(e, TranscriptEnded)]

    def is_exact(self, known: dict[str, str]) -> bool:
        """Each utterance is there once, in order, before its channel's end; what came twice was the same."""
        assert self.texts == known
        by_channel: dict[tuple[str, int], list[int]] = {}
        over: set[tuple[str, int]] = set()
        seen: dict[str, Utterance] = {}
        for event in self.events:
            key = (event.contact_id, getattr(event, "channel", -1))
            if isinstance(event, TranscriptEnded):
                over.add(key)
            elif isinstance(event, Utterance) and event.status == "final":
                if event.utterance_id not in seen:
                    assert key not in over, "a final after the end"
                    by_channel.setdefault(key, []).append(event.start_ms)
                else:
                    assert event.revision == seen[event.utterance_id].revision
                seen[event.utterance_id] = event
        assert all(starts == sorted(starts) for starts in by_channel.values())
        assert over >= by_channel.keys()
        return True

    @property
    def texts(self) -> dict[str, str]:
        """Finals by their id."""
        return {e.utterance_id: e.text for e in self.finals}

    def clock(self) -> int:
        return time.time_ns() // 1_000_000 if self.now_ms is None else self.now_ms

    def wall(self) -> int:
        return self.clock() + self.wall_step_ms

    async def send(self, made: Iterable[AudioFrame]) -> None:
        await self.bus.publish_many(CALL_AUDIO.name, [(frame.contact_id, frame.encode()) for frame in made])

    async def until(self, condition: Callable[[], object], limit_s: float = LIMIT_S) -> None:
        limit = time.monotonic() + limit_s
        while not condition():
            assert time.monotonic() < limit, "it did not happen in time"
            await asyncio.sleep(0.005)

    @asynccontextmanager
    async def worker(
        self,
        bus: Bus | None = None,
        admission: AdmissionSettings | None = None,
        *,
        polite: bool = False,
        mouth: Mouth | None = None,
        **endpoints,
    ) -> AsyncIterator[AsrService]:
        """One worker, as long as the block lasts; its end is sudden unless it is `polite`."""
        settings = AsrSettings(
            admission=admission or EVERYONE,
            endpoints=EndpointSettings(**endpoints),
            scheduler=SchedulerSettings(cadence_ms=10, slowest_ms=10),
        )
        service = AsrService(
            bus or self.bus, mouth or self.mouth, self.ear, settings, clock=self.wall, monotonic=self.clock
        )
        if not polite:
            service._drain = fall  # type: ignore[method-assign]  # as if it was killed
        task = asyncio.create_task(service.run())
        try:
            # What waits on the bus when it gets its partitions is late, what is sent from now on is not.
            await self.until(lambda: service._intake.assigned or task.done())
            yield service
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


@pytest.fixture
def commits_at_once(monkeypatch):
    monkeypatch.setattr(service_module, "_COMMIT_S", 0.01)


@pytest.fixture
async def open_rig(tmp_path) -> AsyncIterator[Callable]:
    """Opens a rig on a bus of its own."""
    opened: list[tuple[EmbeddedBus, asyncio.Task]] = []

    async def follow(place: Rig) -> None:
        subscription = await place.bus.subscribe("test", [TRANSCRIPT.name])
        while True:
            for record in (await subscription.fetch(timeout_s=0.5)).records:
                place.events.append(decode(record.value))

    async def go() -> Rig:
        bus = await EmbeddedBus.open(tmp_path / f"bus{len(opened)}.db")
        place = Rig(bus)
        opened.append((bus, asyncio.create_task(follow(place))))
        return place

    yield go
    for bus, task in opened:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        await bus.close()


@pytest.fixture
async def place(open_rig) -> Rig:
    return await open_rig()


@pytest.fixture
def make():
    """Frames of a signal."""
    return frames


@pytest.fixture
def bursts():
    """A signal of bursts."""
    return signal
