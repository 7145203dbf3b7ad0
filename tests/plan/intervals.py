"""A world of parts without data: versions are made as planned, and where they have rows is said by hand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from meshwright.diagnostics import Diagnostic
from meshwright.model import (
    ByInterval,
    Calendar,
    Column,
    Depends,
    Footprint,
    FootprintKey,
    Grain,
    Manifest,
    Page,
    Version,
    VersionClass,
    identity,
)
from meshwright.model.intervals import ranges_of
from meshwright.model.parts import make_page, page_number
from meshwright.plan.books import Books
from meshwright.plan.identities import node_definition
from meshwright.plan.interval_plans import IntervalPlan
from meshwright.plan.intervals import IntervalWish, plan_intervals
from meshwright.plan.timelines import Timeline, dependence, time_column
from meshwright.plan.values import DesiredNode
from tests.plan.meshes import ENGINE, sql_node

DAYS = Calendar(grain=Grain.DAY)
COLUMNS = (Column(name="t", type="TIMESTAMP"), Column(name="x", type="INTEGER"))
#: The number of 2020-01-01.
DAY_0 = DAYS.number(dt.datetime(2020, 1, 1, tzinfo=dt.UTC))


def by_interval(**said: object) -> ByInterval:
    """`incremental: {by: t, grain: day}` with further keys; every input's `t` becomes its own."""
    return replace(ByInterval(by="t", calendar=DAYS), **said)  # type: ignore[arg-type]


