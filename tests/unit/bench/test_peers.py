"""What the comparison with other servers makes of their answers; no server, no network."""

import json

import pytest

from bench.peer_score import score
from bench.peer_servers import RealtimeSttStream, WhisperLiveKitStream, WhisperLiveStream
from bench.peers import compare, lax, next_channels, strict
from sangdam.evaluate.load import Turn

TURNS = (Turn(1000, 3000, "대형 폐기물 신고"), Turn(6000, 8000, "어디에서 하나요"))


def test_a_turn_is_final_when_the_committed_text_first_holds_it():
    commits = [(12.0, "대형"), (13.5, "대형 폐기물 신고"), (19.0, "대형 폐기물 신고 어디에서 하나요?")]
    got = score(TURNS, 10.0, commits)
    assert got.delays_s == pytest.approx((0.5, 1.0))
    assert (got.lost, got.errors) == (0, 0)


def test_a_turn_that_never_came_is_lost_and_its_letters_are_errors():
    got = score(TURNS, 10.0, [(13.5, "대형 폐기물 신고")])
    assert got.lost == 1
    assert got.delays_s == pytest.approx((0.5,))
    assert got.errors == 7


def test_text_that_stays_uncommitted_is_no_final_but_counts_as_heard():
    got = score(TURNS, 10.0, [(13.5, "대형 폐기물 신고")], "어디에서 하나요")
    assert (got.lost, got.errors) == (1, 0)


def test_misheard_letters_are_no_loss():
    got = score(TURNS, 10.0, [(13.5, "대영 페기물 신고"), (18.5, "대영 페기물 신고 어디에서 하나요")])
    assert (got.lost, got.errors) == (0, 2)
    assert got.delays_s == pytest.approx((0.5, 0.5))


def test_committed_text_that_changed_later_was_not_final():
    commits = [
        (13.5, "대형 폐기물 심고"),
        (15.0, "대형 폐기물 신고"),
        (19.0, "대형 폐기물 신고 어디에서 하나요"),
    ]
    assert score(TURNS, 10.0, commits).delays_s == pytest.approx((2.0, 1.0))


def test_nothing_heard():
    got = score(TURNS, 10.0, [])
    assert (got.delays_s, got.lost, got.errors) == ((), 2, 14)


@pytest.mark.parametrize(
    ("tried", "following"),
    [
        ({}, 1),
        ({1: False}, None),
        ({1: True}, 2),
        ({1: True, 2: True}, 4),
        ({1: True, 2: False}, None),
        ({1: True, 2: True, 4: False}, 3),
        ({1: True, 2: True, 4: False, 3: False}, None),
        ({1: True, 2: True, 4: True, 8: False}, 6),
        ({1: True, 2: True, 4: True, 8: True, 16: True}, None),
    ],
)
def test_how_many_channels_are_tried(tried, following):
    assert next_channels(tried, 16) == following


def test_whisper_live_completes_segments(tmp_path):
    stream = WhisperLiveStream(tmp_path, 0)
    assert json.loads(stream.hello()[0])["language"] == "ko"
    stream.take({"uid": "channel-0", "message": "SERVER_READY"})
    first = {"start": "0.000", "end": "2.000", "text": " 네", "completed": True}
    stream.take({"segments": [first, {"start": "2.000", "end": "3.000", "text": " 저", "completed": False}]})
    assert (stream.ready, stream.committed.strip(), stream.tail.strip()) == (True, "네", "저")
    stream.take({"segments": [first | {"start": "2.000", "text": " 저기요"}]})
    assert stream.committed.split() == ["네", "저기요"]
    assert stream.tail == ""


def test_whisperlivekit_sends_the_whole_text():
    stream = WhisperLiveKitStream()
    stream.take({"type": "config", "useAudioWorklet": True})
    stream.take(
        {"lines": [{"speaker": 1, "text": "네"}, {"speaker": -2, "text": ""}], "buffer_transcription": "저"}
    )
    assert (stream.ready, stream.committed.strip(), stream.tail) == (True, "네", "저")


def test_realtimestt_adds_finals():
    stream = RealtimeSttStream()
    for message in ({"type": "ready"}, {"type": "realtime", "text": "네"}, {"type": "final", "text": "네."}):
        stream.take(message)
    assert (stream.ready, stream.committed, stream.tail) == (True, "네.", "")
    packet = stream.packet(b"\x01\x02")
    size = int.from_bytes(packet[:4], "little")
    assert json.loads(packet[4 : 4 + size])["sampleRate"] == 16000
    assert packet[4 + size :] == b"\x01\x02"


def _trial(final_p95, lost=0):
    return {"latency_ms": {"final_p95": final_p95}, "finals_lost": lost, "turns": 20}


def test_a_trial_passes_strictly_or_laxly():
    assert strict(_trial(1500))
    assert not strict(_trial(1501))
    assert not strict(_trial(1000, lost=1))
    assert lax(_trial(3000, lost=2))
    assert not lax(_trial(3000, lost=3))
    assert not lax(_trial(None, lost=20))
    assert not lax({"channels": 1, "error": "ended with 1"})


def _system(capacity, capacity_3s, cpu, cer):
    return {"capacity": capacity, "capacity_3s": capacity_3s, "cpu_s_per_audio_s": cpu, "cer": cer}


def test_ratios_are_to_the_best_peer_of_each_figure():
    peers = {"a": _system(0, 2, 0.5, 0.12), "b": _system(1, 1, 0.8, 0.1), "c": {"error": "not installed"}}
    got = compare(_system(17, 20, 0.09, 0.1), peers)
    assert got["capacity"]["peer"] == "a"
    assert got["capacity"]["ratio"] == 8.5
    assert "capacity_3s" in got["capacity"]["note"]
    assert got["cpu"] == {"ratio": 0.18, "peer": "a", "goal": "<= 0.2", "kept": True}
    assert got["cer"] == {"difference": 0.0, "peer": "b", "goal": "<= 0", "kept": True}


def test_the_cost_at_capacity_is_that_of_its_trial():
    def at(system, *trials):
        return system | {"trials": [{"channels": n, "cpu_s_per_audio_s": cost} for n, cost in trials]}

    ours = at(_system(10, 16, 0.3, 0.1), (1, 0.3), (10, 0.1))
    peers = {
        "a": at(_system(0, 1, 0.8, 0.1), (1, 0.8), (2, 0.5)),
        "b": at(_system(2, 2, 0.9, 0.1), (2, 0.625)),
    }
    got = compare(ours, peers)["cpu_at_capacity"]
    assert got == {"ratio": 0.16, "peer": "b", "goal": "<= 0.2", "kept": True}
    assert compare(_system(17, 20, 0.09, 0.1), {"a": _system(0, 2, 0.5, 0.12)})["cpu_at_capacity"] is None


def test_without_a_peer_there_is_no_ratio():
    assert compare(_system(17, 20, 0.09, 0.1), {"c": {"error": "not installed"}})["capacity"] is None
