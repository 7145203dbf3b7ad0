"""The state as ports: Reader answers, Writer changes, and so on for each side of it. Nothing is held open between calls.

Every Writer method is one transaction, idempotent by its key unless it says otherwise. Each side is a module of `ports`.
"""

from __future__ import annotations

from typing import Protocol

from meshwright.state.ports.calls import Calls
from meshwright.state.ports.collector import Collector
from meshwright.state.ports.keyed import Keyed
from meshwright.state.ports.lookups import Lookups
from meshwright.state.ports.outbox import Outbox
from meshwright.state.ports.outside import Outside
from meshwright.state.ports.reader import Reader
from meshwright.state.ports.requests import Requests
from meshwright.state.ports.run_pages import RunPages
from meshwright.state.ports.schedules import Schedules
from meshwright.state.ports.tokens import Tokens
from meshwright.state.ports.writer import Writer

__all__ = [
    "Calls",
    "Collector",
    "Keyed",
    "Lookups",
    "Outbox",
    "Outside",
    "Reader",
    "Requests",
    "RunPages",
    "Schedules",
    "State",
    "Tokens",
    "Writer",
]


class State(Protocol):
    """An open state database."""

    @property
    def reader(self) -> Reader:
        """The reading side."""
        ...

    @property
    def writer(self) -> Writer:
        """The changing side."""
        ...

    @property
    def collector(self) -> Collector:
        """The deleting side."""
        ...

    @property
    def schedules(self) -> Schedules:
        """The scheduler's side."""
        ...

    @property
    def calls(self) -> Calls:
        """The record of calls between domains."""
        ...

    @property
    def keyed(self) -> Keyed:
        """Requests under keys of idempotency."""
        ...

    @property
    def outside(self) -> Outside:
        """What outside tools told."""
        ...

    @property
    def outbox(self) -> Outbox:
        """The side of who passes events on."""
        ...

    @property
    def requests(self) -> Requests:
        """Runs that are asked for by URL."""
        ...

    @property
    def run_pages(self) -> RunPages:
        """Runs page by page, and what changed of them."""
        ...

    @property
    def lookups(self) -> Lookups:
        """The catalog's side."""
        ...

    @property
    def tokens(self) -> Tokens:
        """What lets callers in."""
        ...

    def lent(self) -> State:
        """Return the same open database for one who closes it when done, which ends nothing: it stays open for others."""
        ...

    def close(self) -> None:
        """Release connections."""
        ...
