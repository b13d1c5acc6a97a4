"""How a contact is heard: sounds, recognition, languages."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "sounds",
        sa.Column("sound_id", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("start_ms", sa.BigInteger(), nullable=False),
        sa.Column("end_ms", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sound_id", name="pk_sounds"),
    )
    op.create_index("ix_sounds_contact_id_start_ms_channel", "sounds", ["contact_id", "start_ms", "channel"])
    op.create_table(
        "recognitions",
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("contact_id", name="pk_recognitions"),
    )
    for name in ("detected_languages", "chosen_languages"):
        op.create_table(
            name,
            sa.Column("contact_id", sa.Text(), nullable=False),
            sa.Column("at_ms", sa.BigInteger(), nullable=False),
            sa.Column("event", sa.Text(), nullable=False),
            sa.PrimaryKeyConstraint("contact_id", name=f"pk_{name}"),
        )
