"""What a session of an engine may use; apart from the protocol, since every command makes an engine and few ask it anything."""

from __future__ import annotations

from meshwright.frozen import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What a session may use."""

    memory_bytes: int | None = None
    threads: int | None = None
    #: Directory for spilling, absolute; None for no spilling.
    temp_directory: str | None = None
    #: Folders, absolute and with a slash at the end, in which only versions of the mesh lie: an instance for queries of rules
    #: that may read them serves for many datasets. Where a file lies elsewhere, that file alone can be reached.
    readable: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class QueryLimits:
    """What the query of one rule may use."""

    seconds: float = 120.0
    memory_bytes: int = 2_000_000_000
