"""Lost workers: kill -9 of the processes in which Python nodes run, at random moments of a run.

The run tells which step lost its process, or has made up for it; nothing is half visible; the same command then ends
well. The processes that a killed coordinator leaves behind end by themselves: that is tried in every second trial.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path

from meshwright.app.apply import RunOptions, apply
from meshwright.app.workspace import open_workspace
from tests.meshes import write_file
from torture.meshes import torture_mesh
from torture.outcome import survived, wrong_end
from torture.report import Proof, Tally, main
from torture.victims import KILLED, Victim, Victims

PROOF = Proof(
    test="workers",
    claim="kill -9 of the worker processes of Python nodes, and of coordinators with workers: told or made up for, none left",
    unit="kills",
    short=2,
    long=50,
)
_NODES = 3
#: How long processes may take to notice that the coordinator is gone.
_LEFT_S = 30.0
_FUNCTION = """
import time
import pyarrow as pa

def build(orders: pa.Table) -> pa.Table:
    time.sleep({pause})
    return orders.slice(0, {number} + 1)
"""


def prove(n: int, seed: int, folder: Path) -> Tally:
    """Kill `n` times."""
    tally, chance, victims = Tally(), random.Random(seed), Victims(folder)
    start = _mesh(folder / "start")
    apply(open_workspace(start), RunOptions(select=("sales.orders",)))
    while tally.n < n:
        root = folder / "trial"
        shutil.copytree(start, root)
        victim = victims.start(root, "run", "--json")
        try:
            words, problem = _trial(root, victim, chance, kills_coordinator=tally.n % 2 == 1)
        finally:
            victim.kill()
            victim.wait()
        tally.trial(None if problem is None else f"seed {seed}, trial {tally.n}, {words}: {problem}")
        shutil.rmtree(root)
    return tally


def _trial(root: Path, victim: Victim, chance: random.Random, *, kills_coordinator: bool) -> tuple[str, str | None]:
    deadline = time.monotonic() + 60
    while not victim.children():
        if time.monotonic() > deadline or victim.process.exitcode is not None:
            return "no kill", f"started no worker: {victim.wait().err}"
        time.sleep(0.005)
    moment_s = chance.random() * 1.5
    time.sleep(moment_s)
    children = victim.children()
    words = f"after {moment_s:.2f} s"
    if kills_coordinator:
        victim.kill()
        ended = victim.wait()
        left = _left(children)
        if left:
            return words, f"the coordinator was killed, and its processes go on: {'; '.join(map(_shown, left))}"
        return words, survived(root) if ended.status == KILLED else wrong_end(ended, frozenset({0}))
    if children:
        with suppress(ProcessLookupError):
            os.kill(chance.choice(children), signal.SIGKILL)
    return words, wrong_end(victim.wait(), frozenset({0, 1, 3})) or survived(root)


def _left(children: list[int]) -> list[int]:
    """Return which processes still live after a while."""
    deadline = time.monotonic() + _LEFT_S
    while (left := [pid for pid in children if _lives(pid)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def _shown(pid: int) -> str:
    """Return what a process is and waits for, for whoever has to find out why it is there."""
    shown = [str(pid)]
    for name in ("cmdline", "wchan", "stat"):
        with suppress(OSError):
            shown.append(Path(f"/proc/{pid}/{name}").read_text().replace("\0", " ")[:200])
    return " ".join(shown)


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _mesh(root: Path) -> Path:
    torture_mesh(root)
    nodes = "".join(
        f"  slow_{number}: {{python: slow_{number}.py:build, inputs: [sales.orders.orders]}}\n"
        for number in range(_NODES)
    )
    write_file(root, "domains/sales/slow/pipeline.yaml", f"nodes:\n{nodes}")
    for number in range(_NODES):
        text = _FUNCTION.format(number=number, pause=0.1 + 0.2 * number)
        write_file(root, f"domains/sales/slow/slow_{number}.py", text)
    return root


if __name__ == "__main__":
    raise SystemExit(main(PROOF, prove))
