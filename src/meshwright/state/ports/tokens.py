"""What lets callers in."""

from __future__ import annotations

import datetime as dt
from typing import Protocol

from meshwright.state.records import TokenRecord


class Tokens(Protocol):
    """What lets callers in."""

    def add(self, token: TokenRecord) -> bool:
        """Record a token; False where its id is taken."""
        ...

    def find(self, token_id: str) -> TokenRecord | None:
        """Return a token, good or not; None where there is none."""
        ...

    def all(self) -> tuple[TokenRecord, ...]:
        """Return all of them, the newest first."""
        ...

    def end(self, token_id: str, now: dt.datetime, by: str) -> bool:
        """Let a token end; False where it has ended, or there is none."""
        ...

    def exchange(self, token_id: str, given: TokenRecord, now: dt.datetime, by: str) -> bool:
        """Let a token end and record another in its place; False, with nothing changed, where it has ended already."""
        ...
