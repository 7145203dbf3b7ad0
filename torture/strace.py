"""The same faults through other eyes: strace makes the n-th fsync, pwrite, rename .. of a thread fail, in the kernel's stead.

`io_errors` counts the calls of all threads as one sequence but sees only calls through the C library; strace sees every
system call but counts for each thread by itself. Runs are whole programs here, started by a shell's means. Needs strace
and the right to trace (`ptrace`).
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

from meshwright.app.apply import RunOptions, apply
from meshwright.app.workspace import open_workspace
from torture.meshes import change_data, torture_mesh
from torture.outcome import survived, wrong_end
from torture.report import Proof, Tally, main
from torture.victims import Ended

PROOF = Proof(
    test="strace",
    claim="EIO and ENOSPC at the n-th system call of each kind, and SIGKILL there, injected by strace",
    unit="faults",
    short=2,
    long=60,
)
_CALLS = ("fsync", "fdatasync", "pwrite64", "ftruncate", "rename", "unlink", "mkdir", "fchmod", "openat")
#: What strikes, and the statuses that are right then; -9 is the death that was asked for.
_FAULTS = (
    ("error=EIO", frozenset({0, 1, 3})),
    ("error=ENOSPC", frozenset({0, 1, 3})),
    ("signal=SIGKILL", frozenset({-9, 137, 0})),
)
_FURTHEST = 40


def prove(n: int, seed: int, folder: Path) -> Tally:
    """Inject `n` faults."""
    strace = shutil.which("strace")
    if strace is None:
        return Tally(skipped="no strace")
    if subprocess.run([strace, "-o", os.devnull, "true"], check=False, capture_output=True).returncode != 0:
        return Tally(skipped="this machine lets nobody trace")
    tally, chance = Tally(), random.Random(seed)
    start = torture_mesh(folder / "start")
    apply(open_workspace(start), RunOptions())
    change_data(start, 1)
    for number in range(n):
        root = folder / "trial"
        shutil.copytree(start, root)
        fault, allowed = _FAULTS[number % len(_FAULTS)]
        call = _CALLS[number // len(_FAULTS) % len(_CALLS)]
        at = 1 + int(_FURTHEST * chance.random() ** 3)
        problem = wrong_end(_run(strace, root, call, fault, at), allowed) or survived(root)
        tally.trial(None if problem is None else f"seed {seed}, trial {number}, {fault} at {call} {at}: {problem}")
        shutil.rmtree(root)
    return tally


def _run(strace: str, root: Path, call: str, fault: str, at: int) -> Ended:
    """Run the mesh under strace. Opening counts only below the private folder: an interpreter must be able to start."""
    limits = (
        ["-P", str(root / ".meshwright/state.db"), "-P", str(root / ".meshwright/cache.db")] if call == "openat" else []
    )
    inject = f"inject={call}:{fault}:when={at}"
    command = [strace, "-f", "-qqq", "-o", os.devnull, *limits, "-e", f"trace={call}", "-e", inject]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [*command, sys.executable, "-m", "meshwright", "run", "--json"],
        cwd=root,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return Ended(status=done.returncode, out=done.stdout, err=done.stderr)


if __name__ == "__main__":
    raise SystemExit(main(PROOF, prove))
