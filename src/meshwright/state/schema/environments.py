"""What each environment shows: generations, pointers, pins, revisions; and what sandboxes are provisioned with."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKeyConstraint, LargeBinary, Table

from meshwright.state.schema.base import Text, metadata

environments = Table(
    "environments",
    metadata,
    Column("name", Text, primary_key=True),
    Column("generation", BigInteger, nullable=False),
    # A sandbox is this row: what it lies over, and since when. Of other environments only name and generation are known.
    Column("base", Text),
    Column("base_generation", BigInteger),
    Column("created_at", BigInteger),
    Column("created_by", Text),
    Column("touched_at", BigInteger),
    Column("expire_after_s", BigInteger),
    Column("options", Text),
    # The oldest generation that can be read; null: the first.
    Column("oldest_generation", BigInteger),
)

generations = Table(
    "generations",
    metadata,
    Column("environment", Text, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("action", Text),
    # Of a sandbox: the generation of the base that shone through then.
    Column("base_generation", BigInteger),
)

#: What changed in generation n is not written twice: it is the rows that n opened and the rows that it closed.
pointers = Table(
    "pointers",
    metadata,
    Column("environment", Text, primary_key=True),
    Column("to_generation", BigInteger, primary_key=True, autoincrement=False),
    Column("object", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("revision", Text),  # null: a tombstone, which hides what the base of a sandbox points to
    Column("from_generation", BigInteger, nullable=False),
    ForeignKeyConstraint(
        ["environment", "from_generation"], ["generations.environment", "generations.number"], name="fk_pointers_opened"
    ),
    sqlite_with_rowid=False,  # the primary key is the table: reading an environment is one range scan
)

#: Held pointers. A sandbox's row may lift a pin of its base.
pins = Table(
    "pins",
    metadata,
    Column("environment", Text, primary_key=True),
    Column("object", Text, primary_key=True),
    Column("revision", Text),
    Column("previous", Text),
    Column("is_lifted", Boolean, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
)

revisions = Table(
    "revisions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("document", LargeBinary, nullable=False),
)

# Whole, and not a row for each node: one coordinator at a time writes it, and it is read whole.
provisionings = Table(
    "provisionings",
    metadata,
    Column("sandbox", Text, primary_key=True),
    Column("id", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("base", Text, nullable=False),
    Column("expire_after_s", BigInteger),
    Column("options", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("progress", Text, nullable=False),
    Column("begun_at", BigInteger, nullable=False),
    Column("begun_by", Text, nullable=False),
    Column("run_id", Text, nullable=False),
)
