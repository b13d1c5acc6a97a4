"""More contacts are never a weaker signal, and how a window is cut changes nothing."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.voc.hotline import DISTRICTS, TOPICS, UNTIL, usual
from voc.baseline.volume import others_volume
from voc.detectors.rise import GROUPS, Window, judge
from voc.series import HOUR_MS

CELLS = st.lists(
    st.integers(0, 60), min_size=len(TOPICS) * len(DISTRICTS), max_size=len(TOPICS) * len(DISTRICTS)
)


def window(seen: list[int], hours: int) -> Window:
    since, until = UNTIL * HOUR_MS, (UNTIL + hours) * HOUR_MS
    return Window(
        np.array(seen, dtype=float).reshape(len(TOPICS), len(DISTRICTS)),
        usual().expected_topics(since, until),
        usual().expected(since, until),
        usual().expected_districts(since, until),
        hours,
    )


@settings(max_examples=60, deadline=None)
@given(CELLS, st.sampled_from([1, 3, 6, 24]), st.integers(0, 71), st.integers(1, 500))
def test_more_contacts_are_never_a_weaker_signal(seen: list[int], hours: int, cell: int, more: int) -> None:
    before = judge(usual(), window(seen, hours))
    seen[cell] += more
    after = judge(usual(), window(seen, hours))
    topic, district = divmod(cell, len(DISTRICTS))
    for group, place in zip(GROUPS, (topic, (topic, district), district), strict=True):
        assert after[group].p_value[place] <= before[group].p_value[place]


@settings(max_examples=60, deadline=None)
@given(CELLS, st.integers(2, 5))
def test_volume_cancels(seen: list[int], factor: int) -> None:
    """So many times as many of everything, and as much expected, is the same offset but for belief."""
    counts = np.array(seen, dtype=float).reshape(len(TOPICS), -1).sum(1) + 50
    once, _ = others_volume(counts, counts, np.array(0.1))
    many, _ = others_volume(counts * factor, counts, np.array(0.1))
    assert np.allclose(once, 1)
    assert (np.abs(many - factor) < 0.1).all()
