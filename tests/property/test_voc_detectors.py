"""More contacts are never less evidence, and the order in which they came says nothing."""

from dataclasses import dataclass, replace

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from voc.detectors import weekly
from voc.detectors.glm import Array
from voc.detectors.new_phrases import new_phrases
from voc.detectors.scan import clusters
from voc.series import HOUR_MS, Recent, Signal

UNTIL = 480_000 * HOUR_MS
TOPICS = ("수도", "가스", "교통")
DISTRICTS = ("", "가구", "나구", "다구", "라구", "마구")
NEIGHBOURS = {
    "가구": ("나구",),
    "나구": ("가구", "다구"),
    "다구": ("나구", "라구"),
    "라구": ("다구", "마구"),
    "마구": ("라구",),
}
PHRASES = ("싱크홀", "냄새", "단수", "주차", "축제", "누수")
TOTAL = 40_000
ALL = 1.0

Row = tuple[int, int, int, tuple[str, ...]]
"""Minutes before now, topic, district, phrases."""

_ROWS = st.lists(
    st.tuples(
        st.integers(1, 26 * 60),
        st.integers(0, len(TOPICS) - 1),
        st.integers(0, len(DISTRICTS) - 1),
        st.lists(st.sampled_from(PHRASES), max_size=3).map(tuple),
    ),
    min_size=6,
    max_size=60,
)


@dataclass(frozen=True)
class Flat:
    topics: tuple[str, ...] = TOPICS
    districts: tuple[str, ...] = DISTRICTS

    def expected(self, since_ms: int, until_ms: int) -> Array:
        return np.full((len(TOPICS), len(DISTRICTS)), 0.05 * (until_ms - since_ms) / HOUR_MS)

    def dispersion(self, _hours: float) -> Array:
        return np.full((len(TOPICS), len(DISTRICTS)), 0.2)

    def volume(self, _recent: Recent, _until_ms: int, _hours: float = 1.0) -> Array:
        return np.ones(len(TOPICS))


def recent_of(rows: list[Row]) -> Recent:
    ordered = sorted(enumerate(rows), key=lambda row: -row[1][0])
    return Recent(
        at_ms=np.array([UNTIL - row[0] * 60_000 for _, row in ordered], dtype=np.int64),
        topic=np.array([row[1] for _, row in ordered], dtype=np.int32),
        district=np.array([row[2] for _, row in ordered], dtype=np.int32),
        danger=(None,) * len(rows),
        phrases=tuple(row[3] for _, row in ordered),
        contact_ids=tuple(f"c{number}" for number, _ in ordered),
        topics=TOPICS,
        districts=DISTRICTS,
    )


def shuffled(recent: Recent, seed: int) -> Recent:
    """The same contacts in another order, phrases too."""
    order = np.random.default_rng(seed).permutation(len(recent))
    return replace(
        recent,
        at_ms=recent.at_ms[order],
        topic=recent.topic[order],
        district=recent.district[order],
        phrases=tuple(tuple(reversed(recent.phrases[row])) for row in order),
        contact_ids=tuple(recent.contact_ids[row] for row in order),
    )


def known_of(recent: Recent) -> dict[str, tuple[int, int]]:
    said = [phrase for phrases in recent.phrases for phrase in set(phrases)]
    return {phrase: (said.count(phrase), 1) for phrase in set(said)}


def phrases_of(recent: Recent, total: int = TOTAL) -> list[Signal]:
    return new_phrases(recent, known_of(recent), UNTIL, ALL, total)


def clusters_of(recent: Recent) -> list[Signal]:
    return clusters(Flat(), recent, NEIGHBOURS, UNTIL, 0.5)


@settings(max_examples=40, deadline=None)
@given(_ROWS, st.integers(0, 99))
def test_the_order_of_contacts_says_nothing(rows: list[Row], seed: int) -> None:
    recent = recent_of(rows)
    other = shuffled(recent, seed)
    assert phrases_of(other) == phrases_of(recent)
    assert clusters_of(other) == clusters_of(recent)


@settings(max_examples=40, deadline=None)
@given(_ROWS)
@example([*[(1, 0, 1, ())] * 5, (1, 0, 2, ()), *[(60 * 10, 0, 2, ())] * 3])
def test_one_more_contact_in_the_zone_is_never_less_evidence(rows: list[Row]) -> None:
    before = {signal.topic: signal for signal in clusters_of(recent_of(rows))}
    for topic, signal in before.items():
        row = (10, TOPICS.index(topic), DISTRICTS.index(signal.districts[0]), ())
        more = clusters_of(recent_of([*rows, row]))
        # A single district may tell more than the zone now: then its rise speaks for this window, and the topic's
        # zone is that of another.
        same = (topic, signal.window_ms)
        after = [other.p_value for other in more if (other.topic, other.window_ms) == same]
        assert not after or after[0] <= signal.p_value * (1 + 1e-9)


@settings(max_examples=40, deadline=None)
@given(_ROWS)
def test_one_more_contact_that_says_it_is_never_less_evidence(rows: list[Row]) -> None:
    rows = [(minutes, topic, district, phrases) for minutes, topic, district, phrases in rows if minutes < 50]
    for signal in phrases_of(recent_of(rows)):
        more = phrases_of(recent_of([*rows, (10, 0, 0, (signal.phrase,))]), TOTAL + 1)
        told = [other.p_value for other in more if other.contact_ids >= signal.contact_ids]
        assert told
        assert min(told) <= signal.p_value * (1 + 1e-9)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=80, max_size=120), st.integers(0, 20))
def test_one_more_contact_in_the_week_is_never_less_evidence(counts: list[int], more: int) -> None:
    first = np.array([counts], dtype=float)
    second = first.copy()
    second[0, -1] += more
    week = len(counts) - 1
    assert weekly.judge(second, week).p_value[0] <= weekly.judge(first, week).p_value[0] + 1e-12
