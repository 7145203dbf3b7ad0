"""The figures: each a function from the bench to one or more measured values, whole processes unless it says otherwise.

Where meshwright is compared with raw DuckDB the two run in turn, so that a machine whose speed drifts drifts for both.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.mesh import mesh_sql, middle, model_file, write_bench_mesh
from bench.models import Model
from bench.processes import Taken, compiling, take


@dataclass(frozen=True, kw_only=True, slots=True)
class Bench:
    """What is measured: a mesh, its models, and how often."""

    folder: Path
    models: tuple[Model, ...]
    rounds: int

    @property
    def mesh(self) -> Path:
        """The mesh's root."""
        return self.folder / "mesh"

    @property
    def private(self) -> Path:
        """Everything that meshwright keeps for the mesh; without it every command is cold."""
        return self.mesh / ".meshwright"

    @property
    def database(self) -> Path:
        """The raw runner's database file."""
        return self.folder / "raw.db"


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One measured value: the median of its rounds."""

    figure: str
    models: int
    seconds: float
    #: User and system seconds, None where they were not taken.
    cpu_s: float | None = None
    peak_mb: float | None = None
    #: The same on raw DuckDB, in the same rounds.
    raw_seconds: float | None = None
    raw_cpu_s: float | None = None
    raw_peak_mb: float | None = None
    #: The median of the rounds' own ratios.
    ratio: float | None = None
    rounds: int = 1
    note: str = ""


def new_bench(folder: Path, models: int, rounds: int) -> Bench:
    """Write the mesh and compile what Python compiles at a first start."""
    bench = Bench(folder=folder, models=write_bench_mesh(folder / "mesh", models), rounds=rounds)
    take(mw("--help"), folder=bench.mesh)
    return bench


def starting(bench: Bench) -> Iterator[Figure]:
    """`mw --help`, beside a Python that does nothing."""
    runs = [take(mw("--help"), folder=bench.mesh) for _ in range(2 * bench.rounds + 1)]
    yield figure_of(bench, "help", runs)


def checking_and_planning(bench: Bench) -> Iterator[Figure]:
    """`check` and `plan` before anything was built: cold, with nothing remembered, and warm."""
    for verb in ("check", "plan"):
        runs = [take(mw(verb), folder=bench.mesh) for _ in _each(bench, lambda: _forget(bench))]
        yield figure_of(bench, f"{verb} cold", runs)
        # The first run after a change may still keep what it found; what files look like is not trusted while they are young.
        yield figure_of(bench, f"{verb} warm", [take(mw(verb), folder=bench.mesh) for _ in range(bench.rounds + 1)][1:])


def building(bench: Bench) -> Iterator[Figure]:
    """The first run with every test, beside raw DuckDB; the last round's results stay for what is measured next."""
    ours, other = [], []
    for _ in range(bench.rounds):
        bench.database.unlink(missing_ok=True)
        other.append(take(raw(bench), folder=bench.folder))
        _forget(bench)
        ours.append(take(mw("run", "-q"), folder=bench.mesh))
    yield compared(bench, "full build with tests", ours, other)
    yield replace(
        compared(bench, "peak memory of the full build", ours, other),
        ratio=_ratio([one.peak_bytes for one in ours], [one.peak_bytes for one in other]),
        note="the ratio is of memory",
    )


def doing_nothing(bench: Bench) -> Iterator[Figure]:
    """`plan` and `run` where nothing changed since the last run."""
    for verb in ("plan", "run"):
        runs = [take(mw(verb), folder=bench.mesh) for _ in range(bench.rounds + 1)][1:]
        yield figure_of(bench, f"{verb}, nothing to do", runs)


def changing_one(bench: Bench) -> Iterator[Figure]:
    """One model in the middle gets another meaning; raw DuckDB builds and tests it and all below it again."""
    model, below = middle(bench.models)
    assert model.changed_sql is not None
    file = model_file(bench.mesh, model)
    changed = [model.address, *(one.address for one in below)]
    ours, other = [], []
    for at in range(bench.rounds):
        other.append(take(raw(bench, "--changed", *changed), folder=bench.folder))
        text = model.changed_sql.replace("'never'", f"'never {at}'")
        file.write_text(mesh_sql(model, text), encoding="utf-8")
        ours.append(take(mw("run", "-q"), folder=bench.mesh))
    file.write_text(mesh_sql(model, model.sql), encoding="utf-8")
    figure = compared(bench, "one change in the middle", ours, other)
    over = statistics.median(mine.wall_s - theirs.wall_s for mine, theirs in zip(ours, other, strict=True))
    yield replace(figure, note=f"{len(changed)} models; {over:.2f} s over raw")


