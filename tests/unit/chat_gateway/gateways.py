"""Whole gateways under uvicorn on free ports, on one database and one bus, and pages that connect to them."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from fastapi import FastAPI
from starlette.requests import HTTPConnection
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from bus.open import open_bus
from chat_gateway.client import ChatClient, read
from chat_gateway.options import Options
from chat_gateway.rules import Rules
from chat_gateway.service import ChatGateway
from chat_gateway.tickets import Tickets
from contracts.chat import Attend, Body, ChatMessage, Open, Opened, Submit
from contracts.errors import NotSignedIn
from contracts.event import Model
from contracts.panel import Staff
from sangdam.web import Named, server
from store.database import Database
from tests.unit.chat_gateway.chats import rules
from tests.unit.chat_gateway.logs import LIMIT_S, VAULT, at_work, bus_url, sqlite_url

SECRET = "s" * 40
STAFF = {
    "kim": Staff(staff_id="kim", name="김상담", role="agent"),
    "lee": Staff(staff_id="lee", name="이상담", role="agent"),
    "boss": Staff(staff_id="boss", name="박팀장", role="supervisor"),
}

M = TypeVar("M")


class Office:
    """Who is signed in: a header in place of the cookie."""

    def __init__(self) -> None:
        self.signed_in = set(STAFF)

    async def authenticate(self, connection: HTTPConnection) -> Staff:
        login = connection.headers.get("x-login", "")
        if login not in self.signed_in:
            raise NotSignedIn("로그인하십시오", "sign in")
        return STAFF[login]


class Site:
    """Gateways on one database and one bus."""

    def __init__(self, folder: Path, site: Rules | None = None) -> None:
        self.folder = folder
        self.rules = site or rules()
        self.office = Office()
        self.tickets = Tickets(SECRET)
        self.stack = AsyncExitStack()

    async def gateway(self, instance: str = "a") -> "Gateway":
        database = await Database.open(await sqlite_url(self.folder))
        self.stack.push_async_callback(database.close)
        bus = await open_bus(bus_url(self.folder))
        self.stack.push_async_callback(bus.close)
        service = ChatGateway(
            bus,
            database,
            VAULT,
            self.rules,
            Options(origins=frozenset({"https://chat.example.kr"})),
            secret=SECRET,
            authenticate=self.office.authenticate,
            instance=instance,
        )
        await self.stack.enter_async_context(at_work(service.run()))
        listening = socket.create_server(("127.0.0.1", 0))
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16 * 1024)  # a line that is soon full
        app = FastAPI()
        app.include_router(service.router)
        serving = server(Named(app, service.socket))
        task = asyncio.create_task(serving.serve(sockets=[listening]))

        async def stop() -> None:
            await service.drain()
            serving.should_exit = True
            await task

        self.stack.push_async_callback(stop)
        async with asyncio.timeout(LIMIT_S):
            await service.ready.wait()
        return Gateway(self, service, database, f"127.0.0.1:{listening.getsockname()[1]}")


class Gateway:
    """One of them."""

    def __init__(self, site: Site, service: ChatGateway, database: Database, address: str) -> None:
        self.site = site
        self.service = service
        self.database = database
        self.address = address

    async def begun(self) -> str:
        head = await self.service.log.begin(Opened(channel="web"), person_id="p", nickname="파란 우산")
        return head.contact_id

    @asynccontextmanager
    async def socket(self, login: str = "", origin: str = "") -> AsyncIterator[ClientConnection]:
        headers = ({"x-login": login} if login else {}) | ({"Origin": origin} if origin else {})
        async with connect(
            f"ws://{self.address}/ws/chat", additional_headers=headers, compression=None, max_queue=None
        ) as socket:
            yield socket

    @asynccontextmanager
    async def citizen(self, contact_id: str, client: ChatClient | None = None) -> AsyncIterator["Page"]:
        """A citizen's page that has its conversation; `client`: one that was here before."""
        async with self.socket() as socket:
            page = Page(socket, client or ChatClient(contact_id))
            for frame in page.client.opened(self.site.tickets.make(contact_id).ticket):
                await socket.send(frame)
            await page.hear("snapshot", "replayed")
            yield page

    @asynccontextmanager
    async def agent(self, login: str, contact_id: str = "") -> AsyncIterator["Page"]:
        """A page of staff, with a conversation."""
        async with self.socket(login) as socket:
            page = Page(socket, ChatClient(contact_id, side="staff"))
            await page.send(Open())
            await page.hear("welcome")
            if contact_id:
                await page.send(Attend(contact_id=contact_id))
                await page.hear("snapshot", "refused")
            yield page


class Page:
    """What a page sends and hears."""

    def __init__(self, socket: ClientConnection, client: ChatClient) -> None:
        self.socket = socket
        self.client = client
        self.heard: list[ChatMessage] = []

    async def send(self, message: Model) -> None:
        await self.socket.send(message.model_dump_json())

    async def say(self, body: Body, client_id: str = "client-0001") -> ChatMessage:
        """The answer."""
        await self.send(Submit(contact_id=self.client.contact_id, client_id=client_id, body=body))
        return await self.hear_that(
            lambda m: m.type in ("ack", "refused") and getattr(m, "client_id", "") == client_id
        )

    async def next(self) -> ChatMessage:
        async with asyncio.timeout(LIMIT_S):
            message = read(str(await self.socket.recv()))
        self.client.hear(message)
        self.heard.append(message)
        return message

    async def hear(self, *types: str) -> Any:
        """The next message of one of these types."""
        return await self.hear_that(lambda message: message.type in types)

    async def hear_that(self, is_it: Callable[[ChatMessage], bool]) -> Any:
        while not is_it(message := await self.next()):
            pass
        return message

    async def until(self, seq: int) -> None:
        """Has heard everything up to this entry."""
        while self.client.last_seq < seq:
            await self.next()

    async def closed(self) -> int:
        """The code with which the gateway closes."""
        async with asyncio.timeout(LIMIT_S):
            await self._all()
        return self.socket.close_code or 0

    async def _all(self) -> None:
        with suppress(ConnectionClosed):
            while True:
                await self.next()

    def seqs(self) -> list[int]:
        return [entry.seq for entry in self.client.entries]


def frame(**message: Any) -> str:
    return json.dumps(message)
