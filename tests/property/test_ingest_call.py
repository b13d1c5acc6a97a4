"""However samples come in, the same frames go out."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from contracts.audio import Codec, FrameFlag
from ingest.call import Call

SIGNAL = np.random.default_rng(3).integers(-32768, 32768, 20_000).astype(np.int16)


def frames(sizes, rate_hz, codec, late_ms=()):
    call = Call(
        "6f2c1f2e-54f0-4b3a-9d53-0a6c63a0f4b1", roles={0: "caller"}, rate_hz=rate_hz, now_ms=0, codec=codec
    )
    made, at, now = [], 0, 0
    for size, late in itertools.zip_longest(sizes, late_ms, fillvalue=0):
        at += size
        # Audio comes no faster than it is spoken.
        now = max(now, -(-at * 1000 // rate_hz)) + late
        made += call.audio(0, SIGNAL[at - size : at], now)
    return made + call.finish(now), now


sizes = st.lists(st.one_of(st.integers(0, 400), st.integers(0, 5_000)), max_size=12).filter(
    lambda given_sizes: sum(given_sizes) <= len(SIGNAL)
)


@given(sizes, st.sampled_from([8000, 16000]), st.sampled_from(Codec))
def test_chunking_changes_nothing_and_loses_nothing(chunks, rate_hz, codec):
    made, _ = frames(chunks, rate_hz, codec)
    whole, _ = frames([sum(chunks)], rate_hz, codec)
    assert [(f.start_sample, f.payload, f.flags) for f in made] == [
        (f.start_sample, f.payload, f.flags) for f in whole
    ]
    assert all(f.samples == rate_hz // 10 for f in made[:-1])
    assert made[-1].flags is FrameFlag.LAST
    for before, after in itertools.pairwise(made):
        assert before.end_sample == after.start_sample
    if codec is Codec.PCM16:
        assert np.array_equal(np.concatenate([f.pcm16() for f in made]), SIGNAL[: sum(chunks)])


@given(sizes, st.lists(st.integers(0, 300), max_size=12), st.sampled_from([8000, 16000]))
def test_frames_are_heard_in_order_and_not_before_they_are_spoken(chunks, late, rate_hz):
    made, now = frames(chunks, rate_hz, Codec.PCM16, late[: len(chunks)])
    heard = [frame.heard_ms for frame in made]
    assert heard == sorted(heard)
    assert all(frame.heard_ms >= frame.end_sample * 1000 // rate_hz for frame in made)
    assert heard[-1] == now
