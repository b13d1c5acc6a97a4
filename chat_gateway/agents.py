"""The agents of all gateways, and the beats of those whose page is connected here."""

from collections.abc import Callable, Mapping
from typing import Final

from chat_gateway.presence import Presence
from chat_gateway.routing import Desk
from chat_gateway.rules import AgentRule, Rules
from contracts.chat import Available, Party
from contracts.clock import Clock, monotonic_ms
from store import chat_agents, chat_queue
from store.chat_agents import StoredAgent
from store.database import Database

_FRESH_BEATS: Final = 4
"""Whose beat did not rise for so long gets nothing new."""
_CHATS_EVERY: Final = 3
"""Beats between two looks at who has conversations."""
_NOBODY: Final = AgentRule()


class Agents:
    """Args:
    online: staff id → who has a page connected to this process.
    database: of the site.
    rules: of the site.
    instance: of this process; another one after each start.
    clock: monotonic, for silence.
    tick_s: between two beats.
    """

    def __init__(
        self,
        online: Callable[[], Mapping[str, Party]],
        database: Database,
        rules: Rules,
        *,
        instance: str,
        clock: Clock = monotonic_ms,
        tick_s: float,
    ) -> None:
        self._online = online
        self._database = database
        self._rules = rules
        self._instance = instance
        self._clock = clock
        tick_ms = round(tick_s * 1000)
        self._presence = Presence(
            fresh_ms=_FRESH_BEATS * tick_ms,
            lost_ms=round(rules.agent_lost_s * 1000),
            step_ms=2 * tick_ms,
        )
        self._known: dict[str, StoredAgent] = {}
        self._with_chats: set[str] = set()
        self._beats = 0

    async def connect(self, staff: Party) -> StoredAgent:
        """Their page is connected here. Raises: Unavailable."""
        rule = self._rules.agents.get(staff.staff_id, _NOBODY)
        async with self._database.session() as session:
            agent = await chat_agents.connect(
                session,
                staff.staff_id,
                name=staff.name,
                skills=rule.skills,
                languages=rule.languages,
                instance=self._instance,
            )
        self._known[agent.staff_id] = agent
        return agent

    async def set(self, staff: Party, request: Available) -> None:
        """They take conversations, or no more. Raises: Unavailable."""
        if staff.staff_id not in self._known:
            await self.connect(staff)
        async with self._database.session() as session:
            await chat_agents.set_available(session, staff.staff_id, on=request.on, capacity=request.capacity)

    async def beat(self) -> list[str]:
        """Raise the beats of those who are here, and look at all others'.

        Returns:
            Those who have conversations and are gone for good.

        Raises:
            Unavailable: the database does not answer.
        """
        online = self._online()
        async with self._database.session() as session:
            if online:
                await chat_agents.beat(session, self._instance, online.keys())
            self.read(await chat_agents.all(session))
            if self._beats % _CHATS_EVERY == 0:
                self._with_chats = await chat_queue.agents_serving(session)
        self._beats += 1
        # Who has conversations and was never connected is silent, and so lost after a while.
        watched = dict.fromkeys(self._with_chats, 0)
        self._presence.look(
            watched | {agent.staff_id: agent.beat for agent in self._known.values()}, self._clock()
        )
        for staff in online.values():
            await self._adopt(staff)
        return [staff_id for staff_id in self._presence.lost(self._with_chats) if staff_id not in online]

    async def _adopt(self, staff: Party) -> None:
        """A page that is here, of somebody who is counted elsewhere where none is any more."""
        agent = self._known.get(staff.staff_id)
        if agent is None or (
            agent.instance != self._instance and not self._presence.is_fresh(staff.staff_id)
        ):
            await self.connect(staff)

    def read(self, agents: list[StoredAgent]) -> None:
        """All of them as they are in the database now."""
        self._known = {agent.staff_id: agent for agent in agents}

    def name(self, staff_id: str) -> str:
        agent = self._known.get(staff_id)
        return agent.name if agent else ""

    def capacity(self, agent: StoredAgent) -> int:
        """What the agent chose, else what the site says of them, else of all."""
        own = self._rules.agents.get(agent.staff_id, _NOBODY).capacity
        return agent.capacity or own or self._rules.capacity

    def taking(self) -> list[StoredAgent]:
        """Who takes conversations now, at any gateway."""
        online = self._online()
        return [
            agent
            for agent in self._known.values()
            if agent.available
            and (
                agent.staff_id in online
                if agent.instance == self._instance
                else self._presence.is_fresh(agent.staff_id)
            )
        ]

    def is_here(self, staff_id: str) -> bool:
        """Their page is here, and this gateway is the one that gives them conversations."""
        agent = self._known.get(staff_id)
        return agent is not None and agent.instance == self._instance and staff_id in self._online()

    def desk(self, agent: StoredAgent, load: float) -> Desk:
        return Desk(
            agent.staff_id,
            float(self.capacity(agent)),
            load,
            frozenset(agent.skills),
            frozenset(agent.languages),
        )
