"""What SQLite says, in plain words, and what both engines say."""

import sqlite3
from pathlib import Path
from typing import Final

from contracts.errors import BadSetting, BusClosed, Overloaded, SangdamError, StorageFull

_CANNOT_WRITE: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR})
"""A full disk shows as FULL or, from the side files, a quota or a file size limit, as an I/O error."""


def explain(error: Exception, path: Path) -> Exception:
    """The error of the bus behind an error of SQLite; others are returned as they are."""
    if not isinstance(error, sqlite3.Error):
        return error
    kind = getattr(error, "sqlite_errorcode", 0) & 0xFF
    explained: SangdamError
    if kind in _CANNOT_WRITE:
        explained = StorageFull(
            f"디스크가 가득 찼거나 쓸 수 없어 버스 파일 {path}에 기록하지 못했습니다({error}). 공간을 비우면 "
            "이어서 동작합니다.",
            f"The disk under the bus file {path} is full or cannot be written: {error}. It goes on when there "
            "is room.",
        )
    elif kind in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        explained = Overloaded(
            f"다른 프로세스가 버스 파일 {path}을(를) 오래 붙잡고 있습니다. 잠시 뒤 다시 시도하십시오.",
            f"Another process holds the bus file {path} for too long. Try again.",
        )
    else:
        explained = BadSetting(
            f"버스 파일 {path}을(를) 쓸 수 없습니다({error}). 손상되었거나 권한이 바뀌었는지 확인하십시오.",
            f"The bus file {path} cannot be used: {error}. Check for damage or changed permissions.",
        )
    explained.__cause__ = error
    return explained


def closed() -> BusClosed:
    return BusClosed(
        "버스가 닫혔습니다. 다시 열어 사용하십시오.", "The bus is closed. Open it again to use it."
    )


def no_extra(error: ModuleNotFoundError) -> BadSetting:
    return BadSetting(
        f"Kafka를 쓰려면 먼저 설치하십시오: pip install 'sangdam[kafka]' (없는 모듈: {error.name})",
        f"Kafka needs: pip install 'sangdam[kafka]' (there is no module {error.name})",
    )
