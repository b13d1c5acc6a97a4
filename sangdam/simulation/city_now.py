"""The simulated city from now on: calls at the usual rate, and an outage of water that begins."""

import asyncio
import random
from dataclasses import dataclass

from contracts.clock import Clock, wall_ms
from sangdam.simulation import pace
from sangdam.simulation.calls import Switchboard
from sangdam.simulation.people import People
from sangdam.simulation.scripts import Lines, Scripts, at_home, there
from sangdam.voc_city import City


@dataclass(slots=True)
class CityNow:
    """Calls until cancelled.

    Args:
        board: takes the calls.
        people: who calls, and `scripts` what they say.
        city: how often.
        speed: 2 is twice as fast.
        chance: of all that is left to it.
    """

    board: Switchboard
    people: People
    scripts: Scripts
    city: City
    chance: random.Random
    speed: float = 1.0
    clock: Clock = wall_ms

    async def run(self) -> None:
        """Ends with its calls hung up."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._everyday(group))
            group.create_task(self._outage(group))

    async def _everyday(self, group: asyncio.TaskGroup) -> None:
        while True:
            wait_s, is_call = pace.next_call_s(self.city, self.clock(), self.chance)
            await asyncio.sleep(wait_s / self.speed)
            if is_call:
                self._ring(group, self._somebody())

    async def _outage(self, group: asyncio.TaskGroup) -> None:
        """Each wording once before any comes again."""
        began = asyncio.get_running_loop().time()
        calls = list(self.scripts.outage.calls)
        for number, at_s in enumerate(pace.outage_calls()):
            await asyncio.sleep(max(0.0, began + at_s / self.speed - asyncio.get_running_loop().time()))
            self._ring(group, there(calls[number % len(calls)], self.scripts.outage.at))

    def _ring(self, group: asyncio.TaskGroup, lines: Lines) -> None:
        call = self.scripts.call(lines, self.chance)
        group.create_task(self.board.call(call, self.chance))

    def _somebody(self) -> Lines:
        topic, district = pace.matter(self.city, self.clock(), self.chance)
        citizen = self.people.one(topic, self.chance)
        return at_home(citizen.lines, district, self.people.place(district, self.chance))
