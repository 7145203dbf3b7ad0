"""The verb `show --intervals`: the parts that a version is made of, where there are gaps, and what the inputs hold besides."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from itertools import pairwise

from meshwright.app.observing import read_published
from meshwright.app.opened import OpenedMesh, open_mesh
from meshwright.app.planning import PlanOptions, prepare
from meshwright.app.show import find_version, is_version_id, nothing_called
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError
from meshwright.frozen import dataclass
from meshwright.model import Calendar, Manifest, Node, Part, Ranges, Version
from meshwright.model.intervals import ranges_of
from meshwright.run.partsteps import FILES_READ
from meshwright.state.manifests import entries_of, parts_of


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedPart:
    """One part with its place in the manifest."""

    number: int
    part: Part
    #: Whether it was built by the definition that its version was built by.
    is_present: bool

    @property
    def files_read(self) -> tuple[str, ...]:
        """A source's: the files that it was read from, by their paths."""
        return tuple(word.partition(" ")[2] for word in self.part.inputs.get(FILES_READ, ()))


@dataclass(frozen=True, kw_only=True, slots=True)
class Outlook:
    """What the inputs, as they are published, hold beside what a version is made of."""

    #: Intervals that the version lacks, and those that it has and that are to be built again: the next plain run builds both.
    missing: Ranges = ()
    due: Ranges = ()
    #: Why neither can be told; None where they are.
    unknown: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class IntervalListing:
    """Answer of `show DATASET --intervals`."""

    dataset: str
    environment: str
    version: Version
    manifest: Manifest
    #: Ascending.
    parts: tuple[ListedPart, ...]
    outlook: Outlook

    @property
    def calendar(self) -> Calendar | None:
        """How it is cut; None where parts were appended."""
        return self.manifest.calendar

    @property
    def gaps(self) -> Ranges:
        """The intervals between the first and the last that have no part."""
        return gaps_between(each.number for each in self.parts)


def list_intervals(workspace: Workspace, name: str, environment: str = "prod") -> IntervalListing:
    """Return the parts of a dataset's published version, or of a version by its id.

    Raises InputError where there is none (MW-R011, MW-R012), or it is not made of parts (MW-R076); WorldError (MW-R017) where
    what it is made of is not recorded.
    """
    with open_mesh(workspace, environment) as opened:
        node = opened.mesh.node(name)
        if node is None and is_version_id(name):
            version = find_version(opened, name)
            return _listing(opened, version.dataset, version, Outlook(unknown="it is asked for by its id"))
        if node is None:
            raise InputError(_no_dataset(opened, name))
        found = read_published(opened.state.reader, environment).versions.get(name)
        if found is None:
            raise InputError(_never_published(opened, node))
        if found.manifest is None:
            raise InputError(_no_parts(name, node, found))
        return _listing(opened, name, found, _outlook(opened, node, found))


def _listing(opened: OpenedMesh, dataset: str, version: Version, outlook: Outlook) -> IntervalListing:
    manifest = version.manifest
    if manifest is None:
        raise InputError(_no_parts(dataset, opened.mesh.node(dataset), version))
    reader = opened.state.reader
    numbers = [number for number, _ in entries_of(reader, (version,))[version.id]]
    parts = parts_of(reader, (version,))[version.id]
    return IntervalListing(
        dataset=dataset,
        environment=opened.environment,
        version=version,
        manifest=manifest,
        parts=tuple(
            ListedPart(number=number, part=part, is_present=part.fingerprint == version.fingerprint)
            for number, part in zip(numbers, parts, strict=True)
        ),
        outlook=outlook,
    )


def _outlook(opened: OpenedMesh, node: Node, version: Version) -> Outlook:
    """Plan the dataset alone, so that its inputs are those that are published."""
    if node.intervals is None:
        return Outlook(unknown=f"{node.address} is not cut into intervals")
    try:
        prepared = prepare(opened, PlanOptions(select=(node.address,), environment=opened.environment, only=True))
    except InputError as error:
        return Outlook(unknown=f"{error.first.code} {error.first.message}")
    resolution = prepared.observation.resolution
    problem = resolution.problems.get(node.address)
    if problem is not None:
        return Outlook(unknown=f"{problem.code} {problem.message}")
    plan = resolution.intervals.get(node.address)
    if plan is None:
        return Outlook(unknown="it is pinned, or an input of it was never published")
    if plan.manifest.calendar != (version.manifest.calendar if version.manifest else None):
        return Outlook(unknown="it is cut otherwise now, so that everything will be built")
    standing = {number for number, _ in entries_of(opened.state.reader, (version,))[version.id]}
    planned = {part.number for part in plan.changed}
    return Outlook(missing=ranges_of(planned - standing), due=ranges_of(planned & standing))


def gaps_between(numbers: Iterable[int]) -> Ranges:
    """Return the runs of numbers that are missing between ascending ones."""
    runs = ranges_of(numbers)
    return tuple((before[1] + 1, after[0] - 1) for before, after in pairwise(runs))


def span_of(calendar: Calendar, first: int, last: int) -> tuple[dt.datetime, dt.datetime]:
    """Return the moments [start, end) of a run of intervals."""
    return calendar.start(first), calendar.start(last + 1)


def _no_dataset(opened: OpenedMesh, name: str) -> Diagnostic:
    mesh = opened.mesh
    if name in mesh.domains or mesh.product(name) is not None or "/" in name:
        return Diagnostic(
            code="MW-R011",
            message=f"{name} is no dataset, and only a dataset has intervals",
            fix="name a dataset, or the id of a version",
        )
    return nothing_called(opened, name)


def _never_published(opened: OpenedMesh, node: Node) -> Diagnostic:
    return Diagnostic(
        code="MW-R012",
        message=f"{node.address} was never published in {opened.environment}",
        fix=f"mw run {node.address}",
        object=node.address,
    )


def _no_parts(dataset: str, node: Node | None, version: Version) -> Diagnostic:
    if node is not None and node.merging is not None:
        why = "its rows are merged into one table"
        fix = f"mw show {dataset} lists its versions"
    elif node is not None and node.incremental is not None:
        why = f"its version {version.id[:12]} was built in one piece, before `incremental` was declared"
        fix = f"mw run {dataset} builds it in parts"
    else:
        why = "it is built in one piece"
        fix = (
            "to build it by interval, write `incremental: {by: <time column>, grain: day}` at its node in pipeline.yaml"
        )
    return Diagnostic(
        code="MW-R076",
        message=f"{dataset} is not made of parts: {why}",
        span=node.span if node else None,
        fix=fix,
        object=dataset,
    )
