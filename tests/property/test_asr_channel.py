"""Frames of any length, doubled, overlapping or late, give the same windows."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from asr.channel import Channel
from asr.endpointing import EndpointSettings
from contracts.audio import AudioFrame, Codec, FrameFlag
from models.mel import LogMel

LOG_MEL = LogMel(80)
SAMPLES = 6_000
SIGNAL = np.random.default_rng(7).integers(-32768, 32768, SAMPLES).astype("<i2")
WINDOW = 256


def frame(start: int, end: int) -> AudioFrame:
    return AudioFrame(
        contact_id="6f2c1f2e-54f0-4b3a-9d53-0a6c63a0f4b1",
        channel=0,
        role="caller",
        codec=Codec.PCM16,
        rate_hz=8000,
        start_sample=start,
        samples=end - start,
        heard_ms=0,
        payload=SIGNAL[start:end].tobytes(),
        flags=FrameFlag.LAST if end == SAMPLES else FrameFlag.NONE,
    )


def windows(frames, forget_every: int) -> np.ndarray:
    channel = Channel(frames[0], EndpointSettings(), LOG_MEL)
    found = []
    for number, one in enumerate(frames):
        channel.accept(one)
        while (window := channel.next_window()) is not None:
            found.append(window)
        if number % forget_every == 0:
            channel.forget_before(channel.end_sample)
    assert channel.ended
    assert channel.lost_samples == 0
    return np.concatenate(found)


@given(st.lists(st.integers(1, SAMPLES - 1), max_size=30), st.data())
def test_any_chunking_gives_the_same_windows(cuts, data):
    edges = [0, *sorted(set(cuts)), SAMPLES]
    frames = []
    for start, end in zip(edges, edges[1:], strict=False):  # noqa: RUF007
        # A sender that repeats itself: this frame again, or one that reaches back.
        back = data.draw(st.integers(0, start))
        frames += [frame(start, end)] * data.draw(st.integers(1, 2)) + [frame(back, end)]
    whole = windows([frame(0, SAMPLES)], 1)
    assert np.array_equal(windows(frames, data.draw(st.integers(1, 5))), whole)
    assert np.array_equal(whole, SIGNAL[: len(whole)] / np.float32(32768))
    assert SAMPLES - len(whole) < WINDOW
