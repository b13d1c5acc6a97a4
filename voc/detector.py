"""Looks every few minutes whether there are more contacts than usual, and writes what it finds."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from bus.base import Bus
from contracts.categories import Category
from contracts.clock import Clock, wall_ms
from contracts.districts import District
from store.database import Database
from voc.calendar import Calendar
from voc.notices import Notices
from voc.rules import Rules


@dataclass(frozen=True, slots=True)
class StepResult:
    """What one look found."""

    taken: bool = False
    """False: another process looked, or it was too early."""
    signals: int = 0
    raised: tuple[str, ...] = ()
    """Ids of new alerts."""
    changed: tuple[str, ...] = ()


@dataclass(slots=True)
class DetectorCounts:
    """What operators want to know."""

    steps: int = 0


class Detector:
    """See `step`."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        rules: Rules,
        calendar: Calendar,
        districts: Sequence[District],
        categories: Sequence[Category],
        *,
        clock: Clock = wall_ms,
        tell: Notices | None = None,
    ) -> None:
        self._database = database
        self._bus = bus
        self._rules = rules
        self._calendar = calendar
        self._districts = districts
        self._categories = categories
        self._clock = clock
        self._tell = tell
        self.counts = DetectorCounts()

    async def run(self) -> None:
        """Look again and again."""
        while True:
            await self.step(self._clock())
            await asyncio.sleep(self._rules.step_s)

    async def step(self, now_ms: int) -> StepResult:  # noqa: ARG002
        """Look once."""
        return StepResult()
