import asyncio
import contextlib
from dataclasses import replace

import numpy as np
import pytest

from bus import outage as outage_module
from contracts.audio import FrameFlag
from contracts.errors import BadAudio, Conflict, NotFound, Overloaded, StorageFull
from ingest import live as live_module
from ingest import outbox
from ingest.live import CallInfo, LiveCalls

SECOND = np.arange(8000, dtype=np.int16)


def info(agent_id: str | None = "kim") -> CallInfo:
    return CallInfo(agent_id=agent_id, title="시험", source="test", roles={0: "caller"}, rate_hz=8000)


@contextlib.asynccontextmanager
async def talking(calls: LiveCalls, agent_id: str | None = "kim", fails_with: Exception | None = None):
    """A call in a task of its own; gives the call and its task, and ends it with the block."""
    opened: asyncio.Future = asyncio.get_running_loop().create_future()
    hang_up = asyncio.Event()

    async def run() -> None:
        async with calls.open(info(agent_id)) as call:
            opened.set_result(call)
            await hang_up.wait()
            if fails_with:
                raise fails_with

    task = asyncio.create_task(run())
    call = await asyncio.wait_for(opened, 5)
    call.leave = hang_up.set
    try:
        yield call, task
    finally:
        hang_up.set()
        await asyncio.wait([task])


async def test_a_call_from_ringing_to_ended(published):
    calls = LiveCalls(published.bus, clock=iter(range(1_000, 9_000)).__next__)
    async with calls.open(info()) as call:
        assert len(calls) == 1
        await call.hear({0: SECOND})
        await call.become("held")
        await call.become("talking", reason="다시")
    assert len(calls) == 0
    await published.until(lambda: "ended" in published.states())
    assert published.states() == ["ringing", "talking", "held", "talking", "ended"]
    assert [event.reason for event in published.events] == ["", "", "", "다시", ""]
    assert [event.at_ms for event in published.events] == sorted(event.at_ms for event in published.events)
    assert published.events[0].started_at_ms <= published.events[0].at_ms
    assert np.array_equal(published.audio(call.contact_id), SECOND)
    assert published.frames[-1].flags & FrameFlag.LAST


async def test_ending_twice_is_ending_once(published):
    calls = LiveCalls(published.bus)
    async with calls.open(info()) as call:
        await call.end("끝")
        await call.end("또")
    await published.until(lambda: "ended" in published.states())
    await asyncio.sleep(0.05)
    assert published.states() == ["ringing", "talking", "ended"]
    assert published.events[-1].reason == "끝"
    assert len(published.frames) == 1


async def test_a_change_that_is_not_allowed_ends_nobody_else(published):
    calls = LiveCalls(published.bus)
    async with calls.open(info()) as other:
        with pytest.raises(Conflict):
            async with calls.open(info()) as call:
                await call.become("ringing")
        await other.hear({0: SECOND})
    await published.until(lambda: published.states().count("ended") == 2)
    assert published.states(call.contact_id) == ["ringing", "talking", "ended"]
    reasons = {event.contact_id: event.reason for event in published.events if event.state == "ended"}
    assert "ringing" in reasons[call.contact_id]
    assert reasons[other.contact_id] == ""


async def test_an_error_in_one_call_leaves_the_others(published):
    calls = LiveCalls(published.bus)
    async with (
        talking(calls) as (good, _),
        talking(calls, fails_with=BadAudio("나쁜 소리", "bad")) as (bad, task),
    ):
        await good.hear({0: SECOND})
        bad.leave()
        with pytest.raises(BadAudio):
            await task
        assert len(calls) == 1
        await good.hear({0: SECOND})
        await published.until(lambda: "ended" in published.states(bad.contact_id))
        assert published.states(good.contact_id) == ["ringing", "talking"]
    await published.until(lambda: "ended" in published.states(good.contact_id))
    reasons = {event.contact_id: event.reason for event in published.events}
    assert "나쁜 소리" in reasons[bad.contact_id]
    assert reasons[good.contact_id] == ""
    assert len(published.audio(good.contact_id)) == 16_000


