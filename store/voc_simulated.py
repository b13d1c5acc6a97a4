"""What the demonstration asks about its own contacts, and how it takes back the last one's event."""

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.voc import About
from store import voc_contacts
from store.voc_tables import VocActionRow, VocAlertRow, VocContactRow, VocDeliveryRow


async def last_ms(session: AsyncSession) -> int | None:
    """When the newest simulated contact began; None: there is none."""
    query = select(func.max(VocContactRow.at_ms)).where(VocContactRow.simulated)
    return await session.scalar(query)


async def of_topic(session: AsyncSession, topic: str, since_ms: int) -> list[About]:
    """Simulated contacts that began since then, of one topic."""
    found = await voc_contacts.since(session, since_ms)
    return [about for about in found if about.simulated and about.topic == topic]


async def forget_alerts(session: AsyncSession, since_ms: int) -> int:
    """Take out alerts of simulated contacts that were raised since then, with all that was done about them."""
    rows = await session.execute(
        select(VocAlertRow.alert_id, VocAlertRow.finding).where(VocAlertRow.raised_at_ms >= since_ms)
    )
    gone = [alert_id for alert_id, finding in rows if finding.simulated]
    for table in (VocAlertRow, VocActionRow, VocDeliveryRow):
        await session.execute(delete(table).where(table.alert_id.in_(gone)))
    return len(gone)
