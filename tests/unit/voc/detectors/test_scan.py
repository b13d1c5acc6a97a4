import time
from dataclasses import dataclass

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from contracts.districts import load_districts
from voc.detectors import scan
from voc.detectors.glm import Array
from voc.detectors.scan import clusters
from voc.detectors.zones import zones
from voc.series import HOUR_MS, Recent

DISTRICTS = load_districts()
NAMES = tuple(district.name for district in DISTRICTS)
NEIGHBOURS = {district.name: district.neighbours for district in DISTRICTS}
TOPICS = tuple(f"t{number}" for number in range(60))
UNTIL = 500_000 * HOUR_MS


@dataclass(frozen=True)
class Expected:
    """So much an hour, everywhere alike at all times."""

    rates: Array
    scatter: float = 0.25
    busy: float = 1.0
    topics: tuple[str, ...] = TOPICS
    districts: tuple[str, ...] = ("", *NAMES)

    def expected(self, since_ms: int, until_ms: int) -> Array:
        return self.rates * (until_ms - since_ms) / HOUR_MS

    def dispersion(self, _hours: float) -> Array:
        return np.full(self.rates.shape, self.scatter)

    def volume(self, _recent: Recent, _until_ms: int, _hours: float = 1.0) -> Array:
        return np.full(len(self.topics), self.busy)


def usual(level: float = 0.05) -> Expected:
    rng = np.random.default_rng(2)
    return Expected(level * rng.lognormal(0, 0.8, (len(TOPICS), len(NAMES) + 1)))


def contacts(
    known: Expected, seed: int, planted: dict[tuple[str, str], int] | None = None, hours: float = 3
) -> Recent:
    """A day of usual contacts, and planted ones within the last hours."""
    rng = np.random.default_rng(seed)
    noise = rng.gamma(1 / known.scatter, known.scatter, known.rates.shape)
    numbers = rng.poisson(known.rates * 24 * noise)
    topic, district = (
        np.repeat(index, numbers.ravel()) for index in np.indices(numbers.shape).reshape(2, -1)
    )
    at = UNTIL - rng.integers(1, 24 * HOUR_MS, len(topic))
    for (name, where), number in (planted or {}).items():
        topic = np.append(topic, np.full(number, known.topics.index(name)))
        district = np.append(district, np.full(number, known.districts.index(where)))
        at = np.append(at, UNTIL - rng.integers(1, round(hours * HOUR_MS), number))
    order = np.argsort(at, kind="stable")
    return made(known, at[order], topic[order], district[order])


def made(known: Expected, at: np.ndarray, topic: np.ndarray, district: np.ndarray) -> Recent:
    number = len(at)
    return Recent(
        at_ms=at.astype(np.int64),
        topic=topic.astype(np.int32),
        district=district.astype(np.int32),
        danger=(None,) * number,
        phrases=((),) * number,
        contact_ids=tuple(f"c{row}" for row in range(number)),
        topics=known.topics,
        districts=known.districts,
    )


def test_three_neighbours_with_a_small_rise_each_are_found_together() -> None:
    known = usual()
    where = ("마포구", "서대문구", "은평구")
    recent = contacts(known, 5, {("t7", name): 4 for name in where})
    found = clusters(known, recent, NEIGHBOURS, UNTIL, 1e-4)
    assert [signal.topic for signal in found] == ["t7"]
    signal = found[0]
    assert set(where) <= set(signal.districts)
    assert signal.seen == len(signal.contact_ids) >= 12
    assert signal.expected < 3
    assert (signal.kind, signal.lane, signal.until_ms) == ("cluster", "usual", UNTIL)
    assert signal.window_ms in (3 * HOUR_MS, 6 * HOUR_MS)
    # No district of the three would do by itself.
    alone = contacts(known, 5, {("t7", "마포구"): 4})
    assert clusters(known, alone, NEIGHBOURS, UNTIL, 1e-4) == []


def test_far_apart_districts_are_no_concentration() -> None:
    known = usual()
    recent = contacts(known, 5, {("t7", name): 3 for name in ("강서구", "노원구", "송파구")})
    assert clusters(known, recent, NEIGHBOURS, UNTIL, 1e-4) == []


