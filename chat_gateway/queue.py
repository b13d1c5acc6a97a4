"""The queue of one gateway: who gets what, what those who wait are told, what happens when an agent is lost.

Any number of gateways work on one database at once. Each plans for all agents, from the same rows, and assigns to
those whose page it has: so nobody else gives an agent more than the capacity. That a conversation goes to one agent
only is the log's transaction's doing: the second one meets a Conflict and goes on to the next.
"""

import asyncio
import logging
import time
from collections import OrderedDict, defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Final, Protocol

from sqlalchemy.ext.asyncio import AsyncSession

from chat_gateway.agents import Agents
from chat_gateway.log import ChatLog
from chat_gateway.places import Places
from chat_gateway.routing import Assignment, Desk, Waiter, plan
from chat_gateway.rules import Rules
from contracts.chat import (
    SYSTEM,
    Assigned,
    Available,
    Channel,
    ChatEntry,
    ChatHead,
    ChatMessage,
    Party,
    QueuePlace,
    Requeued,
    Side,
)
from contracts.chat_http import Colleague
from contracts.clock import Clock, monotonic_ms, wall_ms
from contracts.errors import Conflict, NotAllowed, NotFound, Unavailable
from contracts.event import Language
from store import chat_agents, chat_queue
from store.chat_queue import StoredWaiter
from store.database import Database

log = logging.getLogger(__name__)

TICK_S: Final = 1.0
"""Queue and agents are looked at so often, and at once when something happens."""
MAX_ASSIGNED: Final = 100
"""In one round."""

_AGAIN_MS: Final = 5_000
"""A queue that stands still is planned again after this: who waits long may go to more agents by then."""
_REST: Final = 4.0
"""After a round, so many times as long as it took is left to others."""
_LEAST_REST_S: Final = 0.02
_SERVICE_EVERY_MS: Final = 30_000
_HOUR_MS: Final = 3_600_000
_MAX_FACTS: Final = 20_000
_FACTS_AT_ONCE: Final = 500

_TURNS: Final = frozenset(
    {
        "opened",
        "requeued",
        "transferred",
        "taken",
        "assigned",
        "ended",
        "solved",
        "blocked",
        "rested",
        "urgent",
    }
)
"""Entries after which the queue, or who has room, is another."""


class Pages(Protocol):
    """What the queue needs of the hub: the pages connected here."""

    def tell(self, contact_id: str, message: ChatMessage, side: Side | None = None) -> None: ...
    def tell_staff(self, message: ChatMessage, staff_id: str | None = None) -> None: ...
    def staff_online(self) -> Mapping[str, Party]: ...
    def attended(self, contact_id: str, side: Side) -> bool: ...
    def listen(self, heard: Callable[[ChatHead | None, ChatEntry], None]) -> None: ...


