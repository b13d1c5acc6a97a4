import json
import zlib
from pathlib import Path

import numpy as np
import pytest
import soxr

from contracts.errors import ModelCorrupt
from ingest.media import open_media, read_blocks
from models.whisper import RATE_HZ, Hypothesis, Whisper, Window, repetition
from sangdam.application import SAMPLE_CALLS

CALL = SAMPLE_CALLS / "bulky-waste.flac"


@pytest.fixture(scope="module")
def whisper(weights: Path) -> Whisper:
    return Whisper(weights)


@pytest.fixture(scope="module")
def turns() -> list[tuple[str, np.ndarray]]:
    """(text, audio at 16 kHz) of the first turns of the sample call."""
    audio = np.concatenate(list(read_blocks(open_media(CALL)))).astype(np.float32) / 32768
    told = json.loads(CALL.with_suffix(".json").read_text("utf-8"))["turns"][:3]
    return [
        (
            turn["text"],
            soxr.resample(
                audio[turn["start_ms"] * 8 - 2400 : turn["end_ms"] * 8 + 2400, turn["channel"]], 8000, RATE_HZ
            ),
        )
        for turn in told
    ]


@pytest.mark.parametrize("content", [None, "", "not a model"])
def test_a_folder_that_is_no_model(tmp_path, content):
    if content is not None:
        for name in ("model.bin", "config.json", "tokenizer.json", "vocabulary.txt"):
            (tmp_path / name).write_text(content)
    with pytest.raises(ModelCorrupt) as refused:
        Whisper(tmp_path)
    assert "sangdam models verify" in refused.value.ko
    assert "sangdam models verify" in refused.value.en


@pytest.mark.parametrize(("logprob", "confidence"), [(0.0, 1.0), (0.01, 1.0), (-0.2, 0.8187), (-20.0, 0.0)])
def test_confidence_is_a_probability(logprob, confidence):
    assert Hypothesis("네", logprob, 0.0, looped=False).confidence == pytest.approx(confidence, abs=1e-3)


def test_repetition_tells_loops_from_speech():
    assert repetition("") == 1.0
    assert repetition("네") < 1
    assert repetition("소파는 대형 폐기물이라서 배출 신고를 먼저 하셔야 합니다. 어느 구에 사시나요?") < 1.6
    assert repetition("감사합니다. " * 10) > 2
    text = "아 " * 50
    assert repetition(text) == len(text.encode()) / len(zlib.compress(text.encode()))


@pytest.mark.real_model
def test_korean_speech_over_a_telephone(whisper, turns):
    found = whisper.transcribe([Window(audio) for _, audio in turns])
    said = " ".join(hypothesis.text for hypothesis in found)
    assert "소파" in said
    assert "폐기물" in said
    for hypothesis in found:
        assert hypothesis.confidence > 0.4
        assert hypothesis.no_speech < 0.5
        assert not hypothesis.looped


@pytest.mark.real_model
def test_order_and_text_do_not_depend_on_the_batch(whisper, turns):
    """Windows of several lengths and kinds in one batch come back in order, as if alone."""
    windows = [
        Window(turns[1][1]),
        Window(turns[0][1], short=True),
        Window(turns[0][1][: 2 * RATE_HZ]),
    ]
    together = [hypothesis.text for hypothesis in whisper.transcribe(windows)]
    alone = [whisper.transcribe([window])[0].text for window in windows]
    assert together == alone
    assert len(set(alone)) == len(alone)
    assert whisper.transcribe([]) == []


@pytest.mark.real_model
def test_windows_of_any_length_are_taken(whisper, turns):
    audio = np.concatenate([audio for _, audio in turns] * 3)
    assert len(audio) > 31 * RATE_HZ
    found = whisper.transcribe([Window(audio[: 31 * RATE_HZ]), Window(audio[:100]), Window(audio[:0])])
    assert len(found[0].text) > 60
    assert all(len(hypothesis.text) < 200 for hypothesis in found[1:])


@pytest.mark.real_model
def test_foreign_scripts_are_out_of_reach_and_korean_is_not(whisper):
    suppressed = set(whisper._suppressed["ko"])
    for foreign in ("の", "です", "東", "привет", "ありがとう"):
        assert suppressed & set(whisper._tokenizer.encode(foreign, add_special_tokens=False).ids), foreign
    for dialogue in sorted(SAMPLE_CALLS.glob("*.json")):
        for turn in json.loads(dialogue.read_text("utf-8"))["turns"]:
            tokens = whisper._tokenizer.encode(turn["text"], add_special_tokens=False).ids
            assert not suppressed & set(tokens), turn["text"]
    numbers = "010-1234-5678, 3.5% ABC café, 100원! (네) '아니요'"
    assert not suppressed & set(whisper._tokenizer.encode(numbers, add_special_tokens=False).ids)
