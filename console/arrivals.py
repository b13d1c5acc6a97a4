"""How late finals are on the panels of this process: a window over the last minutes. Pure: time is handed in."""

from collections import deque
from typing import Final

from contracts.codec import AnyEvent
from contracts.transcript import Utterance

WINDOW_MS: Final = 5 * 60_000
MAX_FINALS: Final = 20_000
"""Of the window: 400 lively calls say less in it."""


class Arrivals:
    """End of speech → final, of calls. What a citizen writes is no speech: it has no length."""

    def __init__(self, window_ms: int = WINDOW_MS, limit: int = MAX_FINALS) -> None:
        self._window_ms = window_ms
        self._delays: deque[tuple[int, int]] = deque(maxlen=limit)
        """(wall time, delay), ms, oldest first."""

    def hear(self, event: AnyEvent, now_ms: int) -> None:
        """An event that is about to be shown. A final that withdraws its partials has no text, and no delay."""
        if not isinstance(event, Utterance) or event.status != "final" or not event.text:
            return
        if event.end_ms > event.start_ms:
            self._delays.append((now_ms, max(0, now_ms - event.heard_ms)))

    def percentiles(self, now_ms: int) -> tuple[int, int] | None:
        """p50 and p95 by nearest rank, ms; None: nothing was said in the window."""
        while self._delays and self._delays[0][0] <= now_ms - self._window_ms:
            self._delays.popleft()
        if not self._delays:
            return None
        delays = sorted(delay for _, delay in self._delays)
        return _at(delays, 50), _at(delays, 95)


def _at(ordered: list[int], per_cent: int) -> int:
    return ordered[max(0, -(-len(ordered) * per_cent // 100) - 1)]
