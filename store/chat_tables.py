"""The tables of live chat; see `store/tables.py`. What citizens say in it is sealed (`privacy/vault.py`)."""

from typing import Final

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from contracts.chat import ChatHead, Receipts
from store.tables import Base, JsonText

_HEADS: Final = 8192
"""Remembered, as many as a gateway has conversations."""


class ChatRow(Base):
    """A chat's head, and beside it what is searched for."""

    __tablename__ = "chats"
    __table_args__ = (
        Index(
            "ix_chats_queue",
            "skill",
            "queued_at_ms",
            postgresql_where=text("state = 'waiting'"),
            sqlite_where=text("state = 'waiting'"),
        ),
        Index(
            "ix_chats_open",
            "touched_at_ms",
            postgresql_where=text("state <> 'ended'"),
            sqlite_where=text("state <> 'ended'"),
        ),
        Index(None, "agent_id", "state"),
        Index(None, "person_id", "opened_at_ms"),
        Index(None, "opened_at_ms"),
    )

    contact_id: Mapped[str] = mapped_column(primary_key=True)
    epoch: Mapped[str]
    last_seq: Mapped[int]
    state: Mapped[str]
    skill: Mapped[str]
    agent_id: Mapped[str | None]
    person_id: Mapped[str]
    """Who it is with, across channels."""
    urgent: Mapped[bool]
    front: Mapped[bool]
    queued_at_ms: Mapped[int]
    opened_at_ms: Mapped[int]
    touched_at_ms: Mapped[int]
    """Of the last entry."""
    answered_at_ms: Mapped[int | None]
    """When an agent had it first."""
    topic: Mapped[str]
    offered: Mapped[bool]
    solved_by: Mapped[str]
    rating: Mapped[int | None]
    head: Mapped[ChatHead] = mapped_column(JsonText(ChatHead, remembered=_HEADS))
    receipts: Mapped[Receipts] = mapped_column(JsonText(Receipts, remembered=_HEADS))


class ChatEntryRow(Base):
    """A chat's log. What is said in it is sealed."""

    __tablename__ = "chat_entries"
    __table_args__ = (
        Index(
            "uq_chat_entries_client_id",
            "contact_id",
            "client_id",
            unique=True,
            postgresql_where=text("client_id <> ''"),
            sqlite_where=text("client_id <> ''"),
        ),
        Index(
            "ix_chat_entries_unpublished",
            "at_ms",
            postgresql_where=text("NOT published"),
            sqlite_where=text("NOT published"),
        ),
    )

    contact_id: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    client_id: Mapped[str]
    at_ms: Mapped[int]
    side: Mapped[str]
    kind: Mapped[str]
    published: Mapped[bool]
    """On the bus; whoever finds an old one that is not, publishes it."""
    sealed: Mapped[bytes]
    """`ChatEntry` as JSON."""


class ChatPhotoRow(Base):
    __tablename__ = "chat_photos"
    __table_args__ = (Index(None, "contact_id"),)

    photo_id: Mapped[str] = mapped_column(primary_key=True)
    contact_id: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    size_bytes: Mapped[int]
    at_ms: Mapped[int]
    sealed: Mapped[bytes]
    """JPEG, encoded anew, without metadata."""


class ChatKeyRow(Base):
    """What opens a chat: a browser's key, or a link that works once. Kept as hashes only."""

    __tablename__ = "chat_keys"
    __table_args__ = (Index(None, "expires_ms"),)

    key_hash: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    """`key` or `link`."""
    person_id: Mapped[str]
    contact_id: Mapped[str | None]
    expires_ms: Mapped[int]
    used_ms: Mapped[int | None]
    sealed: Mapped[bytes | None]
    """`LinkAsked` as JSON, of a link."""


class ChatAddressRow(Base):
    """Where a person is reached on a provider's channel."""

    __tablename__ = "chat_addresses"
    __table_args__ = (Index(None, "person_id"),)

    channel: Mapped[str] = mapped_column(primary_key=True)
    address_hash: Mapped[str] = mapped_column(primary_key=True)
    """Keyed, of the provider's id of the person, or of a telephone number."""
    person_id: Mapped[str]
    wrote_ms: Mapped[int]
    """When the person wrote there last: the reply window counts from it."""
    sealed: Mapped[bytes]
    """The id itself, and what else replies need, as JSON."""


class ChatInboundRow(Base):
    """A provider's message that was taken; it may be delivered again."""

    __tablename__ = "chat_inbound"
    __table_args__ = (Index(None, "at_ms"),)

    channel: Mapped[str] = mapped_column(primary_key=True)
    provider_id: Mapped[str] = mapped_column(primary_key=True)
    at_ms: Mapped[int]


class ChatDeliveryRow(Base):
    """Up to which entry a chat was sent out on a provider's channel."""

    __tablename__ = "chat_deliveries"

    contact_id: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(primary_key=True)
    sent_seq: Mapped[int]
    sent_part: Mapped[int]
    """Parts of the entry after it that are out: long ones are split."""
    failed: Mapped[str]
    """Why the next one cannot be sent; empty: it can."""


class ChatPushRow(Base):
    """A browser that wants to be told of new messages."""

    __tablename__ = "chat_pushes"
    __table_args__ = (Index(None, "contact_id"),)

    endpoint_hash: Mapped[str] = mapped_column(primary_key=True)
    contact_id: Mapped[str]
    at_ms: Mapped[int]
    sealed: Mapped[bytes]
    """`PushAsked` as JSON."""


class ChatAgentRow(Base):
    """Who takes chats, and whether their page is connected."""

    __tablename__ = "chat_agents"

    staff_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    available: Mapped[bool]
    capacity: Mapped[int]
    skills: Mapped[tuple[str, ...]] = mapped_column(JsonText(tuple[str, ...]))
    """Empty: every one."""
    languages: Mapped[tuple[str, ...]] = mapped_column(JsonText(tuple[str, ...]))
    instance: Mapped[str]
    """Gateway where the page is connected."""
    beat: Mapped[int]
    """Rises while it is. A count, not a time, as that of ingest's instances."""
