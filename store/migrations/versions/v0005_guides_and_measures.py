"""Versions of articles, questions without a guide and their gaps, answers, and what became of summary drafts."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("articles", sa.Column("version", sa.BigInteger(), server_default="1", nullable=False))
    op.add_column("articles", sa.Column("valid_from", sa.Date(), nullable=True))
    op.add_column("articles", sa.Column("valid_until", sa.Date(), nullable=True))
    op.add_column("articles", sa.Column("retired", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "article_versions",
        sa.Column("article_id", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("edit", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reviewer", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("gap_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("article_id", "version", name="pk_article_versions"),
    )
    op.create_index("ix_article_versions_status_article_id", "article_versions", ["status", "article_id"])

    op.add_column(
        "suggestion_outcomes", sa.Column("article_id", sa.Text(), server_default="", nullable=False)
    )
    op.add_column(
        "suggestion_outcomes", sa.Column("version", sa.BigInteger(), server_default="0", nullable=False)
    )
    op.add_column("suggestion_outcomes", sa.Column("query", sa.Text(), server_default="", nullable=False))
    op.create_index(
        "ix_suggestion_outcomes_article_id_outcome_contact_id_at_ms",
        "suggestion_outcomes",
        ["article_id", "outcome", "contact_id", "at_ms"],
    )

    op.create_table(
        "answers",
        sa.Column("suggestion_id", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("suggestion_id", name="pk_answers"),
    )
    op.create_index("ix_answers_contact_id", "answers", ["contact_id"])

    op.create_table(
        "questions",
        sa.Column("utterance_id", sa.Text(), nullable=False),
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("best_score", sa.Double(), nullable=False),
        sa.Column("guides_version", sa.BigInteger(), nullable=False),
        sa.Column("gap_id", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("utterance_id", name="pk_questions"),
    )
    op.create_index("ix_questions_gap_id_at_ms", "questions", ["gap_id", "at_ms"])
    op.create_index("ix_questions_at_ms", "questions", ["at_ms"])

    op.create_table(
        "gaps",
        sa.Column("gap_id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("article_id", sa.Text(), nullable=False),
        sa.Column("made_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("gap_id", name="pk_gaps"),
    )

    op.create_table(
        "summary_measures",
        sa.Column("contact_id", sa.Text(), nullable=False),
        sa.Column("saved_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("staff_id", sa.Text(), nullable=False),
        sa.Column("engine", sa.Text(), nullable=False),
        sa.Column("fallback", sa.Text(), nullable=False),
        sa.Column("drafted", sa.BigInteger(), nullable=True),
        sa.Column("draft_chars", sa.BigInteger(), nullable=False),
        sa.Column("saved_chars", sa.BigInteger(), nullable=False),
        sa.Column("distance", sa.BigInteger(), nullable=False),
        sa.Column("unedited", sa.Boolean(), nullable=False),
        sa.Column("edited_fields", sa.Text(), nullable=False),
        sa.Column("drafted_fields", sa.Text(), nullable=False),
        sa.Column("withheld", sa.BigInteger(), nullable=False),
        sa.Column("doubts", sa.BigInteger(), nullable=False),
        sa.Column("after_call_ms", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("contact_id", name="pk_summary_measures"),
    )
    op.create_index("ix_summary_measures_saved_at_ms", "summary_measures", ["saved_at_ms"])
