"""Tokens of the server's callers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    op.create_table(
        "tokens",
        sa.Column("id", _Text, nullable=False),
        sa.Column("kind", _Text, nullable=False),
        sa.Column("digest", _Text, nullable=False),
        sa.Column("role", _Text, nullable=False),
        sa.Column("domain", _Text, nullable=True),
        sa.Column("purpose", _Text, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", _Text, nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", _Text, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_tokens"),
    )
