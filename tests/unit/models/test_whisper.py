import json
import zlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soxr
from rapidfuzz.distance import Levenshtein

from contracts.errors import ModelCorrupt
from ingest.media import open_media, read_blocks
from models.mel import Features
from models.whisper import LANGUAGES, RATE_HZ, DeviceFailed, Hypothesis, Whisper, Window, _Group, repetition
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


@pytest.mark.real_model
def test_words_have_times_and_probabilities(whisper, turns):
    (found,) = whisper.transcribe([Window(turns[1][1], words=True)])
    assert " ".join(word.text for word in found.words) == found.text
    times = [(word.start_s, word.end_s) for word in found.words]
    assert times == sorted(times)
    assert all(0 <= start < end <= len(turns[1][1]) / RATE_HZ + 0.5 for start, end in times)
    assert all(0 <= word.probability <= 1 for word in found.words)
    assert max(word.probability for word in found.words) > 0.8


@pytest.mark.real_model
def test_features_of_a_telephone_give_the_text_of_the_resampled_audio(whisper, turns):
    text, audio = turns[1]
    features = Features(whisper.log_mel, 8000)
    features.append(soxr.resample(audio, RATE_HZ, 8000))
    (telephone,) = whisper.transcribe([Window(features)])
    (resampled,) = whisper.transcribe([Window(audio)])
    assert Levenshtein.normalized_similarity(telephone.text, resampled.text) > 0.9
    assert Levenshtein.normalized_similarity(telephone.text, text) > 0.7


@pytest.mark.real_model
def test_a_review_may_replace_words_by_what_is_likelier(whisper, turns):
    asked = []

    def review(words, likelihoods):
        texts = [word.text for word in words]
        wrong = ["바나나", *texts[1:]]
        asked.extend(likelihoods([" ".join(texts), " ".join(wrong)]))
        return wrong if asked[1] > asked[0] else texts

    windows = [Window(turns[0][1], words=True), Window(turns[1][1], words=True, review=review)]
    plain = whisper.transcribe([replace(window, review=None) for window in windows])
    reviewed = whisper.transcribe(windows)
    assert [h.text for h in reviewed] == [h.text for h in plain]
    assert asked[0] > asked[1] + 5
    forced = replace(windows[1], review=lambda words, _likelihoods: ["바나나"] * len(words))
    (replaced,) = whisper.transcribe([forced])
    assert set(replaced.text.split()) == {"바나나"}
    assert [w.start_s for w in replaced.words] == [w.start_s for w in plain[1].words]


@pytest.mark.real_model
def test_the_language_is_one_of_those_served(whisper, turns):
    (found,) = whisper.transcribe([Window(turns[1][1], detect=True)])
    assert set(found.languages) == set(LANGUAGES)
    assert sum(found.languages.values()) == pytest.approx(1)
    assert max(found.languages, key=found.languages.get) == "ko"


@pytest.mark.real_model
def test_prompts_of_any_length_go_together(whisper, turns):
    context = (
        "안녕하세요. 다산콜센터입니다. 무엇을 도와드릴까요? 소파를 버리려고 하는데요. 어떻게 신고해야 하나요?"
    )
    audio = turns[1][1]
    windows = [Window(audio, prompt=prompt) for prompt in ("", "네", context, context * 9)]
    found = whisper.transcribe(windows)
    assert found[0].text == found[1].text
    assert found[2].text == found[3].text or "폐기물" in found[3].text
    assert all("폐기물" in hypothesis.text or "소파" in hypothesis.text for hypothesis in found)


@pytest.mark.real_model
def test_workers_share_the_weights_and_give_the_same_text(weights, turns):
    whisper = Whisper(weights, threads=1, workers=2)
    assert whisper.workers == 2
    windows = [Window(audio) for _, audio in turns[:2]]
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda window: whisper.transcribe([window])[0].text, windows * 2))
    assert found[:2] == found[2:]


def test_what_cannot_be_right_is_tried_another_way():
    """Without its prompt, then longer, then by lot, and then no more."""
    ladder = object.__new__(Whisper)
    looped = Hypothesis("네 네 네 네", -0.2, 0.0, looped=True)
    group = _Group(1500, short=False, language="ko", prompt_tokens=32)
    tried = []
    while group := ladder._again(group, looped, 500):
        tried.append((group.bucket, group.prompt_tokens, group.temperature > 0))
    assert tried == [(1500, 0, False), (3000, 0, False), (3000, 0, True)]


def test_too_few_letters_after_a_prompt_are_heard_again_without_it():
    ladder = object.__new__(Whisper)
    few = Hypothesis("그래요", -0.2, 0.0, looped=False)
    group = _Group(1500, short=False, language="ko", prompt_tokens=32)
    assert ladder._again(group, few, 800) == replace(group, prompt_tokens=0)
    assert ladder._again(group, few, 150) is None
    assert ladder._again(replace(group, prompt_tokens=0), few, 800) is None
    assert ladder._again(replace(group, short=True), few, 800) is None


@pytest.mark.parametrize(
    ("error", "raised"),
    [
        (RuntimeError("CUDA failed with error out of memory"), DeviceFailed),
        (RuntimeError("cuBLAS failed with status CUBLAS_STATUS_NOT_INITIALIZED"), DeviceFailed),
        (MemoryError(), DeviceFailed),
        (RuntimeError("the alignment is empty"), RuntimeError),
    ],
)
def test_a_device_that_failed_is_told_from_a_window_that_did(monkeypatch, error, raised):
    whisper = Whisper.__new__(Whisper)
    whisper._device = "cuda"

    def fails(_windows):
        raise error

    monkeypatch.setattr(whisper, "_transcribe", fails)
    with pytest.raises((DeviceFailed, RuntimeError)) as caught:
        whisper.transcribe([])
    assert type(caught.value) is raised
