"""Small valid records for tests of the state."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from meshwright.checks.spec import Evidence, Outcome
from meshwright.model import Column, StoredFile, Version, identity
from meshwright.state.protocol import State
from meshwright.state.records import Lease, ObjectKind, Publication, Revision, RunRecord, RunState, StepRecord, Trigger

NOW = dt.datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=dt.UTC)
SECOND = dt.timedelta(seconds=1)


def make_version(name: str, dataset: str = "sales.orders.orders", **changes: object) -> Version:
    """A version whose id comes from `name`, with something in every field."""
    id_ = identity("test", dataset, name)
    values: dict[str, object] = {
        "id": id_,
        "dataset": dataset,
        "columns": (Column(name="id", type="BIGINT"), Column(name="Größe", type="STRUCT(a INTEGER, b VARCHAR[])")),
        "files": (
            StoredFile(path=f"sales/orders/orders/{id_}/a-0.parquet", size_bytes=10, checksum="ab" * 16, rows=2),
            StoredFile(path=f"sales/orders/orders/{id_}/a-1.parquet", size_bytes=2**40, checksum="cd" * 16, rows=1),
        ),
        "rows": 3,
        "content_digest": "d" * 32,
        "fingerprint": "f" * 32,
        "node_kind": "sql",
        "is_opaque": False,
        "inputs": {"sales.orders.raw": "1" * 32},
        "params": {"n": 2**70, "x": 0.1, "s": "ü'\"", "t": True, "none": None},
        "engine": "duckdb:1",
        "definition": "select 1",
        "run_id": "run-1",
        "created_at": NOW,
        "seconds": 1.25,
    }
    return Version(**(values | changes))  # type: ignore[arg-type]


def make_trigger(key: str, version: Version, **changes: str) -> Trigger:
    values = {"fingerprint": "f", "observation": "o", "observed": "3 files"} | changes
    return Trigger(key=key, dataset=version.dataset, version=version.id, **values)


def make_evidence(version: str = "v", check: str = "c", others: str = "", **changes: object) -> Evidence:
    values: dict[str, object] = {"outcome": Outcome.PASS, "value": 0, "run_id": "run-1"} | changes
    return Evidence(version=version, check=check, others=others, **values)  # type: ignore[arg-type]


def make_run(id_: str = "run-000001", **changes: object) -> RunRecord:
    values: dict[str, object] = {
        "environment": "prod",
        "state": RunState.RUNNING,
        "options": "{}",
        "by": "ana@alpha",
        "started_at": NOW,
    } | changes
    return RunRecord(id=id_, **values)  # type: ignore[arg-type]


def make_step(key: str, **changes: object) -> StepRecord:
    values: dict[str, object] = {"dataset": key.partition(":")[2], "action": "build", "state": "waiting"} | changes
    return StepRecord(key=key, **values)  # type: ignore[arg-type]


def take(state: State, name: str = "run", holder: str = "alpha:1", now: dt.datetime = NOW) -> Lease:
    lease = state.writer.take_lease(name, holder, now, 60)
    assert lease is not None
    return lease


def make_publication(
    lease: Lease,
    moves: Mapping[str, str | None],
    expected: Mapping[str, str | None],
    *,
    revisions: tuple[Revision, ...] = (),
    environment: str = "prod",
    kind: ObjectKind = ObjectKind.PORT,
) -> Publication:
    """Of ports by default, whose revisions come along: what a dataset's pointer names must be there before."""
    if kind is not ObjectKind.DATASET:
        named = {revision for revision in moves.values() if revision is not None} - {each.id for each in revisions}
        plain = (Revision(id=each, kind=kind, object="d.p/port", document="{}") for each in sorted(named))
        revisions = (*revisions, *plain)
    return Publication(
        environment=environment,
        run_id="run-1",
        lease=lease,
        by="ana@alpha",
        reason="sales.orders",
        expected=expected,
        moves={object_: (kind, revision) for object_, revision in moves.items()},
        revisions=revisions,
    )


def standing(state: State, environment: str = "prod", generation: int | None = None) -> dict[str, str]:
    """Object -> revision, as it stands or stood."""
    return {name: pointer.revision for name, pointer in state.reader.pointers(environment, generation).items()}
