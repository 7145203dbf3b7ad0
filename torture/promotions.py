"""A hundred promotions at once, by processes, with readers beside them: the history must be linearizable.

Sandboxes are made over one generation of `prod`. Some change the same product, some two products that others change as
well, some what is made from a product that others change; the rest change a product that is theirs alone. Each is
promoted by a process of its own, most at the same moment and some while these are at it, while readers look at the
pointers and at the generation. Every call is written down with its times and its answer, and `histories` decides: one winner
of those that replace the same, none that was made from what moved, no refusal without a reason. Besides:

- who was refused was told so by MW-S111 or MW-D201, with the way on;
- all that change what is theirs alone were done;
- afterwards no run is left open, what stands is what the history says, and `verify` is clean.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from multiprocessing.process import BaseProcess
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier, Event
from pathlib import Path

from meshwright.app.apply import RunOptions, apply
from meshwright.app.promotion import PromotionWish, promote
from meshwright.app.sandboxes import SandboxWish, create_sandbox
from meshwright.app.workspace import Workspace, open_workspace
from meshwright.diagnostics import RefusedError
from meshwright.state.protocol import Reader
from meshwright.state.records import ObjectKind, RunState
from torture.boxes import SQLITE, forking, opened_state, wide_mesh
from torture.histories import History, Look, Move, problems_of
from torture.outcome import damage
from torture.report import Proof, Tally, main

PROOF = Proof(
    test="promotions",
    claim="100 promotions at once by processes, with readers: linearizable, one winner a conflict, no false conflict (SQLite)",
    unit="promotions",
    short=12,
    long=400,
)
#: Promotions at the same moment.
_AT_ONCE = 100
_READERS = 3
#: Share of those that begin later.
_LATE = 0.3
#: Processes that build sandboxes before.
_BUILDERS = 4
_WAY_ON = frozenset({"MW-S111", "MW-D201"})


@dataclass(frozen=True, kw_only=True, slots=True)
class _Box:
    """A sandbox, and what it changes."""

    name: str
    products: tuple[str, ...]
    #: Whether nobody else changes these, or what they are made from.
    is_alone: bool = False
    #: How long after the others it begins: who plans when others have moved already must find no conflict in that.
    delay_s: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class _Told:
    """How a promotion went."""

    box: str
    called_ns: int
    ended_ns: int
    generation: int | None = None
    #: A refusal's code and way on, or what else was raised.
    code: str = ""
    words: str = ""


def prove(n: int, seed: int, folder: Path) -> Tally:
    """Promote `n` sandboxes, a hundred at a time."""
    return promoted(n, seed, folder, SQLITE)


def promoted(n: int, seed: int, folder: Path, state: str) -> Tally:
    """Do it on a state of any kind."""
    tally, chance = Tally(), random.Random(seed)
    groups, alone = _shares(min(n, _AT_ONCE))
    workspace = wide_mesh(folder / "mesh", groups + alone, readers=groups, state=state)
    report = apply(workspace, RunOptions())
    if report.state is not RunState.SUCCEEDED:
        return Tally(n=1, failures=1, told=[f"the first run {report.state.value}: {report.error}"])
    turn = 0
    while tally.n < n:
        turn += 1
        boxes = _boxes(min(n - tally.n, _AT_ONCE), turn, groups, chance)
        for problem in _round(workspace, state, boxes):
            tally.trial(None if problem is None else f"seed {seed}, round {turn}: {problem}")
    return tally


def _shares(number: int) -> tuple[int, int]:
    """Return how many products are fought for, and how many belong to one sandbox each."""
    return max(2, number // 10), max(2, number // 3)


def _boxes(number: int, turn: int, groups: int, chance: random.Random) -> list[_Box]:
    """Return sandboxes: a third alone, the rest over products (or what reads them) that several change."""
    alone = min(max(2, number // 3), number)
    boxes = [_Box(name=f"t{turn}-alone{at}", products=(f"one.p{groups + at}",), is_alone=True) for at in range(alone)]
    for at in range(number - alone):
        group = at % groups
        products: tuple[str, ...] = (f"one.p{group}",)
        if chance.random() < 0.25:
            products = (f"one.r{group}",)
        elif chance.random() < 0.25:
            products = tuple(sorted({f"one.p{group}", f"one.p{chance.randrange(groups)}"}))
        boxes.append(_Box(name=f"t{turn}-{at}", products=products))
    chance.shuffle(boxes)
    return [replace(box, delay_s=2 * chance.random()) if chance.random() < _LATE else box for box in boxes]


def _round(workspace: Workspace, address: str, boxes: Sequence[_Box]) -> Iterator[str | None]:
    """Promote all of them at once, and yield for each what was wrong; what concerns all of them is laid to the first."""
    context = forking()
    building = [context.Process(target=_build, args=(workspace.root, boxes[at::_BUILDERS])) for at in range(_BUILDERS)]
    _all_over(building)
    state = opened_state(workspace.root, address)
    try:
        first, standing = state.reader.generation("prod"), _standing(state.reader)
        wanted = {box.name: _wanted(state.reader, box.name) for box in boxes}
        told, looks = _promoted_at_once(workspace.root, address, boxes)
        moves = [_move(one, *wanted[one.box]) for one in told if not one.words or one.code in _WAY_ON]
        common = [
            *problems_of(History(first=first, standing=standing, operations=(*moves, *looks))),
            *_after(workspace, state.reader, boxes, told, looks),
        ]
    finally:
        state.close()
    answers: Mapping[str, _Told] = {one.box: one for one in told}
    for at, box in enumerate(boxes):
        own = _own_problem(box, answers.get(box.name))
        yield own or ("; ".join(common[:5]) if at == 0 and common else None)


def _own_problem(box: _Box, told: _Told | None) -> str | None:
    if told is None:
        return f"{box.name} never answered"
    if told.generation is not None:
        return None
    if told.code not in _WAY_ON:
        return f"{box.name} ended with {told.code} {told.words}"
    if "mw " not in told.words and "again" not in told.words:
        return f"{box.name} was refused without a way on: {told.code} {told.words}"
    return f"{box.name} changes what is its own alone, and was refused: {told.code}" if box.is_alone else None


def _after(
    workspace: Workspace, reader: Reader, boxes: Sequence[_Box], told: Sequence[_Told], looks: Sequence[Look]
) -> Iterator[str]:
    """Yield what is wrong when all is over."""
    left = [run.id for run in reader.runs(2 * len(boxes)) if run.state is RunState.RUNNING]
    if left:
        yield f"runs are left open: {left}"
    done = sum(one.generation is not None for one in told)
    if len({look.generation for look in looks if look.standing is None}) < min(3, done):
        yield f"the readers saw {len({look.generation for look in looks})} generations only"
    problem = damage(workspace.root, is_settled=True)
    if problem is not None:
        yield problem


def _build(root: Path, boxes: Sequence[_Box]) -> None:
    """Make sandboxes and run into them what they change, in this process."""
    workspace = open_workspace(root)
    for box in boxes:
        create_sandbox(workspace, SandboxWish(name=box.name))
        options = RunOptions(environment=box.name, select=box.products, only=True, params={"stamp": box.name})
        report = apply(workspace, options)
        if report.state is not RunState.SUCCEEDED:
            raise SystemExit(f"{box.name}: {report.state.value} {report.error}")


def _standing(reader: Reader) -> dict[str, str]:
    return {name: pointer.revision for name, pointer in reader.pointers("prod").items()}


def _wanted(reader: Reader, box: str) -> tuple[dict[str, str | None], dict[str, str | None]]:
    """Return what a sandbox's promotion needs to stand, and what it puts there, from the records of its versions alone."""
    stands = _standing(reader)
    own = reader.overlay(box)
    puts: dict[str, str | None] = {name: one.revision for name, one in own.items()}
    needs: dict[str, str | None] = {name: stands.get(name) for name in puts}
    built = {one.revision for one in own.values() if one.kind is ObjectKind.DATASET and one.revision}
    for version in reader.versions(built).values():
        needs.update({name: revision for name, revision in version.inputs.items() if name not in puts})
    return needs, puts


