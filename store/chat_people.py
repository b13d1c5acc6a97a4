"""Who is who across channels: persons, where they are reached, and what of a provider was taken already."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import case, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from store.chat_tables import (
    ChatAddressRow,
    ChatEntryRow,
    ChatInboundRow,
    ChatKeyRow,
    ChatRow,
)
from store.upsert import insert_into, rows_written, write_all


@dataclass(frozen=True, slots=True)
class Address:
    """Where a person is reached."""

    channel: str
    address_hash: str
    person_id: str
    wrote_ms: int
    """When the person wrote there last; 0: never, or the provider closed the window."""
    sealed: bytes


_COLUMNS: Final = (
    ChatAddressRow.channel,
    ChatAddressRow.address_hash,
    ChatAddressRow.person_id,
    ChatAddressRow.wrote_ms,
    ChatAddressRow.sealed,
)


async def address(session: AsyncSession, channel: str, address_hash: str) -> Address | None:
    query = select(*_COLUMNS).where(
        ChatAddressRow.channel == channel, ChatAddressRow.address_hash == address_hash
    )
    found = (await session.execute(query)).one_or_none()
    return None if found is None else Address(*found)


async def add(session: AsyncSession, new: Address) -> str:
    """Keep the address, unless it is known; the person that it belongs to afterwards."""
    row = {
        "channel": new.channel,
        "address_hash": new.address_hash,
        "person_id": new.person_id,
        "wrote_ms": new.wrote_ms,
        "sealed": new.sealed,
    }
    await session.execute(insert_into(session, ChatAddressRow).values(row).on_conflict_do_nothing())
    known = await address(session, new.channel, new.address_hash)
    assert known is not None, "it was there, or is now"
    return known.person_id


async def wrote(
    session: AsyncSession, channel: str, address_hash: str, at_ms: int, sealed: bytes | None = None
) -> None:
    """The person wrote there at this wall time; `sealed` replaces what replies need. Never set back."""
    values: dict[str, object] = {
        "wrote_ms": case((ChatAddressRow.wrote_ms < at_ms, at_ms), else_=ChatAddressRow.wrote_ms)
    }
    if sealed is not None:
        values["sealed"] = sealed
    await session.execute(
        update(ChatAddressRow)
        .where(ChatAddressRow.channel == channel, ChatAddressRow.address_hash == address_hash)
        .values(values)
    )


async def close_window(session: AsyncSession, channel: str, address_hash: str) -> None:
    """The provider takes no more replies until the person writes again."""
    await session.execute(
        update(ChatAddressRow)
        .where(ChatAddressRow.channel == channel, ChatAddressRow.address_hash == address_hash)
        .values(wrote_ms=0)
    )


async def addresses(session: AsyncSession, person_id: str) -> list[Address]:
    """All of a person, where they wrote last first."""
    query = (
        select(*_COLUMNS)
        .where(ChatAddressRow.person_id == person_id)
        .order_by(ChatAddressRow.wrote_ms.desc(), ChatAddressRow.channel)
    )
    return [Address(*row) for row in await session.execute(query)]


async def merge(session: AsyncSession, person_id: str, into: str) -> None:
    """Two persons turn out to be one: addresses, conversations and keys of the first go to the second."""
    for rows in (ChatAddressRow, ChatRow, ChatKeyRow):
        await session.execute(update(rows).where(rows.person_id == person_id).values(person_id=into))


async def open_chat(session: AsyncSession, person_id: str) -> str | None:
    """The conversation of this person that has not ended; of several the one in which something happened last."""
    query = (
        select(ChatRow.contact_id)
        .where(ChatRow.person_id == person_id, ChatRow.state != "ended")
        .order_by(ChatRow.touched_at_ms.desc(), ChatRow.contact_id)
        .limit(1)
    )
    return (await session.scalars(query)).one_or_none()


async def person_of_chat(session: AsyncSession, contact_id: str) -> str | None:
    return (
        await session.scalars(select(ChatRow.person_id).where(ChatRow.contact_id == contact_id))
    ).one_or_none()


async def said_in(session: AsyncSession, person_id: str, client_ids: Sequence[str]) -> tuple[str, int] | None:
    """Where one of the person's entries is, by a client id that it may have come with: conversation and number."""
    query = (
        select(ChatEntryRow.contact_id, ChatEntryRow.seq)
        .join(ChatRow, ChatRow.contact_id == ChatEntryRow.contact_id)
        .where(ChatRow.person_id == person_id, ChatEntryRow.client_id.in_(client_ids))
        .limit(1)
    )
    found = (await session.execute(query)).one_or_none()
    return None if found is None else (found.contact_id, found.seq)


# -- what was taken already --------------------------------------------------------------------------------


async def taken(session: AsyncSession, channel: str, provider_ids: Collection[str]) -> set[str]:
    """Which of these were taken."""
    query = select(ChatInboundRow.provider_id).where(
        ChatInboundRow.channel == channel, ChatInboundRow.provider_id.in_(provider_ids)
    )
    return set((await session.scalars(query)).all())


async def take_all(session: AsyncSession, channel: str, provider_ids: Sequence[str], at_ms: int) -> None:
    """Note that they were taken; at least one."""
    rows = [{"channel": channel, "provider_id": one, "at_ms": at_ms} for one in sorted(provider_ids)]
    await write_all(session, insert_into(session, ChatInboundRow).on_conflict_do_nothing(), rows)


async def take(session: AsyncSession, channel: str, provider_id: str, at_ms: int) -> bool:
    """Note that it was taken; whether nobody did before."""
    row = {"channel": channel, "provider_id": provider_id, "at_ms": at_ms}
    insert = insert_into(session, ChatInboundRow).values(row).on_conflict_do_nothing()
    return await rows_written(session, insert) > 0


async def take_over(
    session: AsyncSession, channel: str, provider_id: str, at_ms: int, before_ms: int
) -> bool:
    """Take what somebody else took before `before_ms` and never gave back; whether it was so."""
    change = (
        update(ChatInboundRow)
        .where(
            ChatInboundRow.channel == channel,
            ChatInboundRow.provider_id == provider_id,
            ChatInboundRow.at_ms < before_ms,
        )
        .values(at_ms=at_ms)
    )
    return await rows_written(session, change) > 0


async def give_back(session: AsyncSession, channel: str, provider_id: str) -> None:
    await session.execute(
        delete(ChatInboundRow).where(
            ChatInboundRow.channel == channel, ChatInboundRow.provider_id == provider_id
        )
    )


async def forget(session: AsyncSession, before_ms: int) -> int:
    """Drop what was taken before this wall time; how many."""
    return await rows_written(session, delete(ChatInboundRow).where(ChatInboundRow.at_ms < before_ms))
