"""What was said: the final utterances of every contact."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.transcript import Utterance
from store.tables import UtteranceRow
from store.upsert import put_all_newer, put_newer


async def upsert(session: AsyncSession, utterance: Utterance) -> bool:
    """Keep a final, unless its revision is known already. Partials are not kept.

    Returns:
        Whether the transcript changed.
    """
    if utterance.status != "final":
        return False
    return await put_newer(session, UtteranceRow, _row(utterance), key="utterance_id")


async def upsert_many(session: AsyncSession, utterances: Iterable[Utterance]) -> None:
    """As `upsert` of one after the other."""
    if rows := [_row(utterance) for utterance in utterances if utterance.status == "final"]:
        await put_all_newer(session, UtteranceRow, rows, key="utterance_id")


async def of_contact(session: AsyncSession, contact_id: str, *, withdrawn: bool = False) -> list[Utterance]:
    """The contact's finals by start, then channel; those that were withdrawn, which are empty, only on request."""
    query = (
        select(UtteranceRow.event)
        .where(UtteranceRow.contact_id == contact_id)
        .order_by(UtteranceRow.start_ms, UtteranceRow.channel, UtteranceRow.utterance_id)
    )
    if not withdrawn:
        query = query.where(UtteranceRow.withdrawn.is_(False))
    return list(await session.scalars(query))


def _row(utterance: Utterance) -> dict[str, object]:
    return {
        "utterance_id": utterance.utterance_id,
        "contact_id": utterance.contact_id,
        "revision": utterance.revision,
        "start_ms": utterance.start_ms,
        "channel": utterance.channel,
        "withdrawn": not utterance.text,
        "event": utterance,
    }
