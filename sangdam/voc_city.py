"""A simulated city that calls: counts by hour, topic and district, and single contacts. For evaluations, benches and
the demo. Everything it makes is marked as simulated.

Rates have an hour-of-week shape of each topic, Seoul's holidays, a slow trend, levels that wander from day to day,
days on which the whole city calls more, and scatter beyond Poisson in every hour. The same seed gives the same city.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from contracts.categories import load_categories
from contracts.voc import About
from voc.baseline.calendar import KIND_OF_SLOT, Calendar
from voc.series import HOUR_MS, WEEK_H, Counts

Floats = NDArray[np.float64]

_OFFICE: Final = np.array(
    [.25, .18, .13, .11, .12, .2, .4, .8, 1.5, 2.3, 2.4, 2.1, 1.7, 2.0, 2.1, 1.9, 1.8, 1.5, 1.0, .8, .7, .6, .5, .35]
)  # fmt: skip
"""Of a day, an hotline's calls: the shape of office hours with a dent at noon."""
_EVENING: Final = np.array(
    [.9, .7, .5, .4, .35, .4, .6, .9, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.1, 1.2, 1.4, 1.6, 1.6, 1.5, 1.4, 1.3, 1.1]
)  # fmt: skip
"""Of what people meet when they are at home or under way: noise, lamps, taxis."""
_KIND_VOLUME: Final = np.array([1.0, 0.55, 0.4])
"""Workday, Saturday, Sunday."""


@dataclass(frozen=True, slots=True)
class Habits:
    """How a city behaves. Standard deviations are of logarithms."""

    hour_scatter: float = 0.08
    """Overdispersion of an hour's count, beyond all that follows."""
    day_sd: float = 0.12
    """A topic's level, from day to day; it wanders back."""
    day_memory: float = 0.6
    """Of it that is left a day later."""
    trend_sd: float = 0.01
    """A topic's slow trend, a week."""
    volume_sd: float = 0.08
    """The whole city's volume, from day to day."""
    surges_per_week: float = 0.5
    """Common surges: everything is called about more, for some hours."""
    surge_most: float = 1.8
    """Factor of the strongest of them."""


