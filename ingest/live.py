"""The calls of this process: each is fed by one task and published in order. The shell around `Call`."""

import asyncio
import contextlib
import logging
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bus.base import Bus
from bus.events import publish_events
from contracts.audio import AudioFrame, Pcm16
from contracts.clock import Clock, wall_ms
from contracts.contact import ContactState
from contracts.errors import NotFound, Overloaded
from contracts.event import Role
from contracts.topics import CALL_AUDIO
from ingest.call import Call
from ingest.counts import IngestCounts

log = logging.getLogger(__name__)

MAX_CALLS: Final = 500
"""Calls of one ingest process; the next one is refused and says so."""


@dataclass(frozen=True, slots=True)
class CallInfo:
    """What is known of a call before its first sample."""

    agent_id: str | None
    title: str
    source: str
    roles: Mapping[int, Role]
    rate_hz: int
    simulated: bool = False


class LiveCall:
    """A call that is being published."""

    def __init__(self, bus: Bus, call: Call, clock: Clock) -> None:
        self.call = call
        self._bus = bus
        self._clock = clock

    @property
    def contact_id(self) -> str:
        return self.call.contact_id

    async def become(self, state: ContactState, reason: str = "") -> None:
        """Change the state and publish it."""
        await publish_events(self._bus, [self.call.become(state, self._clock(), reason=reason)])

    async def hear(self, blocks: Mapping[int, Pcm16], heard_ms: int | None = None) -> None:
        """Publish samples, channel → int16 of shape (n,); the frames of all channels go in one append."""
        at = self._clock() if heard_ms is None else heard_ms
        await self._publish(
            [f for channel, block in blocks.items() for f in self.call.audio(channel, block, at)]
        )

    async def end(self, reason: str = "") -> None:
        """Close the channels and the call; safe to call twice."""
        if self.call.state == "ended":
            return
        now = self._clock()
        await self._publish(self.call.finish(now))
        await publish_events(self._bus, [self.call.become("ended", now, reason=reason)])

    async def _publish(self, frames: Sequence[AudioFrame]) -> None:
        if frames:
            records = [(frame.contact_id, frame.encode()) for frame in frames]
            await self._bus.publish_many(CALL_AUDIO.name, records)


class LiveCalls:
    """All calls of this process. One call's failure ends that call, says why and touches no other."""

    def __init__(self, bus: Bus, clock: Clock = wall_ms, instance: str = "") -> None:
        """Args:
        instance: this process's name, that of no other; with it, others end its calls when it dies.
        """
        self.counts = IngestCounts()
        self._bus = bus
        self._clock = clock
        self._instance = instance
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._owners: dict[str, str | None] = {}

    def __len__(self) -> int:
        return len(self._tasks)

    @contextlib.asynccontextmanager
    async def open(self, info: CallInfo) -> AsyncIterator[LiveCall]:
        """A call from ringing to ended, however the block is left.

        Raises:
            Overloaded: this process has its fill of calls.
        """
        if len(self._tasks) >= MAX_CALLS:
            self.counts.refused_calls += 1
            raise Overloaded(
                f"이 서버가 받을 수 있는 통화({MAX_CALLS})가 다 찼습니다. 잠시 뒤 다시 시도하십시오.",
                f"this server has its {MAX_CALLS} calls; try again later.",
            )
        call = Call(
            str(uuid.uuid4()),
            roles=info.roles,
            rate_hz=info.rate_hz,
            now_ms=self._clock(),
            agent_id=info.agent_id,
            title=info.title,
            source=info.source,
            simulated=info.simulated,
            instance=self._instance,
        )
        task = asyncio.current_task()
        assert task is not None
        self._tasks[call.contact_id] = task
        self._owners[call.contact_id] = info.agent_id
        live = LiveCall(self._bus, call, self._clock)
        reason = ""
        try:
            await publish_events(self._bus, [call.ring(self._clock()), call.become("talking", self._clock())])
            yield live
        except asyncio.CancelledError:
            reason = "끊음 / hung up"
            raise
        except Exception as error:
            reason = str(error)
            raise
        finally:
            del self._tasks[call.contact_id], self._owners[call.contact_id]
            # The end is published even while this task is being cancelled.
            await asyncio.shield(live.end(reason))

    def hang_up(self, contact_id: str, owner: str | None = None) -> None:
        """End a call; with `owner`, only if it is that agent's.

        Raises:
            NotFound: no such call here, or not this agent's.
        """
        task = self._tasks.get(contact_id)
        if task is None or (owner is not None and self._owners[contact_id] != owner):
            raise NotFound("진행 중인 통화가 아닙니다.", "no such call in progress.")
        task.cancel()
