"""A circuit breaker: whoever fails again and again is left alone for a while. Pure: time is an argument.

closed ── so many failures in a row ──▶ open ── the pause is over ──▶ half-open: one try
   ▲                                      ▲                                  │
   └────────────── it worked ─────────────┼──────────────────────────────────┤
                                          └──── it failed: twice the pause ───┘

The pattern is Nygard's (Release It!, 2007).
"""

from dataclasses import dataclass
from typing import Literal

State = Literal["closed", "open", "half-open"]


@dataclass(frozen=True, slots=True)
class Pass:
    """Leave to try once; its outcome is told with it."""

    round: int
    """How often the breaker had opened: what began before it opened last says nothing about now."""


class Breaker:
    """Not thread-safe; times are seconds of one clock that never goes back."""

    def __init__(self, *, failures: int = 3, pause_s: float = 5.0, longest_pause_s: float = 60.0) -> None:
        """Closed.

        Args:
            failures: so many in a row open it.
            pause_s: how long it stays open the first time.
            longest_pause_s: each try that fails doubles the pause, up to this.
        """
        self._limit = failures
        self._first_pause_s = pause_s
        self._longest_pause_s = longest_pause_s
        self._in_a_row = 0
        self._round = 0
        self._pause_s = pause_s
        self._open_until_s: float | None = None
        self._trying = False

    @property
    def state(self) -> State:
        if self._open_until_s is None:
            return "closed"
        return "half-open" if self._trying else "open"

    def refuses(self, now_s: float) -> bool:
        """Nobody may try now."""
        return self._open_until_s is not None and (self._trying or now_s < self._open_until_s)

    def enter(self, now_s: float) -> Pass:
        """Try, though not while it refuses; the outcome is told by one of the three below."""
        assert not self.refuses(now_s)
        self._trying = self._open_until_s is not None
        return Pass(self._round)

    def wait_s(self, now_s: float) -> float:
        """How long nobody is let in any more; 0 when somebody would be."""
        return max(0.0, (self._open_until_s or now_s) - now_s)

    def worked(self, given: Pass) -> None:
        if given.round != self._round:
            return
        self._in_a_row = 0
        self._pause_s = self._first_pause_s
        self._open_until_s = None
        self._trying = False

    def failed(self, given: Pass, now_s: float) -> None:
        if given.round != self._round:
            return
        self._in_a_row += 1
        if self._trying:
            self._pause_s = min(2 * self._pause_s, self._longest_pause_s)
        elif self._in_a_row < self._limit:
            return
        self._round += 1
        self._in_a_row = 0
        self._trying = False
        self._open_until_s = now_s + self._pause_s

    def dropped(self, given: Pass) -> None:
        """It was given up before anybody knew."""
        if given.round == self._round:
            self._trying = False
