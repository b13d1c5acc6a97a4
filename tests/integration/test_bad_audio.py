"""Audio as bad lines, senders and clocks give it, through bus and recogniser with the real models.

All calls come at once to one recogniser; each test then looks at its own call.
"""

import asyncio
import gc
import json
import re
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from rapidfuzz.distance import Levenshtein

from asr.admission import EVERYONE
from asr.channel import Channel
from asr.guards import BROADCAST
from asr.scheduler import SchedulerSettings
from asr.service import AsrCounts, AsrService, AsrSettings
from bus.embedded import EmbeddedBus
from contracts.audio import AudioFrame, Codec, FrameFlag, mulaw_decode, mulaw_encode
from contracts.codec import decode
from contracts.errors import SangdamError
from contracts.topics import CALL_AUDIO, TRANSCRIPT
from contracts.transcript import TranscriptEnded, Utterance
from ingest.media import open_media, read_blocks
from models.download import pull
from models.vad import VoiceActivity
from models.whisper import Whisper
from sangdam import settings
from sangdam.application import SAMPLE_CALLS

pytestmark = pytest.mark.real_model

RATE_HZ = 8000
FRAME = 800
LIMIT_S = 180
CALL = SAMPLE_CALLS / "bulky-waste.flac"
TURN = 4
"""Of the sample call: '마포구에 살고 있어요. …'"""
ENDLESS_S = 600
HELD_S = 40
"""Most audio that a channel may hold: an utterance, its margins and what one fetch brings."""

Audio = np.ndarray


def words(text: str) -> str:
    return re.sub(r"[\W_]", "", text)


def turn() -> tuple[Audio, str]:
    """Speech with silence around it, int16 at 8 kHz, and its words."""
    told = json.loads(CALL.with_suffix(".json").read_text("utf-8"))["turns"][TURN - 1]
    audio = np.concatenate(list(read_blocks(open_media(CALL))))[:, told["channel"]]
    speech = audio[told["start_ms"] * 8 : told["end_ms"] * 8]
    quiet = np.zeros(RATE_HZ, np.int16)
    return np.concatenate([quiet, speech, quiet]), told["text"]


def int16(audio: Audio) -> Audio:
    return np.clip(np.rint(audio), -32768, 32767).astype(np.int16)


def loudness(audio: Audio) -> float:
    return float(np.sqrt(np.mean(np.square(audio, dtype=float))))


# -- what lines do to speech -----------------------------------------------------------------------------


def clicks(audio: Audio, random: np.random.Generator) -> Audio:
    at = random.integers(0, len(audio) - 8, 40)
    clicked = audio.astype(float)
    for place in at:
        clicked[place : place + 6] += random.uniform(-30_000, 30_000) * np.exp(-np.arange(6) / 2)
    return clicked


