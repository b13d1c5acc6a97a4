"""A small city for tests, and its contacts of a day as the detectors get them."""

from functools import cache
from zoneinfo import ZoneInfo

import numpy as np

from sangdam.voc_city import City
from voc.baseline.calendar import Calendar
from voc.baseline.usual import Usual, learn
from voc.counting import recent
from voc.series import HOUR_MS, Counts, Recent

SEOUL = Calendar(ZoneInfo("Asia/Seoul"))
TOPICS = tuple(f"t{index}" for index in range(12))
DISTRICTS = ("", "강남구", "마포구", "노원구", "중구", "은평구")
FIRST = 486_447
"""Monday 2025-06-30 00:00 in Seoul."""
WEEKS = 8
UNTIL = FIRST + WEEKS * 168


@cache
def city() -> City:
    return City(5, TOPICS, DISTRICTS, 4_000)


@cache
def past() -> Counts:
    """Eight weeks."""
    return city().counts(FIRST, WEEKS * 168)


@cache
def usual() -> Usual:
    return learn(past(), SEOUL)


def day(seed: int, *, factor: float = 1.0, hours: int = 36) -> Counts:
    """The hours after the past, at the rates that are usual then."""
    rng = np.random.default_rng(seed)
    moments = np.arange(UNTIL, UNTIL + hours)
    rates = usual().rates(usual().cell, moments).reshape(hours, len(TOPICS), len(DISTRICTS))
    return Counts(UNTIL, TOPICS, DISTRICTS, rng.poisson(rates * factor).astype(np.int32))


def contacts(counts: Counts, since_hour: int, until_ms: int) -> Recent:
    """Those of the last hours, by time."""
    kept = [one for one in city().contacts(counts) if since_hour * HOUR_MS <= one.at_ms < until_ms]
    return recent(kept)
