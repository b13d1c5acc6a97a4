"""Labelled cases and what is counted on them, with an invented recogniser."""

import numpy as np
import pytest

from asr.guards import Evidence
from models.whisper import Hypothesis
from sangdam.application import SAMPLE_CALLS
from sangdam.evaluate.asr import Item
from sangdam.evaluate.guard_cases import Case, cases
from sangdam.evaluate.guards import Heard, hear, judge

GOOD = Evidence(mean_logprob=-0.2, no_speech=0.02, looped=False, voiced_ms=2000)
BARE = Evidence(mean_logprob=-1.0, no_speech=0.1, looped=False, voiced_ms=2000)
NOISY = Evidence(mean_logprob=-0.6, no_speech=0.4, looped=False, voiced_ms=2000)
NOBODY = Evidence(mean_logprob=-1.0, no_speech=0.9, looped=False, voiced_ms=0)
RATE_HZ = 8000


def heard(truth: str, *said: tuple[str, Evidence], kind="speech", opens=True) -> Heard:
    return Heard(Case("a case", kind, truth, np.zeros(30 * RATE_HZ, np.int16), RATE_HZ), opens, said)


def scores(*cases_heard: Heard, name: str) -> dict[str, object]:
    return judge(cases_heard)["guards"][name]


def test_text_where_nobody_spoke_is_all_invented():
    told = judge(
        [
            heard("", ("MBC 뉴스 김혜연입니다.", NOBODY), kind="noise", opens=False),
            heard("", ("감사합니다", NOISY), kind="noise"),
            heard("", ("아", GOOD), kind="noise"),
        ]
    )
    assert told["guards"]["unvoiced"]["wanted"] == 3
    assert (told["guards"]["unvoiced"]["true"], told["guards"]["unvoiced"]["recall"]) == (1, 0.3333)
    assert told["without_words"] == {
        "minutes": 1.5,
        "all": {"before": pytest.approx(17 / 1.5, abs=1e-3), "after": pytest.approx(1 / 1.5, abs=1e-3)},
        "opened": {"before": 6.0, "after": 1.0},
    }
    assert told["with_words"] == {}


def test_thanks_that_were_said_are_no_invention():
    said = heard("네, 알겠습니다. 감사합니다.", ("네 알겠습니다 감사합니다", NOISY))
    assert scores(said, name="polite") == {
        "fired": 1,
        "true": 0,
        "false": 1,
        "wanted": 0,
        "precision": 0.0,
        "recall": None,
    }
    assert judge([said])["with_words"]["speech"]["cer"] == {
        "before": 0.0,
        "after": pytest.approx(5 / 11, abs=1e-3),
    }


def test_an_invented_end_counts_once_it_is_let_through():
    caught = heard("소파를 버려요", ("소파를 버려요 감사합니다", NOISY), kind="tail")
    missed = heard("소파를 버려요", ("소파를 버려요 감사합니다", BARE), kind="tail")
    score = scores(caught, missed, name="polite")
    assert (score["fired"], score["true"], score["wanted"]) == (1, 1, 2)
    assert (score["precision"], score["recall"]) == (1.0, 0.5)
    assert judge([caught, missed])["with_words"]["tail"]["beyond"] == {"before": 10, "after": 5}


def test_windows_of_a_recording_are_judged_in_their_place():
    """'네' of the first window is in the truth once; the second was invented."""
    said = heard("네 그렇게 해 주세요", ("네 그렇게 해 주세요", GOOD), ("시청해 주셔서 감사합니다", NOISY))
    score = scores(said, name="broadcast")
    assert (score["fired"], score["true"], score["false"], score["wanted"]) == (1, 1, 0, 1)


class Ear:
    """Hears voice wherever it is loud."""

    def __call__(self, states, windows) -> list[float]:
        return [0.9 if np.abs(window).max() > 0.01 else 0.0 for window in windows]


class Mouth:
    """Says how many tenths of a second it was given, and after which prompt."""

    def transcribe(self, windows) -> list[Hypothesis]:
        return [
            Hypothesis(f"{len(w.audio) // 1600} {w.prompt} {w.short}", -0.1, 0.01, looped=False)
            for w in windows
        ]


def test_cases_are_cut_as_the_recogniser_cuts_them():
    burst, pause = np.full(RATE_HZ, 3000, np.int16), np.zeros(RATE_HZ, np.int16)
    two = Case("two", "speech", "둘", np.concatenate([pause, burst, pause, burst]), RATE_HZ, cut=True)
    whole = Case("whole", "noise", "", np.concatenate([pause, burst]), RATE_HZ, short=True, prompt="전에")
    quiet = Case("quiet", "noise", "", pause, RATE_HZ)
    moved = []
    found = {h.case.name: h for h in hear([two, whole, quiet], Mouth(), Ear(), lambda *at: moved.append(at))}
    assert [text.split()[0] for text, _ in found["two"].said] == ["15", "15"]
    assert [evidence.voiced_ms for _, evidence in found["two"].said] == pytest.approx([1000, 1000], abs=64)
    ((text, evidence),) = found["whole"].said
    assert (text, evidence.prompt) == ("20 전에 True", "전에")
    assert evidence.voiced_ms == pytest.approx(1000, abs=64)
    assert (found["whole"].opens, found["quiet"].opens) == (True, False)
    assert moved == [(7.0, 7.0)]


@pytest.fixture(scope="module")
def all_cases() -> list[Case]:
    random = np.random.default_rng(2)
    items = [
        Item(f"one/{n}.wav", "one", "안녕하세요", 16_000, random.integers(-3000, 3000, 32_000, np.int16))
        for n in range(12)
    ]
    return list(cases(items, SAMPLE_CALLS))


def test_every_kind_of_case_is_there(all_cases):
    kinds = {case.kind for case in all_cases}
    assert kinds == {"noise", "echo", "tail", "weak", "speech"}
    for case in all_cases:
        assert case.audio.dtype == np.int16
        assert 0 < case.seconds <= 17
        assert bool(case.truth) == (case.kind not in {"noise", "echo"})
        assert bool(case.prompt) or case.kind != "echo"
    noise = [case for case in all_cases if case.kind == "noise"]
    assert {(case.rate_hz, case.short) for case in noise} == {
        (rate_hz, short) for rate_hz in (8000, 16_000) for short in (False, True)
    }


def test_short_answers_come_from_the_sample_calls(all_cases):
    truths = [case.truth for case in all_cases if ": " in case.name]
    assert truths.count("네") >= 10
    assert "감사합니다" in truths
    assert all(0.6 < case.seconds < 4 for case in all_cases if ": " in case.name)
