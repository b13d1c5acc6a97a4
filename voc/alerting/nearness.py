"""Which districts belong together: the same ones, or those that share a border. Pure."""

from collections.abc import Iterable, Mapping, Sequence

from contracts.districts import District

Neighbours = Mapping[str, frozenset[str]]
"""District → those that border it."""


def neighbours_of(districts: Iterable[District]) -> Neighbours:
    return {one.name: frozenset(one.neighbours) for one in districts}


def are_near(left: Sequence[str], right: Sequence[str], neighbours: Neighbours) -> bool:
    """Whether some of the one are, or border, some of the other; the whole city (empty) is near to all."""
    if not left or not right:
        return True
    around = set(left).union(*(neighbours.get(name, frozenset()) for name in left))
    return not around.isdisjoint(right)


def covers(outer: Sequence[str], inner: Sequence[str]) -> bool:
    """Whether all of `inner` lies in `outer`; only the whole city (empty) covers the whole city."""
    return not outer or (bool(inner) and set(inner) <= set(outer))
