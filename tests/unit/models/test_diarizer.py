"""A sample call mixed to one channel, with real voice activity and voice embeddings."""

import itertools
import json
import sys

import numpy as np
import pytest

from contracts.errors import ModelMissing, SangdamError
from ingest.media import open_media, read_blocks
from models.diarizer import PyannoteDiarizer, SpeakerTurn, VoiceDiarizer, in_order
from models.download import pull
from models.fbank import fbank
from models.speaker import SIZE, SpeakerEmbedding
from models.vad import VoiceActivity
from sangdam import settings
from sangdam.application import SAMPLE_CALLS

CALL = SAMPLE_CALLS / "bulky-waste.flac"
RATE_HZ = 8000
SECONDS = 40


def weights(name: str, file: str):
    try:
        return pull(name, settings.load().models_dir, offline=True) / file
    except SangdamError:
        pytest.skip(f"no weights of {name} on this machine: run `sangdam models pull {name}`")


@pytest.fixture(scope="module")
def embed() -> SpeakerEmbedding:
    return SpeakerEmbedding(weights("campplus", "campplus.pt"))


@pytest.fixture(scope="module")
def diarize(embed) -> VoiceDiarizer:
    return VoiceDiarizer(VoiceActivity(weights("silero-vad", "silero_vad.onnx")), lambda: embed)


@pytest.fixture(scope="module")
def call() -> np.ndarray:
    """Float32 of shape (samples, 2) at 8 kHz."""
    samples = np.concatenate(list(read_blocks(open_media(CALL))))[: SECONDS * RATE_HZ]
    return samples.astype(np.float32) / 32768


@pytest.fixture(scope="module")
def turns(diarize, call) -> list[SpeakerTurn]:
    return diarize(np.array_split(call.sum(axis=1), 77), RATE_HZ)


@pytest.mark.real_model
def test_each_turn_of_a_call_has_its_speaker(turns):
    said = json.loads(CALL.with_suffix(".json").read_text("utf-8"))["turns"]
    said = [turn for turn in said if turn["end_ms"] < SECONDS * 1000]
    assert {turn.speaker for turn in turns} == {0, 1}
    right = whole = 0.0
    for true in said:
        for turn in turns:
            shared = min(turn.end_s, true["end_ms"] / 1000) - max(turn.start_s, true["start_ms"] / 1000)
            whole += max(0, shared)
            right += max(0, shared) * (turn.speaker == (true["channel"] != said[0]["channel"]))
    assert right > 0.97 * whole
    assert whole > 0.8 * sum(turn["end_ms"] - turn["start_ms"] for turn in said) / 1000


@pytest.mark.real_model
def test_turns_are_in_order_and_apart(turns):
    assert turns[0].speaker == 0
    for before, after in itertools.pairwise(turns):
        assert before.start_s < before.end_s <= after.start_s


@pytest.mark.real_model
def test_blocks_of_any_length_give_the_same(diarize, call, turns):
    told = []
    assert diarize(np.array_split(call.sum(axis=1), 3), RATE_HZ, told.append) == turns
    assert told == sorted(told)
    assert told[-1] == pytest.approx(SECONDS, abs=4)


@pytest.mark.real_model
@pytest.mark.parametrize("channel", [0, 1])
def test_one_party_is_one_speaker(diarize, call, channel):
    assert {turn.speaker for turn in diarize([call[:, channel]], RATE_HZ)} == {0}


@pytest.mark.real_model
@pytest.mark.parametrize("rate_hz", [8000, 16_000])
def test_nobody_speaks(diarize, rate_hz):
    noise = np.random.default_rng(0).normal(0, 0.02, 5 * rate_hz).astype(np.float32)
    for audio in (noise, np.zeros(3 * rate_hz, np.float32), np.zeros(10, np.float32)):
        assert diarize([audio], rate_hz) == []
    assert diarize([], rate_hz) == []


@pytest.mark.real_model
def test_a_voice_is_nearer_to_itself(embed, call):
    """In batches or alone, the same place; louder or quieter, too."""
    import soxr

    features = [fbank(soxr.resample(call[:, channel], RATE_HZ, 16_000)) for channel in (0, 1)]
    spoken = [f[f.mean(axis=1) > np.median(f.mean(axis=1))][:1200].reshape(4, 300, 80) for f in features]
    (one, other) = (embed(s) for s in spoken)
    assert one.shape == (4, SIZE)
    assert np.allclose(one[2], embed(spoken[0][2:3])[0], atol=1e-5)
    assert np.allclose(one, embed(spoken[0] + np.float32(np.log(4.0))), atol=1e-3)
    within = min((one @ one.T).min(), (other @ other.T).min())
    assert within > 0.5
    assert (one @ other.T).max() < within


def test_missing_weights_are_said_at_the_first_recording():
    def none() -> SpeakerEmbedding:
        raise ModelMissing("없습니다.", "none.")

    diarize = VoiceDiarizer(None, none)
    for _ in range(2):
        with pytest.raises(ModelMissing):
            diarize([], RATE_HZ)


def test_speakers_are_numbered_as_they_come():
    pieces = [(5.0, 6.0, "B"), (0.5, 1.0, "C"), (2.0, 3.0, "B"), (1.0, 2.0, "C")]
    turns = in_order(pieces)
    assert [turn.speaker for turn in turns] == [0, 0, 1, 1]
    assert [turn.start_s for turn in turns] == [0.5, 1.0, 2.0, 5.0]


def test_pyannote_without_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyannote.audio", None)
    with pytest.raises(ModelMissing, match=r"sangdam\[pyannote\]"):
        PyannoteDiarizer("pyannote/speaker-diarization-community-1")([], RATE_HZ)


def test_a_pyannote_folder_without_a_pipeline(tmp_path):
    pytest.importorskip("pyannote.audio", reason="the extra 'pyannote' is not installed")
    with pytest.raises(ModelMissing, match="HF_TOKEN"):
        PyannoteDiarizer(tmp_path)([], RATE_HZ)
