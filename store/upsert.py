"""Insert-or-update, the one statement that SQLite and PostgreSQL share but SQLAlchemy spells per dialect."""

from collections.abc import Mapping

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
    insert = insert_into(session, rows).values(dict(row))
    changes = {name: insert.excluded[name] for name in row if name != key}
    newer = insert.table.c[order] < insert.excluded[order]
    statement = insert.on_conflict_do_update(index_elements=[key], set_=changes, where=newer)
    return await rows_written(session, statement) > 0
