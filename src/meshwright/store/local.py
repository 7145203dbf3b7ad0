"""The store on a local path: one folder a version, immutable files, durable before they are listed anywhere."""

from __future__ import annotations

import errno
import os
import re
import stat
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import xxhash

from meshwright.crashpoints import CrashPoint, reached
from meshwright.diagnostics import Diagnostic, InputError, WorldError
from meshwright.model import StoredFile, dataset_name_problem, name_problem
from meshwright.store.faults import faults_explained, gone
from meshwright.store.listing import QUARANTINE, FoundFile, found_files

if TYPE_CHECKING:
    from concurrent.futures import ThreadPoolExecutor

_CHUNK_BYTES = 1024 * 1024
#: Files made durable at once: the disk's queue is kept filled, and its journal commits many together.
_SYNC_THREADS = 8
_Given = TypeVar("_Given")
_Made = TypeVar("_Made")
#: Version ids and attempts: safe as a file name on every system, never hidden, never a path.
_SAFE_PART = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
#: Published files are read-only: a stray program cannot change them by accident.
_FILE_MODE = 0o444
#: Folder of a version whose id is not known yet.
_PENDING = "pending-"


class LocalStore:
    """Implements `store.protocol.Store` under a folder. Holds nothing open; safe for threads and processes."""

    def __init__(self, root: Path) -> None:
        #: Absolute; links in it are followed, links below it are not allowed to lead out.
        self._root = Path(os.path.realpath(root))
        #: Folders whose own entry in the folder above is known to be durable, so that it is not synced for each file.
        self._durable = {str(self._root)}
        #: What every path in the store begins with.
        self._prefix = f"{self._root}".rstrip(os.sep) + os.sep
        #: Files known to be as they were written, in the life of this object.
        self._whole: set[StoredFile] = set()
        #: Folders of products that are known to lead nowhere else.
        self._straight: set[str] = set()

    @property
    def folders(self) -> tuple[str, ...]:
        """The one folder of the store."""
        return (self._prefix,)

    def new_target(self, dataset: str, version: str, attempt: str) -> str:
        """Make the folder and return the absolute prefix ``.../<version>/<attempt>`` that an engine writes to.

        Folders are durable once `seal` has run for a file in them. Raises InputError for unsafe names,
        WorldError where the folder cannot be made.
        """
        parts = dataset.split(".")
        if len(parts) != 3:
            raise _outside(dataset)
        if any(map(name_problem, parts[:2])) or dataset_name_problem(parts[2]):
            raise _outside(dataset)
        for part in (version, attempt):
            if not _SAFE_PART.fullmatch(part):
                raise _outside(part)
        folder = os.path.join(self._root, *parts, version)  # noqa: PTH118 - as in `absolute`
        with faults_explained(self._root, folder):
            self._make(folder)
        if self._leads_out(folder):
            raise _outside(folder)
        return f"{folder}{os.sep}{attempt}"

    def _leads_out(self, folder: str) -> bool:
        """Whether a link in the path of a version's folder leads elsewhere; each product's own path is looked at once."""
        above = _above(folder)
        product = _above(above)
        if product not in self._straight:
            if os.path.realpath(product) != product:
                return True
            self._straight.add(product)
        return os.path.islink(above) or os.path.islink(folder)  # noqa: PTH114

    def _make(self, folder: str) -> None:
        """Make a folder and those above it that are missing; below the root they become durable with their files."""
        try:
            os.mkdir(folder)  # noqa: PTH102 - as in `absolute`
        except FileExistsError:
            if not os.path.isdir(folder):  # noqa: PTH112
                raise
            os.utime(folder)  # young again: `tidy` leaves it to who is about to write into it
            return
        except FileNotFoundError:
            self._make(_above(folder))
            self._make(folder)
            return
        if folder.startswith(self._prefix):
            self._durable.discard(folder)
        else:
            _sync(_above(folder))

    def seal(self, files: Iterable[tuple[str, int]]) -> tuple[StoredFile, ...]:
        """Make written files durable (files, then their folders), checksum them, and describe them.

        `files` are absolute paths with their rows, all in the store. The files become read-only. Raises
        WorldError where the disk fails; the files are then not to be listed in any row.
        """
        (result,) = self.seal_each([list(files)])
        if isinstance(result, WorldError):
            raise result
        return result

    def seal_each(self, groups: Sequence[Sequence[tuple[str, int]]]) -> tuple[tuple[StoredFile, ...] | WorldError, ...]:
        """As `seal` for several groups of files together, their common folders once.

        Where the disk fails, the groups that it failed for have its error in place of their files, and are not to be
        tried again: what is not on the disk may look as if it were the next time one asks.
        """
        listed = [[(self._text_inside(path), rows) for path, rows in group] for group in groups]
        files = [entry for group in listed for entry in group]
        with _pool(len(files)) as pool:
            sealed = dict(_shared_out(pool, self._sealed, files))
            reached(CrashPoint.FILES_SYNCED)
            chains = {path: tuple(self._new_folders(path)) for path in sealed}
            needed = {path: {_above(each) for each in (path, *chain)} for path, chain in chains.items()}
            folders = sorted(set().union(*needed.values()))
            synced = dict(_shared_out(pool, self._synced, folders))
        reached(CrashPoint.FOLDERS_SYNCED)
        results: list[tuple[StoredFile, ...] | WorldError] = []
        for group in listed:
            paths = [path for path, _ in group]
            faults = [
                *(sealed[path] for path in paths),
                *(synced[each] for path in paths for each in sorted(needed[path])),
            ]
            fault = next((each for each in faults if isinstance(each, WorldError)), None)
            if fault is None:
                self._durable.update(folder for path in paths for folder in chains[path])
            results.append(fault or tuple(each for path in paths if isinstance(each := sealed[path], StoredFile)))
        self._whole.update(file for result in results if isinstance(result, tuple) for file in result)
        return tuple(results)

    def _sealed(self, entry: tuple[str, int]) -> tuple[str, StoredFile | WorldError]:
        """Make one file durable and describe it; its path comes with it."""
        path, rows = entry
        try:
            with faults_explained(self._root, path):
                descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
                try:
                    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                        raise gone(path)
                    size_bytes, checksum = _read_through(descriptor)
                    _protect(descriptor)
                    os.fsync(descriptor)
                finally:
                    os.close(descriptor)
        except WorldError as error:
            return path, error
        relative = path.removeprefix(self._prefix).replace(os.sep, "/")
        return path, StoredFile(path=relative, size_bytes=size_bytes, checksum=checksum, rows=rows)

    def _synced(self, folder: str) -> tuple[str, WorldError | None]:
        """Make the entries of one folder durable; its path comes with what went wrong."""
        try:
            with faults_explained(self._root, folder):
                _sync(folder)
        except WorldError as error:
            return folder, error
        return folder, None

    def _new_folders(self, path: str) -> Iterator[str]:
        """Yield the folders from a file's own upwards whose entry in the folder above may not be durable yet."""
        folder = _above(path)
        while folder not in self._durable:
            yield folder
            folder = _above(folder)

    def absolute(self, file: StoredFile) -> str:
        """Return the path an engine can open. Raises InputError where the row's path leads out of the store."""
        return self._text_inside(os.path.join(self._prefix, file.path))  # noqa: PTH118 - a Path takes ten times as long

    def located(self, path: str) -> str:
        """Return the absolute path of a file by its path in the store. Raises InputError where it leads out of it."""
        return str(self._inside(self._root / path))

    def discard(self, files: Iterable[tuple[str, int]]) -> None:
        """Delete files that were written and will never be listed. Missing ones are fine.

        A folder of a version that never got an id goes with its last file.
        """
        for name, _ in files:
            path = self._inside(name)
            with faults_explained(self._root, str(path)):
                path.unlink(missing_ok=True)
                if path.parent.name.startswith(_PENDING):
                    _remove_if_empty(path.parent)

    def freshen(self, files: Iterable[StoredFile]) -> None:
        """Let files count as written now: what no row lists is deleted by its age. Missing ones are fine."""
        for file in files:
            path = self._inside(self._root / file.path)
            with faults_explained(self._root, str(path)), suppress(FileNotFoundError):
                os.utime(path, follow_symlinks=False)

    def problem(self, file: StoredFile, *, deep: bool) -> str | None:
        """Say what is wrong with a stored file (missing, size, with `deep` the checksum); None where nothing is."""
        try:
            path = self._inside(self._root / file.path)
            # Not following links, and not waiting for a pipe's other end.
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        except InputError:
            return "its path leads out of the store"
        except OSError as error:
            return _words(error)
        try:
            return _difference(descriptor, file, deep=deep)
        except OSError as error:
            return _words(error)
        finally:
            os.close(descriptor)

    def whole(self, file: StoredFile) -> str | None:
        """As `problem` with `deep`, but a file that was whole once, or was sealed here, is not read again."""
        if file in self._whole:
            return None
        problem = self.problem(file, deep=True)
        if problem is None:
            self._whole.add(file)
        return problem

    def listing(self) -> Iterator[FoundFile]:
        """Yield every file in the store, in order, but for the quarantine; links are not followed.

        Raises WorldError where a folder cannot be read. Files that vanish meanwhile are left out.
        """
        return found_files(self._root)

    def quarantine(self, path: str, batch: str) -> str | None:
        """Move whatever is at `path` (relative) out of service, durably, and return where it is; None if it is gone.

        `batch` names the repair. A rename: readers that have the file open keep it.
        """
        if not _SAFE_PART.fullmatch(batch):
            raise _outside(batch)
        source = self._inside(self._root / path)
        target = self._inside(self._root / QUARANTINE / batch / path)
        with faults_explained(self._root, str(source)):
            if not os.path.lexists(source):
                return None
            self._make(str(target.parent))
            source.replace(target)
            reached(CrashPoint.REPAIR_MOVED)
            for folder in (source.parent, *(above for above in target.parents if above.is_relative_to(self._root))):
                _sync(folder)
        return target.relative_to(self._root).as_posix()

    def tidy(self, older_than_s: float) -> int:
        """Remove the folders of versions that hold nothing and were not touched for so long; return how many.

        Raises WorldError where a folder cannot be looked at or removed.
        """
        removed = 0
        for folder in self._root.glob("[!.]*/*/*/*"):
            with faults_explained(self._root, str(folder)):
                try:
                    is_old = folder.is_dir() and time.time() - folder.lstat().st_mtime >= older_than_s
                except FileNotFoundError:
                    continue
                if is_old and not folder.is_symlink() and _remove_if_empty(folder):
                    removed += 1
        return removed

    def _inside(self, path: str | Path) -> Path:
        """Return an absolute path that is below the root by its words. Raises InputError for any other."""
        return Path(self._text_inside(path))

    def _text_inside(self, path: str | Path) -> str:
        """As `_inside`, in plain text: a path is looked at for every file of every step."""
        plain = os.path.normpath(path)
        if "\0" in plain or not plain.startswith(self._prefix):
            raise _outside(str(path))
        return plain


