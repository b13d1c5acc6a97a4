"""What the demonstration asks about its own contacts."""

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from store.voc_tables import VocContactRow


async def last_ms(session: AsyncSession) -> int | None:
    """When the newest simulated contact began; None: there is none."""
    query = select(func.max(VocContactRow.at_ms)).where(VocContactRow.simulated)
    return await session.scalar(query)


async def by_district(session: AsyncSession, topic: str, since_ms: int) -> dict[str, int]:
    """District → contacts of the topic since then that speak of a danger."""
    query = (
        select(VocContactRow.district, func.count())
        .where(
            VocContactRow.topic == topic,
            VocContactRow.at_ms >= since_ms,
            VocContactRow.danger.is_not(None),
        )
        .group_by(VocContactRow.district)
    )
    rows = (await session.execute(query)).all()
    return {row[0]: row[1] for row in rows}
