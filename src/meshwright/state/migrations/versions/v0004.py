"""Verdicts: the history of each rule, and what rules demanded."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_Counter = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "verdicts",
        sa.Column("number", _Counter, autoincrement=True, nullable=False),
        sa.Column("dataset", _Text, nullable=False),
        sa.Column("rule", _Text, nullable=False),
        sa.Column("action", _Text, nullable=False),
        sa.Column("version", _Text, nullable=False),
        sa.Column("check_id", _Text, nullable=False),
        sa.Column("others", _Text, nullable=False),
        sa.Column("environment", _Text, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("outcome", _Text, nullable=False),
        sa.Column("value", _Text, nullable=False),
        sa.Column("failing_rows", sa.BigInteger(), nullable=True),
        sa.Column("error", _Text, nullable=True),
        sa.Column("run_id", _Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_verdicts"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_verdicts_dataset_rule_number", "verdicts", ["dataset", "rule", "number"])
    op.create_table(
        "rules",
        sa.Column("check_id", _Text, nullable=False),
        sa.Column("definition", _Text, nullable=False),
        sa.PrimaryKeyConstraint("check_id", name="pk_rules"),
    )
