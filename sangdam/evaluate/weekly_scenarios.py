"""28 situations of weekly counts, with outbreaks planted: the design of Noufaily et al. 2013 (Stat Med 32:1206).

Seven kinds of series, each with and without trend, with and without a season. The parameters are those of the
paper's table; those with two seasons a year are left out, as in the comparison of Telkamp (DTU 2023), whose printed
table of the 28 was held against this one. Pure: the seed says all.
"""

from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

WEEKS: Final = 624
BASELINE: Final = range(312, 575)
"""Weeks 313 to 575, from 0: in them past outbreaks begin."""
CURRENT: Final = range(575, 624)
"""Weeks 576 to 624: they are judged, and one outbreak begins in them."""
PAST_OUTBREAKS: Final = 4
PAST_SIZES: Final = (2, 3, 5, 10)
"""Standard deviations of the week in which the outbreak begins."""
CURRENT_SIZES: Final = tuple(range(1, 11))
SPREAD_SD: Final = 0.5
"""Of the log-normal by which contacts of an outbreak come later: half in its first week, 42 % in the next."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """`log mean(t) = theta + beta t + gamma1 cos(2πt/52) + gamma2 sin(2πt/52)`, variance `phi · mean`."""

    theta: float
    beta: float
    gamma1: float
    gamma2: float
    phi: float

    def mean(self) -> NDArray[np.float64]:
        """Of weeks 1 to 624."""
        week = np.arange(1, WEEKS + 1)
        angle = 2 * np.pi * week / 52
        return np.asarray(
            np.exp(self.theta + self.beta * week + self.gamma1 * np.cos(angle) + self.gamma2 * np.sin(angle))
        )


_KINDS: Final = (
    Scenario(0.1, 0.0025, 0.6, 0.6, 1.5),
    Scenario(-2.0, 0.005, 0.1, 0.3, 2.0),
    Scenario(1.5, 0.003, 0.2, -0.4, 1.0),
    Scenario(0.5, 0.002, 0.5, 0.5, 5.0),
    Scenario(2.5, 0.001, 1.0, 0.1, 3.0),
    Scenario(3.75, 0.001, 0.1, -0.1, 1.1),
    Scenario(5.0, 0.0001, 0.05, 0.01, 1.2),
)

SCENARIOS: Final = tuple(
    Scenario(kind.theta, kind.beta * trend, kind.gamma1 * season, kind.gamma2 * season, kind.phi)
    for kind, trend, season in product(_KINDS, (0, 1), (0, 1))
)


@dataclass(frozen=True, slots=True)
class Simulated:
    """Series of one or more scenarios. S series, 624 weeks."""

    scenario: NDArray[np.int64]
    """Shape (S,)."""
    calm: NDArray[np.float64]
    """Without any outbreak. Shape (S, 624)."""
    outbreak: NDArray[np.float64]
    """With all outbreaks. Shape (S, 624)."""
    size: NDArray[np.int64]
    """Of the current outbreak, in standard deviations. Shape (S,)."""
    begins: NDArray[np.int64]
    """First week with contacts of the current outbreak; −1: it came out with none. Shape (S,)."""
    during: NDArray[np.bool_]
    """From the first week of the current outbreak to its last. Shape (S, 624)."""


def simulate(replicates: int, seed: int) -> Simulated:
    """So many series of each scenario."""
    rng = np.random.default_rng(seed)
    scenario = np.repeat(np.arange(len(SCENARIOS)), replicates)
    mean = np.stack([one.mean() for one in SCENARIOS])[scenario]
    phi = np.array([one.phi for one in SCENARIOS])[scenario][:, None]
    calm = _counts(rng, mean, phi)
    sd = np.sqrt(phi * mean)
    planted = calm.copy()
    for row in range(len(scenario)):
        for begin in rng.choice(BASELINE, PAST_OUTBREAKS, replace=False):
            planted[row] += _outbreak(
                rng, int(begin), int(rng.choice(PAST_SIZES)) * sd[row, begin], BASELINE.stop
            )
    size = rng.choice(CURRENT_SIZES, len(scenario))
    begin = rng.choice(CURRENT, len(scenario))
    current = np.stack(
        [
            _outbreak(rng, int(at), k * sd[row, at], WEEKS)
            for row, (at, k) in enumerate(zip(begin, size, strict=True))
        ]
    )
    return Simulated(
        scenario=scenario,
        calm=calm,
        outbreak=planted + current,
        size=size,
        begins=np.where(current.any(axis=1), (current > 0).argmax(axis=1), -1),
        during=_span(current > 0),
    )


def _counts(
    rng: np.random.Generator, mean: NDArray[np.float64], phi: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Negative binomial counts of variance `phi · mean`."""
    over = np.maximum(phi - 1, 1e-9)
    rate = np.where(phi > 1, rng.gamma(mean / over) * over, mean)
    return rng.poisson(rate).astype(np.float64)


def _outbreak(rng: np.random.Generator, begin: int, expected: float, until: int) -> NDArray[np.float64]:
    """Contacts of an outbreak by week. Those that would come after `until` are not seen."""
    late = np.floor(rng.lognormal(0.0, SPREAD_SD, rng.poisson(expected))).astype(np.int64)
    return np.bincount(begin + late[begin + late < until], minlength=WEEKS).astype(np.float64)


def _span(some: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """From each row's first true to its last."""
    return np.asarray(
        np.logical_or.accumulate(some, axis=1) & np.logical_or.accumulate(some[:, ::-1], axis=1)[:, ::-1]
    )
