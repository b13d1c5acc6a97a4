"""The level of a series, day by day: slow trends and days like these, foretold from the days before. Pure."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

GUARD_DAYS: Final = 1
"""A day's level is told by days up to yesterday: a rise of today does not make itself usual."""
_HALF_LIVES_DAYS: Final = (2.0, 4.0, 8.0, 16.0, 32.0)
_DAYS_BEFORE: Final = (0.3, 1.0, 3.0, 10.0, 30.0)
"""How many usual days of a series speak for "as ever"."""
_CONTACTS_BEFORE: Final = (1.0, 10.0, 100.0)
"""And how many contacts."""
_MIN_DAYS: Final = 14
"""Before, there is no telling how fast levels move."""


def foretell(seen: Floats, expected: Floats, noise: Floats) -> Floats:
    """Levels of each day from the days before it, by exponential forgetting and shrinkage towards 1.

    How fast to forget and how much to shrink is what would have foretold these very days best (squared error over
    the variance expected), all series together.

    Args:
        seen: (days, series), contacts of a day, of hours that count.
        expected: the same by the profile and the city's volume.
        noise: (series,), variance over mean.

    Returns:
        What each day's rate is over the profile's: (days + `GUARD_DAYS`, series), the last rows of the days after the
        last one; all 1 where levels were found to stand still.
    """
    # Takes most of a second to import: not when a command starts.
    from scipy.signal import lfilter  # noqa: PLC0415

    days, series = seen.shape
    still = np.ones((days + GUARD_DAYS, series))
    if days < _MIN_DAYS or series == 0:
        return still
    weight = 1 / (noise * np.maximum(expected, 1e-9))
    weight[expected <= 0] = 0
    # A day that was unlike all others must not choose the rule.
    shown = np.minimum(seen, expected + 4 * np.sqrt(noise * expected) + 2)
    usual_day = expected.mean(0)
    best, chosen = float((weight * (shown - expected) ** 2).sum()), still
    for half_life in _HALF_LIVES_DAYS:
        keep = 0.5 ** (1 / half_life)
        sums = [lfilter([1.0], [1.0, -keep], values, axis=0) for values in (shown, expected)]
        for strength in [usual_day * many for many in _DAYS_BEFORE] + [
            noise * many for many in _CONTACTS_BEFORE
        ]:
            ratio = still.copy()
            ratio[GUARD_DAYS:] = (sums[0] + strength) / (sums[1] + strength)
            loss = float((weight * (shown - expected * ratio[:days]) ** 2).sum())
            if loss < best:
                best, chosen = loss, ratio
    return chosen
