"""The database behind the repositories: opened, brought to the newest tables, and closed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final, Self

from sqlalchemy import URL, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, InvalidRequestError, NoSuchModuleError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from contracts.errors import BadSetting
from store import failures, migration

BUSY_TIMEOUT_MS: Final = 10_000
"""How long a write waits for another process's write before it gives up."""

_CONNECT_S: Final = 10
_STATEMENT_S: Final = 30


class Database:
    """A pool of connections. `session()` is one transaction."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)

    @classmethod
    async def open(cls, url: str) -> Self:
        """Connect, creating a SQLite file and its folder, and migrate the tables to this version's.

        Several processes may open the same database at once: one migrates, the others wait.

        Args:
            url: `sqlite+aiosqlite:////absolute/path.db` or `postgresql+asyncpg://user:password@host/name`.

        Raises:
            BadSetting: the URL cannot be used, or a newer version of the program has been here.
            StorageFull: no space for the tables.
        """
        target = _usable(url)
        engine = _engine(target)
        try:
            with failures.told(target):
                await asyncio.to_thread(migration.upgrade, lambda: _engine(target))
        except BaseException:
            await engine.dispose()
            raise
        return cls(engine)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """A transaction: committed at the end of the block, rolled back when the block raises.

        Raises:
            StorageFull: the disk is full; nothing of the transaction was kept.
            Overloaded: another process held the database for too long; nothing was kept.
        """
        with failures.told(self._engine.url):
            async with self._sessions.begin() as session:
                yield session

    async def close(self) -> None:
        """Close all connections. Closing twice is fine."""
        await self._engine.dispose()


def _usable(url: str) -> URL:
    try:
        target = make_url(url)
    except ArgumentError:
        shown = url.rpartition("@")[2]  # what stands before it may be a password
        raise BadSetting(
            f"데이터베이스 주소를 읽을 수 없습니다: '{shown}'. 예: sqlite+aiosqlite:////var/lib/sangdam/sangdam.db",
            f"not a database URL: '{shown}'. Example: sqlite+aiosqlite:////var/lib/sangdam/sangdam.db",
        ) from None
    if target.get_backend_name() != "sqlite":
        return target
    if not target.database or target.database == ":memory:":
        raise BadSetting(
            "데이터베이스 주소에 파일 경로가 없습니다. 예: sqlite+aiosqlite:////var/lib/sangdam/sangdam.db",
            "the database URL names no file. Example: sqlite+aiosqlite:////var/lib/sangdam/sangdam.db",
        )
    folder = Path(target.database).expanduser().absolute().parent
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadSetting(
            f"데이터베이스 폴더를 만들 수 없습니다: {folder} ({error.strerror}). 쓸 수 있는 폴더를 지정하십시오.",
            f"cannot create the database's folder {folder} ({error.strerror}). Name one that can be written.",
        ) from None
    return target.set(database=str(folder / Path(target.database).name))


def _engine(url: URL) -> AsyncEngine:
    """Raises: BadSetting when no installed driver speaks the URL's language."""
    sqlite = url.get_backend_name() == "sqlite"
    # BEGIN IMMEDIATE: a transaction that will write waits its turn at once instead of failing half-way.
    arguments = (
        {"isolation_level": "IMMEDIATE", "timeout": BUSY_TIMEOUT_MS / 1000}
        if sqlite
        else {"timeout": _CONNECT_S, "command_timeout": _STATEMENT_S}
    )
    try:
        engine = create_async_engine(url, connect_args=arguments, pool_pre_ping=not sqlite)
    except (NoSuchModuleError, InvalidRequestError, ModuleNotFoundError) as error:
        name = url.render_as_string(hide_password=True)
        raise BadSetting(
            f"데이터베이스 주소 '{name}'의 드라이버가 없거나 비동기 드라이버가 아닙니다({error}). "
            "sqlite+aiosqlite 또는 postgresql+asyncpg를 쓰십시오(PostgreSQL: pip install 'sangdam[postgres]').",
            f"no asynchronous driver for '{name}' ({error}). Use sqlite+aiosqlite, or postgresql+asyncpg with "
            "pip install 'sangdam[postgres]'.",
        ) from None
    if sqlite:
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    return engine


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(
        "PRAGMA synchronous=NORMAL"
    )  # with WAL: survives a crash of the program without an fsync a commit
    cursor.close()
