"""Parts: the immutable pieces that versions of incremental datasets are made of, and the manifests that list them.

A manifest lists thousands of parts in pages, each named by what it lists: two versions share every page in which they do not
differ, so that a version costs as much as its change, however many parts it has.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from meshwright.frozen import dataclass
from meshwright.model.columns import Columns
from meshwright.model.identity import identity
from meshwright.model.incremental import VersionClass
from meshwright.model.intervals import Calendar
from meshwright.model.rules import Scalar
from meshwright.model.storedfiles import StoredFile
from meshwright.model.veils import Restricted

#: Numbers of parts with the same quotient by this stand on one page.
PAGE_PARTS = 128

#: Sums of two hashes of each row, modulo 2^64: those of parts add up to those of the whole.
Sums = tuple[int, int]
NO_SUMS: Sums = (0, 0)
_LANE = 1 << 64


def added(*sums: Sums) -> Sums:
    """Return the sums of several tables together."""
    return sum(each[0] for each in sums) % _LANE, sum(each[1] for each in sums) % _LANE


def without(sums: Sums, gone: Sums) -> Sums:
    """Return `sums` less those of rows that went."""
    return (sums[0] - gone[0]) % _LANE, (sums[1] - gone[1]) % _LANE


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """One immutable piece of versions. The row is the commit, as it is for a version."""

    #: Identity of its recipe, or of its content where the recipe does not determine it.
    id: str
    dataset: str
    #: Its interval, [start, end) in UTC; None for an appended part.
    start: dt.datetime | None = None
    end: dt.datetime | None = None
    columns: Columns
    files: tuple[StoredFile, ...]
    rows: int
    sums: Sums
    #: Fingerprint of the node that made it.
    fingerprint: str
    #: Input -> what it was built from: ids of parts, or the id of one version.
    inputs: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    params: Mapping[str, Scalar] = field(default_factory=lambda: MappingProxyType({}))
    engine: str = "duckdb"
    run_id: str = ""
    created_at: dt.datetime | None = None
    seconds: float = 0.0
    restricted: Restricted | None = None

    @property
    def size_bytes(self) -> int:
        """Bytes of all files; of one that parts share, this one's share by rows."""
        return sum(_share(file, self.rows) for file in self.files)

    @property
    def is_shared(self) -> bool:
        """Whether rows of other parts are in its file too."""
        return any(file.shared_by is not None for file in self.files)


def _share(file: StoredFile, rows: int) -> int:
    if file.shared_by is None:
        return file.size_bytes
    return file.size_bytes * rows // file.rows if file.rows else 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Page:
    """A stretch of a manifest: number of the part -> its id, ascending."""

    id: str
    entries: tuple[tuple[int, str], ...]


def make_page(dataset: str, entries: tuple[tuple[int, str], ...]) -> Page:
    """Return the page of `entries`, named by them. `dataset` is the plain address."""
    return Page(id=identity("mwpage1", dataset, entries), entries=entries)


def page_number(part_number: int) -> int:
    """Return the number of the page on which a part stands."""
    return part_number // PAGE_PARTS


@dataclass(frozen=True, kw_only=True, slots=True)
class Manifest:
    """What a version of an incremental dataset is made of."""

    version_class: VersionClass
    #: The column that cuts it and how; None where its parts were appended.
    by: str | None = None
    calendar: Calendar | None = None
    #: Number of the page -> id of the page, ascending.
    pages: tuple[tuple[int, str], ...] = ()
    #: Number of the first and of the last part; None where there is none.
    first: int | None = None
    last: int | None = None
    #: How many parts there are; less than from first to last where there are gaps.
    count: int = 0
    sums: Sums = NO_SUMS
    size_bytes: int = 0
    #: Fingerprint of an earlier definition -> how many parts are still of it.
    earlier: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def gaps(self) -> int:
        """How many intervals are missing between the first and the last."""
        return 0 if self.first is None or self.last is None else self.last - self.first + 1 - self.count

    @property
    def is_appended(self) -> bool:
        """Whether parts are numbered as they came, and have no intervals."""
        return self.calendar is None


@dataclass(frozen=True, kw_only=True, slots=True)
class FootprintKey:
    """Of what a footprint is: a version or part, its column, and the calendar."""

    #: Id of a version or of a part.
    of: str
    column: str
    calendar: Calendar
