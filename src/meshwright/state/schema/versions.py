"""Versions, the parts that they are made of, what led to them, and what keeps them."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Float, ForeignKey, Index, Table

from meshwright.state.schema.base import Counter, Text, metadata

versions = Table(
    "versions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("dataset", Text, nullable=False),
    Column("columns", Text, nullable=False),
    Column("files", Text, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("content_digest", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("node_kind", Text, nullable=False),
    Column("is_opaque", Boolean, nullable=False),
    Column("inputs", Text, nullable=False),
    Column("params", Text, nullable=False),
    Column("engine", Text, nullable=False),
    Column("definition", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("created_at", BigInteger),
    Column("seconds", Float, nullable=False),
    Column("restricted", Text),  # why only sandboxes may point to it, and what its build saw of its inputs
    Column("manifest", Text),  # of what it is made, where that is parts, which list the files; else null
    Column(
        "before_id", Text
    ),  # the version that it came of, where new rows meet those of one; it need not be there any more
    Column("outcome", Text),  # what came of the job that made it, as JSON; null where no job did
    Index(None, "dataset", "created_at"),
)

#: What runs outside of meshwright, by an id that follows from the trigger: whoever needs the same finds it.
jobs = Table(
    "jobs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("node", Text, nullable=False),
    Column("trigger", Text, nullable=False),
    Column("run_id", Text, nullable=False),  # the run that started it; others may have taken it over
    Column("tool", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("handle", Text),  # null until it is known to have been started
    Column("started_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("error", Text),
    Index(None, "trigger"),
    Index(None, "run_id"),
)

#: Pieces of versions. `size_bytes` is that of all files, so that counting bytes decodes none.
parts = Table(
    "parts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("dataset", Text, nullable=False),
    Column("start_at", BigInteger),
    Column("end_at", BigInteger),
    Column("columns", Text, nullable=False),
    Column("files", Text, nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("rows", BigInteger, nullable=False),
    # Unsigned numbers of 64 bits, as the signed ones of the same bits.
    Column("sum_a", BigInteger, nullable=False),
    Column("sum_b", BigInteger, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("inputs", Text, nullable=False),
    Column("params", Text, nullable=False),
    Column("engine", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("created_at", BigInteger),
    Column("seconds", Float, nullable=False),
    Column("restricted", Text),
)

#: Stretches of manifests, named by what they list: versions share those in which they do not differ.
pages = Table(
    "pages",
    metadata,
    Column("id", Text, primary_key=True),
    Column("dataset", Text, nullable=False),
    Column("entries", Text, nullable=False),
    Index(None, "dataset"),  # a collection forgets them a dataset at a time
)

#: In which intervals versions and parts have rows, by one of their columns: a memory, which anybody can make anew.
footprints = Table(
    "footprints",
    metadata,
    Column("of", Text, primary_key=True),
    Column("column", Text, primary_key=True),
    Column("calendar", Text, primary_key=True),
    Column("ranges", Text, nullable=False),
    Column("outside", BigInteger, nullable=False),
)

#: Versions and parts that a garbage collection found needless, and when first. Whatever reaches one takes its row away.
condemned = Table(
    "condemned",
    metadata,
    Column("version", Text, primary_key=True),
    Column("since", BigInteger, nullable=False),
)

#: Versions that a pointer named which is forgotten: they are no candidates.
once_shown = Table("once_shown", metadata, Column("version", Text, primary_key=True))

#: Versions and parts that a run reads or takes up beside what its steps name; void when its lease is.
holds = Table(
    "holds",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("version", Text, primary_key=True),
)

triggers = Table(
    "triggers",
    metadata,
    Column("number", Counter, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),
    Column("dataset", Text, nullable=False),
    Column("version", Text, ForeignKey("versions.id"), nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("observation", Text, nullable=False),
    Column("observed", Text, nullable=False),
    Index(None, "dataset", "number"),
    Index(None, "version"),  # a version goes with its triggers, and its reference to them is enforced
    sqlite_autoincrement=True,
)
