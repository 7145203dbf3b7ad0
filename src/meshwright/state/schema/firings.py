"""Triggers as they were seen, what they ordered, and what is paused."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Table, UniqueConstraint

from meshwright.state.schema.base import Counter, Text, metadata

watched = Table(
    "watched",
    metadata,
    Column("environment", Text, primary_key=True),
    Column("trigger", Text, primary_key=True),
    Column("definition", Text, nullable=False),
    Column("since", BigInteger, nullable=False),
    Column("cursor", BigInteger, nullable=False),
    Column("mark", Text, nullable=False),
)

# One row is one run, or the reason why there is none: the key is what makes a firing happen once.
firings = Table(
    "firings",
    metadata,
    Column("number", Counter, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("trigger", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("events", Text, nullable=False),
    Column("params", Text, nullable=False),
    Column("missed", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("process", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("ended_at", BigInteger),
    Column("late_at", BigInteger),
    Column("is_told_late", Boolean, nullable=False),
    UniqueConstraint("key", name="uq_firings_key"),
    Index(None, "environment", "state"),
    Index(None, "environment", "trigger", "number"),
    sqlite_autoincrement=True,
)

pauses = Table(
    "pauses",
    metadata,
    Column("environment", Text, primary_key=True),
    Column("object", Text, primary_key=True),
    Column("since", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
)
