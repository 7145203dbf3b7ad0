"""Parts, the pages that list them, the manifests of versions that are made of them, and footprints."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.add_column("versions", sa.Column("manifest", _Text, nullable=True))
    op.add_column("versions", sa.Column("before_id", _Text, nullable=True))
    op.create_table(
        "parts",
        sa.Column("id", _Text, nullable=False),
        sa.Column("dataset", _Text, nullable=False),
        sa.Column("start_at", sa.BigInteger(), nullable=True),
        sa.Column("end_at", sa.BigInteger(), nullable=True),
        sa.Column("columns", _Text, nullable=False),
        sa.Column("files", _Text, nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("sum_a", sa.BigInteger(), nullable=False),
        sa.Column("sum_b", sa.BigInteger(), nullable=False),
        sa.Column("fingerprint", _Text, nullable=False),
        sa.Column("inputs", _Text, nullable=False),
        sa.Column("params", _Text, nullable=False),
        sa.Column("engine", _Text, nullable=False),
        sa.Column("run_id", _Text, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=True),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("restricted", _Text, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_parts"),
    )
    op.create_table(
        "pages",
        sa.Column("id", _Text, nullable=False),
        sa.Column("dataset", _Text, nullable=False),
        sa.Column("entries", _Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_pages"),
    )
    op.create_index("ix_pages_dataset", "pages", ["dataset"])
    op.create_table(
        "footprints",
        sa.Column("of", _Text, nullable=False),
        sa.Column("column", _Text, nullable=False),
        sa.Column("calendar", _Text, nullable=False),
        sa.Column("ranges", _Text, nullable=False),
        sa.Column("outside", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("of", "column", "calendar", name="pk_footprints"),
    )
