"""The kinds of evidence that speak for a guide, by name, in the order in which they are weighed."""

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]

Closeness = Mapping[str, float]
"""Article id → cosine (0-1) of its best passage and the query by a dense encoder."""

FEATURES: Final = (
    "morphemes",
    "pairs",
    "sounds",
    "passage",
    "said",
    "whole",
    "near",
)
"""BM25F of morphemes, of pairs of letters and of runs of sounds, BM25 of the best passage's pairs: in mentions of
the rarest term. Log of how much of the topic was said, and the greatest share of the title or a keyword that was
said (the topic stands in title and keywords). Closeness by a dense encoder."""

NEAR: Final = FEATURES.index("near")
