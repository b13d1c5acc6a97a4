"""Insert-or-update, the one statement that SQLite and PostgreSQL share but SQLAlchemy spells per dialect."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import CursorResult, Executable
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from store.tables import Base

Insert = sqlite.Insert | postgresql.Insert


def insert_into(session: AsyncSession, rows: type[Base]) -> Insert:
    """An INSERT that knows `on_conflict_do_update` and `on_conflict_do_nothing`."""
    table = rows.metadata.tables[rows.__tablename__]
    if session.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)


async def rows_written(session: AsyncSession, statement: Executable) -> int:
    """Execute an INSERT or UPDATE and tell how many rows it touched."""
    result = await session.execute(statement)
    assert isinstance(result, CursorResult)
    return result.rowcount


async def put_newer(
    session: AsyncSession, rows: type[Base], row: Mapping[str, object], *, key: str, order: str = "revision"
) -> bool:
    """Write `row`, unless one of the same `key` is there whose `order` is as high or higher.

    Returns:
        Whether it was written.
    """
    newer = _newer(insert_into(session, rows).values(dict(row)), row, key, order)
    return await rows_written(session, newer) > 0


async def put_all_newer(
    session: AsyncSession,
    rows: type[Base],
    many: Sequence[Mapping[str, object]],
    *,
    key: str,
    order: str = "revision",
) -> None:
    """As `put_newer` of one after the other, in one go."""
    await write_all(session, _newer(insert_into(session, rows), many[0], key, order), many)


async def write_all(
    session: AsyncSession, statement: Executable, many: Sequence[Mapping[str, object]]
) -> None:
    """Execute a statement for each row, one after the other, in one round trip (SQLite: one visit to its thread)."""
    await session.execute(statement, [dict(row) for row in many])


def _newer(insert: Insert, columns: Iterable[str], key: str, order: str) -> Insert:
    changes = {name: insert.excluded[name] for name in columns if name != key}
    newer = insert.table.c[order] < insert.excluded[order]
    return insert.on_conflict_do_update(index_elements=[key], set_=changes, where=newer)
