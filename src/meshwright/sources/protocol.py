"""What reads sources is: it observes them, and brings what they hold into files that an engine reads.

A reader knows the world's protocols and formats; it knows no plan, no state and no engine.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import field
from types import MappingProxyType
from typing import Protocol

from meshwright.frozen import dataclass
from meshwright.model import FileObservation, FileSource, Node, SourceObservation


@dataclass(frozen=True, kw_only=True, slots=True)
class Observations:
    """What was seen, and what is worth remembering of it."""

    sources: Mapping[str, SourceObservation]
    #: Every local file seen, by absolute path.
    files: Mapping[str, FileObservation]
    #: The files that had to be hashed, worth remembering.
    hashed: tuple[FileObservation, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Fetched:
    """A source's data as local files, in a format that engines read: CSV, JSON or Parquet."""

    #: How the files are read.
    source: FileSource
    #: Absolute paths, sorted.
    files: tuple[str, ...]
    #: Path -> what messages call the file, where that is not its path.
    names: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: What was seen of exactly these rows, where the source gives one consistent snapshot.
    #: None: only looking at the source again tells whether it changed under the reading.
    seen: SourceObservation | None = None


class Sources(Protocol):
    """Reads every kind of source. Methods may be called from several threads at once."""

    def paths(self, nodes: Iterable[Node]) -> tuple[str, ...]:
        """Return the absolute paths of the local files behind the source nodes, to look up what is remembered of them."""
        ...

    def observe(self, nodes: Iterable[Node], remembered: Mapping[str, FileObservation], now_ns: int) -> Observations:
        """Observe the source nodes among `nodes`; a source that cannot be read carries its problem.

        `remembered` holds observations of local files by absolute path; `now_ns` is the time of day in nanoseconds.
        """
        ...

    def glance(self, nodes: Iterable[Node]) -> Mapping[str, SourceObservation]:
        """Observe the source nodes for `check`: local files by size and time, so that nothing of them is read."""
        ...

    def fetch(self, node: Node, seen: SourceObservation, stop: threading.Event) -> AbstractContextManager[Fetched]:
        """Bring the data of a source node into local files that last as long as the context.

        Memory stays bounded. Raises InputError, WorldError (MW-X...), and InterruptedRun soon after `stop` is set.
        """
        ...

    def head(self, node: Node) -> AbstractContextManager[Fetched]:
        """Bring as little of a source into local files as tells its columns. Raises InputError, WorldError (MW-X...)."""
        ...
