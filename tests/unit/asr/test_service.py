import asyncio
import logging
import time
from dataclasses import replace

import numpy as np
import pytest

from asr import service as service_module
from asr.service import FINAL_REVISION, MAX_WAITING_FINALS
from bus.base import partition_of
from bus.embedded import EmbeddedBus
from contracts.audio import FrameFlag
from contracts.errors import StorageFull
from contracts.topics import CALL_AUDIO, TRANSCRIPT
from contracts.transcript import TranscriptEnded

A, B = "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000015"


async def test_each_burst_becomes_a_final_with_its_words(place, make, bursts):
    audio = bursts((0, 1.0), (1, 1.0), (0, 1.0), (2, 0.4), (3, 0.4), (0, 1.5), (4, 0.6), (0, 0.2))
    async with place.worker() as service:
        await place.send(make(audio))
        await place.until(lambda: place.ended)
    assert [e.text for e in place.finals] == [
        "가방 가방 가방 가방 가방",
        "나무 나무 다리 다리",
        "라면 라면 라면",
    ]
    assert service.counts.finals == 3
    assert service.counts.frames == len(make(audio))
    assert service.counts.lost_samples == service.counts.bad_frames == 0


async def test_what_a_final_says_about_itself(place, make, bursts):
    async with place.worker():
        await place.send(make(bursts((0, 1.024), (1, 1.024), (0, 1.0)), channel=1))
        await place.until(lambda: place.ended)
    (final,) = place.finals
    start = round((1.024 - 0.32) * 8000)
    assert final.utterance_id == f"{A}/1/{start}"
    assert (final.start_ms, final.end_ms) == (704, 2048)
    assert (final.channel, final.role, final.contact_id) == (1, "caller", A)
    assert (final.revision, final.stable_chars) == (FINAL_REVISION, len(final.text))
    assert abs(final.heard_ms - (1_000_000 + 2048)) <= 100
    assert 0.8 < final.confidence < 1
    (ended,) = place.ended
    assert (ended.channel, ended.end_ms) == (1, 3048)


async def test_silence_and_clicks_give_no_text(place, make, bursts):
    async with place.worker() as service:
        await place.send(make(bursts((0, 2.0), (5, 0.03), (0, 2.0), (6, 0.03), (0, 1.0))))
        await place.until(lambda: place.ended)
    assert len(place.events) == 1
    assert service.counts.finals == 0
    assert place.mouth.batches == []


async def test_partials_grow_and_the_final_outranks_them(place, make, bursts):
    audio = bursts((0, 0.4), (1, 1.0), (2, 1.0), (3, 1.0), (0, 1.0))
    async with place.worker() as service:
        for number, frame in enumerate(make(audio), 1):
            await place.send([frame])
            await place.until(lambda n=number: service.counts.frames == n)
            await asyncio.sleep(0.02)
        await place.until(lambda: place.ended)
    (final,) = place.finals
    assert len(place.partials) >= 5
    assert {partial.utterance_id for partial in place.partials} == {final.utterance_id}
    revisions = [partial.revision for partial in place.partials]
    assert revisions == sorted(set(revisions))
    assert revisions[-1] < final.revision
    assert place.events.index(place.partials[-1]) < place.events.index(final)
    for before, after in zip(place.partials, place.partials[1:], strict=False):
        assert after.text.startswith(before.text[: before.stable_chars])
        assert after.stable_chars >= before.stable_chars
    assert place.partials[-1].stable_chars > 0
    assert service.counts.partials == len(place.partials)


async def test_a_partial_that_comes_too_late_is_not_shown(place, make, bursts):
    made = make(bursts((0, 0.4), (1, 1.0), (0, 1.0), (2, 0.6), (0, 1.0)))
    place.mouth.open.clear()
    async with place.worker() as service:
        await place.send(made[:12])
        await place.until(lambda: service.counts.encoder_windows == 1)
        await place.send(made[12:])
        await place.until(lambda: service.counts.frames == len(made))
        await asyncio.sleep(0.1)
        place.mouth.open.set()
        await place.until(lambda: place.ended)
    assert place.partials == []
    assert len(place.finals) == 2


async def test_a_transcript_ends_after_its_last_final(place, make, bursts):
    calls = [
        make(bursts((0, 0.5), (level, 0.6), (0, 0.7), (level + 1, 0.6), (0, silence)), contact, channel)
        for contact, channel, level, silence in [(A, 0, 1, 0.1), (A, 1, 3, 1.0), (B, 0, 5, 0.0)]
    ]
    async with place.worker():
        for call in calls:
            await place.send(call)
        await place.until(lambda: len(place.ended) == 3)
        await asyncio.sleep(0.1)
    assert len(place.finals) == 6
    for ended in place.ended:
        after = place.events[place.events.index(ended) + 1 :]
        assert not [e for e in after if (e.contact_id, e.channel) == (ended.contact_id, ended.channel)]


