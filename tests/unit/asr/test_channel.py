"""Samples count up, so that each one says where it stands."""

from dataclasses import replace

import numpy as np
import pytest

from asr.channel import MAX_GAP_S, Channel
from asr.endpointing import Closed, EndpointSettings, Opened
from contracts.audio import AudioFrame, Codec, FrameFlag
from models.mel import Features, LogMel

CONTACT = "6f2c1f2e-54f0-4b3a-9d53-0a6c63a0f4b1"
FRAME = 800
WINDOW = 256
LOG_MEL = LogMel(80)


def frame(start, samples=FRAME, *, values=None, flags=FrameFlag.NONE, rate_hz=8000, heard_ms=None):
    """A frame of the counting signal: sample n has the value n modulo 30000."""
    if values is None:
        values = np.arange(start, start + samples) % 30_000
    return AudioFrame(
        contact_id=CONTACT,
        channel=1,
        role="caller",
        codec=Codec.PCM16,
        rate_hz=rate_hz,
        start_sample=start,
        samples=len(values),
        heard_ms=(start + samples) * 1000 // rate_hz if heard_ms is None else heard_ms,
        payload=np.asarray(values).astype("<i2").tobytes(),
        flags=flags,
    )


def channel(first, **settings) -> Channel:
    return Channel(first, EndpointSettings(**settings), LOG_MEL)


def heard(target, *frames):
    """All windows after these frames, as int16 samples in a row."""
    windows = []
    for one in frames:
        target.accept(one)
        while (window := target.next_window()) is not None:
            assert window.shape == (target.window,)
            windows.append(np.rint(window * 32768).astype(int))
    return np.concatenate(windows) if windows else np.zeros(0, int)


def counted(start, end):
    return np.arange(start, end) % 30_000


