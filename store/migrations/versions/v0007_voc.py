"""Trends and alerts: what contacts are about, counts, phrases, themes, the usual, alerts and what was done, reports."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "voc_contacts",
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("danger", sa.Text(), nullable=True),
        sa.Column("complaint", sa.Text(), nullable=False),
        sa.Column("phrases", sa.Text(), nullable=False),
        sa.Column("theme_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("contact_id", name="pk_voc_contacts"),
    )
    op.create_index("ix_voc_contacts_at_ms", "voc_contacts", ["at_ms"])
    op.create_index(
        "ix_voc_contacts_danger",
        "voc_contacts",
        ["at_ms"],
        postgresql_where=sa.text("danger IS NOT NULL"),
        sqlite_where=sa.text("danger IS NOT NULL"),
    )
    op.create_index("ix_voc_contacts_district_at_ms", "voc_contacts", ["district", "at_ms"])
    op.create_index("ix_voc_contacts_topic_at_ms", "voc_contacts", ["topic", "at_ms"])
    op.create_table(
        "voc_hours",
        sa.Column("hour", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("contacts", sa.BigInteger(), nullable=False),
        sa.Column("complaints", sa.BigInteger(), nullable=False),
        sa.Column("simulated", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hour", "topic", "district", name="pk_voc_hours"),
    )
    op.create_table(
        "voc_days",
        sa.Column("day", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("district", sa.Text(), nullable=False),
        sa.Column("contacts", sa.BigInteger(), nullable=False),
        sa.Column("complaints", sa.BigInteger(), nullable=False),
        sa.Column("simulated", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "topic", "district", name="pk_voc_days"),
    )
    op.create_index("ix_voc_days_topic_day", "voc_days", ["topic", "day"])
    op.create_table(
        "voc_phrases",
        sa.Column("phrase", sa.Text(), nullable=False),
        sa.Column("contacts", sa.BigInteger(), nullable=False),
        sa.Column("first_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("phrase", name="pk_voc_phrases"),
    )
    op.create_table(
        "voc_themes",
        sa.Column("theme_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phrases", sa.Text(), nullable=False),
        sa.Column("contacts", sa.BigInteger(), nullable=False),
        sa.Column("first_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_ms", sa.BigInteger(), nullable=False),
        sa.Column("centroid", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("theme_id", name="pk_voc_themes"),
    )
    op.create_index("ix_voc_themes_last_ms", "voc_themes", ["last_ms"])
    op.create_table(
        "voc_usual",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("made_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("weeks", sa.Double(), nullable=False),
        sa.Column("week", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("scope", name="pk_voc_usual"),
    )
    op.create_table(
        "voc_alerts",
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("raised_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_ms", sa.BigInteger(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("finding", sa.Text(), nullable=False),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("series", sa.Text(), nullable=False),
        sa.Column("effect", sa.Text(), nullable=True),
        sa.Column("track", sa.Text(), nullable=False),
        sa.Column("told_revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("alert_id", name="pk_voc_alerts"),
    )
    op.create_index("ix_voc_alerts_raised_at_ms", "voc_alerts", ["raised_at_ms"])
    op.create_index("ix_voc_alerts_state_raised_at_ms", "voc_alerts", ["state", "raised_at_ms"])
    op.create_table(
        "voc_actions",
        sa.Column("action_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.Text(), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("action_id", name="pk_voc_actions"),
        sa.UniqueConstraint("alert_id", "client_id", name="uq_voc_actions_alert_id_client_id"),
    )
    op.create_index("ix_voc_actions_alert_id_action_id", "voc_actions", ["alert_id", "action_id"])
    op.create_table(
        "voc_deliveries",
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("made_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("due_ms", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("delivery_id", name="pk_voc_deliveries"),
    )
    op.create_index(
        "ix_voc_deliveries_due",
        "voc_deliveries",
        ["due_ms"],
        postgresql_where=sa.text("state = 'waiting'"),
        sqlite_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "voc_notes",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_voc_notes"),
    )
    op.create_table(
        "voc_reports",
        sa.Column("week", sa.Text(), nullable=False),
        sa.Column("asked_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("made_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("html", sa.LargeBinary(), nullable=False),
        sa.Column("pdf", sa.LargeBinary(), nullable=False),
        sa.Column("csv", sa.LargeBinary(), nullable=False),
        sa.Column("parquet", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("week", name="pk_voc_reports"),
    )
