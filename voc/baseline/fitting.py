"""Fitting the usual: the city first, its topics and districts by the city's shape, their cells by both. Pure.

What every step has in common is `_fit`: profiles shrunk to a base (`voc/baseline/shrinkage.py`), outliers put back to what
was expected, levels by day (`voc/baseline/levels.py`), and at last how much counts scatter in windows of some hours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from voc.baseline.calendar import Calendar
from voc.baseline.levels import GUARD_DAYS, foretell
from voc.baseline.shrinkage import profile, spread
from voc.baseline.volume import others_volume
from voc.series import HOUR_MS, WEEK_H, Counts

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DISPERSION_WINDOWS_H: Final = (1, 3, 6, 24)
"""Overdispersion is estimated in windows of these lengths; between them it is interpolated."""
_ROUNDS: Final = 2
_RATIO_ROUNDS: Final = 4
_OUTLIER_SD: Final = 4.0
_OUTLIER_MORE: Final = 3.0
"""Contacts more than that: where next to nothing is usual, two are no outlier."""
_FIRST_DISPERSION: Final = 0.1
_WINDOWS: Final = 1500
"""Of a length, that overdispersion is estimated from: enough, and quick."""
_LEAST_DISPERSION: Final = 0.002
_MOST_DISPERSION: Final = 4.0
_LEAST_RATE: Final = 1e-6
_DEAD_CHANCE: Final = 1e-4
_FIRST_NOISE: Final = 2.0
_MOST_NOISE: Final = 30.0
_NOISE_BELIEF: Final = 10.0
"""Contacts that speak for the common noise."""
_MOST_LEFT_OUT: Final = 0.25
"""Of the hours."""
_RECENT_DAYS: Final = 56
"""A level is as well known as the contacts of so many days tell."""
_COLD_WEEKS: Final = 2.0
"""Doubt about everything in the first weeks: a standard deviation of 1 / (2 · weeks)."""


@dataclass(frozen=True, slots=True)
class Group:
    """So many series of one kind."""

    profile: Floats
    """(168, series): contacts an hour."""
    level: Floats
    """(days, series), over the profile; the last row is for all days after."""
    scatter: Floats
    """(len(DISPERSION_WINDOWS_H), series)."""
    doubt: Floats
    """(series,): relative variance of the whole level: how well it is known."""
    doubt_hour: Floats
    """(series,): the same of one hour's share, which averages out over longer windows."""

    def rates(self, slots: Ints, days: Ints) -> Floats:
        """Contacts an hour, (hours, series); days count from the first one learnt from."""
        return self.profile[slots] * self.level[np.clip(days, 0, self.level.shape[0] - 1)]

    def dispersion(self, hours: float) -> Floats:
        """Overdispersion in windows of so many hours, doubt included, (series,)."""
        known = np.log(np.array(DISPERSION_WINDOWS_H, dtype=np.float64))
        at = float(np.clip(np.log(max(hours, 1e-3)), known[0], known[-1]))
        above = min(int(np.searchsorted(known, at, side="right")), len(known) - 1)
        part = (at - known[above - 1]) / (known[above] - known[above - 1])
        scatter = (1 - part) * self.scatter[above - 1] + part * self.scatter[above]
        return np.asarray(scatter + self.doubt + self.doubt_hour / max(hours, 1.0), dtype=np.float64)

    def now(self) -> Floats:
        """The week at the last known level, (168, series)."""
        return np.asarray(self.profile * self.level[-1], dtype=np.float64)

    def share(self) -> Floats:
        """Of the contacts of all series, (series,)."""
        rate = self.profile.mean(0)
        return np.asarray(rate / rate.sum(), dtype=np.float64)

    def series(self, index: int) -> "Group":
        """One of them."""
        one = slice(index, index + 1)
        return Group(
            self.profile[:, one],
            self.level[:, one],
            self.scatter[:, one],
            self.doubt[one],
            self.doubt_hour[one],
        )

    def scaled(self, share: float, doubt: float) -> "Group":
        """As many contacts as this share, known so badly."""
        return Group(
            self.profile * share, self.level, self.scatter, np.full_like(self.doubt, doubt), self.doubt_hour
        )

    def joined(self, others: Sequence["Group"]) -> "Group":
        return Group.of([self, *others])

    @staticmethod
    def of(parts: Sequence["Group"]) -> "Group":
        return Group(
            np.concatenate([part.profile for part in parts], axis=1),
            np.concatenate([part.level for part in parts], axis=1),
            np.concatenate([part.scatter for part in parts], axis=1),
            np.concatenate([part.doubt for part in parts]),
            np.concatenate([part.doubt_hour for part in parts]),
        )


