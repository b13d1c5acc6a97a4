"""Chats: their heads, and their logs. What is said in them is sealed before it comes here.

Whoever writes into a chat has locked its head before: entries are numbered by what the head says.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, bindparam, delete, insert, or_, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from contracts.chat import ChatHead, ChatState, Receipts
from store.chat_tables import ChatEntryRow, ChatPhotoRow, ChatRow
from store.upsert import write_all

Key = tuple[str, int]
"""Of an entry: its contact's id and its number."""


@dataclass(frozen=True, slots=True)
class StoredChat:
    head: ChatHead
    receipts: Receipts
    person_id: str
    touched_at_ms: int
    """Of the last entry."""
    answered_at_ms: int | None = None
    """When an agent had it first."""


@dataclass(frozen=True, slots=True)
class SealedEntry:
    contact_id: str
    seq: int
    client_id: str
    at_ms: int
    side: str
    kind: str
    sealed: bytes


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """What an entry tells of a photo that was uploaded before."""

    width: int
    height: int
    size_bytes: int


async def begin_writing(session: AsyncSession) -> None:
    """Wait for the turn to write, before anything is read: SQLite has one writer, and knows no row locks."""
    if session.get_bind().dialect.name == "sqlite":
        await session.execute(text("BEGIN IMMEDIATE"))


async def lock(session: AsyncSession, contact_ids: Collection[str]) -> dict[str, StoredChat]:
    """The chats, which nobody else changes until this transaction ends; unknown ones are left out.

    They are locked in the order of their ids, so that transactions wait for each other and do not deadlock.
    """
    query = _CHATS.where(ChatRow.contact_id.in_(contact_ids)).order_by(ChatRow.contact_id).with_for_update()
    return {chat.head.contact_id: chat for chat in _chats(await session.execute(query))}


async def get(session: AsyncSession, contact_id: str) -> StoredChat | None:
    """The chat as of now, without a lock."""
    return next(iter(_chats(await session.execute(_CHATS.where(ChatRow.contact_id == contact_id)))), None)


async def waiting(session: AsyncSession, limit: int = 1000) -> list[StoredChat]:
    """What waits: urgent ones first, then those that were here before, then by time."""
    order = (ChatRow.urgent.desc(), ChatRow.front.desc(), ChatRow.queued_at_ms, ChatRow.contact_id)
    query = _CHATS.where(ChatRow.state == "waiting").order_by(*order).limit(limit)
    return _chats(await session.execute(query))


async def of_agent(session: AsyncSession, staff_id: str, states: Collection[ChatState]) -> list[StoredChat]:
    """The agent's chats in these states, the oldest first."""
    query = _CHATS.where(ChatRow.agent_id == staff_id, ChatRow.state.in_(states))
    return _chats(await session.execute(query.order_by(ChatRow.opened_at_ms, ChatRow.contact_id)))


async def add(session: AsyncSession, many: Sequence[StoredChat]) -> None:
    """New chats."""
    await session.execute(insert(ChatRow), [_row(chat) for chat in many])


async def put(session: AsyncSession, many: Sequence[StoredChat]) -> None:
    """Locked chats as they are now."""
    await write_all(session, _PUT, [{"of_contact": row.pop("contact_id"), **row} for row in map(_row, many)])


async def put_changed(session: AsyncSession, many: Sequence[tuple[StoredChat, StoredChat]]) -> None:
    """Locked chats, as they were and as they are now: only columns that changed are written, and so their indices."""
    groups: dict[frozenset[str], list[dict[str, object]]] = {}
    for before, now in many:
        old, new = _row(before), _row(now)
        changed = frozenset(name for name, value in new.items() if value != old[name])
        # Few different statements: whatever is rare is written as a whole.
        names = next((names for names in _COMMON if changed <= names), frozenset(new) - {"contact_id"})
        row = {name: new[name] for name in sorted(names)}
        groups.setdefault(names, []).append({"of_contact": new["contact_id"], **row})
    for rows in groups.values():
        await write_all(session, _PUT, rows)


async def append(session: AsyncSession, entries: Sequence[SealedEntry]) -> None:
    """New entries, which nobody has published yet."""
    await session.execute(_APPEND, [_entry_row(entry) for entry in entries])


async def by_client_ids(
    session: AsyncSession, pairs: Collection[tuple[str, str]]
) -> dict[tuple[str, str], SealedEntry]:
    """Entries that are here already, by contact and client id."""
    if not pairs:
        return {}
    query = _ENTRIES.where(tuple_(ChatEntryRow.contact_id, ChatEntryRow.client_id).in_(list(pairs)))
    found = _sealed(await session.execute(query))
    return {(entry.contact_id, entry.client_id): entry for entry in found}


async def entries(
    session: AsyncSession, contact_id: str, *, after: int = 0, before: int | None = None, limit: int = 200
) -> list[SealedEntry]:
    """A page of the log, oldest first: with `before` the last ones before it, else the first ones `after`."""
    query = _ENTRIES.where(ChatEntryRow.contact_id == contact_id, ChatEntryRow.seq > after).limit(limit)
    if before is None:
        return _sealed(await session.execute(query.order_by(ChatEntryRow.seq)))
    last = query.where(ChatEntryRow.seq < before).order_by(ChatEntryRow.seq.desc())
    return _sealed(await session.execute(last))[::-1]


async def entry(session: AsyncSession, contact_id: str, seq: int) -> SealedEntry | None:
    found = await entries(session, contact_id, after=seq - 1, limit=1)
    return found[0] if found and found[0].seq == seq else None


