"""A shop whose datasets are made of parts: an appended source, days, a summary of days, merged tables, a full table below."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from meshwright.app.apply import RunOptions, apply
from meshwright.app.environments import open_state_alone
from meshwright.app.query import QueryOptions, query
from meshwright.app.workspace import Workspace
from meshwright.model import Part, Version
from meshwright.run.report import RunReport
from meshwright.state.manifests import parts_of
from meshwright.state.records import RunState

RAW, DAILY, PER_DAY, TOTAL = "sales.flow.raw", "sales.flow.daily", "sales.sums.per_day", "sales.sums.total"
LATEST, HISTORY = "sales.flow.latest", "sales.flow.history"
DAILY_SQL, PER_DAY_SQL = "domains/sales/flow/models/daily.sql", "domains/sales/sums/models/per_day.sql"
LATEST_SQL, TOTAL_SQL = "domains/sales/flow/models/latest.sql", "domains/sales/sums/models/total.sql"
FLOW, SUMS = "domains/sales/flow/pipeline.yaml", "domains/sales/sums/pipeline.yaml"
#: Another definition of the days.
DOUBLED = "select t, id, customer, amount * 2 as amount from raw"

PARTS_SHOP: Mapping[str, str] = {
    "mesh.yaml": """
        meshwright: 1
        name: shop
        domains: [domains/*]
        """,
    "domains/sales/domain.yaml": """
        name: sales
        purpose: Selling.
        owners: [team:sales]
        """,
    FLOW: """
        nodes:
          raw: {source: {path: "drop/*.csv", format: csv}, incremental: {append: true}}
          daily: {incremental: {by: t, grain: day}}
          latest: {incremental: {key: [customer], merge: upsert}}
          history: {incremental: {key: [customer], merge: scd2}}
        """,
    DAILY_SQL: "select t, id, customer, amount from raw",
    LATEST_SQL: "select customer, max(id) as id, arg_max(amount, id) as amount from daily group by customer",
    "domains/sales/flow/models/history.sql": "select customer, arg_max(amount, id) as amount from daily group by customer",
    SUMS: "nodes: {per_day: {incremental: {by: day, grain: day}}}\n",
    PER_DAY_SQL: """
        select date_trunc('day', t)::date as day, sum(amount) as amount, count(*) as n
        from sales.flow.daily
        group by all
        """,
    TOTAL_SQL: "select sum(amount) as amount, sum(n) as n from per_day",
    "drop/01.csv": """
        t,id,customer,amount
        2026-01-01 08:00:00,1,ana,10
        2026-01-01 09:00:00,2,ben,20
        2026-01-02 08:00:00,3,ana,30
        """,
    "drop/02.csv": """
        t,id,customer,amount
        2026-01-03 08:00:00,4,cem,40
        2026-01-04 08:00:00,5,ana,50
        """,
}


def add_day(workspace: Workspace, name: str, *rows: str) -> None:
    """Drop one more file."""
    (workspace.root / "drop" / name).write_text("\n".join(("t,id,customer,amount", *rows)) + "\n")


def run(workspace: Workspace, environment: str = "prod", **options: object) -> RunReport:
    """Run, and see it succeed."""
    report = attempt(workspace, environment, **options)
    assert report.state is RunState.SUCCEEDED, [step.error for step in report.steps if step.error]
    return report


def attempt(workspace: Workspace, environment: str = "prod", **options: object) -> RunReport:
    """Run, whatever comes of it."""
    return apply(workspace, RunOptions(environment=environment, is_environment_explicit=True, **options))  # type: ignore[arg-type]


def rows(workspace: Workspace, dataset: str, environment: str = "prod", **options: object) -> list[dict[str, object]]:
    """Return what an environment shows of a dataset."""
    text = f"select * from {dataset} order by all"
    answer = query(workspace, QueryOptions(text=text, environment=environment, **options))  # type: ignore[arg-type]
    try:
        return [row for batch in answer.batches() for row in batch.to_pylist()]
    finally:
        answer.close()


def versions(workspace: Workspace, environment: str = "prod", generation: int | None = None) -> dict[str, Version]:
    """Return the versions that an environment points to."""
    with open_state_alone(workspace) as opened:
        shown = opened.state.reader.pointers(environment, generation)
        found = opened.state.reader.versions({pointer.revision for pointer in shown.values()})
        return {name: found[each.revision] for name, each in shown.items() if each.revision in found}


def days(workspace: Workspace, dataset: str, environment: str = "prod") -> dict[str, Part]:
    """Return the parts of a dataset by the day that they begin; of an appended one by their number."""
    version = versions(workspace, environment)[dataset]
    with open_state_alone(workspace) as opened:
        parts = parts_of(opened.state.reader, (version,))[version.id]
    return {f"{part.start:%d}" if part.start is not None else str(place): part for place, part in enumerate(parts)}


def all_parts(workspace: Workspace) -> dict[str, Part]:
    """Return every part that is recorded, by id."""
    with open_state_alone(workspace) as opened:
        return {part.id: part for part in opened.state.reader.all_parts()}


def digests(workspace: Workspace, environment: str = "prod") -> dict[str, str]:
    """Return the content digest of every dataset that an environment shows."""
    return {name: version.content_digest for name, version in versions(workspace, environment).items()}


def files_of(root: Path) -> set[Path]:
    """Return the data files of a mesh's store."""
    return set((root / ".meshwright/store").rglob("*.parquet"))
