"""Hypotheses become events: words on the channel's time, suspect ones with names, personal data masked."""

import numpy as np
import pytest

from asr.channel import Channel
from asr.endpointing import EndpointSettings
from asr.lexicon import Lexicon
from asr.scheduler import Job
from asr.utterances import FINAL_REVISION, Utterances
from contracts.audio import AudioFrame, Codec
from models.mel import LogMel
from models.whisper import Hypothesis, TimedWord

CONTACT = "00000000-0000-0000-0000-000000000001"
KEY = (CONTACT, 1)


@pytest.fixture(scope="module")
def log_mel() -> LogMel:
    return LogMel(80)


@pytest.fixture
def channel(log_mel) -> Channel:
    audio = np.zeros(8000, np.int16)
    frame = AudioFrame(CONTACT, 1, "caller", Codec.PCM16, 8000, 0, 8000, 5_000, audio.tobytes())
    made = Channel(frame, EndpointSettings(), log_mel)
    made.accept(frame)
    return made


@pytest.fixture
def utterances() -> Utterances:
    made = Utterances(lambda: 9_000)
    made.lexicon = Lexicon(["화곡동", "마포구청"])
    return made


def heard(*words: tuple[str, float], logprob: float = -0.2) -> Hypothesis:
    timed = tuple(TimedWord(text, n * 0.5, n * 0.5 + 0.4, p) for n, (text, p) in enumerate(words))
    return Hypothesis(" ".join(w.text for w in timed), logprob, 0.01, looped=False, words=timed)


def job(start: int = 1600, end: int = 8000, voiced_ms: int = 3_000) -> Job:
    return Job(KEY, start, end, final=True, speech_end_sample=end - 800, voiced_ms=voiced_ms)


def test_words_stand_on_the_channels_time(utterances, channel):
    final = utterances.final(job(), channel, heard(("여권", 0.9), ("재발급이요", 0.8)), "ko")
    assert [(w.text, w.start_ms, w.end_ms) for w in final.words] == [
        ("여권", 200, 600),
        ("재발급이요", 700, 1100),
    ]
    assert (final.start_ms, final.end_ms, final.revision) == (200, 900, FINAL_REVISION)
    assert not any(word.suspect or word.nearest for word in final.words)


def test_a_word_in_doubt_is_marked_and_names_are_offered(utterances, channel):
    final = utterances.final(job(), channel, heard(("저는", 0.9), ("하곡동에", 0.1), ("살아요", 0.2)), "ko")
    assert [w.suspect for w in final.words] == [False, True, True]
    assert final.words[1].nearest[0] == "화곡동"
    assert final.words[2].nearest == ()


def test_without_names_a_word_is_marked_all_the_same(utterances, channel):
    utterances.lexicon = None
    final = utterances.final(job(), channel, heard(("하곡동에", 0.1)), "ko")
    assert final.words[0].suspect
    assert final.words[0].nearest == ()


def test_words_are_masked_like_the_text(utterances, channel):
    said = heard(("제", 0.9), ("번호는", 0.9), ("010-1234-5678이에요", 0.2))
    final = utterances.final(job(), channel, said, "ko")
    assert "1234" not in final.model_dump_json()
    assert final.masked
    assert " ".join(word.text for word in final.words) == final.text


def test_what_a_guard_took_is_in_no_word(utterances, channel):
    said = heard(("네", 0.9), ("시청해", 0.2), ("주셔서", 0.2), ("감사합니다.", 0.2), logprob=-1.2)
    final = utterances.final(job(voiced_ms=300), channel, said, "ko")
    assert "시청" not in final.model_dump_json()
    assert utterances.guarded


def test_a_withdrawal_is_an_empty_final(utterances, channel):
    event = utterances.withdrawal(1600, channel)
    assert (event.text, event.status, event.revision) == ("", "final", FINAL_REVISION)
    assert event.utterance_id == f"{CONTACT}/1/1600"