def lost_packets(audio: Audio, random: np.random.Generator) -> Audio:
    """A tenth of the 20 ms packets is concealed by the packet before."""
    packets = audio[: len(audio) // 160 * 160].reshape(-1, 160).copy()
    for number in np.flatnonzero(random.random(len(packets)) < 0.1):
        packets[number] = packets[max(0, number - 1)] // 2
    return packets.reshape(-1)


LINES: dict[str, Callable[[Audio, np.random.Generator], Audio]] = {
    "clean": lambda audio, _: audio,
    "clicks": clicks,
    "clipped": lambda audio, _: audio * (60_000 / np.abs(audio).max()),
    "dc offset": lambda audio, _: audio + 9000,
    "0 dB noise": lambda audio, random: audio + random.normal(0, loudness(audio), len(audio)),
    "µ-law of µ-law": lambda audio, _: (
        mulaw_decode(mulaw_encode(mulaw_decode(mulaw_encode(audio // 8)))) * 8.0
    ),
    "lost packets": lost_packets,
}
UNDERSTOOD = {"clean", "clicks", "dc offset", "µ-law of µ-law", "lost packets"}

NO_SPEECH: dict[str, Callable[[np.random.Generator], Audio]] = {
    "silence": lambda _: np.zeros(4 * RATE_HZ),
    "only clicks": lambda random: clicks(np.zeros(6 * RATE_HZ, np.int16), random),
    "only dc offset": lambda _: np.full(4 * RATE_HZ, 12_000),
    "dc that jumps": lambda _: np.repeat([0, 9000, -9000, 0], RATE_HZ),
    "full-scale noise": lambda random: random.normal(0, 20_000, 6 * RATE_HZ),
    "square wave": lambda _: 32_000 * np.sign(np.sin(2 * np.pi * 150 * np.arange(5 * RATE_HZ) / RATE_HZ)),
    "300 ms of noise": lambda random: random.normal(0, 1500, 2400),
    "one sample": lambda _: np.zeros(1),
}


# -- what senders do to frames ---------------------------------------------------------------------------


def frames(audio: Audio) -> list[AudioFrame]:
    """int16 samples as frames of 100 ms; the last one says so."""
    made = [
        AudioFrame(
            contact_id=uuid.UUID(int=0).hex,
            channel=0,
            role="caller",
            codec=Codec.PCM16,
            rate_hz=RATE_HZ,
            start_sample=at,
            samples=len(audio[at : at + FRAME]),
            heard_ms=1_000_000 + at // 8,
            payload=audio[at : at + FRAME].astype("<i2").tobytes(),
        )
        for at in range(0, len(audio), FRAME)
    ]
    return [*made[:-1], replace(made[-1], flags=FrameFlag.LAST)]


def drift(made: Sequence[AudioFrame], ppm: float) -> list[AudioFrame]:
    """The sender counts its samples by one clock and cuts its frames by another."""
    return [replace(f, start_sample=round(f.start_sample * (1 + ppm / 1e6))) for f in made]


def swapped(made: Sequence[AudioFrame]) -> list[AudioFrame]:
    """Every fifth frame overtakes the one before it."""
    order = list(made)
    for number in range(5, len(order) - 1, 5):
        order[number - 1], order[number] = order[number], order[number - 1]
    return order


SENDERS: dict[str, Callable[[list[AudioFrame]], list[AudioFrame]]] = {
    "duplicates": lambda made: [frame for frame in made for _ in range(2)],
    "resent from the start": lambda made: [*made[: len(made) // 2], *made],
    "200 ppm fast": lambda made: drift(made, 200),
    "200 ppm slow": lambda made: drift(made, -200),
    "gaps": lambda made: [frame for number, frame in enumerate(made) if number % 10 != 7],
    "out of order": swapped,
}
WHOLE = {"duplicates", "resent from the start", "200 ppm fast", "200 ppm slow"}
"""What the sender does must not change what is understood."""


@dataclass
class Outcome:
    """What the recogniser made of all calls."""

    counts: AsrCounts
    texts: dict[str, str] = field(default_factory=dict)
    """Finals by call, joined."""
    ended: set[str] = field(default_factory=set)
    held_s: float = 0.0
    """Audio in memory for the call that never ends."""


def contact(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


def all_calls() -> dict[str, list[AudioFrame]]:
    speech, _ = turn()
    made = {
        **{name: frames(int16(spoil(speech, np.random.default_rng(5)))) for name, spoil in LINES.items()},
        **{name: frames(int16(sound(np.random.default_rng(6)))) for name, sound in NO_SPEECH.items()},
        **{name: send(frames(speech)) for name, send in SENDERS.items()},
        "300 ms of speech": frames(speech[RATE_HZ + 1600 : RATE_HZ + 4000]),
    }
    return {name: [replace(f, contact_id=contact(name)) for f in call] for name, call in made.items()}


def endless() -> list[AudioFrame]:
    """Hum and hiss, and no last frame."""
    at = np.arange(ENDLESS_S * RATE_HZ) / RATE_HZ
    hum = 200 * np.sin(2 * np.pi * 60 * at) + np.random.default_rng(7).normal(0, 30, len(at))
    return [replace(f, contact_id=contact("endless"), flags=FrameFlag.NONE) for f in frames(int16(hum))]


@pytest.fixture(scope="module")
def outcome(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    try:
        silero = pull("silero-vad", settings.load().models_dir, offline=True) / "silero_vad.onnx"
    except SangdamError:
        pytest.skip("no voice activity weights on this machine: run `sangdam models pull silero-vad`")
    return asyncio.run(recognise(Whisper(weights), VoiceActivity(silero), tmp_path_factory.mktemp("bad")))


async def recognise(whisper: Whisper, voice: VoiceActivity, folder: Path) -> Outcome:
    bus = await EmbeddedBus.open(folder / "bus.db")
    hurried = AsrSettings(
        scheduler=SchedulerSettings(cadence_ms=3_600_000),
        admission=EVERYONE,
    )
    service = AsrService(bus, whisper, voice, hurried)
    working, listening = asyncio.create_task(service.run()), asyncio.create_task(listen(bus, service))
    try:
        await asyncio.wait({working, listening}, return_when=asyncio.FIRST_COMPLETED)
        assert not working.done(), working.exception()
        return listening.result()
    finally:
        for task in (working, listening):
            task.cancel()
        with suppress(asyncio.CancelledError):
            await working
        await bus.close()


async def listen(bus: EmbeddedBus, service: AsrService) -> Outcome:
    calls, long_call = all_calls(), endless()
    names = {contact(name): name for name in calls}
    result, finals = Outcome(service.counts), {}
    subscription = await bus.subscribe("test", [TRANSCRIPT.name])
    await bus.publish_many(CALL_AUDIO.name, [(contact("garbage"), b"no frame")])
    for call in (*calls.values(), long_call):
        await bus.publish_many(CALL_AUDIO.name, [(f.contact_id, f.encode()) for f in call])
    async with asyncio.timeout(LIMIT_S):
        while len(result.ended) < len(calls) or service.counts.frames < sum(map(len, calls.values())) + len(
            long_call
        ):
            for record in (await subscription.fetch(timeout_s=0.5)).records:
                match decode(record.value):
                    case Utterance(status="final") as final:
                        finals[final.utterance_id] = final
                    case TranscriptEnded(contact_id=contact_id):
                        result.ended.add(names[contact_id])
    await subscription.close()
    for final in sorted(finals.values(), key=lambda final: final.start_ms):
        name = names.get(final.contact_id, "endless")
        result.texts[name] = f"{result.texts.get(name, '')} {final.text}".strip()
    result.held_s = held_samples(contact("endless")) / RATE_HZ
    return result


def held_samples(contact_id: str) -> int:
    """Audio that is in memory for a call."""
    channels = [alive for alive in gc.get_objects() if type(alive) is Channel and alive.key[0] == contact_id]
    assert channels
    return sum(len(chunk) for channel in channels for chunk in channel._chunks)


def errors(text: str) -> float:
    """Character error rate against what was said."""
    _, truth = turn()
    return Levenshtein.distance(words(truth), words(text)) / len(words(truth))


def beyond(text: str) -> int:
    """Letters after the last one that was said."""
    truth = words(turn()[1])
    edits = Levenshtein.editops(truth, words(text))
    return sum(edit.tag == "insert" and edit.src_pos == len(truth) for edit in edits)


@pytest.mark.parametrize("name", [*LINES, *SENDERS])
def test_nothing_is_invented_in_damaged_speech(outcome, name):
    text = outcome.texts.get(name, "")
    assert beyond(text) <= 3, text
    assert len(words(text)) <= 1.2 * len(words(turn()[1])), text
    assert not any(pattern.search(text) for pattern in BROADCAST), text


@pytest.mark.parametrize("name", sorted(UNDERSTOOD))
def test_a_bad_line_is_understood(outcome, name):
    assert errors(outcome.texts[name]) < 0.35, outcome.texts[name]


@pytest.mark.parametrize("name", sorted(WHOLE))
def test_a_bad_sender_changes_nothing(outcome, name):
    assert errors(outcome.texts[name]) <= errors(outcome.texts["clean"]) + 0.1, outcome.texts[name]


@pytest.mark.parametrize("name", NO_SPEECH)
def test_nothing_is_written_where_nobody_speaks(outcome, name):
    assert outcome.texts.get(name, "") == ""


def test_a_sentence_that_noise_drowns_is_left_out(outcome):
    """What a small model makes of it is a sentence of its own."""
    assert errors(outcome.texts.get("0 dB noise", "")) < 0.5 or outcome.texts["0 dB noise"] == ""


def test_a_call_of_300_ms_has_a_word_or_none(outcome):
    assert len(words(outcome.texts.get("300 ms of speech", ""))) <= 4


def test_every_call_ends_and_what_is_no_frame_is_counted(outcome):
    assert outcome.ended == set(all_calls())
    assert outcome.counts.bad_frames == 1


def test_a_call_that_never_ends_holds_little_audio(outcome):
    assert outcome.texts.get("endless", "") == ""
    assert outcome.held_s < HELD_S