def test_frames_in_order_become_windows():
    target = channel(frame(0))
    samples = heard(target, *(frame(at) for at in range(0, 8000, FRAME)))
    assert samples.tolist() == counted(0, 8000 // WINDOW * WINDOW).tolist()
    assert target.end_sample == 8000
    assert target.lost_samples == 0


def test_frames_that_come_twice_change_nothing():
    target = channel(frame(0))
    samples = heard(target, frame(0), frame(0), frame(800), frame(0), frame(800), frame(1600))
    assert samples.tolist() == counted(0, 2304).tolist()
    assert target.lost_samples == 0


def test_what_overlaps_is_taken_once_and_what_came_first_stays():
    target = channel(frame(0))
    samples = heard(target, frame(0), frame(400, values=np.full(1200, -7)), frame(1600))
    expected = [*counted(0, 800), *[-7] * 800, *counted(1600, 2304)]
    assert samples.tolist() == expected


def test_a_hole_is_silence_and_counted():
    target = channel(frame(0))
    samples = heard(target, frame(0), frame(1600))
    assert samples.tolist() == [*counted(0, 800), *[0] * 800, *counted(1600, 2304)]
    assert target.lost_samples == 800


def test_the_longest_hole_is_filled_and_a_longer_one_is_not():
    target = channel(frame(0))
    target.accept(frame(0))
    end = 800 + MAX_GAP_S * 8000
    target.accept(frame(end))
    assert target.end_sample == end + FRAME
    assert not target.is_far(frame(end + FRAME + MAX_GAP_S * 8000))
    assert target.is_far(frame(end + FRAME + MAX_GAP_S * 8000 + 1))


def test_a_gap_of_hours_takes_no_memory_and_starts_anew():
    target = channel(frame(0))
    heard(target, frame(0))
    far = 4 * 3600 * 8000 + 100
    on_grid = -(-far // WINDOW) * WINDOW
    samples = heard(target, frame(far), frame(far + FRAME))
    assert samples[0] == on_grid % 30_000
    assert samples.tolist() == counted(on_grid, on_grid + len(samples)).tolist()
    assert len(samples) == 5 * WINDOW
    assert target.lost_samples == far - 800


def test_speech_before_a_long_gap_is_closed_with_its_own_audio():
    target = channel(frame(0), before_ms=0, min_speech_ms=32)
    for at in range(0, 4000, FRAME):
        target.accept(frame(at))
    while target.next_window() is not None:
        target.endpointer.process(0.9)
    (closed,) = target.accept(frame(100_000))
    assert closed == Closed(0, 15 * WINDOW, 15 * WINDOW, 15 * WINDOW, pytest.approx(0.9))
    for at in range(100_800, 110_000, FRAME):
        target.accept(frame(at))
    target.forget_before(closed.start_sample)
    said = target._span(closed.start_sample, closed.end_sample)
    assert np.rint(said * 32768).astype(int).tolist() == counted(0, 15 * WINDOW).tolist()
    target.forget_before(100_000)
    assert target._past == []


def test_after_a_long_gap_speech_opens_at_once():
    target = channel(frame(0), threshold=0.5, before_ms=320)
    heard(target, frame(0), frame(100_000))
    (opened,) = target.endpointer.process(0.9)
    assert opened == Opened(100_096)


def test_hold_music_is_silence():
    target = channel(frame(0))
    samples = heard(target, frame(0), frame(800, flags=FrameFlag.HELD), frame(1600))
    assert samples.tolist() == [*counted(0, 800), *[0] * 800, *counted(1600, 2304)]
    assert target.lost_samples == 0


def test_the_last_frame_ends_the_channel():
    target = channel(frame(0))
    target.accept(frame(0))
    assert not target.ended
    target.accept(frame(800, samples=0, flags=FrameFlag.LAST))
    assert target.ended


def whole(target: Channel, start: int, end: int) -> np.ndarray:
    """Features of a span that is analysed at once."""
    features = Features(LOG_MEL, target.rate_hz)
    features.append(target._span(start, end))
    return features.frames()


@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_features_grow_with_the_utterance(rate_hz):
    target = channel(frame(0, rate_hz=rate_hz))
    for at in range(0, rate_hz, rate_hz // 10):
        target.accept(frame(at, rate_hz // 10, rate_hz=rate_hz))
        features = target.features(rate_hz // 4, target.end_sample)
        features.frames()
    assert features.samples == rate_hz - rate_hz // 4
    np.testing.assert_allclose(features.frames(), whole(target, rate_hz // 4, rate_hz), atol=1e-4)
    assert target.features(rate_hz // 4, rate_hz // 2) is features


def test_features_of_audio_that_is_not_there_yet_are_left_out():
    target = channel(frame(0, rate_hz=16000))
    target.accept(frame(0, 1600, rate_hz=16000))
    assert target.features(1000, 5000).samples == 600


def test_features_go_with_their_audio():
    target = channel(frame(0))
    for at in range(0, 16000, FRAME):
        target.accept(frame(at))
    first = target.features(1000, 5000)
    target.forget_before(1000)
    assert target.features(1000, 5000) is first
    target.forget_before(1001)
    assert target.features(1000, 5000) is not first


def test_times_of_a_sample():
    target = channel(frame(0))
    target.accept(frame(0, heard_ms=50_100))
    target.accept(frame(800, heard_ms=50_250))
    assert target.ms(4000) == 500
    assert target.heard_ms(1600) == 50_250
    assert target.heard_ms(800) == 50_150


def test_voice_activity_starts_afresh_at_each_rest():
    target = channel(frame(0))
    states = []
    for at in range(0, 64 * WINDOW, FRAME):
        target.accept(frame(at))
        while target.next_window() is not None:
            states.append(target.voice)
            target.endpointer.process(0.9 if len(states) < 4 else 0.01)
    fresh = [n for n in range(1, len(states)) if states[n] is not states[n - 1]]
    assert fresh == [24, 32, 64]


def test_the_role_may_change():
    target = channel(frame(0))
    target.accept(frame(0))
    assert target.role == "caller"
    target.accept(replace(frame(800), role="agent"))
    assert target.role == "agent"


def test_memory_does_not_grow_over_a_call_of_four_hours():
    """A second at a time, one in ten of it speech; what is kept is what the endpointer may still ask for."""
    rate_hz, most = 8000, 0
    target = channel(frame(0))
    speech = np.full(rate_hz, 1000)
    for second in range(4 * 3600):
        target.accept(frame(second * rate_hz, values=speech))
        while target.next_window() is not None:
            target.endpointer.process(0.9 if second % 10 == 0 else 0.01)
        target.forget_before(target.endpointer.keep_from)
        most = max(most, sum(len(chunk) for chunk in target._chunks))
    assert most < 5 * rate_hz
    assert len(target._past) == 0


def test_an_endless_utterance_keeps_no_more_than_the_longest_one():
    target = channel(frame(0), max_ms=14_000)
    for second in range(300):
        target.accept(frame(second * 8000, values=np.full(8000, 1000)))
        while target.next_window() is not None:
            target.endpointer.process(0.9)
        target.forget_before(target.endpointer.keep_from)
        assert sum(len(chunk) for chunk in target._chunks) <= 16 * 8000


def test_context_is_what_was_said_shortly_before():
    target = channel(frame(0))
    for end, text in ((8_000, "하나"), (16_000, "둘"), (400_000, "셋")):
        target.remember(end, text)
    assert target.context(16_000) == "둘"
    assert target.context(100_000) == "둘"
    assert target.context(400_000) == "셋"
    assert target.context(3_000_000) == ""


def test_a_number_that_may_go_on_is_heard_again():
    target, other = channel(frame(0)), channel(frame(0))
    for at in range(0, 20 * 8000, FRAME):
        for one in (target, other):
            one.accept(frame(at))
            while one.next_window() is not None:
                one.endpointer.process(0.01)
    plain = other.rehear_from(other.needed_from([]))
    assert plain > 16 * 8000
    assert "[" in target.redact(12 * 8000, "전화번호는요 공일공에 일이삼사").text
    assert target.redact(14 * 8000, "네").text == "네"
    assert 8 * 8000 < target.rehear_from(target.needed_from([])) < 10 * 8000
    assert "[" in target.redact(15 * 8000, "오육칠팔이요").text
    for filler in ("그건 왜 물어보세요", "주소도 알려 주세요", "고맙습니다"):
        target.redact(16 * 8000, filler)
    assert target.rehear_from(target.needed_from([])) == plain
