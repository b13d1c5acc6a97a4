"""What a database's driver raises, told as our own errors.

| what happened | told as |
|---|---|
| the disk is full or failing | StorageFull |
| locks, deadlocks, too many connections, a statement that took too long | Overloaded |
| refused, reset, shut down, starting, no answer in time, a standby that only lets read | Unreachable |
| wrong account, database, file or TLS | BadSetting |

The first three may be tried again. What is not in the table goes through unchanged: it is a fault of the program.
"""

import sqlite3
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import URL
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from contracts.errors import BadSetting, Overloaded, SangdamError, StorageFull, Unavailable, Unreachable

# SQLite's primary result codes, and PostgreSQL's SQLSTATEs:
# https://www.postgresql.org/docs/current/errcodes-appendix.html

_FULL: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, "53100", "58030"})
"""SQLite says IOERR where not its file but the shared memory beside it no longer fits on the disk."""

_BUSY: Final = frozenset(
    {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
    | {"53000", "53200", "53300", "53400"}  # out of memory, too many connections, other limits
    | {"55P03", "57014"}  # a lock, or a statement, took too long
    | {"40001", "40P01"}  # two transactions were in each other's way
)

_AWAY: Final = frozenset(
    {"57P01", "57P02", "57P03", "57P05", "25P03"}  # shut down, crashed, starting, idle for too long
    | {"25006"}  # only lets read: a standby, until it is promoted
)
_AWAY_CLASS: Final = "08"
"""Connection exceptions."""

_UNUSABLE: Final = frozenset(
    {
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_CORRUPT,
    }
    | {"28000", "28P01", "3D000", "42501", "57P04"}
)


@contextmanager
def told(url: URL) -> Iterator[None]:
    """Turn failures of the database at `url` into errors of ours, as the table above says.

    An OSError or TimeoutError is the database's only if it comes from there: the block may do other things.
    """
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        ours = _ours(error, named(url))
        if ours is None:
            raise
        raise ours from error
    except PoolTimeout as error:
        raise busy(named(url)) from error
    except OSError as error:  # TimeoutError too
        if not _from_driver(error):
            raise
        raise _of_connecting(error, named(url)) from error


def named(url: URL) -> str:
    """The URL for people: without password and options."""
    return url.set(query={}).render_as_string(hide_password=True)


def busy(name: str) -> Overloaded:
    return Overloaded(
        f"데이터베이스 '{name}'이(가) 너무 오래 바쁩니다. 잠시 뒤 다시 하십시오.",
        f"database '{name}' was busy for too long. Try again in a moment.",
    )


def unusable(name: str, why: object) -> BadSetting:
    return BadSetting(
        f"데이터베이스 '{name}'을(를) 쓸 수 없습니다: {why}. 주소, 계정, 파일과 폴더의 권한을 확인하십시오.",
        f"cannot use database '{name}': {why}. Check its address, account, and the file's and folder's permissions.",
    )


def _of_connecting(error: OSError, name: str) -> SangdamError:
    # A certificate that cannot be read, or is not the server's, will not be right the next time either.
    if isinstance(error, FileNotFoundError | PermissionError | ssl.SSLCertVerificationError):
        return unusable(name, error)
    return _away(name, error)


def _ours(error: DBAPIError | sqlite3.Error, name: str) -> SangdamError | None:
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = _code(cause)
    if code in _FULL:
        return StorageFull(
            f"데이터베이스 '{name}'의 디스크가 가득 찼거나 고장입니다. 공간을 비우십시오. 이번 저장은 되지 않았습니다.",
            f"the disk under database '{name}' is full or failing. Free some space; this write was not kept.",
        )
    # A statement that another process's migration overtook works when it is tried again.
    if code in _BUSY or isinstance(cause, AsyncAdapt_asyncpg_dbapi.InvalidCachedStatementError):
        return busy(name)
    if code in _UNUSABLE or _is_wrong_option(cause):
        return unusable(name, cause)
    if code in _AWAY or str(code).startswith(_AWAY_CLASS):
        return _away(name, cause)
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return _away(name, cause)
    return None


def _away(name: str, why: BaseException | None) -> Unavailable:
    said = str(why).strip() or "응답 없음 / no answer"
    return Unreachable(
        f"데이터베이스 '{name}'이(가) 응답하지 않습니다({said}). 서버와 네트워크를 확인하십시오. 돌아오면 이어집니다.",
        f"database '{name}' does not answer ({said}). Check the server and the network; work goes on when it is back.",
    )


def _code(cause: BaseException | None) -> int | str | None:
    """SQLite's primary result code (its extended codes carry it in the low byte), or an SQLSTATE."""
    extended = getattr(cause, "sqlite_errorcode", None)
    if isinstance(extended, int):
        return extended & 0xFF
    state = getattr(cause, "sqlstate", None)
    return state if isinstance(state, str) else None


def _is_wrong_option(cause: BaseException | None) -> bool:
    """An option of the URL that the driver does not understand."""
    return isinstance(cause, AsyncAdapt_asyncpg_dbapi.InterfaceError) and isinstance(
        cause.__cause__, ValueError
    )


def _from_driver(error: BaseException) -> bool:
    """Whether the error passed through SQLAlchemy on its way here."""
    step = error.__traceback__
    while step is not None:
        if str(step.tb_frame.f_globals.get("__name__")).startswith("sqlalchemy."):
            return True
        step = step.tb_next
    return False
