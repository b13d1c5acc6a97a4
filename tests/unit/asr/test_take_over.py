"""One worker after another: killed, stopped, joined. Every utterance once, in order, and every transcript ends."""

import asyncio
import threading
from contextlib import AsyncExitStack

import pytest

from asr.admission import AdmissionSettings
from bus.base import partition_of
from bus.embedded import EmbeddedBus
from contracts.topics import CALL_AUDIO
from contracts.transcript import RecognitionChanged, Utterance
from models.whisper import Hypothesis

A, B = "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000015"

TALK = (
    ((0, 1.2), (1, 1.5), (0, 0.55), (2, 1.0), (0, 0.6), (3, 0.7), (0, 1.3), (4, 5.0), (0, 0.62), (5, 0.9)),
    ((1, 0.9), (0, 2.0), (6, 1.1), (0, 0.52), (7, 0.8), (0, 1.1), (8, 4.0), (0, 0.56), (9, 0.5), (0, 1.5)),
    ((0, 4.0), (2, 1.0), (0, 0.54), (3, 0.6), (0, 3.0), (7, 2.0), (0, 1.4)),
)
LIMITS = {"max_ms": 3000, "search_ms": 1000}


def conversation(make, bursts) -> list:
    """Three channels of two contacts on one partition, frame by frame as time goes."""
    tracks = zip(TALK, [(A, 0), (A, 1), (B, 0)], strict=True)
    made = [frame for talk, (contact, channel) in tracks for frame in make(bursts(*talk), contact, channel)]
    return sorted(made, key=lambda frame: (frame.start_sample, frame.contact_id, frame.channel))


async def alone(open_rig, made, channels: int = 3, mouth=None, **limits) -> dict[str, str]:
    """What one worker that hears everything makes of it."""
    place = await open_rig()
    async with place.worker(mouth=mouth, **limits):
        await place.send(made)
        await place.until(lambda: len(place.ended) == channels)
    assert place.is_exact(place.texts)
    return place.texts


async def speak(place, made, service) -> None:
    """A little at a time, as a call goes on."""
    sent = service.counts.frames
    for at in range(0, len(made), 30):
        piece = made[at : at + 30]
        sent += len(piece)
        await place.send(piece)
        await place.until(lambda so_far=sent: service.counts.frames >= so_far)
        await asyncio.sleep(0.02)


# -- how the first one goes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.11, 0.27, 0.45, 0.6, 0.78, 0.93])
@pytest.mark.parametrize("polite", [True, False])
async def test_wherever_and_however_the_first_worker_goes(
    open_rig, commits_at_once, make, bursts, share, polite
):
    made = conversation(make, bursts)
    known = await alone(open_rig, made, **LIMITS)
    place = await open_rig()
    stop = round(len(made) * share)
    async with place.worker(polite=polite, **LIMITS) as first:
        await speak(place, made[:stop], first)
    async with place.worker(**LIMITS):
        await place.send(made[stop:])
        await place.until(lambda: len({(e.contact_id, e.channel) for e in place.ended}) == 3)
    await place.until(lambda: place.texts.keys() >= known.keys())
    assert place.is_exact(known)


async def test_a_worker_that_never_committed_is_followed_by_one_that_says_the_same(open_rig, make, bursts):
    """It saw the end of every channel and published it; nobody knows."""
    made = conversation(make, bursts)
    known = await alone(open_rig, made, **LIMITS)
    place = await open_rig()
    for times in (1, 2):
        async with place.worker(**LIMITS):
            if times == 1:
                await place.send(made)
            await place.until(lambda n=times: len(place.ended) == 3 * n)
    assert len(place.finals) == 2 * len(known)
    assert place.is_exact(known)


