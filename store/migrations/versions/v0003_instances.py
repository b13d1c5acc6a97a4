"""Which ingest processes are alive: each raises a number of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "ingest_instances",
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("beat", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("instance", name="pk_ingest_instances"),
    )
