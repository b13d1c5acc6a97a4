import numpy as np
import pytest

from assist.evidence import FEATURES, NEAR
from assist.weights import Weights, leads, read, shipped
from contracts.errors import BadInput

PLAIN = Weights(
    first=(1.0, 1.0, 1.0, 0.0), gains=(1.0,) + (0.0,) * (len(FEATURES) - 1), lead=1.0, doubt=2.0, synonyms=0.5
)


def candidates(*evidence, near=0.0):
    features = np.zeros((len(evidence), len(FEATURES)))
    features[:, 0] = evidence
    features[:, NEAR] = near
    return features


def test_chances_fall_with_evidence_and_a_rival_makes_doubt():
    chances = PLAIN.chances(candidates(4.0, 3.0, 1.0))
    assert chances.tolist() == sorted(chances, reverse=True)
    assert chances[0] == pytest.approx(1 / (1 + np.exp(2.0 - 4.0 - 1.0)))
    assert PLAIN.chances(candidates(4.0, 4.0))[0] < chances[0]


def test_leads():
    assert leads(np.array([5.0, 3.0, 4.0])).tolist() == [1.0, -2.0, -1.0]
    assert leads(np.array([5.0])).tolist() == [5.0]
    assert leads(np.array([])).tolist() == []


def test_closeness_counts_only_in_a_dense_search():
    close, far = candidates(2.0, near=0.9), candidates(2.0, near=0.1)
    assert PLAIN.chances(close)[0] == PLAIN.chances(far)[0]
    assert PLAIN.chances(close, dense=True)[0] > PLAIN.chances(far, dense=True)[0]


def test_what_is_written_is_read_again(tmp_path):
    path = tmp_path / "weights.yaml"
    dense = (tuple(float(number) for number in range(len(FEATURES))), 0.5, 3.0)
    for weights in (PLAIN, Weights(PLAIN.first, PLAIN.gains, 1.0, 2.0, 0.5, dense)):
        path.write_text(weights.to_yaml("메모\nnote"), encoding="utf-8")
        assert read(path) == weights
    assert path.read_text(encoding="utf-8").startswith("# 메모\n# note\n")


@pytest.mark.parametrize("text", ["", "[]", "first: {}", "gains: 3"])
def test_another_form_is_refused(tmp_path, text):
    path = tmp_path / "weights.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput):
        read(path)


def test_numbers_that_are_none_are_refused(tmp_path):
    path = tmp_path / "weights.yaml"
    path.write_text(PLAIN.to_yaml("").replace("doubt: 2.0", "doubt: .nan"), encoding="utf-8")
    with pytest.raises(BadInput):
        read(path)


def test_more_evidence_never_speaks_against_a_guide_in_what_is_shipped():
    assert min(shipped().gains) >= 0
    assert min(shipped().first) >= 0
    assert shipped().lead >= 0
