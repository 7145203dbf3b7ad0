"""EIO and ENOSPC at the k-th call on a file of the mesh, for every k: once, and for good from there on.

EIO strikes calls that read and calls that change, ENOSPC those that change. The run ends well, or with a diagnostic and
status 1 or 3; what was visible stays whole; without the fault the same command then ends well. Never a traceback.
"""

from __future__ import annotations

import errno
import shutil
from dataclasses import dataclass
from pathlib import Path

from meshwright.app.apply import RunOptions, apply
from meshwright.app.workspace import open_workspace
from torture.calls import spread
from torture.meshes import change_data, torture_mesh
from torture.outcome import survived, wrong_end
from torture.report import Proof, Tally, main
from torture.shim import BOTH, CHANGES, Fault, build, counted, new_counter
from torture.victims import Victims

PROOF = Proof(
    test="io_errors",
    claim="EIO and ENOSPC at the k-th call, once and lasting: succeeded whole, or a diagnostic with status 1 or 3",
    unit="faults",
    short=8,
    long=600,
)
_ALLOWED = frozenset({0, 1, 3})


@dataclass(frozen=True, kw_only=True, slots=True)
class _Kind:
    """A kind of fault."""

    name: str
    error: int
    kinds: int
    is_lasting: bool


_KINDS = (
    _Kind(name="EIO once", error=errno.EIO, kinds=BOTH, is_lasting=False),
    _Kind(name="EIO lasting", error=errno.EIO, kinds=BOTH, is_lasting=True),
    _Kind(name="ENOSPC once", error=errno.ENOSPC, kinds=CHANGES, is_lasting=False),
    _Kind(name="ENOSPC lasting", error=errno.ENOSPC, kinds=CHANGES, is_lasting=True),
)


def prove(n: int, _seed: int, folder: Path) -> Tally:
    """Strike at every k with every kind; at `n` places in all, evenly spread, where there are more."""
    library = build(folder)
    if library is None:
        return Tally(skipped="no C compiler")
    tally, victims = Tally(), Victims(folder, library)
    starts = {"first": torture_mesh(folder / "first"), "later": torture_mesh(folder / "later")}
    apply(open_workspace(starts["later"]), RunOptions())
    change_data(starts["later"], 1)
    sweeps = [(start, kind) for kind in _KINDS for start in starts.values()]
    kinds = {kind.kinds for kind in _KINDS}
    lengths = {(start, asked): _length(start, asked, victims, folder) for start in starts.values() for asked in kinds}
    for start, kind in sweeps:
        length = lengths[start, kind.kinds]
        for at in spread(length, max(1, min(length, n // len(sweeps)))):
            root = folder / "trial"
            shutil.copytree(start, root)
            problem = _trial(root, kind, at, victims)
            tally.trial(
                None if problem is None else f"{start.name} run, {kind.name} at call {at} of {length}: {problem}"
            )
            shutil.rmtree(root)
    return tally


def _trial(root: Path, kind: _Kind, at: int, victims: Victims) -> str | None:
    new_counter(victims.counter)
    fault = Fault(at=at, error=kind.error, kinds=kind.kinds, is_lasting=kind.is_lasting)
    ended = victims.run(root, "run", "--json", fault=fault)
    return wrong_end(ended, _ALLOWED) or survived(root)


def _length(start: Path, kinds: int, victims: Victims, folder: Path) -> int:
    root = folder / "counted"
    shutil.copytree(start, root)
    new_counter(victims.counter)
    victims.run(root, "run", "--json", fault=Fault(at=0, kinds=kinds))
    shutil.rmtree(root)
    return counted(victims.counter)


if __name__ == "__main__":
    raise SystemExit(main(PROOF, prove))
