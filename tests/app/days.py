"""A mesh that grows by the day: files dropped into a folder, departures by day, and what is made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from meshwright.app.apply import RunOptions, apply
from meshwright.app.opened import open_mesh
from meshwright.app.planning import PlanOptions, plan
from meshwright.app.query import QueryOptions, query
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.model import Part, Version
from meshwright.plan.values import Plan
from meshwright.run.report import RunReport
from meshwright.state.manifests import entries_of, parts_of
from tests.meshes import write_file

RAW, DAILY, SUMS, TOTAL = (f"sales.days.{name}" for name in ("raw", "daily", "sums", "total"))
_SOURCE = "raw: {source: {path: 'drop/*.csv', format: csv}, incremental: {append: true}}"
_DAILY = "select t, id, x, x * 2 as y from raw"
_SUMS = "select t::date as day, sum(x) as x, count(*) as n from daily group by all"
_TOTAL = "select sum(x) as x, sum(n) as n from sums"


@dataclass(kw_only=True)
class Days:
    """The mesh, and short words for what is done with it."""

    root: Path
    source: str = _SOURCE
    daily: str = "{by: t, grain: day}"
    sums: str = "{by: day, grain: day}"
    more: Sequence[str] = ()
    models: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        write_file(self.root, "mesh.yaml", "meshwright: 1\nname: days\ndomains: [domains/*]\n")
        write_file(self.root, "domains/sales/domain.yaml", "name: sales\npurpose: p\nowners: [team:a]\n")
        self.write()

    def write(self) -> None:
        """Write the pipeline and the models as they are said now."""
        lines = (
            self.source,
            f"daily: {{incremental: {self.daily}}}",
            f"sums: {{incremental: {self.sums}}}",
            *self.more,
        )
        text = "nodes:\n" + "".join(f"  {line}\n" for line in lines)
        write_file(self.root, "domains/sales/days/pipeline.yaml", text)
        models = {"daily": _DAILY, "sums": _SUMS, "total": _TOTAL, **self.models}
        for name, model in models.items():
            write_file(self.root, f"domains/sales/days/models/{name}.sql", f"{model}\n")

    def drop(self, name: str, *rows: str, header: str = "t,id,x") -> None:
        """Drop a file of rows such as ``2020-01-01 05:00:00,1,10``."""
        write_file(self.root, f"drop/{name}.csv", "\n".join([header, *rows]) + "\n")

    @property
    def workspace(self) -> Workspace:
        """The mesh as a workspace."""
        return open_workspace(self.root)

    def run(self, *select: str, env: str = "prod", interval: str | None = None, refresh: bool = False) -> RunReport:
        """Run, and expect nothing of how it ends."""
        options = RunOptions(
            select=select, environment=env, interval=interval, refresh=refresh, is_environment_explicit=True
        )
        return apply(self.workspace, options)

    def plan(self, *select: str, env: str = "prod", interval: str | None = None) -> Plan:
        """Plan."""
        return plan(self.workspace, PlanOptions(select=select, environment=env, interval=interval))

    def rows(self, text: str, env: str = "prod") -> list[tuple[object, ...]]:
        """Return what a query gives, as plain tuples."""
        answer = query(self.workspace, QueryOptions(text=text, environment=env))
        try:
            return [tuple(row.values()) for batch in answer.batches() for row in batch.to_pylist()]
        finally:
            answer.close()

    def version(self, dataset: str, env: str = "prod") -> Version:
        """Return the version that an environment points to."""
        with open_mesh(self.workspace, env) as opened:
            pointer = opened.state.reader.pointers(env)[dataset]
            return opened.state.reader.versions((pointer.revision,))[pointer.revision]

    def parts(self, dataset: str, env: str = "prod") -> dict[str, Part]:
        """Return the parts of what stands, by the day (or number) that they are of."""
        version = self.version(dataset, env)
        assert version.manifest is not None
        calendar = version.manifest.calendar
        with open_mesh(self.workspace, env) as opened:
            entries = entries_of(opened.state.reader, (version,))[version.id]
            parts = parts_of(opened.state.reader, (version,))[version.id]
        names = [calendar.words(number) if calendar else str(number) for number, _ in entries]
        return dict(zip(names, parts, strict=True))

    def built(self, dataset: str, run: RunReport, env: str = "prod") -> list[str]:
        """Return the intervals whose standing parts a run built."""
        return [name for name, part in self.parts(dataset, env).items() if part.run_id == run.run_id]


def day_rows(day: int, ids: Iterable[int], x: int = 1) -> list[str]:
    """Return rows of a day of January 2020."""
    return [f"2020-01-{day:02d} {id_ % 24:02d}:00:00,{id_},{x}" for id_ in ids]
