import numpy as np
import pytest

from models.clustering import find_voices, likeliest


def speech(means: list[np.ndarray], counts: list[int], *, noise: float = 0.06, seed: int = 0) -> np.ndarray:
    """Unit vectors about each mean, in random order."""
    rng = np.random.default_rng(seed)
    points = np.concatenate(
        [m + rng.normal(0, noise, (n, len(m))) for m, n in zip(means, counts, strict=True)]
    )
    rng.shuffle(points)
    return (points / np.linalg.norm(points, axis=1, keepdims=True)).astype(np.float32)


MEANS = list(np.eye(64)[:4])
voices = {"alike": 0.76, "share": 0.05}


@pytest.mark.parametrize("counts", [[55, 45], [10, 90], [200, 3000]])
def test_two_voices_however_much_each_says(counts):
    found = find_voices(speech(MEANS[:2], counts), at_most=2, **voices)
    assert found.shape == (2, 64)
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    order = np.argsort(counts)[::-1]
    assert (found[:, order[0]] > 0.9).tolist() == [True, False]


@pytest.mark.parametrize("count", [1, 2, 3, 100])
def test_one_voice_is_not_split(count):
    assert len(find_voices(speech(MEANS[:1], [count]), at_most=2, **voices)) == 1


def test_a_cough_is_no_voice():
    assert len(find_voices(speech(MEANS[:2], [100, 3]), at_most=2, **voices)) == 1


@pytest.mark.parametrize(("at_most", "found"), [(1, 1), (3, 3), (4, 4), (9, 4)])
def test_as_many_as_there_are_and_no_more_than_asked(at_most, found):
    assert len(find_voices(speech(MEANS, [60, 50, 40, 30]), at_most=at_most, **voices)) == found


def test_equal_embeddings_are_one_voice():
    assert len(find_voices(np.ones((5, 4), np.float32) / 2, at_most=2, **voices)) == 1


def test_a_change_must_pay_for_itself():
    scores = np.zeros((30, 2), np.float32)
    scores[:10, 0] = scores[12:, 0] = 0.3
    scores[10:12, 1] = 0.3
    dear, cheap = (np.full(30, cost, np.float32) for cost in (0.8, 0.2))
    assert not likeliest(scores, dear).any()
    assert np.flatnonzero(likeliest(scores, cheap)).tolist() == [10, 11]


def test_it_finds_the_best_of_all_courses():
    rng = np.random.default_rng(3)
    scores, change = rng.random((8, 3)).astype(np.float32), rng.random(8).astype(np.float32) / 2
    courses = np.stack(np.meshgrid(*[range(3)] * 8, indexing="ij"), -1).reshape(-1, 8)
    worth = scores[np.arange(8), courses].sum(1) - ((np.diff(courses, axis=1) != 0) * change[1:]).sum(1)
    assert likeliest(scores, change).tolist() == courses[worth.argmax()].tolist()
