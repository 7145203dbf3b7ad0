"""Bit flips and truncations of stored files: `verify` finds every one, and names the file.

Each trial harms one file of one version (one bit anywhere, or a cut at any length), asks `verify` in this process,
and puts the file back. One trial in ten is repaired instead, and must be whole afterwards.
"""

from __future__ import annotations

import random
from pathlib import Path

from meshwright.app.apply import RunOptions, apply
from meshwright.app.repair import repair
from meshwright.app.verify import verify
from meshwright.app.workspace import Workspace, open_workspace
from torture.meshes import torture_mesh
from torture.report import Proof, Tally, main

PROOF = Proof(
    test="damage",
    claim="1,000 bit flips and 100 truncations of stored files: all found by verify; one in ten repaired to the same rows",
    unit="harms",
    short=11,
    long=1100,
)
_FLIPS = 10
_REPAIRED = 10


def prove(n: int, seed: int, folder: Path) -> Tally:
    """Harm files `n` times: ten flips to a truncation."""
    tally, chance = Tally(), random.Random(seed)
    root = torture_mesh(folder / "mesh")
    workspace = open_workspace(root)
    apply(workspace, RunOptions())
    store = root / ".meshwright/store"
    for number in range(n):
        files = sorted(path for path in store.rglob("*.parquet") if ".quarantine" not in path.parts)
        file = chance.choice(files)
        whole = file.read_bytes()
        words, harmed = _harmed(whole, chance, is_cut=number % (_FLIPS + 1) == _FLIPS)
        file.chmod(0o600)
        file.write_bytes(harmed)
        problem = _unfound(workspace, file.relative_to(store).as_posix())
        if problem is None and number % _REPAIRED == 0:
            report = repair(workspace)
            problem = None if report.ok else f"was not repaired: {report.problems} {report.repair}"
        if file.exists():
            file.write_bytes(whole)
            file.chmod(0o444)
        tally.trial(None if problem is None else f"seed {seed}, trial {number}, {file.name}, {words}: {problem}")
    return tally


def _harmed(whole: bytes, chance: random.Random, *, is_cut: bool) -> tuple[str, bytes]:
    if is_cut:
        length = chance.randrange(len(whole))
        return f"cut to {length} of {len(whole)} bytes", whole[:length]
    bit = chance.randrange(len(whole) * 8)
    harmed = bytearray(whole)
    harmed[bit // 8] ^= 1 << bit % 8
    return f"bit {bit} flipped", bytes(harmed)


def _unfound(workspace: Workspace, path: str) -> str | None:
    """Say what `verify` tells, unless it names exactly the harmed file."""
    found = [(problem.kind, problem.path) for problem in verify(workspace).problems]
    return None if found == [("damaged", path)] else f"verify finds {found}"


if __name__ == "__main__":
    raise SystemExit(main(PROOF, prove))
