"""What the next version of a dataset that is built by interval is made of, as it is planned."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from meshwright.frozen import dataclass
from meshwright.model import Manifest, Page, Ranges, Version
from meshwright.model.intervals import ranges_of

_NOTHING: Mapping[int, str] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedPart:
    """A part that the new version lists and the one that it continues does not: built, unless it is there already."""

    number: int
    id: str
    start: dt.datetime
    end: dt.datetime
    #: Input by its plain address -> ids of the parts that are looked at, or the id of its version.
    inputs: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True, slots=True)
class IntervalPlan:
    """What the next version of a dataset that is built by interval is made of."""

    version: str
    #: As the version will have it, but for what only its parts tell (sums, size, earlier definitions).
    manifest: Manifest
    #: The pages that the version continued does not have.
    pages: tuple[Page, ...] = ()
    changed: tuple[PlannedPart, ...] = ()
    #: Parts of the version continued that are not listed any more, number -> id.
    gone: Mapping[int, str] = field(default_factory=lambda: _NOTHING)
    #: The version that is continued; None where every part is planned anew.
    base: Version | None = None
    #: Inputs, as the node reads them, that it looks at in windows -> the column that says when their rows are.
    windowed: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def ranges(self) -> Ranges:
        """The intervals of the parts that are planned, as runs of numbers."""
        return ranges_of(part.number for part in self.changed)
