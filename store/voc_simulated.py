"""What the demonstration asks about its own contacts, and how it takes back the last one's event."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.voc import About
from store import voc_contacts, voc_counts
from store.voc_deltas import deltas
from store.voc_tables import VocActionRow, VocAlertRow, VocContactRow, VocDeliveryRow


async def last_ms(session: AsyncSession) -> int | None:
    """When the newest simulated contact began; None: there is none."""
    query = select(func.max(VocContactRow.at_ms)).where(VocContactRow.simulated)
    return await session.scalar(query)


async def of_topic(session: AsyncSession, topic: str, since_ms: int) -> list[About]:
    """Simulated contacts that began since then, of one topic."""
    found = await voc_contacts.since(session, since_ms)
    return [about for about in found if about.simulated and about.topic == topic]


async def forget(session: AsyncSession, contact_ids: Sequence[str], zone: ZoneInfo) -> int:
    """Take simulated contacts out, and out of the sums; others are left alone. Returns how many are gone."""
    await voc_counts.take_turn(session)
    known = [about for about in await voc_contacts.of(session, contact_ids) if about.simulated]
    gone = [about.contact_id for about in known]
    for some in voc_counts.parts(gone):
        await session.execute(delete(VocContactRow).where(VocContactRow.contact_id.in_(some)))
    await voc_counts.add(session, deltas([(about, None) for about in known], zone))
    return len(gone)


async def forget_alerts(session: AsyncSession, since_ms: int) -> int:
    """Take out alerts of simulated contacts that were raised since then, with all that was done about them."""
    rows = await session.execute(
        select(VocAlertRow.alert_id, VocAlertRow.finding).where(VocAlertRow.raised_at_ms >= since_ms)
    )
    gone = [alert_id for alert_id, finding in rows if finding.simulated]
    for table in (VocAlertRow, VocActionRow, VocDeliveryRow):
        await session.execute(delete(table).where(table.alert_id.in_(gone)))
    return len(gone)
