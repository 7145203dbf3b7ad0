"""What sandboxes are provisioned with, and how far that is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "provisionings",
        sa.Column("sandbox", _Text, nullable=False),
        sa.Column("id", _Text, nullable=False),
        sa.Column("state", _Text, nullable=False),
        sa.Column("base", _Text, nullable=False),
        sa.Column("expire_after_s", sa.BigInteger(), nullable=True),
        sa.Column("options", _Text, nullable=False),
        sa.Column("document", _Text, nullable=False),
        sa.Column("progress", _Text, nullable=False),
        sa.Column("begun_at", sa.BigInteger(), nullable=False),
        sa.Column("begun_by", _Text, nullable=False),
        sa.Column("run_id", _Text, nullable=False),
        sa.PrimaryKeyConstraint("sandbox", name="pk_provisionings"),
    )
