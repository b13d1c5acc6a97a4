"""Music, tones and keys are told from speech. Probabilities of speech are scripted; Silero's own are in the ADR."""

import json
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from asr.sounds import SoundEnded, SoundStarted, SoundWatch
from contracts.audio import Pcm16, mulaw_decode, mulaw_encode
from ingest.media import open_media, read_blocks
from sangdam.evaluate.noises import NOISES, STYLES, Noise, busy, dtmf, music, noise, ringing

CALLS = sorted(Path("samples/calls").glob("*.flac"))
RATES = [8000, 16000]


def recording(path: Path) -> tuple[Pcm16, int]:
    """int16, shape (samples, channels), and the rate."""
    media = open_media(path)
    return np.concatenate(list(read_blocks(media))), media.rate_hz


class Heard:
    """What a watch said of some audio."""

    def __init__(self, audio: Pcm16, rate_hz: int, voice: float | npt.NDArray[np.float64] = 0.02) -> None:
        watch, size = SoundWatch(rate_hz), rate_hz * 32 // 1000
        windows = audio[: len(audio) // size * size].reshape(-1, size).astype(np.float32) / 32768
        voices = np.broadcast_to(voice, len(windows))
        self.events: list[SoundStarted | SoundEnded] = []
        self.hushed = np.zeros(len(windows), bool)
        self.undecided = np.zeros(len(windows), bool)
        self.since: set[int] = set()
        for index, (window, probability) in enumerate(zip(windows, voices, strict=True)):
            self.events += watch.process(window, float(probability))
            self.hushed[index], self.undecided[index] = watch.hushes, watch.undecided
            if watch.hushed_since is not None:
                self.since.add(watch.hushed_since)
        self.rate_hz = rate_hz

    @property
    def started(self) -> list[str]:
        return [event.sound for event in self.events if isinstance(event, SoundStarted)]

    @property
    def ended(self) -> list[tuple[str, float, float]]:
        """Sound, start and end in seconds."""
        return [
            (event.sound, event.start_sample / self.rate_hz, event.end_sample / self.rate_hz)
            for event in self.events
            if isinstance(event, SoundEnded)
        ]


def silence(seconds: float, rate_hz: int) -> Pcm16:
    return np.zeros(round(seconds * rate_hz), np.int16)


def softer(audio: Pcm16, decibels: float) -> Pcm16:
    return (audio * 10 ** (-decibels / 20)).astype(np.int16)


def shifted(audio: Pcm16, share: float) -> Pcm16:
    """All frequencies changed by a share."""
    places = np.arange(0, len(audio) - 1, 1 + share)
    return np.interp(places, np.arange(len(audio)), audio).astype(np.int16)


def joined(parts: Iterable[Pcm16]) -> Pcm16:
    return np.concatenate(list(parts))


def rough(audio: Pcm16) -> Pcm16:
    return mulaw_decode(mulaw_encode(audio))


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("seed", range(2 * len(STYLES)))
def test_music_is_hushed_within_a_second_and_a_half(seed: int, rate_hz: int) -> None:
    heard = Heard(joined([music(6, rate_hz, seed), silence(4, rate_hz)]), rate_hz)
    assert heard.hushed[47 : 6000 // 32].mean() > 0.95
    assert heard.started == ["music"]
    [(sound, start, end)] = heard.ended
    assert sound == "music"
    assert start < 0.3
    assert end == pytest.approx(6, abs=0.7)
    assert min(heard.since) < 0.3 * rate_hz


@pytest.mark.parametrize(
    "change", [rough, lambda audio: softer(audio, 30), lambda audio: rough(softer(audio, 30))]
)
@pytest.mark.parametrize("seed", range(len(STYLES)))
def test_music_rough_or_soft(change: Callable[[Pcm16], Pcm16], seed: int) -> None:
    heard = Heard(change(music(6, 8000, seed)), 8000)
    assert heard.hushed[60:].mean() > 0.9
    assert heard.started == ["music"]


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize(("tone", "sound", "off_s"), [(ringing, "ringing", 2.0), (busy, "busy", 0.5)])
@pytest.mark.parametrize("share", [-0.015, 0.0, 0.015])
def test_line_tones(
    tone: Callable[[float, int], Pcm16], sound: str, off_s: float, share: float, rate_hz: int
) -> None:
    audio = joined([silence(0.5, rate_hz), rough(shifted(softer(tone(9, rate_hz), 10), share))])
    heard = Heard(joined([audio, silence(4, rate_hz)]), rate_hz, 0.3)
    assert heard.started == [sound]
    [(_, start, end)] = heard.ended
    assert start == pytest.approx(0.5, abs=0.07)
    assert end == pytest.approx(9.5 - off_s, abs=0.3)
    size = rate_hz * 32 // 1000
    gaps = np.abs(audio[: len(audio) // size * size].reshape(-1, size)).max(axis=1) == 0
    assert heard.hushed[: len(gaps)][gaps].mean() < 0.2
    assert heard.hushed[: len(gaps)][~gaps].mean() > 0.8


@pytest.mark.parametrize("snr_db", [20, 12])
@pytest.mark.parametrize(("audio", "sound"), [(ringing(9, 8000), "ringing"), (busy(6, 8000), "busy")])
def test_a_hissing_line_has_one_tone(audio: Pcm16, sound: str, snr_db: int) -> None:
    hiss = noise("white", 9, 8000, seed=1)[: len(audio)].astype(float)
    hiss *= audio[:2000].astype(float).std() / hiss.std() * 10 ** (-snr_db / 20)
    assert Heard((audio + hiss).astype(np.int16), 8000).started == [sound]


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize(("on_ms", "off_ms"), [(100, 100), (70, 70), (250, 60)])
@pytest.mark.parametrize("share", [-0.015, 0.0, 0.015])
def test_keys(on_ms: int, off_ms: int, share: float, rate_hz: int) -> None:
    keys = "0123456789*#ABCD1199"
    audio = softer(shifted(dtmf(keys, rate_hz, on_ms=on_ms, off_ms=off_ms), share), 20)
    heard = Heard(joined([silence(0.3, rate_hz), rough(audio), silence(0.3, rate_hz)]), rate_hz, 0.3)
    assert len(heard.ended) >= len(keys) - 3
    assert set(heard.started) == {"dtmf"}
    for _, start, end in heard.ended:
        assert end - start <= on_ms / 1000 + 0.1


def test_a_key_is_told_but_not_which() -> None:
    told = {tuple(map(repr, Heard(dtmf(key, 8000, off_ms=300), 8000).events)) for key in "0123456789*#ABCD"}
    assert len(told) == 1
    assert "SoundStarted(sound='dtmf', start_sample=0)" in next(iter(told))


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("kind", NOISES)
def test_noise_is_no_sound(kind: Noise, rate_hz: int) -> None:
    heard = Heard(noise(kind, 12, rate_hz, seed=3), rate_hz)
    assert heard.started == []


@pytest.mark.parametrize("path", CALLS, ids=lambda path: path.stem)
def test_speech_is_never_hushed(path: Path) -> None:
    audio, rate_hz = recording(path)
    call = json.loads(path.with_suffix(".json").read_text())
    held = [event["at_ms"] for event in call.get("events", [])]
    for channel in (0, 1):
        voice = np.full(len(audio) // 256, 0.02)
        for turn in call["turns"]:
            if turn["channel"] == channel:
                voice[turn["start_ms"] // 32 : turn["end_ms"] // 32 + 1] = 0.9
        heard = Heard(audio[:, channel], rate_hz, voice)
        assert not heard.hushed[voice > 0.5].any()
        # Who speaks after hold music is in doubt for a moment.
        assert heard.undecided[voice > 0.5].sum() <= (5 if held else 0)
        if held and channel == 0:
            assert [sound for sound, _, _ in heard.ended] == ["music"]
            assert heard.ended[0][1:] == pytest.approx([held[0] / 1000, held[1] / 1000], abs=0.8)
        else:
            assert heard.started == []


def test_who_speaks_into_music_is_heard_at_once() -> None:
    speech, _ = recording(CALLS[0])
    words = speech[8000 : 8000 * 4, 0]
    played = music(12, 8000, 1)
    played[8000 * 5 : 8000 * 8] = (played[8000 * 5 : 8000 * 8] * 0.1).astype(np.int16) + words
    voice = np.full(len(played) // 256, 0.02)
    voice[5000 // 32 + 1 : 8000 // 32] = 0.95
    heard = Heard(played, 8000, voice)
    first = 5000 // 32 + 1
    assert heard.hushed[50:first].all()
    assert not heard.hushed[first + 8 : 8000 // 32].any()
    assert not heard.undecided[first + 10 : 8000 // 32].any()
    assert heard.hushed[8000 // 32 + 50 :].all()


def test_a_moment_of_doubt_in_music_is_taken_back() -> None:
    voice = np.full(10_000 // 32, 0.02)
    voice[150:158] = 0.6
    heard = Heard(music(10, 8000, 0), 8000, voice)
    doubt = np.flatnonzero(heard.undecided[100:]) + 100
    assert 0 < len(doubt) < 20
    assert heard.hushed[doubt[-1] + 1]
    assert any(abs(since / 256 - doubt[0]) <= 8 for since in heard.since)


def test_one_after_the_other() -> None:
    parts = [
        ringing(4, 8000),
        silence(1, 8000),
        music(6, 8000, 3),
        silence(4, 8000),
        dtmf("12", 8000),
        busy(3, 8000),
    ]
    heard = Heard(joined([*parts, silence(2, 8000)]), 8000)
    assert heard.started == ["ringing", "music", "dtmf", "dtmf", "busy"]
    assert [sound for sound, _, _ in heard.ended] == heard.started
    for (_, _, end), (_, start, _) in pairwise(heard.ended):
        assert end <= start


def test_channel_time_begins_where_it_is_told() -> None:
    watch = SoundWatch(8000, first_sample=80_000)
    events = [
        e
        for w in ringing(1, 8000)[:7936].reshape(-1, 256)
        for e in watch.process(w.astype(np.float32) / 32768, 0)
    ]
    assert events == [SoundStarted("ringing", 80_000)]
    assert watch.hushed_since == 80_000
    assert watch.finish() == [SoundEnded("ringing", 80_000, 80_000 + 7936)]


def test_an_hour_needs_what_a_minute_does() -> None:
    watch = SoundWatch(8000)
    tune = (music(2, 8000, 0)[:15872].astype(np.float32) / 32768).reshape(-1, 256)

    def size() -> int:
        return len(watch._music._past) + watch._steadiness._runs.size + watch._analyser._audio.size

    sizes = set()
    for window in range(20_000):
        watch.process(tune[window % len(tune)], 0.02)
        if window % 1000 == 999:
            sizes.add(size())
    assert len(sizes) == 1
    assert watch._steadiness._runs.max() < 100


def test_digital_silence_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    watch = SoundWatch(8000)
    monkeypatch.setattr(watch._analyser, "spectrum", lambda: pytest.fail("a spectrum of nothing"))
    for _ in range(100):
        assert watch.process(np.zeros(256, np.float32), 0.01) == []
    assert not watch.hushes
    assert not watch.undecided