@dataclass(slots=True)
class City:
    """A city from a seed.

    Args:
        seed: of the city's nature: shares, shapes, trends.
        topics: codes.
        districts: names; the empty one holds contacts that name none.
        per_day: contacts on a day of a usual week, in the mean.
        habits: how it behaves.
        zone: its clock.
    """

    seed: int
    topics: Sequence[str]
    districts: Sequence[str]
    per_day: float
    habits: Habits = field(default_factory=Habits)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Seoul"))
    calendar: Calendar = field(init=False)
    rates: Floats = field(init=False)
    """(168, topics): contacts an hour in a usual week."""
    shares: Floats = field(init=False)
    """(topics, districts): where a topic's contacts come from; rows sum to 1."""
    _words: dict[str, tuple[str, tuple[str, ...]]] = field(init=False, repr=False)
    """Topic → label and phrases."""

    def __post_init__(self) -> None:
        self.calendar = Calendar(self.zone)
        table = {one.code: (one.label, tuple(one.keywords)) for one in load_categories()}
        self._words = {topic: table.get(topic) or (topic, (topic,)) for topic in self.topics}
        rng = np.random.default_rng([self.seed, 1])
        count = len(self.topics)
        mix = rng.beta(2, 2, count)
        hour = np.arange(WEEK_H) % 24
        shape = mix[None, :] * _OFFICE[hour, None] + (1 - mix[None, :]) * _EVENING[hour, None]
        shape = shape * np.exp(0.15 * rng.standard_normal((24, count)))[hour]
        free = _KIND_VOLUME[KIND_OF_SLOT]
        shape *= free[:, None] ** rng.uniform(0.3, 1.4, count)
        size = np.exp(1.2 * rng.standard_normal(count))
        rates = shape / shape.mean(0) * size
        self.rates = rates * (self.per_day / 24 / rates.mean(0).sum())
        shares = rng.gamma(4.0, size=len(self.districts))[None, :] * rng.gamma(
            4.0, size=(count, len(self.districts))
        )
        self.shares = shares / shares.sum(1, keepdims=True)

    def expected(self, first_hour: int, hours: int, *, seed: int | None = None) -> Floats:
        """True rates of topics in these hours, (hours, topics): everything but the scatter of single hours."""
        rng = np.random.default_rng([self.seed if seed is None else seed, 2])
        moments = first_hour + np.arange(hours, dtype=np.int64)
        days = self.calendar.day(moments)
        days = days - days[0]
        rates = self.rates[self.calendar.slot(moments)]
        levels = self._levels(rng, int(days[-1]) + 1 if hours else 1)[days]
        return np.asarray(rates * levels * self._volume(rng, hours)[:, None], dtype=np.float64)

    def counts(self, first_hour: int, hours: int, *, seed: int | None = None) -> Counts:
        """What these hours bring. Another seed gives other days of the same city."""
        chance = self.seed if seed is None else seed
        mean = self.expected(first_hour, hours, seed=chance)
        rng = np.random.default_rng([chance, 3])
        size = 1 / self.habits.hour_scatter
        mean = mean * rng.gamma(size, 1 / size, mean.shape)
        drawn = np.empty((hours, len(self.topics), len(self.districts)), dtype=np.int32)
        for start in range(0, hours, WEEK_H):
            part = mean[start : start + WEEK_H, :, None] * self.shares[None]
            drawn[start : start + WEEK_H] = rng.poisson(part)
        return Counts(first_hour, tuple(self.topics), tuple(self.districts), drawn)

    @staticmethod
    def plant(  # noqa: PLR0917 - where, when, how many: as one says it
        counts: Counts,
        topic: str,
        district: str,
        first_hour: int,
        hours: int,
        extra_per_h: float,
        *,
        seed: int = 0,
    ) -> Counts:
        """The same counts with an event: so many more contacts an hour, in the mean.

        Raises:
            ValueError: the topic, the district or the hours are not among the counts'.
        """
        rng = np.random.default_rng([seed, first_hour, hours])
        contacts = counts.contacts.copy()
        start = first_hour - counts.first_hour
        rows = contacts[start : start + hours, counts.topics.index(topic), counts.districts.index(district)]
        if start < 0 or rows.shape[0] != hours:
            raise ValueError("these hours are not among the counts")
        rows += rng.poisson(extra_per_h, hours).astype(np.int32)
        return Counts(counts.first_hour, counts.topics, counts.districts, contacts)

    def batches(self, counts: Counts, seed: int = 0, *, size: int = 10_000) -> Iterator[list[About]]:
        """The contacts behind the counts, by time, in lists of `size`: spread within their hours."""
        rng = np.random.default_rng([seed, 4])
        batch: list[About] = []
        serial = 0
        for row in range(counts.contacts.shape[0]):
            cells = counts.contacts[row]
            topic, district = np.nonzero(cells)
            many = cells[topic, district]
            topic, district = np.repeat(topic, many), np.repeat(district, many)
            at = np.sort(rng.integers(0, HOUR_MS, topic.size)) + (counts.first_hour + row) * HOUR_MS
            order = rng.permutation(topic.size)
            turn = rng.integers(0, 1 << 30, topic.size)
            for at_ms, t, d, lot in zip(
                at.tolist(), topic[order].tolist(), district[order].tolist(), turn.tolist(), strict=True
            ):
                batch.append(
                    self._about(
                        f"sim-{seed}-{counts.first_hour}-{serial}",
                        at_ms,
                        counts.topics[t],
                        counts.districts[d],
                        lot,
                    )
                )
                serial += 1
                if len(batch) == size:
                    yield batch
                    batch = []
        if batch:
            yield batch

    def contacts(self, counts: Counts, seed: int = 0) -> Iterator[About]:
        """The same one by one."""
        for batch in self.batches(counts, seed):
            yield from batch

    def _about(self, contact_id: str, at_ms: int, topic: str, district: str, lot: int) -> About:
        """Built without validation, which would take most of the time. Phrases are two of its topic's keywords."""
        label, words = self._words.get(topic, ("", ()))
        said = (words[lot % len(words)], words[lot // 64 % len(words)]) if words else ()
        return About.model_construct(
            contact_id=contact_id,
            at_ms=at_ms,
            kind="chat" if lot % 10 == 0 else "call",
            simulated=True,
            topic=topic,
            district=district,
            place="",
            danger=None,
            complaint=(),
            phrases=tuple(dict.fromkeys(said)),
            theme_id="",
            label=label,
        )

    def _levels(self, rng: np.random.Generator, days: int) -> Floats:
        """(days, topics): levels that wander and trends."""
        habits, count = self.habits, len(self.topics)
        steps = rng.standard_normal((days, count)) * habits.day_sd
        steps[1:] *= np.sqrt(1 - habits.day_memory**2)
        wander = np.empty_like(steps)
        wander[0] = steps[0]
        for day in range(1, days):
            wander[day] = habits.day_memory * wander[day - 1] + steps[day]
        slope = rng.standard_normal(count) * habits.trend_sd / 7
        return np.exp(wander + slope * (np.arange(days)[:, None] - days / 2))

    def _volume(self, rng: np.random.Generator, hours: int) -> Floats:
        """(hours,): days and hours in which the whole city calls more or less."""
        habits = self.habits
        daily = np.exp(habits.volume_sd * rng.standard_normal(hours // 24 + 2))
        volume = daily[np.arange(hours) // 24]
        for _ in range(rng.poisson(habits.surges_per_week * hours / WEEK_H)):
            start, length = int(rng.integers(0, max(hours, 1))), int(rng.integers(3, 13))
            volume[start : start + length] *= rng.uniform(1.2, habits.surge_most)
        return volume
