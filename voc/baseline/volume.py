"""How busy the city is altogether: a storm of calls about everything is no rise of anything. Pure."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_BELIEF: Final = 4.0
"""Contacts that speak for "as ever". Few: the volume of a city moves more than that of a topic."""
_AT_MOST_SD: Final = 3.0
"""A topic speaks for the volume up to so many standard deviations from what its share would be."""
_ROUNDS: Final = 2


def others_volume(seen: Floats, expected: Floats, dispersion: Floats) -> tuple[Floats, Floats]:
    """Volume against the usual in a window, as all series but one tell it, for each of them.

    Robust: what one series has beyond `_AT_MOST_SD` is not counted as volume, so that an event which shows in one
    topic lifts the expectation of no other (a winsorised ratio estimate).

    Args:
        seen: (..., series), contacts in the window.
        expected: the same, usual.
        dispersion: broadcast against them.

    Returns:
        Factor and its relative variance, both (..., series). One series alone has the factor 1.
    """
    shown = seen
    total = expected.sum(-1, keepdims=True)
    for _ in range(_ROUNDS):
        factor = (shown.sum(-1, keepdims=True) + _BELIEF) / (total + _BELIEF)
        mean = factor * expected
        width = _AT_MOST_SD * np.sqrt(mean + dispersion * mean**2) + 1
        shown = np.clip(seen, mean - width, mean + width)
    left = total - expected + _BELIEF
    return (shown.sum(-1, keepdims=True) - shown + _BELIEF) / left, 1 / left
