"""EARS C2, the simplest yardstick: a count against mean and spread of the seven before, two left out between.

Hutwagner et al. 2003, J Urban Health 80:i89 (C2 of the Early Aberration Reporting System). Pure.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import special

BASELINE: Final = 7
LAG: Final = 2

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class C2:
    """Whole series, judged at each moment. All of the counts' shape; the first ones, without baseline, are NaN."""

    mean: Array
    sd: Array
    score: Array
    """Standard deviations above the mean; infinite where all counts before were the same and this one is more."""

    def alarm(self, alpha: float) -> NDArray[np.bool_]:
        """Above the one-sided normal quantile. NaN is no alarm."""
        return np.asarray(self.score > -float(special.ndtri(alpha)), dtype=bool)


def c2(counts: NDArray[np.integer] | Array, baseline: int = BASELINE, lag: int = LAG) -> C2:
    """Judge every moment of every series.

    Args:
        counts: Time is the last axis.
        baseline: Moments that a count is held against.
        lag: Moments between them and the count.
    """
    seen = np.asarray(counts, dtype=np.float64)
    mean = np.full(seen.shape, np.nan)
    sd = np.full(seen.shape, np.nan)
    first = baseline + lag
    if seen.shape[-1] > first:
        past = np.lib.stride_tricks.sliding_window_view(seen[..., : -lag - 1], baseline, axis=-1)
        mean[..., first:] = past.mean(axis=-1)
        sd[..., first:] = past.std(axis=-1, ddof=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        score = (seen - mean) / sd
    score = np.where((sd == 0) & (seen <= mean), 0.0, score)
    return C2(mean, sd, score)
