"""Silero on a sample call and on what is no speech."""

import json

import numpy as np
import pytest

from contracts.errors import SangdamError
from ingest.media import open_media, read_blocks
from models.download import pull
from models.vad import VoiceActivity, VoiceState, window_samples
from sangdam import settings
from sangdam.application import SAMPLE_CALLS

pytestmark = pytest.mark.real_model
CALL = SAMPLE_CALLS / "bulky-waste.flac"


@pytest.fixture(scope="module")
def voice() -> VoiceActivity:
    try:
        folder = pull("silero-vad", settings.load().models_dir, offline=True)
    except SangdamError:
        pytest.skip("no voice activity weights on this machine: run `sangdam models pull silero-vad`")
    return VoiceActivity(folder / "silero_vad.onnx")


@pytest.fixture(scope="module")
def call() -> np.ndarray:
    """The sample call at 8 kHz, float32 of shape (samples, 2)."""
    media = open_media(CALL)
    assert media.rate_hz == 8000
    return np.concatenate(list(read_blocks(media))).astype(np.float32) / 32768


def windows(audio: np.ndarray, rate_hz: int = 8000) -> np.ndarray:
    size = window_samples(rate_hz)
    return audio[: len(audio) // size * size].reshape(-1, size)


def judge(voice: VoiceActivity, audio: np.ndarray, rate_hz: int = 8000) -> np.ndarray:
    state = VoiceState(rate_hz)
    return np.array([voice([state], [window])[0] for window in windows(audio, rate_hz)])


def test_windows_are_32_ms():
    assert (window_samples(8000), window_samples(16_000)) == (256, 512)


def test_speech_and_pauses_are_told_apart(voice, call):
    turns = json.loads(CALL.with_suffix(".json").read_text("utf-8"))["turns"]
    for channel in (0, 1):
        found = judge(voice, call[:, channel])
        spoken = np.zeros(len(found), bool)
        for turn in turns:
            if turn["channel"] == channel:
                begin, end = turn["start_ms"] // 32, turn["end_ms"] // 32 + 1
                spoken[begin - 3 : end + 3] = True
                assert (found[begin:end] > 0.4).mean() > 0.5
        assert (found[~spoken] > 0.4).mean() < 0.01


@pytest.mark.parametrize("rate_hz", [8000, 16_000])
def test_silence_noise_and_tones_are_no_speech(voice, rate_hz):
    at = np.arange(6 * rate_hz) / rate_hz
    noise = np.random.default_rng(1).normal(0, 0.05, len(at))
    for name, audio in {
        "silence": np.zeros(len(at)),
        "white noise": noise,
        "dial tone": 0.2 * np.sin(2 * np.pi * 425 * at),
    }.items():
        found = judge(voice, audio.astype(np.float32), rate_hz)
        assert (found > 0.4).mean() < 0.02, name


def test_channels_do_not_hear_each_other(voice, call):
    """Together in one call or each alone: the same probabilities."""
    tracks = [windows(call[:160_000, 0]), windows(call[:160_000, 1]), windows(call[160_000:320_000, 0])]
    states = [VoiceState(8000) for _ in tracks]
    together = np.array([voice(states, list(at_once)) for at_once in zip(*tracks, strict=True)])
    for number, track in enumerate(tracks):
        assert np.allclose(together[:, number], judge(voice, track.reshape(-1)), atol=1e-4)
    assert together[:, 0].max() > 0.9


def test_what_was_heard_before_matters(voice, call):
    """The model remembers: without the state carried on, it judges otherwise."""
    track = windows(call[: 12 * 8000, 0])
    forgetful = np.array([voice([VoiceState(8000)], [window])[0] for window in track])
    assert np.abs(forgetful - judge(voice, track.reshape(-1))).max() > 0.3
