"""The inputs of a node that is built by interval, as an interval sees them: which parts of them it is made from.

An input that is made of parts, and whose time is the node's, is looked at in windows: from the interval's start less the
lookback to its end. Any other input is looked at whole, and only the node's own rules say what a new version of it means.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from meshwright.diagnostics import Diagnostic
from meshwright.model import (
    EVERY_INPUT,
    ByInterval,
    Calendar,
    Columns,
    Depends,
    Footprint,
    FootprintKey,
    Manifest,
    Node,
    Ranges,
)
from meshwright.plan.books import Books
from meshwright.plan.manifests import Entries

_MOMENT = dt.timedelta(microseconds=1)
#: Types of time that casts keep: one of nanoseconds is rounded, perhaps into the next interval.
_EXACT_TIMES = frozenset({"DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP WITH TIME ZONE"})


@dataclass(kw_only=True, slots=True)
class Timeline:
    """One input, with the questions that intervals ask of it."""

    #: As the node reads it.
    dataset: str
    #: Id of its version.
    version: str
    #: That id, with what is hidden of it: what recipes name.
    seen: str
    manifest: Manifest | None
    depends: Depends
    #: Its column that says the time of rows, None where it has none that matters.
    column: str | None
    calendar: Calendar
    lookback: dt.timedelta
    books: Books
    _entries: Entries | None = field(default=None, repr=False)

    @property
    def hidden(self) -> str:
        """What is hidden of it, as identities say it; empty where that is nothing."""
        return self.seen.removeprefix(self.version)

    @property
    def is_windowed(self) -> bool:
        """Whether an interval looks at some of its parts alone."""
        return self.depends is Depends.INTERVAL

    @property
    def cut_by(self) -> str:
        """The column by which its rows lie in a window or not."""
        assert self.manifest is not None
        found = self.manifest.by or self.column
        assert found is not None  # `dependence` saw to it
        return found

    def entries(self) -> Entries:
        """The parts that its manifest lists."""
        assert self.manifest is not None
        if self._entries is None:
            self._entries = Entries(manifest=self.manifest, pages=self.books.pages)
        return self._entries

    def parts_in(self, number: int) -> tuple[str, ...]:
        """Return the ids of the parts that the window of an interval overlaps. Raises KeyError where that is not recorded."""
        assert self.manifest is not None
        start, end = window(self.calendar, number, self.lookback)
        if self.manifest.calendar is not None:
            theirs = self.manifest.calendar
            return tuple(id_ for _, id_ in self.entries().between(theirs.number(start), theirs.number(end - _MOMENT)))
        first = self.calendar.number(start)
        return tuple(id_ for _, id_ in self._appended(first, number))

    def _appended(self, first: int, last: int) -> Iterator[tuple[int, str]]:
        """Yield the appended parts with rows from interval `first` to `last`: only pages that have any are read."""
        assert self.manifest is not None
        for _, page in self.manifest.pages:
            if _touches(self.footprint(page), first, last):
                found = self.books.pages[page].entries
                yield from ((each, id_) for each, id_ in found if _touches(self.footprint(id_), first, last))

    def footprint(self, of: str) -> Footprint:
        """Return in which intervals of the node a version, page or part of the input has rows."""
        assert self.column is not None
        return self.books.footprints[FootprintKey(of=of, column=self.column, calendar=self.calendar)]

    def span(self) -> tuple[int, int] | None:
        """Return the first and last interval of the node in which the input has rows; None where it has none."""
        manifest = self.manifest
        if manifest is None:
            return _ends(self.footprint(self.version))
        if manifest.first is None or manifest.last is None:
            return None
        theirs = manifest.calendar
        if theirs is None:
            found = [ends for _, page in manifest.pages if (ends := _ends(self.footprint(page))) is not None]
            return (min(first for first, _ in found), max(last for _, last in found)) if found else None
        first = self.calendar.number(theirs.start(manifest.first))
        last = self.calendar.number(theirs.start(manifest.last + 1) - _MOMENT)
        if theirs != self.calendar and last > self.calendar.number(theirs.start(manifest.last)):
            # One part of it holds several intervals, and the last part need not be full.
            id_ = self.entries().get(manifest.last)
            ends = _ends(self.footprint(id_)) if id_ is not None and self.column is not None else None
            last = ends[1] if ends is not None else self.calendar.number(theirs.start(manifest.last))
        return first, last

    def reached_by(self, parts: Mapping[int, str]) -> Iterator[tuple[int, int]]:
        """Yield the intervals (first, last) whose windows overlap given parts of the input, number -> id."""
        assert self.manifest is not None
        theirs = self.manifest.calendar
        for number, id_ in parts.items():
            if theirs is not None:
                yield self._reach(theirs.start(number), theirs.start(number + 1))
            else:
                for first, last in self.footprint(id_).ranges:
                    yield self._reach(self.calendar.start(first), self.calendar.start(last + 1))

    def _reach(self, start: dt.datetime, end: dt.datetime) -> tuple[int, int]:
        return self.calendar.number(start), self.calendar.number(end - _MOMENT + self.lookback)


def window(calendar: Calendar, number: int, lookback: dt.timedelta) -> tuple[dt.datetime, dt.datetime]:
    """Return the moments [start, end) that an interval looks at."""
    return calendar.start(number) - lookback, calendar.start(number + 1)


def dependence(
    node: Node, spec: ByInterval, read: str, manifest: Manifest | None, columns: Columns
) -> Depends | Diagnostic:
    """Return how intervals of `node` depend on an input with this manifest and these columns, or why what is said cannot be."""
    said = spec.depends.get(read)
    column = time_column(spec, read, columns)
    if said is None:
        is_proven = read in spec.time_columns and _is_cut_alike(manifest, column)
        if is_proven and _type_of(column, columns) in _EXACT_TIMES:
            return Depends.INTERVAL
        return spec.depends.get(EVERY_INPUT, Depends.AS_OF)
    why = _why_not(spec, manifest, column) if said is Depends.INTERVAL else None
    return said if why is None else _no_parts(node, spec, read, why)


def _why_not(spec: ByInterval, manifest: Manifest | None, column: str | None) -> str | None:
    """Say why intervals cannot depend on the parts of an input; None where they can."""
    if manifest is None:
        return "is not made of parts"
    if column is not None and not _is_cut_alike(manifest, column):
        return f"is cut by '{manifest.by}', and '{column}' says the time here"
    if manifest.is_appended and column is None:
        return f"has no column '{spec.by}' that says when its rows are"
    return None


def _type_of(name: str | None, columns: Columns) -> str | None:
    return next((column.type for column in columns if column.name == name), None)


def _is_cut_alike(manifest: Manifest | None, column: str | None) -> bool:
    if manifest is None or column is None:
        return False
    return manifest.by is None or manifest.by.casefold() == column.casefold()


def _no_parts(node: Node, spec: ByInterval, read: str, why: str) -> Diagnostic:
    return Diagnostic(
        code="MW-P201",
        message=f"{node.address} depends on {read} by interval, and {read} {why}",
        span=spec.span,
        fix=f"write depends: {{{read}: as_of}} or {{{read}: whole}}, or build {read} by interval too",
        object=node.address,
    )


def time_column(spec: ByInterval, read: str, columns: Columns) -> str | None:
    """Return the column of an input that says the time of its rows, as the input spells it; None where it has none."""
    wanted = spec.time_columns.get(read, spec.by).casefold()
    return next((column.name for column in columns if column.name.casefold() == wanted), None)


def _ends(footprint: Footprint) -> tuple[int, int] | None:
    ranges: Ranges = footprint.ranges
    return (ranges[0][0], ranges[-1][1]) if ranges else None


def _touches(footprint: Footprint, first: int, last: int) -> bool:
    return any(low <= last and high >= first for low, high in footprint.ranges)
