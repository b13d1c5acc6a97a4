"""Windows of 256 samples at 8 kHz (32 ms); settings in whole windows, so that counting is easy."""

import pytest

from asr.endpointing import Closed, Discarded, Endpointer, EndpointSettings, Opened, Paused

WINDOW = 256
SETTINGS = EndpointSettings(
    threshold=0.5,
    keep_threshold=0.3,
    silence_ms=5 * 32,
    min_speech_ms=3 * 32,
    before_ms=2 * 32,
    after_ms=3 * 32,
    max_ms=40 * 32,
    search_ms=10 * 32,
)
QUIET, LOW, LOUD = 0.05, 0.4, 0.9


def endpointer(first_sample: int = 0, *, joins: bool = False, **changed) -> Endpointer:
    fields = {name: getattr(SETTINGS, name) for name in SETTINGS.__slots__}
    settings = EndpointSettings(**(fields | changed))
    return Endpointer(window=WINDOW, rate_hz=8000, first_sample=first_sample, settings=settings, joins=joins)


def feed_all(target: Endpointer, *tracks: list[float]) -> list:
    return [endpoint for track in tracks for p in track for endpoint in target.process(p)]


def feed(target: Endpointer, *tracks: list[float]) -> list:
    """Without pauses."""
    return [one for one in feed_all(target, *tracks) if not isinstance(one, Paused)]


def windows(endpoint: Closed) -> tuple[int, int, int]:
    """Start, end and end of speech in windows."""
    return (
        endpoint.start_sample // WINDOW,
        endpoint.end_sample // WINDOW,
        endpoint.speech_end_sample // WINDOW,
    )


def test_silence_opens_nothing():
    target = endpointer()
    assert feed(target, [QUIET] * 100) == []
    assert target.finish() == []
    assert target.open_since is None


def test_speech_opens_with_its_lead_in_and_closes_after_silence():
    target = endpointer()
    assert feed(target, [QUIET] * 10, [LOUD]) == [Opened(8 * WINDOW)]
    assert target.open_since == 8 * WINDOW
    assert feed(target, [LOUD] * 5, [QUIET] * 4) == []
    (closed,) = feed(target, [QUIET])
    assert windows(closed) == (8, 19, 16)
    assert closed.voiced_samples == 6 * WINDOW
    assert target.open_since is None


def test_lead_in_does_not_begin_before_the_channel():
    assert feed(endpointer(first_sample=5 * WINDOW), [QUIET], [LOUD]) == [Opened(5 * WINDOW)]


def test_hysteresis_low_voice_keeps_open_but_does_not_open():
    target = endpointer()
    assert feed(target, [LOW] * 20) == []
    assert feed(target, [LOUD]) == [Opened(18 * WINDOW)]
    assert feed(target, [LOW] * 15, [QUIET] * 4, [LOW], [QUIET] * 4) == []
    (closed,) = feed(target, [QUIET])
    assert windows(closed) == (18, 44, 41)
    assert closed.voiced_samples == 17 * WINDOW


def test_exact_thresholds_count_as_voice():
    target = endpointer()
    assert feed(target, [0.5]) == [Opened(0)]
    (closed,) = feed(target, [0.3] * 2, [0.29] * 5)
    assert closed.voiced_samples == 3 * WINDOW


@pytest.mark.parametrize("voiced", [1, 2])
def test_a_click_is_discarded(voiced):
    target = endpointer()
    assert feed(target, [QUIET] * 4, [LOUD] * voiced) == [Opened(2 * WINDOW)]
    assert not target.believable
    assert feed(target, [QUIET] * 5) == [Discarded(2 * WINDOW)]


def test_three_windows_are_speech():
    target = endpointer()
    feed(target, [LOUD] * 3)
    assert target.believable
    assert isinstance(feed(target, [QUIET] * 5)[0], Closed)


def test_a_click_does_not_shorten_the_lead_in_of_what_follows():
    target = endpointer(before_ms=6 * 32)
    feed(target, [QUIET] * 20, [LOUD], [QUIET] * 5)
    assert feed(target, [LOUD]) == [Opened(20 * WINDOW)]


def test_padding_does_not_overlap_the_utterance_before():
    target = endpointer(before_ms=10 * 32)
    (_, first) = feed(target, [LOUD] * 4, [QUIET] * 5)
    assert windows(first) == (0, 7, 4)
    (opened,) = feed(target, [LOUD])
    assert opened.start_sample == first.end_sample == 7 * WINDOW