class Gate:
    """Stands before the bus: what comes while it is shut is refused."""

    def __init__(self, bus, monkeypatch, error=StorageFull):
        self.shut = False
        self.tries = 0
        self._publish = bus.publish_many
        self._error = error
        monkeypatch.setattr(bus, "publish_many", self._pass)
        monkeypatch.setattr(outage_module, "LAST_WAIT_S", 0.05)
        monkeypatch.setattr(outage_module, "FIRST_WAIT_S", 0.01)

    async def _pass(self, topic, records):
        self.tries += 1
        if self.shut:
            raise self._error("없음", "away")
        await self._publish(topic, records)


@pytest.fixture
def gate(published, monkeypatch):
    return Gate(published.bus, monkeypatch)


async def test_live_audio_waits_for_the_bus_and_its_reader_does_not(published, gate):
    calls = LiveCalls(published.bus)
    gate.shut = True
    async with asyncio.timeout(5), calls.open(replace(info(), pausable=False)) as call:
        for start in range(0, 8000, 800):
            await call.hear({0: SECOND[start : start + 800]})
        await call.become("held")
        await asyncio.sleep(0.2)
        assert published.frames == []
        gate.shut = False
        await call.sent(5)
    await published.until(lambda: "ended" in published.states())
    assert published.states() == ["ringing", "talking", "held", "ended"]
    assert np.array_equal(published.audio(call.contact_id), SECOND)
    assert published.events[-1].reason == ""
    assert calls.counts.dropped_frames == 0


async def test_what_waited_for_over_a_minute_is_lost_and_said(published, gate, caplog):
    calls = LiveCalls(published.bus)
    async with calls.open(replace(info(), pausable=False)) as call:
        await call.hear({0: SECOND})
        await call.sent(5)
        gate.shut = True
        for _ in range(65):
            await call.hear({0: SECOND})
        gate.shut = False
        await call.sent(5)
    await published.until(lambda: "ended" in published.states())
    assert calls.counts.dropped_frames == 50
    assert "5.0 s of audio lost" in published.events[-1].reason
    assert "audio is being lost" in caplog.text
    starts = [frame.start_sample for frame in published.frames]
    # Whole frames of the oldest that waited are missing, and the sample clock tells so.
    assert starts == [*range(0, 8_000, 800), *range(8_000 + 5 * 8_000, 66 * 8_000 + 1, 800)]


async def test_a_recording_waits_with_the_bus_and_loses_nothing(published, gate):
    calls = LiveCalls(published.bus)
    async with calls.open(info()) as call:
        gate.shut = True
        hearing = asyncio.create_task(call.hear({0: np.tile(SECOND, 100)}))
        await asyncio.sleep(0.2)
        assert not hearing.done()
        gate.shut = False
        await asyncio.wait_for(hearing, 5)
    await published.until(lambda: published.frames and published.frames[-1].flags & FrameFlag.LAST)
    assert len(published.audio(call.contact_id)) == 100 * 8_000
    assert calls.counts.dropped_frames == 0


async def test_a_recording_that_the_disk_refuses_is_told_why(published, gate, monkeypatch):
    monkeypatch.setattr(live_module, "_OPEN_S", 0.1)
    monkeypatch.setattr(live_module, "_END_S", 0.1)
    calls = LiveCalls(published.bus)
    gate.shut = True
    with pytest.raises(StorageFull):
        async with calls.open(info()):
            pass
    assert len(calls) == 0


async def test_an_end_is_published_though_the_bus_comes_back_later(published, gate, monkeypatch):
    monkeypatch.setattr(live_module, "_END_S", 0.05)
    calls = LiveCalls(published.bus)
    async with calls.open(replace(info(), pausable=False)) as call:
        await call.hear({0: SECOND})
        await call.sent(5)
        gate.shut = True
        await call.hear({0: SECOND})
    assert len(calls) == 0
    await asyncio.sleep(0.1)
    assert published.states() == ["ringing", "talking"]
    gate.shut = False
    await published.until(lambda: "ended" in published.states())
    assert len(published.audio(call.contact_id)) == 16_000


