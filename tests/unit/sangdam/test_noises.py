"""Made sounds are what they are called."""

import numpy as np
import pytest

from sangdam.evaluate.noises import NOISES, STYLES, busy, dtmf, music, noise, ringing


def strongest(samples: np.ndarray, rate_hz: int, count: int = 2) -> list[int]:
    """The strongest frequencies in Hz, rising."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), rate_hz))
    peaks = np.flatnonzero((spectrum[1:-1] > spectrum[:-2]) & (spectrum[1:-1] >= spectrum[2:])) + 1
    return sorted(int(peak) for peak in peaks[np.argsort(spectrum[peaks])[-count:]])


@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_tones_of_a_line(rate_hz: int) -> None:
    assert strongest(ringing(1, rate_hz), rate_hz) == [440, 480]
    assert strongest(busy(0.5, rate_hz), rate_hz) == [480, 620]
    assert not ringing(3, rate_hz)[rate_hz:].any()
    assert not busy(1, rate_hz)[rate_hz // 2 :].any()


def test_keys() -> None:
    keys = dtmf("1D#", 8000, on_ms=100, off_ms=50)
    assert len(keys) == 3600
    assert strongest(keys[:800], 8000) == pytest.approx([697, 1209], abs=3)
    assert strongest(keys[1200:2000], 8000) == pytest.approx([941, 1633], abs=3)
    assert strongest(keys[2400:3200], 8000) == pytest.approx([941, 1477], abs=3)
    assert len(dtmf("", 8000)) == 0
    with pytest.raises(ValueError, match="substring"):
        dtmf("E", 8000)


@pytest.mark.parametrize("rate_hz", [8000, 16000])
@pytest.mark.parametrize("seed", range(len(STYLES)))
def test_music_is_loud_and_the_same_again(seed: int, rate_hz: int) -> None:
    played = music(4, rate_hz, seed)
    assert played.dtype == np.int16
    assert len(played) == 4 * rate_hz
    assert np.array_equal(played, music(4, rate_hz, seed))
    assert not np.array_equal(played, music(4, rate_hz, seed + len(STYLES)))
    seconds = played.reshape(4, -1).astype(float)
    assert (np.sqrt((seconds**2).mean(axis=1)) > 500).all()


def test_noises() -> None:
    levels = {kind: noise(kind, 4, 8000, seed=1).astype(float).std() for kind in NOISES}
    assert levels["white"] > 2000
    assert 10 < levels["comfort"] < 25
    assert np.array_equal(noise("street", 2, 16000, 3), noise("street", 2, 16000, 3))
    assert strongest(noise("hum", 2, 8000, 0), 8000, 1) == [60]
