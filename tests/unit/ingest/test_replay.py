import asyncio
import itertools
import json
import time

import numpy as np
import pytest

from contracts.audio import FrameFlag
from contracts.errors import BadAudio
from ingest import replay as replay_module
from ingest.live import LiveCalls
from ingest.replay import open_recording, play, samples_in


def beside(path, **content) -> None:
    path.with_suffix(".json").write_text(json.dumps(content), "utf-8")


async def test_a_recording_becomes_a_call(published, wav):
    path = wav()
    contact = await play(LiveCalls(published.bus), open_recording(path), agent_id="kim", speed=50)
    await published.until(lambda: "ended" in published.states())
    assert published.states() == ["ringing", "talking", "ended"]
    assert {event.contact_id for event in published.events} == {contact}
    event = published.events[-1]
    assert (event.title, event.source, event.agent_id, event.simulated) == ("call", "replay", "kim", False)
    assert event.roles == {0: "agent", 1: "caller"}
    assert event.reason == ""
    count = np.arange(10_000)
    assert np.array_equal(published.audio(contact, 0), count)
    assert np.array_equal(published.audio(contact, 1), count + 10_000)
    last = [frame for frame in published.frames if frame.flags & FrameFlag.LAST]
    assert sorted(frame.channel for frame in last) == [0, 1]
    assert all(frame.rate_hz == 8000 for frame in published.frames)


async def test_a_mono_recording_has_one_unknown_party(published, wav):
    contact = await play(
        LiveCalls(published.bus), open_recording(wav(channels=1, rate_hz=48_000)), agent_id=None, speed=50
    )
    await published.until(lambda: "ended" in published.states())
    assert published.events[0].roles == {0: "unknown"}
    assert {frame.rate_hz for frame in published.frames} == {16_000}
    assert len(published.audio(contact)) == pytest.approx(20_000, abs=2)


async def test_what_stands_beside_it_is_used(published, wav):
    path = wav()
    beside(
        path,
        title="소파 버리기",
        synthetic=True,
        channels={"0": "caller", "1": "agent"},
        licence="CC BY 3.0",
        events=[{"at_ms": 900, "state": "talking"}, {"at_ms": 400, "state": "held"}],
    )
    await play(LiveCalls(published.bus), open_recording(path), agent_id="kim", speed=50)
    await published.until(lambda: "ended" in published.states())
    assert published.states() == ["ringing", "talking", "held", "talking", "ended"]
    event = published.events[0]
    assert (event.title, event.simulated, event.roles) == ("소파 버리기", True, {0: "caller", 1: "agent"})
    held = [f.start_sample for f in published.frames if f.flags & FrameFlag.HELD and f.channel == 1]
    assert held == [3200, 4000, 4800, 5600, 6400]


@pytest.mark.parametrize("at_ms", [350, 399])
async def test_a_hold_within_a_frame_takes_the_whole_frame(published, wav, at_ms):
    path = wav(channels=1)
    beside(path, events=[{"at_ms": at_ms, "state": "held"}])
    await play(LiveCalls(published.bus), open_recording(path), agent_id=None, speed=50)
    await published.until(lambda: "ended" in published.states())
    held = [f.start_sample for f in published.frames if f.flags & FrameFlag.HELD]
    assert held[0] == 2400


async def test_a_hold_that_is_one_already_changes_nothing(published, wav):
    path = wav(channels=1)
    beside(
        path,
        events=[{"at_ms": at, "state": "held"} for at in (0, 200)] + [{"at_ms": 99_000, "state": "talking"}],
    )
    await play(LiveCalls(published.bus), open_recording(path), agent_id=None, speed=50)
    await published.until(lambda: "ended" in published.states())
    assert published.states() == ["ringing", "talking", "held", "ended"]
    assert all(frame.flags & FrameFlag.HELD for frame in published.frames)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"events": [{"at_ms": 1, "state": "ended"}]}',
        b'{"channels": {"0": "boss"}}',
        b"\xff\xfe",
    ],
)
def test_a_bad_file_beside_it_is_named(wav, content):
    path = wav()
    path.with_suffix(".json").write_bytes(content)
    with pytest.raises(BadAudio, match=r"call\.json"):
        open_recording(path)


async def test_it_plays_at_its_pace(published, wav):
    recording = open_recording(wav(channels=1, seconds=0.6))
    began = time.monotonic()
    await play(LiveCalls(published.bus), recording, agent_id=None)
    assert 0.6 <= time.monotonic() - began < 1.2
    await published.until(lambda: "ended" in published.states())
    heard = [frame.heard_ms for frame in published.frames[:-1]]
    started = published.events[0].started_at_ms
    for frame, at in zip(published.frames, heard, strict=False):
        assert at - started >= frame.end_sample // 8 - 1
    assert all(60 <= after - before <= 300 for before, after in itertools.pairwise(heard))


async def test_or_faster(published, wav):
    recording = open_recording(wav(channels=1, seconds=4))
    began = time.monotonic()
    await play(LiveCalls(published.bus), recording, agent_id=None, speed=10)
    assert 0.4 <= time.monotonic() - began < 1.5


async def test_who_waits_is_told(published, wav):
    told, started = [], []
    contact = await play(
        LiveCalls(published.bus),
        open_recording(wav(channels=1)),
        agent_id=None,
        speed=50,
        started=started.append,
        progress=lambda played, whole: told.append((played, whole)),
    )
    assert started == [contact]
    assert [played for played, _ in told] == [round(at / 10, 1) for at in range(1, 13)] + [1.25]
    assert {whole for _, whole in told} == {1.25}


async def test_decoding_leaves_the_loop_free(published, wav, monkeypatch):
    blocks = replay_module.read_blocks

    def slow(media):
        for number, block in enumerate(blocks(media)):
            time.sleep(0.4 if number < 2 else 0)
            yield block

    monkeypatch.setattr(replay_module, "read_blocks", slow)
    playing = asyncio.create_task(
        play(LiveCalls(published.bus), open_recording(wav(seconds=3)), agent_id=None, speed=100)
    )
    longest = 0.0
    while not playing.done():
        began = time.monotonic()
        await asyncio.sleep(0.005)
        longest = max(longest, time.monotonic() - began)
    assert longest < 0.35


def test_sample_calls_by_name(tmp_path):
    for name in ("b.flac", "a.flac", "a.json", "README.md"):
        (tmp_path / name).touch()
    assert list(samples_in(tmp_path)) == ["a", "b"]
    assert samples_in(tmp_path / "none") == {}
