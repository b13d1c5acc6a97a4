"""How far each conversation was sent out on a provider's channel.

A row is there for as long as the conversation is open or something of it is still to be sent.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, literal, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from store.chat_tables import ChatDeliveryRow, ChatEntryRow, ChatRow
from store.upsert import insert_into, rows_written

SPOKEN_KINDS: Final = ("said", "photo", "place")
"""What a citizen says or shows: replies go where that was done last."""


@dataclass(frozen=True, slots=True)
class Delivery:
    contact_id: str
    channel: str
    sent_seq: int
    """Entries up to this one are dealt with."""
    sent_part: int
    """Parts of the next one that are out."""
    failed: str
    """Why the last thing could not be sent, empty: it was."""


_COLUMNS: Final = (
    ChatDeliveryRow.contact_id,
    ChatDeliveryRow.channel,
    ChatDeliveryRow.sent_seq,
    ChatDeliveryRow.sent_part,
    ChatDeliveryRow.failed,
)


async def begin(session: AsyncSession, contact_id: str, channel: str) -> bool:
    """The conversation goes to this channel too, from its first entry on; whether that is new.

    Of one that has ended nothing begins: its row may be gone, and all of it would go out again.
    """
    columns = ("contact_id", "channel", "sent_seq", "sent_part", "failed")
    values = select(ChatRow.contact_id, literal(channel), literal(0), literal(0), literal("")).where(
        ChatRow.contact_id == contact_id, ChatRow.state != "ended"
    )
    insert = insert_into(session, ChatDeliveryRow).from_select(columns, values).on_conflict_do_nothing()
    return await rows_written(session, insert) > 0


async def of(session: AsyncSession, contact_id: str) -> list[Delivery]:
    query = (
        select(*_COLUMNS).where(ChatDeliveryRow.contact_id == contact_id).order_by(ChatDeliveryRow.channel)
    )
    return [Delivery(*row) for row in await session.execute(query)]


async def sent(
    session: AsyncSession, contact_id: str, channel: str, *, seq: int, part: int, failed: str = ""
) -> bool:
    """Entries up to `seq` and `part` parts of the next are out. Never goes back.

    Returns:
        Whether it went on: False says that another process is as far already.
    """
    here = tuple_(ChatDeliveryRow.sent_seq, ChatDeliveryRow.sent_part)
    change = (
        update(ChatDeliveryRow)
        .where(
            ChatDeliveryRow.contact_id == contact_id,
            ChatDeliveryRow.channel == channel,
            here < tuple_(seq, part),
        )
        .values(sent_seq=seq, sent_part=part, failed=failed)
    )
    return await rows_written(session, change) > 0


async def end(session: AsyncSession, contact_id: str) -> None:
    """All is sent and the conversation is over."""
    await session.execute(delete(ChatDeliveryRow).where(ChatDeliveryRow.contact_id == contact_id))


async def wrote_by(session: AsyncSession, contact_id: str, up_to: int | None = None) -> str | None:
    """The client id of the citizen's last words, up to an entry's number; None: they said nothing yet."""
    query = select(ChatEntryRow.client_id).where(
        ChatEntryRow.contact_id == contact_id,
        ChatEntryRow.side == "citizen",
        ChatEntryRow.kind.in_(SPOKEN_KINDS),
    )
    if up_to is not None:
        query = query.where(ChatEntryRow.seq <= up_to)
    return (await session.scalars(query.order_by(ChatEntryRow.seq.desc()).limit(1))).one_or_none()


async def behind(
    session: AsyncSession, channels: Collection[str], touched_before_ms: int, limit: int = 500
) -> list[str]:
    """Conversations with entries that are not dealt with on these channels, though the last of them is older than
    this wall time.
    """
    query = (
        select(ChatRow.contact_id)
        .join(ChatDeliveryRow, ChatRow.contact_id == ChatDeliveryRow.contact_id)
        .where(
            ChatDeliveryRow.channel.in_(channels),
            ChatRow.touched_at_ms < touched_before_ms,
            ChatDeliveryRow.sent_seq < ChatRow.last_seq,
        )
        .group_by(ChatRow.contact_id, ChatRow.touched_at_ms)
        .order_by(ChatRow.touched_at_ms)
        .limit(limit)
    )
    return list((await session.scalars(query)).all())
