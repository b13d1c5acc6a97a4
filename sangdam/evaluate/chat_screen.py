"""A page of a chat without a browser: comes back by itself, resumes, sends again what nobody acknowledged.

For failure runs and the scripted citizen; a page of staff follows many conversations over its one connection.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from chat_gateway.client import ChatClient, read
from contracts.chat import (
    CLOSE_LEFT,
    Body,
    ChatEntry,
    ChatMessage,
    ChatPing,
    ChatPong,
    ChatReconnect,
    ChatRefused,
    Open,
    Side,
)
from contracts.clock import wall_ms
from contracts.errors import SangdamError
from contracts.event import Model
from sangdam.evaluate.chat_judge import Sent

OPEN_S: Final = 5.0
PING_S: Final = 4.0
DEAD_S: Final = 4.0
BACK_S: Final = (0.1, 0.5)
"""Sooner than a page comes back, which only costs time here."""

Address = Callable[[], str]
"""Of a WebSocket that lives now, perhaps."""
Ticket = Callable[[], Awaitable[str]]


class Screen:
    """One page.

    Args:
        address: of the gateway's WebSocket.
        contact_ids: the conversations it follows.
        side: whose page.
        ticket: of citizens, for each connection; staff have their cookie instead.
        cookie: of staff.
        told: called with each message.
    """

    def __init__(
        self,
        address: Address,
        contact_ids: Sequence[str],
        side: Side,
        *,
        ticket: Ticket | None = None,
        cookie: str = "",
        told: Callable[[ChatMessage], None] = lambda _: None,
    ) -> None:
        self._address = address
        self._ticket = ticket
        self._cookie = cookie
        self._told = told
        self.side: Side = side
        self.chats = {contact_id: ChatClient(contact_id, side=side) for contact_id in contact_ids}
        self._sent: dict[str, list[tuple[str, Body]]] = {contact_id: [] for contact_id in contact_ids}
        self.connections = 0
        self.closed_with: list[int] = []
        self.reconnects: list[int] = []
        """What the gateway asked for, in ms."""
        self.refusals: list[ChatRefused] = []
        self._socket: ClientConnection | None = None
        self._later: set[asyncio.Task[None]] = set()
        self._resume_after_ms = 0
        self._heard_at = 0.0
        self._task: asyncio.Task[None] | None = None

    # -- what the page does

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        for task in (self._task, *self._later):
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    async def follow(self, contact_id: str) -> ChatClient:
        """One more conversation, of staff."""
        chat = self.chats[contact_id] = ChatClient(contact_id, side=self.side)
        self._sent[contact_id] = []
        for frame in chat.resumed():
            await self._send(frame)
        return chat

    async def pause(self) -> None:
        """The page is put away; `start` brings it back."""
        await self.stop()
        self._socket = None

    def drop(self) -> None:
        """Its line breaks."""
        if self._socket is not None:
            self._socket.transport.abort()

    async def say(self, contact_id: str, body: Body, client_id: str = "") -> str:
        """Put it on its way, now or when there is a line again; its client id."""
        client_id, frame = self.chats[contact_id].say(body, client_id)
        self._sent[contact_id].append((client_id, body))
        if frame:
            await self._send(frame)
        return client_id

    async def tell(self, message: Model) -> None:
        """Anything that is not kept, e.g. live typing."""
        await self._send(message.model_dump_json())

    @property
    def is_open(self) -> bool:
        return self._socket is not None

    @property
    def local_port(self) -> int:
        """Of its connection, 0 while there is none."""
        return int(self._socket.local_address[1]) if self._socket is not None else 0

    @property
    def unacked(self) -> int:
        return sum(len(chat.unacked) for chat in self.chats.values())

    def sent(self, contact_id: str) -> list[Sent]:
        """What was said here, for the judge."""
        acks = self.chats[contact_id].acks
        return [
            Sent(self.side, client_id, getattr(body, "text", ""), acks.get(client_id))
            for client_id, body in self._sent[contact_id]
        ]

    def entries(self, contact_id: str) -> list[ChatEntry]:
        return self.chats[contact_id].entries

    # -- the line

    async def _run(self) -> None:
        while True:
            with suppress(OSError, TimeoutError, WebSocketException, SangdamError):
                await self._converse()
            self._socket = None
            wait_ms, self._resume_after_ms = self._resume_after_ms, 0
            await asyncio.sleep(wait_ms / 1000 or random.uniform(*BACK_S))  # noqa: S311  spreads load only

    async def _converse(self) -> None:
        async with asyncio.timeout(OPEN_S):
            ticket = await self._ticket() if self._ticket else ""
        headers = {"Cookie": self._cookie} if self._cookie else {}
        async with connect(
            self._address(),
            additional_headers=headers,
            open_timeout=OPEN_S,
            close_timeout=1,
            ping_interval=None,
            compression=None,
        ) as socket:
            self.connections += 1
            self._socket = socket
            self._heard_at = asyncio.get_running_loop().time()
            pinging = asyncio.create_task(self._ping(socket))
            try:
                await socket.send(Open(ticket=ticket).model_dump_json())
                for chat in self.chats.values():
                    for frame in chat.resumed():
                        await socket.send(frame)
                await self._listen(socket)
            finally:
                pinging.cancel()

    async def _listen(self, socket: ClientConnection) -> None:
        try:
            async for text in socket:
                self._heard_at = asyncio.get_running_loop().time()
                message = read(str(text))
                if isinstance(message, ChatReconnect):
                    self.reconnects.append(message.after_ms)
                    self._resume_after_ms = max(1, message.after_ms)
                    await socket.close(CLOSE_LEFT)
                    return
                await self._take(message)
        except ConnectionClosed:
            pass
        self.closed_with.append(socket.close_code or 1006)

    async def _take(self, message: ChatMessage) -> None:
        if isinstance(message, ChatRefused):
            self.refusals.append(message)
            if message.again and not message.client_id:
                self._later_on(message.wait_ms, *self._about(message))
        if not isinstance(message, ChatPong):
            for chat in self._about(message):
                chat.hear(message)
                for frame in chat.outgoing():
                    await self._send(frame)
                if chat.wait_ms is not None:
                    self._send_later(chat, chat.wait_ms)
        self._told(message)

    def _about(self, message: ChatMessage) -> Sequence[ChatClient]:
        entry, head = getattr(message, "entry", None), getattr(message, "head", None)
        contact_id = getattr(entry or head or message, "contact_id", "")
        return (self.chats[contact_id],) if contact_id in self.chats else ()

    def _send_later(self, chat: ChatClient, wait_ms: int) -> None:
        async def later() -> None:
            await asyncio.sleep(wait_ms / 1000)
            if chat.wait_ms is not None and (frame := chat.again()):
                await self._send(frame)

        self._keep(later())

    def _later_on(self, wait_ms: int, *chats: ChatClient) -> None:
        """An `attend` that was refused for now is asked again: nothing would be shown else."""

        async def later() -> None:
            await asyncio.sleep(wait_ms / 1000)
            for chat in chats:
                for frame in chat.resumed():
                    await self._send(frame)

        self._keep(later())

    def _keep(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._later.add(task)
        task.add_done_callback(self._later.discard)

    async def _ping(self, socket: ClientConnection) -> None:
        """A line on which nothing is heard is dead, whatever the socket says."""
        with suppress(ConnectionClosed):
            while True:
                await asyncio.sleep(PING_S)
                if asyncio.get_running_loop().time() - self._heard_at > PING_S + DEAD_S:
                    socket.transport.abort()
                    return
                await socket.send(ChatPing(sent_ms=wall_ms()).model_dump_json())

    async def _send(self, frame: str) -> None:
        if self._socket is not None:
            with suppress(ConnectionClosed):
                await self._socket.send(frame)
