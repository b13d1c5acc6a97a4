"""One open WebSocket: who it is, and a writer that exists only while something waits for it."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any, Final

from starlette.types import Send

from chat_gateway.protocol import Connection
from contracts.chat import CLOSE_BEHIND, CLOSE_GOING_AWAY, CLOSE_LEFT, CLOSE_NOT_ALLOWED, Party, Side
from contracts.event import Model

SEND_S: Final = 10.0
"""A message that does not leave within this time has nobody to read it."""

CLOSE_S: Final = 2.0

REASONS: Final = {
    CLOSE_LEFT: "left",
    CLOSE_BEHIND: "behind",
    CLOSE_GOING_AWAY: "going_away",
    CLOSE_NOT_ALLOWED: "not_allowed",
}

ASGIMessage = MutableMapping[str, Any]


class Line:
    """A page's connection. Nothing here waits for the page but its own writer."""

    __slots__ = (
        "__weakref__",
        "_send",
        "_writer",
        "code",
        "connection",
        "ended",
        "pending",
        "sending_since_s",
        "typed_at_ms",
        "who",
    )

    def __init__(self, who: Party, send: Send, connection: Connection) -> None:
        self.who = who
        self.connection = connection
        self.code: int | None = None
        """What it is to be closed with; None: it stays open."""
        self.ended: Callable[[int], None] | None = None
        """Told when the line closes itself."""
        self.pending = 0
        """Commands of this page that are not answered yet."""
        self.typed_at_ms: tuple[float, int] = (0.0, 0)
        """Of its live typing: tokens left, as of when."""
        self.sending_since_s = 0.0
        """Loop time at which the message was begun that has not left yet; 0: none is under way."""
        self._send = send
        self._writer: asyncio.Task[None] | None = None

    @property
    def side(self) -> Side:
        return self.who.side

    def tell(self, message: Model, *, sheddable_key: str | None = None, text: str | None = None) -> None:
        """Queue a message and see that it leaves."""
        if self.connection.queue(message, sheddable_key=sheddable_key, text=text):
            self.wake()
        else:
            self.close(CLOSE_BEHIND)

    def wake(self) -> None:
        """Something waits."""
        if self._writer is None and self.code is None:
            self._writer = asyncio.get_running_loop().create_task(self._write())

    def close(self, code: int) -> None:
        """Send nothing more and close; does not wait."""
        if self.code is not None:
            return
        self.code = code
        if self._writer is not None:
            self._writer.cancel()
        self._writer = asyncio.get_running_loop().create_task(self._close(code))
        if self.ended is not None:
            self.ended(code)

    def gone(self) -> None:
        """The page has gone by itself."""
        if self.code is None:
            self.code = CLOSE_LEFT
            if self._writer is not None:
                self._writer.cancel()

    async def flushed(self) -> None:
        """Wait until nothing waits for the page, or it is closed."""
        while self._writer is not None and self.code is None:
            await asyncio.wait([self._writer])

    async def finished(self) -> None:
        """Wait until the closing has gone out, after `close`; for at most some seconds."""
        if self._writer is not None:
            await asyncio.wait([self._writer], timeout=CLOSE_S)

    async def _write(self) -> None:
        take, now_s = self.connection.take, asyncio.get_running_loop().time
        try:
            while (text := take()) is not None:
                # A timer for each message would cost as much as sending it: `is_stuck` is asked instead.
                self.sending_since_s = now_s()
                await self._send({"type": "websocket.send", "text": text})
        except (OSError, RuntimeError):
            pass  # it is gone: its reader hears of it
        finally:
            self.sending_since_s = 0.0
            if self.code is None:
                self._writer = None

    def is_stuck(self, now_s: float) -> bool:
        """Whether a message has been leaving for too long. Asked each second of every line."""
        return 0 < self.sending_since_s < now_s - SEND_S

    async def _close(self, code: int) -> None:
        """Say why. A page that does not read would never hear of it: its socket is cut."""
        with suppress(OSError, RuntimeError):
            try:
                async with asyncio.timeout(CLOSE_S):
                    await self._send({"type": "websocket.close", "code": code})
            except TimeoutError:
                cut(self._send)


def cut(send: Callable[[ASGIMessage], Awaitable[None]]) -> None:
    """End the connection below, whatever waits in its buffer.

    The server's own close waits until the page has read everything, which this one never will. ASGI has no word for
    it, so the protocol behind `send` is asked; where there is none, keep-alive ends it in its time.
    """
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    if isinstance(transport, asyncio.Transport):
        transport.abort()
