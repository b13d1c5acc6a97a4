"""Log-linear models of counts, many series at once: iteratively reweighted least squares as matrix products. Pure.

Quasi-Poisson: the variance is `dispersion · mean`. For counts that is the negative binomial whose size grows with its
mean (NB1; Cameron & Trivedi 1998, Regression Analysis of Count Data, 3.3), so its tails are used. Formulas:
McCullagh & Nelder 1989, Generalized Linear Models, 2.5 and 9.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

Array = NDArray[np.float64]

_ROUNDS: Final = 25
_CLOSE: Final = 1e-8
"""Relative change of the deviance at which a fit is done."""
_RIDGE: Final = 1e-9
"""Of the largest information: a level that saw no contacts has no finite coefficient."""
_ETA: Final = 30.0
"""Bound of the linear predictor: e³⁰ contacts are more than any site has."""


@dataclass(frozen=True, slots=True)
class Fit:
    """A model of each series. S series, n weeks, p terms."""

    coefficients: Array
    """Shape (S, p)."""
    mean: Array
    """Shape (S, n)."""
    covariance: Array
    """Of the coefficients where the dispersion is 1. Shape (S, p, p)."""
    leverage: Array
    """How far each count draws its own mean, 0 to 1. Shape (S, n)."""

    def predict(self, terms: Array) -> tuple[Array, Array]:
        """Log mean and its variance (dispersion 1) at a point. `terms` has shape (p,). Both of shape (S,)."""
        return self.coefficients @ terms, np.einsum("spq,p,q->s", self.covariance, terms, terms)


def fit(counts: Array, design: Array, weights: Array | None = None, offset: ArrayLike = 0.0) -> Fit:
    """Fit `log(mean) = offset + design · coefficients` to each series.

    Args:
        counts: Shape (S, n).
        design: The same for all. Shape (n, p), full rank.
        weights: 0 and more; None: 1. Shape (S, n).
        offset: Log exposure. Shape (n,) or (S, n).
    """
    terms = design.shape[1]
    shift = np.broadcast_to(np.asarray(offset, dtype=np.float64), counts.shape)
    pairs = (design[:, :, None] * design[:, None, :]).reshape(len(design), -1)
    given = np.ones_like(counts) if weights is None else weights
    start = np.average(counts, axis=1, weights=given)[:, None]
    eta = np.log((counts + start) / 2 + 0.1)
    # Fits end at different rounds: only those that still move are worked on.
    moving = np.arange(len(counts))
    found = np.zeros((len(counts), terms))
    last = np.full(len(counts), np.inf)
    for _ in range(_ROUNDS):
        seen, many, moved, near = counts[moving], given[moving], shift[moving], eta[moving]
        mean = np.exp(near)
        working = many * mean
        information = _information(working @ pairs, terms)
        wanted = (working * (near - moved) + many * (seen - mean)) @ design
        found[moving] = np.linalg.solve(information, wanted[..., None])[..., 0]
        eta[moving] = near = np.clip(moved + found[moving] @ design.T, -_ETA, _ETA)
        deviance = 2 * (many * (np.exp(near) - seen * near)).sum(axis=1)
        # `deviance` lacks a constant: its change is held to the number of counts.
        done = np.abs(last[moving] - deviance) <= _CLOSE * (np.abs(deviance) + 1)
        last[moving] = deviance
        moving = moving[~done]
        if not len(moving):
            break
    mean = np.exp(eta)
    covariance = np.linalg.inv(_information((given * mean) @ pairs, terms))
    leverage = given * mean * (covariance.reshape(len(counts), -1) @ pairs.T)
    return Fit(found, mean, np.asarray(covariance, dtype=np.float64), np.clip(leverage, 0.0, 0.999))


def _information(flat: Array, terms: int) -> Array:
    information = flat.reshape(-1, terms, terms)
    ridge = _RIDGE * np.maximum(np.abs(flat).max(axis=1), 1e-6)
    return np.asarray(information + ridge[:, None, None] * np.eye(terms))


def dispersion(counts: Array, found: Fit, weights: Array | None = None) -> Array:
    """Pearson's, at least 1; a count of weight 0 is none. Shape (S,)."""
    given = np.ones_like(counts) if weights is None else weights
    squares = (given * (counts - found.mean) ** 2 / np.maximum(found.mean, 1e-9)).sum(axis=1)
    free = np.maximum(np.count_nonzero(given, axis=1) - found.coefficients.shape[1], 1)
    return np.asarray(np.maximum(squares / free, 1.0))


def anscombe(counts: Array, found: Fit, spread: Array) -> Array:
    """Standardised Anscombe residuals of Poisson counts, about normal. Shape (S, n).

    Farrington et al. 1996 (J R Stat Soc A 159:547), section 3.5.

    Args:
        counts: Shape (S, n).
        found: Their fit.
        spread: Dispersion of each series. Shape (S,).
    """
    mean = np.maximum(found.mean, 1e-9)
    raw = 1.5 * (np.cbrt(counts) ** 2 - np.cbrt(mean) ** 2) / mean ** (1 / 6)
    return np.asarray(raw / np.sqrt(spread[:, None] * (1 - found.leverage)))


def tail_nb1(seen: ArrayLike, mean: ArrayLike, spread: ArrayLike) -> Array:
    """P(X ≥ seen) of a negative binomial with variance `spread · mean`; `spread` 1 is Poisson."""
    k = np.maximum(np.asarray(seen, dtype=np.float64), 0)
    mu = np.maximum(np.asarray(mean, dtype=np.float64), 1e-12)
    over = np.asarray(spread, dtype=np.float64) - 1
    poisson = special.gammainc(np.maximum(k, 1), mu)
    size = mu / np.maximum(over, 1e-6)
    wide = special.betainc(np.maximum(k, 1), size, mu / (mu + size))
    return np.where(k < 1, 1.0, np.where(over <= 1e-6, poisson, wide))
