"""What the voc processes of a site share, by name: who looks next, thresholds, what supervisors set."""

from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.voc_http import Learning
from contracts.voc_track import Held
from store.upsert import insert_into, rows_written
from store.voc_tables import VocNoteRow

STEP: Final = "step"
"""Claimed by whoever looks; its time is that of the last look that was begun."""
STEPPED: Final = "stepped"
"""Its time is that of the last look that was finished."""
LEARN: Final = "learn"
"""Claimed by whoever writes what is usual."""
LEARNING: Final = "learning"
CALIBRATE: Final = "calibrate"
"""Claimed by whoever makes new limits."""
RULES: Final = "rules"
SITE_RULES: Final = "site_rules"
DEPARTMENTS: Final = "departments"
THRESHOLDS: Final = "thresholds"
HELD: Final = "held"

_HELD: Final = TypeAdapter(tuple[Held, ...])


@dataclass(frozen=True, slots=True)
class Note:
    at_ms: int
    value: str


async def get(session: AsyncSession, name: str) -> Note | None:
    query = select(VocNoteRow.at_ms, VocNoteRow.value).where(VocNoteRow.name == name)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else Note(*row)


async def put(session: AsyncSession, name: str, value: str, at_ms: int) -> None:
    insert = insert_into(session, VocNoteRow).values(name=name, at_ms=at_ms, value=value)
    change = {"at_ms": insert.excluded.at_ms, "value": insert.excluded.value}
    await session.execute(insert.on_conflict_do_update(index_elements=["name"], set_=change))


async def claim(session: AsyncSession, name: str, who: str, now_ms: int, every_ms: int) -> bool:
    """Take a piece of work that one process does every `every_ms`; whether it is this one's now.

    A claim that lies in the future, after a clock was set back, holds nobody up.
    """
    insert = insert_into(session, VocNoteRow).values(name=name, at_ms=now_ms, value=who)
    due = or_(VocNoteRow.at_ms <= now_ms - every_ms, VocNoteRow.at_ms > now_ms + every_ms)
    change = {"at_ms": insert.excluded.at_ms, "value": insert.excluded.value}
    taken = insert.on_conflict_do_update(index_elements=["name"], set_=change, where=due)
    return await rows_written(session, taken) > 0


async def holds(session: AsyncSession, name: str, who: str, now_ms: int) -> bool:
    """Whether the claim of `now_ms` is still `who`'s; nobody else can take it before this transaction ends."""
    held = (
        update(VocNoteRow)
        .where(VocNoteRow.name == name, VocNoteRow.value == who, VocNoteRow.at_ms == now_ms)
        .values(value=who)
    )
    return await rows_written(session, held) > 0


async def stepped_at(session: AsyncSession) -> int | None:
    """When the detector last looked; None: never."""
    note = await get(session, STEPPED)
    return None if note is None else note.at_ms


async def learning(session: AsyncSession) -> Learning | None:
    """How much data the usual was learnt from; None before the first time."""
    note = await get(session, LEARNING)
    return None if note is None else Learning.model_validate_json(note.value)


async def put_learning(session: AsyncSession, learning: Learning, now_ms: int) -> None:
    await put(session, LEARNING, learning.model_dump_json(), now_ms)


async def held(session: AsyncSession) -> tuple[Held, ...]:
    """Events that the budget held back, the newest last."""
    note = await get(session, HELD)
    return () if note is None else _HELD.validate_json(note.value)


async def put_held(session: AsyncSession, held: tuple[Held, ...], now_ms: int) -> None:
    await put(session, HELD, _HELD.dump_json(held).decode(), now_ms)
