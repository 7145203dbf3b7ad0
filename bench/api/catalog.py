"""Writes a mesh with a large catalog and publishes it: by default 50 domains, 1,000 products, 10,000 datasets.

    python -m bench.api.catalog FOLDER [--domains 50] [--products 20] [--datasets 10]

The run that publishes it is a real one, with every record that runs leave: versions, evidence, verdicts, manifests, contract
revisions, pointers. Only its engine is the one of `bench.coordinator`, which answers at once: each dataset's file is the same
small one, and its columns are those that its SQL gives.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import shutil
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bench.coordinator import InstantEngine, InstantSession
from meshwright.app import opened
from meshwright.app.apply import RunOptions, apply
from meshwright.app.workspace import open_engine, open_workspace
from meshwright.engines.protocol import BuiltTable, Engine, Limits, ModelBuild, SourceRead
from meshwright.model import Column, Columns, Mesh, identity

SEED = 2013
_SUBJECTS = (
    "customer", "order", "invoice", "payment", "shipment", "return", "supplier", "contract", "product", "price",
    "stock", "warehouse", "employee", "shift", "campaign", "visit", "session", "device", "sensor", "meter",
    "flight", "booking", "passenger", "aircraft", "airport", "claim", "policy", "premium", "loan", "account",
    "card", "merchant", "store", "basket", "review", "ticket", "incident", "asset", "project", "budget",
)  # fmt: skip
_KINDS = ("facts", "events", "summary", "history", "scores", "forecast", "quality", "mart", "features", "registry")
_MEASURES = ("amount", "quantity", "duration", "distance", "score", "balance", "delay", "weight", "discount", "margin")
_ABOUT = (
    "per day",
    "per region",
    "per channel",
    "since 2013",
    "cleaned",
    "deduplicated",
    "of the last year",
    "by segment",
)
_TAGS = ("gold", "silver", "finance", "marketing", "operations", "regulatory", "hourly", "daily", "personal", "public")
_SOURCE_COLUMNS = (("id", "BIGINT"), ("name", "VARCHAR"), ("value", "DOUBLE"), ("at", "DATE"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Made:
    """A dataset of the catalog: what writes it and what it gives."""

    name: str
    description: str
    sql: str
    columns: tuple[tuple[str, str], ...]


def write_catalog_mesh(root: Path, *, domains: int, products: int, datasets: int, seed: int = SEED) -> None:
    """Write the mesh to `root`, which is made anew. The same `seed` gives the same mesh."""
    shutil.rmtree(root, ignore_errors=True)
    dice = random.Random(f"{seed}/{domains}/{products}/{datasets}")
    _write(root / "mesh.yaml", "meshwright: 1\nname: catalog\ndomains: [domains/*]\n")
    rows = "".join(f"{at},{name},{at * 1.5},2026-01-{at + 1:02}\n" for at, name in enumerate(_SUBJECTS[:28]))
    _write(root / "data" / "feed.csv", f"id,name,value,at\n{rows}")
    earlier: list[tuple[str, Made]] = []
    for at in range(domains):
        domain = f"{_SUBJECTS[at % len(_SUBJECTS)]}_{at:02}"
        owners = f"[team:{domain}, user:owner{at}@example.org]"
        purpose = f"Everything about {_plural(_SUBJECTS[at % len(_SUBJECTS)])}."
        _write(root / "domains" / domain / "domain.yaml", f"name: {domain}\npurpose: {purpose}\nowners: {owners}\n")
        made = [_write_product(root, domain, number, datasets, earlier, dice) for number in range(products)]
        # Products of later domains read those of earlier ones: no product reads a later one, so there are no cycles.
        earlier += [(product, dataset) for product, dataset in made]


def _write_product(
    root: Path, domain: str, number: int, datasets: int, earlier: Sequence[tuple[str, Made]], dice: random.Random
) -> tuple[str, Made]:
    """Write one product; return its address and the dataset that its port holds first."""
    subject, kind = dice.choice(_SUBJECTS), _KINDS[number % len(_KINDS)]
    name = f"{subject}_{kind}_{number:02}"
    address, folder = f"{domain}.{name}", root / "domains" / domain / name
    made = list(_models(subject, datasets - 1, earlier, dice))
    for each in made:
        _write(folder / "models" / f"{each.name}.sql", each.sql)
    nodes = ["nodes:", "  feed: {source: {path: data/feed.csv, format: csv}, columns: {" + _typed() + "}}"]
    nodes += [f"  {each.name}: {{description: {each.description}, tags: [{dice.choice(_TAGS)}]}}" for each in made]
    tests = ["tests:"]
    tests += [f"  {each.name}: [{{metric: rowCount, mustBeGreaterThan: 0}}, {_no_nulls(each)}]" for each in made]
    _write(folder / "pipeline.yaml", "\n".join([*nodes, *tests]) + "\n")
    tags = ", ".join(sorted({subject, *dice.sample(_TAGS, 2)}))
    held = made[-2:]
    identifier = address.replace(".", "-").replace("_", "-")
    _write(
        folder / "product.odps.yaml",
        f"apiVersion: v1.1.0\nkind: DataProduct\nid: {identifier}\nname: {subject.title()} {kind}\nversion: 1.0.0\n"
        f"status: {dice.choice(('active', 'active', 'active', 'draft'))}\ndomain: {domain}\ndescription:\n"
        f"  purpose: The {kind} of {_plural(subject)} {dice.choice(_ABOUT)}.\n"
        f"  usage: Join with {_plural(dice.choice(_SUBJECTS))} by key.\ntags: [{tags}]\n"
        f"outputPorts:\n  - {{name: {subject}, description: All {_plural(subject)}., version: 1.0.0, "
        f"contractId: {identifier}-port}}\n",
    )
    schema = "".join(_schema(each, dice) for each in held)
    _write(
        folder / "contracts" / f"{subject}.odcs.yaml",
        f"apiVersion: v3.2.0\nkind: DataContract\nid: {identifier}-port\nname: {subject.title()} {kind}\n"
        f"version: 1.0.0\nstatus: active\ndescription:\n  purpose: What others read of {_plural(subject)}.\n"
        f"schema:\n{schema}slaProperties:\n  - {{property: freshness, value: 24, unit: h}}\n",
    )
    if dice.random() < 0.3:
        _write(
            folder / "consumers.yaml",
            f"consumers:\n  - name: {subject}_board_{number}\n    type: dashboard\n    owner: team:{domain}\n"
            f"    ports: [{{port: {address}/{subject}, columns: [{held[-1].name}.{held[-1].columns[0][0]}]}}]\n",
        )
    return address, held[-1]


def _models(subject: str, count: int, earlier: Sequence[tuple[str, Made]], dice: random.Random) -> Iterator[Made]:
    before: list[Made] = []
    for at in range(count):
        measures = dice.sample(_MEASURES, 3)
        key = f"{subject}_id"
        columns = ((key, "BIGINT"), (f"{subject}_name", "VARCHAR"), *((name, "DOUBLE") for name in measures))
        if earlier and at == count - 1 and dice.random() < 0.8:
            address, other = dice.choice(earlier)
            mine = before[-1] if before else None
            left = mine.name if mine else "feed"
            first = mine.columns[0][0] if mine else "id"
            name = mine.columns[1][0] if mine else "name"
            value = mine.columns[2][0] if mine else "value"
            figures = ", ".join(
                f"{source} as {measure}"
                for source, measure in zip(
                    (f"a.{value}", f"b.{other.columns[2][0]}", f"a.{value} + b.{other.columns[2][0]}"),
                    measures,
                    strict=True,
                )
            )
            sql = (
                f"select a.{first} as {key}, a.{name} as {subject}_name, {figures}\nfrom {left} as a\n"
                f"join {address}.{other.name} as b on a.{first} = b.{other.columns[0][0]}\n"
            )
        else:
            parent = dice.choice(before) if before and dice.random() < 0.8 else None
            read = parent.columns if parent else (("id", ""), ("name", ""), ("value", ""))
            figures = ", ".join(f"{read[2][0]} * {number + 1} as {name}" for number, name in enumerate(measures))
            sql = (
                f"select {read[0][0]} as {key}, {read[1][0]} as {subject}_name, {figures}\n"
                f"from {parent.name if parent else 'feed'}\nwhere {read[2][0]} > {at}\n"
            )
        made = Made(
            name=f"{subject}_{dice.choice(_MEASURES)}_{at}",
            description=f"{subject.title()} {measures[0]} and {measures[1]} {dice.choice(_ABOUT)}.",
            sql=sql,
            columns=columns,
        )
        before.append(made)
        yield made


def _schema(made: Made, dice: random.Random) -> str:
    lines = [f"  - name: {made.name}\n    description: {made.description}\n    properties:\n"]
    for name, kind in made.columns:
        logical = {"BIGINT": "integer", "VARCHAR": "string", "DOUBLE": "number"}[kind]
        about = f"The {name.replace('_', ' ')}, {dice.choice(_ABOUT)}."
        rest = ", classification: pii" if name.endswith("_name") else ""
        lines.append(f"      - {{name: {name}, logicalType: {logical}, description: {json.dumps(about)}{rest}}}\n")
    return "".join(lines)


def _typed() -> str:
    return ", ".join(f"{name}: {kind}" for name, kind in _SOURCE_COLUMNS)


def _no_nulls(made: Made) -> str:
    return f"{{metric: nullValues, column: {made.columns[0][0]}, mustBe: 0}}"


def _plural(subject: str) -> str:
    return f"{subject[:-1]}ies" if subject.endswith("y") else f"{subject}s"


class _Session(InstantSession):
    """Gives each dataset the columns that its SQL has."""

    def __init__(self, file: bytes, columns: Mapping[str, Columns]) -> None:
        super().__init__(file, ())
        self._columns_of = columns

    def build_model(self, build: ModelBuild, target: str) -> BuiltTable:
        """Give the small file."""
        return self._given(build.dataset, target)

    def build_source(self, read: SourceRead, target: str) -> BuiltTable:
        """Give the small file."""
        return self._given(read.dataset, target)

    def _given(self, dataset: str, target: str) -> BuiltTable:
        file = f"{target}-0.parquet"
        Path(file).write_bytes(self._file)
        return BuiltTable(
            columns=self._columns_of[dataset], files=((file, 1),), rows=1, content_digest=identity("bench", dataset)
        )


class _Engine(InstantEngine):
    """The real engine but for its sessions."""

    def __init__(self, engine: Engine, file: bytes, columns: Mapping[str, Columns]) -> None:
        super().__init__(engine, file)
        self._columns = columns

    def open(self, _limits: Limits) -> _Session:
        """Open a session that answers at once."""
        return _Session(self._file, self._columns)


def publish_catalog(root: Path) -> Mapping[str, object]:
    """Run the whole mesh once, with an engine that answers at once. Raises SystemExit where something is not published."""
    table = io.BytesIO()
    pq.write_table(pa.table({"n": [1]}), table)
    columns = dict(_columns_of(root))

    def instant(mesh: Mesh) -> _Engine:
        return _Engine(open_engine(mesh), table.getvalue(), columns)

    opened.open_engine = instant  # type: ignore[assignment,attr-defined]
    started = time.perf_counter()
    report = apply(open_workspace(root), RunOptions(is_environment_explicit=True), lambda _event: None)
    if report.state.value != "succeeded":
        raise SystemExit(f"the run {report.state.value}: {report.error or report.not_published[:3]}")
    return {"products": len(report.published), "datasets": len(columns), "seconds": time.perf_counter() - started}


def _columns_of(root: Path) -> Iterator[tuple[str, Columns]]:
    """Yield every dataset with its columns, read again from what was written: names after ``as``, as the models have them."""
    from meshwright.app.judged import judge_mesh
    from meshwright.app.opened import open_mesh

    with open_mesh(open_workspace(root), "prod") as found:
        for dataset, columns in judge_mesh(found, {}, {}).typed.columns.items():
            yield dataset, tuple(Column(name=column.name, type=column.type) for column in columns)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def main() -> None:
    """Write and publish one."""
    parser = argparse.ArgumentParser(prog="python -m bench.api.catalog", description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--domains", type=int, default=50)
    parser.add_argument("--products", type=int, default=20, help="of each domain")
    parser.add_argument("--datasets", type=int, default=10, help="of each product")
    options = parser.parse_args()
    write_catalog_mesh(options.folder, domains=options.domains, products=options.products, datasets=options.datasets)
    sys.stdout.write(json.dumps(publish_catalog(options.folder)) + "\n")


if __name__ == "__main__":
    main()
