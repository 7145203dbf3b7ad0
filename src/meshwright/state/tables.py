"""The schema, as SQLAlchemy Core tables. A change here needs a migration in `migrations/versions`; a test compares.

Imported where tables are made on a server, migrated or copied. Those of a new SQLite file stand in `tables.sql`; what reads
and writes them is plain SQL, and knows `layout` alone.

Few, wide rows: one row is one version, with columns, files, inputs and parameters as JSON in it. A commit is
then one row, which is whole or absent by nature, and five thousand versions are read with one decode each.
Those who need every file (`verify`, garbage collection) walk all versions anyway.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy
from sqlalchemy import (
    URL,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    UniqueConstraint,
)
from sqlalchemy.schema import CreateIndex, CreateTable

from meshwright.state.layout import VERSION_TABLE

#: Constraints have names, so that a migration can drop them.
metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)

#: Ids and names compare byte by byte in every database: beginnings are found by ranges, and lists are ordered alike.
Text = sqlalchemy.Text().with_variant(sqlalchemy.Text(collation="C"), "postgresql")

#: SQLite counts by itself only in a column of exactly INTEGER.
_Counter = BigInteger().with_variant(Integer(), "sqlite")

schema_version = Table(
    VERSION_TABLE,
    MetaData(),  # Alembic owns it
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name=f"{VERSION_TABLE}_pkc"),
)

meta = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

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
    Column("number", _Counter, primary_key=True, autoincrement=True),
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
    Column("number", _Counter, primary_key=True, autoincrement=True),
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

runs = Table(
    "runs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("environment", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("options", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Column("base_generation", BigInteger, nullable=False),
    Column("generation", BigInteger, nullable=False),
    Column("meshwright", Text, nullable=False),
    Column("parent", Text),
    Column("planned", LargeBinary, nullable=False),
    Column("bound", LargeBinary, nullable=False),
    Column("report", LargeBinary, nullable=False),
    Column("files", LargeBinary, nullable=False),
    Column("parent_step", Text),  # the step of the parent that started it
    Column("infrastructure", Text),  # of each process that carried it out, in order
    Column("costs", Text),  # of its products, with the prices that held then
    Index(None, "started_at"),
    Index(None, "parent"),
)

steps = Table(
    "steps",
    metadata,
    Column("run_id", Text, ForeignKey("runs.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("dataset", Text),
    Column("action", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("version", Text),
    Column("rows", BigInteger),
    Column("seconds", Float, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("error", Text),
    Column("started_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("inputs", Text),  # dataset -> version; like costs null where there are none
    Column("costs", Text),  # unit -> amount
    # Grows with each batch of changes of the run: who follows it asks for what came after.
    Column("revision", BigInteger, nullable=False, server_default=sqlalchemy.text("0")),
    Index(None, "run_id", "position"),
    Index(None, "run_id", "revision"),
)

#: Steps of the graph of a tool, or of a nested pipeline, inside a step of ours.
inner_steps = Table(
    "inner_steps",
    metadata,
    Column("run_id", Text, ForeignKey("runs.id"), primary_key=True),
    Column("step", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("position", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("after", Text, nullable=False),
    Column("started_at", BigInteger),
    Column("ended_at", BigInteger),
    Column("error", Text),
    Column("dataset", Text),
)

#: That a run is to stop: asked of the coordinator whose lease has the token, and of none that comes after it.
stops = Table(
    "stops",
    metadata,
    Column("run_id", Text, ForeignKey("runs.id"), primary_key=True),
    Column("token", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
)

logs = Table(
    "logs",
    metadata,
    Column("number", _Counter, primary_key=True, autoincrement=True),
    Column("run_id", Text, ForeignKey("runs.id"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("level", Text, nullable=False),
    Column("step", Text),
    Column("text", Text, nullable=False),
    Index(None, "run_id", "number"),
    sqlite_autoincrement=True,
)

blobs = Table(
    "blobs",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("data", LargeBinary, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("token", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)

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
    Column("number", _Counter, primary_key=True, autoincrement=True),
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

# Source and id are what makes an event one, as CloudEvents says.
events = Table(
    "events",
    metadata,
    Column("number", _Counter, primary_key=True, autoincrement=True),
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

pauses = Table(
    "pauses",
    metadata,
    Column("environment", Text, primary_key=True),
    Column("object", Text, primary_key=True),
    Column("since", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
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
    Column("number", _Counter, primary_key=True, autoincrement=True),
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

# Written in batches and never changed; who writes on each request has three small indexes to keep, and no more.
calls = Table(
    "calls",
    metadata,
    Column("number", _Counter, primary_key=True, autoincrement=True),
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


# Runs that are asked for by URL: the key is what makes a request happen once.
requested_runs = Table(
    "requested_runs",
    metadata,
    Column("number", _Counter, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("asked", Text, nullable=False),
    Column("caller", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("requested_at", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("process", Text, nullable=False),
    Column("changed_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger),
    Column("is_to_stop", Boolean, nullable=False),
    Column("traceparent", Text, nullable=False),
    UniqueConstraint("key", name="uq_requested_runs_key"),
    Index(None, "run_id"),
    Index(None, "state", "caller", "number"),
    sqlite_autoincrement=True,
)

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

#: How often it changed: `all` of it, and the `map`, which is jobs, datasets and what is between them, without their moments.
outside_changes = Table(
    "outside_changes",
    metadata,
    Column("of", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
)


def creation(kind: str) -> Iterator[str]:
    """Yield the statements that make every table in an empty database (``sqlite``, ``postgresql``), in order."""
    dialect = URL.create(kind).get_dialect()()
    for table in (schema_version, *metadata.sorted_tables):
        yield str(CreateTable(table).compile(dialect=dialect))
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            yield str(CreateIndex(index).compile(dialect=dialect))
