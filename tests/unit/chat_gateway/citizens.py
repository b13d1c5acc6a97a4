"""The citizens' routes behind the real guard and sign-in, under uvicorn on a free port, for tests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from argon2 import PasswordHasher

from bus.base import Bus
from bus.open import open_bus
from chat_gateway.access import Access
from chat_gateway.bus_events import Told
from chat_gateway.citizen_api import CitizenParts, citizen_router
from chat_gateway.keys import Keys
from chat_gateway.limits import Limits
from chat_gateway.log import ChatLog
from chat_gateway.opening import Opening
from chat_gateway.people import People
from chat_gateway.photos import Photos
from chat_gateway.rules import Rules
from chat_gateway.rules_file import load_rules
from chat_gateway.tickets import Tickets
from console.passwords import Passwords
from console.server import Console, create_app
from contracts.chat import CITIZEN, Body, ChatEntry, Party, Said
from contracts.clock import wall_ms
from privacy.vault import Vault
from store import staff
from store.database import Database
from store.staff import StoredStaff

SECRET = "s" * 40
PASSWORD = "맞는 비밀번호 12"
HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PEOPLE = {"kim": "agent", "lee": "agent", "boss": "supervisor", "pen": "editor"}


@dataclass
class Clock:
    """The real time, and what is added to it."""

    ahead_ms: int = 0

    def __call__(self) -> int:
        return wall_ms() + self.ahead_ms


@dataclass
class Citizen:
    """A browser that has a conversation."""

    client: httpx.AsyncClient
    contact_id: str
    key: str
    ticket: str

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.ticket}"}

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.client.get(f"/api/chat/{path}", headers=self.bearer, **more)

    async def post(self, path: str, **more: Any) -> httpx.Response:
        return await self.client.post(f"/api/chat/{path}", headers=self.bearer, **more)


@dataclass
class Site:
    """What runs, and how tests speak with it."""

    port: int
    bus: Bus
    database: Database
    rules: Rules
    log: ChatLog
    keys: Keys
    people: People
    tickets: Tickets
    clock: Clock
    clients: list[httpx.AsyncClient] = field(default_factory=list)

    def client(self) -> httpx.AsyncClient:
        made = httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.port}", timeout=10)
        self.clients.append(made)
        return made

    async def citizen(self, **start: Any) -> Citizen:
        client = self.client()
        answer = await client.post("/api/chat", json=start)
        assert answer.status_code == 200, answer.text
        return await self.with_key(**answer.json(), client=client)

    async def with_key(self, contact_id: str, key: str, client: httpx.AsyncClient | None = None) -> Citizen:
        client = client or self.client()
        answer = await client.post("/api/chat/ticket", json={"contact_id": contact_id, "key": key})
        assert answer.status_code == 200, answer.text
        return Citizen(client, contact_id, key, answer.json()["ticket"])

    async def staff(self, login: str) -> httpx.AsyncClient:
        client = self.client()
        answer = await client.post("/api/sign-in", json={"login": login, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        return client

    async def write(self, contact_id: str, who: Party, *bodies: Body) -> ChatEntry:
        for body in bodies:
            entry = await self.log.submit(contact_id, who, body)
        return entry

    async def say(self, contact_id: str, text: str, who: Party = CITIZEN) -> ChatEntry:
        return await self.write(contact_id, who, Said(text=text))


@asynccontextmanager
async def running_site(folder: Path, **more: Any) -> AsyncIterator[Site]:
    """`more` goes to `CitizenParts`; `limits` as well."""
    database = await Database.open(f"sqlite+aiosqlite:///{folder}/store.db")
    bus = await open_bus(f"embedded://{folder}/bus.db")
    async with database.session() as session:
        for login, role in PEOPLE.items():
            await staff.add(session, StoredStaff(login, login.title(), role, HASHER.hash(PASSWORD)))
    clock, vault, rules = Clock(), Vault("v" * 32), load_rules(None)
    log = ChatLog(database, bus, vault, rules, instance="one", clock=clock, events=Told())
    console = Console(bus, database, secret=SECRET, passwords=Passwords(HASHER))
    keys, people, tickets = (
        Keys(database, vault, clock),
        People(database, vault, clock),
        Tickets(SECRET, clock),
    )
    parts = {
        "mailer": None,
        "pushes": None,
        "push_key": "",
        "limits": Limits(),
        **{name: make(log, database, vault) if callable(make) else make for name, make in more.items()},
    }
    router = citizen_router(
        CitizenParts(
            rules=rules,
            log=log,
            tickets=tickets,
            keys=keys,
            opening=Opening(log, keys, people, rules, database, clock=clock),
            access=Access(tickets, log, database, console.auth.authenticate, clock),
            photos=Photos(database, vault, clock),
            clock=clock,
            **parts,
        )
    )
    app = create_app(console, routers=[router], static=folder / "no-pages")
    web = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", timeout_graceful_shutdown=2))
    tasks = [asyncio.create_task(web.serve()), asyncio.create_task(log.run())]
    while not web.started:
        await asyncio.sleep(0.01)
    port = web.servers[0].sockets[0].getsockname()[1]
    site = Site(port, bus, database, rules, log, keys, people, tickets, clock)
    try:
        yield site
    finally:
        for client in site.clients:
            await client.aclose()
        web.should_exit = True
        await tasks[0]
        tasks[1].cancel()
        with suppress(asyncio.CancelledError):
            await tasks[1]
        await bus.close()
        await database.close()
