"""What a mesh was read from looked like, small enough to be kept by a process that keeps no mesh: places, and a digest of marks."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import xxhash

from meshwright.files.marks import Mark, is_settled, mark_of
from meshwright.frozen import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class SeenFiles:
    """How files and folders looked."""

    #: Paths relative to the root, a zero byte between two: a tenth of what they take apart.
    paths: str
    #: Of their marks, in order.
    digest: str

    def stand(self, root: Path) -> bool:
        """Whether all of them look as they did. About 5 µs for each."""
        prefix = f"{root}/"
        try:
            marks = (mark_of(os.stat(prefix + path)) for path in self.paths.split("\0"))  # noqa: PTH116 - hot
            return _digest(marks) == self.digest
        except OSError:
            return False


def seen_files(marks: Mapping[str, Mark], now_ns: int) -> SeenFiles | None:
    """Return how files looked when their marks were taken; None where one is so young that a change would not show."""
    if not marks or not all(is_settled(mark, now_ns) for mark in marks.values()):
        return None
    return SeenFiles(paths="\0".join(marks), digest=_digest(marks.values()))


def _digest(marks: Iterable[Mark]) -> str:
    digest = xxhash.xxh3_128()
    for mark in marks:
        digest.update(repr(mark).encode())
    return digest.hexdigest()
