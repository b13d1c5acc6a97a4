"""How often something may be tried. Pure: time is handed in."""

from collections import OrderedDict, deque
from typing import Final

MAX_KEYS: Final = 10_000
"""The longest unused key goes first; whoever floods with new keys keeps their own one in use."""


class Throttle:
    """At most `limit` attempts a key within `window_ms`."""

    def __init__(self, limit: int, window_ms: int, *, max_keys: int = MAX_KEYS) -> None:
        self._limit = limit
        self._window_ms = window_ms
        self._max_keys = max_keys
        self._attempts: OrderedDict[str, deque[int]] = OrderedDict()

    def wait_ms(self, key: str, now_ms: int) -> int:
        """How long until the key may try again, 0 when it may now."""
        times = self._attempts.get(key)
        if times is None or len(times) < self._limit:
            return 0
        return max(0, times[0] + self._window_ms - now_ms)

    def attempt(self, key: str, now_ms: int) -> None:
        """Count an attempt, before it is made: many at once must not slip through together."""
        self._attempts.setdefault(key, deque(maxlen=self._limit)).append(now_ms)
        self._attempts.move_to_end(key)
        if len(self._attempts) > self._max_keys:
            self._attempts.popitem(last=False)

    def take_back(self, key: str) -> None:
        """The last attempt was no guess: it does not count."""
        if times := self._attempts.get(key):
            times.pop()

    def __len__(self) -> int:
        return len(self._attempts)
