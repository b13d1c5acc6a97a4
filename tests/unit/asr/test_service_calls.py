"""What the service does with whole calls: early finals, admission, languages, sounds."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from asr.admission import AdmissionSettings
from contracts.contact import ContactStateChanged, LanguageChosen
from contracts.topics import CALL_AUDIO, CONTACT_EVENTS
from contracts.transcript import LanguageDetected, RecognitionChanged, SoundHeard
from sangdam.evaluate.noises import music, ringing

A, B = "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000015"

ENGLISH = {"ko": 0.001, "en": 0.999}


def of(kind, place) -> list:
    return [event for event in place.events if isinstance(event, kind)]


async def speak(place, service, made) -> None:
    """As it is spoken: nothing waits behind what comes later."""
    for frame in made:
        sent = service.counts.frames + service.counts.refused_frames + 1
        await place.send([frame])
        await place.until(lambda n=sent: service.counts.frames + service.counts.refused_frames >= n)
        await asyncio.sleep(0.01)


# -- early finals ------------------------------------------------------------------------------------------


async def test_a_pause_lets_the_final_be_there_when_it_closes(place, make, bursts):
    async with place.worker() as service:
        await speak(place, service, make(bursts((0, 0.4), (1, 1.0), (0, 1.0))))
        await place.until(lambda: place.ended)
    assert service.counts.early_finals == service.counts.finals == 1
    (final,) = place.finals
    assert final.text == "가방 가방 가방 가방 가방"
    whole = [window for window in place.mouth.windows if not window.short]
    assert len(whole) == 1


async def test_an_early_final_is_the_same_as_a_late_one(place, open_rig, make, bursts):
    made = make(bursts((0, 0.4), (1, 1.0), (0, 0.8), (2, 0.6), (0, 0.2)))
    async with place.worker() as service:
        await speak(place, service, made)
        await place.until(lambda: place.ended)
        assert service.counts.early_finals >= 1
    late = await open_rig()
    late.mouth.open.clear()
    async with late.worker() as service:
        await late.send(made)
        await late.until(lambda: service.counts.frames == len(made))
        late.mouth.open.set()
        await late.until(lambda: late.ended)
    same = {"at_ms": 0, "heard_ms": 0}
    assert [f.model_copy(update=same) for f in place.finals] == [
        f.model_copy(update=same) for f in late.finals
    ]


async def test_speech_that_goes_on_after_a_pause_is_one_final(place, make, bursts):
    async with place.worker() as service:
        await speak(place, service, make(bursts((0, 0.4), (1, 0.8), (0, 0.42), (2, 0.8), (0, 1.0))))
        await place.until(lambda: place.ended)
    (final,) = place.finals
    assert final.text == "가방 가방 가방 가방 나무 나무 나무 나무"
    assert service.counts.finals == 1


# -- admission ---------------------------------------------------------------------------------------------

STRICT = AdmissionSettings(finals_from_ms=200, refuse_from_ms=5_000, calm_ms=100, calm_for_ms=300)


async def test_near_capacity_a_new_call_has_finals_only_and_moves_up_later(place, make, bursts):
    place.now_ms = 1_000_000
    place.mouth.open.clear()
    talk = bursts((0, 0.4), (1, 1.0), (0, 0.8))
    async with place.worker(admission=STRICT) as service:
        await place.send(make(talk, A))
        await place.until(lambda: service.counts.encoder_windows)
        await place.send(make(talk, A, 1))
        await place.until(lambda: service._board.scheduler.waiting_finals == 1)
        place.now_ms += 1_000
        await place.send(make(bursts((0, 0.4), (2, 1.0), (0, 0.8)), B, last=False))
        await place.until(lambda: of(RecognitionChanged, place))
        place.mouth.open.set()
        await place.until(lambda: any(f.contact_id == B for f in place.finals))
        assert [e.mode for e in of(RecognitionChanged, place)] == ["finals"]
        assert not [p for p in place.partials if p.contact_id == B]
        for _ in range(60):
            place.now_ms += 100
            await asyncio.sleep(0.02)
            service._board.scheduler._waited(0)
        await place.until(lambda: len(of(RecognitionChanged, place)) == 2)
    changes = of(RecognitionChanged, place)
    assert [(e.contact_id, e.mode) for e in changes] == [(B, "finals"), (B, "full")]
    assert changes[0].revision < changes[1].revision


async def test_past_capacity_a_new_call_is_refused_and_said_so(place, make, bursts, caplog):
    place.now_ms = 1_000_000
    place.mouth.open.clear()
    talk = bursts((0, 0.4), (1, 1.0), (0, 0.8))
    async with place.worker(admission=STRICT) as service:
        await place.send(make(talk, A))
        await place.until(lambda: service.counts.encoder_windows)
        await place.send(make(talk, A, 1))
        await place.until(lambda: service._board.scheduler.waiting_finals == 1)
        place.now_ms += 6_000
        refused = make(talk, B)
        await place.send(refused)
        await place.until(lambda: service.counts.refused_frames == len(refused))
        place.mouth.open.set()
        await place.until(lambda: len(place.ended) == 3)
    assert [(e.contact_id, e.mode) for e in of(RecognitionChanged, place)] == [(B, "refused")]
    assert {f.contact_id for f in place.finals} == {A}
    assert [e.end_ms for e in place.ended if e.contact_id == B] == [2_200]
    assert "overloaded" in caplog.text
    assert B in caplog.text
    assert not service._board.calls


async def test_a_refused_call_is_heard_from_when_there_is_room(place, make, bursts):
    async with place.worker(admission=replace(STRICT, refuse_from_ms=0)) as service:
        service._board.calls._admission.admit(A, 1e9)
        await speak(place, service, make(bursts((1, 1.0)), A, last=False))
        assert service.counts.refused_frames == 10
        service._board.calls._admission._modes[A] = "finals"
        await speak(place, service, make(bursts((0, 1.5), (2, 1.0), (0, 1.0)), A, first=8000))
        await place.until(lambda: place.ended)
    assert [f.text for f in place.finals] == ["나무 나무 나무 나무 나무"]
    assert place.finals[0].start_ms > 1_000


# -- languages ---------------------------------------------------------------------------------------------


async def test_another_language_is_found_and_what_was_said_is_heard_again_in_it(place, make, bursts):
    place.mouth.languages = ENGLISH
    async with place.worker() as service:
        await place.send(make(bursts((0, 0.4), (1, 3.0), (0, 1.0), (2, 2.0), (0, 1.0)), A))
        await place.until(lambda: place.ended)
    (detected,) = of(LanguageDetected, place)
    assert (detected.language, detected.contact_id) == ("en", A)
    assert detected.probability > 0.9
    assert [f.language for f in place.finals] == ["en", "en"]
    assert service.counts.finals == 2
    assert [w.language for w in place.mouth.windows if not w.short].count("ko") == 1


async def test_a_person_says_which_language_it_is(place, make, bursts):
    place.mouth.languages = ENGLISH
    async with place.worker() as service:
        await place.send(make(bursts((0, 0.4), (1, 1.0), (0, 1.0)), A, last=False))
        await place.until(lambda: place.finals)
        chosen = LanguageChosen(contact_id=A, at_ms=1, language="vi", staff_id="kim")
        await place.bus.publish(CONTACT_EVENTS.name, A, chosen.model_dump_json().encode())
        await place.until(lambda: service._board.calls[A].chosen)
        await place.send(make(bursts((1, 3.0), (0, 1.0)), A, first=19_200))
        await place.until(lambda: place.ended)
    assert [f.language for f in place.finals] == ["ko", "vi"]
    assert of(LanguageDetected, place) == []


async def test_who_takes_over_knows_the_chosen_language(place, commits_at_once, make, bursts):
    chosen = LanguageChosen(contact_id=A, at_ms=1, language="zh", staff_id="kim")
    async with place.worker() as first:
        await place.bus.publish(CONTACT_EVENTS.name, A, chosen.model_dump_json().encode())
        await place.send(make(bursts((0, 0.4), (1, 1.0), (0, 3.0)), A, last=False))
        await place.until(lambda: place.finals)
        await place.until(lambda: first._board.calls[A].chosen)
        await asyncio.sleep(0.1)
    async with place.worker():
        await place.send(make(bursts((2, 1.0), (0, 1.0)), A, first=35_200))
        await place.until(lambda: place.ended)
    assert place.finals[-1].language == "zh"


async def test_languages_of_ended_calls_are_forgotten(place, make, bursts):
    chosen = LanguageChosen(contact_id=A, at_ms=1, language="zh", staff_id="kim")
    ended = ContactStateChanged(contact_id=A, at_ms=2, revision=9, state="ended", started_at_ms=0)
    async with place.worker() as service:
        for event in (chosen, ended):
            await place.bus.publish(CONTACT_EVENTS.name, A, event.model_dump_json().encode())
        await place.send(make(bursts((0, 0.3)), B))
        await place.until(lambda: place.ended)
        await place.until(lambda: not service._board.calls)
        assert not service._board.progress._tracks


# -- sounds ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sound", ["music", "ringing"])
async def test_what_is_no_speech_is_marked_and_not_transcribed(place, make, bursts, sound):
    """The simulated ear takes everything loud for voice: sounds must be known by themselves."""
    noise = ringing(9, 8000) if sound == "ringing" else music(9, 8000, seed=0)
    place.ear = lambda _states, windows: [0.05 for _ in windows]
    async with place.worker() as service:
        await place.send(make(noise, A))
        await place.until(lambda: place.ended)
    assert service.counts.encoder_windows == 0
    assert place.finals == place.partials == []
    heard = of(SoundHeard, place)
    assert {event.sound for event in heard} == {sound}
    assert heard[0].end_ms is None
    assert heard[-1].end_ms is None or heard[-1].sound_id == heard[0].sound_id


async def test_frames_of_many_calls_share_their_topic_with_contact_events(place, make, bursts):
    """Bytes that are no event are passed over like bytes that are no frame."""
    async with place.worker() as service:
        await place.bus.publish(CONTACT_EVENTS.name, A, b"garbage")
        await place.bus.publish(CALL_AUDIO.name, A, b"garbage")
        await place.send(make(bursts((0, 0.3), (1, 0.6), (0, 1.0)), A))
        await place.until(lambda: place.ended)
    assert service.counts.bad_frames == 1
    assert len(place.finals) == 1


async def test_after_music_only_what_lasts_is_shown_while_it_is_spoken(place, make, bursts):
    """Chords are taken for voices: for a minute a short word has its final alone, longer speech its partials."""
    heard = np.concatenate([music(9, 8000, seed=1), bursts((0, 4.0), (1, 0.6), (0, 1.0), (2, 3.0), (0, 1.0))])
    loud = place.ear
    place.ear = lambda states, windows: [
        p if np.ptp(w[:64]) == 0 else 0.02 for p, w in zip(loud(states, windows), windows, strict=True)
    ]
    async with place.worker() as service:
        await speak(place, service, make(heard, A))
        await place.until(lambda: place.ended)
    assert [f.text.split()[0] for f in place.finals] == ["가방", "나무"]
    assert {p.utterance_id for p in place.partials} == {place.finals[1].utterance_id}
