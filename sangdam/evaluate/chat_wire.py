"""A WebSocket client that costs a loader next to nothing: text frames of RFC 6455, no extensions, no buffering.

A page's library would do, but thousands of sockets in one loader would then be slower than the gateway they measure.
Masking uses the key 0 (RFC 6455 5.3 asks for a random one against proxies; there is none on a loopback).
"""

import asyncio
import base64
import os
import socket
import struct
from collections.abc import Callable, Mapping
from typing import Final

from contracts.errors import Unreachable

CONNECT_S: Final = 30.0
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10
_NO_MASK: Final = b"\0\0\0\0"
_MASKED: Final = 0x80
_FINAL: Final = 0x80

Hear = Callable[[bytes], None]
Gone = Callable[[int], None]


class Wire(asyncio.Protocol):
    """One connection.

    Args:
        hear: called with each text message, as UTF-8.
        gone: called once, with the close code (1006: none came).
    """

    __slots__ = ("_buffer", "_gone", "_hear", "_opened", "_request", "_transport", "code")

    def __init__(self, request: bytes, hear: Hear, gone: Gone) -> None:
        self._request = request
        self._hear = hear
        self._gone = gone
        self._buffer = b""
        self._transport: asyncio.Transport | None = None
        self._opened: asyncio.Future[None] | None = asyncio.get_running_loop().create_future()
        self.code = 1006

    @property
    def is_open(self) -> bool:
        return self._transport is not None and self._opened is None

    async def opened(self) -> None:
        """Returns when the gateway has agreed.

        Raises:
            Unreachable: it did not.
        """
        if self._opened is not None:
            await self._opened

    def send(self, text: str) -> None:
        """Nothing happens when the connection is gone."""
        if self._transport is not None:
            self._transport.write(frame(_TEXT, text.encode()))

    def pause(self) -> None:
        """Read no more: what comes stays with the sender once the socket's buffers are full."""
        if self._transport is not None:
            self._transport.pause_reading()

    def resume(self) -> None:
        if self._transport is not None:
            self._transport.resume_reading()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.write(frame(_CLOSE, struct.pack("!H", 1000)))
            self._transport.close()

    # -- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._request)

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._opened is not None:
            self._refused(str(exc or "closed"))
            return
        self._gone(self.code)

    def data_received(self, data: bytes) -> None:
        self._buffer = self._buffer + data if self._buffer else data
        if self._opened is not None and not self._agreed():
            return
        buffer, at = self._buffer, 0
        while (found := next_frame(buffer, at)) is not None:
            opcode, start, end = found
            at = end
            if opcode == _TEXT:
                self._hear(buffer[start:end])
            elif opcode == _PING and self._transport is not None:
                self._transport.write(frame(_PONG, buffer[start:end]))
            elif opcode == _CLOSE:
                self.code = int.from_bytes(buffer[start : start + 2], "big") if end - start > 1 else 1005
                self.close()
        self._buffer = buffer[at:]

    def _agreed(self) -> bool:
        head, separator, rest = self._buffer.partition(b"\r\n\r\n")
        if not separator or self._opened is None:
            return False
        if not head.startswith(b"HTTP/1.1 101"):
            self._refused(head.split(b"\r\n", 1)[0].decode("latin-1"))
            return False
        self._buffer = rest
        if not self._opened.done():
            self._opened.set_result(None)
        self._opened = None
        return True

    def _refused(self, why: str) -> None:
        if self._opened is not None and not self._opened.done():
            self._opened.set_exception(
                Unreachable(f"게이트웨이가 연결을 받지 않습니다: {why}.", f"the gateway refuses: {why}.")
            )
        if self._transport is not None:
            self._transport.close()


def frame(opcode: int, payload: bytes) -> bytes:
    """A whole message of a client."""
    length = len(payload)
    if length < 126:
        head = bytes((_FINAL | opcode, _MASKED | length))
    elif length < 1 << 16:
        head = struct.pack("!BBH", _FINAL | opcode, _MASKED | 126, length)
    else:
        head = struct.pack("!BBQ", _FINAL | opcode, _MASKED | 127, length)
    return head + _NO_MASK + payload


def next_frame(buffer: bytes, at: int) -> tuple[int, int, int] | None:
    """(opcode, start, end) of the payload of the frame at `at`; None while it is not whole. A server's: unmasked."""
    if len(buffer) < at + 2:
        return None
    opcode, length, start = buffer[at] & 15, buffer[at + 1] & 127, at + 2
    if length == 126:
        start, length = at + 4, int.from_bytes(buffer[at + 2 : at + 4], "big")
    elif length == 127:
        start, length = at + 10, int.from_bytes(buffer[at + 2 : at + 10], "big")
    return (opcode, start, start + length) if len(buffer) >= start + length and start <= len(buffer) else None


def request(host: str, path: str, headers: Mapping[str, str]) -> bytes:
    """The opening handshake."""
    told = {
        "Host": host,
        "Upgrade": "websocket",
        "Connection": "Upgrade",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        "Sec-WebSocket-Version": "13",
        **headers,
    }
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def open_wire(
    port: int,
    path: str,
    hear: Hear,
    gone: Gone,
    *,
    headers: Mapping[str, str] | None = None,
    source: str = "127.0.0.1",
    narrow: bool = False,
) -> Wire:
    """Connect to this machine's port.

    Args:
        port: of the gateway.
        path: of its WebSocket.
        hear: see `Wire`.
        gone: see `Wire`.
        headers: further ones of the handshake.
        source: a loopback address to come from: each has ports and limits of its own.
        narrow: small buffers and packets as of a telephone line (a loopback holds megabytes for a reader who sleeps).

    Raises:
        Unreachable: refused, or not within `CONNECT_S`.
    """
    loop = asyncio.get_running_loop()
    line = socket.socket()
    line.setblocking(False)
    try:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if narrow:
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 1400)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        line.bind((source, 0))
        async with asyncio.timeout(CONNECT_S):
            await loop.sock_connect(line, ("127.0.0.1", port))
            asked = request(f"127.0.0.1:{port}", path, headers or {})
            _, wire = await loop.create_connection(lambda: Wire(asked, hear, gone), sock=line)
            await wire.opened()
            return wire
    except (OSError, TimeoutError) as error:
        line.close()
        raise Unreachable(
            f"게이트웨이(포트 {port})에 닿지 않습니다({type(error).__name__}).",
            f"cannot reach the gateway on port {port} ({type(error).__name__}: {error}).",
        ) from None
