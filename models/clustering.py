"""Whose speech it is: the voices of a recording, and the likeliest course of its speakers. Pure."""

from typing import Final

import numpy as np
import numpy.typing as npt

from models.fbank import Float32

_ROUNDS: Final = 20


def find_voices(embeddings: Float32, *, at_most: int, alike: float, share: float) -> Float32:
    """The voices behind embeddings, by bisection: what is spread most is split along its widest direction.

    Args:
        embeddings: unit vectors, shape (n, size), n > 0.
        at_most: voices to look for.
        alike: cosine of two halves from which they are one voice.
        share: a half with less of all embeddings is no voice: a cough, a ring tone.

    Returns:
        Unit vectors, shape (voices, size), who has most embeddings first.
    """
    groups = [embeddings]
    while len(groups) < at_most:
        splits = [(number, _split(group)) for number, group in enumerate(groups)]
        splits = [
            (number, halves)
            for number, halves in splits
            if min(map(len, halves)) >= max(2, share * len(embeddings)) and _cosine(*halves) < alike
        ]
        if not splits:
            break
        number, halves = min(splits, key=lambda split: _cosine(*split[1]))
        groups[number : number + 1] = halves
    return np.stack([_mean(group) for group in sorted(groups, key=len, reverse=True)])


def likeliest(scores: Float32, change: Float32) -> npt.NDArray[np.intp]:
    """The course of speakers whose scores less the cost of changes are highest (Viterbi).

    Args:
        scores: of each speaker in each frame, shape (frames, speakers).
        change: what a change of speaker before each frame costs, shape (frames,).

    Returns:
        The speaker of each frame, shape (frames,).
    """
    best = scores[0].astype(np.float64)
    before = np.zeros(scores.shape, np.intp)
    stay = np.arange(scores.shape[1])
    for frame in range(1, len(scores)):
        moved = best.max() - change[frame]
        before[frame] = np.where(best >= moved, stay, best.argmax())
        best = np.maximum(best, moved) + scores[frame]
    course = np.empty(len(scores), np.intp)
    course[-1] = best.argmax()
    for frame in range(len(scores) - 1, 0, -1):
        course[frame - 1] = before[frame, course[frame]]
    return course


def _split(group: Float32) -> tuple[Float32, Float32]:
    """Two halves: by the sign along the widest direction, then each point to the nearer mean."""
    spread = group - group.mean(axis=0)
    _, directions = np.linalg.eigh(spread.T @ spread)
    first = spread @ directions[:, -1] > 0
    for _ in range(_ROUNDS):
        if first.all() or not first.any():
            break
        nearer = group @ (_mean(group[first]) - _mean(group[~first])) > 0
        if (nearer == first).all():
            break
        first = nearer
    return group[first], group[~first]


def _cosine(one: Float32, other: Float32) -> float:
    return float(_mean(one) @ _mean(other))


def _mean(group: Float32) -> Float32:
    total = group.sum(axis=0)
    mean: Float32 = total / max(float(np.linalg.norm(total)), 1e-9)
    return mean
