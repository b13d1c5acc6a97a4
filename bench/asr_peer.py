"""Our recogniser against a sliding window, on the same half minute of a call in the same run; prints JSON.

    python -m bench.asr_peer [RECORDING]

The peer is what simple streaming servers do with faster-whisper: once a second and channel, `transcribe` the
last ten seconds. faster-whisper pads every window to 30 s. It gets voice activity, so that silence is free,
the same weights, int8 and beam 1. Ours hears the call in real time through ingest and bus, partials and
finals, and its bus and ingest are counted in. CPU seconds are of the whole process.
"""

import asyncio
import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soxr
from faster_whisper import WhisperModel

from asr.endpointing import EndpointSettings
from bus.events import consume
from bus.open import open_bus
from contracts.audio import FRAME_MS, Pcm16
from contracts.clock import wall_ms
from contracts.codec import AnyEvent
from contracts.topics import TRANSCRIPT
from contracts.transcript import TranscriptEnded, Utterance
from ingest.live import CallInfo, LiveCalls
from ingest.media import open_media, read_blocks
from sangdam import settings
from sangdam.application import SAMPLE_CALLS
from sangdam.latency import Arrivals, summary
from sangdam.recogniser import Recogniser, load_recogniser

SECONDS = 30
WINDOW_S = 10
PATIENCE_S = 120
RATE_HZ = 16000


async def ours(recogniser: Recogniser, audio: Pcm16, rate_hz: int) -> dict[str, float | None]:
    arrivals, open_channels, done = Arrivals(), {0, 1}, asyncio.Event()

    async def see(events: Sequence[AnyEvent]) -> None:
        for event in events:
            if isinstance(event, Utterance):
                arrivals.utterances.append((wall_ms(), event))
            elif isinstance(event, TranscriptEnded):
                open_channels.discard(event.channel)
                if not open_channels:
                    done.set()

    with tempfile.TemporaryDirectory() as folder:
        bus = await open_bus(f"embedded://{folder}/bus.db")
        workers = [
            asyncio.create_task(recogniser.service(bus).run()),
            asyncio.create_task(consume(bus, "bench", [TRANSCRIPT], see)),
        ]
        began_s = time.process_time()
        await play(LiveCalls(bus), audio, rate_hz)
        await asyncio.wait_for(done.wait(), PATIENCE_S)
        cpu_s = time.process_time() - began_s
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        await bus.close()
    figures = summary(arrivals, speed=1, lead_ms=EndpointSettings().before_ms)
    return {
        "cpu_s_per_audio_s": round(cpu_s / SECONDS, 3),
        "partial_p95_ms": figures["partial_p95"],
        "final_p95_ms": figures["final_p95"],
    }


async def play(calls: LiveCalls, audio: Pcm16, rate_hz: int) -> None:
    loop, step = asyncio.get_running_loop(), rate_hz * FRAME_MS // 1000
    info = CallInfo(None, "bench", "bench", {0: "agent", 1: "caller"}, rate_hz, simulated=True)
    async with calls.open(info) as call:
        began = loop.time()
        for at in range(0, len(audio), step):
            block = audio[at : at + step]
            await asyncio.sleep(began + (at + len(block)) / rate_hz - loop.time())
            await call.hear(dict(enumerate(block.T)))


def sliding_window(recogniser: Recogniser, audio: Pcm16, rate_hz: int) -> dict[str, float]:
    """As fast as it can: what it costs does not depend on the pace."""
    model = WhisperModel(str(recogniser.path), device="cpu", compute_type="int8")
    channels = [
        soxr.resample(audio[:, channel].astype(np.float32) / 32768, rate_hz, RATE_HZ) for channel in (0, 1)
    ]
    longest_s, began_s, began = 0.0, time.process_time(), time.perf_counter()
    for second in range(1, SECONDS + 1):
        tick = time.perf_counter()
        for channel in channels:
            window = channel[max(0, second - WINDOW_S) * RATE_HZ : second * RATE_HZ]
            segments, _ = model.transcribe(window, language="ko", beam_size=1, vad_filter=True)
            for _ in segments:
                pass
        longest_s = max(longest_s, time.perf_counter() - tick)
    return {
        "cpu_s_per_audio_s": round((time.process_time() - began_s) / SECONDS, 3),
        "wall_s_per_audio_s": round((time.perf_counter() - began) / SECONDS, 3),
        "longest_second_s": round(longest_s, 2),
    }


def main() -> None:
    os.environ["CUDA_VISIBLE_DEVICES"] = ""
    media = open_media(Path(sys.argv[1]) if len(sys.argv) > 1 else SAMPLE_CALLS / "bulky-waste.flac")
    if media.channels != 2 or media.seconds < SECONDS:
        sys.exit(f"a recording of two channels and {SECONDS} s is needed")
    audio = np.concatenate(list(read_blocks(media)))[: SECONDS * media.rate_hz]
    with contextlib.redirect_stdout(sys.stderr):
        recogniser = load_recogniser(settings.load(model="base"))
        mine = asyncio.run(ours(recogniser, audio, media.rate_hz))
        theirs = sliding_window(recogniser, audio, media.rate_hz)
    ratio = float(mine["cpu_s_per_audio_s"] or 0) / theirs["cpu_s_per_audio_s"]
    print(
        json.dumps(
            {
                "call": media.path.name,
                "seconds": SECONDS,
                "channels": 2,
                "cores": os.cpu_count(),
                "ours": mine,
                "sliding_window": theirs,
                "cpu_ratio": round(ratio, 3),
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