def _move(told: _Told, needs: Mapping[str, str | None], puts: Mapping[str, str | None]) -> Move:
    return Move(
        who=told.box,
        called_ns=told.called_ns,
        ended_ns=told.ended_ns,
        needs=needs,
        puts=puts,
        generation=told.generation,
    )


def _promoted_at_once(root: Path, address: str, boxes: Sequence[_Box]) -> tuple[list[_Told], list[Look]]:
    context = forking()
    barrier, done = context.Barrier(len(boxes) + _READERS), context.Event()
    answers: Queue[_Told] = context.Queue()
    seen: Queue[list[Look]] = context.Queue()
    promoters = [context.Process(target=_promote, args=(root, box, barrier, answers)) for box in boxes]
    readers = [
        context.Process(target=_look, args=(root, address, f"reader {at}", barrier, done, seen))
        for at in range(_READERS)
    ]
    for process in (*promoters, *readers):
        process.start()
    told = [answers.get(timeout=600) for _ in promoters]
    done.set()
    looks = [look for _ in readers for look in seen.get(timeout=60)]
    for process in (*promoters, *readers):
        process.join()
    return told, looks


def _all_over(processes: Sequence[BaseProcess]) -> None:
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    if any(process.exitcode for process in processes):
        raise SystemExit("sandboxes could not be built")


