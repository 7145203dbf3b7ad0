"""Reading the folders and files of one mesh, safely: nothing outside the root, nothing that is not a plain file.

The only module of the loader that touches the disk. A file that cannot be read is a finding, never an exception.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from dataclasses import field
from pathlib import Path

from meshwright.diagnostics import Diagnostic, SourceSpan, WorldError
from meshwright.files.marks import Mark, mark_of
from meshwright.frozen import dataclass
from meshwright.model import bytes_identity

#: The largest file of a mesh that is read; contracts and models are text that people write.
MAX_FILE_BYTES = 8 * 1024 * 1024

#: Folders that tools leave behind.
_TOOL_FOLDERS = frozenset({"__pycache__", "node_modules"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """A visible file or folder of the mesh."""

    name: str
    #: Relative to the mesh root, forward slashes.
    path: str
    is_folder: bool


@dataclass(kw_only=True, slots=True)
class MeshReader:
    """Reads below one root, and keeps the bytes of every file that it read and every finding."""

    root: str
    real_root: str
    contents: dict[str, bytes] = field(default_factory=dict)
    findings: list[Diagnostic] = field(default_factory=list)
    #: Every folder that was listed and every file that was read, as it looked before (`files.marks`).
    marks: dict[str, Mark] = field(default_factory=dict)
    _digests: dict[str, str] = field(default_factory=dict)

    @classmethod
    def open(cls, root: Path) -> MeshReader:
        """Make a reader for the mesh at `root`."""
        path = os.path.abspath(root)  # noqa: PTH100  (Path.absolute keeps "..")
        return cls(root=path, real_root=os.path.realpath(path))

    def add(self, code: str, message: str, path: str, fix: str | None = None) -> None:
        """Note a finding about a whole file or folder."""
        self.findings.append(Diagnostic(code=code, message=message, span=SourceSpan(file=path), fix=fix))

    def _unreadable(self, shown: str, path: str, error: OSError) -> None:
        """Note what cannot be read. Raises WorldError where it is the disk that fails: the files may be all right."""
        message = f"{shown} cannot be read: {_reason(error)}"
        if error.errno in _FAILING:
            raise WorldError(
                Diagnostic(
                    code="MW-M002",
                    message=message,
                    span=SourceSpan(file=path),
                    fix="check the disk and the system's log, then run the command again",
                )
            ) from error
        self.add("MW-M002", message, path, _ACCESS_FIX)

    def folder(self, path: str, wanted: Callable[[str], bool] | None = None) -> tuple[Entry, ...]:
        """List the visible entries of folder `path` (relative to the root, empty for the root), sorted by name.

        Hidden entries, editors' backups, Markdown files and what tools leave behind are not part of a mesh and are left
        out, and so is, unseen and unjudged, every name that is not `wanted`.
        """
        place = f"{self.root}/{path}" if path else self.root
        try:
            self.marks.setdefault(path, mark_of(os.stat(place)))  # noqa: PTH116 - hot
            with os.scandir(place) as found:
                listed = [
                    entry for entry in found if not _is_ignored(entry.name) and (wanted is None or wanted(entry.name))
                ]
        except OSError as error:
            self._unreadable(f"folder '{path}'", path or ".", error)
            return ()
        prefix = f"{path}/" if path else ""
        entries = (self._entry(entry, prefix) for entry in sorted(listed, key=lambda entry: entry.name))
        return tuple(entry for entry in entries if entry is not None)

    def read(self, path: str) -> bytes | None:
        """Return the bytes of file `path` and remember them; None, with a finding, where it cannot be read."""
        known = self.contents.get(path)
        if known is not None:
            return known
        try:
            # O_NONBLOCK: opening a pipe that nobody writes to must not hang.
            handle = os.open(f"{self.root}/{path}", os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            self._unreadable(f"'{path}'", path, error)
            return None
        try:
            data = self._read_open(handle, path)
        except OSError as error:
            self._unreadable(f"'{path}'", path, error)
            data = None
        finally:
            os.close(handle)
        if data is not None:
            self.contents[path] = data
        return data

    def has_file(self, path: str) -> bool:
        """Whether a plain file lies at `path`, inside the root where links lead. No finding where none does."""
        full = f"{self.root}/{path}"
        self._mark_folder(os.path.dirname(path))  # noqa: PTH120  hot
        if not os.path.isfile(full):  # noqa: PTH113  asked for every import of every node
            return False
        return os.path.realpath(full).startswith(self.real_root + os.sep)

    def _mark_folder(self, path: str) -> None:
        """Mark the folder in which a file was looked for, or the nearest one above that is there."""
        while path not in self.marks:
            try:
                self.marks[path] = mark_of(os.stat(f"{self.root}/{path}" if path else self.root))  # noqa: PTH116 - hot
            except OSError:
                if not path:
                    return
                path = os.path.dirname(path)  # noqa: PTH120  hot

    def has_folder(self, path: str) -> bool:
        """Whether a folder lies at `path`. No finding where none does."""
        return os.path.isdir(f"{self.root}/{path}")  # noqa: PTH112  as `has_file`

    def digest(self, path: str) -> str:
        """Return the identity of the bytes of `path`, which has been read."""
        digest = self._digests.get(path)
        if digest is None:
            digest = self._digests[path] = bytes_identity(self.contents[path])
        return digest

    def read_text(self, path: str) -> str | None:
        """Return the text of a UTF-8 file (a byte order mark dropped, line ends as ``\\n``); None with a finding."""
        data = self.read(path)
        return None if data is None else self.decode(data, path)

    def decode(self, data: bytes, path: str) -> str | None:
        """Return `data` as text, as `read_text` does."""
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            before = data[: error.start]
            span = SourceSpan(file=path, line=before.count(b"\n") + 1, column=_column(before))
            self.findings.append(
                Diagnostic(
                    code="MW-M005",
                    message=f"'{path}' is not UTF-8 text: byte 0x{data[error.start]:02x}",
                    span=span,
                    fix="save the file as UTF-8",
                )
            )
            return None
        return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text

    def _read_open(self, handle: int, path: str) -> bytes | None:
        status = os.fstat(handle)
        self.marks.setdefault(path, mark_of(status))
        if not stat.S_ISREG(status.st_mode):
            what = "a folder" if stat.S_ISDIR(status.st_mode) else "not a plain file"
            self.add("MW-M003", f"'{path}' is {what}, a file is expected", path, "replace it by a file")
            return None
        if status.st_size > MAX_FILE_BYTES:
            self.add(
                "MW-M006",
                f"'{path}' holds {status.st_size:,} bytes, more than the {MAX_FILE_BYTES:,} that a file of a mesh may hold",
                path,
                "keep data in a data folder and name it as a source; split large documents",
            )
            return None
        pieces = []
        left = MAX_FILE_BYTES
        while left > 0 and (piece := os.read(handle, min(left, 1 << 20))):
            pieces.append(piece)
            left -= len(piece)
        return b"".join(pieces)

    def _entry(self, entry: os.DirEntry[str], prefix: str) -> Entry | None:
        path = prefix + entry.name
        if not entry.name.isprintable():
            shown = prefix + entry.name.encode("unicode_escape", "backslashreplace").decode("ascii", "backslashreplace")
            self.add("MW-M007", f"the name of '{shown}' holds unprintable characters", shown, "rename the file")
            return None
        try:
            if entry.is_symlink() and not self._leads_inside(path):
                return None
            return Entry(name=entry.name, path=path, is_folder=entry.is_dir())
        except OSError as error:
            self._unreadable(f"'{path}'", path, error)
            return None

    def _leads_inside(self, path: str) -> bool:
        """Whether the link `path` leads to something inside the root; a finding where it does not."""
        try:
            target = os.path.realpath(f"{self.root}/{path}", strict=True)
        except OSError as error:
            self.add("MW-M003", f"the link '{path}' leads nowhere: {_reason(error)}", path, "remove or repair the link")
            return False
        if target == self.real_root or not target.startswith(self.real_root + os.sep):
            self.add(
                "MW-M004",
                f"the link '{path}' leads outside the mesh",
                path,
                "copy the file into the mesh: what a mesh is made of must be under its root",
            )
            return False
        return True


_ACCESS_FIX = "check that it exists and that you may read it"
#: Errors of a disk or of a system without room: reading the same file again may go well.
_FAILING = frozenset({errno.EIO, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.ESTALE, errno.ETIMEDOUT})


def _is_ignored(name: str) -> bool:
    return name.startswith(".") or name.endswith("~") or name.lower().endswith(".md") or name in _TOOL_FOLDERS


def _reason(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


def _column(before: bytes) -> int:
    """Return the 1-based column after `before`, which is valid UTF-8."""
    return len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace").lstrip("﻿")) + 1
