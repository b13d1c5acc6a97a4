import numpy as np
import pytest
from scipy import stats

from voc.detectors.tails import SMALLEST, tail


@pytest.mark.parametrize("mean", [0.01, 0.7, 12.0, 900.0])
@pytest.mark.parametrize("dispersion", [0.003, 0.1, 2.0])
def test_it_is_the_negative_binomials_tail(mean: float, dispersion: float) -> None:
    seen = np.array([0, 1, 2, 5, 20, 1000])
    size = 1 / dispersion
    reference = stats.nbinom.sf(seen - 1, size, size / (size + mean))
    assert tail(seen, mean, dispersion) == pytest.approx(np.maximum(reference, SMALLEST), rel=1e-8)


def test_without_dispersion_it_is_poissons() -> None:
    assert tail([3, 9], 2.5, 0.0) == pytest.approx(stats.poisson.sf([2, 8], 2.5))
