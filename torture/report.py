"""What a proof is and how it reports: a description, a tally of trials, one JSON line.

A proof is a module of this folder with `PROOF` (what is claimed) and `prove` (tries it n times). Everything else,
command line, timing, the line, the short form in the tests, the table in the docs, follows from those two.
"""

from __future__ import annotations

import argparse
import importlib
import json
import pkgutil
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import torture

#: Failures are told in words up to this many; all are counted.
_TOLD = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Proof:
    """What a proof claims, and how often it tries."""

    #: Name in reports: the module's.
    test: str
    #: What is tried, and what must come of it: one sentence for the table in the docs.
    claim: str
    #: What one trial is, in the plural: ``kills``, ``edits``.
    unit: str
    #: Trials of the short form (`make test`) and of the long one (`make torture`). A proof that goes through a
    #: given list (every crash point, every call) takes as many as there are, at most this many.
    short: int
    long: int
    #: The page of `docs/` that holds its figures.
    page: str = "reliability"
    #: Whether the short form takes less than about two seconds, so that `make quick` runs it as well.
    is_quick: bool = False


@dataclass(kw_only=True, slots=True)
class Tally:
    """Counts trials and keeps what failed. Filled by `prove`."""

    n: int = 0
    failures: int = 0
    #: What failed, in words that let one repeat it.
    told: list[str] = field(default_factory=list)
    #: Why nothing was tried, where this machine does not allow it (no root, no ptrace): n is 0 then.
    skipped: str | None = None

    def trial(self, problem: str | None) -> None:
        """Count one trial; `problem` says what was wrong, None that it was as claimed."""
        self.n += 1
        if problem is not None:
            self.failures += 1
            if len(self.told) < _TOLD:
                self.told.append(problem)


#: Tries the claim about `n` times in `folder` (empty, its own), with randomness from `seed` alone.
Prove = Callable[[int, int, Path], Tally]


def report_line(proof: Proof, tally: Tally, *, seed: int, seconds: float) -> str:
    """Return the proof's JSON line. `bound95` is 3/n where nothing failed, null where no bound can be claimed."""
    is_bounded = tally.n > 0 and tally.failures == 0
    return json.dumps(
        {
            "test": proof.test,
            "n": tally.n,
            "failures": tally.failures,
            "bound95": round(min(1.0, 3 / tally.n), 6) if is_bounded else None,
            "seed": seed,
            "seconds": round(seconds, 1),
            **({"skipped": tally.skipped} if tally.skipped else {}),
        }
    )


def main(proof: Proof, prove: Prove) -> int:
    """Run a proof from the command line: its line on standard output, what failed on standard error.

    Returns 0 where nothing failed, else 1.
    """
    parser = argparse.ArgumentParser(prog=f"python -m torture.{proof.test}", description=proof.claim)
    parser.add_argument("--n", type=int, default=proof.long, help=f"{proof.unit} (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", metavar="DIR", type=Path, help="work in DIR and leave everything there")
    asked = parser.parse_args()
    folder = asked.keep or Path(tempfile.mkdtemp(prefix=f"torture-{proof.test}-"))
    folder.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    try:
        tally = prove(asked.n, asked.seed, folder)
    finally:
        if asked.keep is None:
            shutil.rmtree(folder, ignore_errors=True)
    for words in tally.told:
        sys.stderr.write(f"{proof.test}: {words}\n")
    sys.stdout.write(report_line(proof, tally, seed=asked.seed, seconds=time.monotonic() - started) + "\n")
    return 1 if tally.failures else 0


def all_proofs() -> Iterator[tuple[Proof, Prove]]:
    """Yield every proof of this folder, by name: the modules that have `PROOF` and `prove`."""
    for info in sorted(pkgutil.iter_modules(torture.__path__), key=lambda info: info.name):
        if info.name == "__main__":
            continue
        module = importlib.import_module(f"torture.{info.name}")
        if hasattr(module, "PROOF"):
            yield module.PROOF, module.prove
