"""Random histories of a mesh that is built by interval, with kill -9 at random moments: the end is that of a full build.

Files arrive (new days, late rows, several days at once, none) and are renamed, tables are rewritten, a definition changes,
intervals are asked for, a sandbox is made, filled and promoted or thrown away, a generation is rolled back and forward again.
Runs are killed now and then, and gone on with by the same command, by a resume, or by whatever comes next. No part that was
committed is built again by the run after a kill, but one of a source: what a source appends is named by its rows, so that a run
killed between the commit of such a part and that of the version has its files read again. See `arrivals` for what must stand in the
end.
"""

from __future__ import annotations

import random
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from meshwright.app.apply import RunOptions, resume
from meshwright.app.promotion import PromotionWish, promote
from meshwright.app.rollback import RollbackWish, rollback
from meshwright.app.runs import list_runs
from meshwright.app.sandboxes import SandboxWish, create_sandbox, delete_sandbox
from meshwright.app.workspace import open_workspace
from meshwright.diagnostics import MeshwrightError
from meshwright.run import interpreter
from meshwright.run.partsteps import PartWork, WrittenPart
from meshwright.run.world import RunWorld
from meshwright.state.records import RunState
from torture.arrivals import World, ran, recorded_parts, said, settled, shape_by
from torture.outcome import damage, half_visible
from torture.report import Proof, Tally, main
from torture.victims import KILLED, Victims

PROOF = Proof(
    test="part_histories",
    claim="late rows, rewritten tables, backfills, sandboxes, kills in any order: equal to a full build, no gap, no overlap",
    unit="histories",
    short=2,
    long=200,
)
_EVENTS = 6
#: Nothing of the asked interval is there; another definition stands: both are said, and nothing happens.
_REFUSED = ("MW-P204", "MW-P205")


def prove(n: int, seed: int, folder: Path) -> Tally:
    """Play `n` histories."""
    tally, victims = Tally(), Victims(folder)
    for trial in range(n):
        chance = random.Random(f"{seed} {trial}")
        world = World(root=folder / f"mesh-{trial}", shape=shape_by(chance), chance=chance)
        problem = _played(world, victims, folder / "fresh")
        tally.trial(
            None if problem is None else f"seed {seed}, history {trial}, {world.shape}, {world.told}: {problem}"
        )
        shutil.rmtree(world.root, ignore_errors=True)
    return tally


def _played(world: World, victims: Victims, fresh: Path) -> str | None:
    chance = world.chance
    world.begin()
    for _ in range(_EVENTS):
        for _ in range(chance.randint(1, 2)):
            chance.choice(
                (world.arrive, world.arrive, world.rename, world.rewrite_rates, world.rewrite_ledger, world.edit)
            )()
        problem = chance.choice((_killed, _killed, _runs, _backfilled, _sandboxed, _rolled, lambda *_: None))(
            world, victims
        )
        if problem is not None:
            return problem
    return settled(world, fresh) or damage(world.root, is_settled=True)


def _runs(world: World, _victims: Victims) -> str | None:
    world.told.append("run")
    return ran(world.root)


def _backfilled(world: World, _victims: Victims) -> str | None:
    dataset, interval = world.interval()
    return _unless_refused(ran(world.root, RunOptions(select=(dataset,), interval=interval)))


def _unless_refused(problem: str | None) -> str | None:
    return None if problem is not None and any(code in problem for code in _REFUSED) else problem


def _killed(world: World, victims: Victims) -> str | None:
    """Kill a run at a random moment; then the same again, a resume, or nothing."""
    moment_s = world.chance.random() ** 2 * 4
    world.told.append(f"run killed after {moment_s:.2f} s")
    victim = victims.start(world.root, "run", "--json")
    time.sleep(moment_s)
    victim.kill()
    ended = victim.wait()
    if ended.status != KILLED:
        told = ended.out + ended.err
        return None if ended.status == 0 else f"status {ended.status}: {told[-1500:]}"
    if (problem := half_visible(world.root) or _damaged(world.root)) is not None:
        return problem
    way = world.chance.choice(("again", "resume", "nothing"))
    world.told.append(way)
    if way == "nothing":
        return None
    before = recorded_parts(world.root)
    with _built_parts() as built:
        problem = _resumed(world.root) if way == "resume" else ran(world.root)
    if problem is None and built & before:
        return f"built again what was committed: {sorted(built & before)}"
    return problem


def _damaged(root: Path) -> str | None:
    return damage(root, is_settled=False) if (root / ".meshwright/state.db").exists() else None


def _resumed(root: Path) -> str | None:
    workspace = open_workspace(root)
    try:
        interrupted = [run.id for run in list_runs(workspace) if run.state is RunState.INTERRUPTED]
        return said(resume(workspace, interrupted[0])) if interrupted else ran(root)
    except MeshwrightError as error:
        return f"a resume was refused: {error}"


@contextmanager
def _built_parts() -> Iterator[set[str]]:
    """Note the parts that runs of this process build, those of sources aside."""
    built: set[str] = set()
    write = interpreter.write_part

    def noted(work: PartWork, world: RunWorld) -> WrittenPart:
        written = write(work, world)
        if work.rows is None:
            built.add(written.part.id)
        return written

    interpreter.write_part = noted
    try:
        yield built
    finally:
        interpreter.write_part = write


def _sandboxed(world: World, _victims: Victims) -> str | None:
    """Build in a sandbox what has come, then promote it or throw it away."""
    if (problem := ran(world.root)) is not None:
        return problem
    workspace = open_workspace(world.root)
    name = f"box{len(world.told)}"
    create_sandbox(workspace, SandboxWish(name=name))
    world.chance.choice((world.arrive, world.rewrite_ledger, world.edit))()
    if (problem := ran(world.root, RunOptions(environment=name))) is not None:
        return f"in a sandbox: {problem}"
    is_promoted = world.chance.random() < 0.5
    world.told.append(f"{name} {'promoted' if is_promoted else 'deleted'}")
    if is_promoted:
        promote(workspace, PromotionWish(sandbox=name))
    delete_sandbox(workspace, name)
    return None


def _rolled(world: World, _victims: Victims) -> str | None:
    """Go back a generation and forward again; what ran in between knows nothing of it."""
    if (problem := ran(world.root)) is not None:
        return problem
    workspace = open_workspace(world.root)
    try:
        rollback(workspace, RollbackWish(environment="prod"))
    except MeshwrightError:
        return None  # there is one generation alone
    world.told.append("rolled back and forward")
    rollback(workspace, RollbackWish(environment="prod"))
    return None


if __name__ == "__main__":
    raise SystemExit(main(PROOF, prove))
