"""Calls between domains, and the answers to requests that carry a key of idempotency."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_Counter = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "calls",
        sa.Column("number", _Counter, autoincrement=True, nullable=False),
        sa.Column("id", _Text, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("token", _Text, nullable=False),
        sa.Column("caller", _Text, nullable=False),
        sa.Column("domain", _Text, nullable=False),
        sa.Column("kind", _Text, nullable=False),
        sa.Column("action", _Text, nullable=False),
        sa.Column("object", _Text, nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=True),
        sa.Column("bytes", sa.BigInteger(), nullable=True),
        sa.Column("micros", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_calls"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_calls_at", "calls", ["at"])
    op.create_index("ix_calls_caller_number", "calls", ["caller", "number"])
    op.create_index("ix_calls_domain_number", "calls", ["domain", "number"])
    op.create_table(
        "keyed",
        sa.Column("token", _Text, nullable=False),
        sa.Column("key", _Text, nullable=False),
        sa.Column("digest", _Text, nullable=False),
        sa.Column("holder", _Text, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", _Text, nullable=True),
        sa.PrimaryKeyConstraint("token", "key", name="pk_keyed"),
    )
    op.create_index("ix_keyed_at", "keyed", ["at"])
