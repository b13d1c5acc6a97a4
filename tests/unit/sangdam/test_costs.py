"""The cost model beside figures that are published or said by hand."""

import pytest

from sangdam.evaluate.costs import POLICIES, Architecture, Gpu, Policy, site


@pytest.mark.parametrize(("frames", "tflop"), [(3000, 2.27), (1000, 0.68)])
def test_large_v3_turbo(frames: int, tflop: float) -> None:
    assert Architecture().tflop(frames) == pytest.approx(tflop, rel=0.01)


def test_a_gpu_that_only_encodes() -> None:
    """One window of 30 s each second of speech, 316 TFLOP/s: 139 seconds of speech at once."""
    policy = Policy(partials={3000: 1.0}, finals={})
    encoder_s, decoder_s = Gpu().busy(policy, Architecture())
    assert 1 / encoder_s == pytest.approx(139, rel=0.01)
    assert decoder_s == pytest.approx(20 / 1000 / 16)


def test_a_site_grows_with_its_channels_and_shrinks_with_what_is_asked() -> None:
    small, large = (site(n, policy=POLICIES["free"]) for n in (400, 800))
    assert large["gpus"] == pytest.approx(2 * small["gpus"], abs=0.02)
    assert large["messages_per_s"] == pytest.approx(2 * small["messages_per_s"], abs=1)
    assert large["mb_per_s_pcm16"] > large["mb_per_s_mulaw"]
    assert site(800, policy=POLICIES["finals_only"])["gpus"] < large["gpus"]
