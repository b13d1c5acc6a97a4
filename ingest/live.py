"""The calls of this process: each is fed by one task and published in order. The shell around `Call`."""

import asyncio
import contextlib
import logging
import uuid
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Final

from bus.base import Bus
from contracts.audio import FRAME_MS, Pcm16
from contracts.clock import Clock, monotonic_ms, wall_ms
from contracts.contact import ContactState
from contracts.context import about
from contracts.errors import NotFound, Overloaded, Unavailable
from contracts.event import Role
from ingest.call import Call
from ingest.counts import IngestCounts
from ingest.outbox import Outbox

log = logging.getLogger(__name__)

MAX_CALLS: Final = 500
"""Calls of one ingest process; the next one is refused and says so."""

_OPEN_S: Final = 5.0
"""A recording is refused when the bus does not take its beginning within this time."""
_END_S: Final = 2.0
"""Whoever ends a call waits so long for the bus."""


@dataclass(frozen=True, slots=True)
class CallInfo:
    """What is known of a call before its first sample."""

    agent_id: str | None
    title: str
    source: str
    roles: Mapping[int, Role]
    rate_hz: int
    simulated: bool = False
    pausable: bool = True
    """The audio can wait while the bus is away, as a recording's; a caller's cannot."""


class LiveCall:
    """A call that is being published."""

    def __init__(self, outbox: Outbox, call: Call, now: Clock, *, pausable: bool) -> None:
        self.call = call
        self._outbox = outbox
        self._now = now
        self._pausable = pausable
        self._channels = len(call.roles)

    @property
    def contact_id(self) -> str:
        return self.call.contact_id

    async def become(self, state: ContactState, reason: str = "") -> None:
        """Change the state, and have it published. Does not wait for that.

        Raises:
            Conflict: this state cannot follow the present one.
        """
        self._outbox.put_state(self.call.become(state, self._now(), reason=reason))

    async def hear(self, blocks: Mapping[int, Pcm16], heard_ms: int | None = None) -> None:
        """Publish samples, channel → int16 of shape (n,); the frames of all channels go in one append.

        Waits, however long, until they are durable, if the audio can wait. Else it is put down and published
        beside: what has waited for a minute is lost, oldest first.
        """
        at = self._now() if heard_ms is None else heard_ms
        frames = [frame for channel, block in blocks.items() for frame in self.call.audio(channel, block, at)]
        self._outbox.put_frames(frames, self._channels, keep=self._pausable)
        if self._pausable:
            await self.sent()

    async def end(self, reason: str = "") -> None:
        """Close the channels and the call, and have it published; safe to call twice.

        The reason says how much audio was lost, if any was.
        """
        if self.call.state == "ended":
            return
        now = self._now()
        self._outbox.put_frames(self.call.finish(now), self._channels)
        if dropped := self._outbox.dropped(self.contact_id):
            seconds = dropped * FRAME_MS / 1000 / self._channels
            lost = f"버스가 멈춘 동안 소리 {seconds:.1f}초를 잃음 / {seconds:.1f} s of audio lost while the bus was away"
            log.error("ingest: %s: %s", self.contact_id, lost)
            reason = f"{reason}; {lost}" if reason else lost
        self._outbox.put_state(self.call.become("ended", now, reason=reason))
        self._outbox.forget(self.contact_id)

    async def sent(self, limit_s: float | None = None) -> None:
        """Wait until all so far is durable on the bus.

        Raises:
            Unavailable: it was not within `limit_s` seconds; it is published later.
        """
        await self._outbox.sent(self.contact_id, limit_s)


class LiveCalls:
    """All calls of this process. One call's failure ends that call, says why and touches no other."""

    def __init__(
        self, bus: Bus, clock: Clock = wall_ms, instance: str = "", *, monotonic: Clock = monotonic_ms
    ) -> None:
        """Args:
        bus: where calls are published.
        clock: wall time, looked at when a call begins.
        instance: this process's name, that of no other; with it, others end its calls when it dies.
        monotonic: counts on from there, in ms: when the wall clock jumps, no call's time does.
        """
        self.counts = IngestCounts()
        self._clock = clock
        self._monotonic = monotonic
        self._instance = instance
        self._outbox = Outbox(bus, self.counts)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._owners: dict[str, str | None] = {}

    def __len__(self) -> int:
        return len(self._tasks)

    @contextlib.asynccontextmanager
    async def open(self, info: CallInfo) -> AsyncIterator[LiveCall]:
        """A call from ringing to ended, however the block is left.

        Raises:
            Overloaded: this process has its fill of calls.
            Unavailable: the bus does not take it. Live calls are taken all the same.
        """
        self._check_room()
        now = self._steady_clock()
        call = Call(
            str(uuid.uuid4()),
            roles=info.roles,
            rate_hz=info.rate_hz,
            now_ms=now(),
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
        live = LiveCall(self._outbox, call, now, pausable=info.pausable)
        ringing = call.ring(now())
        reason = ""
        with about(ringing, "call"):
            try:
                self._outbox.put_state(ringing)
                await live.become("talking")
                if info.pausable:
                    await live.sent(_OPEN_S)
                yield live
            except asyncio.CancelledError:
                reason = "끊음 / hung up"
                raise
            except Exception as error:
                reason = str(error)
                raise
            finally:
                del self._tasks[call.contact_id], self._owners[call.contact_id]
                await live.end(reason)
                # Also while this task is being cancelled. What is not out by then is published later.
                with contextlib.suppress(Unavailable):
                    await asyncio.shield(live.sent(_END_S))

    def _check_room(self) -> None:
        if len(self._tasks) >= MAX_CALLS:
            self.counts.refused_calls += 1
            raise Overloaded(
                f"이 서버가 받을 수 있는 통화({MAX_CALLS})가 다 찼습니다. 잠시 뒤 다시 시도하십시오.",
                f"this server has its {MAX_CALLS} calls; try again later.",
            )
        if self._outbox.is_full:
            self.counts.refused_calls += 1
            raise Overloaded(
                "버스가 오래 멈추어 새 통화를 받을 수 없습니다. 버스를 확인하십시오.",
                "the bus has been away for too long to take another call; look at the bus.",
            )

    def _steady_clock(self) -> Clock:
        """Wall time as of now, counted on by the monotonic clock."""
        offset_ms = self._clock() - self._monotonic()
        return lambda: offset_ms + self._monotonic()

    async def close(self, limit_s: float = _END_S) -> None:
        """Publish what ended calls left waiting, for so long at most. Hang up the calls before."""
        await self._outbox.close(limit_s)

    def hang_up(self, contact_id: str, owner: str | None = None) -> None:
        """End a call; with `owner`, only if it is that agent's.

        Raises:
            NotFound: no such call here, or not this agent's.
        """
        task = self._tasks.get(contact_id)
        if task is None or (owner is not None and self._owners[contact_id] != owner):
            raise NotFound("진행 중인 통화가 아닙니다.", "no such call in progress.")
        task.cancel()
