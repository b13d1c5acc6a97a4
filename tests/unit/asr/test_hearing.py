"""What the ear makes of windows whose speech probabilities are scripted; music is real."""

import numpy as np
import pytest

from asr.channel import Channel
from asr.endpointing import Closed, Discarded, EndpointSettings, Opened, Paused
from asr.hearing import Ear
from asr.sounds import SoundEnded, SoundStarted
from contracts.audio import AudioFrame, Codec, FrameFlag
from models.mel import LogMel
from sangdam.evaluate.noises import music

CONTACT = "00000000-0000-0000-0000-000000000001"
LOG_MEL = LogMel(80)
WINDOW = 256


def channel(number: int, audio: np.ndarray, *, last: bool = True) -> Channel:
    made = None
    for at in range(0, len(audio), 800):
        piece = audio[at : at + 800]
        flags = FrameFlag.LAST if last and at + 800 >= len(audio) else FrameFlag.NONE
        frame = AudioFrame(
            CONTACT, number, "caller", Codec.PCM16, 8000, at, len(piece), 0, piece.tobytes(), flags
        )
        made = made or Channel(frame, EndpointSettings(), LOG_MEL)
        made.accept(frame)
    return made


class Voice:
    """Probabilities by channel and window; counts the calls."""

    def __init__(self, tracks: dict[int, list[float]]) -> None:
        self.tracks = tracks
        self.channels: list[Channel] = []
        self.batches: list[int] = []

    def __call__(self, states, windows) -> list[float]:
        self.batches.append(len(windows))
        by_state = {id(one.voice): one for one in self.channels}
        found = []
        for state in states:
            one = by_state[id(state)]
            index = one._next_window // WINDOW - 1
            track = self.tracks[one.key[1]]
            found.append(track[index] if index < len(track) else 0.02)
        return found


def listen(tracks: dict[int, list[float]], audio: dict[int, np.ndarray]) -> tuple[dict[int, list], Voice]:
    voice = Voice(tracks)
    voice.channels = [channel(number, samples) for number, samples in audio.items()]
    heard = Ear(voice).listen(voice.channels)
    return {one.key[1]: found for one, found in heard}, voice


def kinds(heard: list) -> list[type]:
    return [type(one) for one in heard]


def test_windows_of_all_channels_are_judged_together():
    silence = np.zeros(8000, np.int16)
    _, voice = listen({0: [], 1: [], 2: []}, dict.fromkeys(range(3), silence))
    assert set(voice.batches) == {3}
    assert len(voice.batches) == 8000 // WINDOW


def test_speech_opens_pauses_and_closes():
    heard, _ = listen({0: [0.02] * 20 + [0.9] * 20}, {0: np.zeros(16000, np.int16)})
    assert kinds(heard[0]) == [Opened, Paused, Closed]


def test_the_last_frame_closes_what_is_open():
    heard, _ = listen({0: [0.02] * 20 + [0.9] * 50}, {0: np.zeros(16000, np.int16)})
    assert kinds(heard[0]) == [Opened, Closed]


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_what_music_opened_is_taken_back(seed):
    """Voice activity half believes its first quarter of a second, and the utterance closes before it is known as music."""
    heard, _ = listen({0: [0.4] * 8}, {0: music(9, 8000, seed)})
    assert Closed not in kinds(heard[0])
    assert Paused not in kinds(heard[0])
    assert Discarded in kinds(heard[0])
    assert [one.sound for one in heard[0] if isinstance(one, SoundStarted)] == ["music"]
    assert isinstance(heard[0][-1], SoundEnded)


def test_speech_before_music_stays():
    quiet = np.zeros(8000, np.int16)
    heard, _ = listen(
        {0: [0.9] * 25}, {0: np.concatenate([quiet, np.zeros(8000, np.int16), music(9, 8000, 1)])}
    )
    assert kinds(heard[0]).count(Closed) == 1
    assert [one.sound for one in heard[0] if isinstance(one, SoundStarted)] == ["music"]
