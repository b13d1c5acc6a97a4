"""Simulated calls as real events on the bus: they ring, are answered, are talked and end; every page shows them."""

import asyncio
import random
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from bus.base import Bus
from bus.events import publish_events, publish_patiently
from contracts.clock import Clock, wall_ms
from contracts.contact import ContactState, ContactStateChanged
from contracts.errors import SangdamError
from contracts.event import Role
from contracts.transcript import Utterance, utterance_id
from sangdam.simulation.pace import line_s

AGENTS: Final = tuple(f"sim-{number:02}" for number in range(1, 11))
"""Ten of them, so that calls wait for one when the city calls a lot. No such accounts exist."""
TITLE: Final = "모의 통화"
CHANNELS: Final[dict[int, Role]] = {0: "agent", 1: "caller"}
MAX_AT_ONCE: Final = 30
"""Calls on the line, waiting ones among them; who calls then hears the busy tone."""
PATIENCE_S: Final = 90.0
"""Then a citizen whom nobody answers hangs up."""

_END_S: Final = 2.0
_RATE: Final = 8
"""Samples a millisecond, for ids of utterances."""
_RING_S: Final = (1.5, 4.0)


@dataclass(slots=True)
class SimulationCounts:
    """For tests and for whoever wonders."""

    calls: int = 0
    refused: int = 0


class Switchboard:
    """Takes simulated calls.

    Args:
        bus: where they are published.
        instance: of this process: others end its calls when it dies.
        agents: who answer.
        speed: 2 is twice as fast.
    """

    def __init__(
        self,
        bus: Bus,
        instance: str,
        *,
        agents: Sequence[str] = AGENTS,
        speed: float = 1.0,
        clock: Clock = wall_ms,
    ) -> None:
        self._bus = bus
        self._instance = instance
        self._speed = speed
        self._clock = clock
        self._free: asyncio.Queue[str] = asyncio.Queue()
        for agent in agents:
            self._free.put_nowait(agent)
        self._live = 0
        self.counts = SimulationCounts()

    async def call(self, lines: Sequence[tuple[Role, str]], chance: random.Random) -> None:
        """One call from its ringing to its end; a cancelled one is hung up."""
        if self._live >= MAX_AT_ONCE:
            self.counts.refused += 1
            return
        self._live += 1
        self.counts.calls += 1
        contact = _Contact(self._clock(), self._instance)
        agent = ""
        try:
            await self._tell(contact, "ringing", None)
            await self._pause(chance.uniform(*_RING_S))
            agent = await self._answered()
            if agent:
                await self._tell(contact, "talking", agent)
                await self._talk(contact, lines)
        finally:
            self._live -= 1
            if agent:
                self._free.put_nowait(agent)
            await self._hang_up(contact, agent or None)

    async def _answered(self) -> str:
        """The next free agent; empty: nobody in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S / self._speed):
                return await self._free.get()
        return ""

    async def _talk(self, contact: "_Contact", lines: Sequence[tuple[Role, str]]) -> None:
        for role, text in lines:
            await self._pause(line_s(text))
            await publish_patiently(self._bus, [contact.said(role, text, self._clock())], "simulation")

    async def _tell(self, contact: "_Contact", state: ContactState, agent: str | None) -> None:
        await publish_patiently(self._bus, [contact.now(state, agent, self._clock())], "simulation")

    async def _hang_up(self, contact: "_Contact", agent: str | None) -> None:
        """Within a limit also when the demo ends; what could not be told, the next start tells for us."""
        with suppress(TimeoutError, SangdamError):
            async with asyncio.timeout(_END_S):
                await publish_events(self._bus, [contact.now("ended", agent, self._clock())])

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds / self._speed)


class _Contact:
    """Makes the events of one call."""

    def __init__(self, now_ms: int, instance: str) -> None:
        self._contact_id = str(uuid.uuid4())
        self._began_ms = now_ms
        self._instance = instance
        self._revision = 0
        self._last_ms = -1

    def now(self, state: ContactState, agent: str | None, now_ms: int) -> ContactStateChanged:
        self._revision += 1
        return ContactStateChanged(
            contact_id=self._contact_id,
            at_ms=now_ms,
            revision=self._revision,
            state=state,
            agent_id=agent,
            title=TITLE,
            source="simulation",
            roles=CHANNELS,
            started_at_ms=self._began_ms,
            simulated=True,
            instance=self._instance,
        )

    def said(self, role: Role, text: str, now_ms: int) -> Utterance:
        """A line. It has no length: nobody spoke, so it must not count among what the recogniser took."""
        channel = next(number for number, who in CHANNELS.items() if who == role)
        at_ms = self._last_ms = max(self._last_ms + 1, now_ms - self._began_ms)
        return Utterance(
            contact_id=self._contact_id,
            at_ms=now_ms,
            utterance_id=utterance_id(self._contact_id, channel, at_ms * _RATE),
            revision=1,
            status="final",
            channel=channel,
            role=role,
            start_ms=at_ms,
            end_ms=at_ms,
            text=text,
            heard_ms=now_ms,
        )
