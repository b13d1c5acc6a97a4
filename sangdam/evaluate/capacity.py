"""The largest number of channels that passes a trial: doubling, then bisection. Pure."""

from collections.abc import Awaitable, Callable
from typing import Final

MAX_CHANNELS: Final = 500
"""Calls of one ingest process."""


async def largest(passes: Callable[[int], Awaitable[bool]], *, start: int = 1) -> int:
    """Find N so that `passes(N)` and not `passes(N + step)`, 0 when one channel is too much already.

    The step is one below 16 channels and a sixteenth above: trials in real time are no finer than that.

    Args:
        passes: one trial; taken as monotonous.
        start: what to try first.
    """
    good, bad = 0, MAX_CHANNELS + 1
    tried = start
    while tried < bad:
        if await passes(tried):
            good = tried
            tried = min(2 * tried, MAX_CHANNELS) if tried < MAX_CHANNELS else bad
        else:
            bad = tried
    while bad - good > max(1, good // 16):
        middle = (good + bad) // 2
        if await passes(middle):
            good = middle
        else:
            bad = middle
    return good
