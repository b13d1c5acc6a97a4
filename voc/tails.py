"""How unlikely a count is: tails of the negative binomial, whole arrays at once. Pure."""

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

SMALLEST: Final = 1e-300
"""No p-value is told smaller: logarithms of it are taken."""
_NONE: Final = 1e-7
"""Overdispersion below which it is a Poisson count."""


def tail(seen: ArrayLike, expected: ArrayLike, dispersion: ArrayLike) -> NDArray[np.float64]:
    """P(X ≥ seen) for a negative binomial of this mean and variance `mean + dispersion · mean²` (NB2).

    Strictly falls with `seen` while it is above `SMALLEST`, so more contacts are never a weaker signal.

    Args:
        seen: counts, 0 or more; broadcast against the others.
        expected: means, above 0.
        dispersion: 0 or more; 0 is Poisson.
    """
    k, mean, alpha = np.broadcast_arrays(
        np.asarray(seen, dtype=np.float64),
        np.maximum(np.asarray(expected, dtype=np.float64), 1e-9),
        np.asarray(dispersion, dtype=np.float64),
    )
    size = 1 / np.maximum(alpha, _NONE)
    # The regularised incomplete beta is the negative binomial's tail (Abramowitz & Stegun 26.5.26).
    odd = special.betainc(np.maximum(k, 1), size, mean / (mean + size))
    even = special.gammainc(np.maximum(k, 1), mean)
    found = np.where(alpha <= _NONE, even, odd)
    return np.where(k < 1, 1.0, np.maximum(found, SMALLEST))


def upper(expected: ArrayLike, dispersion: ArrayLike, p: float) -> NDArray[np.float64]:
    """The smallest count that is exceeded with a chance of `p` at most, about: by Wilson and Hilferty's cube root.

    Off by less than a contact where `p` ≥ .001; for drawing and for capping, not for alarms.
    """
    mean = np.maximum(np.asarray(expected, dtype=np.float64), 1e-9)
    alpha = np.asarray(dispersion, dtype=np.float64)
    z = -float(special.ndtri(p))
    # A gamma of the same mean and variance, shifted by the half that makes it a count.
    shape = mean / (1 + alpha * mean)
    root = 1 - 1 / (9 * shape) + z / (3 * np.sqrt(shape))
    return np.asarray(np.ceil(mean * np.maximum(root, 0) ** 3 + 0.5), dtype=np.float64)