class Queue:
    """Args:
    chats: the way into the log.
    hub: pages connected here.
    database: of the site.
    rules: of the site.
    instance: of this process; another one after each start.
    clock: wall time.
    monotonic: for silence.
    tick_s: between two looks.
    """

    def __init__(
        self,
        chats: ChatLog,
        hub: Pages,
        database: Database,
        rules: Rules,
        *,
        instance: str,
        clock: Clock = wall_ms,
        monotonic: Clock = monotonic_ms,
        tick_s: float = TICK_S,
    ) -> None:
        self._log = chats
        self._hub = hub
        self._database = database
        self._rules = rules
        self._clock = clock
        self._tick_s = min(tick_s, rules.agent_lost_s / 4)
        self._agents = Agents(
            hub.staff_online, database, rules, instance=instance, clock=monotonic, tick_s=self._tick_s
        )
        self._places = Places(rules)
        self._facts: OrderedDict[str, tuple[Channel, Language]] = OrderedDict()
        self._service_s: list[float] = []
        self._service_ms: int | None = None
        self._rows: list[StoredWaiter] = []
        self._waiters_then: list[Waiter] = []
        """Made of these rows; the same list as long as they are the same."""
        self._planned: tuple[list[Waiter], list[Desk], int] | None = None
        """What there was nothing to do about, and when."""
        self._wake = asyncio.Event()
        self.assigned = 0
        """By this process, since its start."""
        self.requeued = 0
        """Conversations of agents who were lost."""
        hub.listen(self._heard)

    # -- what the server asks ------------------------------------------------------------------------------

    async def connected(self, staff: Party) -> Available:
        """Their page is connected here. Returns whether they take chats, as when they were here last.

        Raises:
            Unavailable: the database does not answer.
        """
        agent = await self._agents.connect(staff)
        self._wake.set()
        return Available(on=agent.available, capacity=self._agents.capacity(agent))

    def gone(self, staff_id: str) -> None:
        """Their page is gone: unless it is back within `agent_lost_s`, their conversations go to others."""
        log.debug("page of %s gone", staff_id)
        self._wake.set()

    async def available(self, staff: Party, request: Available) -> None:
        """They take conversations, or no more; what they have stays theirs.

        Raises:
            Unavailable: the database does not answer.
        """
        await self._agents.set(staff, request)
        self._wake.set()

    async def place(self, contact_id: str) -> QueuePlace | None:
        """Where a citizen stands; None: not waiting, or only since a moment ago, and then told with the next round."""
        self._wake.set()
        return self._places.of(contact_id)

    async def colleagues(self) -> tuple[Colleague, ...]:
        """Who takes chats now, the least busy first.

        Raises:
            Unavailable: the database does not answer.
        """
        async with self._database.session() as session:
            desks = await self._desks(session)
        found = (
            Colleague(
                staff_id=desk.staff_id,
                name=self._agents.name(desk.staff_id),
                load=round(min(1.0, desk.load / desk.capacity), 3),
            )
            for desk in desks
        )
        return tuple(sorted(found, key=lambda one: (one.load, one.name)))

    # -- gauges --------------------------------------------------------------------------------------------

    @property
    def waiting(self) -> int:
        """Conversations that wait, as of the last look."""
        return self._places.waiting().count

    @property
    def longest_ms(self) -> int:
        """How long the first of them has waited."""
        return self._places.waiting().longest_ms

    @property
    def agents(self) -> int:
        """Who takes conversations now."""
        return self._places.waiting().agents

    # -- at work -------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._beat_always())
            tasks.create_task(self._assign_always())

    async def _beat_always(self) -> None:
        while True:
            await _tried(self.beat)
            await asyncio.sleep(self._tick_s)

    async def _assign_always(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._tick_s):
                    await self._wake.wait()
            except TimeoutError:
                pass
            self._wake.clear()
            began = time.monotonic()
            await _tried(self.round)
            await asyncio.sleep(max(_LEAST_REST_S, _REST * (time.monotonic() - began)))

    def _heard(self, _head: ChatHead | None, entry: ChatEntry) -> None:
        if entry.body.kind in _TURNS:
            self._wake.set()

    async def beat(self) -> None:
        """One look at the agents: what those who are lost had goes back to the queue, to its front.

        Raises:
            Unavailable: the database does not answer.
        """
        for staff_id in await self._agents.beat():
            async with self._database.session() as session:
                theirs = await chat_queue.serving(session, [staff_id])
            if theirs:
                log.warning(
                    "상담사 %s의 연결이 끊겨 상담 %d건을 대기열로 돌립니다. / agent %s is lost, %d chats go back to the queue.",
                    *(staff_id, len(theirs)) * 2,
                )
            who = Party(side="system", staff_id=staff_id)
            lost = Requeued(reason="agent_lost", front=True)
            done = await asyncio.gather(*(self._submit(contact, who, lost) for _, contact in theirs))
            self.requeued += sum(done)

    async def round(self) -> int:
        """One look at the queue: assign what this gateway may, tell who waits. Returns how many were assigned.

        Raises:
            Unavailable: the database does not answer.
        """
        now_ms = self._clock()
        async with self._database.session() as session:
            waiters = await self._waiters(session)
            self._agents.read(await chat_agents.all(session))
            desks = await self._desks(session) if waiters else self._idle_desks()
            if waiters:
                await self._learn_service(session, now_ms)
        if self._is_as_planned(waiters, desks, now_ms):
            self._tell(now_ms)
            return 0
        planned = plan(waiters, desks, self._rules.weights, now_ms)
        mine = [one for one in planned if self._agents.is_here(one.staff_id)][:MAX_ASSIGNED]
        done = await asyncio.gather(*(self._assign(one) for one in mine))
        self.assigned += sum(done)
        served = {one.contact_id for one in mine}
        rest = [waiter for waiter in waiters if waiter.contact_id not in served]
        self._places.update(rest, desks, self._service_s, now_ms)
        self._planned = None if mine else (waiters, desks, now_ms)
        self._tell(now_ms)
        return sum(done)

    def _is_as_planned(self, waiters: list[Waiter], desks: list[Desk], now_ms: int) -> bool:
        """Nothing was to do a moment ago, and all is as it was then."""
        if self._planned is None:
            return False
        old_waiters, old_desks, old_ms = self._planned
        return waiters is old_waiters and desks == old_desks and 0 <= now_ms - old_ms < _AGAIN_MS

    async def _assign(self, one: Assignment) -> bool:
        agent = Party(side="staff", staff_id=one.staff_id, name=self._agents.name(one.staff_id))
        return await self._submit(one.contact_id, SYSTEM, Assigned(agent=agent))

    async def _submit(self, contact_id: str, who: Party, body: Assigned | Requeued) -> bool:
        try:
            await self._log.submit(contact_id, who, body)
        except (Conflict, NotFound, NotAllowed):
            return False  # another gateway was faster, or the citizen has ended it
        except Unavailable as error:
            log.info("%s of a chat waits: %s", body.kind, error)
            return False
        return True

    def _tell(self, now_ms: int) -> None:
        for place in self._places.news(lambda contact_id: self._hub.attended(contact_id, "citizen")):
            self._hub.tell(place.contact_id, place, "citizen")
        if self._hub.staff_online() and (news := self._places.waiting_news(now_ms)):
            self._hub.tell_staff(news)

    # -- what it is decided by -----------------------------------------------------------------------------

    async def _waiters(self, session: AsyncSession) -> list[Waiter]:
        rows = await chat_queue.waiting(session)
        if rows == self._rows:
            return self._waiters_then
        facts = await self._facts_of(session, [row.contact_id for row in rows])
        self._rows = rows
        self._waiters_then = [
            Waiter(
                row.contact_id,
                row.queued_at_ms,
                row.skill,
                facts[row.contact_id][1],
                facts[row.contact_id][0],
                row.urgent,
                row.front,
            )
            for row in rows
            if row.contact_id in facts
        ]
        return self._waiters_then

    async def _desks(self, session: AsyncSession) -> list[Desk]:
        taking = self._agents.taking()
        having = await chat_queue.serving(session, [agent.staff_id for agent in taking])
        facts = await self._facts_of(session, [contact for _, contact in having])
        loads: defaultdict[str, float] = defaultdict(float)
        for staff_id, contact_id in having:
            channel = facts[contact_id][0] if contact_id in facts else "web"
            loads[staff_id] += self._rules.weights.get(channel, 1.0)
        return [self._agents.desk(agent, loads[agent.staff_id]) for agent in taking]

    def _idle_desks(self) -> list[Desk]:
        """Nobody waits: how much they have does not matter."""
        return [self._agents.desk(agent, 0.0) for agent in self._agents.taking()]

    async def _facts_of(
        self, session: AsyncSession, contact_ids: Collection[str]
    ) -> Mapping[str, tuple[Channel, Language]]:
        """Channel and language, read once of each conversation, for they never change."""
        known = self._facts
        new = [contact_id for contact_id in contact_ids if contact_id not in known]
        found = {contact_id: known[contact_id] for contact_id in contact_ids if contact_id in known}
        for begin in range(0, len(new), _FACTS_AT_ONCE):
            found |= await chat_queue.facts(session, new[begin : begin + _FACTS_AT_ONCE])
        for contact_id in new:
            if contact_id in found:
                known[contact_id] = found[contact_id]
        while len(known) > _MAX_FACTS:
            known.popitem(last=False)
        return found

    async def _learn_service(self, session: AsyncSession, now_ms: int) -> None:
        if self._service_ms is None or abs(now_ms - self._service_ms) >= _SERVICE_EVERY_MS:
            self._service_s = await chat_queue.service_s(session, now_ms - _HOUR_MS)
            self._service_ms = now_ms


async def _tried(work: Callable[[], Awaitable[object]]) -> None:
    try:
        await work()
    except Unavailable as error:
        log.info("the chat queue waits: %s", error)
    except Exception:
        log.exception("the chat queue failed once")
