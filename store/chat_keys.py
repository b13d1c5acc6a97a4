"""Keys of browsers, and links that work once; only their hashes are here."""

from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.chat import ChatHead
from store.chat_tables import ChatKeyRow, ChatRow
from store.upsert import rows_written

Kind = Literal["key", "link"]

FORGET_AT_ONCE: Final = 1000
"""Rows of one clearing away: nobody waits long for its transaction."""


@dataclass(frozen=True, slots=True)
class StoredKey:
    person_id: str
    contact_id: str | None
    expires_ms: int
    used_ms: int | None
    sealed: bytes | None


async def add(
    session: AsyncSession,
    key_hash: str,
    kind: Kind,
    *,
    person_id: str,
    expires_ms: int,
    contact_id: str | None = None,
    sealed: bytes | None = None,
) -> None:
    row = {
        "key_hash": key_hash,
        "kind": kind,
        "person_id": person_id,
        "contact_id": contact_id,
        "expires_ms": expires_ms,
        "used_ms": None,
        "sealed": sealed,
    }
    await session.execute(insert(ChatKeyRow).values(row))


async def get(session: AsyncSession, key_hash: str, kind: Kind, now_ms: int) -> StoredKey | None:
    """What the hash stands for, unless it has run out."""
    query = select(
        ChatKeyRow.person_id,
        ChatKeyRow.contact_id,
        ChatKeyRow.expires_ms,
        ChatKeyRow.used_ms,
        ChatKeyRow.sealed,
    ).where(ChatKeyRow.key_hash == key_hash, ChatKeyRow.kind == kind, ChatKeyRow.expires_ms > now_ms)
    found = (await session.execute(query)).one_or_none()
    return StoredKey(*found) if found else None


async def prolong(session: AsyncSession, key_hash: str, expires_ms: int) -> None:
    await session.execute(
        update(ChatKeyRow).where(ChatKeyRow.key_hash == key_hash).values(expires_ms=expires_ms)
    )


async def claim(session: AsyncSession, key_hash: str, now_ms: int, lost_ms: int) -> bool:
    """Have the key for oneself, unless somebody else has since `lost_ms`."""
    free = or_(ChatKeyRow.used_ms.is_(None), ChatKeyRow.used_ms <= lost_ms)
    own = (ChatKeyRow.key_hash == key_hash, ChatKeyRow.kind == "key", free)
    return await rows_written(session, update(ChatKeyRow).where(*own).values(used_ms=now_ms)) == 1


async def last_chat(session: AsyncSession, person_id: str) -> ChatHead | None:
    """The newest conversation of the person."""
    query = (
        select(ChatRow.head)
        .where(ChatRow.person_id == person_id)
        .order_by(ChatRow.opened_at_ms.desc(), ChatRow.contact_id)
        .limit(1)
    )
    return (await session.scalars(query)).one_or_none()


async def use(session: AsyncSession, key_hash: str, kind: Kind, now_ms: int) -> bool:
    """Use up what works once. Of many at the same time one has True: the row's update decides."""
    first = (
        update(ChatKeyRow)
        .where(
            ChatKeyRow.key_hash == key_hash,
            ChatKeyRow.kind == kind,
            ChatKeyRow.used_ms.is_(None),
            ChatKeyRow.expires_ms > now_ms,
        )
        .values(used_ms=now_ms)
    )
    return await rows_written(session, first) == 1


async def unuse(session: AsyncSession, key_hash: str, used_ms: int) -> None:
    """What it was used for did not come about: it works again."""
    await session.execute(
        update(ChatKeyRow)
        .where(ChatKeyRow.key_hash == key_hash, ChatKeyRow.used_ms == used_ms)
        .values(used_ms=None)
    )


async def forget_expired(session: AsyncSession, now_ms: int) -> int:
    """Clear away what has run out; how many rows went, at most `FORGET_AT_ONCE`."""
    old = select(ChatKeyRow.key_hash).where(ChatKeyRow.expires_ms <= now_ms).limit(FORGET_AT_ONCE)
    return await rows_written(session, delete(ChatKeyRow).where(ChatKeyRow.key_hash.in_(old)))
