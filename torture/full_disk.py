"""A disk that is full: the whole mesh (state, store, caches, reader files) on a small file system, in growing sizes.

From too small for the first byte of state to just large enough. Each run ends well, or with a diagnostic and status 1
or 3; what was visible stays whole; with room again the same command ends well. Needs root, to mount a tmpfs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from meshwright.app.apply import RunOptions, apply
from meshwright.app.workspace import open_workspace
from torture.meshes import change_data, torture_mesh
from torture.outcome import survived, wrong_end
from torture.report import Proof, Tally, main
from torture.victims import Victims

PROOF = Proof(
    test="full_disk",
    claim="a disk that fills up in the middle of a first and of a later run, in sizes from nothing to enough",
    unit="sizes",
    short=4,
    long=40,
)
_PAGE = 4096
_ROWS = 4000
_ROOM = "200m"


def prove(n: int, _seed: int, folder: Path) -> Tally:
    """Try `n` sizes, half of them with a first run, half with a later one."""
    if os.geteuid() != 0:
        return Tally(skipped="mounting a small file system needs root")
    place = folder / "disk"
    place.mkdir()
    if not _mount(place, _ROOM):
        return Tally(skipped="this machine lets nobody mount")
    _unmount(place)
    tally, victims = Tally(), Victims(folder)
    starts = (_mesh(folder / "first"), _mesh(folder / "later"))
    apply(open_workspace(starts[1]), RunOptions())
    change_data(starts[1], 1)
    for start in starts:
        least, most = _blocks(start), _blocks(_finished(start, folder))
        for index in range(n // 2):
            blocks = least + 1 + (most - least) * index // max(1, n // 2 - 1)
            _mount(place, str(blocks * _PAGE))
            try:
                problem = _trial(start, place / "mesh", victims, place)
            finally:
                _unmount(place)
            tally.trial(None if problem is None else f"{start.name} run, {blocks} pages of {most}: {problem}")
    return tally


def _trial(start: Path, root: Path, victims: Victims, place: Path) -> str | None:
    shutil.copytree(start, root)
    ended = victims.run(root, "run", "--json")
    subprocess.run(["mount", "-o", f"remount,size={_ROOM}", str(place)], check=True)
    return wrong_end(ended, frozenset({0, 1, 3})) or survived(root)


def _mesh(root: Path) -> Path:
    """The mesh, with enough rows for files to be more than their headers."""
    torture_mesh(root)
    with (root / "data/orders.csv").open("a", encoding="utf-8") as file:
        file.writelines(
            f"{10_000 + key},customer{key},{key % 83}.25,2026-01-{key % 28 + 1:02d}\n" for key in range(_ROWS)
        )
    return root


def _finished(start: Path, folder: Path) -> Path:
    """Return a copy in which the run has come to its end."""
    root = folder / f"finished-{start.name}"
    shutil.copytree(start, root)
    apply(open_workspace(root), RunOptions())
    return root


def _blocks(root: Path) -> int:
    """Return the pages that a tree takes on a tmpfs."""
    return sum(-(-path.lstat().st_size // _PAGE) for path in root.rglob("*") if path.is_file()) + 1


def _mount(place: Path, size: str) -> bool:
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


def _unmount(place: Path) -> None:
    subprocess.run(["umount", "-l", str(place)], check=True)


if __name__ == "__main__":
    raise SystemExit(main(PROOF, prove))
