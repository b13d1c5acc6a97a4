"""Time. Inside a pure core time is data; only shells read a clock, and through this."""

import time
from collections.abc import Callable

Clock = Callable[[], int]
"""Gives milliseconds: wall time since 1970-01-01 UTC, for stamps, or monotonic time, for durations. Tests hand in their own."""


def wall_ms() -> int:
    """The system's wall clock in milliseconds since 1970-01-01 UTC."""
    return time.time_ns() // 1_000_000


def monotonic_ms() -> int:
    """Milliseconds since some moment: no step of the wall clock moves it."""
    return time.monotonic_ns() // 1_000_000
