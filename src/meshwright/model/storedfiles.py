"""The files that versions and parts list."""

from __future__ import annotations

from meshwright.frozen import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredFile:
    """One immutable Parquet file of a version."""

    #: Relative to the store's root, forward slashes.
    path: str
    size_bytes: int
    #: XXH3-128 of the file's bytes, 32 hexadecimal digits.
    checksum: str
    #: All that are in it.
    rows: int
    #: Where parts share it: the column by which the rows of one of them are told, those of its interval. None where all rows
    #: are those of whoever lists it.
    shared_by: str | None = None