class _Inline:
    """Stands in for a pool where one thread is enough."""

    map = staticmethod(map)

    def __enter__(self) -> _Inline:
        return self

    def __exit__(self, *_: object) -> None:
        return None


def _pool(size: int) -> ThreadPoolExecutor | _Inline:
    """Return threads where there are several files, made for the call: nothing to own, nothing to close."""
    if size <= 1:
        return _Inline()
    from concurrent.futures import ThreadPoolExecutor  # lazy: where nothing is written, no threads are needed

    return ThreadPoolExecutor(max_workers=min(size, _SYNC_THREADS))


def _above(path: str) -> str:
    """Return the folder that an absolute path lies in."""
    return path.rpartition(os.sep)[0] or os.sep


def _shared_out(
    pool: ThreadPoolExecutor | _Inline, work: Callable[[_Given], _Made], things: Sequence[_Given]
) -> Iterator[_Made]:
    """Do `work` for all things, a share of them on each thread: most take less than handing them over does."""
    shares = [things[start::_SYNC_THREADS] for start in range(min(_SYNC_THREADS, len(things)))]
    for made in pool.map(lambda share: [work(thing) for thing in share], shares):
        yield from made


def _sync(folder: Path | str) -> None:
    """Make the entries of a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _read_through(descriptor: int) -> tuple[int, str]:
    """Return size and checksum of an open file."""
    checksum = xxhash.xxh3_128()
    size_bytes = 0
    while chunk := os.read(descriptor, _CHUNK_BYTES):
        checksum.update(chunk)
        size_bytes += len(chunk)
    return size_bytes, checksum.hexdigest()


def _protect(descriptor: int) -> None:
    """Make a file read-only, where the file system knows permissions: it is a courtesy, not a promise."""
    try:
        os.fchmod(descriptor, _FILE_MODE)
    except OSError as error:
        if error.errno not in {errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL}:
            raise


def _remove_if_empty(folder: Path) -> bool:
    try:
        folder.rmdir()
    except OSError as error:
        if error.errno not in {errno.ENOTEMPTY, errno.EEXIST, errno.ENOENT}:
            raise
        return False
    return True


def _difference(descriptor: int, file: StoredFile, *, deep: bool) -> str | None:
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode):
        return "not a plain file"
    if status.st_size != file.size_bytes:
        return f"its size is {status.st_size} bytes, {file.size_bytes} were written"
    if deep and _read_through(descriptor)[1] != file.checksum:
        return "its content changed: the checksum differs"
    return None


def _words(error: OSError) -> str:
    if error.errno == errno.ELOOP:
        return "not a plain file"
    if error.errno in {errno.ENOENT, errno.ENOTDIR}:
        return "missing"
    return f"unreadable: {error.strerror}"


def _outside(path: str) -> InputError:
    return InputError(
        Diagnostic(
            code="MW-D405",
            message=f"{path!r} cannot be part of a path in the store",
            fix="names are made of letters, digits and underscores, and folders of the store are no links",
        )
    )
