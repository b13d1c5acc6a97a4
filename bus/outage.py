"""Waiting for a bus or a database that is away: longer from time to time, and said once."""

import asyncio
import logging
import random
import time
from typing import Final

from contracts.errors import BadSetting, Unavailable

log = logging.getLogger(__name__)

AWAY: Final = (Unavailable, BadSetting, OSError)
"""What is no fault of a record: full, overloaded, unreachable, or not rightly set up. It is waited for."""

FIRST_WAIT_S: Final = 0.2
LAST_WAIT_S: Final = 5.0


class Outage:
    """One waiter's view of what it needs. Log lines: one at the beginning of an outage, one at its end."""

    def __init__(self, who: str) -> None:
        self._who = who
        self._wait_s = FIRST_WAIT_S
        self._since: float | None = None

    async def wait(self, error: Exception) -> None:
        """It is away, as `error` tells: wait a while, twice as long as the last time, 5 s at most."""
        if self._since is None:
            self._since = time.monotonic()
            log.error("%s: %s", self._who, error)
        # Not all at once when it comes back: half of the time is chance.
        await asyncio.sleep(self._wait_s * random.uniform(0.5, 1.0))  # noqa: S311  no secret
        self._wait_s = min(2 * self._wait_s, LAST_WAIT_S)

    def over(self) -> None:
        """It is there, again or still."""
        if self._since is not None:
            log.warning("%s: goes on after %.1f s", self._who, time.monotonic() - self._since)
            self._since = None
            self._wait_s = FIRST_WAIT_S
