"""kill -9 at random moments of a run: of the first one of a mesh, and of later ones that publish over what stands.

After each kill nothing may be half visible; the same command, or `runs resume`, must end well, build nothing that was
committed, and leave `verify` clean but for the waste of the killed build, which `verify --repair` moves away.
"""

from __future__ import annotations

import random
import shutil
import time
from pathlib import Path

from torture.meshes import change_data, torture_mesh
from torture.outcome import survived
from torture.report import Proof, Tally, main
from torture.victims import KILLED, Victims

PROOF = Proof(
    test="crash",
    claim="kill -9 at random moments of run and publish, then the same command or a resume: whole, nothing rebuilt",
    unit="kills",
    short=4,
    long=200,
)
#: Trials on one mesh before a fresh one is taken.
_LIFE = 10


def prove(n: int, seed: int, folder: Path) -> Tally:
    """Kill `n` runs."""
    tally, chance, victims = Tally(), random.Random(seed), Victims(folder)
    root, length_s = folder / "unmade", 1.0
    tries = 0
    while tally.n < n:
        if tries % _LIFE == 0:
            shutil.rmtree(root, ignore_errors=True)
            root = torture_mesh(folder / f"mesh-{tries}")
        else:
            change_data(root, tries)
        tries += 1
        moment_s = chance.random() * length_s
        victim = victims.start(root, "run", "--json")
        started = time.monotonic()
        time.sleep(moment_s)
        victim.kill()
        ended = victim.wait()
        if ended.status != KILLED:  # it was faster: the next kills come sooner
            length_s = max(0.2, 0.9 * length_s)
            problem = None if ended.status == 0 else f"seed {seed}, try {tries}: status {ended.status}: {ended.err}"
            if problem:
                tally.trial(problem)
            continue
        length_s = max(length_s, 1.2 * (time.monotonic() - started))
        problem = survived(root, by_resume=chance.random() < 0.5)
        tally.trial(None if problem is None else f"seed {seed}, kill {tally.n} after {moment_s:.3f} s: {problem}")
    return tally


if __name__ == "__main__":
    raise SystemExit(main(PROOF, prove))
