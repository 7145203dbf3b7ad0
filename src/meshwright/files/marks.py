"""What a file or folder looks like from outside, so that a change is seen without reading it.

A mark holds all that a change moves: inode, size, time of change of content and of the inode itself. The last one
cannot be set by a program, so that a file put back with its old size and times (``touch -d``, ``cp -p``, ``rsync -t``) has
another mark all the same. What marks cannot tell apart are two changes within one tick of the file system's clock; who
keeps marks keeps none that are `is_settled` false, which is git's rule for its index ("racily clean").
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TypeAlias

import meshwright
from meshwright.model import identity

#: Device, inode, mode, size in bytes, mtime and ctime in nanoseconds.
Mark: TypeAlias = tuple[int, int, int, int, int, int]

#: The coarsest clock of a file system in use ticks every two seconds (FAT).
_TICK_NS = 2_000_000_000
#: Packages that what is found in the files depends on; looked for, not imported.
_READERS = ("duckdb", "jsonschema_rs", "open_data_contract_standard", "sqlglot", "yaml")


def mark_of(status: os.stat_result) -> Mark:
    """Return the mark of a file or folder as it was when `status` was taken; take it before reading."""
    return (
        status.st_dev,
        status.st_ino,
        status.st_mode,
        status.st_size,
        status.st_mtime_ns,
        status.st_ctime_ns,
    )


def is_settled(mark: Mark, began_ns: int) -> bool:
    """Whether a later change must give another mark; `began_ns` is the file system's own time when reading began."""
    return max(mark[4], mark[5]) < began_ns - _TICK_NS


@cache
def program_identity() -> str:
    """Return what tells this program from any other that may have read the same files.

    Python, meshwright's version and source files, and the folders that the readers' packages are installed in: installing,
    upgrading or removing any package changes its folder's time. About 5 ms, once a process.
    """
    package = Path(meshwright.__file__).parent
    places = {Path(spec.origin).parent.parent for name in _READERS if (spec := find_spec(name)) and spec.origin}
    installed = [[str(place), place.stat().st_mtime_ns] for place in sorted(places)]
    sources = sorted(_sources(str(package)))
    return identity("mwprogram1", sys.version, meshwright.__version__, str(package), installed, sources)


def _sources(folder: str) -> Iterator[list[str | int]]:
    with os.scandir(folder) as found:
        for entry in found:
            if entry.is_dir():
                if entry.name != "__pycache__":
                    yield from _sources(entry.path)
            else:
                status = entry.stat()
                yield [entry.path, status.st_size, status.st_mtime_ns]
