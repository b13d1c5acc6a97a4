"""The load of a bench: as much speech as asked for, where its turns say it is."""

from pathlib import Path

import numpy as np
import pytest

from contracts.errors import BadInput
from sangdam.evaluate.load import LoadChannel, Spoken, deal, loudness, make_load

SECONDS = 30.0
CHANNELS = 6


@pytest.fixture(scope="module")
def load() -> list[LoadChannel]:
    return make_load(CHANNELS, SECONDS)


def test_every_channel_has_its_length_and_its_share_of_speech(load: list[LoadChannel]) -> None:
    assert [len(channel.audio) for channel in load] == [int(SECONDS * load[0].rate_hz)] * CHANNELS
    assert all(0.25 < channel.speech_s / SECONDS < 0.55 for channel in load)
    assert 0.35 < sum(channel.speech_s for channel in load) / (CHANNELS * SECONDS) < 0.45


def test_turns_are_apart_and_hold_the_speech(load: list[LoadChannel]) -> None:
    for channel in load:
        loud = loudness(channel.audio, channel.rate_hz)
        inside = np.zeros(len(loud), bool)
        for turn in channel.turns:
            inside[turn.start_ms // 10 : turn.end_ms // 10] = True
        near = np.convolve(inside, np.ones(25), "same") > 0
        assert np.median(loud[inside]) > 100
        assert loud[~near].max() < 10
        pauses = [
            after.start_ms - before.end_ms
            for before, after in zip(channel.turns, channel.turns[1:], strict=False)
        ]
        assert all(pause >= 999 for pause in pauses)


def test_channels_differ_and_start_one_after_the_other(load: list[LoadChannel]) -> None:
    texts = [turn.text for channel in load for turn in channel.turns]
    assert len({channel.audio.tobytes() for channel in load}) == CHANNELS
    # A greeting may be in two of the calls.
    assert len(set(texts)) > 0.8 * len(texts)
    starts = [channel.turns[0].start_ms for channel in load]
    assert len({start // 100 for start in starts}) > CHANNELS // 2


def test_the_same_arguments_give_the_same_audio(load: list[LoadChannel]) -> None:
    again = make_load(CHANNELS, SECONDS)
    other = make_load(CHANNELS, SECONDS, seed=1)
    assert all(
        np.array_equal(a.audio, b.audio) and a.turns == b.turns for a, b in zip(load, again, strict=True)
    )
    assert not all(np.array_equal(a.audio, b.audio) for a, b in zip(load, other, strict=True))


def test_pauses_are_silent_or_nearly_so(load: list[LoadChannel]) -> None:
    quiet = [int(np.abs(channel.audio[-2000:]).max()) for channel in load]
    assert quiet[0] == 0
    assert 0 < quiet[1] < 20


def test_a_telephone_has_8_khz() -> None:
    (channel,) = make_load(1, 10.0, phone=True)
    assert channel.rate_hz == 8000
    assert len(channel.audio) == 80_000


def test_sparse_speech() -> None:
    (channel,) = make_load(1, 300.0, share=0.02)
    assert 0.005 < channel.speech_s / 300 < 0.035


def test_an_utterance_is_not_dealt_twice_before_all_were_dealt_once() -> None:
    deck = [Spoken(np.zeros(8000, np.int16), 8000, 0, 8000, str(number)) for number in range(20)]
    hands = deal(deck, 5, 10.0, 0.4, np.random.default_rng(0))
    assert sorted(int(one.text) for hand in hands for one in hand) == list(range(20))


def test_too_little_time() -> None:
    with pytest.raises(BadInput):
        make_load(1, 2.0)


def test_a_manifest_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        make_load(1, 10.0, tmp_path / "none.tsv")
