"""Jobs: what runs outside of meshwright; and versions of nodes that yield no dataset."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", _Text, nullable=False),
        sa.Column("node", _Text, nullable=False),
        sa.Column("trigger", _Text, nullable=False),
        sa.Column("run_id", _Text, nullable=False),
        sa.Column("tool", _Text, nullable=False),
        sa.Column("state", _Text, nullable=False),
        sa.Column("handle", _Text, nullable=True),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("error", _Text, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
    )
    op.create_index("ix_jobs_trigger", "jobs", ["trigger"])
    op.create_index("ix_jobs_run_id", "jobs", ["run_id"])
    op.add_column("versions", sa.Column("outcome", _Text, nullable=True))
