"""The mesh as the last command loaded it, taken over while nothing that it was read from has changed.

Every folder that was listed and every file that was read is looked at (one stat each, 6 ms for a thousand models); none
is opened. See `files.marks` for what counts as unchanged and why marks that are too young are not kept.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from meshwright.diagnostics import has_errors
from meshwright.files.cache import ParseCache
from meshwright.files.loaded import LoadedMesh
from meshwright.files.marks import Mark, is_settled, mark_of
from meshwright.files.snapshots import keep_value, kept_value

_NAME = "mesh.snapshot"


def remembered_mesh(root: Path, folder: Path, cache: ParseCache) -> LoadedMesh:
    """Return the mesh at `root`, as `loader.load_mesh` does; what was loaded is kept in `folder`."""
    place = folder / _NAME
    kept = kept_value(place, str(root))
    if isinstance(kept, LoadedMesh) and _stand(root, kept.marks):
        return kept
    began_ns = _file_system_time(folder)
    from meshwright.files.loader import load_mesh  # lazy: the readers of all formats

    loaded = load_mesh(root, cache=cache)
    # A file that could not be read has no mark, and a mesh with errors is about to change anyway.
    is_good = not has_errors(loaded.diagnostics)
    if is_good and began_ns is not None and all(is_settled(mark, began_ns) for mark in loaded.marks.values()):
        keep_value(place, str(root), loaded)
    return loaded


def _stand(root: Path, marks: Mapping[str, Mark]) -> bool:
    """Whether every file and folder looks as it did."""
    prefix = f"{root}/"
    try:
        return all(mark_of(os.stat(prefix + path)) == mark for path, mark in marks.items())  # noqa: PTH116 - hot
    except OSError:
        return False


def _file_system_time(folder: Path) -> int | None:
    """Return the time of the clock that stamps the files, None where nothing can be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            return os.fstat(file.fileno()).st_mtime_ns
    except OSError:
        return None