async def of_kind(session: AsyncSession, contact_id: str, kind: str) -> list[SealedEntry]:
    """The chat's entries of one kind, oldest first."""
    query = _ENTRIES.where(ChatEntryRow.contact_id == contact_id, ChatEntryRow.kind == kind)
    return _sealed(await session.execute(query.order_by(ChatEntryRow.seq)))


async def replace(session: AsyncSession, contact_id: str, sealed: Mapping[int, bytes]) -> None:
    """Entries that were withdrawn, without what was said."""
    rows = [{"of_contact": contact_id, "of_seq": seq, "sealed": new} for seq, new in sealed.items()]
    await write_all(session, _REPLACE, rows)


async def unpublished(session: AsyncSession, before_ms: int, limit: int = 200) -> list[SealedEntry]:
    """Entries of before that time that are not known to be on the bus, the oldest first."""
    query = _ENTRIES.where(ChatEntryRow.published.is_(False), ChatEntryRow.at_ms < before_ms)
    order = (ChatEntryRow.at_ms, ChatEntryRow.contact_id, ChatEntryRow.seq)
    return _sealed(await session.execute(query.order_by(*order).limit(limit)))


async def mark_published(session: AsyncSession, keys: Iterable[Key]) -> None:
    """They are on the bus; at least one."""
    await write_all(session, _MARK, [{"of_contact": contact, "of_seq": seq} for contact, seq in keys])


async def photo(session: AsyncSession, contact_id: str, photo_id: str) -> PhotoFacts | None:
    """Of a photo that was uploaded to this chat."""
    columns = select(ChatPhotoRow.width, ChatPhotoRow.height, ChatPhotoRow.size_bytes)
    own = (ChatPhotoRow.photo_id == photo_id, ChatPhotoRow.contact_id == contact_id)
    found = (await session.execute(columns.where(*own))).one_or_none()
    return PhotoFacts(*found) if found else None


async def remove_photo(session: AsyncSession, contact_id: str, photo_id: str) -> None:
    """Its entry was withdrawn."""
    own = (ChatPhotoRow.photo_id == photo_id, ChatPhotoRow.contact_id == contact_id)
    await session.execute(delete(ChatPhotoRow).where(*own))


async def quiet(
    session: AsyncSession, states: Collection[ChatState], before_ms: int, limit: int = 500
) -> list[StoredChat]:
    """Chats in these states in which nothing happened since, the longest quiet first."""
    own: tuple[ColumnElement[bool], ...] = (
        ChatRow.state != "ended",  # as the index says it
        ChatRow.touched_at_ms < before_ms,
        or_(*(ChatRow.state == state for state in states)),
    )
    return _chats(await session.execute(_CHATS.where(*own).order_by(ChatRow.touched_at_ms).limit(limit)))


_CHATS = select(
    ChatRow.head, ChatRow.receipts, ChatRow.person_id, ChatRow.touched_at_ms, ChatRow.answered_at_ms
)
_ENTRIES = select(
    ChatEntryRow.contact_id,
    ChatEntryRow.seq,
    ChatEntryRow.client_id,
    ChatEntryRow.at_ms,
    ChatEntryRow.side,
    ChatEntryRow.kind,
    ChatEntryRow.sealed,
)
_TABLE = ChatRow.metadata.tables[ChatRow.__tablename__]
_ENTRY_TABLE = ChatEntryRow.metadata.tables[ChatEntryRow.__tablename__]
# Into the table, not the class: a mapper looks at each row for much longer than the database does.
_APPEND = insert(_ENTRY_TABLE)
_PUT = update(_TABLE).where(_TABLE.c.contact_id == bindparam("of_contact"))
_COMMON = (frozenset({"receipts"}), frozenset({"receipts", "head", "last_seq", "touched_at_ms"}))
"""What a receipt, and what a message changes."""

_ONE_ENTRY = (_ENTRY_TABLE.c.contact_id == bindparam("of_contact"), _ENTRY_TABLE.c.seq == bindparam("of_seq"))
_REPLACE = update(_ENTRY_TABLE).where(*_ONE_ENTRY)
_MARK = update(_ENTRY_TABLE).where(*_ONE_ENTRY).values(published=True)


def _chats(rows: Iterable[Sequence[object]]) -> list[StoredChat]:
    return [StoredChat(*row) for row in rows]  # type: ignore[arg-type]  # the columns of `_CHATS`


def _sealed(rows: Iterable[Sequence[object]]) -> list[SealedEntry]:
    return [SealedEntry(*row) for row in rows]  # type: ignore[arg-type]  # the columns of `_ENTRIES`


def _row(chat: StoredChat) -> dict[str, object]:
    head = chat.head
    return {
        "contact_id": head.contact_id,
        "epoch": head.epoch,
        "last_seq": head.last_seq,
        "state": head.state,
        "skill": head.skill,
        "agent_id": head.agent.staff_id if head.agent else None,
        "person_id": chat.person_id,
        "urgent": head.urgent,
        "front": head.front,
        "queued_at_ms": head.queued_at_ms,
        "opened_at_ms": head.opened_at_ms,
        "touched_at_ms": chat.touched_at_ms,
        "answered_at_ms": chat.answered_at_ms,
        "topic": head.topic,
        "offered": bool(head.offered),
        "solved_by": head.solved_by,
        "rating": head.rating,
        "head": head,
        "receipts": chat.receipts,
    }


def _entry_row(entry: SealedEntry) -> dict[str, object]:
    return {
        "contact_id": entry.contact_id,
        "seq": entry.seq,
        "client_id": entry.client_id,
        "at_ms": entry.at_ms,
        "side": entry.side,
        "kind": entry.kind,
        "published": False,
        "sealed": entry.sealed,
    }
