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
import multiprocessing
import random
import threading
import time
from collections.abc import Callable
from multiprocessing.queues import Queue
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event
from pathlib import Path

from meshwright.app.apply import RunOptions, apply
from meshwright.app.workspace import open_workspace
from meshwright.state.database import open_state
from meshwright.state.protocol import State
from tests.meshes import write_file
from torture.report import Proof, Tally, main

PROOF = Proof(
    test="readers",
    claim="50 readers during publications of 20 products: no read mixes two publications, by state, by files, by DuckDB",
    unit="reads",
    short=200,
    long=100_000,
)
_PROCESSES, _THREADS = 5, 10
_PRODUCTS, _DATASETS = 20, 3
_RUNS_AT_LEAST = 2


def prove(n: int, seed: int, folder: Path) -> Tally:
    """Publish until `n` reads are done."""
    root = _mesh(folder / "mesh")
    workspace = open_workspace(root)
    apply(workspace, RunOptions(params={"stamp": "0"}))
    context = multiprocessing.get_context("spawn")
    done, count, answers = context.Event(), context.Value("q", 0), context.Queue()
    readers = [
        context.Process(target=_read_many, args=(root, seed * 1000 + number, done, count, answers))
        for number in range(_PROCESSES)
    ]
    for reader in readers:
        reader.start()
    tally, runs = Tally(), 0
    try:
        while count.value < n or runs < _RUNS_AT_LEAST:
            runs += 1
            report = apply(workspace, RunOptions(params={"stamp": str(runs)}))
            if len(report.published) != _PRODUCTS:
                tally.trial(f"run {runs} published {len(report.published)} products: {report.error}")
                break
    finally:
        done.set()
        found = [answers.get(timeout=120) for _ in readers]
        for reader in readers:
            reader.join()
    _count(found, tally)
    return tally


def _count(found: list[tuple[int, list[str], set[int]]], tally: Tally) -> None:
    generations: set[int] = set()
    for reads, problems, seen in found:
        generations |= seen
        for problem in problems:
            tally.trial(problem)
        tally.n += reads - len(problems)
    if len(generations) < _PRODUCTS:
        tally.trial(f"the readers saw {len(generations)} generations only")


def _mesh(root: Path) -> Path:
    write_file(root, "mesh.yaml", "meshwright: 1\nname: wide\ndomains: [domains/*]\nparams: {stamp: '0'}\n")
    write_file(root, "domains/one/domain.yaml", "name: one\npurpose: To be read.\nowners: [team:one]\n")
    for product in range(_PRODUCTS):
        for dataset in range(_DATASETS):
            text = f"select $stamp as stamp, {dataset} as dataset, range as number from range(10)"
            write_file(root, f"domains/one/p{product}/models/d{dataset}.sql", text)
    return root


def _read_many(
    root: Path, seed: int, done: Event, count: Synchronized[int], answers: Queue[tuple[int, list[str], set[int]]]
) -> None:
    """Read with several threads until `done`."""
    state = open_state("sqlite:///.meshwright/state.db", root=root)
    problems: list[str] = []
    generations: set[int] = set()
    reads = [0] * _THREADS

    def read(number: int) -> None:
        chance = random.Random(seed + number)
        ways: list[Callable[[], str | None]] = [
            *[lambda: _by_manifest(state, chance, generations)] * 16,
            *[lambda: _by_files(state, root, chance)] * 3,
            lambda: _by_duckdb(root, chance),
        ]
        while not done.is_set():
            try:
                problem = chance.choice(ways)()
            except Exception as error:  # noqa: BLE001  whatever it is, a read that fails is what this looks for
                problem = f"{type(error).__name__}: {error}"
            if problem is not None:
                problems.append(problem)
            reads[number] += 1
            with count.get_lock():
                count.value += 1

    threads = [threading.Thread(target=read, args=(number,)) for number in range(_THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    state.close()
    answers.put((sum(reads), problems, generations))


def _by_manifest(state: State, chance: random.Random, generations: set[int]) -> str | None:
    name = f"one.p{chance.randrange(_PRODUCTS)}"
    pointers = state.reader.pointers("prod")
    product = pointers[name]
    generations.add(product.generation)
    manifest = json.loads(state.reader.revisions([product.revision])[product.revision].document)
    promised = {dataset: entry["version"] for dataset, entry in manifest["datasets"].items()}
    seen = {dataset: found.revision for dataset, found in pointers.items() if dataset.startswith(f"{name}.")}
    return None if promised == seen else f"{name}, generation {product.generation}: {promised} {seen}"


def _by_files(state: State, root: Path, chance: random.Random) -> str | None:
    import pyarrow.parquet as pq

    name = f"one.p{chance.randrange(_PRODUCTS)}"
    pointers = state.reader.pointers("prod")
    versions = state.reader.versions([pointers[f"{name}.d{number}"].revision for number in range(_DATASETS)])
    stamps = {
        value
        for version in versions.values()
        for file in version.files
        for value in pq.read_table(root / ".meshwright/store" / file.path, columns=["stamp"])["stamp"].to_pylist()
    }
    return None if len(stamps) == 1 and len(versions) == _DATASETS else f"{name} by files: {stamps}"


def _by_duckdb(root: Path, chance: random.Random) -> str | None:
    import duckdb

    product = f"one__p{chance.randrange(_PRODUCTS)}"
    parts = " union ".join(f"select stamp from {product}.d{number}" for number in range(_DATASETS))
    # A name of its own for every open: DuckDB hands one instance to all who open a path, and this file is replaced.
    place = root / "environments/prod.duckdb"
    with duckdb.connect() as connection:
        connection.execute(f"attach '{place}' as env_{time.monotonic_ns()} (read_only)")
        (catalog,) = connection.execute(
            "select database_name from duckdb_databases() where database_name like 'env_%'"
        ).fetchone() or ("",)
        connection.execute(f"use {catalog}")
        stamps = connection.execute(parts).fetchall()
    return None if len(stamps) == 1 else f"{product} by {place.name}: {stamps}"


if __name__ == "__main__":
    raise SystemExit(main(PROOF, prove))
