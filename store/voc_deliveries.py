"""Mails and webhook calls that are to be made: put down with what they tell of, tried until they are made."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from store.upsert import insert_into, rows_written
from store.voc_tables import VocDeliveryRow


@dataclass(frozen=True, slots=True)
class Delivery:
    delivery_id: str
    alert_id: str
    way: str
    attempts: int
    """Those begun, this one included."""
    made_at_ms: int
    body: str


async def put(session: AsyncSession, deliveries: Iterable[Delivery]) -> int:
    """Put them down; one that is there already, sent or not, stays as it is.

    Returns:
        How many are new.
    """
    written = 0
    for one in deliveries:
        insert = insert_into(session, VocDeliveryRow).values(
            delivery_id=one.delivery_id,
            alert_id=one.alert_id,
            way=one.way,
            state="waiting",
            attempts=one.attempts,
            made_at_ms=one.made_at_ms,
            due_ms=one.made_at_ms,
            body=one.body,
            error="",
        )
        written += await rows_written(session, insert.on_conflict_do_nothing())
    return written


async def claim(
    session: AsyncSession, ways: Iterable[str], now_ms: int, *, lease_ms: int, limit: int = 20
) -> list[Delivery]:
    """Take what is due: whoever takes it has it for `lease_ms`, afterwards another may try."""
    due = (VocDeliveryRow.state == "waiting", VocDeliveryRow.due_ms <= now_ms)
    query = (
        select(VocDeliveryRow.delivery_id, VocDeliveryRow.due_ms)
        .where(*due, VocDeliveryRow.way.in_(sorted(ways)))
        .order_by(VocDeliveryRow.due_ms, VocDeliveryRow.delivery_id)
        .limit(limit)
    )
    taken = []
    for delivery_id, due_ms in (await session.execute(query)).all():
        take = (
            update(VocDeliveryRow)
            .where(
                VocDeliveryRow.delivery_id == delivery_id,
                VocDeliveryRow.due_ms == due_ms,
                VocDeliveryRow.state == "waiting",
            )
            .values(due_ms=now_ms + lease_ms, attempts=VocDeliveryRow.attempts + 1)
            .returning(
                VocDeliveryRow.delivery_id,
                VocDeliveryRow.alert_id,
                VocDeliveryRow.way,
                VocDeliveryRow.attempts,
                VocDeliveryRow.made_at_ms,
                VocDeliveryRow.body,
            )
        )
        taken += [Delivery(*row) for row in await session.execute(take)]
    return taken


async def sent(session: AsyncSession, delivery_id: str) -> None:
    await _settle(session, delivery_id, state="sent", error="")


async def failed(session: AsyncSession, delivery_id: str, error: str, due_ms: int | None) -> None:
    """It was not taken; `due_ms` says when it is tried again, None: no more."""
    if due_ms is None:
        await _settle(session, delivery_id, state="given_up", error=error)
    else:
        await _settle(session, delivery_id, error=error, due_ms=due_ms)


async def forget(session: AsyncSession, before_ms: int) -> int:
    """Drop what was settled and is older; how many that were."""
    old = delete(VocDeliveryRow).where(
        VocDeliveryRow.state != "waiting", VocDeliveryRow.made_at_ms < before_ms
    )
    return await rows_written(session, old)


async def _settle(session: AsyncSession, delivery_id: str, **values: object) -> None:
    await session.execute(
        update(VocDeliveryRow).where(VocDeliveryRow.delivery_id == delivery_id).values(**values)
    )
