"""Runs with their steps and logs, who carries them out, and who asked for them."""

from __future__ import annotations

import sqlalchemy
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    UniqueConstraint,
)

from meshwright.state.schema.base import Counter, Text, metadata

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
    Column("number", Counter, primary_key=True, autoincrement=True),
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

# Runs that are asked for by URL: the key is what makes a request happen once.
requested_runs = Table(
    "requested_runs",
    metadata,
    Column("number", Counter, primary_key=True, autoincrement=True),
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