async def test_channels_are_heard_and_recognised_together(place, make, bursts):
    calls = [make(bursts((0, 0.3), (1, 0.6), (0, 1.0)), A, channel) for channel in range(8)]
    async with place.worker():
        await place.send([frame for frames in zip(*calls, strict=True) for frame in frames])
        await place.until(lambda: len(place.ended) == 8)
    assert place.ear.largest == 8
    assert max(place.mouth.batches) == 2
    assert len(place.finals) == 8


async def test_a_record_that_is_no_frame_is_counted_and_passed(place, make, bursts, caplog):
    good = make(bursts((0, 0.5), (1, 0.6), (0, 1.0)))
    async with place.worker() as service:
        await place.send(good[:5])
        await place.bus.publish(CALL_AUDIO.name, A, b"garbage")
        await place.bus.publish(CALL_AUDIO.name, A, good[5].encode()[:-1])
        await place.send(good[5:])
        await place.until(lambda: place.ended)
    assert service.counts.bad_frames == 2
    assert [e.text for e in place.finals] == ["가방 가방 가방"]
    assert sum("bad-frame" in r.message for r in caplog.records if r.levelno == logging.WARNING) == 2


async def test_a_rate_that_changes_within_a_channel_is_refused(place, make, bursts):
    good = make(bursts((0, 0.5), (1, 0.6), (0, 1.0)))
    async with place.worker() as service:
        await place.send([*good[:5], replace(good[5], rate_hz=16_000), *good[5:]])
        await place.until(lambda: place.ended)
    assert service.counts.bad_frames == 1
    assert [e.text for e in place.finals] == ["가방 가방 가방"]


async def test_held_music_is_not_heard(place, make, bursts):
    audio = bursts((0, 0.5), (1, 0.6), (9, 3.0), (2, 0.6), (0, 1.0))
    held = [
        replace(frame, flags=frame.flags | FrameFlag.HELD) if 8_800 <= frame.start_sample < 32_800 else frame
        for frame in make(audio)
    ]
    async with place.worker():
        await place.send(held)
        await place.until(lambda: place.ended)
    assert [e.text for e in place.finals] == ["가방 가방 가방", "나무 나무 나무"]


async def test_lost_frames_are_silence_and_counted(place, make, bursts):
    made = make(bursts((0, 0.5), (1, 1.0), (0, 1.0)))
    async with place.worker() as service:
        await place.send(made[:8] + made[10:])
        await place.until(lambda: place.ended)
    assert service.counts.lost_samples == 1600
    assert [e.text for e in place.finals] == ["가방 가방 가방 가방"]


@pytest.mark.parametrize("together", [True, False])
async def test_speech_on_both_sides_of_a_long_gap(place, make, bursts, together):
    before = make(bursts((0, 0.5), (1, 0.6)), last=False)
    after = make(bursts((2, 0.6), (0, 1.0)), first=10 * 8000)
    async with place.worker() as service:
        if together:
            await place.send(before + after)
        else:
            await place.send(before)
            await place.until(lambda: service.counts.frames == len(before))
            await place.send(after)
        await place.until(lambda: place.ended)
    assert [e.text for e in place.finals] == ["가방 가방 가방", "나무 나무 나무"]
    assert service.counts.lost_samples == 10 * 8000 - 8800
    assert place.ended[0].end_ms == 11_600


async def test_a_sender_that_died_ends_its_channel(place, make, bursts):
    place.now_ms = 5_000_000
    async with place.worker() as service:
        await place.send(make(bursts((0, 0.5), (1, 0.6)), A, 0, last=False))
        await place.send(make(bursts((0, 0.5)), A, 1, last=False))
        await place.until(lambda: service.counts.frames == 16)
        place.now_ms += 119_000
        await place.send(make(bursts((0, 0.1)), A, 1, first=4000, last=False))
        await place.until(lambda: service.counts.frames == 17)
        await asyncio.sleep(0.1)
        assert not place.ended
        place.now_ms += 2_000
        await place.until(lambda: place.ended)
    assert [e.text for e in place.finals] == ["가방 가방 가방"]
    assert [e.channel for e in place.ended] == [0]


