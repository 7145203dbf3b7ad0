"""Runs the proofs, each in a process of its own, and writes the tables of `docs/reliability.md` and `docs/security.md`.

``python -m torture [NAME...] [--n N] [--seed S] [--jobs J] [--write]``: without names all; without ``--n`` the long form of each.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from torture.report import all_proofs
from torture.table import write_figures

_LONGEST = frozenset({"calls", "io_errors", "crash_points", "readers"})


def run() -> int:
    """Run what is asked for; 0 where nothing failed."""
    proofs = {proof.test: proof for proof, _ in all_proofs()}
    parser = argparse.ArgumentParser(prog="python -m torture", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(proofs)}")
    parser.add_argument("--n", type=int, help="trials of each, instead of the long form")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="proofs at once (default %(default)s)")
    parser.add_argument(
        "--write", action="store_true", help="put the figures into docs/reliability.md and docs/security.md"
    )
    asked = parser.parse_args()
    if unknown := sorted(set(asked.names) - proofs.keys()):
        parser.error(f"no proof is called {', '.join(unknown)}; there are {', '.join(proofs)}")

    def carry_out(name: str) -> tuple[bool, str]:
        count = proofs[name].long if asked.n is None else asked.n
        command = [sys.executable, "-m", f"torture.{name}", "--n", str(count), "--seed", str(asked.seed)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
        sys.stdout.write(done.stdout)
        sys.stdout.flush()
        return done.returncode == 0, done.stdout

    # The longest first, so that none of them is left alone at the end.
    names = sorted(asked.names or proofs, key=lambda name: name not in _LONGEST)
    with ThreadPoolExecutor(asked.jobs) as pool:
        ended = list(pool.map(carry_out, names))
    if asked.write:
        lines = [line for _, text in ended for line in text.splitlines()]
        claims = {name: proof.claim for name, proof in proofs.items()}
        for page in {proofs[name].page for name in names}:
            own = [line for line in lines if proofs[json.loads(line)["test"]].page == page]
            write_figures(own, claims, page)
    return 0 if all(is_good for is_good, _ in ended) else 1


if __name__ == "__main__":
    sys.exit(run())
