"""Readers beside publications: 50 at once, while 20 products are published again and again.

Every dataset of a product carries the stamp of the run that published it. A reader takes, at random,

- the pointers and the manifest of a product: they must name the same versions;
- the rows of all datasets of a product, through the files that the pointers lead to: one stamp in all of them;
- the rows of all of them by one statement over ``environments/prod.duckdb``, as an outside program would: one stamp.

A read that mixes two publications is a failure, and so is one that fails. Readers that saw one generation only prove
nothing, which is counted as a failure too.
"""

from __future__ import annotations

import json
import time
from pathlib import Path

from meshwright.app.apply import RunOptions, apply
from meshwright.app.workspace import open_workspace
from tests.meshes import write_file
from torture.beside import Eyes, read_beside
from torture.report import Proof, Tally, main

PROOF = Proof(
    test="readers",
    claim="50 readers during publications of 20 products: no read mixes two publications, by state, by files, by DuckDB",
    unit="reads",
    short=200,
    long=100_000,
)
_PRODUCTS, _DATASETS = 20, 3


def prove(n: int, seed: int, folder: Path) -> Tally:
    """Publish until `n` reads are done."""
    root = _mesh(folder / "mesh")
    workspace = open_workspace(root)
    apply(workspace, RunOptions(params={"stamp": "0"}))

    def publish(turn: int) -> str | None:
        report = apply(workspace, RunOptions(params={"stamp": str(turn)}))
        return None if len(report.published) == _PRODUCTS else f"{len(report.published)} products: {report.error}"

    looks = (*(_by_manifest,) * 16, *(_by_files,) * 3, _by_duckdb)
    return read_beside(root, n, seed, looks, publish, generations=_PRODUCTS)


def _mesh(root: Path) -> Path:
    write_file(root, "mesh.yaml", "meshwright: 1\nname: wide\ndomains: [domains/*]\nparams: {stamp: '0'}\n")
    write_file(root, "domains/one/domain.yaml", "name: one\npurpose: To be read.\nowners: [team:one]\n")
    for product in range(_PRODUCTS):
        for dataset in range(_DATASETS):
            text = f"select $stamp as stamp, {dataset} as dataset, range as number from range(10)"
            write_file(root, f"domains/one/p{product}/models/d{dataset}.sql", text)
    return root


def _by_manifest(eyes: Eyes) -> str | None:
    name = f"one.p{eyes.chance.randrange(_PRODUCTS)}"
    pointers = eyes.state.reader.pointers("prod")
    product = pointers[name]
    eyes.seen.add(product.generation)
    manifest = json.loads(eyes.state.reader.revisions([product.revision])[product.revision].document)
    promised = {dataset: entry["version"] for dataset, entry in manifest["datasets"].items()}
    seen = {dataset: found.revision for dataset, found in pointers.items() if dataset.startswith(f"{name}.")}
    return None if promised == seen else f"{name}, generation {product.generation}: {promised} {seen}"


def _by_files(eyes: Eyes) -> str | None:
    import pyarrow.parquet as pq

    name = f"one.p{eyes.chance.randrange(_PRODUCTS)}"
    pointers = eyes.state.reader.pointers("prod")
    versions = eyes.state.reader.versions([pointers[f"{name}.d{number}"].revision for number in range(_DATASETS)])
    stamps = {
        value
        for version in versions.values()
        for file in version.files
        for value in pq.read_table(eyes.root / ".meshwright/store" / file.path, columns=["stamp"])["stamp"].to_pylist()
    }
    return None if len(stamps) == 1 and len(versions) == _DATASETS else f"{name} by files: {stamps}"


def _by_duckdb(eyes: Eyes) -> str | None:
    product = f"one__p{eyes.chance.randrange(_PRODUCTS)}"
    parts = " union ".join(f"select stamp from {product}.d{number}" for number in range(_DATASETS))
    stamps = shown_by_duckdb(eyes.root, parts)
    return None if len(stamps) == 1 else f"{product} by prod.duckdb: {stamps}"


def shown_by_duckdb(root: Path, query: str) -> list[tuple[object, ...]]:
    """Return what a query gives on the file of the environment, opened as an outside program would."""
    import duckdb

    # A name of its own for every open: DuckDB hands one instance to all who open a path, and this file is replaced.
    with duckdb.connect() as connection:
        connection.execute(f"attach '{root / 'environments/prod.duckdb'}' as env_{time.monotonic_ns()} (read_only)")
        (catalog,) = connection.execute(
            "select database_name from duckdb_databases() where database_name like 'env_%'"
        ).fetchone() or ("",)
        connection.execute(f"use {catalog}")
        return connection.execute(query).fetchall()


if __name__ == "__main__":
    raise SystemExit(main(PROOF, prove))
