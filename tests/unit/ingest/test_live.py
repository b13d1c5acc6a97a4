import asyncio
import contextlib

import numpy as np
import pytest

from contracts.audio import FrameFlag
from contracts.errors import BadAudio, Conflict, NotFound, Overloaded, StorageFull
from contracts.topics import CALL_AUDIO
from ingest import live as live_module
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


async def test_a_call_that_the_disk_refused_is_gone_from_here(published, monkeypatch):
    calls = LiveCalls(published.bus)
    publish = published.bus.publish_many

    async def refuse(topic, records):
        if topic == CALL_AUDIO.name:
            raise StorageFull("가득", "full")
        await publish(topic, records)

    async def speak() -> None:
        async with calls.open(info()) as call:
            monkeypatch.setattr(published.bus, "publish_many", refuse)
            await call.hear({0: SECOND})

    with pytest.raises(StorageFull):
        await speak()
    assert len(calls) == 0


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
