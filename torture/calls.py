"""kill -9 at the k-th call that changes a file of the mesh, for every k: of runs, of commands that move pointers, of gc.

Calls of all threads are counted as one sequence (`shim`): open for writing, write, fsync, rename, unlink, mkdir,
truncate, chmod, of the state database, the store, the caches and the reader files alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from torture.litter import COLLECTION
from torture.report import Proof, Tally, main
from torture.scenes import MOVES, RUNS, Scene, Stage, in_words
from torture.shim import Fault, build, counted, new_counter
from torture.victims import KILLED, Victims

PROOF = Proof(
    test="calls",
    claim="kill -9 at the k-th state-changing call of runs, promote, rollback, pin, rebase, gc, for every k; the same again",
    unit="kills",
    short=8,
    long=1600,
)


def prove(n: int, _seed: int, folder: Path) -> Tally:
    """Kill at every k; at `n` of them, evenly spread, where there are more."""
    library = build(folder)
    if library is None:
        return Tally(skipped="no C compiler")
    tally, victims, stage = Tally(), Victims(folder, library), Stage(folder)
    scenes = (*RUNS, *MOVES, COLLECTION)
    lengths = {scene.name: _length(stage.fresh(scene), scene, victims) for scene in scenes}
    share = min(1.0, n / sum(lengths.values()))
    for scene in scenes:
        length = lengths[scene.name]
        for at in spread(length, max(1, round(length * share))):
            root = stage.fresh(scene)
            new_counter(victims.counter)
            ended = victims.run(root, *scene.words, fault=Fault(at=at))
            # Threads take turns as they like, so a run may make a few calls less than the one that was counted.
            if ended.status == KILLED or ended.status != 0:
                is_killed = ended.status == KILLED
                problem = scene.check(root, victims, scene.words) if is_killed else in_words(ended)
                tally.trial(None if problem is None else f"{scene.name}, call {at} of {length}: {problem}")
    return tally


def spread(length: int, number: int) -> Iterator[int]:
    """Yield `number` places from 1 to `length`, evenly."""
    for index in range(number):
        yield 1 + index * length // number


def _length(root: Path, scene: Scene, victims: Victims) -> int:
    """Return how many calls the command makes undisturbed."""
    new_counter(victims.counter)
    victims.run(root, *scene.words, fault=Fault(at=0))
    return counted(victims.counter)


if __name__ == "__main__":
    raise SystemExit(main(PROOF, prove))
