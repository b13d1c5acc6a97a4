"""The log on stderr: plain lines for people, or one JSON object a line for machines.

A line says which service wrote it and what contact it is about (`contracts.context`), never what was said:
libraries that quote the value they could not take are named without their words.
"""

import json
import logging
import sys
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from contracts.context import CONTACT, SERVICE
from contracts.errors import BadSetting, SangdamError

FORMATS: Final = ("text", "json")

_QUOTING: Final = frozenset(
    {"pydantic", "pydantic_core", "sqlalchemy", "asyncpg", "sqlite3", "aiosqlite", "json"}
)
"""Their exceptions quote values, and values are what citizens said."""
_FRAMES: Final = 30
"""Of a stack in the log."""

_handler: logging.Handler | None = None


def start(level: str, form: str) -> None:
    """Set up the log of the process.

    Raises:
        BadSetting: no such level or format.
    """
    global _handler  # noqa: PLW0603  one log a process
    known = logging.getLevelNamesMapping()
    if level.upper() not in known:
        raise BadSetting(
            f"설정 SANGDAM_LOG의 값 '{level}'을(를) 쓸 수 없습니다. 쓸 수 있는 값: {', '.join(known)}.",
            f"SANGDAM_LOG: no level '{level}'; there are {', '.join(known)}.",
        )
    if form not in FORMATS:
        raise BadSetting(
            f"설정 SANGDAM_LOG_FORMAT의 값 '{form}'을(를) 쓸 수 없습니다. 쓸 수 있는 값: {', '.join(FORMATS)}.",
            f"SANGDAM_LOG_FORMAT: no format '{form}'; there are {', '.join(FORMATS)}.",
        )
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(Context())
    handler.setFormatter(JsonLines() if form == "json" else PlainLines())
    logging.basicConfig(level=level.upper(), handlers=[handler])
    _handler = handler if form == "json" else None


def tell(message: str, *arguments: object, level: int = logging.INFO) -> bool:
    """Put what the command line has to say into a log of JSON lines; False where the log is for people."""
    if _handler is None:
        return False
    record = logging.LogRecord("sangdam", level, __file__, 0, message, arguments, None)
    _handler.handle(record)
    return True


class Context(logging.Filter):
    """Gives each line its service and contact, and takes quotations out of it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.service = SERVICE.get()
        record.contact = getattr(record, "contact", "") or CONTACT.get()
        record.code = next((e.code for e in _errors(record) if isinstance(e, SangdamError)), "")
        if isinstance(record.args, tuple):
            record.args = tuple(_safe(value) for value in record.args)
        return True


class PlainLines(logging.Formatter):
    """LEVEL logger: message."""

    def __init__(self) -> None:
        super().__init__("%(levelname)s %(name)s: %(message)s")

    def formatException(self, ei: object) -> str:  # noqa: N802  logging's name
        return told(_error_of(ei))


class JsonLines(logging.Formatter):
    """Time (UTC), level, service, contact, logger, message, and where there is one error code and exception."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "service": getattr(record, "service", ""),
            "contact": getattr(record, "contact", ""),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if code := getattr(record, "code", ""):
            line["code"] = code
        if (error := _error_of(record.exc_info)) is not None:
            line["exception"] = told(error)
        return json.dumps(line, ensure_ascii=False)


def told(error: BaseException | None) -> str:
    """An error with its stack and its causes, the first of them last, without quotations."""
    if error is None:
        return ""
    lines = [f"{type(error).__name__}: {_safe(error)}"]
    lines += [
        f"  {frame.filename}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)[-_FRAMES:]
    ]
    if isinstance(error, BaseExceptionGroup):
        lines += [told(one) for one in error.exceptions]
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\n".join([*lines, *([f"because of {told(cause)}"] if cause else [])])


def _safe(value: object) -> object:
    if isinstance(value, BaseException) and any(_quotes(kind) for kind in type(value).__mro__):
        return f"{type(value).__name__} (its words are left out)"
    return value


def _quotes(kind: type) -> bool:
    return kind.__module__.partition(".")[0] in _QUOTING


def _errors(record: logging.LogRecord) -> Iterator[object]:
    yield _error_of(record.exc_info)
    if isinstance(record.args, tuple):
        yield from record.args


def _error_of(exc_info: object) -> BaseException | None:
    if isinstance(exc_info, tuple) and len(exc_info) == 3 and isinstance(exc_info[1], BaseException):
        return exc_info[1]
    return None