async def test_audio_waits_on_the_bus_while_the_recogniser_is_behind(place, make, bursts):
    audio = bursts(*[(1 + n % 9, 0.2) if n % 2 else (0, 0.6) for n in range(401)])
    made = make(audio)
    place.mouth.open.clear()
    async with place.worker() as service:
        await place.send(made)
        await place.until(lambda: service.counts.frames >= 800)
        await asyncio.sleep(0.3)
        assert service.counts.frames == 800 < len(made)
        assert MAX_WAITING_FINALS < service._board.scheduler.waiting_finals < 2 * MAX_WAITING_FINALS
        place.mouth.open.set()
        await place.until(lambda: place.ended)
    assert service.counts.frames == len(made)
    assert len(place.finals) == 200
    assert [e.start_ms for e in place.finals] == sorted(e.start_ms for e in place.finals)


async def test_waiting_behind_is_not_taken_for_a_dead_sender(place, make, bursts):
    """The recogniser is so late that the newest frames of all channels are minutes old: none of them ended."""
    place.now_ms = 5_000_000
    audio = bursts(*[(1 + n % 9, 0.2) if n % 2 else (0, 0.6) for n in range(401)])
    place.mouth.open.clear()
    async with place.worker() as service:
        await place.send(make(bursts((0, 0.5), (1, 0.6)), A, 1, last=False))
        await place.send(make(audio, A, 0))
        await place.until(lambda: service._board.scheduler.waiting_finals > MAX_WAITING_FINALS)
        await place.send(make(bursts((2, 0.6), (0, 1.0)), A, 1, first=8800))
        place.now_ms += 130_000
        place.mouth.open.set()
        await place.until(lambda: len(place.ended) == 2)
    assert [e.text for e in place.finals if e.channel == 1] == ["가방 가방 가방 나무 나무 나무"]


async def test_a_full_disk_delays_and_loses_nothing(place, make, bursts, monkeypatch, caplog):
    monkeypatch.setattr(service_module, "_RETRY_S", 0.01)
    publish, refusals = place.bus.publish_many, iter([True, True, False, True])

    async def sometimes(topic, records):
        if topic == TRANSCRIPT.name and next(refusals, False):
            raise StorageFull("가득 찼습니다", "full")
        await publish(topic, records)

    monkeypatch.setattr(place.bus, "publish_many", sometimes)
    async with place.worker():
        await place.send(make(bursts((0, 0.5), (1, 0.6), (0, 1.0))))
        await place.until(lambda: place.ended)
    assert [e.text for e in place.finals] == ["가방 가방 가방"]
    assert sum("storage-full" in r.message for r in caplog.records) == 3


# -- one worker after another --------------------------------------------------------------------------------

TALK = (
    ((0, 1.2), (1, 1.5), (0, 0.55), (2, 1.0), (0, 0.6), (3, 0.7), (0, 1.3), (4, 5.0), (0, 0.62), (5, 0.9)),
    ((1, 0.9), (0, 2.0), (6, 1.1), (0, 0.52), (7, 0.8), (0, 1.1), (8, 4.0), (0, 0.56), (9, 0.5), (0, 1.5)),
    ((0, 4.0), (2, 1.0), (0, 0.54), (3, 0.6), (0, 3.0), (7, 2.0), (0, 1.4)),
)


def conversation(make, bursts) -> list:
    """Three channels of two contacts on one partition, frame by frame as time goes."""
    assert partition_of(A, CALL_AUDIO.partitions) == partition_of(B, CALL_AUDIO.partitions)
    tracks = zip(TALK, [(A, 0), (A, 1), (B, 0)], strict=True)
    made = [frame for talk, (contact, channel) in tracks for frame in make(bursts(*talk), contact, channel)]
    return sorted(made, key=lambda frame: (frame.start_sample, frame.contact_id, frame.channel))


LIMITS = {"max_ms": 3000, "search_ms": 1000}


async def expected(open_rig, made) -> dict[str, str]:
    place = await open_rig()
    async with place.worker(**LIMITS):
        await place.send(made)
        await place.until(lambda: len(place.ended) == 3)
    assert len(place.finals) == 15
    return place.texts


