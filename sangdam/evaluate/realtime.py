"""Many channels in real time through ingest, bus and recogniser; one call each, all in this process."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from asr.endpointing import EndpointSettings
from asr.service import AsrCounts
from contracts.audio import FRAME_MS
from contracts.clock import wall_ms
from contracts.errors import SangdamError
from contracts.topics import CALL_AUDIO
from ingest.live import CallInfo
from models.mel import FRAMES_PER_S
from models.whisper import Whisper
from sangdam.evaluate.figures import Heard, error_rate, final_delays, lost_turns, milliseconds
from sangdam.evaluate.load import LoadChannel
from sangdam.evaluate.rig import Rig, ServiceOf, machine_cpu_s, rig
from sangdam.latency import partial_delays, percentile

Progress = Callable[[float, float], None]

PATIENCE_S: Final = 60.0
"""After the last frame, the time that transcripts may take to be complete."""


@dataclass(frozen=True, slots=True)
class Run:
    """What was fed, and what was seen."""

    channels: tuple[Heard, ...]
    seconds: float
    frames_due: int
    refused_by_ingest: int
    """Calls that ingest ended with an error."""
    late_ms: tuple[float, ...]
    """How long after its time each frame was handed in: a busy process feeds late."""
    counts: AsrCounts
    cpu_s: float
    elapsed_s: float
    machine_s: float | None
    """CPU seconds of the whole machine, where the system tells."""
    peak_rss: int
    model_busy_s: float
    """Wall time in the model, a worker."""
    partial_windows: Counter[int]
    final_windows: Counter[int]
    """Asked of the model, by their length in mel frames of 10 ms; one that loops is tried again besides."""
    silent_windows: int
    records: Counter[str]
    sizes: Counter[str]
    modes: Counter[str]
    mode_changes: int
    unended: int
    """Channels whose transcript was not complete in time."""

    @property
    def frames_unread(self) -> int:
        """Safe on the bus, where a recogniser that is behind had no time for them yet."""
        read = self.counts.frames + self.counts.refused_frames
        return max(0, self.records[CALL_AUDIO.name] - read) if self.unended else 0

    @property
    def frames_lost(self) -> int:
        return self.frames_due - self.counts.frames - self.counts.refused_frames - self.frames_unread

    @property
    def cores_used_by_others(self) -> float | None:
        """A machine that had other work makes latency an upper bound."""
        return None if self.machine_s is None else max(0.0, (self.machine_s - self.cpu_s) / self.elapsed_s)

    @property
    def audio_s(self) -> float:
        return len(self.channels) * self.seconds

    @property
    def speech_s(self) -> float:
        return sum(heard.said.speech_s for heard in self.channels)


async def run(
    load: Sequence[LoadChannel],
    whisper: Whisper,
    service_of: ServiceOf,
    *,
    progress: Progress = lambda _done, _total: None,
    patience_s: float = PATIENCE_S,
) -> Run:
    """Feed the channels and wait until all is transcribed, or `patience_s` after the last frame."""
    seconds = max(len(channel.audio) / channel.rate_hz for channel in load)
    async with rig(whisper, service_of) as site:
        loop = asyncio.get_running_loop()
        began = loop.time() + 0.2
        began_wall = wall_ms() + (began - loop.time()) * 1000
        began_cpu, began_machine = time.process_time(), machine_cpu_s()
        # Frames of different calls do not come at the same moment.
        phases = [index / len(load) * FRAME_MS / 1000 for index in range(len(load))]
        late_ms: list[float] = []
        feeds = [
            asyncio.create_task(_feed(site, channel, began + phase, late_ms))
            for channel, phase in zip(load, phases, strict=True)
        ]
        while not all(feed.done() for feed in feeds):
            progress(min(seconds, max(0.0, loop.time() - began)), seconds)
            await asyncio.wait(feeds, timeout=0.5)
        contacts = [feed.result() for feed in feeds]
        known = {contact for contact in contacts if contact}
        await site.until_ended(known, patience_s)
        cpu_s, elapsed_s = time.process_time() - began_cpu, loop.time() - began
        busy_s, machine_s = site.whisper.busy_s, machine_cpu_s()
        records, sizes = await site.traffic()
        return Run(
            channels=tuple(
                Heard(channel, began_wall + phase * 1000, list(site.arrivals.get(contact or "", ())))
                for channel, phase, contact in zip(load, phases, contacts, strict=True)
            ),
            seconds=seconds,
            frames_due=sum(_frames(channel) for channel in load),
            refused_by_ingest=len(contacts) - len(known),
            late_ms=tuple(late_ms),
            counts=site.service.counts,
            cpu_s=cpu_s,
            elapsed_s=elapsed_s,
            machine_s=None if machine_s is None or began_machine is None else machine_s - began_machine,
            peak_rss=site.peak_rss,
            model_busy_s=busy_s / whisper.workers,
            partial_windows=site.whisper.partials,
            final_windows=site.whisper.finals,
            silent_windows=site.whisper.silent,
            records=records,
            sizes=sizes,
            modes=Counter(site.modes.values()),
            mode_changes=site.mode_changes,
            unended=len(known - site.ended),
        )


async def _feed(site: Rig, channel: LoadChannel, began: float, late_ms: list[float]) -> str | None:
    """One call; its contact id, None when ingest could not take it."""
    loop, step = asyncio.get_running_loop(), channel.rate_hz * FRAME_MS // 1000
    info = CallInfo(None, "bench", "bench", {0: "caller"}, channel.rate_hz, simulated=True)
    try:
        async with site.calls.open(info) as call:
            for at in range(0, len(channel.audio), step):
                block = channel.audio[at : at + step]
                due = began + (at + len(block)) / channel.rate_hz
                await asyncio.sleep(due - loop.time())
                late_ms.append((loop.time() - due) * 1000)
                await call.hear({0: block})
            return call.contact_id
    except SangdamError:
        return None


def _frames(channel: LoadChannel) -> int:
    """On the bus: whole ones, and the last, which may be empty."""
    return len(channel.audio) // (channel.rate_hz * FRAME_MS // 1000) + 1


def report(run: Run) -> dict[str, object]:
    """The figures of a run, as `sangdam bench asr --json` prints them; None where there was nothing to measure."""
    arrivals = [arrival for heard in run.channels for arrival in heard.arrivals]
    lead_ms = EndpointSettings().before_ms
    partial_p50, partial_p95 = milliseconds(partial_delays(arrivals, speed=1, lead_ms=lead_ms))
    final_p50, final_p95 = milliseconds(final_delays(run.channels))
    minutes, speech_s = run.audio_s / 60, max(run.speech_s, 1e-9)
    cer = error_rate(run.channels)
    late, others = percentile(run.late_ms, 0.95), run.cores_used_by_others
    return {
        "channels": len(run.channels),
        "seconds": round(run.seconds, 1),
        "rate_hz": run.channels[0].said.rate_hz,
        "speech_share": round(run.speech_s / run.audio_s, 3),
        "turns": sum(len(heard.said.turns) for heard in run.channels),
        "latency_ms": {
            "partial_p50": partial_p50,
            "partial_p95": partial_p95,
            "final_p50": final_p50,
            "final_p95": final_p95,
        },
        "cpu_s_per_audio_s": round(run.cpu_s / run.audio_s, 4),
        "model_busy": round(run.model_busy_s / run.elapsed_s, 3),
        "peak_rss_mib": round(run.peak_rss / (1 << 20)),
        "messages_per_channel": {topic: round(n / minutes, 1) for topic, n in run.records.items()},
        "bytes_per_channel": {topic: round(n / minutes) for topic, n in run.sizes.items()},
        "frames_lost": run.frames_lost,
        "frames_unread": run.frames_unread,
        "frames_refused": run.counts.refused_frames,
        "early_finals": run.counts.early_finals,
        "finals_lost": lost_turns(run.channels, with_text=False),
        "finals_without_text": lost_turns(run.channels, with_text=True)
        - lost_turns(run.channels, with_text=False),
        "unended": run.unended,
        "encoder_calls_on_silence": run.silent_windows,
        "cer": None if cer is None else round(cer, 4),
        "partials_per_s_of_speech": round(run.counts.partials / speech_s, 3),
        "windows_per_s_of_speech": {
            "partials": _by_length(run.partial_windows, speech_s),
            "finals": _by_length(run.final_windows, speech_s),
        },
        "refused": run.modes["refused"] + run.refused_by_ingest,
        "finals_only": run.modes["finals"],
        "mode_changes": run.mode_changes,
        "feeder_late_ms_p95": None if late is None else round(late, 1),
        "cores_used_by_others": None if others is None else round(others, 2),
    }


def _by_length(windows: Counter[int], speech_s: float) -> dict[str, float]:
    return {f"{frames // FRAMES_PER_S}s": round(windows[frames] / speech_s, 3) for frames in sorted(windows)}


def on_time(figures: dict[str, object], limit_ms: float) -> bool:
    """Finals in time, and nothing lost, refused or thinned out."""
    latency = figures["latency_ms"]
    assert isinstance(latency, dict)
    final_p95 = latency["final_p95"]
    zero = ("frames_lost", "finals_lost", "unended", "refused", "finals_only")
    return final_p95 is not None and final_p95 <= limit_ms and not any(figures[name] for name in zero)
