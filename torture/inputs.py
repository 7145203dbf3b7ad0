"""Damaged files as the inputs of a run: never read as data, never published, named with the command that mends them.

Trials go round: a file lost, cut, with a flipped bit (which Parquet readers do not notice), replaced by another version's
file, by an empty one, by a folder, by zeros. Each then runs a change that reads the file. The run
must fail with its diagnostic and publish nothing that rests on it; after `verify --repair` the same command succeeds.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from pathlib import Path

from meshwright.app.apply import RunOptions, apply
from meshwright.app.planning import PlanOptions, plan
from meshwright.app.repair import repair
from meshwright.app.workspace import open_workspace
from meshwright.state.records import RunState
from tests.meshes import write_file
from torture.meshes import torture_mesh
from torture.outcome import half_visible
from torture.report import Proof, Tally, main

PROOF = Proof(
    test="inputs",
    claim="lost, cut, bit-flipped and swapped files as inputs of a run: refused by name, nothing of it published, then repaired",
    unit="damaged inputs",
    short=4,
    long=70,
)


def prove(n: int, seed: int, folder: Path) -> Tally:
    """Try `n` damaged inputs."""
    tally, chance = Tally(), random.Random(seed)
    start = torture_mesh(folder / "start")
    apply(open_workspace(start), RunOptions())
    for number in range(n):
        root = folder / "trial"
        shutil.copytree(start, root)
        name, harm = _HARMS[number % len(_HARMS)]
        problem = _trial(root, harm, chance, number)
        tally.trial(None if problem is None else f"seed {seed}, trial {number}, {name}: {problem}")
        shutil.rmtree(root)
    return tally


def _trial(root: Path, harm: Callable[[Path, random.Random], bool], chance: random.Random, number: int) -> str | None:
    workspace = open_workspace(root)
    (file,) = (root / ".meshwright/store/sales/orders/orders").rglob("*.parquet")
    is_seen_by_size = harm(file, chance)
    write_file(
        root,
        "domains/sales/totals/models/per_customer.sql",
        f"select customer, sum(amount) as total, count(*) as orders, {number} as trial from sales.orders.orders group by 1",
    )
    if is_seen_by_size and not any("MW-R017" in note for note in plan(workspace, PlanOptions()).notes):
        return "the plan does not say so"
    report = apply(workspace, RunOptions())
    codes = {step.error.code for step in report.steps if step.error is not None}
    if report.state is not RunState.FAILED or "MW-R017" not in codes or "MW-R015" in codes:
        return f"the run {report.state.value} with {codes}"
    if report.published:
        return f"the run published {report.published}"
    if (wrong := half_visible(root)) is not None:
        return wrong
    mended = repair(workspace)
    if not mended.ok:
        return f"not repaired: {mended.problems}"
    again = apply(workspace, RunOptions())
    if again.state is not RunState.SUCCEEDED or "sales.totals" not in again.published:
        return f"after the repair the run {again.state.value}"
    return half_visible(root)


def _lose(file: Path, _chance: random.Random) -> bool:
    file.unlink()
    return True


def _cut(file: Path, chance: random.Random) -> bool:
    _write(file, file.read_bytes()[: chance.randrange(file.stat().st_size)])
    return True


def _flip(file: Path, chance: random.Random) -> bool:
    harmed = bytearray(file.read_bytes())
    bit = chance.randrange(len(harmed) * 8)
    harmed[bit // 8] ^= 1 << bit % 8
    _write(file, bytes(harmed))
    return False


def _swap(file: Path, _chance: random.Random) -> bool:
    """Another file of this store: whole, readable, and wrong."""
    store = file.parents[4]
    other = next(each for each in sorted(store.rglob("*.parquet")) if each != file)
    size = file.stat().st_size
    _write(file, other.read_bytes())
    return file.stat().st_size != size


def _empty(file: Path, _chance: random.Random) -> bool:
    _write(file, b"")
    return True


def _fold(file: Path, _chance: random.Random) -> bool:
    file.unlink()
    file.mkdir()
    return True


def _zero(file: Path, _chance: random.Random) -> bool:
    """What some file systems leave after a power failure: the right length, all zeros."""
    _write(file, bytes(file.stat().st_size))
    return False


def _write(file: Path, data: bytes) -> None:
    file.chmod(0o600)
    file.write_bytes(data)


_HARMS: tuple[tuple[str, Callable[[Path, random.Random], bool]], ...] = (
    ("lost", _lose),
    ("cut", _cut),
    ("a bit flipped", _flip),
    ("swapped for another version's file", _swap),
    ("empty", _empty),
    ("a folder in its place", _fold),
    ("zeros", _zero),
)


if __name__ == "__main__":
    raise SystemExit(main(PROOF, prove))
