"""kill -9 at the k-th call that changes a file of the mesh, for every k: of a first run, a later one, and a collection of garbage.

Calls of all threads are counted as one sequence (`shim`): open for writing, write, fsync, rename, unlink, mkdir,
truncate, chmod, of the state database, the store, the caches and the reader files alike.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from meshwright.app.apply import RunOptions, apply
from meshwright.app.workspace import open_workspace
from torture.litter import collects, littered
from torture.meshes import change_data, torture_mesh
from torture.outcome import survived
from torture.report import Proof, Tally, main
from torture.shim import Fault, build, counted, new_counter
from torture.victims import KILLED, Victims

PROOF = Proof(
    test="calls",
    claim="kill -9 at the k-th state-changing call of a first run, a later one and a gc, for every k, then the same command",
    unit="kills",
    short=4,
    long=1200,
)


def prove(n: int, _seed: int, folder: Path) -> Tally:
    """Kill at every k; at `n` of them, evenly spread, where there are more."""
    library = build(folder)
    if library is None:
        return Tally(skipped="no C compiler")
    tally, victims = Tally(), Victims(folder, library)
    first, later, gc = folder / "first", folder / "later", folder / "gc"
    torture_mesh(first)
    torture_mesh(later)
    apply(open_workspace(later), RunOptions())
    change_data(later, 1)
    littered(folder / "trial", 1).rename(gc)  # where it is tried: reader files hold absolute paths
    lengths = {start: _length(start, victims, folder) for start in (first, later, gc)}
    share = min(1.0, n / sum(lengths.values()))
    for start, length in lengths.items():
        for at in spread(length, max(1, round(length * share))):
            root = folder / "trial"
            shutil.copytree(start, root)
            new_counter(victims.counter)
            ended = victims.run(root, *_words(start), fault=Fault(at=at))
            # Threads take turns as they like, so a run may make a few calls less than the one that was counted.
            if ended.status == KILLED or ended.status != 0:
                problem: str | None = f"status {ended.status}: {ended.err[-500:]}"
                if ended.status == KILLED:
                    problem = collects(root, victims, _words(start)) if start is gc else survived(root)
                tally.trial(None if problem is None else f"{start.name}, call {at} of {length}: {problem}")
            shutil.rmtree(root)
    return tally


def spread(length: int, number: int) -> Iterator[int]:
    """Yield `number` places from 1 to `length`, evenly."""
    for index in range(number):
        yield 1 + index * length // number


def _words(start: Path) -> tuple[str, ...]:
    return ("gc" if start.name == "gc" else "run", "--json")


def _length(start: Path, victims: Victims, folder: Path) -> int:
    """Return how many calls an undisturbed run makes."""
    root = folder / "counted"
    shutil.copytree(start, root)
    new_counter(victims.counter)
    victims.run(root, *_words(start), fault=Fault(at=0))
    shutil.rmtree(root)
    return counted(victims.counter)


if __name__ == "__main__":
    raise SystemExit(main(PROOF, prove))
