"""A chat server as one writes it with python-socketio in an afternoon: the peer of `sangdam bench chat`.

    PYTHON chat_peer.py PORT memory|database FOLDER

Runs in an environment of its own (`bench/peers/socketio.txt`), on uvicorn as ours does. A conversation is a room; its
messages are numbered, passed to the room and acknowledged. `memory` keeps nothing: a process that ends takes all
with it. `database` writes each message into SQLite (WAL, as ours) and commits before it passes it on, which is what
"ack after commit" asks for; resending, resuming, receipts, sealing, several processes and everything else are left
out. No extension compresses, as with ours.
"""

import asyncio
import os
import resource
import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import socketio
import uvicorn


class Log:
    """Messages of all rooms."""

    def __init__(self, path: Path | None) -> None:
        self._last: dict[str, int] = {}
        self._thread = ThreadPoolExecutor(1)
        self._database = None
        if path is not None:
            self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._database.execute("PRAGMA journal_mode = WAL")
            self._database.execute("PRAGMA synchronous = NORMAL")
            self._database.execute(
                "CREATE TABLE message (room TEXT, seq INT, author TEXT, client_id TEXT, text TEXT, "
                "PRIMARY KEY (room, seq)) WITHOUT ROWID"
            )

    async def write(self, room: str, author: str, client_id: str, text: str) -> int:
        seq = self._last.get(room, 0) + 1
        self._last[room] = seq
        if self._database is not None:
            await asyncio.get_running_loop().run_in_executor(
                self._thread, self._insert, (room, seq, author, client_id, text)
            )
        return seq

    def _insert(self, row: tuple[str, int, str, str, str]) -> None:
        assert self._database is not None
        self._database.execute("INSERT INTO message VALUES (?, ?, ?, ?, ?)", row)


def application(log: Log) -> socketio.ASGIApp:
    server = socketio.AsyncServer(async_mode="asgi", transports=["websocket"], cors_allowed_origins="*")

    @server.event
    async def connect(sid: str, _environ: dict[str, object], auth: dict[str, object]) -> None:
        rooms = auth["rooms"]
        async with server.session(sid) as session:
            session["side"] = auth["side"]
        for room in rooms:
            await server.enter_room(sid, room)
        await server.emit("rooms", rooms, to=sid)

    @server.event
    async def message(sid: str, told: dict[str, str]) -> int:
        session = await server.get_session(sid)
        seq = await log.write(told["contact_id"], session["side"], told["client_id"], told["text"])
        line = told | {"seq": seq, "author": session["side"]}
        await server.emit("message", line, room=told["contact_id"])
        return seq

    @server.event
    async def typing(sid: str, told: dict[str, object]) -> None:
        await server.emit("typing", told, room=told["contact_id"], skip_sid=sid)

    return socketio.ASGIApp(server)


def main() -> None:
    port, kind, folder = int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    log = Log(folder / f"peer-{os.getpid()}.db" if kind == "database" else None)
    uvicorn.run(
        application(log),
        host="127.0.0.1",
        port=port,
        log_level="warning",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        ws_ping_interval=None,
    )


if __name__ == "__main__":
    main()
