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

_WITHIN_S: Final = 30.0
_LOCK: Final = 0x53414E47
"""Number of PostgreSQL's advisory lock, 'SANG'."""

_one_at_a_time: Final = threading.Lock()
"""Alembic's `op` is one for the whole process."""


def upgrade(new_engine: Callable[[], AsyncEngine]) -> None:
    """Upgrade to the newest revision, in one transaction under a lock that other processes wait for.

    Blocks; runs its own event loop, so call it from a thread.

    Raises:
        BadSetting: the database cannot be reached, or was written by a newer version of the program.
    """
    with _one_at_a_time:
        asyncio.run(asyncio.wait_for(_upgrade(new_engine()), _WITHIN_S))


async def _upgrade(engine: AsyncEngine) -> None:
    name = engine.url.render_as_string(hide_password=True)
    try:
        if engine.dialect.name == "sqlite":
            await _keep_write_ahead_log(engine)
        async with engine.connect() as connection:
            await _lock(connection)
            await connection.run_sync(_run, name)
            await connection.commit()
    except OSError as error:
        raise failures.unreachable(name, str(error) or "응답 없음 / no answer") from error
    finally:
        await engine.dispose()


async def _keep_write_ahead_log(engine: AsyncEngine) -> None:
    """Readers then never wait for the writer. The file remembers it.

    SQLite's busy timeout does not always cover this switch: of processes that create a file at the same
    moment, about one in 300 is told 'locked' at once (measured). It asks again.
    """
    until = time.monotonic() + _WITHIN_S / 2
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


def _run(connection: Connection, name: str) -> None:
    scripts = ScriptDirectory(str(FOLDER))
    context = MigrationContext.configure(
        connection,
        opts={
            "fn": lambda revision, _context: scripts._upgrade_revs("head", revision),  # noqa: SLF001  as alembic.command does
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