def test_a_topic_that_rises_everywhere_is_no_concentration() -> None:
    known = usual()
    recent = contacts(known, 5, {("t7", name): 4 for name in NAMES})
    assert clusters(known, recent, NEIGHBOURS, UNTIL, 1e-4) == []


def test_a_busy_city_expects_more_everywhere() -> None:
    known = usual()
    planted = {("t7", name): 3 for name in ("마포구", "서대문구", "은평구")}
    recent = contacts(known, 5, planted)
    assert clusters(known, recent, NEIGHBOURS, UNTIL, 1e-3)
    busy = Expected(known.rates, busy=8.0)
    assert clusters(busy, recent, NEIGHBOURS, UNTIL, 1e-3) == []


def test_alarms_by_chance_are_as_seldom_as_they_should_be() -> None:
    known = usual(0.1)
    told = [
        signal.p_value
        for seed in range(6)
        for signal in clusters(known, contacts(known, seed), NEIGHBOURS, UNTIL, 0.01, windows_h=(24,))
    ]
    # 60 topics, 6 days: 4 would be expected of zones of all sizes; single districts are not told.
    assert len(told) <= 9


@pytest.mark.parametrize("level", [0.1, 1.0, 10.0])
def test_the_gumbel_tail_says_how_often_chance_does_as_much(level: float) -> None:
    known = zones(NAMES, NEIGHBOURS)
    rng = np.random.default_rng(3)
    expected, scatter = level * rng.lognormal(0, 0.5, len(NAMES)), np.full(len(NAMES), 0.25)
    seen = rng.poisson(rng.gamma(4, expected / 4, (1000, len(NAMES)))).astype(float)
    told_by_chance, _ = scan.Evidence(expected[np.newaxis], scatter[np.newaxis], known).of(seen, 4)
    best = told_by_chance.max(axis=1)
    told = scan.chance(float(np.quantile(best, 0.99)), expected, scatter, known)
    assert 0.002 < told < 0.025


def test_a_step_is_quick() -> None:
    known = usual(0.3)
    recent = contacts(known, 1, {(f"t{number}", name): 6 for number in range(5) for name in NAMES[:3]})
    spent = []
    # One thread: those of BLAS spin while they wait, which counts as work.
    with threadpool_limits(1, user_api="blas"):
        for _ in range(3):
            began = time.process_time()
            clusters(known, recent, NEIGHBOURS, UNTIL, 1e-4)
            spent.append(time.process_time() - began)
    # 50 ms are wanted; this machine may be slow.
    assert min(spent) < 0.2


def test_strange_names_and_empty_days_are_no_failure() -> None:
    known = usual()
    none = made(known, np.zeros(0), np.zeros(0), np.zeros(0))
    assert clusters(known, none, NEIGHBOURS, UNTIL, 0.5) == []
    recent = contacts(known, 5)
    other = Recent(
        recent.at_ms,
        recent.topic,
        recent.district,
        recent.danger,
        recent.phrases,
        recent.contact_ids,
        tuple(f"other{number}" for number in range(60)),
        tuple(f"어디{number}" for number in range(26)),
    )
    assert clusters(known, other, NEIGHBOURS, UNTIL, 0.5) == []
    assert clusters(known, recent, {}, UNTIL, 0.5) == []


def test_zones_are_connected_and_each_comes_once() -> None:
    found = zones(("", *NAMES), NEIGHBOURS)
    sets = [frozenset(found.names(zone)) for zone in range(found.members.shape[1])]
    assert len(sets) == len(set(sets))
    assert {frozenset((name,)) for name in NAMES} <= set(sets)
    assert all("" not in members for members in sets)
    for members in sets:
        reached, border = set(), {next(iter(members))}
        while border:
            reached |= border
            border = {other for name in border for other in NEIGHBOURS[name] if other in members} - reached
        assert reached == members
    pairs = {frozenset((name, other)) for name in NAMES for other in NEIGHBOURS[name]}
    assert {members for members in sets if len(members) == 2} == pairs
    assert {frozenset((name, *NEIGHBOURS[name])) for name in NAMES} <= set(sets)
