"""Long calls fed as fast as they are taken: does memory grow, and is anything made of music and silence?"""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from contracts.audio import FRAME_MS, Pcm16, mulaw_decode, mulaw_encode
from contracts.errors import Overloaded
from ingest.live import CallInfo
from models.whisper import Whisper
from sangdam.evaluate import noises
from sangdam.evaluate.figures import Heard, error_rate, lost_turns
from sangdam.evaluate.load import LoadChannel, Spoken, Turn, lay_out
from sangdam.evaluate.rig import Rig, ServiceOf, rig, rss_bytes

Progress = Callable[[float, float], None]

RATE_HZ: Final = 8000
SPEECH_SHARE: Final = 0.02
"""Sparse, so that hours pass in minutes: what grows would grow by audio, not by speech."""
SETTLED_S: Final = 600.0
"""Memory counts from here on: caches and arenas are filled."""

_BLOCK_S: Final = 5.0
_AHEAD_FRAMES: Final = 600
"""A minute of audio that the recogniser has not read yet: far below what the bus retains."""
_SAMPLE_S: Final = 60.0
_STALL_S: Final = 120.0
_CHAPTER_S: Final = 600.0
"""Audio is made in pieces, so that the load itself does not fill the memory that is measured."""
_MUSIC_S: Final = 50.0
_SILENCE_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Sample:
    """Memory after so much audio."""

    audio_s: float
    rss: int


async def soak_call(
    utterances: Sequence[Spoken],
    hours: float,
    whisper: Whisper,
    service_of: ServiceOf,
    progress: Progress = lambda _done, _total: None,
) -> dict[str, object]:
    """One call of many hours with sparse speech.

    Args:
        utterances: at 8 kHz.
        hours: of the call.
        whisper: the model.
        service_of: makes the service.
        progress: told seconds fed and in all.
    """
    chapters = max(1, round(hours * 3600 / _CHAPTER_S))
    seconds = chapters * _CHAPTER_S
    turns: list[Turn] = []
    samples: list[Sample] = []
    began = time.process_time()
    async with rig(whisper, service_of) as site:
        async with site.calls.open(_info("soak")) as call:
            for chapter in range(chapters):
                before_s = chapter * _CHAPTER_S
                (channel,) = lay_out(utterances, 1, _CHAPTER_S, chapter, share=SPEECH_SHARE)
                turns += [_later(turn, before_s) for turn in channel.turns]
                for at, block in _blocks(channel.audio):
                    await call.hear({0: block})
                    await _keep_pace(site, before_s + at)
                    if at % _SAMPLE_S == 0:
                        samples.append(Sample(before_s + at, rss_bytes()))
                        progress(before_s + at, seconds)
            contact = call.contact_id
        ended = await site.until_ended({contact}, _STALL_S)
        said = LoadChannel(np.zeros(0, np.int16), RATE_HZ, tuple(turns))
        heard = Heard(said, 0.0, site.arrivals.get(contact, []))
        cer = error_rate([heard])
        return {
            "hours": round(seconds / 3600, 2),
            "speech_share": round(said.speech_s / seconds, 4),
            "cpu_s": round(time.process_time() - began, 1),
            "turns": len(turns),
            "finals_lost": lost_turns([heard], with_text=False),
            "finals_without_text": lost_turns([heard], with_text=True) - lost_turns([heard], with_text=False),
            "cer": None if cer is None else round(cer, 4),
            "ended": ended,
            "frames_lost": round(seconds * 1000 / FRAME_MS) + 1 - site.service.counts.frames,
            "encoder_calls_on_silence": site.whisper.silent,
            "rss_mib": memory(samples),
        }


async def soak_music(
    hours: float, whisper: Whisper, service_of: ServiceOf, progress: Progress = lambda _done, _total: None
) -> dict[str, object]:
    """One call of hold music of all styles, tones and silence, µ-law, that is not marked as on hold."""
    minutes = max(1, round(hours * 60))
    began = time.process_time()
    async with rig(whisper, service_of) as site:
        async with site.calls.open(_info("soak-music")) as call:
            for minute in range(minutes):
                for at, block in _blocks(waiting(minute)):
                    await call.hear({0: block})
                    await _keep_pace(site, minute * 60 + at)
                progress(minute + 1, minutes)
            contact = call.contact_id
        ended = await site.until_ended({contact}, _STALL_S)
        texts = {e.utterance_id: e.text for _, e in site.arrivals.get(contact, ()) if e.text}
        return {
            "hours": round(minutes / 60, 2),
            "cpu_s": round(time.process_time() - began, 1),
            "ended": ended,
            "encoder_calls": site.whisper.windows,
            "texts": len(texts),
            "first_texts": list(texts.values())[:5],
        }


def waiting(minute: int) -> Pcm16:
    """What a caller hears in a minute of waiting: music, now and then a tone, then silence; 8 kHz, µ-law."""
    match minute % 10:
        case 8:
            sound = noises.ringing(_MUSIC_S, RATE_HZ)
        case 9:
            sound = noises.busy(_MUSIC_S, RATE_HZ)
        case _:
            sound = noises.music(_MUSIC_S, RATE_HZ, minute)
    return mulaw_decode(mulaw_encode(np.concatenate([sound, np.zeros(int(_SILENCE_S * RATE_HZ), np.int16)])))


def memory(samples: Sequence[Sample]) -> dict[str, object]:
    """Growth from the first settled minute to the end, and the line through all settled minutes."""
    settled = [sample for sample in samples if sample.audio_s >= SETTLED_S] or list(samples)
    hours = np.array([sample.audio_s for sample in settled]) / 3600
    mib = np.array([sample.rss for sample in settled]) / (1 << 20)
    slope = float(np.polyfit(hours, mib, 1)[0]) if len(settled) > 1 else 0.0
    return {
        "settled": round(float(mib[0])),
        "end": round(float(mib[-1])),
        "min": round(float(mib.min())),
        "max": round(float(mib.max())),
        "mib_per_hour": round(slope, 2),
        "growth": round(float(mib[-1] / mib[0]) - 1, 4),
        "every_ten_minutes": [round(sample.rss / (1 << 20)) for sample in samples[:: int(600 / _SAMPLE_S)]],
    }


def _info(title: str) -> CallInfo:
    return CallInfo(None, title, "bench", {0: "caller"}, RATE_HZ, simulated=True)


def _later(turn: Turn, seconds: float) -> Turn:
    shift = round(seconds * 1000)
    return Turn(turn.start_ms + shift, turn.end_ms + shift, turn.text)


def _blocks(audio: Pcm16) -> Iterator[tuple[float, Pcm16]]:
    """Pieces of a few seconds, each with the time at which it ends."""
    size = int(_BLOCK_S * RATE_HZ)
    for at in range(0, len(audio), size):
        block = audio[at : at + size]
        yield (at + len(block)) / RATE_HZ, block


async def _keep_pace(site: Rig, fed_s: float) -> None:
    """Wait until the recogniser has read all but the last minute: the bus then drops nothing that is unread.

    Raises:
        Overloaded: it has read nothing for two minutes.
    """
    read, since = site.service.counts.frames, time.monotonic()
    while fed_s * 1000 / FRAME_MS - site.service.counts.frames > _AHEAD_FRAMES:
        await asyncio.sleep(0.01)
        if site.service.counts.frames > read:
            read, since = site.service.counts.frames, time.monotonic()
        elif time.monotonic() - since > _STALL_S:
            raise Overloaded(
                f"음성 인식이 {_STALL_S:.0f}초 동안 소리를 읽지 않았습니다.",
                f"the recogniser has read no audio for {_STALL_S:.0f} s.",
            )
