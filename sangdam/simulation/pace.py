"""When somebody calls, and how long a line takes. Pure: chance and time are handed in."""

import random
from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sangdam.voc_city import City
from voc.series import HOUR_MS

OUTAGE_S: Final = (4, 12, 22, 34, 48, 64, 84, 108, 136, 170, 210, 255, 310)
"""After it began: more than ten within the first minutes."""
TAIL_S: Final = (390, 490, 620, 780, 980, 1_230, 1_560)
"""And ever fewer, as water comes back."""

_LINE_S: Final = 1.2
_LETTER_S: Final = 0.11
"""Nine syllables a second with the breath between them: a brisk talker."""
_LOOK_AGAIN_S: Final = 30.0


def line_s(text: str) -> float:
    """How long somebody says it, and the other one waits."""
    return _LINE_S + _LETTER_S * len(text)


def next_call_s(city: City, now_ms: int, chance: random.Random) -> tuple[float, bool]:
    """How long nobody calls, and whether somebody calls then; False: ask again, the hour may have changed.

    Calls come at random at the rate of the hour. That one was long in coming says nothing of the next one, so a wait
    may be cut into pieces.
    """
    rate_per_s = float(_rates(city, now_ms).sum()) / 3_600
    wait_s = chance.expovariate(rate_per_s) if rate_per_s > 0 else _LOOK_AGAIN_S
    return (wait_s, True) if wait_s < _LOOK_AGAIN_S else (_LOOK_AGAIN_S, False)


def matter(city: City, now_ms: int, chance: random.Random) -> tuple[str, str]:
    """Topic and district of somebody who calls now, as the hour and the city have it."""
    weights = _rates(city, now_ms)
    topic = chance.choices(range(len(city.topics)), weights.tolist())[0]
    district = chance.choices(city.districts, city.shares[topic].tolist())[0]
    return city.topics[topic], district


def outage_calls() -> Iterator[float]:
    """Seconds after it began at which its calls come."""
    yield from OUTAGE_S
    yield from TAIL_S


def _rates(city: City, now_ms: int) -> NDArray[np.float64]:
    """Of each topic, contacts an hour."""
    slot = city.calendar.slot(np.array([now_ms // HOUR_MS]))
    rates: NDArray[np.float64] = city.rates[slot[0]]
    return rates
