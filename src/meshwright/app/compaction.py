"""The verb `compact`: small files of parts are written together. It moves rows, and changes nothing that is said of them.

What a version is, and so what is planned, stays: parts keep their ids, and their rows list a file that they share. New files are
durable and compared with what is recorded before, in one transaction, all parts of a group list theirs; until then the old
ones are in use, and afterwards they are in the store for as long as the grace of a collection. It can be cut off anywhere.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass as mutable_dataclass
from dataclasses import field, replace

from meshwright.app.clock import utc_now
from meshwright.app.holding import LEASE_TTL_S, take_run_lease
from meshwright.app.observing import read_published
from meshwright.app.opened import OpenedMesh, open_mesh, require_sound
from meshwright.app.parts import interval_words
from meshwright.app.readers import export_environment, readers_problem
from meshwright.app.scope import selected_datasets
from meshwright.app.verify import asked_environments
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InterruptedRun, MeshwrightError, RefusedError, WorldError
from meshwright.engines.protocol import Limits, Session, Window
from meshwright.frozen import dataclass
from meshwright.model import Part, StoredFile, Version
from meshwright.model.parts import added
from meshwright.plan.compaction import files_of, to_be_compacted
from meshwright.run.parts import PartsReader, parts_relation, spans_of
from meshwright.state.errors import Fenced
from meshwright.state.records import Lease


@dataclass(frozen=True, kw_only=True, slots=True)
class CompactionOptions:
    """What `compact` is asked for."""

    select: tuple[str, ...] = ()
    environment: str = "prod"
    #: Only say what would be done.
    is_dry_run: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class CompactedParts:
    """Parts that share a file now, or would."""

    dataset: str
    #: The first and the last interval among them.
    first: str
    last: str
    parts: int
    rows: int
    files_before: int
    bytes_before: int
    #: Path of the file in the store, and its size; None where nothing was written.
    path: str | None = None
    bytes: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class CompactionReport:
    """Answer of `compact`."""

    environment: str
    is_dry_run: bool
    compacted: tuple[CompactedParts, ...]
    #: Groups of parts of which one was repaired, compacted or collected meanwhile; they were left.
    overtaken: int = 0
    #: Environments whose files for plain readers were written anew.
    readers: tuple[str, ...] = ()
    #: What could not be written together, and why.
    failed: tuple[Diagnostic, ...] = ()
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class _Group:
    """Parts that are to share a file."""

    version: Version
    by: str
    parts: tuple[Part, ...]
    told: CompactedParts


@mutable_dataclass(kw_only=True, slots=True)
class _Compaction:
    """What one compaction works with and has done so far."""

    opened: OpenedMesh
    session: Session
    id: str
    lease: Lease
    compacted: list[CompactedParts] = field(default_factory=list)
    overtaken: int = 0
    failed: list[Diagnostic] = field(default_factory=list)


def compact(workspace: Workspace, options: CompactionOptions) -> CompactionReport:
    """Write small files together, or with `is_dry_run` say which. Raises InputError, WorldError, RefusedError."""
    started = time.monotonic()
    with open_mesh(workspace, options.environment, create_state=not options.is_dry_run) as opened:
        require_sound(opened.diagnostics)
        groups = tuple(_groups(opened, options))
        report = CompactionReport(
            environment=options.environment,
            is_dry_run=options.is_dry_run,
            compacted=tuple(each.told for each in groups),
        )
        if not options.is_dry_run:
            report = _carried_out(opened, groups, report)
        return replace(report, seconds=time.monotonic() - started)


def _groups(opened: OpenedMesh, options: CompactionOptions) -> Iterator[_Group]:
    """Yield what is worth it of the versions that stand, each once however many datasets point to it."""
    selected = selected_datasets(opened, options.select)
    published = read_published(opened.state.reader, options.environment)
    reader = PartsReader(opened.state.reader)
    versions: Mapping[str, Version] = {
        version.id: version for dataset, version in sorted(published.versions.items()) if dataset in selected
    }
    for version in versions.values():
        manifest = version.manifest
        if manifest is None or manifest.by is None or manifest.calendar is None:
            continue
        pages = [reader.named([id_ for _, id_ in page.entries], version.dataset) for page in reader.pages_of(version)]
        for parts in to_be_compacted(pages):
            numbers = [manifest.calendar.number(part.start) for part in parts if part.start is not None]
            files = {file.path: file for part in parts for file in part.files}
            told = CompactedParts(
                dataset=version.dataset,
                first=str(interval_words(manifest, min(numbers))),
                last=str(interval_words(manifest, max(numbers))),
                parts=len(parts),
                rows=sum(part.rows for part in parts),
                files_before=len(files_of(parts)),
                bytes_before=sum(file.size_bytes for file in files.values()),
            )
            yield _Group(version=version, by=manifest.by, parts=parts, told=told)


def _carried_out(opened: OpenedMesh, groups: tuple[_Group, ...], report: CompactionReport) -> CompactionReport:
    if not groups:
        return replace(report, readers=_readers(opened))
    compaction_id = f"{utc_now():%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
    lease = take_run_lease(opened.state, compaction_id, utc_now())
    try:
        with opened.engine.open(Limits(temp_directory=str(opened.workspace.private / "spill"))) as session:
            work = _Compaction(opened=opened, session=session, id=compaction_id, lease=lease)
            for number, group in enumerate(groups):
                _renew(work)
                _compact(group, number, work)
        readers = _readers(opened)
    finally:
        opened.state.writer.release_lease(lease)
    return replace(
        report,
        compacted=tuple(work.compacted),
        overtaken=work.overtaken,
        failed=tuple(work.failed),
        readers=readers,
    )


def _renew(work: _Compaction) -> None:
    """Keep the lease by which the new files are known to be at work. Raises RefusedError (MW-R008) where it is lost."""
    renewed = work.opened.state.writer.renew_lease(work.lease, utc_now(), LEASE_TTL_S)
    if renewed is None:
        raise Fenced(
            Diagnostic(
                code="MW-R008",
                message=f"compaction {work.id} was taken for dead, and lost its lease; what it wrote together stays so",
                fix="give the command again: it goes on with the rest",
            )
        )


def _compact(group: _Group, number: int, work: _Compaction) -> None:
    """Let the parts of a group share a file. What cannot be stays as it is, and is told."""
    try:
        file = _written(group, number, work)
    except (InterruptedRun, Fenced):
        raise
    except MeshwrightError as error:
        work.failed.append(error.first)
        return
    store = work.opened.store
    # First: what no row lists any more is swept by its age, and somebody may be about to read it.
    store.freshen(each for part in group.parts for each in part.files)
    _renew(work)
    if work.opened.state.writer.share_file(work.lease, group.parts, file):
        work.compacted.append(replace(group.told, path=file.path, bytes=file.size_bytes))
        return
    work.overtaken += 1
    store.discard(((store.absolute(file), file.rows),))


def _written(group: _Group, number: int, work: _Compaction) -> StoredFile:
    """Write the rows of a group into one durable file. Raises RefusedError (MW-S405) where they are not those of its parts."""
    store, parts = work.opened.store, group.parts
    for file in {file.path: file for part in parts for file in part.files}.values():
        problem = store.whole(file)
        if problem is not None:
            raise _stays(group, f"{file.path}: {problem}")
    relation = parts_relation(parts[0].columns, parts, store, Window(column=group.by, spans=spans_of(parts)))
    attempt = f"{work.id}-{work.lease.token}-{number}"
    target = store.new_target(group.version.dataset, f"shared-{work.id}", attempt)
    table = work.session.rewrite(relation, target)
    try:
        if (table.rows, table.sums) != (sum(part.rows for part in parts), added(*(part.sums for part in parts))):
            raise _stays(group, f"written together they are {table.rows} rows, which are not those of the parts")
        (file,) = store.seal(table.files)
    except MeshwrightError:
        with suppress(WorldError):  # what stays is waste, and the first failure is the one to tell
            store.discard(table.files)
        raise
    return replace(file, shared_by=group.by)


def _stays(group: _Group, why: str) -> RefusedError:
    return RefusedError(
        Diagnostic(
            code="MW-S405",
            message=f"{group.told.parts} parts of {group.told.dataset} from {group.told.first} stay as they are: {why}",
            fix="mw verify --repair builds damaged parts again; then give mw compact again",
            object=group.told.dataset,
        )
    )


def _readers(opened: OpenedMesh) -> tuple[str, ...]:
    """Write the files for plain readers anew where they lead to others than what stands, also after one that was cut off."""
    written: list[str] = []
    for environment in asked_environments(opened, None):
        published = read_published(opened.state.reader, environment)
        if published.generation and readers_problem(opened, environment, published) is not None:
            export_environment(opened, environment, always=True)
            written.append(environment)
    return tuple(written)
