"""The real application under uvicorn on a free port, over a real bus and database, and a client for it."""

import asyncio
import datetime as dt
import json
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
import websockets
from argon2 import PasswordHasher
from sqlalchemy.ext.asyncio import AsyncSession

from bus.base import Bus
from bus.events import publish_events
from bus.open import open_bus
from console.auth import COOKIE
from console.passwords import Passwords
from console.server import Console, create_app
from console.view import apply
from contracts.clock import wall_ms
from contracts.codec import AnyEvent
from contracts.contact import ContactStateChanged
from contracts.errors import Unreachable
from contracts.panel import ContactView
from contracts.suggestion import Snippet, SuggestionOffered, suggestion_id
from contracts.transcript import Utterance, utterance_id
from store import staff
from store.database import Database
from store.staff import StoredStaff

PASSWORD = "맞는 비밀번호 12"
HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
HASH = HASHER.hash(PASSWORD)
PEOPLE = {
    "kim": "agent",
    "lee": "agent",
    "pen": "editor",
    "ink": "editor",
    "boss": "supervisor",
    "root": "admin",
}


@dataclass
class Story:
    """Makes the events of one contact, each with the next number."""

    contact_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    agent_id: str | None = "kim"
    revision: int = 0

    def state(self, state: str = "talking", **more: Any) -> ContactStateChanged:
        self.revision += 1
        fields = {"agent_id": self.agent_id, "roles": {0: "caller", 1: "agent"}, "source": "replay"} | more
        return ContactStateChanged(
            contact_id=self.contact_id,
            at_ms=wall_ms(),
            revision=self.revision,
            state=state,
            started_at_ms=wall_ms(),
            **fields,
        )

    def said(self, number: int, text: str, *, revision: int = 1, final: bool = True) -> Utterance:
        return Utterance(
            contact_id=self.contact_id,
            at_ms=wall_ms(),
            utterance_id=utterance_id(self.contact_id, 0, number * 8000),
            revision=revision,
            status="final" if final else "partial",
            channel=0,
            role="caller",
            start_ms=number * 1000,
            end_ms=number * 1000 + 900,
            text=text,
            heard_ms=wall_ms(),
        )

    def card(self, article: str, *, revision: int = 1) -> SuggestionOffered:
        return SuggestionOffered(
            contact_id=self.contact_id,
            at_ms=wall_ms(),
            suggestion_id=suggestion_id(self.contact_id, article),
            revision=revision,
            utterance_id=utterance_id(self.contact_id, 0, 0),
            query=article,
            reason=f"'{article}'을 말씀하셨습니다",
            snippet=Snippet(
                article_id=article, title=article, text="…", revised=dt.date(2025, 3, 1), score=0.9
            ),
            final_at_ms=wall_ms(),
        )


class Weak(Database):
    """The real database, and a switch that takes it away, as a server that is down would be."""

    def __init__(self, database: Database) -> None:
        super().__init__(database._engine)
        self.is_away = False
        self.gate = asyncio.Event()
        self.gate.set()
        """Closed: a transaction that has read everything does not end."""

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        if self.is_away:
            raise Unreachable("데이터베이스가 답하지 않습니다.", "the database does not answer.")
        async with super().session() as session:
            yield session
        await self.gate.wait()


