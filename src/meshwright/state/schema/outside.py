"""What outside tools tell."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, Table

from meshwright.state.schema.base import Text, metadata

# What outside tools tell. Rows are put together by `state.merging`: no order of arrival shows in them. No row refers to another by
# a key that is enforced: facts arrive in any order, and each stands by itself.
outside_jobs = Table(
    "outside_jobs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("namespace", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("producer", Text, nullable=False),
    Column("producer_stamp", Text, nullable=False),
    Column("parent_namespace", Text, nullable=False),
    Column("parent_name", Text, nullable=False),
    Column("parent_stamp", Text, nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Index(None, "namespace", "name"),
)

outside_datasets = Table(
    "outside_datasets",
    metadata,
    Column("id", Text, primary_key=True),
    Column("namespace", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Index(None, "namespace", "name"),
)

outside_facets = Table(
    "outside_facets",
    metadata,
    Column("of", Text, primary_key=True),
    Column("object", Text, primary_key=True),
    Column("beside", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("stamp", Text, nullable=False),
    Column("document", Text),
)

outside_edges = Table(
    "outside_edges",
    metadata,
    Column("job", Text, primary_key=True),
    Column("dataset", Text, primary_key=True),
    Column("direction", Text, primary_key=True),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Index(None, "dataset"),
)

outside_links = Table(
    "outside_links",
    metadata,
    Column("dataset", Text, primary_key=True),
    Column("other", Text, primary_key=True),
)

outside_runs = Table(
    "outside_runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("job", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("state_at", BigInteger, nullable=False),
    Column("state_stamp", Text, nullable=False),
    Column("parent", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("first_at", BigInteger, nullable=False),
    Column("last_at", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Index(None, "job", "first_at"),
    Index(None, "received_at"),
    Index(None, "key"),
)

outside_uses = Table(
    "outside_uses",
    metadata,
    Column("run", Text, primary_key=True),
    Column("dataset", Text, primary_key=True),
    Column("direction", Text, primary_key=True),
)

outside_notes = Table(
    "outside_notes",
    metadata,
    Column("key", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("stamp", Text, nullable=False),
    Column("job", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("dataset", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("word", Text, nullable=False),
    Column("value", Float),
    Column("text", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Index(None, "job", "at"),
    Index(None, "run"),
    Index(None, "dataset", "at"),
    Index(None, "received_at"),
)

#: How often it changed: `all` of it; the `map`, which is jobs, datasets and what is between them, without their moments; and how
#: jobs and datasets are `described`.
outside_changes = Table(
    "outside_changes",
    metadata,
    Column("of", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
)
