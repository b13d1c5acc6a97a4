"""Connected sets of neighbouring districts: where a concentration is looked for.

Flexible shapes as in Tango & Takahashi 2005 (Int J Health Geogr 4:11), not circles: a river, a main pipe or a road
makes long zones. Sizes are few, so that all can be looked at in one matrix product.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

LARGEST: Final = 4
"""Districts of a zone of free shape. In Seoul that makes 25 + 57 + 231 + 1,000 zones or so."""
MOST_ZONES: Final = 4000
"""Bound of time and memory for cities with many districts."""


@dataclass(frozen=True, slots=True)
class Zones:
    """Connected sets of districts, single ones among them, the small ones first."""

    districts: tuple[str, ...]
    members: NDArray[np.float32]
    """1 where the district belongs to the zone. Shape (districts, zones)."""

    def names(self, zone: int) -> tuple[str, ...]:
        """Districts of a zone, in the site's order."""
        return tuple(
            name for name, member in zip(self.districts, self.members[:, zone], strict=True) if member
        )

    @property
    def sizes(self) -> NDArray[np.int64]:
        """Districts of each zone. Shape (zones,)."""
        return np.asarray(self.members.sum(axis=0), dtype=np.int64)


def zones(districts: Sequence[str], neighbours: Mapping[str, Sequence[str]]) -> Zones:
    """All connected sets of up to `LARGEST` districts, and each district with all its neighbours.

    The empty district (contacts that name none) and districts without known neighbours are in no set.
    The same arguments give the same object, made once.
    """
    known = set(districts)
    borders = tuple(
        (name, tuple(sorted({other for other in neighbours.get(name, ()) if other in known})))
        for name in districts
    )
    return _zones(borders)


@lru_cache(maxsize=8)
def _zones(borders: tuple[tuple[str, tuple[str, ...]], ...]) -> Zones:
    names = tuple(name for name, _ in borders)
    index = {name: at for at, name in enumerate(names)}
    beside = [frozenset(index[other] for other in others) for _, others in borders]
    found: dict[frozenset[int], None] = {
        frozenset((at,)): None for at, name in enumerate(names) if name and beside[at]
    }
    layer = list(found)
    for _ in range(LARGEST - 1):
        layer = list(dict.fromkeys(grown for zone in layer for grown in _grown(zone, beside)))
        found.update(dict.fromkeys(layer[: MOST_ZONES - len(found)]))
    rings = (frozenset((at,)) | beside[at] for at, name in enumerate(names) if name and beside[at])
    found.update(dict.fromkeys(rings))
    members = np.zeros((len(names), len(found)), dtype=np.float32)
    for zone, districts in enumerate(found):
        members[list(districts), zone] = 1
    members.setflags(write=False)
    return Zones(names, members)


def _grown(zone: frozenset[int], beside: Sequence[frozenset[int]]) -> list[frozenset[int]]:
    """The zone with one more district that borders it."""
    border = frozenset[int]().union(*(beside[at] for at in zone)) - zone
    return [zone | {at} for at in sorted(border)]
