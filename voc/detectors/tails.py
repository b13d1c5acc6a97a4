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
    found = special.betainc(np.maximum(k, 1), size, mean / (mean + size))
    if (alpha <= _NONE).any():
        found = np.where(alpha <= _NONE, special.gammainc(np.maximum(k, 1), mean), found)
    return np.where(k < 1, 1.0, np.maximum(found, SMALLEST))
