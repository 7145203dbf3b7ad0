"""Subscriptions to events, and deliveries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_Counter = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("id", _Text, nullable=False),
        sa.Column("owner", _Text, nullable=False),
        sa.Column("state", _Text, nullable=False),
        sa.Column("reason", _Text, nullable=False),
        sa.Column("document", _Text, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("by", _Text, nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_subscriptions"),
    )
    op.create_table(
        "deliveries",
        sa.Column("number", _Counter, primary_key=True, autoincrement=True),
        sa.Column("id", _Text, nullable=False),
        sa.Column("subscription", _Text, nullable=False),
        sa.Column("event", sa.BigInteger(), nullable=False),
        sa.Column("source", _Text, nullable=False),
        sa.Column("event_id", _Text, nullable=False),
        sa.Column("type", _Text, nullable=False),
        sa.Column("lane", _Text, nullable=False),
        sa.Column("state", _Text, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", sa.BigInteger(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("tries", _Text, nullable=False),
        sa.Column("answer", _Text, nullable=False),
        sa.Column("run_id", _Text, nullable=False),
        sa.UniqueConstraint("id", name="uq_deliveries_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_deliveries_subscription_state_next_at", "deliveries", ["subscription", "state", "next_at"])
    op.create_index(
        "ix_deliveries_subscription_lane_state_event", "deliveries", ["subscription", "lane", "state", "event"]
    )
    op.create_index("ix_deliveries_state_ended_at", "deliveries", ["state", "ended_at"])
