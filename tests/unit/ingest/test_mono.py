import asyncio
import json
import logging
import threading
import time

import numpy as np
import pytest

from contracts.errors import ModelMissing
from ingest.live import LiveCalls
from ingest.mono import Change, find_changes, spread
from ingest.replay import open_recording, play, tell_apart
from models.diarizer import SpeakerTurn

TURNS = [SpeakerTurn(0.1, 0.3, 0), SpeakerTurn(0.5, 0.8, 1), SpeakerTurn(0.9, 1.2, 0)]


def diarizer(turns, heard_of=None):
    """Hears everything and gives these turns."""

    def listen(audio, rate_hz, heard=None):
        blocks = list(audio)
        assert all(block.dtype == np.float32 and block.ndim == 1 for block in blocks)
        if heard_of is not None:
            heard_of.append((sum(map(len, blocks)), rate_hz, max(np.abs(b).max() for b in blocks)))
        if heard:
            heard(1.0)
        return turns

    return listen


def missing(*_):
    raise ModelMissing("없습니다.", "none.")


def test_a_pause_is_shared():
    assert find_changes(TURNS, 8000) == (Change(0, 0), Change(3200, 1), Change(6800, 0))


def test_turns_of_one_in_a_row_are_one():
    turns = [SpeakerTurn(1, 2, 1), SpeakerTurn(3, 4, 1), SpeakerTurn(5, 6, 0), SpeakerTurn(9, 10, 0)]
    assert find_changes(turns, 1000) == (Change(0, 1), Change(4500, 0))


@pytest.mark.parametrize("turns", [[], [SpeakerTurn(0, 1, 0)], [SpeakerTurn(0, 1, 0), SpeakerTurn(2, 3, 0)]])
def test_one_speaker_needs_no_second_channel(turns):
    assert find_changes(turns, 8000) == ()


def test_blocks_of_any_length_give_the_same():
    changes = (Change(0, 1), Change(7, 0), Change(8, 1), Change(40, 0))
    audio = np.arange(1, 101, dtype=np.int16)[:, None]
    whole = spread(audio, 0, changes)
    assert np.array_equal(whole.sum(axis=1), audio[:, 0])
    assert np.array_equal(np.flatnonzero(whole[:, 0]), [7, *range(40, 100)])
    for size in (1, 3, 64):
        parts = [spread(audio[at : at + size], at, changes) for at in range(0, 100, size)]
        assert np.array_equal(np.concatenate(parts), whole)


async def test_each_party_has_a_channel(published, wav):
    recording = open_recording(wav(channels=1))
    heard = []
    told = []
    apart = tell_apart(recording, diarizer(TURNS, heard), progress=lambda *at: told.append(at))
    contact = await play(LiveCalls(published.bus), apart, agent_id="kim", speed=50)
    await published.until(lambda: "ended" in published.states())
    assert published.events[0].roles == {0: "unknown", 1: "unknown"}
    first, second = published.audio(contact, 0), published.audio(contact, 1)
    count = np.arange(10_000)
    assert np.array_equal(first + second, count)
    assert np.array_equal(second[3200:6800], count[3200:6800])
    assert not second[:3200].any()
    assert not second[6800:].any()
    ((samples, rate_hz, loudest),) = heard
    assert (samples, rate_hz) == (10_000, 8000)
    assert loudest == pytest.approx(9999 / 32768)
    assert told == [(1.0, 1.25)]


async def test_roles_come_from_beside_it(published, wav):
    path = wav(channels=1)
    path.with_suffix(".json").write_text(json.dumps({"channels": {"0": "agent", "1": "caller"}}))
    apart = tell_apart(open_recording(path), diarizer(TURNS))
    await play(LiveCalls(published.bus), apart, agent_id=None, speed=50)
    await published.until(lambda: "ended" in published.states())
    assert published.events[0].roles == {0: "agent", 1: "caller"}


def test_one_party_by_what_stands_beside_it(wav):
    path = wav(channels=1)
    path.with_suffix(".json").write_text(json.dumps({"channels": {"0": "caller"}}))
    recording = open_recording(path)
    assert tell_apart(recording, missing) is recording
    assert recording.info(None).roles == {0: "caller"}


def test_two_channels_are_not_listened_to(wav):
    recording = open_recording(wav())
    assert tell_apart(recording, missing) is recording


def test_without_a_model_it_is_one_party_and_said(wav, caplog):
    recording = open_recording(wav(channels=1))
    with caplog.at_level(logging.WARNING):
        assert tell_apart(recording, missing) == recording
    assert "call.wav" in caplog.text
    assert "model-missing" in caplog.text
    assert tell_apart(recording, None) == recording


@pytest.mark.parametrize(("listen", "channels"), [(diarizer(TURNS), {0, 1}), (missing, {0})])
async def test_an_uploaded_recording(web, published, wav, listen, channels):
    web.ingest._diarizer = listen
    async with web.client() as client:
        content = wav(channels=1).read_bytes()
        answer = await client.post(
            "/api/ingest/recordings", params={"speed": 50}, files={"file": ("mono.wav", content)}
        )
    assert answer.status_code == 201
    await published.until(lambda: "ended" in published.states())
    assert set(published.events[0].roles) == channels
    assert {frame.channel for frame in published.frames} == channels


async def test_who_gives_up_ends_the_listening(web, wav):
    ended = threading.Event()

    def endless(audio, rate_hz, heard=None):
        try:
            while True:
                heard(0.0)
                time.sleep(0.005)
        finally:
            ended.set()

    web.ingest._diarizer = endless
    task = asyncio.create_task(web.ingest._tell_apart(open_recording(wav(channels=1))))
    await asyncio.sleep(0.05)
    assert not ended.is_set()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert await asyncio.to_thread(ended.wait, 5)
