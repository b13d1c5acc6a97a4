"""What a database's driver raises, told as our own errors."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from contracts.errors import BadSetting, Overloaded, SangdamError, StorageFull

_FULL: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, "53100"})
"""SQLite says IOERR where not its file but the shared memory beside it no longer fits on the disk."""
_BUSY: Final = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, "55P03", "57014", "53300"})
_UNUSABLE: Final = frozenset(
    {
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_CORRUPT,
    }
    | {"28000", "28P01", "3D000", "42501"}
)
"""SQLite's primary result codes, and PostgreSQL's SQLSTATEs: https://www.postgresql.org/docs/current/errcodes-appendix.html"""


@contextmanager
def told(url: URL) -> Iterator[None]:
    """Turn failures of the database at `url` into StorageFull, Overloaded or BadSetting.

    What has no sentence of ours goes through unchanged: it is a fault of the program.
    """
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        ours = _ours(error, url.render_as_string(hide_password=True))
        if ours is None:
            raise
        raise ours from error
    except PoolTimeout as error:
        raise _busy(url.render_as_string(hide_password=True)) from error


def unreachable(name: str, why: object) -> BadSetting:
    return BadSetting(
        f"데이터베이스 '{name}'을(를) 쓸 수 없습니다: {why}. 주소, 계정, 파일과 폴더의 권한을 확인하십시오.",
        f"cannot use database '{name}': {why}. Check its address, account, and the file's and folder's permissions.",
    )


def _ours(error: DBAPIError | sqlite3.Error, name: str) -> SangdamError | None:
    cause = error.orig if isinstance(error, DBAPIError) else error
    code = _code(cause)
    if code in _FULL:
        return StorageFull(
            f"데이터베이스 '{name}'의 디스크가 가득 찼거나 고장입니다. 공간을 비우십시오. 이번 저장은 되지 않았습니다.",
            f"the disk under database '{name}' is full or failing. Free some space; this write was not kept.",
        )
    if code in _BUSY:
        return _busy(name)
    if code in _UNUSABLE:
        return unreachable(name, cause)
    return None


def _busy(name: str) -> Overloaded:
    return Overloaded(
        f"데이터베이스 '{name}'이(가) 너무 오래 바쁩니다. 잠시 뒤 다시 하십시오.",
        f"database '{name}' was busy for too long. Try again in a moment.",
    )


def _code(cause: BaseException | None) -> int | str | None:
    """SQLite's primary result code (its extended codes carry it in the low byte), or an SQLSTATE."""
    extended = getattr(cause, "sqlite_errorcode", None)
    if isinstance(extended, int):
        return extended & 0xFF
    state = getattr(cause, "sqlstate", None)
    return state if isinstance(state, str) else None
