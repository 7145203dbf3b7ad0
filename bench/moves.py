"""The figures of environments: a sandbox made, filled, promoted and rolled back; and that none of it grows with the data."""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from bench.measures import Bench, Figure, compared, figure_of, mw, raw
from bench.mesh import mesh_sql, middle, model_file
from bench.processes import Taken, take

#: Rows of the large table, and how they are told.
ROWS, IN_WORDS = 20_000_000, "20 million rows"
_VERBS = ("env create", "promote", "rollback")


def moving(bench: Bench) -> Iterator[Figure]:
    """A sandbox over everything, one change in the middle built in it, promoted, rolled back; raw DuckDB builds the same.

    Each round ends with the way forward again, which lifts the pins of the way back.
    """
    model, below = middle(bench.models)
    assert model.changed_sql is not None
    file = model_file(bench.mesh, model)
    changed = [model.address, *(one.address for one in below)]
    taken: dict[str, list[Taken]] = {verb: [] for verb in (*_VERBS, "run", "raw")}
    for at in range(bench.rounds):
        box = f"box{at}"
        taken["raw"].append(take(raw(bench, "--changed", *changed), folder=bench.folder))
        file.write_text(mesh_sql(model, model.changed_sql.replace("'never'", f"'boxed {at}'")), encoding="utf-8")
        taken["env create"].append(take(mw("env", "create", box), folder=bench.mesh))
        taken["run"].append(take(mw("run", "--env", box, "-q"), folder=bench.mesh))
        taken["promote"].append(take(mw("promote", box, "-q"), folder=bench.mesh))
        for _ in range(2):
            taken["rollback"].append(take(mw("rollback", "prod"), folder=bench.mesh))
    file.write_text(mesh_sql(model, model.sql), encoding="utf-8")
    for verb in _VERBS:
        yield figure_of(bench, verb, taken[verb])
    over = statistics.median(mine.wall_s - other.wall_s for mine, other in zip(taken["run"], taken["raw"], strict=True))
    figure = compared(bench, "one change in a sandbox", taken["run"], taken["raw"])
    yield replace(figure, note=f"{len(changed)} models; {over:.2f} s over raw")


def moving_data(bench: Bench) -> Iterator[Figure]:
    """The same verbs in a mesh of one dataset: with many rows, and (where raw DuckDB stands elsewhere) with one."""
    meshes = {rows: _new_mesh(bench.folder / f"rows{rows}", rows) for rows in (ROWS, 1)}
    taken: dict[tuple[str, int], list[Taken]] = {(verb, rows): [] for verb in _VERBS for rows in meshes}
    for at in range(bench.rounds):
        for rows, mesh in meshes.items():
            box = f"box{at}"
            taken["env create", rows].append(take(mw("env", "create", box), folder=mesh))
            _write_model(mesh, rows, at + 1)
            take(mw("run", "--env", box, "-q"), folder=mesh)
            taken["promote", rows].append(take(mw("promote", box, "-q"), folder=mesh))
            for _ in range(2):
                taken["rollback", rows].append(take(mw("rollback", "prod"), folder=mesh))
    for verb in _VERBS:
        figure = compared(bench, f"{verb}, {IN_WORDS}", taken[verb, ROWS], taken[verb, 1])
        yield replace(figure, note="beside the same with one row, not raw DuckDB")
    for mesh in meshes.values():
        shutil.rmtree(mesh)


def _new_mesh(root: Path, rows: int) -> Path:
    for name, text in (
        ("mesh.yaml", "meshwright: 1\nname: rows\ndomains: [domains/*]\n"),
        ("domains/one/domain.yaml", "name: one\npurpose: Part of the bench.\nowners: [team:one]\n"),
    ):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    _write_model(root, rows, 0)
    take(mw("run", "-q"), folder=root)
    return root


def _write_model(root: Path, rows: int, turn: int) -> None:
    path = root / "domains/one/large/models/numbers.sql"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"select range as number, range % 1000 + {turn} as part from range({rows})\n", encoding="utf-8")


#: In this order, after a build.
MOVES: tuple[Callable[[Bench], Iterator[Figure]], ...] = (moving, moving_data)
