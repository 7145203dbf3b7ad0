"""What was measured of versions, and what is remembered so that it is not measured or parsed again."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, Table

from meshwright.state.schema.base import Counter, Text, metadata

evidence = Table(
    "evidence",
    metadata,
    Column("version", Text, primary_key=True),
    Column("check_id", Text, primary_key=True),
    Column("others", Text, primary_key=True),
    Column("outcome", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("failing_rows", BigInteger),
    Column("sample", Text, nullable=False),
    Column("error", Text),
    Column("run_id", Text, nullable=False),
    Column("seconds", Float, nullable=False),
)

#: What was said of a rule, each time that it was measured: its history, which outlives the rows that failed.
verdicts = Table(
    "verdicts",
    metadata,
    Column("number", Counter, primary_key=True, autoincrement=True),
    Column("dataset", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("version", Text, nullable=False),  # it need not be there any more
    Column("check_id", Text, nullable=False),
    Column("others", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("failing_rows", BigInteger),
    Column("error", Text),
    Column("run_id", Text, nullable=False),
    Index(None, "dataset", "rule", "number"),
    sqlite_autoincrement=True,
)

#: What rules demanded, by the fingerprint that verdicts name: once for all verdicts of a rule that was not edited.
rules = Table(
    "rules",
    metadata,
    Column("check_id", Text, primary_key=True),
    Column("definition", Text, nullable=False),
)

definitions = Table(
    "definitions",
    metadata,
    Column("fingerprint", Text, primary_key=True),
    Column("text", Text, nullable=False),
    Column("dialect", Text, nullable=False),
    Column("parser", Text, nullable=False),
)

observations = Table(
    "observations",
    metadata,
    Column("path", Text, primary_key=True),
    Column("size_bytes", BigInteger, nullable=False),
    Column("mtime_ns", BigInteger, nullable=False),
    Column("inode", BigInteger, nullable=False),
    Column("hash", Text, nullable=False),
    Column("hashed_at_ns", BigInteger, nullable=False),
)