def test_finish_closes_what_is_open_with_what_is_there():
    target = endpointer()
    feed(target, [QUIET] * 5, [LOUD] * 4, [QUIET])
    (closed,) = target.finish()
    assert windows(closed) == (3, 10, 9)
    assert target.finish() == []


def test_finish_discards_a_click():
    target = endpointer()
    feed(target, [LOUD])
    assert target.finish() == [Discarded(0)]


def test_what_is_too_long_is_cut_at_its_quietest_window():
    target = endpointer()
    track = [LOUD] * 40
    track[33] = 0.5
    opened, closed, again = feed(target, track)
    assert opened == Opened(0)
    assert windows(closed) == (0, 34, 34)
    assert closed.voiced_samples == 34 * WINDOW
    assert again == Opened(34 * WINDOW)
    (rest,) = feed(target, [LOUD] * 3, [QUIET] * 5)
    assert windows(rest) == (34, 46, 43)
    assert rest.voiced_samples == 9 * WINDOW


def test_a_dip_before_the_search_is_not_where_it_is_cut():
    target = endpointer()
    track = [LOUD] * 40
    track[20] = track[36] = 0.5
    (_, closed, _) = feed(target, track)
    assert windows(closed)[1] == 37


def test_even_speech_is_cut_as_late_as_it_may_be():
    target = endpointer()
    (_, closed, again) = feed(target, [LOUD] * 40)
    assert closed.end_sample == again.start_sample == 40 * WINDOW


def test_a_pause_is_a_better_place_than_a_dip():
    target = endpointer()
    track = [LOUD] * 40
    track[38] = 0.4
    track[32:35] = [0.35] * 3
    (_, closed, _) = feed(target, track)
    assert windows(closed)[1] in (33, 34, 35)


def test_the_rest_after_a_cut_is_speech_however_short():
    target = endpointer()
    (*_, closed, _) = feed(target, [LOUD] * 40)
    assert isinstance(closed, Closed)
    (rest,) = feed(target, [LOUD], [QUIET] * 5)
    assert isinstance(rest, Closed)
    assert windows(rest) == (40, 44, 41)


def test_a_cut_within_a_pause_just_closes():
    target = endpointer()
    (_, closed) = feed(target, [LOUD] * 36, [QUIET] * 4)
    assert windows(closed) == (0, 39, 36)
    assert target.open_since is None


def test_silence_after_a_cut_is_discarded():
    target = endpointer()
    feed(target, [LOUD] * 40)
    assert feed(target, [QUIET] * 5) == [Discarded(40 * WINDOW)]


def test_an_hour_of_noise_is_cut_again_and_again():
    target = endpointer()
    closed = [e for e in feed(target, [LOUD] * 4_000) if isinstance(e, Closed)]
    assert len(closed) == 100
    assert all(e.end_sample - e.start_sample <= 40 * WINDOW for e in closed)


def test_what_may_be_asked_for_is_kept():
    target = endpointer()
    feed(target, [QUIET] * 20)
    assert target.keep_from == 18 * WINDOW
    feed(target, [LOUD] * 5)
    assert target.keep_from == target.open_since == 18 * WINDOW
    feed(target, [QUIET] * 5)
    assert target.keep_from == 28 * WINDOW


