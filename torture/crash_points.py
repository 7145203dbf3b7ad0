"""kill -9 at every named crash point (`meshwright.crashpoints`), each time that it is reached up to a few times.

Five scenes: a mesh's first run; a run that publishes over what stands; a repair of lost and damaged files; an init,
into a new folder and into one that is there; a collection of garbage with everything in it that there is to delete.
After each kill the same command must end well; see `outcome.survived`.
A point that no scene reaches is a failure too: its name would be an empty promise.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from meshwright.app.apply import RunOptions, apply
from meshwright.app.workspace import open_workspace
from meshwright.crashpoints import CrashPoint
from torture.litter import collects, littered
from torture.meshes import change_data, torture_mesh
from torture.outcome import damage, generation, half_visible, survived
from torture.report import Proof, Tally, main
from torture.victims import KILLED, Crash, Ended, Victims

PROOF = Proof(
    test="crash_points",
    claim="kill -9 at every named crash point of run, publish, repair, init, gc and the reader files, then the same command",
    unit="kills",
    short=8,
    long=400,
)
#: A point is tried at its first, second .. passing, up to this many.
_PASSES = 8


@dataclass(frozen=True, kw_only=True, slots=True)
class _Scene:
    """What is set up, what is run and killed, and what must hold then."""

    name: str
    points: tuple[CrashPoint, ...]
    set_up: Callable[[Path, int], Path]
    words: tuple[str, ...]
    check: Callable[[Path, Victims, tuple[str, ...]], str | None]


def prove(n: int, seed: int, folder: Path) -> Tally:
    """Go through the points, the first passing of each before the second of any; `n` bounds the kills.

    Where `n` is too few for all of them, `seed` decides which.
    """
    tally, victims = Tally(), Victims(folder)
    reached: set[CrashPoint] = set()
    places = [(scene, point) for scene in _SCENES for point in scene.points]
    random.Random(seed).shuffle(places)
    for number, (passing, scene, point) in enumerate(_plan(places, reached), 1):
        if tally.n >= n:
            break
        root = scene.set_up(folder / f"scene-{number}", number)
        ended = victims.run(root, *scene.words, crash=Crash(point=point.value, count=passing))
        if ended.status == KILLED:
            reached.add(point)
            problem = scene.check(root, victims, scene.words)
            tally.trial(None if problem is None else f"{scene.name}, {point.value} passed {passing}: {problem}")
        elif ended.status != 0:
            tally.trial(f"{scene.name}, {point.value} passed {passing}: {_words(ended)}")
        shutil.rmtree(folder / f"scene-{number}", ignore_errors=True)
    for point in sorted(set(CrashPoint) - reached) if tally.n < n else ():
        tally.trial(f"{point.value} was never reached")
    return tally


def _plan(
    places: list[tuple[_Scene, CrashPoint]], reached: set[CrashPoint]
) -> Iterator[tuple[int, _Scene, CrashPoint]]:
    """Yield what to try; a point that no scene reached at its first passing is not waited for at its second."""
    for passing in range(1, _PASSES + 1):
        for scene, point in places:
            if passing == 1 or point in reached:
                yield passing, scene, point


def _fresh(folder: Path, _number: int) -> Path:
    return torture_mesh(folder)


def _published(folder: Path, number: int) -> Path:
    root = torture_mesh(folder)
    apply(open_workspace(root), RunOptions())
    change_data(root, number)
    return root


def _harmed(folder: Path, _number: int) -> Path:
    """A published mesh with a lost and a damaged file, one made from the other, and waste."""
    root = torture_mesh(folder)
    apply(open_workspace(root), RunOptions())
    store = root / ".meshwright/store/sales"
    (lost,) = (store / "orders/orders").rglob("*.parquet")
    (damaged,) = (store / "totals/per_customer").rglob("*.parquet")
    shutil.copyfile(lost, lost.with_name(lost.name.replace("-0.parquet", "-7.parquet")))
    lost.unlink()
    damaged.chmod(0o600)
    damaged.write_bytes(damaged.read_bytes()[:-9])
    return root


def _goes_on(root: Path, _victims: Victims, _words: tuple[str, ...]) -> str | None:
    return survived(root)


def _repairs(root: Path, victims: Victims, words: tuple[str, ...]) -> str | None:
    before = generation(root)
    if (problem := half_visible(root)) is not None:
        return problem
    ended = victims.run(root, *words)
    if ended.status != 0:
        return f"the repair after it: {_words(ended)}"
    if generation(root) != before:
        return "a repair published something"
    return half_visible(root) or damage(root, is_settled=True) or survived(root)


def _begins(root: Path, victims: Victims, words: tuple[str, ...]) -> str | None:
    ended = victims.run(root, *words)
    if ended.status != 0:
        return f"the init after it: {_words(ended)}"
    left = [found.name for found in root.iterdir() if found.name.startswith(".mw-init")]
    if left:
        return f"left behind: {left}"
    ended = victims.run(root / "new", "check", "--json")
    return None if ended.status == 0 else f"the new mesh does not pass: {_words(ended)}"


def _words(ended: Ended) -> str:
    return f"status {ended.status}: {(ended.out + ended.err)[-1500:]}"


def _empty(folder: Path, _number: int) -> Path:
    folder.mkdir()
    return folder


def _repository(folder: Path, _number: int) -> Path:
    (folder / "new" / ".git").mkdir(parents=True)
    return folder


_RUN = tuple(point for point in CrashPoint if not point.startswith(("init.", "repair.", "gc.")))
_REPAIR = tuple(
    point
    for point in CrashPoint
    if point.startswith(("repair.", "readers.")) or point in {CrashPoint.FILES_SYNCED, CrashPoint.FOLDERS_SYNCED}
)
_INIT = ("init", "new", "--template", "blank", "--json")
_SCENES = (
    _Scene(name="first run", points=_RUN, set_up=_fresh, words=("run", "--json"), check=_goes_on),
    _Scene(name="later run", points=_RUN, set_up=_published, words=("run", "--json"), check=_goes_on),
    _Scene(
        name="repair",
        points=_REPAIR,
        set_up=_harmed,
        words=("verify", "--repair", "--older-than", "0s", "--json"),
        check=_repairs,
    ),
    _Scene(
        name="gc",
        points=tuple(point for point in CrashPoint if point.startswith("gc.")),
        set_up=littered,
        words=("gc", "--json"),
        check=collects,
    ),
    _Scene(
        name="init",
        points=(CrashPoint.INIT_WRITING, CrashPoint.INIT_WRITTEN),
        set_up=_empty,
        words=_INIT,
        check=_begins,
    ),
    _Scene(
        name="init into a repository",
        points=(CrashPoint.INIT_WRITING, CrashPoint.INIT_WRITTEN, CrashPoint.INIT_MOVING),
        set_up=_repository,
        words=_INIT,
        check=_begins,
    ),
)


if __name__ == "__main__":
    raise SystemExit(main(PROOF, prove))