@dataclass(frozen=True, slots=True)
class Fitted:
    weeks: float
    city: Group
    topic: Group
    district: Group
    cell: Group


@dataclass(frozen=True, slots=True)
class _Time:
    """Where each hour stands."""

    slots: Ints
    days: Ints
    """From 0."""
    alive: NDArray[np.float32]
    """(hours, 1): 1, or 0 where nothing is to be learnt."""
    by_slot: NDArray[np.float32]
    """(168, hours): sums hours into slots."""
    weeks: float

    @staticmethod
    def of(slots: Ints, days: Ints, alive: NDArray[np.bool_]) -> "_Time":
        by_slot = (slots[None, :] == np.arange(WEEK_H)[:, None]).astype(np.float32)
        return _Time(slots, days, alive[:, None].astype(np.float32), by_slot, float(alive.sum()) / WEEK_H)

    def by_day(self, values: NDArray[np.float32]) -> Floats:
        """(hours, series) → (days, series)."""
        starts = np.flatnonzero(np.diff(self.days, prepend=-1))
        return np.add.reduceat(values, starts, axis=0).astype(np.float64)


@dataclass(frozen=True, slots=True)
class _Fit:
    profile: Floats
    level: Floats
    doubt: Floats
    doubt_hour: Floats
    seen: NDArray[np.float32]
    """(hours, series), 0 where nothing is to be learnt."""
    shown: NDArray[np.float32]
    """The same without what was an outlier."""


def fit(counts: Counts, calendar: Calendar, exclude: Sequence[tuple[int, int]]) -> Fitted:
    """See `voc.baseline.usual.learn`."""
    cells = counts.contacts.astype(np.float32)
    hours, topics, districts = cells.shape
    if hours == 0:
        cells, hours = np.zeros((1, topics, districts), dtype=np.float32), 1
    topic, district = cells.sum(2), cells.sum(1)
    total = topic.sum(1, keepdims=True)
    time, city = _city(total, counts.first_hour + np.arange(hours, dtype=np.int64), calendar, exclude)
    volume = ((total + 1) / (city.profile[time.slots] + 1)).astype(np.float32) * time.alive
    by_topic = _fit(topic, volume, city.profile * _shares(topic), time)
    by_district = _fit(district, volume, city.profile * _shares(district), time)
    topic_level = by_topic.level * city.level
    of_topics = _group(by_topic, topic_level, time, 1)
    of_districts = _group(by_district, by_district.level * city.level, time, 1)
    of_city = _group(city, city.level, time, None)
    if districts == 1:  # cells are the topics
        return Fitted(time.weeks, of_city, of_topics, of_districts, of_topics)
    shape = by_district.profile / by_district.profile.sum(1, keepdims=True)
    base = (by_topic.profile[:, :, None] * shape[:, None, :]).reshape(WEEK_H, topics * districts)
    share = volume * by_topic.level[time.days].astype(np.float32)
    by_cell = _fit(cells.reshape(hours, -1), np.repeat(share, districts, axis=1), base, time)
    cell_level = by_cell.level * np.repeat(topic_level, districts, axis=1)
    return Fitted(time.weeks, of_city, of_topics, of_districts, _group(by_cell, cell_level, time, districts))


def _shares(seen: NDArray[np.float32]) -> Floats:
    """Of all contacts, each series; a series without any has a little."""
    sums = seen.sum(0, dtype=np.float64) + 0.5
    return np.asarray(sums / sums.sum(), dtype=np.float64)