async def test_a_stop_waits_for_the_bus_but_not_for_ever(published, gate, monkeypatch, caplog):
    monkeypatch.setattr(live_module, "_END_S", 0.05)
    calls = LiveCalls(published.bus)
    async with calls.open(replace(info(), pausable=False)):
        gate.shut = True
    began = asyncio.get_running_loop().time()
    await calls.close(0.2)
    assert asyncio.get_running_loop().time() - began < 2
    assert "stopped with 4 records" in caplog.text


async def test_a_bus_away_for_hours_takes_no_more_calls(published, gate, monkeypatch):
    monkeypatch.setattr(live_module, "_END_S", 0.01)
    monkeypatch.setattr(outbox, "MAX_STATES", 6)
    calls = LiveCalls(published.bus)
    gate.shut = True
    for _ in range(2):
        async with calls.open(replace(info(), pausable=False)):
            pass
    with pytest.raises(Overloaded):
        async with calls.open(replace(info(), pausable=False)):
            pass
    assert calls.counts.refused_calls == 1
    gate.shut = False
    await published.until(lambda: published.states().count("ended") == 2)
    async with calls.open(replace(info(), pausable=False)):
        pass


async def test_a_jump_of_the_wall_clock_moves_no_call(published):
    wall, monotonic = [10_000_000], [0]
    calls = LiveCalls(published.bus, lambda: wall[0], monotonic=lambda: monotonic[0])
    async with calls.open(info()) as call:
        for jump_ms in (0, -3_600_000, 7_200_000):
            wall[0] += jump_ms
            monotonic[0] += 1_000
            await call.hear({0: SECOND})
    await published.until(lambda: "ended" in published.states())
    assert [event.at_ms for event in published.events] == [10_000_000, 10_000_000, 10_003_000]
    assert [frame.heard_ms for frame in published.frames[9::10]] == [10_001_000, 10_002_000, 10_003_000]


async def test_hanging_up_ends_the_call_and_says_so(published):
    calls = LiveCalls(published.bus)
    async with talking(calls) as (call, task):
        await call.hear({0: SECOND[:1000]})
        calls.hang_up(call.contact_id, "kim")
        with pytest.raises(asyncio.CancelledError):
            await task
    await published.until(lambda: "ended" in published.states())
    assert "끊음" in published.events[-1].reason
    assert np.array_equal(published.audio(call.contact_id), SECOND[:1000])
    with pytest.raises(NotFound):
        calls.hang_up(call.contact_id)


async def test_only_the_owner_or_a_supervisor_hangs_up(published):
    calls = LiveCalls(published.bus)
    async with talking(calls, "kim") as (call, task):
        with pytest.raises(NotFound):
            calls.hang_up(call.contact_id, "lee")
        with pytest.raises(NotFound):
            calls.hang_up(call.contact_id, "")
        with pytest.raises(NotFound):
            calls.hang_up("6f2c1f2e-54f0-4b3a-9d53-0a6c63a0f4b1")
        await asyncio.sleep(0.02)
        assert not task.done()
        calls.hang_up(call.contact_id)
        await asyncio.wait([task])
        assert task.cancelled()


async def test_a_call_of_nobody_is_not_an_agents_to_hang_up(published):
    calls = LiveCalls(published.bus)
    async with talking(calls, None) as (call, _):
        with pytest.raises(NotFound):
            calls.hang_up(call.contact_id, "kim")


async def test_more_calls_than_there_is_room_for(published, monkeypatch):
    monkeypatch.setattr(live_module, "MAX_CALLS", 2)
    calls = LiveCalls(published.bus)
    async with talking(calls), talking(calls):
        with pytest.raises(Overloaded, match="2"):
            async with calls.open(info()):
                pass
        assert len(calls) == 2
    async with calls.open(info()):
        assert len(calls) == 1
