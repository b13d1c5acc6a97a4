import math

import numpy as np
import pytest

from assist.postings import K1, LEAST_DOCUMENTS, Field, Postings

ONE = (Field(weight=1.0, b=0.75),)


def test_scores_are_bm25():
    postings = Postings([[["가", "나"]], [["나", "나", "다", "라"]]], ONE)
    mean = 3.0
    idf = math.log1p((LEAST_DOCUMENTS - 1 + 0.5) / (1 + 0.5))
    frequency = 1 / (1 - 0.75 + 0.75 * 4 / mean)
    expected = idf * frequency * (K1 + 1) / (frequency + K1)
    assert postings.scores({"다": 1.0}) == pytest.approx([0.0, expected])
    assert postings.scores({"다": 2.0}) == pytest.approx([0.0, 2 * expected])
    assert postings.worth("다", 1) == pytest.approx(expected)
    assert postings.worth("다", 0) == 0.0


def test_a_rare_term_is_worth_more():
    postings = Postings([[["가", "나"]], [["가"]], [["가"]]], ONE)
    assert postings.idf("나") > postings.idf("가") > 0
    assert postings.idf("없다") == postings.rarest > postings.idf("나")


def test_a_heavier_field_counts_more():
    fields = (Field(weight=3.0, b=0.0), Field(weight=1.0, b=0.0))
    scores = Postings([[["가"], ["나"]], [["나"], ["가"]]], fields).scores({"가": 1.0})
    assert scores[0] > scores[1] > 0


def test_nothing_indexed_and_nothing_asked():
    assert Postings([], ONE).scores({"가": 1.0}).shape == (0,)
    assert not np.any(Postings([[[]], [["가"]]], ONE).scores({}))
