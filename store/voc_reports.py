"""Weekly reports: asked for by staff or by the calendar, made by one voc process, kept with their files."""

from collections.abc import Mapping
from typing import Final, Literal, get_args

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.voc_http import ReportLine
from store.upsert import insert_into, rows_written
from store.voc_tables import VocNoteRow, VocReportRow

FileName = Literal["html", "pdf", "csv", "parquet"]
FILES: Final[tuple[FileName, ...]] = get_args(FileName)

MAX_LINES: Final = 120
"""Of the list: more than two years."""

_CLAIM: Final = "report/"
_EMPTY: Final[dict[str, object]] = {"error": "", "html": b"", "pdf": b"", "csv": b"", "parquet": b""}
_LINES: Final = select(
    VocReportRow.week,
    VocReportRow.asked_at_ms,
    VocReportRow.made_at_ms,
    VocReportRow.error,
    *(func.length(getattr(VocReportRow, name)) for name in FILES),
)


async def ask(session: AsyncSession, week: str, now_ms: int, *, again: bool = True) -> bool:
    """Ask for the report of a week. Its files of before stay until the new ones are there.

    Args:
        session: the transaction.
        week: ISO week, e.g. `2026-W47`.
        now_ms: wall time.
        again: also where there is one already; False: only the first time.

    Returns:
        Whether it is to be made now that was not before: one that waits already goes on waiting.
    """
    insert = insert_into(session, VocReportRow).values(
        week=week, asked_at_ms=now_ms, made_at_ms=None, **_EMPTY
    )
    if not again:
        return await rows_written(session, insert.on_conflict_do_nothing(index_elements=["week"])) > 0
    made = insert.table.c.made_at_ms
    changes = {"asked_at_ms": now_ms, "made_at_ms": None, "error": ""}
    renewed = insert.on_conflict_do_update(index_elements=["week"], set_=changes, where=made.is_not(None))
    return await rows_written(session, renewed) > 0


async def asked(session: AsyncSession) -> list[str]:
    """Weeks whose reports are to be made, who asked first comes first."""
    query = select(VocReportRow.week).where(VocReportRow.made_at_ms.is_(None))
    return list(await session.scalars(query.order_by(VocReportRow.asked_at_ms, VocReportRow.week)))


async def claim(session: AsyncSession, week: str, now_ms: int, stale_ms: int) -> bool:
    """Take a report that is to be made for this process: of several that try, one is told True. A claim older than
    `stale_ms` is void.
    """
    insert = insert_into(session, VocNoteRow).values(name=_CLAIM + week, at_ms=now_ms, value="")
    is_void = insert.table.c.at_ms <= now_ms - stale_ms
    taken = insert.on_conflict_do_update(index_elements=["name"], set_={"at_ms": now_ms}, where=is_void)
    if not await rows_written(session, taken):
        return False
    # Another process may have made it since this one read what is asked for.
    is_asked = select(VocReportRow.week).where(VocReportRow.week == week, VocReportRow.made_at_ms.is_(None))
    if await session.scalar(is_asked) is not None:
        return True
    await session.execute(delete(VocNoteRow).where(VocNoteRow.name == _CLAIM + week))
    return False


async def keep(
    session: AsyncSession, week: str, files: Mapping[FileName, bytes], error: str, now_ms: int
) -> None:
    """The report was made, or what there is of it: `error` tells what is missing and why. Ends the claim."""
    contents: dict[str, object] = {name: files.get(name, b"") for name in FILES} if files else {}
    change = update(VocReportRow).where(VocReportRow.week == week)
    await session.execute(change.values(made_at_ms=now_ms, error=error, **contents))
    await session.execute(delete(VocNoteRow).where(VocNoteRow.name == _CLAIM + week))


async def lines(session: AsyncSession, limit: int = MAX_LINES) -> list[ReportLine]:
    """The newest week first; which files there are, without reading them."""
    rows = await session.execute(_LINES.order_by(VocReportRow.week.desc()).limit(limit))
    return [_line(*row) for row in rows]


async def line(session: AsyncSession, week: str) -> ReportLine | None:
    """The line of one week; None: nobody asked for it yet."""
    row = (await session.execute(_LINES.where(VocReportRow.week == week))).first()
    return None if row is None else _line(*row)


def _line(week: str, asked_at_ms: int, made_at_ms: int | None, error: str, *sizes: int) -> ReportLine:
    files = tuple(name for name, size in zip(FILES, sizes, strict=True) if size)
    return ReportLine(week=week, asked_at_ms=asked_at_ms, made_at_ms=made_at_ms, error=error, files=files)


async def file(session: AsyncSession, week: str, name: FileName) -> bytes | None:
    """A file of a report; None: there is none (yet)."""
    column = getattr(VocReportRow, name)
    found: bytes | None = await session.scalar(select(column).where(VocReportRow.week == week))
    return found or None
