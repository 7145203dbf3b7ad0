"""kill -9 at every named crash point (`meshwright.crashpoints`), each time that it is reached up to a few times.

The scenes: a mesh's first run; a run that publishes over what stands; the commands that move pointers
(`scenes.MOVES`); a collection of garbage; a repair of lost and damaged files; an init, into a new folder and into one
that is there. After each kill the same command must end well; see `outcome.survived`. A point that no scene reaches is a
failure too: its name would be an empty promise.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from meshwright.app.apply import RunOptions, apply
from meshwright.app.workspace import open_workspace
from meshwright.crashpoints import CrashPoint
from torture.litter import COLLECTION
from torture.meshes import torture_mesh
from torture.outcome import damage, generation, half_visible, survived
from torture.provisioned import PROVISIONED
from torture.report import Proof, Tally, main
from torture.scenes import MOVES, RUNS, Scene, Stage, in_words
from torture.victims import KILLED, Crash, Victims

PROOF = Proof(
    test="crash_points",
    claim="kill -9 at every named crash point of run, promote, rollback, pin, rebase, repair, init, gc; the same again",
    unit="kills",
    short=8,
    long=400,
)
#: A point is tried at its first, second .. passing, up to this many.
_PASSES = 8


def prove(n: int, seed: int, folder: Path) -> Tally:
    """Go through the points, the first passing of each before the second of any; `n` bounds the kills.

    Where `n` is too few for all of them, `seed` decides which.
    """
    tally, victims, stage = Tally(), Victims(folder), Stage(folder)
    reached: set[CrashPoint] = set()
    places = [(scene, point) for scene in _SCENES for point in scene.points]
    random.Random(seed).shuffle(places)
    for passing, scene, point in _plan(places, reached):
        if tally.n >= n:
            break
        root = stage.fresh(scene)
        ended = victims.run(root, *scene.words, crash=Crash(point=point.value, count=passing))
        if ended.status == KILLED:
            reached.add(point)
            problem = scene.check(root, victims, scene.words)
            tally.trial(None if problem is None else f"{scene.name}, {point.value} passed {passing}: {problem}")
        elif ended.status != 0:
            tally.trial(f"{scene.name}, {point.value} passed {passing}: {in_words(ended)}")
    # Those of a server's requests: torture.keyed_requests.
    named = {point for point in CrashPoint if not point.startswith("request.")}
    for point in sorted(named - reached) if tally.n < n else ():
        tally.trial(f"{point.value} was never reached")
    return tally


def _plan(places: list[tuple[Scene, CrashPoint]], reached: set[CrashPoint]) -> Iterator[tuple[int, Scene, CrashPoint]]:
    """Yield what to try; a point that no scene reached at its first passing is not waited for at its second."""
    for passing in range(1, _PASSES + 1):
        for scene, point in places:
            if passing == 1 or point in reached:
                yield passing, scene, point


def _harmed(root: Path) -> None:
    """A published mesh with a lost and a damaged file, one made from the other, and waste."""
    torture_mesh(root)
    apply(open_workspace(root), RunOptions())
    store = root / ".meshwright/store/sales"
    (lost,) = (store / "orders/orders").rglob("*.parquet")
    (damaged,) = (store / "totals/per_customer").rglob("*.parquet")
    shutil.copyfile(lost, lost.with_name(lost.name.replace("-0.parquet", "-7.parquet")))
    lost.unlink()
    damaged.chmod(0o600)
    damaged.write_bytes(damaged.read_bytes()[:-9])


def _repairs(root: Path, victims: Victims, words: tuple[str, ...]) -> str | None:
    before = generation(root)
    if (problem := half_visible(root)) is not None:
        return problem
    ended = victims.run(root, *words)
    if ended.status != 0:
        return f"the repair after it: {in_words(ended)}"
    if generation(root) != before:
        return "a repair published something"
    return half_visible(root) or damage(root, is_settled=True) or survived(root)


def _begins(root: Path, victims: Victims, words: tuple[str, ...]) -> str | None:
    ended = victims.run(root, *words)
    if ended.status != 0:
        return f"the init after it: {in_words(ended)}"
    left = [found.name for found in root.iterdir() if found.name.startswith(".mw-init")]
    if left:
        return f"left behind: {left}"
    ended = victims.run(root / "new", "check", "--json")
    return None if ended.status == 0 else f"the new mesh does not pass: {in_words(ended)}"


def _empty(root: Path) -> None:
    root.mkdir()


def _repository(root: Path) -> None:
    (root / "new" / ".git").mkdir(parents=True)


_RUN = tuple(
    point
    for point in CrashPoint
    if not point.startswith(("init.", "repair.", "move.", "sandbox.", "gc.", "provision.", "request."))
)
_REPAIR = tuple(
    point
    for point in CrashPoint
    if point.startswith(("repair.", "readers.")) or point in {CrashPoint.FILES_SYNCED, CrashPoint.FOLDERS_SYNCED}
)
_INIT = ("init", "new", "--template", "blank", "--json")
_SCENES = (
    *(replace(scene, points=_RUN) for scene in RUNS),
    *MOVES,
    COLLECTION,
    *PROVISIONED,
    Scene(
        name="repair",
        points=_REPAIR,
        set_up=_harmed,
        words=("verify", "--repair", "--older-than", "0s", "--json"),
        check=_repairs,
    ),
    Scene(
        name="init",
        points=(CrashPoint.INIT_WRITING, CrashPoint.INIT_WRITTEN),
        set_up=_empty,
        words=_INIT,
        check=_begins,
    ),
    Scene(
        name="init into a repository",
        points=(CrashPoint.INIT_WRITING, CrashPoint.INIT_WRITTEN, CrashPoint.INIT_MOVING),
        set_up=_repository,
        words=_INIT,
        check=_begins,
    ),
)


if __name__ == "__main__":
    raise SystemExit(main(PROOF, prove))
