"""What outside tools tell of their jobs and datasets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, _Text, nullable=False)


def _time(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "outside_jobs",
        _text("id"),
        _text("namespace"),
        _text("name"),
        _text("producer"),
        _text("producer_stamp"),
        _text("parent_namespace"),
        _text("parent_name"),
        _text("parent_stamp"),
        _time("first_at"),
        _time("last_at"),
        sa.PrimaryKeyConstraint("id", name="pk_outside_jobs"),
    )
    op.create_index("ix_outside_jobs_namespace_name", "outside_jobs", ["namespace", "name"])
    op.create_table(
        "outside_datasets",
        _text("id"),
        _text("namespace"),
        _text("name"),
        _time("first_at"),
        _time("last_at"),
        sa.PrimaryKeyConstraint("id", name="pk_outside_datasets"),
    )
    op.create_index("ix_outside_datasets_namespace_name", "outside_datasets", ["namespace", "name"])
    op.create_table(
        "outside_facets",
        _text("of"),
        _text("object"),
        _text("beside"),
        _text("name"),
        _time("at"),
        _text("stamp"),
        sa.Column("document", _Text, nullable=True),
        sa.PrimaryKeyConstraint("of", "object", "beside", "name", name="pk_outside_facets"),
    )
    op.create_table(
        "outside_edges",
        _text("job"),
        _text("dataset"),
        _text("direction"),
        _time("first_at"),
        _time("last_at"),
        sa.PrimaryKeyConstraint("job", "dataset", "direction", name="pk_outside_edges"),
    )
    op.create_index("ix_outside_edges_dataset", "outside_edges", ["dataset"])
    op.create_table(
        "outside_links",
        _text("dataset"),
        _text("other"),
        sa.PrimaryKeyConstraint("dataset", "other", name="pk_outside_links"),
    )
    op.create_table(
        "outside_runs",
        _text("id"),
        _text("job"),
        _text("key"),
        _text("state"),
        _time("state_at"),
        _text("state_stamp"),
        _text("parent"),
        _text("url"),
        _time("first_at"),
        _time("last_at"),
        _time("received_at"),
        sa.PrimaryKeyConstraint("id", name="pk_outside_runs"),
    )
    op.create_index("ix_outside_runs_job_first_at", "outside_runs", ["job", "first_at"])
    op.create_index("ix_outside_runs_received_at", "outside_runs", ["received_at"])
    op.create_table(
        "outside_uses",
        _text("run"),
        _text("dataset"),
        _text("direction"),
        sa.PrimaryKeyConstraint("run", "dataset", "direction", name="pk_outside_uses"),
    )
    op.create_table(
        "outside_notes",
        _text("key"),
        _text("kind"),
        _time("at"),
        _time("received_at"),
        _text("stamp"),
        _text("job"),
        _text("run"),
        _text("dataset"),
        _text("name"),
        _text("word"),
        sa.Column("value", sa.Float(), nullable=True),
        _text("text"),
        _text("digest"),
        sa.PrimaryKeyConstraint("key", name="pk_outside_notes"),
    )
    op.create_index("ix_outside_notes_job_at", "outside_notes", ["job", "at"])
    op.create_index("ix_outside_notes_run", "outside_notes", ["run"])
    op.create_index("ix_outside_notes_dataset_at", "outside_notes", ["dataset", "at"])
    op.create_index("ix_outside_notes_received_at", "outside_notes", ["received_at"])
