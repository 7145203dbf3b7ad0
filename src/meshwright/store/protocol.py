"""Where versions' files live: placement, durability, checksums. One implementation for paths; object stores later."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from meshwright.diagnostics import WorldError
from meshwright.model import StoredFile
from meshwright.store.listing import FoundFile


class Store(Protocol):
    """Immutable files under ``<domain>/<product>/<dataset>/<version id>/<attempt>-<n>.parquet``."""

    @property
    def folders(self) -> tuple[str, ...]:
        """Folders, absolute and with a slash at the end, in which all files lie, and nothing else does."""
        ...

    def new_target(self, dataset: str, version: str, attempt: str) -> str:
        """Make the folder and return the absolute prefix ``.../<version>/<attempt>`` that an engine writes to.

        An opaque version's id is not known before it is built: `version` is then ``pending-<attempt>``
        and the files stay in that folder; the version's row lists where they are.
        """
        ...

    def seal(self, files: Iterable[tuple[str, int]]) -> tuple[StoredFile, ...]:
        """Make written files durable (files, then their folders), checksum them, and describe them.

        Raises WorldError where the disk fails; the files are then not to be listed in any row.
        """
        ...

    def seal_each(self, groups: Sequence[Sequence[tuple[str, int]]]) -> tuple[tuple[StoredFile, ...] | WorldError, ...]:
        """As `seal` for several groups of files together; where the disk fails, the error of those groups it failed for."""
        ...

    def absolute(self, file: StoredFile) -> str:
        """Return the path an engine can open."""
        ...

    def located(self, path: str) -> str:
        """Return the absolute path of a file by its path in the store."""
        ...

    def discard(self, files: Iterable[tuple[str, int]]) -> None:
        """Delete files that were written and will never be listed. Missing ones are fine."""
        ...

    def freshen(self, files: Iterable[StoredFile]) -> None:
        """Let files count as written now, so that readers who know them by their paths have them for a while after no row does.

        Missing ones are fine.
        """
        ...

    def problem(self, file: StoredFile, *, deep: bool) -> str | None:
        """Say what is wrong with a stored file (missing, size, with `deep` the checksum); None where nothing is."""
        ...

    def whole(self, file: StoredFile) -> str | None:
        """As `problem` with `deep`, but a file that was whole once, or was sealed here, is not read again."""
        ...

    def listing(self) -> Iterator[FoundFile]:
        """Yield every file in the store but those in quarantine, for finding what no version lists."""
        ...

    def tidy(self, older_than_s: float) -> int:
        """Remove the folders of versions that hold nothing and were not touched for so long; return how many."""
        ...

    def quarantine(self, path: str, batch: str) -> str | None:
        """Move whatever is at `path` (relative) out of service, durably, and return where it is; None if it is gone.

        `batch` names the repair. Nothing is deleted.
        """
        ...
