"""Questions that ask the same, found as they come: a new one joins the gap it is nearest to, or opens one. Pure.

How near two questions are is told by their parts: Korean morphemes and pairs of characters, rare ones counting
more, as cosine. Where an encoder is at hand, nearness of meaning is added. A gap's middle is the mean of its
newest questions. The same questions in the same order always come to the same gaps.
"""

import hashlib
import math
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from assist.rarity import Parts, Rarity, is_word, parts_of

JOIN: Final = 0.15
"""A question this near to a middle joins it. Chosen with MERGE on 12 groups of four questions and 10 single ones, in
eight orders: pairwise F1 .77 (precision .72, recall .84); on 12 other groups and 10 single ones .79 (.77, .81). Among
200 other questions .81 and .77."""

MERGE: Final = 0.17
"""Two gaps whose middles are this near ask the same."""

MAX_GAPS: Final = 1000
"""Middles in memory; of more, those that were not asked for the longest are forgotten: they stay gaps, but what
comes later opens its own."""

KEPT: Final = 12
"""Questions that make a gap's middle, the newest."""

MAX_WORDS: Final = 5

_DENSE_FLOOR: Final = 0.55
"""Cosine that encoders give to any two questions of callers."""

_WEIGH_AGAIN: Final = 1.05
"""A middle's length is measured anew when there are this many times as many questions."""

Vector = NDArray[np.float32]
"""Of one question by an encoder, unit length."""


@dataclass(frozen=True, slots=True)
class Described:
    """What a gap is about."""

    title: str
    """The question nearest to the middle."""
    words: tuple[str, ...]
    """What its questions have in common."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a question went."""

    gap_id: str
    is_new: bool
    merged: tuple[str, ...] = ()
    """Gaps that turned out to ask the same as `gap_id` and are it from now on."""


@dataclass(frozen=True, slots=True)
class _Example:
    text: str
    parts: Parts
    vector: Vector | None


@dataclass(slots=True)
class _Gap:
    gap_id: str
    age: int
    """Counts up: the order in which gaps were opened."""
    examples: deque[_Example] = field(default_factory=deque)
    sums: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    length: float = 0.0
    weighed_at: int = 0
    """How many questions there were when `length` was measured; 0: it must be measured."""
    meaning: Vector | None = None
    """The mean of the vectors, unit length."""

    def think(self) -> None:
        """Find the mean of the vectors."""
        vectors = [one.vector for one in self.examples if one.vector is not None]
        if vectors:
            mean: Vector = np.mean(np.stack(vectors), axis=0, dtype=np.float32)
            self.meaning = mean / np.float32(max(float(np.linalg.norm(mean)), 1e-9))


