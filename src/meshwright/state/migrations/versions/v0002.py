"""Sandboxes, pins, what made a generation, versions for sandboxes alone, tombstones; what garbage collection goes by."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_Text = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_NEW_IN_ENVIRONMENTS: dict[str, sa.types.TypeEngine[Any]] = {
    "base": _Text,
    "base_generation": sa.BigInteger(),
    "created_at": sa.BigInteger(),
    "created_by": _Text,
    "touched_at": sa.BigInteger(),
    "expire_after_s": sa.BigInteger(),
    "options": _Text,
    "oldest_generation": sa.BigInteger(),
}
_NEW_IN_GENERATIONS: dict[str, sa.types.TypeEngine[Any]] = {"action": _Text, "base_generation": sa.BigInteger()}
#: Oldest first: a later one refers to an earlier one.
_REMADE = ("environments", "generations", "pointers")


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _remake()
    else:
        for name, kind in _NEW_IN_ENVIRONMENTS.items():
            op.add_column("environments", sa.Column(name, kind, nullable=True))
        for name, kind in _NEW_IN_GENERATIONS.items():
            op.add_column("generations", sa.Column(name, kind, nullable=True))
        op.alter_column("pointers", "revision", existing_type=_Text, nullable=True)
    op.add_column("versions", sa.Column("restricted", _Text, nullable=True))
    op.create_table(
        "pins",
        sa.Column("environment", _Text, nullable=False),
        sa.Column("object", _Text, nullable=False),
        sa.Column("revision", _Text, nullable=True),
        sa.Column("previous", _Text, nullable=True),
        sa.Column("is_lifted", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", _Text, nullable=False),
        sa.Column("reason", _Text, nullable=False),
        sa.PrimaryKeyConstraint("environment", "object", name="pk_pins"),
    )
    op.create_table(
        "condemned",
        sa.Column("version", _Text, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_condemned"),
    )
    op.create_table(
        "once_shown",
        sa.Column("version", _Text, nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_once_shown"),
    )
    op.create_table(
        "holds",
        sa.Column("run_id", _Text, nullable=False),
        sa.Column("version", _Text, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "version", name="pk_holds"),
    )
    op.create_index("ix_triggers_version", "triggers", ["version"])


def _remake() -> None:
    """Make the tables anew: SQLite cannot let a column hold nothing, and a table made whole reads like a new one."""
    for name in reversed(_REMADE):
        op.rename_table(name, f"{name}_before")
    op.create_table(
        "environments",
        sa.Column("name", _Text, nullable=False),
        sa.Column("generation", sa.BigInteger(), nullable=False),
        *(sa.Column(name, kind, nullable=True) for name, kind in _NEW_IN_ENVIRONMENTS.items()),
        sa.PrimaryKeyConstraint("name", name="pk_environments"),
    )
    op.create_table(
        "generations",
        sa.Column("environment", _Text, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("by", _Text, nullable=False),
        sa.Column("run_id", _Text, nullable=False),
        sa.Column("reason", _Text, nullable=False),
        *(sa.Column(name, kind, nullable=True) for name, kind in _NEW_IN_GENERATIONS.items()),
        sa.PrimaryKeyConstraint("environment", "number", name="pk_generations"),
    )
    op.create_table(
        "pointers",
        sa.Column("environment", _Text, nullable=False),
        sa.Column("to_generation", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("object", _Text, nullable=False),
        sa.Column("kind", _Text, nullable=False),
        sa.Column("revision", _Text, nullable=True),
        sa.Column("from_generation", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["environment", "from_generation"],
            ["generations.environment", "generations.number"],
            name="fk_pointers_opened",
        ),
        sa.PrimaryKeyConstraint("environment", "to_generation", "object", name="pk_pointers"),
        sqlite_with_rowid=False,
    )
    for name in _REMADE:
        columns = {
            "environments": "name, generation",
            "generations": 'environment, number, at, "by", run_id, reason',
            "pointers": "environment, to_generation, object, kind, revision, from_generation",
        }[name]
        op.execute(f"INSERT INTO {name} ({columns}) SELECT {columns} FROM {name}_before")
    for name in reversed(_REMADE):
        op.drop_table(f"{name}_before")