async def test_a_final_that_waits_while_the_channel_rests_is_not_lost(
    open_rig, commits_at_once, make, bursts
):
    """The pause after it is no place to begin: who begins there would take it for speech under way."""
    made = make(bursts((0, 5.0), (1, 0.6), (0, 8.0), (2, 0.6), (0, 1.0)))
    known = await alone(open_rig, made, channels=1)
    place = await open_rig()
    place.mouth.open.clear()
    async with place.worker() as first:
        await place.send(made[:130])
        await place.until(lambda: first.counts.frames == 130)
        await place.until(lambda: first.counts.encoder_windows)
        await asyncio.sleep(0.1)
    place.mouth.open.set()
    async with place.worker():
        await place.send(made[130:])
        await place.until(lambda: place.ended)
    assert place.is_exact(known)


# -- two at a time ---------------------------------------------------------------------------------------------


def everywhere() -> list[str]:
    """A contact on each partition."""
    contacts: dict[int, str] = {}
    for number in range(200):
        contact = f"00000000-0000-0000-0000-{number:012d}"
        contacts.setdefault(partition_of(contact, CALL_AUDIO.partitions), contact)
    return list(contacts.values())


async def test_partitions_go_to_one_that_joins_and_come_back(
    open_rig, commits_at_once, make, bursts, tmp_path
):
    """The first one has heard half of it before, the other one hears some more: what it remembers is gone."""
    turns = [(level, seconds) for n in range(1, 10) for level, seconds in ((n, 0.9), (0, 0.7))]
    audio = bursts((0, 1.0), *turns, (0, 1.0))
    calls = [make(audio, contact) for contact in everywhere()]
    made = [frame for frames in zip(*calls, strict=True) for frame in frames]
    known = await alone(open_rig, made, channels=len(calls))
    place = await open_rig()
    other = await EmbeddedBus.open(tmp_path / "bus1.db")
    third = len(made) // 3
    async with place.worker() as first:
        await speak(place, made[:third], first)
        for polite in (True, False):
            async with place.worker(other, polite=polite) as second:
                await place.until(lambda: second.counts.frames)
                await place.send(made[third : 2 * third] if polite else [])
                await place.until(lambda: second.counts.frames > 50)
        await place.send(made[2 * third :])
        await place.until(lambda: len({e.contact_id for e in place.ended}) == len(calls))
    await other.close()
    assert place.is_exact(known)


async def test_what_was_in_work_when_the_partition_went_is_not_published(open_rig, make, bursts, tmp_path):
    """Two workers, each held up by its model: the finals of the moved calls come from the new one alone."""
    place = await open_rig()
    calls = [make(bursts((0, 1.0), (1, 0.6), (0, 1.2)), contact, last=False) for contact in everywhere()]
    other = await EmbeddedBus.open(tmp_path / "bus0.db")
    mouths = [type(place.mouth)() for _ in range(2)]
    for mouth in mouths:
        mouth.open.clear()
    async with AsyncExitStack() as stack:
        stack.callback(mouths[0].open.set)
        stack.callback(mouths[1].open.set)
        first = await stack.enter_async_context(place.worker(mouth=mouths[0]))
        await place.send([frame for call in calls for frame in call])
        await place.until(lambda: first.counts.frames == sum(map(len, calls)))
        await place.until(lambda: first.counts.encoder_windows)
        second = await stack.enter_async_context(place.worker(other, mouth=mouths[1]))
        await place.until(lambda: second.waiting_finals or second.counts.encoder_windows)
        moved = {key[0] for key in second._board._channels}
        assert 0 < len(moved) < len(calls)
        mouths[0].open.set()
        kept = {frame.contact_id for call in calls for frame in call} - moved
        await place.until(lambda: {f.contact_id for f in place.finals} >= kept)
        await asyncio.sleep(0.2)
        assert {f.contact_id for f in place.finals} == kept
        mouths[1].open.set()
        await place.until(lambda: len(place.finals) == len(calls))
        await asyncio.sleep(0.2)
        assert len(place.finals) == len(place.texts) == len(calls)
    await other.close()


# -- channels that say nothing more ----------------------------------------------------------------------------