async def speak(place, made, service) -> None:
    """As a call goes on: a little at a time, so that partials come."""
    sent = 0
    for at in range(0, len(made), 30):
        piece = made[at : at + 30]
        sent += len(piece)
        await place.send(piece)
        await place.until(lambda so_far=sent: service.counts.frames >= so_far)
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("share", [0.08, 0.19, 0.31, 0.4, 0.52, 0.66, 0.83, 0.97])
async def test_another_worker_goes_on_with_the_same_utterances(
    open_rig, commits_at_once, make, bursts, share
):
    """Nothing is lost, and nothing that was said gets another id, wherever the first worker was stopped."""
    made = conversation(make, bursts)
    known = await expected(open_rig, made)
    place = await open_rig()
    stop = round(len(made) * share)
    async with place.worker(**LIMITS) as first:
        await speak(place, made[:stop], first)
    async with place.worker(**LIMITS):
        await place.send(made[stop:])
        await place.until(lambda: len({(e.contact_id, e.channel) for e in place.ended}) == 3)
        await place.until(lambda: place.texts.keys() >= known.keys())
    assert place.texts == known
    assert {partial.utterance_id for partial in place.partials} <= known.keys()
    assert {final.revision for final in place.finals} == {FINAL_REVISION}


async def test_a_second_worker_hears_little_again(open_rig, commits_at_once, make, bursts):
    place = await open_rig()
    talk = make(bursts(*[(1, 1.0), (0, 1.5)] * 40), last=False)
    async with place.worker() as first:
        await place.send(talk)
        await place.until(lambda: len(place.finals) == 40)
        await asyncio.sleep(0.1)
        assert first.counts.frames == len(talk)
    async with place.worker() as second:
        await place.send(make(bursts((2, 1.0)), first=100 * 8000))
        await place.until(lambda: place.ended)
    assert second.counts.frames < 11 + 60
    assert len(place.texts) == 41


async def test_a_worker_that_joins_takes_over_its_share(open_rig, commits_at_once, make, bursts, tmp_path):
    """Eight calls on eight partitions; while they are spoken, a second worker comes and the first one goes."""
    contacts: dict[int, str] = {}
    for number in range(200):
        contact = f"00000000-0000-0000-0000-{number:012d}"
        contacts.setdefault(partition_of(contact, CALL_AUDIO.partitions), contact)
    audio = bursts(
        (0, 1.0), *[(level, seconds) for n in range(1, 9) for level, seconds in ((n, 0.9), (0, 0.7))]
    )
    calls = [make(audio, contact) for contact in contacts.values()]
    made = [frame for frames in zip(*calls, strict=True) for frame in frames]
    alone = await open_rig()
    async with alone.worker():
        await alone.send(made)
        await alone.until(lambda: len(alone.ended) == len(calls))

    place = await open_rig()
    third = len(made) // 3
    other = await EmbeddedBus.open(tmp_path / "bus1.db")
    try:
        async with place.worker() as first:
            await speak(place, made[:third], first)
            async with place.worker(other) as second:
                await place.until(lambda: second.counts.frames)
                await place.send(made[third : 2 * third])
                await place.until(lambda: second.counts.frames > 100)
                await asyncio.sleep(0.1)
            await place.send(made[2 * third :])
            await place.until(lambda: {e.contact_id for e in place.ended} == set(contacts.values()))
    finally:
        await other.close()
    assert place.texts == alone.texts


async def test_memory_of_ended_calls_is_given_back(place, make, bursts):
    async with place.worker() as service:
        for number in range(20):
            contact = f"00000000-0000-0000-0000-{number:012d}"
            await place.send(make(bursts((0, 0.3), (1, 0.4), (0, 0.2)), contact))
        await place.until(lambda: len(place.ended) == 20)
        await asyncio.sleep(0.05)
        board = service._board
        for held in (board._channels, board.calls, board.ends, board._in_work):
            assert not held
        assert not board.progress._tracks
        assert not board.scheduler._last_partial_ms
        assert not board.calls.count
        assert not board.news.waiting()


async def test_the_loop_stays_free_while_it_works(place, make, bursts):
    slow = place.mouth.transcribe

    def transcribe(windows):
        time.sleep(0.4)
        return slow(windows)

    place.mouth.transcribe = transcribe
    longest, stop = 0.0, False

    async def tick():
        nonlocal longest
        while not stop:
            began = time.monotonic()
            await asyncio.sleep(0.01)
            longest = max(longest, time.monotonic() - began - 0.01)

    ticking = asyncio.create_task(tick())
    async with place.worker():
        await place.send(make(bursts((0, 0.3), *[(1, 0.5), (0, 0.7)] * 3)))
        await place.until(lambda: place.ended)
    stop = True
    await ticking
    assert longest < 0.35
    assert isinstance(place.events[-1], TranscriptEnded)
    assert np.mean(place.mouth.batches) >= 1
