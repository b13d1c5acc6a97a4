"""Who takes chats, and the beats of those whose page is connected: a count that rises, no time of anybody's clock."""

from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import Final

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from store.chat_tables import ChatAgentRow
from store.upsert import insert_into, rows_written

FIRST_BEAT: Final = 1


@dataclass(frozen=True, slots=True)
class StoredAgent:
    staff_id: str
    name: str
    available: bool
    capacity: int
    """0: the site's."""
    skills: tuple[str, ...]
    languages: tuple[str, ...]
    instance: str
    """Gateway where the page is connected."""
    beat: int


_COLUMNS = tuple(getattr(ChatAgentRow, field.name) for field in fields(StoredAgent))


async def connect(
    session: AsyncSession,
    staff_id: str,
    *,
    name: str,
    skills: tuple[str, ...],
    languages: tuple[str, ...],
    instance: str,
) -> StoredAgent:
    """Their page is connected at this gateway. Who was here before takes chats, or does not, as before."""
    known = {"name": name, "skills": skills, "languages": languages, "instance": instance}
    new = insert_into(session, ChatAgentRow).values(
        staff_id=staff_id, available=False, capacity=0, beat=FIRST_BEAT, **known
    )
    put = new.on_conflict_do_update(
        index_elements=["staff_id"], set_={**known, "beat": new.table.c.beat + 1}
    ).returning(*_COLUMNS)
    return StoredAgent(*(await session.execute(put)).one())


async def set_available(session: AsyncSession, staff_id: str, *, on: bool, capacity: int | None) -> bool:
    """They take chats, or no more. None keeps the capacity. Returns whether they are known."""
    values = {"available": on} | ({} if capacity is None else {"capacity": capacity})
    return (
        await rows_written(
            session, update(ChatAgentRow).where(ChatAgentRow.staff_id == staff_id).values(values)
        )
        > 0
    )


async def beat(session: AsyncSession, instance: str, staff_ids: Collection[str]) -> None:
    """Raise the beats of those whose page is connected at this gateway."""
    mine = ChatAgentRow.staff_id.in_(sorted(staff_ids)), ChatAgentRow.instance == instance
    await session.execute(update(ChatAgentRow).where(*mine).values(beat=ChatAgentRow.beat + 1))


async def get(session: AsyncSession, staff_id: str) -> StoredAgent | None:
    row = (await session.execute(select(*_COLUMNS).where(ChatAgentRow.staff_id == staff_id))).one_or_none()
    return None if row is None else StoredAgent(*row)


async def all(session: AsyncSession) -> list[StoredAgent]:  # noqa: A001  read as `chat_agents.all(session)`
    """Everybody who was ever connected, by login."""
    rows = await session.execute(select(*_COLUMNS).order_by(ChatAgentRow.staff_id))
    return [StoredAgent(*row) for row in rows]


async def remove(session: AsyncSession, staff_id: str) -> None:
    """Forget them: their account is gone."""
    await session.execute(delete(ChatAgentRow).where(ChatAgentRow.staff_id == staff_id))
