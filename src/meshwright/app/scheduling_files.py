"""Files that arrive: seen by glob, counted when they looked the same for a while, told once as events.

What counts is a path with its size and its time of change: a file that is written anew is a new one. Two looks at least must
find it the same, `settle` apart, so that a file that is being written is not taken half.
"""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass as mutable_dataclass
from dataclasses import field
from pathlib import Path

from meshwright.app.scheduling_events import OwnEvent
from meshwright.frozen import dataclass
from meshwright.model.firings import FILE_ARRIVED
from meshwright.model.triggers import OnFile, Trigger
from meshwright.plan.firing.incoming import file_source


@dataclass(frozen=True, kw_only=True, slots=True)
class SeenFile:
    """A file as it looks."""

    path: str
    size_bytes: int
    mtime_ns: int

    @property
    def id(self) -> str:
        """What makes it one: the path, and how it looks."""
        return f"{self.path} {self.size_bytes} {self.mtime_ns}"


def list_files(root: Path, pattern: str) -> Iterator[SeenFile]:
    """Yield the files that a glob finds, hidden ones aside; links to files count, folders do not."""
    for found in glob.iglob(pattern, root_dir=root, recursive=True):  # noqa: PTH207 - relative to a root, and streams
        if (seen := seen_file(root, found)) is not None:
            yield seen


def seen_file(root: Path, path: str) -> SeenFile | None:
    """Return a file as it looks; None where there is none."""
    try:
        seen = os.stat(root / path)  # noqa: PTH116 - one call for each of perhaps many files
    except (OSError, ValueError):  # gone since, or a link to nowhere
        return None
    if not stat.S_ISREG(seen.st_mode):
        return None
    return SeenFile(path=path, size_bytes=seen.st_size, mtime_ns=seen.st_mtime_ns)


@mutable_dataclass(kw_only=True, slots=True)
class FileWatch:
    """Remembers since when files look as they do, of all triggers that wait for files."""

    root: Path
    #: Trigger -> id of a file -> reading of the monotonic clock at which it was first seen so.
    _since: dict[str, dict[str, float]] = field(default_factory=dict)

    def arrived(
        self, trigger: Trigger, known: frozenset[str], clock_s: float, environment: str
    ) -> tuple[list[OwnEvent], bool]:
        """Return the files that have arrived and are not `known` yet, and whether others are still being looked at."""
        fires = trigger.fires
        assert isinstance(fires, OnFile)  # the caller chose it
        before = self._since.get(trigger.address, {})
        since: dict[str, float] = {}
        events = []
        for seen in list_files(self.root, fires.glob):
            if seen.id in known:
                continue
            first = before.get(seen.id)
            since[seen.id] = clock_s if first is None else first
            if first is not None and clock_s - first >= fires.settle_s:
                events.append(file_event(trigger, seen, environment))
                del since[seen.id]
        self._since[trigger.address] = since
        return events, bool(since)

    def standing(self, trigger: Trigger, environment: str) -> list[OwnEvent]:
        """Return the files that are there when a trigger is first seen: they did not arrive."""
        assert isinstance(trigger.fires, OnFile)  # as above
        return [file_event(trigger, seen, environment) for seen in list_files(self.root, trigger.fires.glob)]

    def settling_s(self, triggers: Mapping[str, Trigger]) -> float:
        """Return how long the triggers that look at files wait at most for one to settle."""
        waits = [
            t.fires.settle_s for t in triggers.values() if isinstance(t.fires, OnFile) and self._since.get(t.address)
        ]
        return max(waits, default=0.0)


def file_event(trigger: Trigger, seen: SeenFile, environment: str) -> OwnEvent:
    """Tell of a file."""
    return OwnEvent(
        source=file_source(environment, trigger.address),
        id=seen.id,
        type=FILE_ARRIVED,
        subject=seen.path,
        data={"path": seen.path, "size_bytes": seen.size_bytes, "mtime_ns": seen.mtime_ns},
    )
