"""Building datasets in parts: each part is written, made durable and committed by itself; then they make a version.

A run that is killed leaves the parts that it committed; the next one takes them and builds what is missing.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from types import MappingProxyType

from meshwright.crashpoints import CrashPoint, reached
from meshwright.diagnostics import Diagnostic, InputError
from meshwright.engines.protocol import BuiltTable, ModelBuild, Relation, Window
from meshwright.frozen import dataclass
from meshwright.model import (
    Columns,
    Manifest,
    Page,
    Part,
    Restricted,
    Scalar,
    SourceObservation,
    StoredFile,
    Sums,
    Version,
    VersionClass,
    identity,
    plain_address,
)
from meshwright.model.parameters import interval_params
from meshwright.model.parts import added, without
from meshwright.plan.incremental import STANDING
from meshwright.plan.manifests import Entries, revised_pages
from meshwright.plan.values import DesiredNode
from meshwright.run.pythonsteps import build_python
from meshwright.run.relations import Relations
from meshwright.run.secretparams import hiding, secret_values
from meshwright.run.sources import read_source
from meshwright.run.timelimits import time_limit
from meshwright.run.wholeness import require_whole, require_whole_parts
from meshwright.run.world import RunWorld

#: What a part of a source says it was made from: the files that were read.
FILES_READ = "files"


@dataclass(frozen=True, kw_only=True, slots=True)
class Windowed:
    """An input of which an interval sees a window: its columns, the one that says when rows are, the parts overlapped."""

    dataset: str
    columns: Columns
    column: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PartWork:
    """One part to build, bound. Names are those that the node's code uses: plain."""

    desired: DesiredNode
    id: str
    number: int
    #: Its interval, and how far back from it inputs are seen; None where parts are appended.
    interval: tuple[dt.datetime, dt.datetime] | None
    #: What is recorded of its inputs: ids of parts, or of one version.
    made_of: Mapping[str, tuple[str, ...]]
    #: Inputs that are seen whole, and those that are seen in windows.
    whole: Mapping[str, Version]
    windowed: Mapping[str, Windowed] = field(default_factory=lambda: MappingProxyType({}))
    #: What views among the inputs stand on, by version id.
    bound: Mapping[str, Version] = field(default_factory=lambda: MappingProxyType({}))
    restricted: Restricted | None = None
    attempt: str = "0"
    #: A source's part: what is read.
    rows: SourceRows | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SourceRows:
    """The files of a source that were not read before."""

    #: The source as it was seen when the run was planned.
    observation: SourceObservation
    #: Absolute paths.
    files: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class WrittenPart:
    """A part that has no files yet, and the files (path, rows) that are to be made durable for it."""

    part: Part
    number: int
    files: tuple[tuple[str, int], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PartsWork:
    """All parts that a version of a dataset lacks, and what it is put together from when they are there."""

    desired: DesiredNode
    #: Its id; None where the rows of a source tell.
    version: str | None
    #: As it will have it, and the pages that are not there yet; None where what is appended tells.
    manifest: Manifest | None = None
    pages: tuple[Page, ...] = ()
    works: tuple[PartWork, ...]
    #: Parts that it lists anew and that were there already.
    there: tuple[Part, ...] = ()
    #: The version that is continued, and the parts of it that are not listed any more.
    base: Version | None = None
    gone: tuple[Part, ...] = ()
    #: Input -> version.
    inputs: Mapping[str, Version]
    restricted: Restricted | None = None
    #: The columns that the definition gives, where they are known without a build.
    columns: Columns = ()
    #: A source's: what was seen of it, and whether it is read whatever came of that before.
    observation: SourceObservation | None = None
    is_run_anyway: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Together:
    """A version with those of its pages that are not there yet."""

    version: Version
    pages: tuple[Page, ...]


def write_part(work: PartWork, world: RunWorld) -> WrittenPart:
    """Build one part into files that are not durable yet. Raises MeshwrightError; nothing is left behind then."""
    require_whole((*work.whole.values(), *work.bound.values()), world)
    require_whole_parts((part for windowed in work.windowed.values() for part in windowed.parts), world)
    started = world.clock()
    node = work.desired.node
    target = world.store.new_target(node.address, work.id, work.attempt)
    with hiding(work.desired, world):
        table = _build(work, target, world) if work.rows is None else _read(work, work.rows, target, world)
    reached(CrashPoint.FILES_WRITTEN)
    start, end = work.interval or (None, None)
    part = Part(
        id=work.id if work.rows is None else _content_id(work, table),
        dataset=node.address,
        start=start,
        end=end,
        columns=table.columns,
        files=(),
        rows=table.rows,
        sums=table.sums,
        fingerprint=work.desired.fingerprint,
        inputs=work.made_of,
        params=work.desired.params,
        engine=work.desired.engine,
        run_id=world.run_id,
        created_at=world.now(),
        seconds=world.clock() - started,
        restricted=work.restricted,
    )
    return WrittenPart(part=part, number=work.number, files=table.files)


def _build(work: PartWork, target: str, world: RunWorld) -> BuiltTable:
    node, desired = work.desired.node, work.desired
    inputs = part_inputs(work, world)
    spec = node.intervals
    window = None
    if work.interval is not None and spec is not None:
        window = Window(column=spec.by, spans=(work.interval,))
        desired = _with_interval(desired, work.interval)
    if node.python is not None:
        return build_python(desired, inputs, target, world, window)
    assert node.sql is not None
    build = ModelBuild(
        dataset=node.address,
        text=node.sql.text,
        dialect=node.sql.dialect,
        inputs=inputs,
        params={**desired.params, **secret_values(desired, world)},
        param_types=desired.param_types,
        window=window,
        span=node.span,
    )
    with time_limit(node, world):
        return world.session.build_model(build, target)


def _read(work: PartWork, rows: SourceRows, target: str, world: RunWorld) -> BuiltTable:
    return read_source(work.desired, replace(rows.observation, files=rows.files), target, world, is_subset=True).table


def _content_id(work: PartWork, table: BuiltTable) -> str:
    """Return the id of a source's part: the identity of its rows, and of their place among those that came before."""
    columns = [[column.name, column.type] for column in table.columns]
    before = sorted(work.made_of.get(STANDING, ()))
    return identity("mwappended1", work.desired.node.address, before, table.content_digest, columns)


def _with_interval(desired: DesiredNode, interval: tuple[dt.datetime, dt.datetime]) -> DesiredNode:
    """Return the node with the parameters that are the interval's own."""
    values, types = interval_params(*interval)
    params: dict[str, Scalar] = {**desired.params, **values}
    kinds = {**desired.param_types, **types}
    return replace(desired, params=MappingProxyType(params), param_types=MappingProxyType(kinds))


def part_inputs(work: PartWork, world: RunWorld) -> dict[str, Relation]:
    """Return what a part's build sees, by dataset."""
    relations = Relations(store=world.store, bound=work.bound, parts=world.parts.of, see=world.see)
    seen = work.restricted.seen if work.restricted is not None else {}
    found = relations.of_all(work.whole, seen)
    for dataset, windowed in work.windowed.items():
        assert work.interval is not None
        spec = work.desired.node.intervals
        assert spec is not None
        start, end = work.interval
        window = Window(column=windowed.column, spans=((start - spec.lookback, end),))
        found[dataset] = relations.of_parts(
            windowed.dataset, windowed.columns, windowed.parts, window, seen.get(dataset)
        )
    return found


def sealed_part(written: WrittenPart, files: tuple[StoredFile, ...]) -> Part:
    """Return a part with its durable files."""
    return replace(written.part, files=files)


def put_together(work: PartsWork, built: Sequence[Part], world: RunWorld) -> Together:
    """Return the version that a dataset's parts make. Raises InputError (MW-R070) where parts do not fit together."""
    made = tuple(part for part in (*work.there, *built) if work.manifest is not None or _counts(work, part))
    manifest, pages = work.manifest, work.pages
    if manifest is None:
        manifest, pages = _appended(work, made, world)
    columns = _columns(work, made or (*work.there, *built))
    base, desired = work.base, work.desired
    rows = (base.rows if base else 0) + sum(part.rows for part in made) - sum(part.rows for part in work.gone)
    sums = _sums(work, made)
    size = (base.size_bytes if base else 0) + sum(each.size_bytes for each in made)
    size -= sum(each.size_bytes for each in work.gone)
    version = Version(
        id=work.version or identity("mwmanifest1", desired.node.address, desired.fingerprint, manifest.pages),
        dataset=desired.node.address,
        columns=columns,
        files=(),
        rows=rows,
        content_digest=world.digest_of_sums(columns, rows, sums),
        fingerprint=desired.fingerprint,
        node_kind=desired.node.kind,
        is_opaque=desired.node.is_opaque,
        inputs={dataset: version.id for dataset, version in work.inputs.items()},
        params=desired.params,
        engine=desired.engine,
        definition=desired.definition,
        run_id=world.run_id,
        created_at=world.now(),
        seconds=sum(part.seconds for part in made if part.run_id == world.run_id),
        manifest=replace(manifest, sums=sums, size_bytes=size, earlier=_earlier(work)),
        before=base.id if base is not None and manifest.is_appended else None,
        restricted=work.restricted,
    )
    return Together(version=version, pages=pages)


def _counts(work: PartsWork, part: Part) -> bool:
    """Whether an appended part is listed: an empty one only where it says which files were read."""
    return part.rows > 0 or work.desired.node.source is not None


def _appended(work: PartsWork, made: Sequence[Part], world: RunWorld) -> tuple[Manifest, tuple[Page, ...]]:
    """Return the manifest of the version before with one part more (or none), and its pages that are new."""
    before = work.base.manifest if work.base is not None else None
    entries = Entries(manifest=before, pages=world.books.pages) if before is not None else None
    first = 0 if before is None or before.last is None else before.last + 1
    numbered = {first + place: part.id for place, part in enumerate(made)}
    name = plain_address(work.desired.node.address)
    pages, new = revised_pages(name, entries, numbered)
    count = (before.count if before is not None else 0) + len(numbered)
    manifest = Manifest(
        version_class=VersionClass.STATEFUL,
        pages=pages,
        first=0 if count else None,
        last=first + len(numbered) - 1 if count else None,
        count=count,
    )
    return manifest, new


def _sums(work: PartsWork, made: Sequence[Part]) -> Sums:
    standing = work.base.manifest.sums if work.base is not None and work.base.manifest is not None else (0, 0)
    return without(added(standing, *(part.sums for part in made)), added(*(part.sums for part in work.gone)))


def _earlier(work: PartsWork) -> Mapping[str, int]:
    """Return how many parts are still of each earlier definition."""
    base, now = work.base, work.desired.fingerprint
    if base is None or base.manifest is None:
        return {}
    counts = Counter(base.manifest.earlier)
    if base.fingerprint != now:
        counts[base.fingerprint] += base.manifest.count - sum(base.manifest.earlier.values())
    counts.subtract(part.fingerprint for part in work.gone if part.fingerprint != now)
    return {fingerprint: count for fingerprint, count in sorted(counts.items()) if count > 0 and fingerprint != now}


def _columns(work: PartsWork, made: Sequence[Part]) -> Columns:
    """Return the version's columns: those that the present definition gives."""
    own = [part for part in made if part.fingerprint == work.desired.fingerprint]
    base = work.base
    if base is not None and _keeps_own_parts(base, work):
        columns = base.columns
    elif own:
        columns = own[-1].columns
    else:
        return work.columns or (base.columns if base is not None else ())
    for part in own:
        if part.columns != columns:
            raise _unlike(work, part, columns)
    return columns


def _keeps_own_parts(base: Version, work: PartsWork) -> bool:
    """Whether parts of the present definition stay of the version continued: those that come must have their columns."""
    manifest, now = base.manifest, work.desired.fingerprint
    if manifest is None or base.fingerprint != now:
        return False
    own = manifest.count - sum(manifest.earlier.values())
    return own > sum(part.fingerprint == now for part in work.gone)


def _unlike(work: PartsWork, part: Part, columns: Columns) -> InputError:
    node = work.desired.node
    now, other = dict((c.name, c.type) for c in part.columns), dict((c.name, c.type) for c in columns)  # noqa: C402
    names = [name for name in {**other, **now} if now.get(name) != other.get(name)]
    what = f"part {part.id[:12]}" if part.start is None else f"the interval from {part.start:%Y-%m-%dT%H:%MZ}"
    shown = ", ".join(f"'{name}' {now.get(name, 'missing')} (elsewhere {other.get(name, 'missing')})" for name in names)
    return InputError(
        Diagnostic(
            code="MW-R070",
            message=f"{what} of {node.address} has other columns than the others: {shown or 'in another order'}",
            span=node.span,
            fix=f"declare the types under columns of node {node.address}, so that every part has them",
            object=node.address,
        )
    )
