"""Contacts, who is on which channel, and who looked at them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, case, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.contact import ContactStateChanged
from contracts.event import Role
from contracts.panel import ContactEntry
from store.tables import AccessRow, ContactRow, EditRow
from store.upsert import Insert, insert_into, rows_written, write_all

Place = tuple[int, str]
"""Of a contact in a list: its `started_at_ms`, then its id. Pages go on by it: it never moves."""


@dataclass(frozen=True, slots=True)
class StoredContact:
    """A contact at its newest revision."""

    contact: ContactStateChanged
    ended_at_ms: int | None
    held_since_ms: int | None
    """Wall time since which it is on hold, None while it is not."""
    roles: dict[int, Role]
    """Channel → role: metadata, overruled by what a person said."""
    said: dict[int, Role] = field(default_factory=dict)
    """What persons said, channel by channel."""


async def upsert(session: AsyncSession, event: ContactStateChanged) -> bool:
    """Keep the contact as `event` tells it, unless its revision is known already.

    Hold and end count from the first record of that state: a later record of a held contact does not
    restart its hold.

    Returns:
        Whether the contact changed.
    """
    return await rows_written(session, _newer(insert_into(session, ContactRow).values(_row(event)))) > 0


async def upsert_many(session: AsyncSession, events: Iterable[ContactStateChanged]) -> None:
    """As `upsert` of one after the other; at least one."""
    await write_all(session, _newer(insert_into(session, ContactRow)), [_row(event) for event in events])


async def set_roles(session: AsyncSession, contact_id: str, roles: Mapping[int, Role]) -> None:
    """Keep what a person said about who is who; it holds from then on, whatever the metadata repeat."""
    await session.execute(
        update(ContactRow).where(ContactRow.contact_id == contact_id).values(said_roles=dict(roles))
    )


async def say_roles(session: AsyncSession, contact_id: str, roles: Mapping[int, Role]) -> None:
    """Keep what a person said of some channels; the others stay. An unknown contact is passed over."""
    known = select(ContactRow.said_roles).where(ContactRow.contact_id == contact_id).with_for_update()
    found = (await session.execute(known)).one_or_none()
    if found is not None:
        await set_roles(session, contact_id, {**(found.said_roles or {}), **roles})


async def get(session: AsyncSession, contact_id: str) -> StoredContact | None:
    columns = select(
        ContactRow.event, ContactRow.ended_at_ms, ContactRow.held_since_ms, ContactRow.said_roles
    )
    found = (await session.execute(columns.where(ContactRow.contact_id == contact_id))).one_or_none()
    if found is None:
        return None
    contact, ended_at_ms, held_since_ms, said_roles = found
    return StoredContact(
        contact, ended_at_ms, held_since_ms, {**contact.roles, **(said_roles or {})}, said_roles or {}
    )


async def of_agent(
    session: AsyncSession, staff_id: str, since_ms: int, limit: int = 50, *, before: Place | None = None
) -> list[ContactEntry]:
    """The agent's contacts that started at `since_ms` or later, newest first.

    The next page is what stands `before` the last entry of this one, whatever has begun meanwhile.
    """
    return await _entries(session, since_ms, limit, before, ContactRow.agent_id == staff_id)


async def recent(
    session: AsyncSession, since_ms: int, limit: int = 50, *, before: Place | None = None
) -> list[ContactEntry]:
    """Everybody's contacts that started at `since_ms` or later, newest first: for supervisors. Pages as above."""
    return await _entries(session, since_ms, limit, before)


async def unended(session: AsyncSession, since_ms: int, limit: int = 500) -> list[ContactStateChanged]:
    """Contacts that started at `since_ms` or later and whose end is not known, the longest running first."""
    query = (
        select(ContactRow.event)
        .where(ContactRow.ended_at_ms.is_(None), ContactRow.started_at_ms >= since_ms)
        .order_by(ContactRow.started_at_ms, ContactRow.contact_id)
        .limit(limit)
    )
    return list(await session.scalars(query))


async def record_access(session: AsyncSession, staff_id: str, contact_id: str, at_ms: int) -> None:
    """Note that `staff_id` opened the contact at this wall time."""
    await session.execute(insert(AccessRow).values(staff_id=staff_id, contact_id=contact_id, at_ms=at_ms))


async def _entries(
    session: AsyncSession, since_ms: int, limit: int, before: Place | None, *only: ColumnElement[bool]
) -> list[ContactEntry]:
    if before is not None:
        started_at_ms, contact_id = before
        earlier = ContactRow.started_at_ms < started_at_ms
        only += (ContactRow.started_at_ms <= started_at_ms, earlier | (ContactRow.contact_id > contact_id))
    query = (
        select(ContactRow.event, ContactRow.ended_at_ms, EditRow.saved)
        .outerjoin(EditRow, EditRow.contact_id == ContactRow.contact_id)
        .where(ContactRow.started_at_ms >= since_ms, *only)
        .order_by(ContactRow.started_at_ms.desc(), ContactRow.contact_id)
        .limit(limit)
    )
    return [
        ContactEntry(contact=contact, ended_at_ms=ended_at_ms, summary_saved=bool(saved))
        for contact, ended_at_ms, saved in await session.execute(query)
    ]


def _row(event: ContactStateChanged) -> dict[str, object]:
    return {
        "contact_id": event.contact_id,
        "revision": event.revision,
        "state": event.state,
        "agent_id": event.agent_id,
        "started_at_ms": event.started_at_ms,
        "ended_at_ms": event.at_ms if event.state == "ended" else None,
        "held_since_ms": event.at_ms if event.state == "held" else None,
        "event": event,
    }


def _newer(row: Insert) -> Insert:
    new, old = row.excluded, row.table.c
    changes: dict[str, ColumnElement[object]] = {
        **{name: new[name] for name in ("revision", "state", "agent_id", "started_at_ms", "event")},
        "ended_at_ms": case((new.state == "ended", func.coalesce(old.ended_at_ms, new.ended_at_ms))),
        "held_since_ms": case((new.state == "held", func.coalesce(old.held_since_ms, new.held_since_ms))),
    }
    newer = old.revision < new.revision
    return row.on_conflict_do_update(index_elements=["contact_id"], set_=changes, where=newer)