def _city(
    total: NDArray[np.float32], moments: Ints, calendar: Calendar, exclude: Sequence[tuple[int, int]]
) -> tuple[_Time, _Fit]:
    """The city's own week, and which hours are none of it: dead, left out, before the first contact."""
    slots, days = calendar.slot(moments), calendar.day(moments)
    alive = ~_left_out(moments, exclude)
    some = np.flatnonzero(total[:, 0])
    if some.size:
        alive[: some[0]] = False
        alive[some[-1] + 1 :] = False
    days = days - days[0]
    for _ in range(_ROUNDS):
        time = _Time.of(slots, days, alive)
        mean = max(float(total[alive].sum()) / max(int(alive.sum()), 1), _LEAST_RATE)
        city = _fit(total, time.alive, np.full((WEEK_H, 1), mean), time, is_part=False)
        alive = alive & ~_dead(total[:, 0], city.profile[slots, 0])
    return _Time.of(slots, days, alive), city


def _left_out(moments: Ints, exclude: Sequence[tuple[int, int]]) -> NDArray[np.bool_]:
    """Hours that touch one of the spans. Were too much left out, nothing is: outliers are found anyway."""
    out = np.zeros(len(moments), dtype=bool)
    for since_ms, until_ms in exclude:
        out |= (moments * HOUR_MS < until_ms) & ((moments + 1) * HOUR_MS > since_ms)
    return out if out.mean() <= _MOST_LEFT_OUT else np.zeros_like(out)


def _dead(total: NDArray[np.float32], usual: Floats) -> NDArray[np.bool_]:
    """Hours that a third of the usual volume would not explain, and the silent ones beside them."""
    dead = special.pdtr(total, usual / 3) < _DEAD_CHANCE
    silent = total == 0
    run = np.cumsum(np.diff(silent.astype(np.int8), prepend=0) != 0)
    return np.asarray(dead | (silent & np.isin(run, run[dead & silent])), dtype=np.bool_)


def _fit(
    seen: NDArray[np.float32],
    exposure: NDArray[np.float32],
    base: Floats,
    time: _Time,
    *,
    is_part: bool = True,
) -> _Fit:
    """Profiles, levels and outliers of some series, in turns.

    Args:
        seen: (hours, series).
        exposure: (hours, series) or (hours, 1), volume against the usual; 0 leaves the hour out.
        base: (168, series), rates an hour that the series borrow.
        time: where each hour stands.
        is_part: the base has the city's shape, so that events stand out from it at once.
    """
    series = seen.shape[1]
    seen = seen * time.alive
    base = np.maximum(base, _LEAST_RATE)
    noise = np.full(series, _FIRST_NOISE)
    shown, day_seen = seen, time.by_day(seen)
    if is_part:
        first = base.astype(np.float32)[time.slots] * exposure
        day_first = time.by_day(first)
        ratio = _ratio(day_seen, day_first, noise)
        first *= ratio.astype(np.float32)
        shown = _without_outliers(
            seen, first, noise, time.days, day_seen > _unlikely(day_first * ratio, noise)
        )
    level = np.ones((int(time.days[-1]) + 1 + GUARD_DAYS, series))
    for _ in range(_ROUNDS):
        of_hour = level.astype(np.float32)[time.days]
        weight = exposure * of_hour
        found = profile(
            (time.by_slot @ shown).astype(np.float64), (time.by_slot @ weight).astype(np.float64), base, noise
        )
        plain = found.rates.astype(np.float32)[time.slots] * exposure
        day_plain = time.by_day(plain)
        day_expected = day_plain * level[: len(day_plain)]
        is_bad = day_seen > _unlikely(day_expected, noise)
        shown = _without_outliers(seen, plain * of_hour, noise, time.days, is_bad)
        day_shown = time.by_day(shown)
        noise = _noise(day_shown, day_expected)
        level = foretell(day_shown, day_plain, noise)
    recent = (day_plain * level[: len(day_plain)])[-_RECENT_DAYS:].sum(0)
    cold = 1 / (_COLD_WEEKS * time.weeks + 0.25) ** 2
    doubt = np.minimum(noise / (recent + noise) + cold, _MOST_DISPERSION)
    return _Fit(found.rates, level, doubt, found.doubt, seen, shown)


