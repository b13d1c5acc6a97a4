"""The methods that the hourly evaluation compares: each gives every topic and hour a score. Pure.

A score belongs to the end of its hour and is higher the less usual the topic is; −inf: too few contacts to say.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sangdam.evaluate.ears import c2
from sangdam.evaluate.voc_hourly_world import World
from voc.baseline.usual import learn
from voc.detectors.rise import Window, judge
from voc.detectors.tails import tail
from voc.series import WEEK_H, Counts

Floats = NDArray[np.float64]

WINDOWS_H: Final = (1, 3, 6, 24)
MIN_CONTACTS: Final = 4
_DAY: Final = 24


def ears(world: World) -> Floats:
    """EARS C2 on sums of 24 h that roll by the hour: against the same hour of seven days, two days left out."""
    sums = rolled(_seen(world), _DAY)
    days = sums.shape[0] // _DAY
    by_hour = sums[: days * _DAY].reshape(days, _DAY, -1).transpose(2, 1, 0)
    score = np.full(sums.shape, -np.inf)
    found = np.nan_to_num(c2(by_hour).score, nan=-np.inf)
    score[: days * _DAY] = found.transpose(2, 1, 0).reshape(days * _DAY, -1)
    return _enough(score, sums)[world.first_null :]


def poisson(world: World) -> Floats:
    """Poisson tail of an hour's count around the mean of the same hour of the week, of all weeks before the null weeks."""
    seen = _seen(world)
    mean = _same_hour(world)[np.arange(seen.shape[0]) % WEEK_H]
    p_value = np.maximum(special.gammainc(np.maximum(seen, 1), np.maximum(mean, 1e-3)), 1e-300)
    return _enough(-np.log(p_value), seen)[world.first_null :]


def plain(world: World) -> list[Floats]:
    """Negative binomial in four windows: mean of the same hour of the week times the city's volume; nothing is shrunk."""
    seen = _seen(world)
    profile = _same_hour(world)[np.arange(seen.shape[0]) % WEEK_H]
    scores = []
    for hours in WINDOWS_H:
        sums, usual = rolled(seen, hours), np.maximum(rolled(profile, hours), 1e-3)
        volume = sums.sum(1, keepdims=True) / usual.sum(1, keepdims=True)
        mean = np.maximum(usual * volume, 1e-3)
        past = slice(_DAY, world.first_null)
        excess = ((sums - mean)[past] ** 2 - mean[past]).sum(0)
        alpha = np.maximum(excess / (mean[past] ** 2).sum(0), 1e-3)
        scores.append(_enough(-np.log(tail(sums, mean, alpha)), sums)[world.first_null :])
    return scores


def ours(
    world: World, move: Callable[[], None] = lambda: None, *, windows: tuple[int, ...] = WINDOWS_H
) -> list[Floats]:
    """`voc.detectors.rise` as a site runs it: learnt again every midnight from the weeks before, never from what comes after."""
    contacts, counts = world.counts.contacts, world.counts
    seen = contacts.astype(np.float64)
    scores = [np.full((world.rows - world.first_null, contacts.shape[1]), -np.inf) for _ in windows]
    sums = {hours: rolled(seen, hours) for hours in windows}
    for day in range(world.first_null, world.rows, _DAY):
        first = max(0, day - world.learn_weeks * WEEK_H)
        past = Counts(counts.first_hour + first, counts.topics, counts.districts, contacts[first:day])
        usual = learn(past, world.city.calendar)
        rows = np.arange(day, min(day + _DAY, world.rows))
        # The longest window reaches back a day.
        hours_of_day = counts.first_hour + np.arange(day - _DAY, rows[-1] + 1, dtype=np.int64)
        of_topics = usual.rates(usual.topic, hours_of_day)
        of_districts = usual.rates(usual.district, hours_of_day)
        for index, hours in enumerate(windows):
            topics, districts = (rolled(rates, hours)[_DAY:] for rates in (of_topics, of_districts))
            window = Window(sums[hours][rows], topics, topics[:, :, None], districts, hours)
            found = judge(usual, window)["topic"]
            scores[index][rows - world.first_null] = _enough(-np.log(found.p_value), found.seen)
        move()
    return scores


def oracle(world: World) -> list[Floats]:
    """As good as it gets in these windows: the simulator's own rates and scatter, which nobody knows."""
    seen = _seen(world)
    mean = world.city.expected(world.counts.first_hour, world.rows)
    scores = []
    for hours in WINDOWS_H:
        sums, usual = rolled(seen, hours), rolled(mean, hours)
        alpha = world.city.habits.hour_scatter * rolled(mean**2, hours) / usual**2
        scores.append(_enough(-np.log(tail(sums, usual, alpha)), sums)[world.first_null :])
    return scores


def rolled(values: Floats, hours: int) -> Floats:
    """Sums of so many hours that end with each hour; the first ones are of fewer."""
    total = np.cumsum(values, axis=0)
    total[hours:] = total[hours:] - total[:-hours]
    return total


def _seen(world: World) -> Floats:
    """(hours, topics)."""
    return np.asarray(world.counts.contacts.sum(2), dtype=np.float64)


def _same_hour(world: World) -> Floats:
    """(168, topics): plain means of the weeks to learn from."""
    seen = _seen(world)[: world.first_null]
    return np.asarray(seen.reshape(-1, WEEK_H, seen.shape[1]).mean(0), dtype=np.float64)


def _enough(score: Floats, seen: Floats) -> Floats:
    return np.where(seen >= MIN_CONTACTS, score, -np.inf)
