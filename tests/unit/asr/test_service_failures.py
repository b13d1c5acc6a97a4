"""The service where something goes wrong: it is stopped, its model fails, the clock jumps, records come twice."""

import asyncio
import time
from dataclasses import replace

import pytest

from asr import service as service_module
from asr.service import AsrService
from bus.base import TopicPartition, partition_of
from bus.embedded import EmbeddedSubscription
from contracts.contact import ContactStateChanged
from contracts.errors import Unreachable
from contracts.topics import CALL_AUDIO, CONTACT_EVENTS, TRANSCRIPT
from models.whisper import DeviceFailed

A = "00000000-0000-0000-0000-000000000001"
HOUR_MS = 3_600_000


# -- stopping --------------------------------------------------------------------------------------------------


async def test_a_worker_that_is_stopped_publishes_what_is_in_work_and_commits(place, make, bursts):
    made = make(bursts((0, 3.0), (1, 0.6), (0, 5.0)), last=False)
    slow = place.mouth.transcribe

    def transcribe(windows):
        time.sleep(0.5)
        return slow(windows)

    place.mouth.transcribe = transcribe
    async with place.worker(polite=True) as first:
        await place.send(made)
        await place.until(lambda: first.counts.encoder_windows)
        assert not place.finals
    assert not first.ready.is_set()
    await place.until(lambda: place.finals)
    place.mouth.open.clear()
    async with place.worker() as second:
        await place.until(lambda: second.counts.frames)
        await asyncio.sleep(0.2)
        assert second.counts.frames < 50
        assert second.counts.encoder_windows == 0
        place.mouth.open.set()


async def test_a_worker_that_is_stopped_waits_only_so_long(place, monkeypatch, make, bursts):
    monkeypatch.setattr(service_module, "_DRAIN_S", 0.2)
    place.mouth.open.clear()
    async with place.worker(polite=True) as service:
        await place.send(make(bursts((0, 1.0), (1, 0.6), (0, 1.0))))
        await place.until(lambda: service.counts.encoder_windows)
        began = time.monotonic()
    assert time.monotonic() - began < 2
    place.mouth.open.set()
    async with place.worker():
        await place.until(lambda: place.ended)
    assert [f.text for f in place.finals] == ["가방 가방 가방"]


async def test_it_is_ready_when_it_is_in_its_group(place):
    service = AsrService(place.bus, place.mouth, place.ear)
    assert not service.ready.is_set()
    task = asyncio.create_task(service.run())
    await asyncio.wait_for(service.ready.wait(), 10)
    task.cancel()
    assert isinstance((await asyncio.gather(task, return_exceptions=True))[0], asyncio.CancelledError)


# -- the model -------------------------------------------------------------------------------------------------


def poisoned(mouth, word: str, error: Exception) -> None:
    """Windows in which this word is said cannot be transcribed."""
    plain = mouth.transcribe

    def transcribe(windows):
        found = plain(windows)
        if any(word in hypothesis.text for hypothesis in found):
            raise error
        return found

    mouth.transcribe = transcribe


async def test_a_window_that_the_model_cannot_take_becomes_an_empty_final(place, make, bursts, caplog):
    calls = [
        make(bursts((0, 0.5), (level, 0.6), (0, 0.7), (9, 0.4), (0, 1.0)), A, channel)
        for channel, level in enumerate((1, 2, 3))
    ]
    poisoned(place.mouth, "나무", RuntimeError("bad alignment"))
    async with place.worker() as service:
        await place.send([frame for frames in zip(*calls, strict=True) for frame in frames])
        await place.until(lambda: len(place.ended) == 3)
        assert service.counts.failed_windows >= 1
    by_channel = {n: [f.text for f in place.finals if f.channel == n] for n in range(3)}
    assert by_channel == {
        0: ["가방 가방 가방", "자전거 자전거"],
        1: ["", "자전거 자전거"],
        2: ["다리 다리 다리", "자전거 자전거"],
    }
    assert "no text for" in caplog.text