def tracing(bench: Bench) -> Iterator[Figure]:
    """Column lineage of everything, cold; inside a process that has loaded and typed the mesh."""
    yield _inside(bench, "column lineage of everything", "bench.lineage", lambda: None)


def coordinating(bench: Bench) -> Iterator[Figure]:
    """What a step costs besides the engine: a whole first run whose engine answers at once."""
    figure = _inside(bench, "coordinator", "bench.coordinator", lambda: _forget(bench))
    _forget(bench)
    yield figure


def publishing(bench: Bench) -> Iterator[Figure]:
    """Ten thousand pointers moved in one generation."""
    state = bench.folder / "pointers"
    command: list[str | Path] = [sys.executable, "-m", "bench.pointers", state]
    answers = []
    for _ in range(bench.rounds):
        shutil.rmtree(state, ignore_errors=True)
        state.mkdir()
        answers.append(_answer(command))
    yield Figure(
        figure="publish 10,000 pointers",
        models=len(bench.models),
        seconds=statistics.median(answer["seconds"] for answer in answers),
        cpu_s=statistics.median(answer["cpu_s"] for answer in answers),
        rounds=len(answers),
    )


#: In an order in which each finds what it needs.
MEASURES: tuple[Callable[[Bench], Iterator[Figure]], ...] = (
    starting,
    checking_and_planning,
    tracing,
    coordinating,
    building,
    doing_nothing,
    changing_one,
    publishing,
)


def _inside(bench: Bench, name: str, module: str, prepare: Callable[[], None]) -> Figure:
    """Return what a module of the bench measured inside its own process."""
    answers = [_answer([sys.executable, "-m", module, bench.mesh]) for _ in _each(bench, prepare)]
    seconds = statistics.median(answer["seconds"] for answer in answers)
    steps = answers[0].get("steps")
    return Figure(
        figure=name,
        models=len(bench.models),
        seconds=seconds,
        cpu_s=statistics.median(answer["cpu_s"] for answer in answers),
        rounds=len(answers),
        note=f"{steps:.0f} steps, {seconds / steps * 1000:.2f} ms a step" if steps else "",
    )


def _each(bench: Bench, prepare: Callable[[], None]) -> Iterator[int]:
    """Yield a number for each round, after preparing it."""
    for at in range(bench.rounds):
        prepare()
        yield at


def _answer(command: Sequence[str | Path]) -> dict[str, float]:
    words = [str(word) for word in command]
    done = subprocess.run(words, env=compiling(os.environ), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _forget(bench: Bench) -> None:
    shutil.rmtree(bench.private, ignore_errors=True)
    shutil.rmtree(bench.mesh / "environments", ignore_errors=True)


def mw(*words: str) -> list[str | Path]:
    """Return a command line of meshwright."""
    return [Path(sys.executable).parent / "mw", *words]


def raw(bench: Bench, *words: str) -> list[str | Path]:
    """Return a command line of the raw runner."""
    module = Path(__file__).with_name("raw.py")
    return [sys.executable, module, bench.mesh, bench.database, *words]


def figure_of(bench: Bench, name: str, runs: Sequence[Taken]) -> Figure:
    """Return the medians of some rounds."""
    return Figure(
        figure=name,
        models=len(bench.models),
        seconds=statistics.median(run.wall_s for run in runs),
        cpu_s=statistics.median(run.cpu_s for run in runs),
        peak_mb=statistics.median(run.peak_bytes for run in runs) / 1e6,
        rounds=len(runs),
    )


def compared(bench: Bench, name: str, ours: Sequence[Taken], raw: Sequence[Taken]) -> Figure:
    """Return the medians of some rounds, beside those of others that ran in turn with them."""
    other = figure_of(bench, name, raw)
    return replace(
        figure_of(bench, name, ours),
        raw_seconds=other.seconds,
        raw_cpu_s=other.cpu_s,
        raw_peak_mb=other.peak_mb,
        ratio=_ratio([run.wall_s for run in ours], [run.wall_s for run in raw]),
    )


def _ratio(ours: Sequence[float], raw: Sequence[float]) -> float:
    return statistics.median(mine / other for mine, other in zip(ours, raw, strict=True))
