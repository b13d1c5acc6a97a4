"""Bring a database to the tables of this version."""

import asyncio
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.errors import BadSetting
from store import failures

FOLDER: Final = Path(__file__).parent / "migrations"

_WITHIN_S: Final = 600.0
_WAL_WITHIN_S: Final = 15.0
_LOOK_S: Final = 0.1
_LEAVE_S: Final = 2.0
_LOCK: Final = 0x53414E47
"""Number of PostgreSQL's advisory lock, 'SANG'."""

_one_at_a_time: Final = threading.Lock()
"""Alembic's `op` is one for the whole process."""


async def upgrade(new_engine: Callable[[], AsyncEngine], to: str = "head") -> None:
    """Upgrade to a revision, the newest unless told otherwise, in one transaction under a lock that other processes wait for.

    Runs in a thread with an event loop of its own, for Alembic blocks; a cancel reaches it.

    Raises:
        BadSetting: the database was written by a newer version of the program.
        Overloaded: not done within 10 minutes.
    """
    stop = threading.Event()
    try:
        await asyncio.to_thread(_in_thread, new_engine, to, stop)
    finally:
        stop.set()


def _in_thread(new_engine: Callable[[], AsyncEngine], to: str, stop: threading.Event) -> None:
    while not _one_at_a_time.acquire(timeout=_LOOK_S):
        if stop.is_set():
            return
    try:
        asyncio.run(_until(stop, new_engine(), to))
    finally:
        _one_at_a_time.release()


async def _until(stop: threading.Event, engine: AsyncEngine, to: str) -> None:
    work = asyncio.create_task(_upgrade(engine, to))
    limit = time.monotonic() + _WITHIN_S
    while not (work.done() or stop.is_set() or time.monotonic() > limit):
        await asyncio.wait([work], timeout=_LOOK_S)
    if not work.done():
        work.cancel()
        await asyncio.wait([work], timeout=_LEAVE_S)
        if not stop.is_set():
            raise failures.busy(failures.named(engine.url))
    elif error := work.exception():
        raise error


async def _upgrade(engine: AsyncEngine, to: str) -> None:
    try:
        if engine.dialect.name == "sqlite":
            await _keep_write_ahead_log(engine)
        async with engine.connect() as connection:
            await _lock(connection)
            await connection.run_sync(_run, failures.named(engine.url), to)
            await connection.commit()
    finally:
        await engine.dispose()


async def _keep_write_ahead_log(engine: AsyncEngine) -> None:
    """Readers then never wait for the writer. The file remembers it.

    SQLite's busy timeout does not always cover this switch: of processes that create a file at the same
    moment, about one in 300 is told 'locked' at once (measured). It asks again.
    """
    until = time.monotonic() + _WAL_WITHIN_S
    while True:
        try:
            async with engine.connect() as connection:
                await connection.execute(text("PRAGMA journal_mode=WAL"))
        except OperationalError as error:
            if "locked" not in str(error.orig) or time.monotonic() > until:
                raise
            await asyncio.sleep(0.05)
        else:
            return


async def _lock(connection: AsyncConnection) -> None:
    if connection.dialect.name == "sqlite":
        await connection.execute(text("BEGIN IMMEDIATE"))
    else:
        await connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})


def _run(connection: Connection, name: str, to: str) -> None:
    scripts = ScriptDirectory(str(FOLDER))
    context = MigrationContext.configure(
        connection,
        opts={
            "fn": lambda revision, _context: scripts._upgrade_revs(to, revision),  # noqa: SLF001  as alembic.command does
        },
    )
    known = {script.revision for script in scripts.walk_revisions()}
    if unknown := set(context.get_current_heads()) - known:
        raise BadSetting(
            f"데이터베이스 '{name}'은(는) 더 새로운 판의 상담이 만든 것입니다({', '.join(unknown)}). "
            "상담을 그 판으로 올리거나 다른 데이터베이스를 지정하십시오.",
            f"database '{name}' was written by a newer version of Sangdam ({', '.join(unknown)}). "
            "Upgrade Sangdam, or name another database.",
        )
    with Operations.context(context):
        context.run_migrations()
