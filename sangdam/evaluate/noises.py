"""Sounds that are no speech, made from numbers: what a recogniser must keep silent about.

All functions return int16 mono; the same arguments give the same samples. Levels are those of a telephone
line, peak about half of full scale, unless the sound says otherwise.
"""

from collections.abc import Callable
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from contracts.audio import Pcm16

Float = npt.NDArray[np.float64]
Noise = Literal["white", "pink", "hum", "street", "clicks", "comfort"]

NOISES: Final[tuple[Noise, ...]] = ("white", "pink", "hum", "street", "clicks", "comfort")
STYLES: Final = ("piano", "strings", "flute", "band", "music_box")
"""Styles of `music`; a seed has the style `STYLES[seed % len(STYLES)]`."""

_PEAK: Final = 16_000.0
_KEYS: Final = "123A456B789C*0#D"
_ROWS: Final = (697, 770, 852, 941)
_COLUMNS: Final = (1209, 1336, 1477, 1633)

_FUER_ELISE: Final = (
    (76, 1), (75, 1), (76, 1), (75, 1), (76, 1), (71, 1), (74, 1), (72, 1), (69, 3), (60, 1), (64, 1), (69, 1),
    (71, 3), (64, 1), (68, 1), (71, 1), (72, 3), (64, 1),
)  # fmt: skip
_ODE_TO_JOY: Final = (
    (64, 2), (64, 2), (65, 2), (67, 2), (67, 2), (65, 2), (64, 2), (62, 2), (60, 2), (60, 2), (62, 2), (64, 2),
    (64, 3), (62, 1), (62, 4),
)  # fmt: skip
_ARIRANG: Final = (
    (67, 3), (69, 1), (67, 2), (69, 2), (72, 3), (74, 1), (72, 2), (74, 1), (72, 1), (76, 3), (74, 1), (72, 1),
    (69, 1), (67, 3), (69, 1), (67, 6),
)  # fmt: skip
_TUNES: Final = (_FUER_ELISE, _ODE_TO_JOY, _ARIRANG)
"""Public domain: MIDI note and length in half beats."""
_CHORDS: Final = ((60, 64, 67), (57, 60, 64), (65, 69, 72), (67, 71, 74))


def music(seconds: float, rate_hz: int, seed: int) -> Pcm16:
    """Hold music; style, tune, key and tempo come from the seed."""
    play: tuple[Callable[[Float, int, np.random.Generator], Float], ...] = (
        _piano,
        _strings,
        _flute,
        _band,
        _music_box,
    )
    return _sampled(play[seed % len(play)](_time(seconds, rate_hz), rate_hz, np.random.default_rng(seed)))


def ringing(seconds: float, rate_hz: int) -> Pcm16:
    """The Korean tone of a called line: 440 and 480 Hz, 1 s on, 2 s off."""
    return _cadence(_time(seconds, rate_hz), (440, 480), 1.0, 2.0)


def busy(seconds: float, rate_hz: int) -> Pcm16:
    """The Korean tone of a busy line: 480 and 620 Hz, half a second on, half a second off."""
    return _cadence(_time(seconds, rate_hz), (480, 620), 0.5, 0.5)


