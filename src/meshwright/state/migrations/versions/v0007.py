"""What runs record of themselves: moments, inputs and costs of steps, inner steps, where a run ran, requests to stop."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("runs", sa.Column("parent_step", _Text, nullable=True))
    op.add_column("runs", sa.Column("infrastructure", _Text, nullable=True))
    op.add_column("runs", sa.Column("costs", _Text, nullable=True))
    op.create_index("ix_runs_parent", "runs", ["parent"])
    op.add_column("steps", sa.Column("started_at", sa.BigInteger(), nullable=True))
    op.add_column("steps", sa.Column("ended_at", sa.BigInteger(), nullable=True))
    op.add_column("steps", sa.Column("inputs", _Text, nullable=True))
    op.add_column("steps", sa.Column("costs", _Text, nullable=True))
    op.create_table(
        "inner_steps",
        sa.Column("run_id", _Text, nullable=False),
        sa.Column("step", _Text, nullable=False),
        sa.Column("name", _Text, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", _Text, nullable=False),
        sa.Column("state", _Text, nullable=False),
        sa.Column("after", _Text, nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("error", _Text, nullable=True),
        sa.Column("dataset", _Text, nullable=True),
        sa.PrimaryKeyConstraint("run_id", "step", "name", name="pk_inner_steps"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_inner_steps_run_id"),
    )
    op.create_table(
        "stops",
        sa.Column("run_id", _Text, nullable=False),
        sa.Column("token", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", _Text, nullable=False),
        sa.PrimaryKeyConstraint("run_id", name="pk_stops"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_stops_run_id"),
    )
