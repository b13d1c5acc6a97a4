import numpy as np
import pytest

from models.fbank import BINS, fbank


@pytest.mark.parametrize(
    ("samples", "frames"), [(0, 0), (399, 0), (400, 1), (559, 1), (560, 2), (16_000, 98)]
)
def test_a_frame_every_10_ms(samples, frames):
    assert fbank(np.zeros(samples, np.float32)).shape == (frames, BINS)


def test_silence_is_the_floor():
    assert np.allclose(fbank(np.zeros(1600, np.float32)), np.log(np.finfo(np.float32).eps))


def test_known_values():
    """Bins 0, 20, 40, 60, 79 of frame 1, as kaldi-native-fbank 1.23 gives them for this sound."""
    at = np.arange(3200) / 16_000
    audio = (0.3 * np.sin(2 * np.pi * 440 * at) + 0.1 * np.sin(2 * np.pi * 3000 * at * (1 + at))).astype(
        np.float32
    )
    assert fbank(audio)[1, [0, 20, 40, 60, 79]] == pytest.approx(
        [-11.6644, -8.3831, -15.5837, -13.0413, -15.9424], abs=2e-3
    )
