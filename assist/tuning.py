"""Learning what each kind of evidence counts. Pure numpy.

In three steps, each by gradient descent:

1. How morphemes, pairs, sounds and passages share in one sum, so that of the candidates of a query the right one has
   most: cross-entropy of a softmax over them. It needs many queries, and may learn from titles put to bodies.
2. What that sum and the signs of the topic count, by the same measure, from queries put to whole guides.
3. What that and the lead over the next guide say about the chance of the first one: a logistic, from queries that
   a guide answers and queries that none does.

More evidence never speaks against a guide, so no gain is negative.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import numpy.typing as npt

from assist.evidence import Matrix
from assist.weights import Weights, leads

STEPS: Final = 3

_DESCENTS: Final = 600
_RATE: Final = 0.05
_DECAYS: Final = (0.9, 0.999)
"""Adam (Kingma & Ba 2015), with its usual decays."""

_SHRINK: Final = 0.002
"""L2 on the gains of features scaled to unit spread: alike features share their weight."""

_KINDS: Final = 4
"""Features that are summed first."""

_NO_SPREAD: Final = 1e-9

Progress = Callable[[int, int], None]
Vector = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """A query with its candidates."""

    features: Matrix
    """Shape (candidates, features)."""
    right: int
    """Row of the right guide; -1: no candidate is right."""
    judged: bool
    """Put to whole guides: the second and third step learn from it. Else the first step alone."""
    answered: bool = True
    """Whether a guide answers it at all."""
    weight: float = 1.0


def learn(
    examples: Sequence[Example],
    before: Weights,
    progress: Progress = lambda *_: None,
    *,
    dense: bool = False,
) -> Weights:
    """Weights that fit the examples best.

    Args:
        examples: at least one with a right candidate, at least one that is judged.
        before: what is not learned is kept of it.
        progress: told how many steps are done, and of how many.
        dense: learn those for searches with a dense encoder; its closeness must be in the features.
    """
    judged = [some for some in examples if some.judged and len(some.features)]
    order = [some for some in examples if not some.judged] or judged
    first = _order([replace(some, features=some.features[:, :_KINDS]) for some in order])
    first = first / max(float(first.max()), _NO_SPREAD)
    progress(1, STEPS)
    folded = [replace(some, features=_folded(some.features, first)) for some in judged]
    second = _order(folded)
    progress(2, STEPS)
    scale, lead, doubt = _chance(folded, second)
    progress(3, STEPS)
    gains = tuple(float(gain) for gain in [*(first * second[0] * scale), *(second[1:] * scale)])
    if dense:
        return replace(before, dense=(gains, lead / scale, doubt))
    shares = tuple(float(share) for share in first)
    return replace(before, first=shares, gains=gains, lead=lead / scale, doubt=doubt)


def _folded(features: Matrix, first: Vector) -> Matrix:
    """The first kinds as one."""
    return np.column_stack([features[:, :_KINDS] @ first, features[:, _KINDS:]])


def _order(examples: Sequence[Example]) -> Vector:
    """Gains that put the right candidate first; of a feature that never varies 0."""
    block = _Block.of(examples)
    spread = block.rows.std(axis=0)
    varies = spread > _NO_SPREAD
    scale = np.where(varies, spread, 1.0)

    def slope(state: Vector) -> Vector:
        return block.slope(state / scale) / scale + 2 * _SHRINK * state

    found = _descend(varies * 1.0, slope, np.zeros_like(scale), np.where(varies, np.inf, 0.0))
    return found / scale


def _chance(examples: Sequence[Example], gains: Vector) -> tuple[float, float, float]:
    """What the evidence of the first candidate counts, what its lead does, and the doubt."""
    rows, right = [], []
    for some in examples:
        weighed = some.features @ gains
        first = int(np.argmax(weighed))
        rows.append((weighed[first], leads(weighed)[first], -1.0))
        right.append(first == some.right)
    signs, truth = np.array(rows), np.array(right, dtype=np.float64)
    weight = np.array([some.weight for some in examples])
    share = weight / weight.sum()

    def slope(state: Vector) -> Vector:
        return np.asarray(((1 / (1 + np.exp(-(signs @ state))) - truth) * share) @ signs)

    low = np.array([_NO_SPREAD, 0.0, -np.inf])
    scale, lead, doubt = _descend(np.ones(3), slope, low, np.full(3, np.inf))
    return float(scale), float(lead), float(doubt)


@dataclass(frozen=True, slots=True)
class _Block:
    """All queries that have a right candidate."""

    rows: Matrix
    """Shape (all candidates, features)."""
    starts: npt.NDArray[np.int64]
    """Where each query's candidates begin."""
    owner: npt.NDArray[np.int64]
    right: npt.NDArray[np.int64]
    """The row of each query's right candidate."""
    share: Vector
    """What each query counts; one together."""

    @classmethod
    def of(cls, examples: Sequence[Example]) -> "_Block":
        found = [some for some in examples if some.right >= 0]
        lengths = np.array([len(some.features) for some in found])
        starts = np.cumsum(lengths) - lengths
        weight = np.array([some.weight for some in found])
        return cls(
            rows=np.concatenate([some.features for some in found]),
            starts=starts,
            owner=np.repeat(np.arange(len(found)), lengths),
            right=starts + np.array([some.right for some in found]),
            share=weight / weight.sum(),
        )

    def slope(self, gains: Vector) -> Vector:
        """Of the mean cross-entropy of the softmax."""
        weighed = self.rows @ gains
        raised = np.exp(weighed - np.maximum.reduceat(weighed, self.starts)[self.owner])
        wrong = raised / np.add.reduceat(raised, self.starts)[self.owner] * self.share[self.owner]
        wrong[self.right] -= self.share
        return np.asarray(wrong @ self.rows)


def _descend(state: Vector, slope: Callable[[Vector], Vector], low: Vector, high: Vector) -> Vector:
    """Adam, kept between bounds."""
    mean, square = np.zeros_like(state), np.zeros_like(state)
    for step in range(1, _DESCENTS + 1):
        here = slope(state)
        mean = _DECAYS[0] * mean + (1 - _DECAYS[0]) * here
        square = _DECAYS[1] * square + (1 - _DECAYS[1]) * here**2
        fair = mean / (1 - _DECAYS[0] ** step), square / (1 - _DECAYS[1] ** step)
        state = np.clip(state - _RATE * fair[0] / (np.sqrt(fair[1]) + 1e-8), low, high)
    return state


def log_loss(examples: Sequence[Example], weights: Weights, *, dense: bool = False) -> float:
    """How true the chances of the first hits are: mean cross-entropy in nats, lower is better; 0.69 knows nothing."""
    losses: list[float] = []
    for some in examples:
        if some.judged and len(some.features):
            chances = weights.chances(some.features, dense=dense)
            first = int(np.argmax(chances))
            chance = float(chances[first] if first == some.right else 1 - chances[first])
            losses.append(-np.log(max(chance, 1e-6)))
    return float(np.mean(losses)) if losses else 0.0


def recall(examples: Sequence[Example], weights: Weights, rank: int, *, dense: bool = False) -> float:
    """The share of answered queries whose right guide is among the first `rank`."""
    answered = [some for some in examples if some.answered]
    hits = 0
    for some in answered:
        if some.right >= 0:
            chances = weights.chances(some.features, dense=dense)
            hits += int((chances > chances[some.right]).sum()) < rank
    return hits / len(answered) if answered else 0.0
