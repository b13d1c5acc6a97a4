"""Character error rate of the streaming recogniser beside faster-whisper offline, same weights, same audio."""

import asyncio
import re
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import soxr
from faster_whisper import WhisperModel
from rapidfuzz.distance import Levenshtein

from asr.admission import EVERYONE
from asr.service import AsrService
from bus.base import Bus
from bus.events import consume
from bus.open import open_bus
from contracts.audio import Pcm16, mulaw_decode, mulaw_encode
from contracts.codec import AnyEvent
from contracts.topics import TRANSCRIPT
from contracts.transcript import TranscriptEnded, Utterance
from ingest.live import CallInfo, LiveCalls
from ingest.media import open_media, read_blocks
from sangdam.evaluate.tables import read_tsv
from sangdam.recogniser import Recogniser, load_recogniser
from sangdam.settings import Settings

Progress = Callable[[float, float], None]

_PAUSE_S: Final = 1.0
"""Silence after each recording, as on a line that stays open."""
_PATIENCE_S: Final = 300
_AT_ONCE: Final = 8
"""Recordings that are fed at the same time; each waits for its own finals."""


@dataclass(frozen=True, slots=True)
class Item:
    """A labelled recording: int16 mono at `rate_hz`."""

    name: str
    source: str
    text: str
    rate_hz: int
    audio: Pcm16


async def evaluate_asr(
    options: Settings, manifest: Path, *, phone: bool, progress: Progress = lambda _done, _total: None
) -> dict[str, object]:
    """Transcribe a manifest twice.

    Args:
        options: model and threads.
        manifest: TSV with columns `file` (relative to it) and `text`; the first folder of `file` is its source.
        phone: 300-3400 Hz, 8 kHz, µ-law first.
        progress: told seconds of audio done and in all, over both passes.

    Returns:
        `streaming.cer`, `offline.cer` (without spaces and punctuation), their `ratio`, `by_source`, `seconds`.
    """
    items = await asyncio.to_thread(read_items, manifest, phone)
    seconds = sum(len(item.audio) / item.rate_hz for item in items)
    done = 0.0

    def move(item: Item) -> None:
        nonlocal done
        done += len(item.audio) / item.rate_hz
        progress(done, 2 * seconds)

    recogniser = await asyncio.to_thread(load_recogniser, options)
    # Recordings come faster than speech; nobody is waiting for them, so none is refused.
    patient = replace(recogniser.settings(), admission=EVERYONE)
    streaming = await _stream(items, lambda bus: recogniser.service(bus, patient), move)
    offline = await asyncio.to_thread(_offline, items, recogniser, options.threads, move)
    return {
        "manifest": manifest.name,
        "phone": phone,
        "model": recogniser.path.name,
        "utterances": len(items),
        "seconds": round(seconds, 1),
        "streaming": {"cer": _cer(items, streaming)},
        "offline": {"cer": _cer(items, offline)},
        "ratio": round(_cer(items, streaming) / max(_cer(items, offline), 1e-9), 4),
        "by_source": {
            source: {
                "streaming": _cer(part, streaming),
                "offline": _cer(part, offline),
                "utterances": len(part),
            }
            for source, part in _by_source(items).items()
        },
    }


def letters(text: str) -> str:
    """What is compared: letters and digits, lower case."""
    return re.sub(r"[\W_]", "", text.lower())


def _cer(items: Sequence[Item], said: Mapping[str, str]) -> float:
    errors = sum(Levenshtein.distance(letters(item.text), letters(said.get(item.name, ""))) for item in items)
    return round(errors / sum(len(letters(item.text)) for item in items), 4)


def _by_source(items: Sequence[Item]) -> dict[str, list[Item]]:
    parts: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        parts[item.source].append(item)
    return dict(parts)


