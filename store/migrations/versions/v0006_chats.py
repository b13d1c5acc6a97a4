"""Live chat: conversations and their sealed logs, photos, keys, addresses, deliveries, pushes, agents."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "chats",
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Text(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("skill", sa.Text(), nullable=False),
        sa.Column("agent_id", sa.Text(), nullable=True),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("front", sa.Boolean(), nullable=False),
        sa.Column("queued_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("opened_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("touched_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("answered_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("offered", sa.Boolean(), nullable=False),
        sa.Column("solved_by", sa.Text(), nullable=False),
        sa.Column("rating", sa.BigInteger(), nullable=True),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("receipts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("contact_id", name="pk_chats"),
    )
    op.create_index("ix_chats_agent_id_state", "chats", ["agent_id", "state"])
    op.create_index(
        "ix_chats_open",
        "chats",
        ["touched_at_ms"],
        postgresql_where=sa.text("state <> 'ended'"),
        sqlite_where=sa.text("state <> 'ended'"),
    )
    op.create_index("ix_chats_opened_at_ms", "chats", ["opened_at_ms"])
    op.create_index("ix_chats_person_id_opened_at_ms", "chats", ["person_id", "opened_at_ms"])
    op.create_index(
        "ix_chats_queue",
        "chats",
        ["skill", "queued_at_ms"],
        postgresql_where=sa.text("state = 'waiting'"),
        sqlite_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "chat_entries",
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("published", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("contact_id", "seq", name="pk_chat_entries"),
    )
    op.create_index(
        "ix_chat_entries_unpublished",
        "chat_entries",
        ["at_ms"],
        postgresql_where=sa.text("NOT published"),
        sqlite_where=sa.text("NOT published"),
    )
    op.create_index(
        "uq_chat_entries_client_id",
        "chat_entries",
        ["contact_id", "client_id"],
        unique=True,
        postgresql_where=sa.text("client_id <> ''"),
        sqlite_where=sa.text("client_id <> ''"),
    )
    op.create_table(
        "chat_photos",
        sa.Column("photo_id", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("photo_id", name="pk_chat_photos"),
    )
    op.create_index("ix_chat_photos_contact_id", "chat_photos", ["contact_id"])
    op.create_table(
        "chat_keys",
        sa.Column("key_hash", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Text(), nullable=True),
        sa.Column("expires_ms", sa.BigInteger(), nullable=False),
        sa.Column("used_ms", sa.BigInteger(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("key_hash", name="pk_chat_keys"),
    )
    op.create_index("ix_chat_keys_expires_ms", "chat_keys", ["expires_ms"])
    op.create_table(
        "chat_addresses",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("address_hash", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Text(), nullable=False),
        sa.Column("wrote_ms", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "address_hash", name="pk_chat_addresses"),
    )
    op.create_index("ix_chat_addresses_person_id", "chat_addresses", ["person_id"])
    op.create_table(
        "chat_inbound",
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("provider_id", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "provider_id", name="pk_chat_inbound"),
    )
    op.create_index("ix_chat_inbound_at_ms", "chat_inbound", ["at_ms"])
    op.create_table(
        "chat_deliveries",
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("sent_seq", sa.BigInteger(), nullable=False),
        sa.Column("sent_part", sa.BigInteger(), nullable=False),
        sa.Column("failed", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("contact_id", "channel", name="pk_chat_deliveries"),
    )
    op.create_table(
        "chat_pushes",
        sa.Column("endpoint_hash", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("endpoint_hash", name="pk_chat_pushes"),
    )
    op.create_index("ix_chat_pushes_contact_id", "chat_pushes", ["contact_id"])
    op.create_table(
        "chat_agents",
        sa.Column("staff_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("available", sa.Boolean(), nullable=False),
        sa.Column("capacity", sa.BigInteger(), nullable=False),
        sa.Column("skills", sa.Text(), nullable=False),
        sa.Column("languages", sa.Text(), nullable=False),
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("beat", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name="pk_chat_agents"),
    )
