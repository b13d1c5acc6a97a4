"""Which sentences the others talk about: TextRank (Mihalcea and Tarau, 2004) on character bigrams."""

from collections.abc import Sequence
from math import sqrt
from typing import Final

import numpy as np

_DAMPING: Final = 0.85
_ROUNDS: Final = 20


def similarity(one: frozenset[str], other: frozenset[str]) -> float:
    """Cosine of two sets: 0 nothing in common, 1 the same."""
    return len(one & other) / sqrt(len(one) * len(other)) if one and other else 0.0


def centrality(sets: Sequence[frozenset[str]]) -> list[float]:
    """A score for each set, 0-1: the most central has 1. All 0 when nothing has anything in common.

    Rounded, so that the order of a machine's additions does not show.
    """
    columns = {term: column for column, term in enumerate(sorted(frozenset().union(*sets)))}
    if not columns:
        return [0.0] * len(sets)
    has = np.zeros((len(sets), len(columns)))
    for row, terms in enumerate(sets):
        has[row, [columns[term] for term in terms]] = 1
    lengths = np.sqrt(np.maximum(has.sum(axis=1), 1))
    weights = has @ has.T / np.outer(lengths, lengths)
    np.fill_diagonal(weights, 0)
    totals = weights.sum(axis=1)
    flow = weights / np.where(totals > 0, totals, 1)
    scores = np.ones(len(sets))
    for _ in range(_ROUNDS):
        scores = (1 - _DAMPING) + _DAMPING * (flow @ scores)
    scores[totals <= 0] = 0
    top = scores.max()
    return [round(float(score), 6) for score in (scores / top if top > 0 else scores)]