async def test_a_channel_on_hold_ends_with_the_worker_that_took_it_over(place, commits_at_once, make, bursts):
    place.now_ms = 5_000_000
    talk = make(bursts((0, 1.0), (1, 1.0), (0, 40.0)), last=False)
    async with place.worker() as first:
        await place.send(talk)
        await place.until(lambda: place.finals)
        await place.until(lambda: first.counts.frames == len(talk))
        await asyncio.sleep(0.1)
    async with place.worker() as second:
        await place.until(lambda: second.channels == 1)
        assert second.counts.frames < 60
        place.now_ms += 119_000
        await asyncio.sleep(0.7)
        assert not place.ended
        place.now_ms += 2_000
        await place.until(lambda: place.ended)
    assert [e.text for e in place.finals] == ["가방 가방 가방 가방 가방"]


async def test_the_transcript_of_a_refused_call_ends_too(place, commits_at_once, make, bursts):
    place.now_ms = 5_000_000
    full = AdmissionSettings(finals_from_ms=0, refuse_from_ms=0)
    async with place.worker(admission=full) as first:
        await place.send(make(bursts((0, 1.0), (1, 1.0)), last=False))
        await place.until(lambda: first.counts.refused_frames == 20)
        await asyncio.sleep(0.1)
    async with place.worker(admission=full) as second:
        await place.until(lambda: second.channels)
        assert second.counts.frames == 1
        place.now_ms += 121_000
        await place.until(lambda: place.ended)
    assert place.finals == []


# -- what must not be shown ------------------------------------------------------------------------------------

SAID = {
    1: "제 전화번호는요 공일공에 일이삼사",
    2: "오육칠팔이요",
    3: "주민등록번호는요 구공공일일오",
    4: "네 일이삼사오육칠이요",
    5: "감사합니다",
    6: "수고하세요",
}


def reader(mouth):
    """A recogniser that says a sentence for each level."""
    plain = mouth.transcribe

    def transcribe(windows):
        found = []
        for hypothesis in plain(windows):
            level = next((n for n, word in enumerate(WORDS) if word and word in hypothesis.text), 0)
            found.append(Hypothesis(SAID.get(level, ""), -0.1, 0.01, looped=False))
        return found

    mouth.transcribe = transcribe
    return mouth


WORDS = ("", "가방", "나무", "다리", "라면", "마음", "바다")


@pytest.mark.parametrize("between", [24, 31, 36])
@pytest.mark.parametrize("levels", [(1, 2), (3, 4)])
async def test_a_number_over_two_utterances_is_masked_by_whoever_hears_the_second(
    open_rig, commits_at_once, make, bursts, between, levels
):
    """The memory of digits does not travel on the bus: the other one hears the first half again."""
    one, two = levels
    made = make(bursts((0, 0.4), (one, 1.2), (0, 2.2), (two, 1.2), (0, 1.5), (5, 0.6), (0, 1.0)))
    place = await open_rig()
    known = await alone(open_rig, made, channels=1, mouth=reader(type(place.mouth)()))
    assert [text.count("[") for text in known.values()] == [1, 1, 0]
    reader(place.mouth)
    async with place.worker() as first:
        await speak(place, made[:between], first)
        await place.until(lambda: place.finals)
        await asyncio.sleep(0.1)
    assert len(place.finals) == 1
    async with place.worker():
        await place.send(made[between:])
        await place.until(lambda: place.ended)
    assert place.is_exact(known)
    shown = [event.text for event in place.events if isinstance(event, Utterance)]
    assert not [text for text in shown if "오육칠" in text or "구공공" in text]


async def test_who_begins_in_the_midst_masks_what_may_be_the_rest_of_a_number(
    place, commits_at_once, make, bursts
):
    """Half a minute later the first half is heard again by nobody."""
    reader(place.mouth)
    made = make(bursts((0, 0.4), (1, 1.2), (0, 40.0), (2, 1.2), (0, 1.0)))
    async with place.worker() as first:
        await speak(place, made[:410], first)
        await asyncio.sleep(0.1)
    async with place.worker() as second:
        await place.send(made[410:])
        await place.until(lambda: place.ended)
        assert second.counts.frames < 100
    assert [f.text for f in place.finals] == ["제 전화번호는요 [전화번호]", "[전화번호]이요"]


