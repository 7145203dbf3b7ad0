"""Runs of outside jobs are found by what their tools call them: ids are of a job and that. Those told of before keep their ids."""

from __future__ import annotations

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_outside_runs_key", "outside_runs", ["key"])
