"""What stands before the gateways: spreads connections over them without any stickiness, and cuts lines at a chosen
message, before it, within it, or after it.
"""

import asyncio
import itertools
import json
import socket
import struct
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Way = Literal["up", "down"]
"""From the page to the gateway, or back."""
Where = Literal["before", "within", "after"]
"""The message does not get through; half of it does; it does, and nothing after it."""

_HEAD_END: Final = b"\r\n\r\n"


@dataclass
class Cut:
    """Cuts the first line on which a message fits, once."""

    way: Way
    where: Where
    fits: Callable[[dict[str, Any]], bool]
    """Asked of each message, as JSON."""
    of: Callable[[], int]
    """The port from which the page came: another page may hear the same."""
    happened: asyncio.Event = field(default_factory=asyncio.Event)


class Proxy:
    """One address for all gateways.

    Args:
        ports: of the gateways; a connection to one that is not there goes on to the next.
    """

    def __init__(self, ports: Callable[[], Sequence[int]]) -> None:
        self._ports = ports
        self._turn = itertools.count()
        self._cuts: list[Cut] = []
        self._lines: set[_Line] = set()
        self._server: asyncio.Server | None = None
        self.used: dict[int, int] = {}
        """Connections by gateway."""
        self.gateways: dict[int, int] = {}
        """Port of a page → port of its gateway."""

    @property
    def port(self) -> int:
        assert self._server is not None, "not started"
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1024)

    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
        self.cut_all()

    def cut(self, cut: Cut) -> Cut:
        self._cuts.append(cut)
        return cut

    def cut_all(self) -> None:
        """Every line, now, as a router that restarts."""
        for line in list(self._lines):
            line.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ports = self._ports()
        first = next(self._turn)
        for place in range(len(ports)):
            port = ports[(first + place) % len(ports)]
            with suppress(OSError):
                upstream = await asyncio.open_connection("127.0.0.1", port)
                self.used[port] = self.used.get(port, 0) + 1
                break
        else:
            writer.transport.abort()
            return
        page = int(writer.get_extra_info("peername")[1])
        self.gateways[page] = port
        line = _Line(self._cuts, page, (reader, writer), upstream)
        self._lines.add(line)
        try:
            await line.run()
        finally:
            self._lines.discard(line)
            line.abort()


Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class _Line:
    def __init__(self, cuts: list[Cut], port: int, page: Stream, gateway: Stream) -> None:
        self._cuts = cuts
        self._port = port
        self._page = page
        self._gateway = gateway
        self._is_cut = False

    async def run(self) -> None:
        """Until either side goes."""
        tasks = [
            asyncio.create_task(self._pass("up", self._page[0], self._gateway[1])),
            asyncio.create_task(self._pass("down", self._gateway[0], self._page[1])),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def abort(self) -> None:
        """As a line that breaks: no goodbye to either side."""
        self._is_cut = True
        for _, writer in (self._page, self._gateway):
            if line := writer.transport.get_extra_info("socket"):
                with suppress(OSError):
                    line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    async def _pass(self, way: Way, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            writer.write(await reader.readuntil(_HEAD_END))
            while not self._is_cut:
                raw, told = await _frame(reader, is_read=bool(self._cuts))
                if self._is_cut:
                    return
                if self._cuts_at(way, raw, told, writer):
                    await asyncio.sleep(
                        0.05
                    )  # what was written goes out before the line breaks; nothing else does
                    return
                writer.write(raw)
                await writer.drain()

    def _cuts_at(self, way: Way, raw: bytes, told: dict[str, Any], writer: asyncio.StreamWriter) -> bool:
        for cut in self._cuts:
            if cut.way == way and told and cut.of() == self._port and cut.fits(told):
                self._cuts.remove(cut)
                writer.write({"before": b"", "within": raw[: len(raw) // 2], "after": raw}[cut.where])
                self._is_cut = True
                cut.happened.set()
                return True
        return False


async def _frame(reader: asyncio.StreamReader, *, is_read: bool) -> tuple[bytes, dict[str, Any]]:
    """A whole frame as it came, and its JSON, empty where it has none (RFC 6455 5.2; nobody here fragments)."""
    head = await reader.readexactly(2)
    length = head[1] & 127
    if length >= 126:
        more = await reader.readexactly(2 if length == 126 else 8)
        head, length = head + more, int.from_bytes(more, "big")
    key = await reader.readexactly(4) if head[1] & 128 else b""
    payload = await reader.readexactly(length)
    told: dict[str, Any] = {}
    if is_read and head[0] & 15 == 1:
        plain = bytes(byte ^ key[at % 4] for at, byte in enumerate(payload)) if key else payload
        with suppress(ValueError):
            told = json.loads(plain)
    return head + key + payload, told
