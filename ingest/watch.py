"""Which processes are dead, from beats that rise while they live. Pure: time is data, and only our own.

Nobody's clock is compared with another's. A process is dead when its beat stood still for `DEAD_MS` of our own
monotonic time in which we could look all along: who could not look cannot tell who stood still.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

DEAD_MS: Final = 20_000
"""Six beats and a half: longer than a garbage collection, a slow disk or a busy machine keeps one from beating."""

BLIND_MS: Final = 9_000
"""Looks further apart than this leave too much unseen: the watch begins anew."""


class _Seen(NamedTuple):
    beat: int
    since_ms: int


class Watch:
    """Our view of the others."""

    def __init__(self) -> None:
        self._seen: dict[str, _Seen] = {}
        self._looked_ms: int | None = None

    def look(self, beats: Mapping[str, int], now_ms: int) -> frozenset[str]:
        """Take a look.

        Args:
            beats: of every instance there is; one that is not there any more is forgotten.
            now_ms: our monotonic time.

        Returns:
            Those that are dead.
        """
        if self._looked_ms is None or now_ms - self._looked_ms > BLIND_MS:
            self.lose_sight()
        self._looked_ms = now_ms
        before, self._seen = self._seen, {}
        for instance, beat in beats.items():
            known = before.get(instance)
            still = known is not None and known.beat == beat
            self._seen[instance] = known if known is not None and still else _Seen(beat, now_ms)
        return frozenset(name for name, seen in self._seen.items() if now_ms - seen.since_ms >= DEAD_MS)

    def lose_sight(self) -> None:
        """A look failed: what was seen before proves nothing."""
        self._seen.clear()
        self._looked_ms = None