async def test_a_window_that_fails_once_is_tried_again(place, make, bursts):
    plain, failures = place.mouth.transcribe, iter([True, True, False])

    def transcribe(windows):
        if next(failures, False):
            raise RuntimeError("for a moment")
        return plain(windows)

    place.mouth.transcribe = transcribe
    async with place.worker() as service:
        await place.send(make(bursts((0, 0.5), (1, 0.6), (0, 1.0))))
        await place.until(lambda: place.ended)
    assert [f.text for f in place.finals] == ["가방 가방 가방"]
    assert service.counts.failed_windows == 0


@pytest.mark.parametrize(
    ("word", "error"), [("", RuntimeError("broken")), ("가방", DeviceFailed("멈춤", "CUDA out of memory"))]
)
async def test_a_model_that_can_do_nothing_ends_the_worker_and_loses_nothing(
    place, make, bursts, word, error
):
    """An empty word is in everything, in silence too."""
    healthy = place.mouth.transcribe
    poisoned(place.mouth, word, error)
    service = AsrService(place.bus, place.mouth, place.ear)
    task = asyncio.create_task(service.run())
    await asyncio.wait_for(service.ready.wait(), 10)
    await place.send(make(bursts((0, 0.5), (1, 0.6), (0, 1.0))))
    await asyncio.wait([task], timeout=10)
    raised = task.exception()
    assert isinstance(raised, ExceptionGroup)
    assert raised.subgroup(type(error))
    assert place.finals == []
    place.mouth.transcribe = healthy
    async with place.worker():
        await place.until(lambda: place.ended)
    assert [f.text for f in place.finals] == ["가방 가방 가방"]


# -- the clock -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("step_ms", [HOUR_MS, -HOUR_MS])
async def test_a_clock_that_jumps_changes_nothing(place, open_rig, make, bursts, step_ms):
    made = make(bursts((0, 0.4), *[(1, 1.0), (0, 1.0)] * 4, (2, 1.0), (0, 1.0)))
    still = await open_rig()
    async with still.worker():
        await still.send(made)
        await still.until(lambda: still.ended)
    async with place.worker() as service:
        for number, frame in enumerate(made, 1):
            if number == len(made) // 2:
                place.wall_step_ms = step_ms
            await place.send([frame])
            await place.until(lambda n=number: service.counts.frames == n)
            await asyncio.sleep(0.01)
        await place.until(lambda: place.ended)
        assert service.queue_wait_ms < 1_000
    assert place.is_exact(still.texts)
    last = place.finals[-1].utterance_id
    assert [p for p in place.partials if p.utterance_id == last]
    jumps = [
        after.at_ms - before.at_ms for before, after in zip(place.events, place.events[1:], strict=False)
    ]
    assert any(abs(jump - step_ms) < 60_000 for jump in jumps)


# -- ends ------------------------------------------------------------------------------------------------------


async def test_a_call_whose_end_is_known_does_not_wait_for_its_sender(place, make, bursts):
    """The sender died; another process said that the call ended."""
    place.now_ms = 5_000_000
    over = ContactStateChanged(contact_id=A, at_ms=1, revision=9, state="ended", started_at_ms=0)
    async with place.worker() as service:
        await place.send(make(bursts((0, 0.5), (1, 0.6)), last=False))
        await place.until(lambda: service.counts.frames == 11)
        await place.bus.publish(CONTACT_EVENTS.name, A, over.model_dump_json().encode())
        await place.until(lambda: service._board.calls[A].hung_up_ms)
        place.now_ms += 14_000
        await asyncio.sleep(0.6)
        assert not place.ended
        place.now_ms += 2_000
        await place.until(lambda: place.ended)
        await place.until(lambda: not service._board.progress._tracks)
    assert [f.text for f in place.finals] == ["가방 가방 가방"]


