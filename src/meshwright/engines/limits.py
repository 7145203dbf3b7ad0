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
