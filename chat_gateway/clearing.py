"""Clears away what has run out: keys and links that nobody can use any more, browsers that asked long ago."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from contracts.errors import SangdamError

log = logging.getLogger(__name__)

EVERY_S: Final = 3600.0

Clear = Callable[[], Awaitable[None]]


class Clearing:
    """Does each of some jobs about once an hour. Several gateways may: what is gone is gone."""

    def __init__(self, jobs: Sequence[Clear], every_s: float = EVERY_S) -> None:
        self._jobs = jobs
        self._every_s = every_s

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(self._every_s * random.uniform(0.5, 1.5))  # noqa: S311  not all gateways at once
            for job in self._jobs:
                try:
                    await job()
                except (SangdamError, OSError) as error:
                    log.warning("not cleared away yet: %s", error)
