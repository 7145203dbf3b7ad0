"""What is seen of the outside before it is read: sources, and the files behind them."""

from __future__ import annotations

import enum

from meshwright.diagnostics import Diagnostic
from meshwright.frozen import dataclass


class Strength(enum.IntEnum):
    """How far an observation of a source can be trusted; a plan names the weak ones."""

    #: The place tells nothing: only reading shows whether anything changed, so every run reads it.
    UNSEEN = 0
    HIGH_WATER_MARK = 1
    SIZE_AND_TIME = 2
    SNAPSHOT = 3
    CONTENT = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceObservation:
    """A source as it was seen before planning."""

    dataset: str
    #: Identity of what was seen; equal keys mean equal data as far as `strength` goes. Blind to file names.
    key: str
    strength: Strength
    #: Absolute paths of local files, sorted; of places elsewhere the names of the objects.
    files: tuple[str, ...] = ()
    size_bytes: int = 0
    #: Why the source cannot be read, where it cannot (no such file, no match, no permission, not reached).
    problem: Diagnostic | None = None
    #: Whether the same observation can succeed later: a disk or a network failed, not the description of the source.
    is_retryable: bool = False
    #: What was seen, for people: ``version 3, 2 files``; empty where files and size say it.
    words: str = ""
    #: Version or snapshot of a table that this is: what is read later is this very one.
    snapshot: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class FileObservation:
    """A source file as last hashed, so that an untouched one is not read again."""

    path: str
    size_bytes: int
    mtime_ns: int
    inode: int
    #: XXH3-128 of the bytes.
    hash: str
    #: When it was hashed; a file changed within 2 s of that is hashed again (the clock of files is coarse).
    hashed_at_ns: int
