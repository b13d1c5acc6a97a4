"""What a soak says about memory, what it plays, and what counts as silence."""

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from models.mel import Features, LogMel
from models.whisper import Whisper, Window
from sangdam.evaluate.rig import ListeningWhisper
from sangdam.evaluate.soak import RATE_HZ, Sample, memory, waiting

MIB = 1 << 20


def test_memory_counts_from_ten_minutes_on() -> None:
    """It fills up first; then 2 MiB an hour."""
    samples = [Sample(minute * 60.0, (300 + 10 * minute) * MIB) for minute in range(1, 10)]
    samples += [Sample(minute * 60.0, round((400 + minute / 30) * MIB)) for minute in range(10, 131)]
    figures = memory(samples)
    assert figures["mib_per_hour"] == pytest.approx(2, abs=0.01)
    assert (figures["settled"], figures["end"]) == (400, 404)
    assert figures["growth"] == pytest.approx(0.01, abs=0.001)


def test_a_minute_of_waiting() -> None:
    music, again, other, ringing = waiting(0), waiting(0), waiting(1), waiting(8)
    assert len(music) == 60 * RATE_HZ
    assert np.array_equal(music, again)
    assert not np.array_equal(music, other)
    for minute in (music, other, ringing):
        assert np.abs(minute[: 50 * RATE_HZ]).max() > 5000
        assert np.abs(minute[50 * RATE_HZ :]).max() < 10


def test_windows_without_speech_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Whisper, "transcribe", lambda _self, _windows: [])
    log_mel = LogMel(80)
    listening = ListeningWhisper(cast("Any", SimpleNamespace(log_mel=log_mel)))
    random = np.random.default_rng(0)
    hiss = random.normal(0, 3 / 32768, 32000).astype(np.float32)
    speech = hiss.copy()
    speech[8000:12000] += random.normal(0, 200 / 32768, 4000).astype(np.float32)
    growing = Features(log_mel, 8000)
    growing.append(hiss[:24000])
    listening.transcribe([Window(hiss), Window(speech), Window(np.zeros(16000, np.float32), short=True)])
    listening.transcribe([Window(growing, short=True)])
    assert listening.silent == 3
    assert listening.finals == {1500: 2}
    assert listening.partials == {400: 2}
