"""Gateways' queues on one real database, with agents whose pages are connected to them."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from bus.base import Bus
from bus.open import open_bus
from chat_gateway.hub import Hub
from chat_gateway.idle import Idle
from chat_gateway.line import Line
from chat_gateway.log import ChatLog
from chat_gateway.protocol import Connection
from chat_gateway.queue import Queue
from chat_gateway.rules import Rules
from contracts.chat import (
    CITIZEN,
    Available,
    Body,
    ChatEntry,
    ChatHead,
    ChatSnapshot,
    Opened,
    Party,
    Receipts,
)
from contracts.clock import wall_ms
from privacy.vault import Vault
from sangdam.local.databases import drop_database
from store.database import Database
from store.tables import Base
from tests.unit.chat_gateway.chats import rules

LIMIT_S = 10.0


class Hand:
    """A clock that is set by hand, in ms."""

    def __init__(self, ms: int = 0) -> None:
        self.ms = ms

    def __call__(self) -> int:
        return self.ms


def site(**changes: Any) -> Rules:
    return replace(rules(), **changes)


class Page:
    """A page's connection: what it was sent."""

    def __init__(self, office: "Office", who: Party) -> None:
        self.office = office
        self.who = who
        self.received: list[dict[str, Any]] = []
        self.line = Line(who, self._send, Connection())

    async def _send(self, message: Any) -> None:
        if message["type"] == "websocket.send":
            self.received.append(json.loads(message["text"]))

    def of_type(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.received if message["type"] == kind]

    async def attend(self, head: ChatHead) -> None:
        """Follow a conversation, from its head on."""
        self.office.hub.attend(self.line, head.contact_id)
        self.line.connection.start(ChatSnapshot(head=head, entries=(), receipts=Receipts()))
        self.office.hub.attending(self.line, head)


class Office:
    """One gateway's worth. Time stands where the test puts it, but for `wall_ms`."""

    def __init__(
        self, database: Database, bus: Bus, site_rules: Rules, name: str, clock: Callable[[], int], **how: Any
    ) -> None:
        self.database = database
        self.instance = name
        self.silence = Hand()
        vault = Vault("v" * 40)
        self.log = ChatLog(database, bus, vault, site_rules, instance=name, clock=clock)
        self.hub = Hub(self.log, bus, vault, instance=name, clock=clock)
        self.queue = Queue(
            self.log,
            self.hub,
            database,
            site_rules,
            instance=name,
            clock=clock,
            monotonic=self.silence,
            **how,
        )
        self.idle = Idle(self.log, database, site_rules, clock=clock)
        self.hub.listen_typing(self.idle.typed)

    async def signs_in(self, staff: Party, capacity: int | None = None, *, takes: bool = True) -> Page:
        """Their page connects here, and they take conversations."""
        page = Page(self, staff)
        self.hub.join(page.line)
        await self.queue.connected(staff)
        if takes:
            await self.queue.available(staff, Available(on=True, capacity=capacity))
        return page

    def loses(self, page: Page) -> None:
        """The page is gone."""
        if self.hub.part(page.line):
            self.queue.gone(page.who.staff_id)

    async def opens(self, **how: Any) -> ChatHead:
        return await self.log.begin(Opened(**({"channel": "web"} | how)), person_id="somebody")

    async def says(self, head: ChatHead, body: Body, who: Party = CITIZEN) -> ChatEntry:
        return await self.log.submit(head.contact_id, who, body)

    async def agent_of(self, head: ChatHead) -> str | None:
        now = await self.log.head(head.contact_id)
        return now.agent.staff_id if now.agent and now.state == "serving" else None

    async def kinds(self, head: ChatHead) -> list[str]:
        return [
            getattr(entry.body, "key", entry.body.kind) for entry in await self.log.entries(head.contact_id)
        ]

    async def silent_for(self, seconds: int) -> None:
        """Beat after beat, as this process's clock goes on; two seconds are the most that one look adds."""
        for at in range(0, seconds, 2):
            self.silence.ms += 1000 * min(2, seconds - at)
            await self.queue.beat()


@asynccontextmanager
async def offices(
    database: Database,
    folder: Path,
    site_rules: Rules,
    *names: str,
    clock: Callable[[], int] = wall_ms,
    **how: Any,
) -> AsyncIterator[tuple[Office, ...]]:
    """Gateways at work: their logs and hubs run, their queues as far as the test turns them."""
    async with AsyncExitStack() as stack:
        made = []
        for name in names:
            bus = await open_bus(f"embedded://{folder / 'bus.db'}")
            stack.push_async_callback(bus.close)
            office = Office(database, bus, site_rules, name, clock, **how)
            for work in (office.log.run, office.hub.run):
                task = asyncio.create_task(work())
                stack.push_async_callback(stopped, task)
            made.append(office)
        yield tuple(made)


async def stopped(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def until(condition: Callable[[], Any], limit_s: float = LIMIT_S) -> None:
    """Wait until it holds; a coroutine function is awaited."""
    async with asyncio.timeout(limit_s):
        while True:
            held = condition()
            if asyncio.iscoroutine(held):
                held = await held
            if held:
                return
            await asyncio.sleep(0.02)


@pytest.fixture(scope="session")
def chat_postgres(postgres):
    """A PostgreSQL database that these tests empty and use, one after the other."""
    url = postgres.fresh_database()
    yield url
    drop_database(url)


@pytest.fixture
async def database(tmp_path) -> AsyncIterator[Database]:
    """The small engine, for what does not depend on it."""
    opened = await Database.open(f"sqlite+aiosqlite:///{tmp_path}/sangdam.db")
    yield opened
    await opened.close()


@pytest.fixture
async def postgres_database(chat_postgres) -> AsyncIterator[Database]:
    opened = await Database.open(chat_postgres)
    async with opened.session() as session:
        await session.execute(text(f"TRUNCATE {', '.join(Base.metadata.tables)} RESTART IDENTITY"))
    yield opened
    await opened.close()


@pytest.fixture(params=["database", "postgres_database"], ids=["sqlite", "postgresql"])
def databases(request) -> Database:
    """Both engines."""
    return request.getfixturevalue(request.param)