def _without_outliers(
    seen: NDArray[np.float32],
    expected: NDArray[np.float32],
    noise: Floats,
    days: Ints,
    is_bad: NDArray[np.bool_],
) -> NDArray[np.float32]:
    """Hours far above what was expected, and bad days, are put back to it: so they are left out of what is learnt."""
    excess = seen - (expected + np.float32(_OUTLIER_MORE))
    steady = np.maximum(noise.astype(np.float32), 1 + np.float32(_FIRST_DISPERSION) * expected)
    is_out = (excess > 0) & (excess * excess > np.float32(_OUTLIER_SD**2) * expected * steady)
    return np.where(is_out | is_bad[days], expected, seen)


def _ratio(seen: Floats, expected: Floats, noise: Floats) -> Floats:
    """Seen over expected of each series, days far above the others left out. Both are (days, series)."""
    kept = np.ones_like(expected)
    for _ in range(_RATIO_ROUNDS):
        ratio = ((seen * kept).sum(0) + 1) / ((expected * kept).sum(0) + 1)
        mean = ratio * expected
        kept = (seen <= _unlikely(mean, noise)).astype(np.float64)
    return np.asarray(ratio, dtype=np.float64)


def _unlikely(day: Floats, noise: Floats) -> Floats:
    """Contacts that no usual day brings where so many are expected."""
    steady = np.maximum(2 * noise, 1 + _FIRST_DISPERSION / 2 * day)
    return np.asarray(day + _OUTLIER_SD * np.sqrt(day * steady) + 2 * _OUTLIER_MORE, dtype=np.float64)


def _noise(seen: Floats, expected: Floats) -> Floats:
    """Variance over mean of a day's count, shrunk to what all series show."""
    square = ((seen - expected) ** 2).sum(0)
    mean = expected.sum(0)
    common = float(square.sum() / max(float(mean.sum()), _LEAST_RATE))
    found = (square + _NOISE_BELIEF * common) / (mean + _NOISE_BELIEF)
    return np.asarray(np.clip(found, 1.0, _MOST_NOISE), dtype=np.float64)


def _group(fitted: _Fit, level: Floats, time: _Time, districts: int | None) -> Group:
    """Add how much counts scatter in windows.

    Args:
        fitted: profiles and levels.
        level: whole levels, those of the parents included.
        time: where each hour stands.
        districts: series of one topic, which share the volume that the other topics tell; None: no volume.
    """
    rates = fitted.profile.astype(np.float32)[time.slots] * level[time.days].astype(np.float32) * time.alive
    seen, shown, usual = (_cumulated(values) for values in (fitted.seen, fitted.shown, rates))
    rows = [_scatter(seen, shown, usual, hours, districts) for hours in DISPERSION_WINDOWS_H]
    return Group(fitted.profile, level, np.array(rows), fitted.doubt, fitted.doubt_hour)


def _scatter(seen: Floats, shown: Floats, rates: Floats, hours: int, districts: int | None) -> Floats:
    """Overdispersion of counts in windows of so many hours around what the volume says, (series,).

    The arrays are cumulated over hours.
    """
    count = seen.shape[0] - hours
    if count < 2:
        return np.full(seen.shape[1], _FIRST_DISPERSION)
    starts = np.arange(0, count, max(1, count // _WINDOWS))
    raw, kept, mean = (values[starts + hours] - values[starts] for values in (seen, shown, rates))
    doubt: Floats = np.zeros(mean.shape[1])
    if districts is not None:
        by_topic = (starts.size, -1, districts)
        factor, left = others_volume(
            raw.reshape(by_topic).sum(2), mean.reshape(by_topic).sum(2), np.array(_FIRST_DISPERSION)
        )
        mean = mean * np.repeat(factor, districts, axis=1)
        square = mean**2
        doubt = (np.repeat(left, districts, axis=1) * square).sum(0) / np.maximum(square.sum(0), 1e-12)
    found = spread(kept, mean, np.ones(mean.shape[1]))
    return np.asarray(np.clip(found - doubt, _LEAST_DISPERSION, _MOST_DISPERSION), dtype=np.float64)


def _cumulated(values: NDArray[np.float32]) -> Floats:
    """(hours, series) → (hours + 1, series): sums of all hours before."""
    total = np.zeros((values.shape[0] + 1, values.shape[1]))
    np.cumsum(values, axis=0, out=total[1:])
    return total
