import math

import numpy as np
import pytest

from assist.postings import K1, LEAST_DOCUMENTS, Field, Postings

ONE = (Field(weight=1.0, b=0.75),)
GA, NA, DA, RA, NOWHERE = 7, 3, 9, 2**32 - 1, 5


def postings(documents, fields=ONE):
    """From documents as lists of fields as lists of terms."""
    mentions = [
        (
            np.array([t for d in documents for t in d[f]], dtype=np.int64),
            np.array([n for n, d in enumerate(documents) for _ in d[f]], dtype=np.int64),
        )
        for f in range(len(fields))
    ]
    return Postings(len(documents), mentions, fields)


def test_scores_are_bm25():
    index = postings([[[GA, NA]], [[NA, NA, DA, RA]]])
    mean = 3.0
    idf = math.log1p((LEAST_DOCUMENTS - 1 + 0.5) / (1 + 0.5))
    frequency = 1 / (1 - 0.75 + 0.75 * 4 / mean)
    expected = idf * frequency * (K1 + 1) / (frequency + K1)
    assert index.scores({DA: 1.0}) == pytest.approx([0.0, expected])
    assert index.scores({DA: 2.0, NOWHERE: 1.0}) == pytest.approx([0.0, 2 * expected])


def test_who_holds_a_term():
    index = postings([[[GA, NA]], [[NA, NA, DA]], [[GA]]])
    assert index.holders(GA, [0, 1, 2]) == {0, 2}
    assert index.holders(DA, [0, 2]) == index.holders(NOWHERE, [1]) == index.holders(GA, []) == set()


def test_scores_of_terms_add_up():
    index = postings([[[GA, NA]], [[NA, DA]], [[GA]]])
    together = index.scores({GA: 0.5, NA: 2.0})
    assert together == pytest.approx(0.5 * index.scores({GA: 1.0}) + 2 * index.scores({NA: 1.0}))


def test_a_rare_term_is_worth_more():
    index = postings([[[GA, NA]], [[GA]], [[GA]]])
    assert index.idf(NA) > index.idf(GA) > 0
    assert index.idf(NOWHERE) == pytest.approx(index.rarest)
    assert index.rarest > index.idf(NA)


def test_a_heavier_field_counts_more():
    fields = (Field(weight=3.0, b=0.0), Field(weight=1.0, b=0.0))
    scores = postings([[[GA], [NA]], [[NA], [GA]]], fields).scores({GA: 1.0})
    assert scores[0] > scores[1] > 0


def test_nothing_indexed_and_nothing_asked():
    assert postings([]).scores({GA: 1.0}).shape == (0,)
    assert not np.any(postings([[[]], [[GA]]]).scores({}))
