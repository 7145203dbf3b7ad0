"""Events, and to whom they are passed on."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, UniqueConstraint

from meshwright.state.schema.base import Counter, Text, metadata

# Source and id are what makes an event one, as CloudEvents says.
events = Table(
    "events",
    metadata,
    Column("number", Counter, primary_key=True, autoincrement=True),
    Column("source", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("handled_at", BigInteger),
    UniqueConstraint("source", "id", name="uq_events_source"),
    Index(None, "handled_at"),
    sqlite_autoincrement=True,
)

# Wishes to be told of events. What a person decides stands in columns and `document`; `cursor` alone is the dispatcher's.
subscriptions = Table(
    "subscriptions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("revision", BigInteger, nullable=False),
    Column("cursor", BigInteger, nullable=False),
)

# The event's names stand here as well: it may be forgotten before its delivery. `next_at` is null where a delivery has
# ended, and where it waits for one before it in its lane.
deliveries = Table(
    "deliveries",
    metadata,
    Column("number", Counter, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False),
    Column("subscription", Text, nullable=False),
    Column("event", BigInteger, nullable=False),
    Column("source", Text, nullable=False),
    Column("event_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("lane", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("tries", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    UniqueConstraint("id", name="uq_deliveries_id"),
    Index(None, "subscription", "state", "next_at"),
    Index(None, "subscription", "lane", "state", "event"),
    Index(None, "state", "ended_at"),
    sqlite_autoincrement=True,
)