def rests(target: Endpointer, *tracks: list[float]) -> list[int]:
    """Windows at which it rested."""
    found = []
    for p in [p for track in tracks for p in track]:
        if target.rests:
            found.append(target._now // WINDOW)
        target.process(p)
    return found


def test_rests_lie_on_a_grid_within_pauses():
    target = endpointer()
    assert rests(target, [QUIET] * 100) == [8, 32, 64, 96]
    assert rests(target, [LOUD] * 40, [QUIET] * 21) == [152, 160]
    assert rests(target, [LOW] * 32, [QUIET] * 32) == [200, 224]


@pytest.mark.parametrize("at", range(8))
def test_a_pause_that_is_a_little_longer_has_a_rest_wherever_it_lies(at):
    assert len(rests(endpointer(), [LOUD] * (20 + at), [QUIET] * 13, [LOUD])) == 1


def test_a_pause_is_a_rest_only_after_the_padding_of_both_sides():
    assert rests(endpointer(), [QUIET] * 5, [LOUD] * 22, [QUIET] * 6) == [32]
    assert rests(endpointer(), [QUIET] * 5, [LOUD] * 23, [QUIET] * 5) == []


def test_who_joins_in_the_midst_leaves_speech_under_way_alone():
    target = endpointer(first_sample=100 * WINDOW, joins=True)
    assert feed(target, [LOUD] * 10, [QUIET] * 4, [LOUD] * 3) == []
    assert target.finish() == []


def test_who_joins_hears_all_after_the_first_rest():
    target = endpointer(first_sample=100 * WINDOW, joins=True)
    assert rests(target, [LOUD] * 10, [QUIET] * 51) == [160]
    assert feed(target, [LOUD]) == [Opened(159 * WINDOW)]


def test_who_joins_in_endless_speech_does_not_wait_for_ever():
    target = endpointer(joins=True, rehear_ms=50 * 32)
    assert feed(target, [LOUD] * 50) == []
    (opened,) = feed(target, [LOUD])
    assert opened.start_sample == 48 * WINDOW


def test_it_has_to_be_heard_again_from_before_the_last_rest():
    target = endpointer()
    feed(target, [QUIET] * 129)
    warm_up = round(2000 / 32 * WINDOW)
    assert target.places[-1] == ((128 - 2) * WINDOW, (128 - 5) * WINDOW - warm_up)
    feed(target, [LOUD] * 35)
    assert target.rehear_from(target.keep_from) == (128 - 5) * WINDOW - warm_up


def test_what_waits_since_an_earlier_pause_is_heard_again_from_that():
    target = endpointer()
    feed(target, [QUIET] * 129, [LOUD] * 20, [QUIET] * 150)
    assert target.places[-1].begin > 149 * WINDOW
    assert target.rehear_from(127 * WINDOW) == (128 - 5) * WINDOW - 16_000
    assert target.rehear_from(280 * WINDOW) == target.places[0].begin > 149 * WINDOW


def test_who_needs_what_is_forgotten_is_told_so():
    target = endpointer(first_sample=50 * WINDOW)
    assert target.rehear_from(49 * WINDOW) is None


def test_a_rest_while_something_else_has_a_say_is_no_place_to_begin():
    target = endpointer()
    for _ in range(200):
        target.process(QUIET, plain=False)
    assert [*target.places] == [(0, 0)]
    feed(target, [QUIET] * 100)
    known = len(target.places)
    assert known > 1
    target.retract(0)
    assert [*target.places] == [(0, 0)]


@pytest.mark.parametrize("pause", [36, 37, 50, 90])
def test_who_joins_where_it_should_finds_the_same_endpoints(pause):
    track = [QUIET] * 7 + [LOUD] * 90 + [QUIET] * pause + ([LOUD] * 8 + [QUIET] * 5) * 3 + [LOUD] * 60
    first = endpointer()
    known = feed(first, track)
    needed = first.keep_from
    start = first.rehear_from(needed) // WINDOW
    assert 0 < start < needed
    second = endpointer(first_sample=start * WINDOW, joins=True)
    again = feed(second, track[start:])
    later = [endpoint for endpoint in known if endpoint.start_sample >= needed]
    assert len(later) >= 1
    assert again[-len(later) :] == later
    assert set(again) <= set(known)


def test_a_pause_is_what_the_utterance_will_be_if_nothing_follows():
    target = endpointer()
    (pause,) = feed_all(target, [QUIET] * 4, [LOUD] * 5, [QUIET] * 3)[1:]
    assert isinstance(pause, Paused)
    (closed,) = feed_all(target, [QUIET] * 2)
    assert isinstance(closed, Closed)
    fields = ("start_sample", "end_sample", "speech_end_sample", "voiced_samples")
    assert [getattr(pause, name) for name in fields] == [getattr(closed, name) for name in fields]


def test_each_rest_pauses_once_and_a_click_never():
    target = endpointer()
    found = feed_all(target, [LOUD] * 4, [QUIET] * 4, [LOUD] * 4, [QUIET] * 5, [QUIET] * 9)
    assert [type(one) for one in found] == [Opened, Paused, Paused, Closed]
    assert [type(one) for one in feed_all(endpointer(), [LOUD], [QUIET] * 9)] == [Opened, Discarded]


def test_what_was_no_voice_is_taken_back():
    target = endpointer()
    feed(target, [QUIET] * 10, [LOUD] * 4)
    assert target.retract(9 * WINDOW) == [Discarded(8 * WINDOW)]
    assert target.open_since is None
    assert feed(target, [QUIET] * 20) == []
    assert target.retract(0) == []


def test_speech_before_what_was_no_voice_stays():
    target = endpointer()
    feed(target, [QUIET] * 10, [LOUD] * 12)
    assert target.retract(18 * WINDOW) == []
    (closed,) = feed(target, [QUIET])
    assert windows(closed) == (8, 21, 18)
