"""Browsers that want to be told of new messages. Where they are reached is sealed."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from store.chat_tables import ChatPushRow
from store.upsert import insert_into

MAX_OF_CHAT: Final = 5
"""Browsers of one conversation; the longest known goes."""


@dataclass(frozen=True, slots=True)
class StoredPush:
    endpoint_hash: str
    sealed: bytes


async def put(session: AsyncSession, contact_id: str, push: StoredPush, at_ms: int) -> None:
    """Keep it for this conversation; a browser is told of one at a time."""
    row = {
        "endpoint_hash": push.endpoint_hash,
        "contact_id": contact_id,
        "at_ms": at_ms,
        "sealed": push.sealed,
    }
    insert = insert_into(session, ChatPushRow).values(row)
    changes = {name: insert.excluded[name] for name in row if name != "endpoint_hash"}
    await session.execute(insert.on_conflict_do_update(index_elements=["endpoint_hash"], set_=changes))
    newest = (
        select(ChatPushRow.endpoint_hash)
        .where(ChatPushRow.contact_id == contact_id)
        .order_by(ChatPushRow.at_ms.desc(), ChatPushRow.endpoint_hash)
        .limit(MAX_OF_CHAT)
    )
    await session.execute(
        delete(ChatPushRow).where(
            ChatPushRow.contact_id == contact_id, ChatPushRow.endpoint_hash.not_in(newest)
        )
    )


async def of_contact(session: AsyncSession, contact_id: str) -> list[StoredPush]:
    query = select(ChatPushRow.endpoint_hash, ChatPushRow.sealed).where(ChatPushRow.contact_id == contact_id)
    return [StoredPush(*row) for row in await session.execute(query)]


async def forget(session: AsyncSession, endpoint_hash: str, contact_id: str) -> None:
    own = (ChatPushRow.endpoint_hash == endpoint_hash, ChatPushRow.contact_id == contact_id)
    await session.execute(delete(ChatPushRow).where(*own))


async def forget_contact(session: AsyncSession, contact_id: str) -> None:
    await session.execute(delete(ChatPushRow).where(ChatPushRow.contact_id == contact_id))


async def forget_before(session: AsyncSession, at_ms: int) -> None:
    """Of conversations that nobody ended properly."""
    await session.execute(delete(ChatPushRow).where(ChatPushRow.at_ms < at_ms))
