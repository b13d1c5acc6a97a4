import numpy as np
import pytest

from assist.evidence import FEATURES, NEAR
from assist.tuning import STEPS, Example, learn, log_loss, recall
from assist.weights import shipped

PAIRS, SAID = FEATURES.index("pairs"), FEATURES.index("said")


@pytest.fixture
def examples():
    """Pairs and the topic tell the right guide, morphemes tell nothing; where none is right, both are low."""
    chance = np.random.default_rng(3)

    def make(answered, judged):
        features = chance.random((6, len(FEATURES)))
        features[:, NEAR] = 0.0
        right = int(chance.integers(6)) if answered else -1
        if answered:
            features[right, PAIRS] += 1.0
            features[right, SAID] += 1.0
        return Example(features, right, judged, answered)

    return [make(answered=number % 3 > 0, judged=number % 2 > 0) for number in range(240)]


def test_it_learns_what_tells_and_how_likely(examples):
    told = []
    weights = learn(examples, shipped(), lambda done, of: told.append((done, of)))
    held = examples[1::2]
    assert recall(examples, weights, 1) >= 0.95
    assert weights.first[PAIRS] == 1.0
    assert weights.first[0] < 0.2
    assert weights.gains[NEAR] == 0.0
    assert min(weights.gains) >= 0
    assert log_loss(held, weights) < 0.35 < log_loss(held, shipped())
    assert told == [(step, STEPS) for step in range(1, STEPS + 1)]


def test_learning_repeats(examples):
    assert learn(examples, shipped()) == learn(examples, shipped())


def test_with_an_encoder_its_closeness_is_learned_beside_the_words(examples):
    chance = np.random.default_rng(5)
    for example in examples:
        example.features[:, NEAR] = chance.random(len(example.features)) * 0.2
        if example.answered:
            example.features[example.right, NEAR] += 0.7
    weights = learn(examples, shipped(), dense=True)
    assert weights.gains == shipped().gains
    assert weights.dense is not None
    assert weights.dense[0][NEAR] > 0
    assert recall(examples, weights, 1, dense=True) >= 0.98