def read_items(manifest: Path, phone: bool) -> list[Item]:
    """The recordings of a manifest, mixed to mono; see `evaluate_asr`."""
    rows = read_tsv(manifest, "file", "text")
    items = []
    for row in rows:
        media = open_media(manifest.parent / row["file"])
        audio = np.concatenate([block.astype(np.float32).mean(axis=1) for block in read_blocks(media)])
        rate, samples = media.rate_hz, np.clip(audio, -32768, 32767).astype(np.int16)
        if phone:
            rate, samples = 8000, telephone(samples, rate)
        items.append(Item(row["file"], row["file"].split("/")[0], row["text"], rate, samples))
    return items


def telephone(samples: Pcm16, rate_hz: int) -> Pcm16:
    """As a telephone hears it: 8 kHz, 300-3400 Hz (windowed-sinc FIR), G.711 µ-law and back."""
    narrow = soxr.resample(samples.astype(np.float64), rate_hz, 8000)
    taps = np.arange(-64, 65)
    band: npt.NDArray[np.float64] = (
        np.sinc(2 * 3400 / 8000 * taps) * 2 * 3400 / 8000 - np.sinc(2 * 300 / 8000 * taps) * 2 * 300 / 8000
    ) * np.hamming(len(taps))
    heard = np.clip(np.convolve(narrow, band, "same"), -32768, 32767).astype(np.int16)
    return mulaw_decode(mulaw_encode(heard))


async def _stream(
    items: Sequence[Item], service: Callable[[Bus], AsrService], move: Callable[[Item], None]
) -> dict[str, str]:
    """Every recording as a call of its own, through ingest, bus and recogniser."""
    finals: dict[str, dict[str, Utterance]] = defaultdict(dict)
    ended: dict[str, asyncio.Event] = defaultdict(asyncio.Event)

    async def collect(events: Sequence[AnyEvent]) -> None:
        for event in events:
            if isinstance(event, Utterance) and event.status == "final":
                finals[event.contact_id][event.utterance_id] = event
            elif isinstance(event, TranscriptEnded):
                ended[event.contact_id].set()

    said: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as folder:
        bus = await open_bus(f"embedded://{folder}/bus.db")
        workers = [
            asyncio.create_task(service(bus).run()),
            asyncio.create_task(consume(bus, "eval", [TRANSCRIPT], collect)),
        ]
        calls, turn = LiveCalls(bus), asyncio.Semaphore(_AT_ONCE)

        async def one(item: Item) -> None:
            async with turn:
                contact = await _call(calls, item)
                await asyncio.wait_for(ended[contact].wait(), _PATIENCE_S)
                move(item)
                said[item.name] = contact

        try:
            await asyncio.gather(*(one(item) for item in items))
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
            await bus.close()
    return {name: _text(finals[contact].values()) for name, contact in said.items()}


async def _call(calls: LiveCalls, item: Item) -> str:
    info = CallInfo(None, item.name, "eval", {0: "caller"}, item.rate_hz, simulated=True)
    async with calls.open(info) as call:
        step = item.rate_hz // 2
        padded = np.concatenate([item.audio, np.zeros(int(_PAUSE_S * item.rate_hz), np.int16)])
        for at in range(0, len(padded), step):
            await call.hear({0: padded[at : at + step]})
        return call.contact_id


def _text(utterances: Iterable[Utterance]) -> str:
    ordered = sorted(utterances, key=lambda utterance: utterance.start_ms)
    return " ".join(utterance.text for utterance in ordered)


def _offline(
    items: Sequence[Item], recogniser: Recogniser, threads: int, move: Callable[[Item], None]
) -> dict[str, str]:
    """faster-whisper's own transcription of each whole recording, beam 1."""
    model = WhisperModel(
        str(recogniser.path),
        device=recogniser.device,
        compute_type=recogniser.compute_type,
        cpu_threads=threads,
    )
    said = {}
    for item in items:
        audio = soxr.resample(item.audio.astype(np.float32) / 32768, item.rate_hz, 16000)
        segments, _ = model.transcribe(audio, language="ko", beam_size=1)
        said[item.name] = " ".join(segment.text for segment in segments)
        move(item)
    return said
