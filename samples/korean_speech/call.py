"""Turns → a two-channel call as a telephone line carries it: left the agent, right the caller.

8 kHz, 300–3400 Hz (the telephone band of ITU-T G.712), speech at −23 dBFS, a little line noise. While the
caller is on hold, music plays on the agent's channel, since that is the leg it reaches the caller from.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from samples.korean_speech.dialogue import Dialogue, Hold, Role, Speech
from samples.korean_speech.voice import RATE_HZ as VOICE_RATE_HZ
from samples.korean_speech.voice import Samples, Speaker

RATE_HZ = 8_000
CHANNELS: dict[Role, int] = {"agent": 0, "caller": 1}

BAND_HZ = (300, 3400)
SPEECH_LEVEL = 10 ** (-23 / 20)
"""RMS of each turn."""
MUSIC_LEVEL = 10 ** (-32 / 20)
NOISE_LEVEL = 10 ** (-68 / 20)

SENTENCE_GAP_S = 0.3
TURN_GAP_S = (0.45, 0.85)
"""Shortest and longest silence before an answer; under 0.3 s an endpointer would hear one turn."""

CHORDS_HZ = ((262, 330, 392, 523), (220, 330, 440, 523), (349, 440, 523, 698), (392, 494, 587, 784))
"""C, Am, F, G: the broken chords of the hold music."""
NOTE_S = 0.375


class Voice(Protocol):
    """Who speaks: :class:`samples.korean_speech.voice.Kokoro`, or a stand-in."""

    def say(self, sentence: str, speaker: Speaker, *, speed: float = 1.0) -> Samples:
        """One sentence as speech at 24 kHz."""


@dataclass(frozen=True)
class SpokenTurn:
    """A turn with its place in the call."""

    channel: int
    start_ms: int
    end_ms: int
    text: str


@dataclass(frozen=True)
class StateChange:
    """From ``at_ms`` on the call is ``held`` or ``talking``."""

    at_ms: int
    state: str


@dataclass(frozen=True)
class Call:
    """A rendered call."""

    audio: Samples
    """(samples, 2) at 8 kHz."""
    turns: tuple[SpokenTurn, ...]
    events: tuple[StateChange, ...]

    @property
    def seconds(self) -> float:
        """Length."""
        return len(self.audio) / RATE_HZ


def render_call(dialogue: Dialogue, voice: Voice, *, seed: int = 0) -> Call:
    """Speak a dialogue.

    Args:
        dialogue: what is said.
        voice: who says it.
        seed: of the noise and of the lengths of the silences between turns.
    """
    random = np.random.default_rng(seed)
    band = _band_pass(RATE_HZ, *BAND_HZ)
    pieces: list[tuple[int, int, Samples]] = []
    turns: list[SpokenTurn] = []
    events: list[StateChange] = []
    now = RATE_HZ // 2
    for turn in dialogue.turns:
        match turn:
            case Hold(seconds):
                heard = _level(np.convolve(_hold_music(seconds), band, "same"), MUSIC_LEVEL)
                pieces.append((CHANNELS["agent"], now, heard))
                events += [StateChange(_ms(now), "held"), StateChange(_ms(now + len(heard)), "talking")]
            case Speech(who, text, speed):
                speaker = dialogue.agent if who == "agent" else dialogue.caller
                heard = _level(np.convolve(_speak(voice, text, speaker, speed), band, "same"), SPEECH_LEVEL)
                pieces.append((CHANNELS[who], now, heard))
                turns.append(SpokenTurn(CHANNELS[who], _ms(now), _ms(now + len(heard)), text))
        now += len(heard) + round(random.uniform(*TURN_GAP_S) * RATE_HZ)
    noise = random.standard_normal((now, len(CHANNELS)))
    audio = np.stack([_level(np.convolve(line, band, "same"), NOISE_LEVEL) for line in noise.T], axis=1)
    for channel, start, heard in pieces:
        audio[start : start + len(heard), channel] += heard
    return Call(np.clip(audio, -1, 1), tuple(turns), tuple(events))


def _speak(voice: Voice, text: str, speaker: Speaker, speed: float) -> Samples:
    """A turn at 8 kHz, sentence by sentence: Kokoro's melody is best over one sentence."""
    sentences = [part.strip() for part in re.findall(r"[^.?!]+[.?!]*", text) if re.search("[가-힣]", part)]
    silence = np.zeros(round(SENTENCE_GAP_S * VOICE_RATE_HZ), np.float32)
    spoken: list[Samples] = []
    for sentence in sentences:
        spoken += [voice.say(sentence, speaker, speed=speed), silence]
    low = _low_pass(VOICE_RATE_HZ, BAND_HZ[1])
    turn: Samples = np.convolve(np.concatenate(spoken[:-1]), low, "same")
    return turn[:: VOICE_RATE_HZ // RATE_HZ]


def _hold_music(seconds: float) -> Samples:
    """Broken chords of soft plucked tones."""
    melody = np.zeros(round(seconds * RATE_HZ), np.float32)
    length = round(NOTE_S * RATE_HZ)
    time_s = np.arange(length * 2) / RATE_HZ
    envelope = np.minimum(time_s / 0.01, 1) * np.exp(-4 * time_s)
    for index, start in enumerate(range(0, len(melody), length)):
        chord = CHORDS_HZ[index // 4 % len(CHORDS_HZ)]
        tone_hz = chord[index % 4] * 2
        tone = envelope * (np.sin(2 * np.pi * tone_hz * time_s) + 0.3 * np.sin(4 * np.pi * tone_hz * time_s))
        note = tone[: len(melody) - start]
        melody[start : start + len(note)] += note.astype(np.float32)
    return melody


def _level(audio: Samples, rms: float) -> Samples:
    return (audio * (rms / max(float(np.sqrt(np.mean(audio**2))), 1e-9))).astype(np.float32)


def _low_pass(rate_hz: int, cut_hz: float, taps: int = 193) -> Samples:
    """Windowed-sinc filter."""
    at = np.arange(taps) - taps // 2
    cut = cut_hz / rate_hz
    weights: Samples = (2 * cut * np.sinc(2 * cut * at) * np.hamming(taps)).astype(np.float32)
    return weights


def _band_pass(rate_hz: int, low_hz: float, high_hz: float) -> Samples:
    return _low_pass(rate_hz, high_hz) - _low_pass(rate_hz, low_hz)


def _ms(samples: int) -> int:
    return samples * 1000 // RATE_HZ
