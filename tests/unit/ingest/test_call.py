import itertools

import numpy as np
import pytest

from contracts.audio import Codec, FrameFlag, decode_frame, mulaw_encode
from contracts.errors import BadAudio, Conflict
from ingest.call import NEXT, Call

CONTACT = "6f2c1f2e-54f0-4b3a-9d53-0a6c63a0f4b1"
STATES = ("ringing", "talking", "held", "transferred", "ended")
WAYS = {
    "ringing": [],
    "talking": ["talking"],
    "held": ["talking", "held"],
    "transferred": ["talking", "transferred"],
    "ended": ["ended"],
}
ALLOWED = {
    ("ringing", "talking"),
    ("ringing", "ended"),
    ("talking", "held"),
    ("talking", "transferred"),
    ("talking", "ended"),
    ("held", "talking"),
    ("held", "transferred"),
    ("held", "ended"),
    ("transferred", "talking"),
    ("transferred", "ended"),
}


def make(**changed) -> Call:
    fields = {"roles": {0: "agent", 1: "caller"}, "rate_hz": 8000, "now_ms": 1_000, "agent_id": "kim"}
    return Call(CONTACT, **(fields | changed))


def in_state(state: str) -> Call:
    call = make()
    for step in WAYS[state]:
        call.become(step, 2_000)
    assert call.state == state
    return call


def test_every_state_has_its_row():
    assert set(NEXT) == set(STATES)


@pytest.mark.parametrize(("before", "after"), list(itertools.product(STATES, STATES)))
def test_only_what_the_picture_shows_is_allowed(before, after):
    call = in_state(before)
    if (before, after) in ALLOWED:
        assert call.become(after, 3_000).state == call.state == after
        return
    with pytest.raises(Conflict) as refused:
        call.become(after, 3_000)
    assert call.state == before
    assert before in refused.value.ko
    assert after in refused.value.en


def test_each_event_carries_the_whole_call_and_counts_up():
    call = make(title="010-****-1234", source="replay", simulated=True)
    ringing = call.ring(1_001)
    talking = call.become("talking", 1_500)
    moved = call.become("transferred", 9_000, agent_id="lee", reason="부서 이동")
    back = call.become("talking", 9_500)
    assert [e.revision for e in (ringing, talking, moved, back)] == [1, 2, 3, 4]
    assert [e.state for e in (ringing, talking, moved, back)] == [
        "ringing",
        "talking",
        "transferred",
        "talking",
    ]
    assert [e.agent_id for e in (ringing, talking, moved, back)] == ["kim", "kim", "lee", "lee"]
    assert [e.at_ms for e in (ringing, talking, moved, back)] == [1_001, 1_500, 9_000, 9_500]
    assert (moved.reason, back.reason) == ("부서 이동", "")
    for event in (ringing, talking, moved, back):
        assert event.contact_id == CONTACT
        assert event.started_at_ms == 1_000
        assert event.title == "010-****-1234"
        assert event.source == "replay"
        assert event.roles == {0: "agent", 1: "caller"}
        assert event.simulated


def test_a_refused_change_does_not_count():
    call = make()
    call.ring(1)
    with pytest.raises(Conflict):
        call.become("held", 2)
    assert call.become("talking", 3).revision == 2


@pytest.mark.parametrize("rate_hz", [0, 1, 11_025, 44_100, 48_000])
def test_rates_that_do_not_travel_are_refused(rate_hz):
    with pytest.raises(BadAudio, match=str(rate_hz)):
        make(rate_hz=rate_hz)


def test_samples_become_frames_of_100_ms():
    call = in_state("talking")
    samples = np.arange(2_000, dtype=np.int16)
    first, second = call.audio(1, samples, heard_ms=50_000)
    assert (first.start_sample, first.samples, first.channel, first.role) == (0, 800, 1, "caller")
    assert (second.start_sample, second.end_sample) == (800, 1600)
    assert first.pcm16().tolist() == samples[:800].tolist()
    assert second.pcm16().tolist() == samples[800:1600].tolist()
    assert first.codec is Codec.PCM16
    assert first.flags is FrameFlag.NONE
    assert decode_frame(first.encode()) == first
    (third,) = call.audio(1, samples[:400], heard_ms=50_050)
    assert third.pcm16().tolist() == [*samples[1600:], *samples[:400]]


def test_when_the_last_sample_of_a_frame_was_heard():
    call = in_state("talking")
    first, second = call.audio(0, np.zeros(2_000, np.int16), heard_ms=50_000)
    assert second.heard_ms == 50_000 - 50
    assert first.heard_ms == second.heard_ms - 100


def test_channels_have_clocks_of_their_own():
    call = in_state("talking")
    call.audio(0, np.zeros(4_000, np.int16), 0)
    (frame,) = call.audio(1, np.zeros(800, np.int16), 0)
    assert frame.start_sample == 0
    (frame,) = call.audio(0, np.zeros(800, np.int16), 0)
    assert frame.start_sample == 4_000


def test_finishing_gives_the_rest_of_every_channel():
    call = in_state("talking")
    call.audio(1, np.arange(900, dtype=np.int16), 0)
    agent, caller = call.finish(7_000)
    assert (agent.channel, agent.samples, agent.payload) == (0, 0, b"")
    assert (caller.channel, caller.start_sample, caller.samples) == (1, 800, 100)
    assert caller.pcm16().tolist() == list(range(800, 900))
    assert agent.flags == caller.flags == FrameFlag.LAST
    assert agent.heard_ms == caller.heard_ms == 7_000
    assert call.finish(8_000) == []


def test_what_is_heard_on_hold_is_marked():
    call = in_state("held")
    (held,) = call.audio(0, np.ones(800, np.int16), 0)
    assert held.flags == FrameFlag.HELD
    call.become("talking", 0)
    (spoken,) = call.audio(0, np.ones(800, np.int16), 0)
    assert spoken.flags == FrameFlag.NONE
    call.become("held", 0)
    assert call.finish(0)[0].flags == FrameFlag.HELD | FrameFlag.LAST


def test_mulaw_travels_as_mulaw():
    call = make(codec=Codec.MULAW)
    samples = np.arange(-4000, 4000, 10).astype(np.int16)
    (frame,) = call.audio(0, samples, 0)
    assert frame.codec is Codec.MULAW
    assert frame.payload == mulaw_encode(samples)
    assert len(frame.payload) == frame.samples == 800
