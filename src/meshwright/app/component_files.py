"""The lock file and the kept versions of components on disk: decided as a value, then written."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from meshwright.diagnostics import Diagnostic, WorldError
from meshwright.files.component_folders import files_digest
from meshwright.files.component_lock import LOCK_FILE, ComponentLock, lock_text
from meshwright.files.places import COMPONENTS_FOLDER
from meshwright.frozen import dataclass
from meshwright.model import Component


@dataclass(frozen=True, kw_only=True, slots=True)
class LockFiles:
    """What is to be written, and removed."""

    #: Folder of a kept version -> path inside it -> bytes.
    folders: Mapping[str, Mapping[str, bytes]]
    #: Folders of kept versions that nobody uses any more.
    unused: tuple[str, ...]
    #: The lock file's text; None where it stays as it is.
    lock: str | None

    @property
    def written(self) -> tuple[str, ...]:
        """Files and folders to write, sorted."""
        return tuple(
            sorted((*(f"{folder}/" for folder in self.folders), *([LOCK_FILE] if self.lock is not None else [])))
        )

    @property
    def removed(self) -> tuple[str, ...]:
        """Folders to remove."""
        return tuple(f"{folder}/" for folder in self.unused)

    def write(self, root: Path) -> None:
        """Write it below `root`: folders appear whole, the lock file last. Doing it twice does the same. Raises WorldError."""
        try:
            for folder, files in self.folders.items():
                _write_folder(root / folder, files)
            if self.lock is not None:
                _write_file(root / LOCK_FILE, self.lock)
            for folder in self.unused:
                shutil.rmtree(root / folder)
        except OSError as error:
            raise WorldError(
                Diagnostic(
                    code="MW-L036",
                    message=f"cannot write {error.filename or root}: {error.strerror or error}; {LOCK_FILE} was not changed"
                    if self.lock is not None
                    else f"cannot write {error.filename or root}: {error.strerror or error}",
                    fix="make room, or let the user that runs meshwright write there, then run the command again",
                )
            ) from error


def written_lock(
    root: Path,
    before: ComponentLock,
    lock: ComponentLock,
    components: Mapping[str, Component],
    contents: Mapping[str, bytes],
) -> LockFiles:
    """Return what there is to write so that `lock` holds; `components` are those that it names."""
    folders = {}
    for reference, component in components.items():
        folder = f"{COMPONENTS_FOLDER}/{reference}"
        if not (root / folder).exists():
            prefix = f"{component.folder}/"
            folders[folder] = {path.removeprefix(prefix): contents[path] for path in component.files}
    gone = [reference for reference in before.versions if reference not in lock.versions]
    unused = [
        folder
        for reference in sorted(gone)
        if _digest(root / (folder := f"{COMPONENTS_FOLDER}/{reference}")) == before.versions[reference].digest
    ]
    text = lock_text(lock)
    place = root / LOCK_FILE
    is_same = place.exists() and place.read_text(encoding="utf-8") == text
    is_needed = bool(lock.uses) or place.exists()
    return LockFiles(folders=folders, unused=tuple(unused), lock=None if is_same or not is_needed else text)


def _digest(folder: Path) -> str | None:
    """Return the digest of a kept version's files, None where there is no such folder."""
    if not folder.is_dir() or folder.is_symlink():
        return None
    files: Iterable[Path] = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return files_digest({path.relative_to(folder).as_posix(): path.read_bytes() for path in files})


def _write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for inside, data in files.items():
            target = made / inside
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
        made.chmod(0o755)
        made.rename(folder)
    except BaseException:
        shutil.rmtree(made, ignore_errors=True)
        raise


def _write_file(path: Path, text: str) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