async def test_a_number_that_is_never_finished_holds_up_nothing_for_long(
    place, commits_at_once, make, bursts
):
    reader(place.mouth)
    made = make(bursts((0, 0.4), (1, 1.2), (0, 60.0)), last=False)
    async with place.worker() as first:
        await place.send(made)
        await place.until(lambda: first.counts.frames == len(made))
        await place.until(lambda: place.finals)
        await asyncio.sleep(0.1)
    async with place.worker() as second:
        await place.until(lambda: second.counts.frames)
        await asyncio.sleep(0.2)
        assert second.counts.frames < 40


# -- how calls are taken ---------------------------------------------------------------------------------------

FULL = AdmissionSettings(finals_from_ms=300, refuse_from_ms=900, calm_ms=100, calm_for_ms=300)


def modes(place) -> list[tuple[str, str]]:
    return [(e.contact_id, e.mode) for e in place.events if isinstance(e, RecognitionChanged)]


async def test_a_call_in_progress_is_not_refused_by_a_full_worker(place, make, bursts):
    everything = AdmissionSettings(finals_from_ms=0, refuse_from_ms=0, calm_for_ms=600_000)
    async with place.worker(admission=everything):
        await place.send(make(bursts((0, 2.5), (1, 1.0), (0, 1.0)), A, first=80_000))
        await place.send(make(bursts((0, 0.5), (2, 1.0), (0, 1.0)), B))
        await place.until(lambda: len(place.ended) == 2)
    assert modes(place) == [(A, "finals"), (B, "refused")]
    assert [f.contact_id for f in place.finals] == [A]


async def test_a_call_that_is_taken_over_whole_is_said_to_be(place, make, bursts):
    """The worker before may have said that it has finals only."""
    async with place.worker(admission=FULL):
        await place.send(make(bursts((0, 1.0), (1, 1.0), (0, 1.0)), A, first=80_000))
        await place.until(lambda: place.ended)
    assert modes(place) == [(A, "full")]


async def test_what_piled_up_refuses_nobody_and_has_no_partials(place, make, bursts):
    """A worker finds a minute of two calls on the bus. It is behind for a moment; a new call is served."""
    talk = [(n % 9 + 1, 0.6) if n % 2 else (0, 0.7) for n in range(60)]
    for channel in (0, 1):
        await place.send(make(bursts(*talk, (1, 2.0)), A, channel, last=False))
    place.mouth.open.clear()
    async with place.worker(admission=FULL) as service:
        await place.until(lambda: service.waiting_finals > 20)
        assert service.queue_wait_ms == 0
        await asyncio.sleep(1.0)
        assert service.queue_wait_ms == 0
        assert service._board.scheduler.catches_up
        await place.send(make(bursts((0, 0.5), (2, 1.0), (0, 1.0)), B))
        await place.until(lambda: service.calls == {"full": 2})
        place.mouth.open.set()
        await place.until(lambda: [e for e in place.ended if e.contact_id == B])
        await place.until(lambda: len(place.finals) == 59)
        assert not service._board.scheduler.catches_up
        assert {p.contact_id for p in place.partials} <= {B}
        assert service.counts.stale_partials > 0
    assert modes(place) == []


async def test_what_closed_while_it_was_listened_to_is_not_committed(open_rig, commits_at_once, make, bursts):
    """The ear is slow; it has closed the second utterance and hears on, when the final of the first is done."""
    made = make(bursts((0, 1.0), (1, 0.6), (0, 0.9), (2, 0.6), (0, 5.0)), last=False)
    place = await open_rig()
    heard, release = 0, threading.Event()
    hear = place.ear

    def slowly(states, windows):
        nonlocal heard
        heard += 1
        if heard == 180:
            release.wait(10)
        return hear(states, windows)

    place.ear = slowly
    async with place.worker() as first:
        place.mouth.open.clear()
        await place.send(made[:25])
        await place.until(lambda: first.counts.encoder_windows)
        await place.send(made[25:])
        await place.until(lambda: heard == 180)
        place.mouth.open.set()
        await place.until(lambda: place.finals)
        await asyncio.sleep(0.2)
    release.set()
    place.ear = hear
    async with place.worker():
        await place.until(lambda: len(place.texts) == 2)
