"""Finding every file below the store's root, and telling which of them are named as ours are."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from meshwright.frozen import dataclass
from meshwright.model import dataset_name_problem, name_problem
from meshwright.store.faults import explained

#: Folder of what was taken out of service, in the store so that a file gets there by a rename.
QUARANTINE = ".quarantine"
#: ``<attempt>-<n>.parquet``; attempts begin with the id of the run or repair that made them.
_OWN_FILE = re.compile(r"(?P<run>[0-9]{8}T[0-9]{6}-[0-9a-f]{6})-[A-Za-z0-9._-]*-[0-9]+\.parquet")
_DEPTH = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundFile:
    """A file in the store's folder, listed by a version or not."""

    #: Relative to the store's root, forward slashes.
    path: str
    size_bytes: int
    #: When it was last written, in seconds since 1970.
    modified_s: float

    @property
    def run_id(self) -> str | None:
        """The run (or repair) whose name the file has; None where no build of ours names a file like this."""
        parts = self.path.split("/")
        if len(parts) != _DEPTH or any(map(name_problem, parts[:2])) or dataset_name_problem(parts[2]):
            return None
        found = _OWN_FILE.fullmatch(parts[-1])
        return found["run"] if found else None


def found_files(root: Path) -> Iterator[FoundFile]:
    """Yield every file below `root` in order, but for the quarantine; links are not followed.

    Raises WorldError where a folder cannot be read. Files that vanish meanwhile are left out.
    """
    yield from _found(root, root, "")


def _found(root: Path, folder: Path, prefix: str) -> Iterator[FoundFile]:
    try:
        with os.scandir(folder) as found:
            entries = sorted(found, key=lambda entry: entry.name)
    except FileNotFoundError:
        return
    except OSError as error:
        raise explained(error, root, str(folder)) from error
    for entry in entries:
        name = prefix + entry.name
        if name == QUARANTINE:
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _found(root, folder / entry.name, f"{name}/")
            continue
        try:
            status = entry.stat(follow_symlinks=False)
        except FileNotFoundError:
            continue
        yield FoundFile(path=name, size_bytes=status.st_size, modified_s=status.st_mtime)