class Gaps:
    """All gaps in memory.

    Args:
        analyse: content morphemes of a text.
        join: nearness from which a question joins a gap.
        merge: nearness from which two gaps are one.
        limit: gaps in memory.
    """

    def __init__(
        self,
        analyse: Callable[[str], Sequence[str]],
        *,
        join: float = JOIN,
        merge: float = MERGE,
        limit: int = MAX_GAPS,
    ) -> None:
        self._analyse = analyse
        self._join = join
        self._merge = merge
        self._limit = limit
        self._gaps: OrderedDict[str, _Gap] = OrderedDict()
        """The one that was asked for last stands last."""
        self._having: defaultdict[str, set[str]] = defaultdict(set)
        """Part → ids of the gaps that have it."""
        self._rarity = Rarity()
        self._opened = 0
        self._apart: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(self._gaps)

    def __contains__(self, gap_id: str) -> bool:
        return gap_id in self._gaps

    def restore(self, gap_id: str, known: Iterable[tuple[str, Vector | None]]) -> None:
        """Put a gap back whose questions are known, oldest question first; to be called for the oldest gap first."""
        gap = self._open(gap_id)
        for text, vector in known:
            self._put(gap, _Example(text, parts_of(text, self._analyse), vector))

    def keep_apart(self, gap_ids: Collection[str]) -> None:
        """Gaps that are never merged: staff know them as they are."""
        self._apart = frozenset(gap_ids)

    def add(self, question_id: str, text: str, vector: Vector | None = None) -> Placed:
        """Place a question. A gap that it opens has an id made of the question's."""
        example = _Example(text, parts_of(text, self._analyse), vector)
        near, gap = self._nearest(example.parts, vector)
        if gap is None or near < self._join:
            gap = self._open(gap_id_of(question_id))
            self._put(gap, example)
            while len(self._gaps) > self._limit:
                self.drop(next(iter(self._gaps)))
            return Placed(gap.gap_id, is_new=True)
        self._put(gap, example)
        self._gaps.move_to_end(gap.gap_id)
        return self._merged(gap)

    def drop(self, gap_id: str) -> None:
        """Forget a gap, if it is known."""
        gap = self._gaps.get(gap_id)
        while gap and gap.examples:
            self._remove_oldest(gap)
        self._gaps.pop(gap_id, None)

    def describe(self, gap_id: str) -> Described:
        """Title and words, as of now."""
        gap = self._gaps[gap_id]
        best = max(gap.examples, key=lambda one: self._cosine(one.parts, gap))
        return Described(best.text, self._common_words(gap))

    # -- nearness ------------------------------------------------------------------------------------------

    def _nearest(self, parts: Parts, vector: Vector | None, but: str = "") -> tuple[float, _Gap | None]:
        """Of several that are as near the oldest."""
        near = self._near_by_words(parts)
        if vector is not None:
            for gap in self._gaps.values():
                if gap.meaning is not None:
                    near[gap.gap_id] += max(float(vector @ gap.meaning) - _DENSE_FLOOR, 0.0)
        near.pop(but, None)
        if not near:
            return 0.0, None
        best = max(near, key=lambda gap_id: (near[gap_id], -self._gaps[gap_id].age))
        return near[best], self._gaps[best]

    def _near_by_words(self, parts: Parts) -> defaultdict[str, float]:
        """Gap → cosine with its middle; of those that share a part."""
        worth = {part: self._rarity.of(part) for part in parts}
        length = math.sqrt(sum((weight * worth[part]) ** 2 for part, weight in parts.items()))
        shared: defaultdict[str, float] = defaultdict(float)
        for part, weight in parts.items():
            for gap_id in self._having.get(part, ()):
                shared[gap_id] += weight * worth[part] ** 2 * self._gaps[gap_id].sums[part]
        for gap_id in shared:
            shared[gap_id] /= length * self._length(self._gaps[gap_id])
        return shared

    def _cosine(self, parts: Parts, gap: _Gap) -> float:
        """The same with one gap, but for the length of its middle, which is the same for all."""
        worth = {part: self._rarity.of(part) for part in parts}
        length = math.sqrt(sum((weight * worth[part]) ** 2 for part, weight in parts.items()))
        return sum(weight * worth[part] ** 2 * gap.sums[part] for part, weight in parts.items()) / (
            length or 1.0
        )

    def _length(self, gap: _Gap) -> float:
        """Of the middle, by the rarity of its parts."""
        now = self._rarity.questions
        if not gap.weighed_at or not gap.weighed_at / _WEIGH_AGAIN <= now <= gap.weighed_at * _WEIGH_AGAIN:
            rarity = self._rarity.of
            gap.length = math.sqrt(sum((weight * rarity(part)) ** 2 for part, weight in gap.sums.items()))
            gap.weighed_at = now
        return gap.length

    # -- what gaps are made of -----------------------------------------------------------------------------

    def _open(self, gap_id: str) -> _Gap:
        self._opened += 1
        gap = self._gaps[gap_id] = _Gap(gap_id, self._opened)
        return gap

    def _put(self, gap: _Gap, example: _Example) -> None:
        gap.examples.append(example)
        gap.weighed_at = 0
        self._rarity.add(example.parts)
        for part, weight in example.parts.items():
            gap.sums[part] += weight
            self._having[part].add(gap.gap_id)
        if len(gap.examples) > KEPT:
            self._remove_oldest(gap)
        gap.think()

    def _remove_oldest(self, gap: _Gap) -> None:
        gone = gap.examples.popleft()
        gap.weighed_at = 0
        self._rarity.remove(gone.parts)
        kept = {part for one in gap.examples for part in one.parts}
        for part, weight in gone.parts.items():
            gap.sums[part] -= weight
            if part not in kept:
                del gap.sums[part]
                self._having[part].discard(gap.gap_id)
                if not self._having[part]:
                    del self._having[part]

    def _merged(self, gap: _Gap) -> Placed:
        """What a question brought nearer may be the same as another by now; the older one stays."""
        merged: list[str] = []
        while gap.gap_id not in self._apart:
            near, other = self._nearest(gap.sums, gap.meaning, but=gap.gap_id)
            if other is None or near < self._merge or other.gap_id in self._apart:
                break
            gap, gone = (gap, other) if gap.age < other.age else (other, gap)
            examples = list(gone.examples)
            self.drop(gone.gap_id)
            for example in examples:
                self._put(gap, example)
            self._gaps.move_to_end(gap.gap_id)
            merged.append(gone.gap_id)
        return Placed(gap.gap_id, is_new=False, merged=tuple(merged))

    def _common_words(self, gap: _Gap) -> tuple[str, ...]:
        """Words of at least a third of the questions, and of two where there are more; what tells most first."""
        having = Counter(part for one in gap.examples for part in one.parts if is_word(part))
        least = max(min(2, len(gap.examples)), len(gap.examples) / 3)
        worth = {word: count * self._rarity.of(word) for word, count in having.items() if count >= least}
        chosen: list[str] = []
        for word in sorted(worth, key=lambda word: (-worth[word], word)):
            if len(word) > 1 and not any(word in longer or longer in word for longer in chosen):
                chosen.append(word)
        return tuple(chosen[:MAX_WORDS])


def gap_id_of(question_id: str) -> str:
    """The same question always opens the same gap, whoever places it."""
    return f"gap-{hashlib.sha256(question_id.encode()).hexdigest()[:16]}"
