"""Real Whisper and real Silero behind ingest and the bus: a sample call, silence, noise, another worker."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import numpy as np
import pytest

from asr.channel import Channel
from asr.endpointing import Closed, EndpointSettings
from asr.scheduler import SchedulerSettings
from asr.service import AsrService, AsrSettings
from bus.embedded import EmbeddedBus
from contracts.audio import AudioFrame, Codec, FrameFlag
from contracts.codec import decode
from contracts.errors import SangdamError
from contracts.topics import CALL_AUDIO, TRANSCRIPT
from contracts.transcript import TranscriptEnded, Utterance
from ingest.live import LiveCalls
from ingest.media import open_media, read_blocks
from ingest.replay import open_recording, play
from models.download import pull
from models.mel import LogMel
from models.vad import VoiceActivity
from models.whisper import Whisper
from sangdam import settings
from sangdam.application import SAMPLE_CALLS

pytestmark = pytest.mark.real_model

CALL = SAMPLE_CALLS / "bulky-waste.flac"
CONTACT = "6f2c1f2e-54f0-4b3a-9d53-0a6c63a0f4b1"
LIMIT_S = 120
LOG_MEL = LogMel(80)
FINALS_ONLY = SchedulerSettings(cadence_ms=3_600_000, slowest_ms=3_600_000)
"""These tests hurry: partials would only take time away."""


@pytest.fixture(scope="module")
def whisper(weights: Path) -> Whisper:
    return Whisper(weights)


@pytest.fixture(scope="module")
def voice(weights: Path) -> VoiceActivity:
    try:
        folder = pull("silero-vad", settings.load().models_dir, offline=True)
    except SangdamError:
        pytest.skip("no voice activity weights on this machine: run `sangdam models pull silero-vad`")
    return VoiceActivity(folder / "silero_vad.onnx")


class Transcript:
    """What a recogniser of its own publishes."""

    def __init__(self, bus: EmbeddedBus, service: AsrService) -> None:
        self.bus = bus
        self.service = service
        self.finals: list[Utterance] = []
        self.partials: list[Utterance] = []
        self.ended: set[int] = set()

    async def until_ended(self, channels: int) -> None:
        subscription = await self.bus.subscribe("test", [TRANSCRIPT.name])
        async with asyncio.timeout(LIMIT_S):
            while len(self.ended) < channels:
                for record in (await subscription.fetch(timeout_s=0.5)).records:
                    match decode(record.value):
                        case Utterance(status="final") as final:
                            self.finals.append(final)
                        case Utterance() as partial:
                            self.partials.append(partial)
                        case TranscriptEnded(channel=channel):
                            self.ended.add(channel)
        await subscription.close()


@pytest.fixture
def recogniser(whisper, voice, tmp_path):
    """Starts one on a new bus."""
    number = 0

    @asynccontextmanager
    async def start(scheduler: SchedulerSettings = FINALS_ONLY) -> AsyncIterator[Transcript]:
        nonlocal number
        number += 1
        bus = await EmbeddedBus.open(tmp_path / f"bus{number}.db")
        service = AsrService(bus, whisper, voice, AsrSettings(scheduler=scheduler))
        working = asyncio.create_task(service.run())
        try:
            yield Transcript(bus, service)
        finally:
            working.cancel()
            with suppress(asyncio.CancelledError):
                await working
            await bus.close()

    return start


def frames(
    audio: np.ndarray, sizes: Sequence[int], rate_hz: int = 8000, channel: int = 0
) -> list[AudioFrame]:
    """int16 samples as frames of these sizes in turn, and a last one."""
    made, at, number = [], 0, 0
    while at < len(audio):
        piece = audio[at : at + sizes[number % len(sizes)]]
        end = at + len(piece)
        made.append(
            AudioFrame(
                contact_id=CONTACT,
                channel=channel,
                role="caller",
                codec=Codec.PCM16,
                rate_hz=rate_hz,
                start_sample=at,
                samples=len(piece),
                heard_ms=1_000_000 + end * 1000 // rate_hz,
                payload=piece.astype("<i2").tobytes(),
                flags=FrameFlag.LAST if end == len(audio) else FrameFlag.NONE,
            )
        )
        at, number = end, number + 1
    return made


async def send(bus: EmbeddedBus, made: Sequence[AudioFrame]) -> None:
    await bus.publish_many(CALL_AUDIO.name, [(CONTACT, frame.encode()) for frame in made])


def sample_call() -> np.ndarray:
    """int16 of shape (samples, 2) at 8 kHz."""
    return np.concatenate(list(read_blocks(open_media(CALL))))


def turns_of(channel: int) -> list[dict]:
    told = json.loads(CALL.with_suffix(".json").read_text("utf-8"))["turns"]
    return [turn for turn in told if turn["channel"] == channel]


async def test_a_sample_call_is_written_down(recogniser):
    async with recogniser() as transcript:
        await play(LiveCalls(transcript.bus), open_recording(CALL), agent_id=None, speed=1000)
        await transcript.until_ended(2)
    text = {
        channel: " ".join(
            f.text for f in sorted(transcript.finals, key=lambda f: f.start_ms) if f.channel == channel
        )
        for channel in (0, 1)
    }
    assert "소파" in text[1]
    assert "마포구" in text[1]
    assert "폐기물" in text[0] + text[1]
    assert {final.role for final in transcript.finals if final.channel == 1} == {"caller"}
    for final in transcript.finals:
        assert final.text
        assert 0.3 < final.confidence <= 1
        # Nothing was written down where nobody spoke.
        near = [
            t
            for t in turns_of(final.channel)
            if final.start_ms < t["end_ms"] and t["start_ms"] < final.end_ms
        ]
        assert near, final
        assert final.start_ms > near[0]["start_ms"] - 600
        assert final.end_ms < near[-1]["end_ms"] + 300
    for channel in (0, 1):
        for turn in turns_of(channel):
            assert [
                f
                for f in transcript.finals
                if f.channel == channel and f.start_ms < turn["end_ms"] and turn["start_ms"] < f.end_ms
            ], turn["text"]
    assert transcript.service.counts.lost_samples == transcript.service.counts.bad_frames == 0


@pytest.mark.parametrize("rate_hz", [8000, 16_000])
async def test_silence_noise_and_a_dial_tone_give_no_text(recogniser, rate_hz):
    at = np.arange(8 * rate_hz) / rate_hz
    sounds = [
        np.zeros(len(at)),
        np.random.default_rng(5).normal(0, 1500, len(at)),
        np.random.default_rng(6).normal(0, 150, len(at)),
        6000 * np.sin(2 * np.pi * 425 * at),
    ]
    async with recogniser(SchedulerSettings()) as transcript:
        for channel, sound in enumerate(sounds):
            await send(transcript.bus, frames(np.rint(sound), [rate_hz // 10], rate_hz, channel))
        await transcript.until_ended(len(sounds))
    assert [final.text for final in transcript.finals if final.text] == []
    assert [partial.text for partial in transcript.partials if partial.text] == []


async def test_frames_of_any_length_give_the_same_finals(recogniser):
    request = sample_call()[5 * 8000 : 14 * 8000, 1]
    told = []
    for sizes in ([800], [160, 1, 333, 1600, 7, 4000]):
        async with recogniser() as transcript:
            await send(transcript.bus, frames(request, sizes))
            await transcript.until_ended(1)
        told.append(
            [
                (f.utterance_id, f.revision, f.start_ms, f.end_ms, f.text, f.confidence)
                for f in transcript.finals
            ]
        )
    assert told[0] == told[1]
    assert "소파" in " ".join(final[4] for final in told[0])


async def test_partials_come_while_it_is_spoken(recogniser):
    request = frames(sample_call()[5 * 8000 : 14 * 8000, 1], [800])
    async with recogniser(SchedulerSettings(cadence_ms=100, slowest_ms=100)) as transcript:
        follow = asyncio.create_task(transcript.until_ended(1))
        for frame in request:
            await send(transcript.bus, [frame])
            await asyncio.sleep(0.03)
        await follow
    (final,) = transcript.finals
    assert transcript.partials
    assert {partial.utterance_id for partial in transcript.partials} == {final.utterance_id}
    revisions = [partial.revision for partial in transcript.partials]
    assert revisions == sorted(set(revisions))
    assert "소파" in final.text


def endpoints(voice: VoiceActivity, made: Sequence[AudioFrame]) -> tuple[list[Closed], list[tuple[int, int]]]:
    """Utterances of a channel; and after each frame the sample to begin at again, and the oldest one needed."""
    channel = Channel(made[0], EndpointSettings(), LOG_MEL)
    found, marks = [], []
    for frame in made:
        found += channel.accept(frame)
        while (window := channel.next_window()) is not None:
            found += channel.endpointer.process(voice([channel.voice], [window])[0])
        channel.forget_before(channel.endpointer.keep_from)
        needed = channel.needed_from([])
        marks.append((channel.rehear_from(needed), needed))
    found += channel.endpointer.finish()
    return [endpoint for endpoint in found if isinstance(endpoint, Closed)], marks


@pytest.mark.parametrize("channel", [0, 1])
def test_another_worker_hears_the_same_utterances(voice, channel):
    """Whenever the first one dies, the second one begins where it has to, and finds the same speech by ear."""
    made = frames(sample_call()[:, channel], [800])
    known, marks = endpoints(voice, made)
    assert len(known) >= 5
    for stopped in range(40, len(made), 61):
        rehear_from, needed_from = marks[stopped]
        begin = next(n for n, frame in enumerate(made) if frame.end_sample > rehear_from)
        again, _ = endpoints(voice, made[begin:])
        assert again == known[len(known) - len(again) :]
        assert set(again) >= {closed for closed in known if closed.start_sample >= needed_from}
