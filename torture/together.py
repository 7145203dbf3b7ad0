"""Twenty products promoted together beside 50 readers that join them: no read shows some of them moved and others not.

Every dataset carries the stamp of the sandbox that built it; each promotion moves all of them in one generation, as do
the rollback and the way forward again that follow some. A reader takes, at random,

- all pointers: one generation in all of them, and each product's manifest names the versions that stand;
- the rows of datasets of several products, through the files that the pointers lead to: one stamp;
- a join of several products by one statement over ``environments/prod.duckdb``, as an outside program would: the stamps of
  every row are the same, and no row is missing.

Under the sandboxes nothing moves: what one shows before its promotion is looked at as well.
"""

from __future__ import annotations

import json
from pathlib import Path

from meshwright.app.apply import RunOptions, apply
from meshwright.app.promotion import PromotionWish, promote
from meshwright.app.rollback import RollbackWish, rollback
from meshwright.app.sandboxes import SandboxWish, create_sandbox, delete_sandbox
from meshwright.app.workspace import Workspace
from meshwright.state.records import ObjectKind
from torture.beside import Eyes, read_beside
from torture.boxes import DATASETS, ROWS, SQLITE, wide_mesh
from torture.readers import shown_by_duckdb
from torture.report import Proof, Tally, main

PROOF = Proof(
    test="together",
    claim="20 products promoted (and rolled back) beside 50 joining readers: no mixed read by state, files, DuckDB (SQLite)",
    unit="reads",
    short=200,
    long=100_000,
)
_PRODUCTS = 20
_JOINED = 4
#: Every so many promotions are rolled back and forward again.
_BACK = 3


def prove(n: int, seed: int, folder: Path) -> Tally:
    """Promote until `n` reads are done."""
    return read_together(n, seed, folder, SQLITE)


def read_together(n: int, seed: int, folder: Path, address: str) -> Tally:
    """The proof, with the state at `address`."""
    workspace = wide_mesh(folder / "mesh", _PRODUCTS, state=address)
    apply(workspace, RunOptions())
    problem = _promote(workspace, 0)  # the first run moved one product after the other
    if problem is not None:
        return Tally(n=1, failures=1, told=[problem])
    looks = (*(_by_pointers,) * 16, *(_by_files,) * 3, _by_duckdb)
    return read_beside(
        workspace.root, n, seed, looks, lambda turn: _promote(workspace, turn), generations=2, address=address
    )


def _promote(workspace: Workspace, turn: int) -> str | None:
    """Build everything anew in a sandbox and promote it; say what went wrong."""
    name = f"box{turn}"
    create_sandbox(workspace, SandboxWish(name=name))
    built = apply(workspace, RunOptions(environment=name, params={"stamp": name}))
    if len(built.published) != _PRODUCTS:
        return f"{len(built.published)} products were built: {built.error}"
    done = promote(workspace, PromotionWish(sandbox=name))
    if len(done.report.published) != _PRODUCTS:
        return f"{len(done.report.published)} products were promoted: {done.report.error}"
    if turn % _BACK == _BACK - 1:
        for to in (done.generation - 1, done.generation):
            rollback(workspace, RollbackWish(environment="prod", to=to))
    delete_sandbox(workspace, name)
    return None


def _by_pointers(eyes: Eyes) -> str | None:
    pointers = eyes.state.reader.pointers("prod")
    generations = {pointer.generation for pointer in pointers.values()}
    eyes.seen.update(generations)
    products = {pointer.revision for pointer in pointers.values() if pointer.kind is ObjectKind.PRODUCT}
    revisions = eyes.state.reader.revisions(products)
    promised = {
        dataset: entry["version"]
        for revision in revisions.values()
        for dataset, entry in json.loads(revision.document)["datasets"].items()
    }
    stands = {name: pointer.revision for name, pointer in pointers.items() if pointer.kind is ObjectKind.DATASET}
    is_whole = len(generations) == 1 and promised == stands and len(stands) == _PRODUCTS * DATASETS
    return (
        None
        if is_whole
        else f"generations {sorted(generations)}, {sorted(set(promised.items()) ^ set(stands.items()))}"
    )


def _by_files(eyes: Eyes) -> str | None:
    import pyarrow.parquet as pq

    products = eyes.chance.sample(range(_PRODUCTS), _JOINED)
    pointers = eyes.state.reader.pointers("prod")
    names = [f"one.p{product}.d{number}" for product in products for number in range(DATASETS)]
    versions = eyes.state.reader.versions([pointers[name].revision for name in names])
    stamps = {
        value
        for version in versions.values()
        for file in version.files
        for value in pq.read_table(eyes.root / ".meshwright/store" / file.path, columns=["stamp"])["stamp"].to_pylist()
    }
    return None if len(stamps) == 1 and len(versions) == len(names) else f"{products} by files: {stamps}"


def _by_duckdb(eyes: Eyes) -> str | None:
    first, *others = eyes.chance.sample(range(_PRODUCTS), _JOINED)
    joined = " ".join(f"join one__p{other}.d0 using (stamp, number)" for other in others)
    [(rows, stamps)] = shown_by_duckdb(
        eyes.root, f"select count(*), count(distinct stamp) from one__p{first}.d0 {joined}"
    )
    return None if (rows, stamps) == (ROWS, 1) else f"{first} joined with {others}: {rows} rows, {stamps} stamps"


if __name__ == "__main__":
    raise SystemExit(main(PROOF, prove))
