"""What the scheduler records: triggers that are watched, firings, events, pauses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_Counter = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "watched",
        sa.Column("environment", _Text, nullable=False),
        sa.Column("trigger", _Text, nullable=False),
        sa.Column("definition", _Text, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("mark", _Text, nullable=False),
        sa.PrimaryKeyConstraint("environment", "trigger", name="pk_watched"),
    )
    op.create_table(
        "firings",
        sa.Column("number", _Counter, autoincrement=True, nullable=False),
        sa.Column("key", _Text, nullable=False),
        sa.Column("environment", _Text, nullable=False),
        sa.Column("trigger", _Text, nullable=False),
        sa.Column("kind", _Text, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("recorded_at", sa.BigInteger(), nullable=False),
        sa.Column("state", _Text, nullable=False),
        sa.Column("reason", _Text, nullable=False),
        sa.Column("events", _Text, nullable=False),
        sa.Column("params", _Text, nullable=False),
        sa.Column("missed", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("process", _Text, nullable=False),
        sa.Column("outcome", _Text, nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("late_at", sa.BigInteger(), nullable=True),
        sa.Column("is_told_late", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_firings"),
        sa.UniqueConstraint("key", name="uq_firings_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_firings_environment_state", "firings", ["environment", "state"])
    op.create_index("ix_firings_environment_trigger_number", "firings", ["environment", "trigger", "number"])
    op.create_table(
        "events",
        sa.Column("number", _Counter, autoincrement=True, nullable=False),
        sa.Column("source", _Text, nullable=False),
        sa.Column("id", _Text, nullable=False),
        sa.Column("type", _Text, nullable=False),
        sa.Column("document", _Text, nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("by", _Text, nullable=False),
        sa.Column("handled_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_events"),
        sa.UniqueConstraint("source", "id", name="uq_events_source"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_handled_at", "events", ["handled_at"])
    op.create_table(
        "pauses",
        sa.Column("environment", _Text, nullable=False),
        sa.Column("object", _Text, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("by", _Text, nullable=False),
        sa.Column("reason", _Text, nullable=False),
        sa.PrimaryKeyConstraint("environment", "object", name="pk_pauses"),
    )
