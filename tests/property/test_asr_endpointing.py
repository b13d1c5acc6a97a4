"""Any voice activity, any settings: utterances in order, apart from each other, and no speech outside them."""

import itertools

from hypothesis import example, given
from hypothesis import strategies as st

from asr.endpointing import Closed, Discarded, Endpointer, EndpointSettings, Opened

WINDOW, RATE_HZ = 512, 16000
MS = 16

probabilities = st.one_of(
    st.floats(0, 1), st.sampled_from([0.0, 0.2, 0.34, 0.36, 0.49, 0.5, 0.51, 0.97, 1.0])
)
tracks = st.lists(st.tuples(probabilities, st.integers(1, 40)), max_size=14).map(
    lambda runs: [p for p, count in runs for _ in range(count)]
)


@st.composite
def all_settings(draw):
    threshold = draw(st.floats(0.05, 1))
    return EndpointSettings(
        threshold=threshold,
        keep_threshold=draw(st.floats(0, threshold)),
        silence_ms=draw(st.integers(1, 800)),
        min_speech_ms=draw(st.integers(0, 400)),
        before_ms=draw(st.integers(0, 500)),
        after_ms=draw(st.integers(0, 500)),
        max_ms=draw(st.integers(100, 3000)),
        search_ms=draw(st.integers(0, 1500)),
        rehear_ms=draw(st.integers(0, 5000)),
    )


def run(track, chosen, *, first_sample=0, joins=False):
    target = Endpointer(
        window=WINDOW, rate_hz=RATE_HZ, first_sample=first_sample, settings=chosen, joins=joins
    )
    return [endpoint for p in track for endpoint in target.process(p)] + target.finish()


@given(tracks, all_settings())
def test_utterances_are_in_order_and_apart(track, chosen):
    end = 0
    open_at = None
    for endpoint in run(track, chosen):
        match endpoint:
            case Opened(start):
                assert open_at is None
                assert start >= end
                open_at = start
            case Discarded(start):
                assert start == open_at
                open_at = None
            case Closed(start, stop, speech_end, voiced):
                assert start == open_at
                assert start < speech_end <= stop <= len(track) * WINDOW
                assert 0 < voiced <= stop - start
                # Voice that is too sparse to be speech yet may take it a little over the limit.
                sparse = chosen.min_speech_ms * MS // WINDOW + 1
                assert stop - start <= (chosen.max_ms + chosen.before_ms) * MS + sparse * (
                    chosen.silence_ms * MS + 2 * WINDOW
                )
                open_at, end = None, stop
    assert open_at is None


@given(tracks, all_settings())
@example([0.9] * 200, EndpointSettings(max_ms=3000))
def test_no_speech_is_outside_of_all_utterances(track, chosen):
    """A run of windows over the threshold that is long enough on its own is transcribed, cuts or not."""
    closed = [e for e in run(track, chosen) if isinstance(e, Closed)]
    long_enough = max(1, -(-chosen.min_speech_ms * MS // WINDOW))
    begin = 0
    for index in range(len(track) + 1):
        if index < len(track) and track[index] >= chosen.threshold:
            continue
        if index - begin >= long_enough:
            covered = {
                at
                for e in closed
                for at in range(begin, index)
                if e.start_sample <= at * WINDOW < e.end_sample
            }
            assert covered == set(range(begin, index))
        begin = index + 1


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 60)), min_size=8, max_size=14), all_settings())
def test_cuts_lose_and_double_nothing(noise, chosen):
    """Voice without a pause is one gapless row of utterances."""
    track = [1.0 if loud else chosen.keep_threshold for loud, count in noise for _ in range(count)]
    track = [1.0] * 20 + track
    closed = [e for e in run(track, chosen) if isinstance(e, Closed)]
    assert closed[0].start_sample == 0
    assert closed[-1].end_sample == len(track) * WINDOW
    for before, after in itertools.pairwise(closed):
        assert before.end_sample == after.start_sample


talk = st.lists(st.tuples(st.integers(1, 60), st.integers(1, 60)), min_size=3, max_size=8).map(
    lambda turns: [p for loud, quiet in turns for p in [0.9] * loud + [0.01] * quiet]
)


@given(talk, st.data())
def test_another_worker_finds_the_same_utterances(track, data):
    """It begins anywhere up to where the first one says, and gives no utterance another id.

    Whatever utterance still waits to be published, that and all after it are found.
    """
    chosen = EndpointSettings(max_ms=2000, search_ms=800)
    first = Endpointer(window=WINDOW, rate_hz=RATE_HZ, settings=chosen)
    died = data.draw(st.integers(0, len(track)))
    known = [endpoint for p in track[:died] for endpoint in first.process(p)]
    whole = run(track, chosen)
    waiting = data.draw(st.sampled_from([None, *(e for e in known if isinstance(e, Closed))]))
    needed = min(first.keep_from, waiting.start_sample) if waiting else first.keep_from
    begin = data.draw(st.integers(0, first.rehear_from(needed) // WINDOW))
    again = run(track[begin:], chosen, first_sample=begin * WINDOW, joins=begin > 0)
    from_there = [e for e in whole if e.start_sample >= needed]
    assert again[len(again) - len(from_there) :] == from_there
    assert set(again) <= set(whole)
