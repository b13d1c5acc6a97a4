import json

import numpy as np
import pytest
import soxr
from faster_whisper.feature_extractor import FeatureExtractor

from ingest.media import open_media, read_blocks
from models.mel import Features, LogMel, model_input
from sangdam.application import SAMPLE_CALLS

CALL = SAMPLE_CALLS / "bulky-waste.flac"


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    """A turn of a call, float32 at 8 kHz."""
    audio = np.concatenate(list(read_blocks(open_media(CALL)))).astype(np.float32) / 32768
    turn = json.loads(CALL.with_suffix(".json").read_text("utf-8"))["turns"][1]
    return audio[turn["start_ms"] * 8 : turn["end_ms"] * 8, turn["channel"]]


def made(audio: np.ndarray, rate_hz: int, bins: int = 80) -> np.ndarray:
    features = Features(LogMel(bins), rate_hz)
    features.append(audio)
    return features.frames()


@pytest.mark.parametrize("bins", [80, 128])
def test_16_khz_gives_whispers_own_features(speech, bins):
    audio = soxr.resample(speech, 8000, 16000)
    ours = model_input(made(audio, 16000, bins), len(audio) // 160)
    theirs = FeatureExtractor(feature_size=bins)(audio, padding=0)[:, : ours.shape[1]]
    # Before the first sample we hear silence, theirs is mirrored there; at the end they differ alike.
    assert np.abs(ours - theirs)[:, 2:-2].max() < 2e-3


def test_8_khz_need_no_resampling(speech):
    direct = model_input(made(speech, 8000), len(speech) // 80)
    resampled = model_input(made(soxr.resample(speech, 8000, 16000), 16000), len(speech) // 80)
    difference = np.abs(direct - resampled)[:, 2:-2]
    assert difference.mean() < 2e-3
    assert difference.max() < 0.3


def test_pieces_do_not_matter(speech):
    whole = made(speech, 8000)
    dice = np.random.default_rng(0)
    features, at = Features(LogMel(80), 8000), 0
    while at < len(speech):
        size = int(dice.integers(1, 2500))
        features.append(speech[at : at + size])
        at += size
        if dice.random() < 0.5:
            features.frames()
    assert features.samples == len(speech)
    np.testing.assert_allclose(features.frames(), whole, atol=1e-5)


def test_a_shorter_span_is_as_if_no_more_had_come(speech):
    features = Features(LogMel(80), 8000)
    features.append(speech)
    features.frames()
    for samples in (0, 99, 100, 12_345):
        np.testing.assert_array_equal(features.frames(samples), made(speech[:samples], 8000))


def test_what_is_missing_is_silence():
    frames = made(np.random.default_rng(1).normal(0, 0.1, 8000).astype(np.float32), 8000)
    padded = model_input(frames, 300)
    assert padded.shape == (80, 300)
    assert padded.dtype == np.float32
    assert np.all(padded[:, len(frames) :] == padded.min())
    assert padded.max() - padded.min() == pytest.approx(2.0, abs=1e-5) or padded.min() > padded.max() - 2
    assert model_input(made(np.zeros(10, np.float32), 8000), 5).shape == (80, 5)
    assert np.isfinite(model_input(made(np.zeros(8000, np.float32), 8000), 100)).all()
