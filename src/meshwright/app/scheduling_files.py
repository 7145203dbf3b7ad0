"""Files that arrive: seen by glob, counted when they looked the same for a while, told once as events.

What counts is a path with its size and its time of change, of an object of a store with its ETag: a file that is written anew is a
new one. Two looks at least must find it the same, `settle` apart, so that a file that is being written is not taken half; what
has an ETag is there whole.
"""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass as mutable_dataclass
from dataclasses import field
from pathlib import Path

from meshwright.frozen import dataclass
from meshwright.model import Strength
from meshwright.model.firings import FILE_ARRIVED
from meshwright.model.happenings import OwnEvent
from meshwright.model.triggers import OnFile, Trigger
from meshwright.plan.firing.incoming import file_source

#: Says which of some ids the events of a source have.
Known = Callable[[str, Collection[str]], frozenset[str]]


@dataclass(frozen=True, kw_only=True, slots=True)
class SeenFile:
    """A file as it looks."""

    #: As the glob finds it: relative to the mesh root, absolute, or with the protocol of its store.
    path: str
    size_bytes: int
    #: What tells it from what lay there before: the nanosecond of its change; in stores elsewhere an ETag, or a time.
    mark: str
    strength: Strength = Strength.SIZE_AND_TIME

    @property
    def id(self) -> str:
        """What makes it one: the path, and how it looks."""
        return f"{self.path} {self.size_bytes} {self.mark}"

    @property
    def is_whole(self) -> bool:
        """Whether it is there whole or not at all, so that it need not settle."""
        return self.strength is Strength.SNAPSHOT


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
    return SeenFile(path=path, size_bytes=seen.st_size, mark=str(seen.st_mtime_ns))


@mutable_dataclass(kw_only=True, slots=True)
class FileWatch:
    """Remembers since when files look as they do, of all triggers that wait for files."""

    #: Trigger -> id of a file -> reading of the monotonic clock at which it was first seen so.
    _since: dict[str, dict[str, float]] = field(default_factory=dict)
    #: Trigger -> ids of the files that are there and were told.
    _told: dict[str, frozenset[str]] = field(default_factory=dict)

    def arrived(
        self, trigger: Trigger, files: Iterable[SeenFile], known: Known, clock_s: float, environment: str
    ) -> tuple[list[OwnEvent], bool]:
        """Return those of a trigger's files that have arrived and are not `known` yet, and whether others still settle.

        What is remembered is about files that are there, and of those it is asked once whether they are known.
        """
        fires = trigger.fires
        assert isinstance(fires, OnFile)  # the caller chose it
        before, told = self._since.get(trigger.address, {}), self._told.get(trigger.address, frozenset())
        there = {seen.id: seen for seen in files}
        new = [id_ for id_ in there if id_ not in told and id_ not in before]
        told = told.intersection(there) | known(file_source(environment, trigger.address), new)
        since: dict[str, float] = {}
        events = []
        for id_, seen in there.items():
            if id_ in told:
                continue
            first = before.get(id_)
            if seen.is_whole or (first is not None and clock_s - first >= fires.settle_s):
                events.append(file_event(trigger, seen, environment))
            else:
                since[id_] = clock_s if first is None else first
        self._since[trigger.address], self._told[trigger.address] = since, told
        return events, bool(since)

    def forget(self, triggers: Collection[str]) -> None:
        """Remember nothing of triggers but these."""
        for remembered in (self._since, self._told):
            for address in [each for each in remembered if each not in triggers]:
                del remembered[address]


def file_event(trigger: Trigger, seen: SeenFile, environment: str) -> OwnEvent:
    """Tell of a file."""
    assert isinstance(trigger.fires, OnFile)  # as above
    data: dict[str, object] = {"path": seen.path, "size_bytes": seen.size_bytes}
    if trigger.fires.is_elsewhere:
        data |= {"mark": seen.mark, "strength": seen.strength.value}
    else:
        data["mtime_ns"] = int(seen.mark)
    return OwnEvent(
        source=file_source(environment, trigger.address),
        id=seen.id,
        type=FILE_ARRIVED,
        subject=seen.path,
        data=data,
    )
