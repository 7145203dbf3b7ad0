"""The record of calls between domains."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from meshwright.model.calls import Call, CallEdge, CallFilter


class Calls(Protocol):
    """The record of calls between domains."""

    def record(self, calls: Sequence[Call]) -> None:
        """Add calls, all or none of them; recorded twice they are twice there."""
        ...

    def calls(self, wanted: CallFilter, limit: int, before: int | None = None) -> tuple[Call, ...]:
        """Return the newest calls of those numbered below `before`, newest first."""
        ...

    def edges(self, wanted: CallFilter) -> tuple[CallEdge, ...]:
        """Sum calls by caller, domain and kind, in that order."""
        ...
