"""Whether agents' pages are still connected, by watching their beats rise. Pure: time is data.

A beat is a count in the database, raised by the gateway where the page is. Nobody's wall clock counts, only how long
this process has looked and seen none: time in which nobody could look (the database was away) is no silence.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(slots=True)
class _Seen:
    beat: int
    silent_ms: int = 0
    has_risen: bool = False


class Presence:
    """Of everybody who takes chats or has some.

    Args:
        fresh_ms: who was silent for less, and whose beat was seen to rise, takes conversations.
        lost_ms: who was silent for as long has lost them.
        step_ms: what one look adds to the silence, at most.
    """

    def __init__(self, *, fresh_ms: int, lost_ms: int, step_ms: int) -> None:
        self._fresh_ms = fresh_ms
        self._lost_ms = lost_ms
        self._step_ms = step_ms
        self._seen: dict[str, _Seen] = {}
        self._looked_ms: int | None = None

    def look(self, beats: Mapping[str, int], now_ms: int) -> None:
        """Args: beats: staff id → beat as of now, of all that are to be watched; now_ms: monotonic time."""
        passed_ms = 0 if self._looked_ms is None else min(self._step_ms, max(0, now_ms - self._looked_ms))
        self._looked_ms = now_ms
        for staff_id in self._seen.keys() - beats.keys():
            del self._seen[staff_id]
        for staff_id, beat in beats.items():
            seen = self._seen.get(staff_id)
            if seen is None:
                self._seen[staff_id] = _Seen(beat)
            elif beat != seen.beat:
                self._seen[staff_id] = _Seen(beat, has_risen=True)
            else:
                seen.silent_ms += passed_ms

    def is_fresh(self, staff_id: str) -> bool:
        seen = self._seen.get(staff_id)
        return seen is not None and seen.has_risen and seen.silent_ms < self._fresh_ms

    def lost(self, staff_ids: Collection[str]) -> list[str]:
        """Who of them is gone for good."""
        return sorted(
            staff_id
            for staff_id in staff_ids
            if (seen := self._seen.get(staff_id)) is not None and seen.silent_ms >= self._lost_ms
        )