def dtmf(digits: str, rate_hz: int, on_ms: int = 100, off_ms: int = 100) -> Pcm16:
    """Keys, one after the other.

    Raises:
        ValueError: a digit is none of 0-9, A-D, * and #.
    """
    parts = []
    for digit in digits:
        row, column = divmod(_KEYS.index(digit), 4)
        t = _time(on_ms / 1000, rate_hz)
        parts += [
            _tones(t, (_ROWS[row], _COLUMNS[column])),
            np.zeros(rate_hz * off_ms // 1000),
        ]
    return _sampled(np.concatenate(parts), peak=12_000) if parts else np.zeros(0, np.int16)


def noise(kind: Noise, seconds: float, rate_hz: int, seed: int) -> Pcm16:
    """Noise of a line or a room.

    `white` and `pink` are loud, `hum` is 60 Hz with harmonics, `street` is coloured and swells slowly, `clicks`
    are rare and single, `comfort` is what a codec plays in a pause (about -66 dB of full scale).
    """
    random = np.random.default_rng(seed)
    t = _time(seconds, rate_hz)
    white = random.standard_normal(len(t))
    if kind == "white":
        return _sampled(white, peak=12_000)
    if kind == "pink":
        return _sampled(_coloured(white, rate_hz, 0.5), peak=12_000)
    if kind == "hum":
        hum = sum(np.sin(2 * np.pi * 60 * k * t + k) / k**1.2 for k in range(1, 11))
        return _sampled(hum + 0.01 * white, peak=3_000)
    if kind == "street":
        swell = 1 + 0.8 * np.sin(2 * np.pi * 0.13 * t + 6 * random.random()) * np.sin(2 * np.pi * 0.041 * t)
        return _sampled(_coloured(white, rate_hz, 0.8) * swell, peak=8_000)
    if kind == "clicks":
        clicks = np.where(random.random(len(t)) < 2 / rate_hz, random.uniform(-1, 1, len(t)), 0)
        return _sampled(np.convolve(clicks, np.exp(-np.arange(12) / 3), "same"), peak=24_000)
    return np.asarray(np.rint(16 * white), np.int16)


def _time(seconds: float, rate_hz: int) -> Float:
    return np.arange(round(seconds * rate_hz)) / rate_hz


def _sampled(signal: Float, peak: float = _PEAK) -> Pcm16:
    loudest = max(float(np.abs(signal).max(initial=0)), 1e-9)
    return np.rint(signal * (peak / loudest)).astype(np.int16)


def _tones(t: Float, frequencies: tuple[float, ...]) -> Float:
    return np.asarray(sum(np.sin(2 * np.pi * hz * t) for hz in frequencies))


def _cadence(t: Float, frequencies: tuple[float, ...], on_s: float, off_s: float) -> Pcm16:
    return _sampled(_tones(t, frequencies) * (t % (on_s + off_s) < on_s), peak=8_000)


def _coloured(white: Float, rate_hz: int, slope: float) -> Float:
    """Power falls with frequency to the `2 * slope`."""
    spectrum = np.fft.rfft(white)
    hz = np.fft.rfftfreq(len(white), 1 / rate_hz)
    return np.asarray(np.fft.irfft(spectrum / np.maximum(hz, 40) ** slope, len(white)))


def _hz(note: float) -> float:
    return float(440 * 2 ** ((note - 69) / 12))


def _add(track: Float, at: float, rate_hz: int, sound: Float) -> None:
    start = round(at * rate_hz)
    room = track[start : start + len(sound)]
    room += sound[: len(room)]


def _struck(hz: float, seconds: float, rate_hz: int, harmonics: int, decay_s: float) -> Float:
    """A string or bar that is struck and dies away, its overtones sooner."""
    t = _time(seconds, rate_hz)
    loud = [k for k in range(1, harmonics + 1) if hz * k < rate_hz / 2]
    sound = sum(np.sin(2 * np.pi * hz * k * t) / k * np.exp(-t * k**0.7 / decay_s) for k in loud)
    return np.asarray(sound * np.minimum(1, t / 0.004))


def _bowed(hz: float, seconds: float, rate_hz: int, tilt: float, vibrato: float) -> Float:
    """A tone that is held; `vibrato` as a share of its frequency."""
    t = _time(seconds, rate_hz)
    depth = vibrato * np.minimum(1, t / 0.3)
    phase = 2 * np.pi * np.cumsum(hz * (1 + depth * np.sin(2 * np.pi * 5.5 * t))) / rate_hz
    loud = [k for k in range(1, 13) if hz * k < rate_hz / 2]
    sound = sum(np.sin(k * phase) / k**tilt for k in loud)
    return np.asarray(sound * np.minimum(1, np.minimum(t / 0.06, (seconds - t) / 0.08)))


def _melody(random: np.random.Generator, seconds: float) -> list[tuple[float, float, float]]:
    """Start and length in seconds, and note: a tune over and over, in a key and tempo of its own."""
    tune, key = _TUNES[random.integers(len(_TUNES))], int(random.integers(-4, 5))
    beat = random.uniform(0.16, 0.3)
    notes, at = [], 0.0
    while at < seconds:
        for note, length in tune:
            notes.append((at, beat * length, float(note + key)))
            at += beat * length
    return [note for note in notes if note[0] < seconds]


def _piano(t: Float, rate_hz: int, random: np.random.Generator) -> Float:
    """Broken chords and a melody."""
    track, step, seconds = np.zeros(len(t)), random.uniform(0.15, 0.25), len(t) / rate_hz
    for index in range(int(seconds / step) + 1):
        chord = _CHORDS[index // 8 % len(_CHORDS)]
        broken = (*chord, chord[0] + 12)[(0, 1, 2, 3, 2, 1, 2, 1)[index % 8]] - 12
        _add(track, index * step, rate_hz, 0.6 * _struck(_hz(broken), 1.2, rate_hz, 8, 0.5))
    for at, length, note in _melody(random, seconds):
        _add(track, at, rate_hz, _struck(_hz(note), length + 0.4, rate_hz, 8, 0.6))
    return track


def _strings(t: Float, rate_hz: int, random: np.random.Generator) -> Float:
    """Held chords of several detuned strings."""
    track, length = np.zeros(len(t)), random.uniform(1.8, 3.0)
    for index in range(int(len(t) / rate_hz / length) + 1):
        for note in _CHORDS[index % len(_CHORDS)]:
            for _ in range(3):
                hz = _hz(note) * (1 + random.normal(0, 0.003))
                sound = _bowed(hz, length * 1.1, rate_hz, 1.2, 0.004)
                _add(track, index * length, rate_hz, sound)
    return track


def _flute(t: Float, rate_hz: int, random: np.random.Generator) -> Float:
    """One voice with vibrato; half of the seeds have a violin's overtones."""
    track, tilt = np.zeros(len(t)), float(random.choice([1.0, 2.2]))
    for at, length, note in _melody(random, len(t) / rate_hz):
        _add(track, at, rate_hz, _bowed(_hz(note + 5), length * 1.03, rate_hz, tilt, 0.012))
    return track


def _band(t: Float, rate_hz: int, random: np.random.Generator) -> Float:
    """Drums, bass and chords on an electric piano."""
    track, beat = np.zeros(len(t)), random.uniform(0.42, 0.62)
    hat = random.standard_normal(rate_hz // 12) * np.exp(-np.arange(rate_hz // 12) / (0.012 * rate_hz))
    snare = random.standard_normal(rate_hz // 5) * np.exp(-np.arange(rate_hz // 5) / (0.04 * rate_hz))
    fall = _time(0.15, rate_hz)
    kick = np.sin(2 * np.pi * (50 * fall + 8 * (1 - np.exp(-fall * 30)))) * np.exp(-fall * 18)
    for index in range(int(len(t) / rate_hz / beat) + 1):
        chord = _CHORDS[index // 4 % len(_CHORDS)]
        at = index * beat
        _add(track, at, rate_hz, 1.6 * kick if index % 2 == 0 else 0.7 * snare)
        for half in (0.0, 0.5):
            _add(track, at + half * beat, rate_hz, 0.3 * hat)
            _add(track, at + half * beat, rate_hz, _struck(_hz(chord[0] - 24), 0.4, rate_hz, 6, 0.3))
        for note in chord:
            _add(track, at + 0.5 * beat, rate_hz, 0.5 * _struck(_hz(note), 0.7, rate_hz, 4, 0.3))
    return track


def _music_box(t: Float, rate_hz: int, random: np.random.Generator) -> Float:
    """The melody of a waiting line: high, nearly pure, dying away."""
    track = np.zeros(len(t))
    for at, _, note in _melody(random, len(t) / rate_hz):
        _add(track, at, rate_hz, _struck(_hz(note + 12), 1.0, rate_hz, 2, 0.35))
    return track
