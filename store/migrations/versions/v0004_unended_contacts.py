"""An index of the contacts whose end is not known: few, among very many."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    unended = sa.text("ended_at_ms IS NULL")
    op.create_index(
        "ix_contacts_unended",
        "contacts",
        ["started_at_ms", "contact_id"],
        postgresql_where=unended,
        sqlite_where=unended,
    )
