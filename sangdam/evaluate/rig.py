"""An embedded bus, ingest and the recogniser as in production, set up for one measurement."""

import asyncio
import os
import resource
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from asr.service import AsrService
from bus.base import Bus
from bus.events import consume
from bus.open import open_bus
from contracts.clock import wall_ms
from contracts.codec import AnyEvent
from contracts.topics import TOPICS, TRANSCRIPT
from contracts.transcript import RecognitionChanged, RecognitionMode, TranscriptEnded, Utterance
from ingest.live import LiveCalls
from models.mel import Features, Float32
from models.whisper import RATE_HZ, Hypothesis, Whisper, Window

ServiceOf = Callable[[Bus, Whisper], AsrService]
"""Makes the service to be measured, on this bus and with this model."""

QUIET: Final = 20 / 32768
"""RMS of noise above which no part of a window lies that holds silence or a line's hiss, but no speech."""

_MARGIN: Final = 50
"""Mel frames of silence that the model leaves after the speech."""
_SAMPLE_S: Final = 0.2
_EMPTY_FETCHES: Final = 2
"""The first fetch brings the assignment."""


class ListeningWhisper(Whisper):
    """The same loaded model, with a count of what it is asked for."""

    def __init__(self, inner: Whisper) -> None:
        """Shares the weights of `inner`."""
        self.__dict__.update(inner.__dict__)
        self.partials: Counter[int] = Counter()
        self.finals: Counter[int] = Counter()
        """Windows by the bucket they fit into, in mel frames of 10 ms."""
        self.silent = 0
        """Windows that hold no speech at all."""
        self.busy_s = 0.0
        """Wall time in the model, over all its workers."""
        self._counting = threading.Lock()
        hiss = np.random.default_rng(0).normal(0, QUIET, 5 * RATE_HZ).astype(np.float32)
        self._quiet = float(inner.log_mel.frames(hiss, RATE_HZ).max())

    @property
    def windows(self) -> int:
        return self.partials.total() + self.finals.total()

    def transcribe(self, windows: Sequence[Window]) -> list[Hypothesis]:
        """As the model does."""
        frames = [self._mel(window) for window in windows]
        began = time.perf_counter()
        try:
            return super().transcribe(windows)
        finally:
            with self._counting:
                self.busy_s += time.perf_counter() - began
                for window, mel in zip(windows, frames, strict=True):
                    buckets = (*self.short_buckets, *self.buckets) if window.short else self.buckets
                    counted = self.partials if window.short else self.finals
                    counted[next((b for b in buckets if b >= len(mel) + _MARGIN), buckets[-1])] += 1
                    self.silent += not len(mel) or float(mel.max()) < self._quiet

    def _mel(self, window: Window) -> Float32:
        if isinstance(window.audio, Features):
            return window.audio.frames(window.samples)
        return self.log_mel.frames(window.audio, RATE_HZ)


@dataclass(slots=True)
class Rig:
    """What a measurement feeds and looks at."""

    bus: Bus
    service: AsrService
    whisper: ListeningWhisper
    calls: LiveCalls
    arrivals: dict[str, list[tuple[int, Utterance]]] = field(default_factory=dict)
    """By contact, with the wall time of their arrival in ms; emptied by whoever wants no more of them."""
    modes: dict[str, RecognitionMode] = field(default_factory=dict)
    """By contact, the last that was told."""
    mode_changes: int = 0
    ended: set[str] = field(default_factory=set)
    """Contacts whose transcript is complete; one channel each."""
    peak_rss: int = 0

    async def see(self, events: Sequence[AnyEvent]) -> None:
        """Take events from the bus."""
        now = wall_ms()
        for event in events:
            if isinstance(event, Utterance):
                self.arrivals.setdefault(event.contact_id, []).append((now, event))
            elif isinstance(event, TranscriptEnded):
                self.ended.add(event.contact_id)
            elif isinstance(event, RecognitionChanged):
                self.modes[event.contact_id] = event.mode
                self.mode_changes += 1

    async def until_ended(self, contacts: set[str], limit_s: float) -> bool:
        """Wait for the transcripts of these contacts; False when the time is over."""
        deadline = time.monotonic() + limit_s
        while not contacts <= self.ended:
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(0.05)
        return True

    async def watch_memory(self) -> None:
        """Keep the largest memory that was seen."""
        while True:
            self.peak_rss = max(self.peak_rss, rss_bytes())
            await asyncio.sleep(_SAMPLE_S)

    async def traffic(self) -> tuple[Counter[str], Counter[str]]:
        """Records and bytes that are on the bus, by topic."""
        records: Counter[str] = Counter()
        sizes: Counter[str] = Counter()
        subscription = await self.bus.subscribe("bench-traffic", list(TOPICS))
        empty = 0
        while empty < _EMPTY_FETCHES:
            batch = (await subscription.fetch(max_records=2000, timeout_s=0.5)).records
            empty = 0 if batch else empty + 1
            for record in batch:
                records[record.topic] += 1
                sizes[record.topic] += len(record.value)
        await subscription.close()
        return records, sizes


@asynccontextmanager
async def rig(whisper: Whisper, service_of: ServiceOf) -> AsyncIterator[Rig]:
    """Set up and take down. A worker that fails ends the measurement with its error."""
    with tempfile.TemporaryDirectory() as folder:
        bus = await open_bus(f"embedded://{folder}/bus.db")
        try:
            listening = ListeningWhisper(whisper)
            made = Rig(bus, service_of(bus, listening), listening, LiveCalls(bus))
            async with asyncio.TaskGroup() as tasks:
                workers = [
                    tasks.create_task(made.service.run()),
                    tasks.create_task(consume(bus, "bench", [TRANSCRIPT], made.see)),
                    tasks.create_task(made.watch_memory()),
                ]
                yield made
                for worker in workers:
                    worker.cancel()
        finally:
            await bus.close()


def rss_bytes() -> int:
    """Memory of this process now; where the system does not tell, the most it ever had."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except OSError:
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return most if sys.platform == "darwin" else most << 10
    return pages * os.sysconf("SC_PAGE_SIZE")


def machine_cpu_s() -> float | None:
    """CPU seconds of all processes since the machine started; None where the system does not tell."""
    try:
        line = Path("/proc/stat").read_text("ascii").split("\n", 1)[0]
    except OSError:
        return None
    user, nice, system = line.split()[1:4]
    return (int(user) + int(nice) + int(system)) / os.sysconf("SC_CLK_TCK")
