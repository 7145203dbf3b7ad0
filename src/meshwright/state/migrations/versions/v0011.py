"""Runs that are asked for by URL, and numbers by which a run's steps are followed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_Counter = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("steps", sa.Column("revision", sa.BigInteger(), nullable=False, server_default=sa.text("0")))
    op.create_index("ix_steps_run_id_revision", "steps", ["run_id", "revision"])
    op.create_table(
        "requested_runs",
        sa.Column("number", _Counter, autoincrement=True, nullable=False),
        sa.Column("key", _Text, nullable=False),
        sa.Column("digest", _Text, nullable=False),
        sa.Column("kind", _Text, nullable=False),
        sa.Column("run_id", _Text, nullable=False),
        sa.Column("environment", _Text, nullable=False),
        sa.Column("asked", _Text, nullable=False),
        sa.Column("caller", _Text, nullable=False),
        sa.Column("by", _Text, nullable=False),
        sa.Column("requested_at", sa.BigInteger(), nullable=False),
        sa.Column("state", _Text, nullable=False),
        sa.Column("reason", _Text, nullable=False),
        sa.Column("error", _Text, nullable=False),
        sa.Column("outcome", _Text, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("process", _Text, nullable=False),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("is_to_stop", sa.Boolean(), nullable=False),
        sa.Column("traceparent", _Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_requested_runs"),
        sa.UniqueConstraint("key", name="uq_requested_runs_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_requested_runs_run_id", "requested_runs", ["run_id"])
    op.create_index("ix_requested_runs_state_caller_number", "requested_runs", ["state", "caller", "number"])
