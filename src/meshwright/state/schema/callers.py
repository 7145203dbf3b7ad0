"""Who calls the server: tokens, requests under keys of idempotency, calls between domains."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table

from meshwright.state.schema.base import Counter, Text, metadata

# A digest of the secret, never the secret.
tokens = Table(
    "tokens",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("domain", Text),
    Column("purpose", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("ended_by", Text),
)

# Token and key are what makes a request one: status and answer are null while it is being answered.
keyed = Table(
    "keyed",
    metadata,
    Column("token", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("status", Integer),
    Column("answer", Text),
    Index(None, "at"),
)

# Written in batches and never changed; who writes on each request has three small indexes to keep, and no more.
calls = Table(
    "calls",
    metadata,
    Column("number", Counter, primary_key=True, autoincrement=True),
    Column("id", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("token", Text, nullable=False),
    Column("caller", Text, nullable=False),
    Column("domain", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("rows", BigInteger),
    Column("bytes", BigInteger),
    Column("micros", BigInteger, nullable=False),
    Index(None, "at"),
    Index(None, "caller", "number"),
    Index(None, "domain", "number"),
    sqlite_autoincrement=True,
)
