"""What the hourly evaluation is run on: weeks of a simulated city, and outbreaks planted in the last of them. Pure."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from sangdam.voc_city import City, Habits
from voc.series import WEEK_H, Counts

Floats = NDArray[np.float64]
Shape = Literal["step", "ramp", "decay"]

FIRST_HOUR: Final = 486_447
"""A Monday 00:00 in Seoul; the weeks have public holidays among them."""
SHAPES: Final[tuple[Shape, ...]] = ("step", "ramp", "decay")
DURATIONS_H: Final = (2, 3, 6, 12)
SIZES: Final = (2.0, 4.0, 8.0)
"""Extra contacts an hour, in standard deviations of an hour of that topic at that time."""
LEAST_PER_H: Final = 1.0
"""Extra contacts an hour: of less, nobody would say that something happens."""
DEAD_HOURS: Final = 3
"""Spans in which nothing was counted, in the weeks before the test."""
HABITS: Final = Habits(hour_scatter=0.05, day_sd=0.08, surges_per_week=0.5, surge_most=1.6)


@dataclass(frozen=True, slots=True)
class Outbreak:
    """Planted in one topic."""

    topic: int
    start: int
    """Row of its first hour."""
    hours: int
    size: float
    shape: Shape
    extra: float
    """Contacts, in the mean."""


@dataclass(frozen=True, slots=True)
class World:
    """Weeks to learn from, weeks without any outbreak to set thresholds by, weeks with outbreaks."""

    counts: Counts
    city: City
    learn_weeks: int
    null_weeks: int
    test_weeks: int
    outbreaks: tuple[Outbreak, ...]

    @property
    def first_null(self) -> int:
        """Row."""
        return self.learn_weeks * WEEK_H

    @property
    def first_test(self) -> int:
        return (self.learn_weeks + self.null_weeks) * WEEK_H

    @property
    def rows(self) -> int:
        return int(self.counts.contacts.shape[0])

    def quiet(self) -> NDArray[np.bool_]:
        """(test hours, topics): no outbreak there, nor within a day after it."""
        found = np.ones((self.rows - self.first_test, self.counts.contacts.shape[1]), dtype=bool)
        for one in self.outbreaks:
            start = one.start - self.first_test
            found[start : start + one.hours + 24, one.topic] = False
        return found


def world(
    seed: int,
    *,
    topics: int,
    per_day: float,
    learn_weeks: int,
    null_weeks: int,
    test_weeks: int,
    habits: Habits = HABITS,
) -> World:
    """A city of this seed. Each topic has one outbreak at most, so that every one is met by a clean past."""
    city = City(seed, [f"t{index:03d}" for index in range(topics)], [""], per_day, habits)
    hours = (learn_weeks + null_weeks + test_weeks) * WEEK_H
    counts = city.counts(FIRST_HOUR, hours)
    rng = np.random.default_rng([seed, 9])
    first_test = (learn_weeks + null_weeks) * WEEK_H
    contacts = counts.contacts.copy()
    for _ in range(DEAD_HOURS):
        start = int(rng.integers(0, learn_weeks * WEEK_H - 12))
        contacts[start : start + int(rng.integers(1, 7))] = 0
    mean = city.expected(FIRST_HOUR, hours)
    outbreaks = tuple(_outbreak(topic, mean, first_test, habits.hour_scatter, rng) for topic in range(topics))
    for one in outbreaks:
        weight = _weights(one.shape, one.hours)
        contacts[one.start : one.start + one.hours, one.topic, 0] += rng.poisson(one.extra * weight).astype(
            np.int32
        )
    counts = Counts(counts.first_hour, counts.topics, counts.districts, contacts)
    return World(counts, city, learn_weeks, null_weeks, test_weeks, outbreaks)


def _outbreak(
    topic: int, mean: Floats, first_test: int, scatter: float, rng: np.random.Generator
) -> Outbreak:
    """Begins by day or evening more often than by night: when the topic is called about."""
    hours = int(rng.choice(DURATIONS_H))
    last = mean.shape[0] - hours - 24
    chance = mean[first_test + 24 : last, topic]
    start = first_test + 24 + int(rng.choice(chance.size, p=chance / chance.sum()))
    size = float(rng.choice(SIZES))
    usual = mean[start : start + hours, topic].mean()
    sd = float(np.sqrt(usual + scatter * usual**2))
    return Outbreak(
        topic, start, hours, size, SHAPES[int(rng.integers(3))], max(size * sd, LEAST_PER_H) * hours
    )


def _weights(shape: Shape, hours: int) -> Floats:
    """How the extra contacts spread over its hours; sums to 1."""
    at = (np.arange(hours) + 0.5) / hours
    weight = {"step": np.ones(hours), "ramp": np.minimum(at / 0.5, 1.0), "decay": np.exp(-2.5 * at)}[shape]
    return np.asarray(weight / weight.sum(), dtype=np.float64)
