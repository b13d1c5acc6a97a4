"""Connections to either database, with a limit on every wait."""

from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy import URL, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from contracts.errors import BadSetting
from store import failures

BUSY_TIMEOUT_MS: Final = 10_000
"""How long a write waits for another process's write before it gives up."""

STATEMENT_MS: Final = 30_000
"""The server ends a statement that takes longer."""

CONNECT_S: Final = 10.0
ANSWER_S: Final = STATEMENT_MS / 1000 + 3
"""After this the server itself must be gone: it would have ended the statement."""

POOL: Final = 5
POOL_MORE: Final = 5
"""Connections of a process that stay, and that come on top when it is busy; ten processes fit into PostgreSQL's
default of 100."""
POOL_WAIT_S: Final = 10.0
_RECYCLE_S: Final = 3600

_IDLE_TRANSACTION_MS: Final = 60_000
"""A process that hangs in the middle of a transaction must not hold its locks for longer."""

_SERVER: Final = {
    "application_name": "sangdam",
    "jit": "off",  # of no use to short statements, and the driver's own catalogue queries suffer from it
    "statement_timeout": str(STATEMENT_MS),
    "lock_timeout": str(BUSY_TIMEOUT_MS),
    "idle_in_transaction_session_timeout": str(_IDLE_TRANSACTION_MS),
    # A machine that is gone without a word is noticed after a minute.
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
_SERVER_MIGRATION: Final = {"statement_timeout": "0", "lock_timeout": "0"}
"""An index on millions of rows takes minutes; `migration` has a limit for the whole."""

_SQLITE: Final = {
    # BEGIN IMMEDIATE: a transaction that will write waits its turn at once instead of failing half-way.
    "isolation_level": "IMMEDIATE",
    "timeout": BUSY_TIMEOUT_MS / 1000,
}
_SQLALCHEMY_OPTIONS: Final = frozenset({"host", "port", "ssl", "prepared_statement_cache_size"})
"""Of a PostgreSQL URL; several hosts are tried in their order."""

_EXAMPLE: Final = (
    "sqlite+aiosqlite:////var/lib/sangdam/sangdam.db, postgresql+asyncpg://sangdam@db.example/sangdam"
)


def usable(url: str, password: str | None = None) -> URL:
    """The URL with the password, and for SQLite with an absolute path whose folder is there.

    Raises:
        BadSetting: it is no URL, names no file, or its folder cannot be made.
    """
    try:
        target = make_url(url)
    except ArgumentError:
        shown = url.rpartition("@")[2]  # what stands before it may be a password
        raise BadSetting(
            f"데이터베이스 주소를 읽을 수 없습니다: '{shown}'. 예: {_EXAMPLE}",
            f"not a database URL: '{shown}'. Examples: {_EXAMPLE}",
        ) from None
    if target.get_backend_name() != "sqlite":
        return target.set(password=password) if password else target
    if not target.database or target.database == ":memory:":
        raise BadSetting(
            f"데이터베이스 주소에 파일 경로가 없습니다. 예: {_EXAMPLE}",
            f"the database URL names no file. Examples: {_EXAMPLE}",
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


def new_engine(url: URL, *, for_migration: bool = False) -> AsyncEngine:
    """A pool that has no connection yet.

    Raises:
        BadSetting: no installed driver speaks the URL's language.
    """
    try:
        match url.drivername:
            case "sqlite+aiosqlite":
                engine = create_async_engine(url, connect_args=_SQLITE, hide_parameters=True)
                event.listen(engine.sync_engine, "connect", _prepare_sqlite)
                return engine
            case "postgresql+asyncpg":
                return _postgresql(url, for_migration=for_migration)
            case _:
                raise _no_driver(url, url.drivername)
    except ModuleNotFoundError as error:
        raise _no_driver(url, error) from None


def _postgresql(url: URL, *, for_migration: bool) -> AsyncEngine:
    connect: dict[str, Any] = {
        "timeout": CONNECT_S,
        "command_timeout": None if for_migration else ANSWER_S,
        "server_settings": _SERVER | (_SERVER_MIGRATION if for_migration else {}),
    }
    if libpq := {name: value for name, value in url.query.items() if name not in _SQLALCHEMY_OPTIONS}:
        # The driver knows libpq's options (sslmode, sslrootcert, …) only within an address of its own.
        connect["dsn"] = f"postgresql:///?{urlencode(libpq, doseq=True)}"
    return create_async_engine(
        url.difference_update_query(libpq),
        connect_args=connect,
        hide_parameters=True,  # an error must not quote what was said
        pool_size=POOL,
        max_overflow=POOL_MORE,
        pool_timeout=POOL_WAIT_S,
        pool_pre_ping=True,  # a connection of before the server's restart is replaced unseen
        pool_use_lifo=True,  # what is not needed grows old
        pool_recycle=_RECYCLE_S,
    )


def _no_driver(url: URL, why: object) -> BadSetting:
    name = failures.named(url)
    return BadSetting(
        f"데이터베이스 주소 '{name}'의 드라이버를 쓸 수 없습니다({why}). "
        "sqlite+aiosqlite 또는 postgresql+asyncpg를 쓰십시오(PostgreSQL: pip install 'sangdam[postgres]').",
        f"cannot use the driver of '{name}' ({why}). Use sqlite+aiosqlite, or postgresql+asyncpg with "
        "pip install 'sangdam[postgres]'.",
    )


def _prepare_sqlite(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(
        "PRAGMA synchronous=NORMAL"
    )  # with WAL: survives a crash of the program without an fsync a commit
    cursor.close()