def _promote(root: Path, box: _Box, barrier: Barrier, answers: Queue[_Told]) -> None:
    """Promote one sandbox when everybody is ready."""
    workspace = open_workspace(root)
    barrier.wait()
    time.sleep(box.delay_s)
    called_ns = time.monotonic_ns()
    generation, code, words = None, "", ""
    try:
        report = promote(workspace, PromotionWish(sandbox=box.name)).report
        generation = report.generation if report.published else None
        if generation is None:
            code, words = (
                "not published",
                f"{report.state.value}: {[one.reason for one in report.not_published]} {report.error}",
            )
    except RefusedError as error:
        code, words = error.first.code, f"{error.first.message} fix: {error.first.fix}"
    except Exception as error:  # noqa: BLE001  whatever it is, it is what this looks for
        code, words = type(error).__name__, str(error)
    ended_ns = time.monotonic_ns()
    answers.put(
        _Told(box=box.name, called_ns=called_ns, ended_ns=ended_ns, generation=generation, code=code, words=words)
    )


def _look(root: Path, address: str, who: str, barrier: Barrier, done: Event, seen: Queue[list[Look]]) -> None:
    """Look at the pointers, and at the generation, in turn, until all is over; what was seen before again is not kept."""
    state = opened_state(root, address)
    looks: list[Look] = []
    barrier.wait()
    while not done.is_set():
        called_ns = time.monotonic_ns()
        found = state.reader.pointers("prod")
        between_ns = time.monotonic_ns()
        generation = state.reader.generation("prod")
        ended_ns = time.monotonic_ns()
        standing = {name: pointer.revision for name, pointer in found.items()}
        shown = max(pointer.generation for pointer in found.values())
        looks.append(Look(who=who, called_ns=called_ns, ended_ns=between_ns, standing=standing, generation=shown))
        looks.append(Look(who=who, called_ns=between_ns, ended_ns=ended_ns, generation=generation))
        time.sleep(0.002)  # leaves the machine to those who promote
    state.close()
    seen.put(looks)


if __name__ == "__main__":
    raise SystemExit(main(PROOF, prove))
