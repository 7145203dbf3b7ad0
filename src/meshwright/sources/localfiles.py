"""Local files: which there are and what they hold, without reading data into an engine.

The observation is the content (XXH3-128 of each file), so its strength is the highest there is. A file whose
size, time and inode are as remembered is not hashed again.
"""

from __future__ import annotations

import errno
import glob
import os
import stat
from collections.abc import Iterable, Mapping
from pathlib import Path

from meshwright.diagnostics import Diagnostic
from meshwright.model import FileObservation, Node, SourceObservation, Strength, identity

#: Clocks of file systems are coarse: a file touched this shortly before it was hashed may change unseen.
_SETTLED_NS = 2_000_000_000
_CHUNK_BYTES = 1 << 20
#: Errors of a disk or of a system without room: reading the same file again may go well.
_FAILING = frozenset({errno.EIO, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.ESTALE, errno.ETIMEDOUT})


class LocalFiles:
    """Local files as one command sees them: each is looked at once."""

    def __init__(self, root: Path, remembered: Mapping[str, FileObservation], now_ns: int) -> None:
        self._root = root
        self._remembered = remembered
        self._now_ns = now_ns
        self.seen: dict[str, FileObservation] = {}

    @property
    def hashed(self) -> tuple[FileObservation, ...]:
        """The files that had to be hashed."""
        return tuple(seen for path, seen in self.seen.items() if seen is not self._remembered.get(path))

    def observe(self, node: Node, pattern: str, files: Iterable[str]) -> SourceObservation:
        """Observe `files` by their content, blind to their names."""
        found = tuple(files)
        problem = None if found else not_found(node, pattern)
        is_retryable = False
        size_bytes, hashes = 0, []
        for path in found:
            try:
                seen = self.seen.get(path) or _observe_file(path, self._remembered.get(path), self._now_ns)
            except OSError as error:
                problem = _unreadable(node, path, self._root, error)
                is_retryable = error.errno in _FAILING
                break
            self.seen[path] = seen
            size_bytes += seen.size_bytes
            hashes.append(seen.hash)
        return SourceObservation(
            dataset=node.address,
            key=identity("mwobservation1", sorted(hashes)),
            strength=Strength.CONTENT,
            files=found,
            size_bytes=size_bytes,
            problem=problem,
            is_retryable=is_retryable,
        )


def matching_files(root: Path, pattern: str) -> tuple[str, ...]:
    """Return the absolute paths that a path or glob stands for, sorted; folders do not count."""
    whole = str(root / pattern)
    # glob.glob, not Path.glob: the pattern may be absolute, and Path.glob follows other rules for `**`.
    found = glob.glob(whole, recursive=True) if glob.has_magic(pattern) else [whole]  # noqa: PTH207
    return tuple(sorted(path for path in found if not Path(path).is_dir() and os.path.lexists(path)))


def hash_file(path: str | Path) -> str:
    """Return XXH3-128 of a file's bytes."""
    import xxhash  # lazy: a plan over unchanged files hashes nothing

    hasher = xxhash.xxh3_128()
    with Path(path).open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            hasher.update(chunk)
    return hasher.hexdigest()


def not_found(node: Node, pattern: str) -> Diagnostic:
    """Return the problem of a source without a file."""
    return Diagnostic(
        code="MW-R001",
        message=f"no file matches {pattern!r} for source {node.address}",
        span=node.span,
        fix="correct source.path (relative to the mesh root), or put the file there",
        object=node.address,
    )


def _observe_file(path: str, remembered: FileObservation | None, now_ns: int) -> FileObservation:
    seen = Path(path).stat()
    if not stat.S_ISREG(seen.st_mode):
        raise OSError(None, "not a regular file")
    if remembered is not None and _is_unchanged(seen, remembered):
        return remembered
    return FileObservation(
        path=path,
        size_bytes=seen.st_size,
        mtime_ns=seen.st_mtime_ns,
        inode=seen.st_ino,
        hash=hash_file(path),
        hashed_at_ns=now_ns,
    )


def _is_unchanged(seen: os.stat_result, remembered: FileObservation) -> bool:
    same = (seen.st_size, seen.st_mtime_ns, seen.st_ino) == (
        remembered.size_bytes,
        remembered.mtime_ns,
        remembered.inode,
    )
    return same and remembered.hashed_at_ns - remembered.mtime_ns > _SETTLED_NS


def _unreadable(node: Node, path: str, root: Path, error: OSError) -> Diagnostic:
    shown = os.path.relpath(path, root)
    return Diagnostic(
        code="MW-R002",
        message=f"cannot read {shown}: {error.strerror or error}",
        span=node.span,
        fix="check the disk and run the command again"
        if error.errno in _FAILING
        else "let the user that runs meshwright read the file",
        object=node.address,
    )