@dataclass(kw_only=True)
class World:
    """Books that grow, and the version of each dataset that stands."""

    versions: dict[str, Version] = field(default_factory=dict)
    pages: dict[str, Page] = field(default_factory=dict)
    footprints: dict[FootprintKey, Footprint] = field(default_factory=dict)
    standing: dict[str, Version] = field(default_factory=dict)

    @property
    def books(self) -> Books:
        return Books(versions=self.versions, pages=self.pages, footprints=self.footprints)

    def table(self, dataset: str, mark: object, days: Iterable[int], calendars: Iterable[Calendar] = (DAYS,)) -> None:
        """Let a whole table stand that has rows on these days; `mark` tells its contents apart."""
        version = _version(dataset, identity("table", dataset, str(mark)))
        self._stand(version)
        self.mark(version.id, days, calendars)

    def cut(self, dataset: str, parts: Mapping[int, object], calendar: Calendar = DAYS) -> None:
        """Let a dataset stand that is cut by `t`; `parts` is number -> what tells the part's contents apart."""
        entries = {number: identity("part", dataset, number, str(mark)) for number, mark in parts.items()}
        self._manifest(dataset, entries, by="t", calendar=calendar)

    def append(self, dataset: str, parts: Iterable[Iterable[int]]) -> None:
        """Let an appended dataset stand; each part has rows on its days."""
        entries = {}
        for number, days in enumerate(map(list, parts)):
            entries[number] = identity("appended", dataset, number, days)
            self.mark(entries[number], days, (DAYS,))
        pages = self._manifest(dataset, entries, by=None, calendar=None)
        for page in pages:
            touched = [
                self.footprints[FootprintKey(of=id_, column="t", calendar=DAYS)].ranges for _, id_ in page.entries
            ]
            numbers = {day for ranges in touched for first, last in ranges for day in range(first, last + 1)}
            self.mark(page.id, numbers, (DAYS,))

    def mark(self, of: str, days: Iterable[int], calendars: Iterable[Calendar]) -> None:
        """Say on which days a version, part or page has rows."""
        days = list(days)
        for calendar in calendars:
            numbers = (calendar.number(DAYS.start(day)) for day in days)
            self.footprints[FootprintKey(of=of, column="t", calendar=calendar)] = Footprint(ranges=ranges_of(numbers))

    def _manifest(
        self, dataset: str, entries: Mapping[int, str], *, by: str | None, calendar: Calendar | None
    ) -> list[Page]:
        grouped: dict[int, list[tuple[int, str]]] = {}
        for number, id_ in sorted(entries.items()):
            grouped.setdefault(page_number(number), []).append((number, id_))
        pages = {number: make_page(dataset, tuple(found)) for number, found in grouped.items()}
        self.pages.update({page.id: page for page in pages.values()})
        manifest = Manifest(
            version_class=VersionClass.PURE,
            by=by,
            calendar=calendar,
            pages=tuple((number, page.id) for number, page in sorted(pages.items())),
            first=min(entries, default=None),
            last=max(entries, default=None),
            count=len(entries),
        )
        self._stand(replace(_version(dataset, identity("cut", dataset, manifest.pages)), manifest=manifest))
        return list(pages.values())

    def _stand(self, version: Version) -> None:
        self.versions[version.id] = version
        self.standing[version.dataset] = version

    def plan(
        self, dataset: str, spec: ByInterval, reads: Iterable[str], wish: IntervalWish | None = None, *, text: str = "q",
        is_anew: bool = False,
    ) -> IntervalPlan | Diagnostic:  # fmt: skip
        """Plan a dataset over what stands of its inputs; `is_anew` as if nothing stood of it."""
        desired = node(dataset, spec, reads, text)
        timelines = []
        for read in reads:
            version = self.standing[read]
            depends = dependence(desired.node, spec, read, version.manifest, version.columns)
            if isinstance(depends, Diagnostic):
                return depends
            timelines.append(
                Timeline(
                    dataset=read, version=version.id, seen=version.id, manifest=version.manifest, depends=depends,
                    column=time_column(spec, read, version.columns), calendar=spec.calendar, lookback=spec.lookback,
                    books=self.books,
                )
            )  # fmt: skip
        standing = None if is_anew else self.standing.get(dataset)
        return plan_intervals(desired, wish or IntervalWish(), standing, timelines, self.books)

    def build(
        self, dataset: str, spec: ByInterval, reads: Iterable[str], wish: IntervalWish | None = None, *, text: str = "q"
    ) -> IntervalPlan:
        """Plan a dataset and let what was planned stand."""
        found = self.plan(dataset, spec, reads, wish, text=text)
        assert isinstance(found, IntervalPlan), found
        self.pages.update({page.id: page for page in found.pages})
        desired = node(dataset, spec, reads, text)
        version = Version(
            id=found.version, dataset=dataset, columns=COLUMNS, files=(), rows=1, content_digest="",
            fingerprint=desired.fingerprint, node_kind="sql", is_opaque=False, engine=ENGINE, manifest=found.manifest,
            inputs={read: self.standing[read].id for read in reads},
        )  # fmt: skip
        self._stand(version)
        return found


def node(dataset: str, spec: ByInterval, reads: Iterable[str], text: str = "q") -> DesiredNode:
    made = replace(sql_node(dataset, tuple(reads), text=text), incremental=spec)
    fingerprint, definition = node_definition(made)
    return DesiredNode(node=made, fingerprint=fingerprint, definition=definition, params={}, engine=ENGINE)


def aligned(*reads: str, **said: object) -> ByInterval:
    """`by_interval` where `t` of each of `reads` becomes the dataset's own."""
    return by_interval(time_columns=dict.fromkeys(reads, "t"), **said)


def whole(*reads: str, **said: object) -> ByInterval:
    """As `aligned`; a new version of any table rebuilds everything."""
    return aligned(*reads, depends={"*": Depends.WHOLE}, **said)


def days_of(plan: IntervalPlan) -> list[int]:
    """Return the planned days, counted from the first of 2020."""
    return [part.number - DAY_0 for part in plan.changed]


def _version(dataset: str, id_: str) -> Version:
    return Version(
        id=id_, dataset=dataset, columns=COLUMNS, files=(), rows=1, content_digest="", fingerprint="f", node_kind="sql",
        is_opaque=False,
    )  # fmt: skip
