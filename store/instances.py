"""Signs of life of the ingest processes: each raises its own beat, and the others watch it rise."""

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from store.tables import InstanceRow
from store.upsert import insert_into, rows_written

FIRST_BEAT = 1


async def beat(session: AsyncSession, instance: str) -> int:
    """Raise the beat of an instance.

    Returns:
        The new beat; `FIRST_BEAT` where the instance was not known.
    """
    insert = insert_into(session, InstanceRow).values(instance=instance, beat=FIRST_BEAT)
    rise = {"beat": insert.table.c.beat + 1}
    raised = insert.on_conflict_do_update(index_elements=["instance"], set_=rise).returning(InstanceRow.beat)
    return (await session.execute(raised)).scalar_one()


async def all(session: AsyncSession) -> dict[str, int]:  # noqa: A001  read as `instances.all(session)`
    """Instance → beat."""
    rows = await session.execute(select(InstanceRow.instance, InstanceRow.beat))
    return {row.instance: row.beat for row in rows}


async def remove(session: AsyncSession, instance: str, beat: int | None = None) -> bool:
    """Take an instance out; with `beat`, only if that is still its beat. Returns whether it was there."""
    gone = delete(InstanceRow).where(InstanceRow.instance == instance)
    if beat is not None:
        gone = gone.where(InstanceRow.beat == beat)
    return await rows_written(session, gone) > 0
