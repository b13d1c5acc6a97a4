"""Citizens' and agents' photos, sealed."""

from dataclasses import dataclass

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from store.chat_tables import ChatPhotoRow


@dataclass(frozen=True, slots=True)
class StoredPhoto:
    """What is known of a photo without opening it."""

    photo_id: str
    contact_id: str
    width: int
    height: int
    size_bytes: int


_FACTS = (
    ChatPhotoRow.photo_id,
    ChatPhotoRow.contact_id,
    ChatPhotoRow.width,
    ChatPhotoRow.height,
    ChatPhotoRow.size_bytes,
)


async def add(session: AsyncSession, photo: StoredPhoto, at_ms: int, sealed: bytes) -> None:
    row = {name: getattr(photo, name) for name in StoredPhoto.__slots__}
    await session.execute(insert(ChatPhotoRow).values(at_ms=at_ms, sealed=sealed, **row))


async def facts(session: AsyncSession, photo_id: str) -> StoredPhoto | None:
    found = (await session.execute(select(*_FACTS).where(ChatPhotoRow.photo_id == photo_id))).one_or_none()
    return StoredPhoto(*found) if found else None


async def sealed(session: AsyncSession, photo_id: str) -> bytes | None:
    return await session.scalar(select(ChatPhotoRow.sealed).where(ChatPhotoRow.photo_id == photo_id))


async def count_of(session: AsyncSession, contact_id: str) -> int:
    query = select(func.count()).where(ChatPhotoRow.contact_id == contact_id)
    return await session.scalar(query) or 0