async def test_records_that_come_twice_or_late_begin_no_other_channel(place, make, bursts):
    made = make(bursts((0, 0.5), (1, 0.6), (0, 1.0)))
    twice = [frame for frame in made for _ in range(2)]
    async with place.worker() as service:
        await place.send([*twice[:4], made[3], made[2], *twice[8:]])
        await place.until(lambda: place.ended)
        await place.send([made[-2], made[-1], made[3]])
        await asyncio.sleep(0.3)
        assert service.channels == 0
        assert not service.calls
    assert [f.text for f in place.finals] == ["가방 가방 가방"]
    assert len(place.ended) == 1


async def test_a_sender_that_paused_for_minutes_is_heard_again(place, make, bursts):
    place.now_ms = 5_000_000
    async with place.worker() as service:
        await place.send(make(bursts((0, 0.5), (1, 0.6)), last=False))
        await place.until(lambda: service.counts.frames == 11)
        await asyncio.sleep(0.1)
        place.now_ms += 121_000
        await place.until(lambda: place.ended)
        await place.send(make(bursts((0, 2.5), (2, 0.6), (0, 1.0)), first=8_800))
        await place.until(lambda: len(place.ended) == 2)
    assert [f.text for f in place.finals] == ["가방 가방 가방", "나무 나무 나무"]


# -- the bus ---------------------------------------------------------------------------------------------------


async def test_finals_keep_their_order_while_the_bus_is_away(place, make, bursts, monkeypatch):
    monkeypatch.setattr(service_module, "_RETRY_S", 0.05)
    publish, away = place.bus.publish_many, True

    async def sometimes(topic, records):
        if away and topic == TRANSCRIPT.name:
            raise Unreachable("닿지 않습니다", "unreachable")
        await publish(topic, records)

    monkeypatch.setattr(place.bus, "publish_many", sometimes)
    talk = [(n % 9 + 1, 0.4) if n % 2 else (0, 0.7) for n in range(20)]
    async with place.worker() as service:
        made = make(bursts(*talk, (0, 1.0)))
        for frame in made[:-1]:
            await place.send([frame])
            await asyncio.sleep(0.002)
        await asyncio.sleep(0.3)
        assert not place.finals
        away = False
        await place.send(made[-1:])
        await place.until(lambda: place.ended)
    assert len(place.finals) == service.counts.finals == 10
    assert place.is_exact(place.texts)


async def test_a_bus_that_cannot_be_read_or_committed_to_for_a_while(place, make, bursts, monkeypatch):
    monkeypatch.setattr(service_module, "_RETRY_S", 0.05)
    monkeypatch.setattr(service_module, "_COMMIT_S", 0.05)
    fetch, commit = EmbeddedSubscription.fetch, EmbeddedSubscription.commit
    away, committed = True, {}

    async def fetches(self, **wishes):
        if away and self._member.group == "asr":
            raise Unreachable("닿지 않습니다", "unreachable")
        return await fetch(self, **wishes)

    async def commits(self, offsets):
        if away and self._member.group == "asr":
            raise Unreachable("닿지 않습니다", "unreachable")
        committed.update(offsets)
        await commit(self, offsets)

    made = make(bursts((0, 3.0), (1, 0.6), (0, 6.0)), last=False)
    async with place.worker() as service:
        monkeypatch.setattr(EmbeddedSubscription, "fetch", fetches)
        monkeypatch.setattr(EmbeddedSubscription, "commit", commits)
        await place.send(made)
        await place.until(lambda: service.counts.frames)
        await asyncio.sleep(0.2)
        away = False
        await place.until(lambda: place.finals)
        here = TopicPartition(CALL_AUDIO.name, partition_of(A, CALL_AUDIO.partitions))
        await place.until(lambda: committed.get(here, 0) > 50)


async def test_a_rate_that_changes_holds_back_no_commit(place, make, bursts):
    made = make(bursts((0, 0.5)), last=False)
    async with place.worker() as service:
        await place.send([*made, replace(made[-1], rate_hz=16_000)])
        await place.until(lambda: service.counts.bad_frames == 1)
        assert len(service._board.progress._tracks) == 1
