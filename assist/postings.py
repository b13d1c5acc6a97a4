"""BM25F over weighted fields, as postings in numpy arrays. Pure; knows nothing of Korean or articles.

Robertson, Zaragoza & Taylor, "Simple BM25 extension to multiple weighted fields" (CIKM 2004), in the later
form where each field has its own length normalisation; with one field it is plain BM25. Terms are numbers.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

K1: Final = 1.2
"""How fast repetition of a term saturates. On 1,596 FAQ titles 2.0 and 3.0 lose at rank 1 what they gain at 5."""

LEAST_DOCUMENTS: Final = 100
"""A smaller collection is taken for one of this size: in three documents every word looks common."""

_DOCUMENT_BITS: Final = 24
"""Of a number that holds term and document: room for 16 million documents, and terms below 2**32."""

Scores = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Field:
    """A part of a document, such as its title."""

    weight: float
    """What one mention here is worth beside one in a field of weight 1."""
    b: float
    """0-1: how much a long field is held against its mentions."""


class Postings:
    """Term → the documents that hold it and what it is worth there. Immutable once built."""

    def __init__(
        self, documents: int, mentions: Sequence[tuple[Numbers, Numbers]], fields: Sequence[Field]
    ) -> None:
        """Index documents.

        Args:
            documents: how many there are.
            mentions: for each field its terms (0 to 2**32 - 1) and the documents they stand in, two arrays of
                shape (mentions,); repetitions count, order does not.
            fields: as many as `mentions`, at least one.
        """
        self.documents = documents
        self.rarest = self._rarity(0)
        """The IDF of a term that is nowhere, the highest there is; in nats."""
        packed, frequencies = self._count(mentions, fields)
        terms = packed >> _DOCUMENT_BITS
        first = np.flatnonzero(np.diff(terms, prepend=-1))
        self._terms = terms[first]
        self._starts = np.append(first, len(packed))
        counts = np.diff(self._starts)
        whole = max(documents, LEAST_DOCUMENTS)
        self._idf: Scores = np.log1p((whole - counts + 0.5) / (counts + 0.5)).astype(np.float32)
        self._doc_ids = (packed & ((1 << _DOCUMENT_BITS) - 1)).astype(np.int32)
        saturated = frequencies * (K1 + 1) / (frequencies + K1)
        self._worth: Scores = (np.repeat(self._idf, counts) * saturated).astype(np.float32)

    def _count(
        self, mentions: Sequence[tuple[Numbers, Numbers]], fields: Sequence[Field]
    ) -> tuple[Numbers, npt.NDArray[np.float64]]:
        """Term and document in one number, rising, and its weighted frequency over all fields."""
        packed: list[Numbers] = []
        worths: list[npt.NDArray[np.float64]] = []
        for (terms, owners), field in zip(mentions, fields, strict=True):
            lengths = np.bincount(owners, minlength=self.documents)
            mean = (len(owners) / max(1, self.documents)) or 1.0
            worth = field.weight / np.maximum(1 - field.b + field.b * lengths / mean, 1e-6)
            here, repeats = np.unique((terms << _DOCUMENT_BITS) | owners, return_counts=True)
            packed.append(here)
            worths.append(repeats * worth[here & ((1 << _DOCUMENT_BITS) - 1)])
        everything, weights = np.concatenate(packed), np.concatenate(worths)
        order = np.argsort(everything, kind="stable")
        everything, weights = everything[order], weights[order]
        first = np.flatnonzero(np.diff(everything, prepend=-1))
        if not first.size:
            return everything, weights
        return everything[first], np.add.reduceat(weights, first)

    def _rarity(self, documents: int) -> float:
        """IDF in Lucene's form: never negative, however common the term."""
        whole = max(self.documents, LEAST_DOCUMENTS)
        return math.log1p((whole - documents + 0.5) / (documents + 0.5))

    @property
    def nbytes(self) -> int:
        """Memory of its arrays, in bytes."""
        arrays = (self._terms, self._starts, self._idf, self._doc_ids, self._worth)
        return sum(array.nbytes for array in arrays)

    def scores(self, query: Mapping[int, float]) -> Scores:
        """BM25F of every document, shape (documents,), for terms with their weights in the query."""
        at, weights = self._find(query)
        if not at.size:
            return np.zeros(self.documents, dtype=np.float32)
        counts = self._starts[at + 1] - self._starts[at]
        places = self._places(at, counts)
        worth = self._worth[places] * np.repeat(weights, counts)
        total = np.bincount(self._doc_ids[places], weights=worth, minlength=self.documents)
        return total.astype(np.float32)

    def _places(self, at: Numbers, counts: Numbers) -> Numbers:
        """Where all documents of some terms stand."""
        return np.repeat(self._starts[at] - np.cumsum(counts) + counts, counts) + np.arange(counts.sum())

    def _find(self, query: Mapping[int, float]) -> tuple[Numbers, Scores]:
        """Places and weights of those terms of a query that stand somewhere."""
        terms = np.fromiter(query.keys(), dtype=np.int64, count=len(query))
        weights = np.fromiter(query.values(), dtype=np.float32, count=len(query))
        if not self._terms.size or not terms.size:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.float32)
        at = np.minimum(np.searchsorted(self._terms, terms), len(self._terms) - 1)
        there = self._terms[at] == terms
        return at[there], weights[there]

    def holders(self, term: int, documents: Sequence[int]) -> set[int]:
        """Which of some documents hold the term."""
        at = self._place(term)
        if at is None:
            return set()
        here = self._doc_ids[self._starts[at] : self._starts[at + 1]]
        places = np.minimum(np.searchsorted(here, documents), len(here) - 1)
        return {
            number for number, found in zip(documents, here[places].tolist(), strict=True) if number == found
        }

    def idf(self, term: int) -> float:
        """The term's rarity, in nats; the highest there can be for a term that is nowhere."""
        at = self._place(term)
        return self.rarest if at is None else float(self._idf[at])

    def _place(self, term: int) -> int | None:
        at = int(np.searchsorted(self._terms, term))
        return at if at < len(self._terms) and self._terms[at] == term else None