@dataclass
class Server:
    """The running application and what lies under it."""

    port: int
    bus: Bus
    database: Weak
    console: Console
    working: asyncio.Task[None]
    cookies: dict[str, str] = field(default_factory=dict)
    """One session a login, for the panels."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def tell(self, *events: AnyEvent) -> None:
        await publish_events(self.bus, events)

    @asynccontextmanager
    async def visitor(self) -> AsyncIterator[httpx.AsyncClient]:
        async with httpx.AsyncClient(base_url=self.url, timeout=10) as client:
            yield client

    @asynccontextmanager
    async def signed_in(self, login: str) -> AsyncIterator[httpx.AsyncClient]:
        async with self.visitor() as client:
            answer = await client.post("/api/sign-in", json={"login": login, "password": PASSWORD})
            assert answer.status_code == 200, answer.text
            yield client

    @asynccontextmanager
    async def panel(self, login: str, **more: Any) -> AsyncIterator["PanelClient"]:
        if login not in self.cookies:
            async with self.signed_in(login) as client:
                self.cookies[login] = client.cookies[COOKIE]
        async with websockets.connect(
            f"ws://127.0.0.1:{self.port}/ws/panel",
            additional_headers={"Cookie": f"{COOKIE}={self.cookies[login]}"},
            **more,
        ) as socket:
            panel = PanelClient(socket)
            panel.hello = await panel.next("hello")
            yield panel


class PanelClient:
    """A panel as the browser has it: snapshots and events folded into views by the reducer."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self.socket = socket
        self.hello: dict[str, Any] = {}
        self.views: dict[str, ContactView] = {}
        self.seen: list[dict[str, Any]] = []

    async def ask(self, **request: Any) -> None:
        await self.socket.send(json.dumps(request))

    async def message(self, within_s: float = 15.0) -> dict[str, Any]:
        async with asyncio.timeout(within_s):
            message: dict[str, Any] = json.loads(await self.socket.recv())
        self.seen.append(message)
        if message["type"] == "snapshot":
            view = ContactView.model_validate(message["view"])
            self.views[view.contact.contact_id] = view
        elif message["type"] == "event" and (view := self.views.get(message["event"]["contact_id"])):
            changed = apply(view, _EVENT(message["event"]))
            assert changed is not None
            self.views[view.contact.contact_id] = changed
        return message

    async def next(self, kind: str) -> dict[str, Any]:
        """The next message of this type, or event of this type."""
        while True:
            message = await self.message()
            if message["type"] == kind or (message.get("event") or {}).get("type") == kind:
                return message

    async def watch(self, contact_id: str) -> ContactView:
        await self.ask(type="watch", contact_id=contact_id)
        await self.next("snapshot")
        return self.views[contact_id]

    async def until(self, contact_id: str, holds: Callable[[ContactView], bool]) -> ContactView:
        while not holds(self.views[contact_id]):
            await self.message()
        return self.views[contact_id]


def _EVENT(fields: dict[str, Any]) -> AnyEvent:  # noqa: N802
    from contracts.codec import decode

    return decode(json.dumps(fields).encode())


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Weak]:
    database = Weak(await Database.open(f"sqlite+aiosqlite:///{tmp_path / 'console.db'}"))
    yield database
    await database.close()


@pytest.fixture
def story() -> type[Story]:
    return Story


Start = Callable[..., Awaitable[Server]]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Starts the application; called again, a second process on the same files after the first is gone, or
    beside it."""
    running: list[tuple[Server, uvicorn.Server, list[asyncio.Task[None]]]] = []

    async def stop() -> None:
        while running:
            server, web, tasks = running.pop()
            server.database.is_away = False
            server.database.gate.set()
            await server.console.drain()
            web.should_exit = True
            await tasks[0]
            tasks[1].cancel()
            with suppress(asyncio.CancelledError):
                await tasks[1]
            await server.bus.close()
            await server.database.close()

    async def go(
        *,
        beside: bool = False,
        database_url: str = "",
        bus_url: str = "",
        app_options: dict[str, Any] | None = None,
        **options: Any,
    ) -> Server:
        if not beside:
            await stop()
        database = Weak(await Database.open(database_url or f"sqlite+aiosqlite:///{tmp_path / 'console.db'}"))
        bus = await open_bus(bus_url or f"embedded://{tmp_path / 'bus.db'}")
        async with database.session() as session:
            if not await staff.all(session):
                for login, role in PEOPLE.items():
                    await staff.add(session, StoredStaff(login, login.title(), role, HASH))
        console = Console(
            bus, database, secret="a secret of this test", passwords=Passwords(HASHER), **options
        )
        app = create_app(console, **{"static": tmp_path / "no-pages", **(app_options or {})})
        web = uvicorn.Server(
            uvicorn.Config(
                app, port=0, log_level="warning", ws_max_size=64 * 1024, timeout_graceful_shutdown=2
            )
        )
        tasks = [asyncio.create_task(web.serve()), asyncio.create_task(console.run())]
        while not web.started:
            await asyncio.sleep(0.01)
        port = web.servers[0].sockets[0].getsockname()[1]
        server = Server(port, bus, database, console, tasks[1])
        running.append((server, web, tasks))
        return server

    yield go
    await stop()


@pytest.fixture
async def server(start: Start) -> Server:
    return await start()
