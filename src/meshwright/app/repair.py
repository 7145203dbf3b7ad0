"""The verb `verify --repair`: damaged versions and parts are built again, and what nobody lists is moved out of the way.

A file is never modified: a repair is a new attempt of the same version or part, and its row lists the new files only if they
hold exactly the rows that were recorded (by content digest, or by sums), in one transaction. Nothing is deleted: what a row no
longer lists goes into the store's quarantine. Every step can be cut off; the same command goes on.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from meshwright.app.clock import utc_now
from meshwright.app.holding import take_run_lease
from meshwright.app.integrity import Findings, examine
from meshwright.app.opened import OpenedMesh, open_mesh
from meshwright.app.orphans import fence_runs, listed_files
from meshwright.app.readers import export_environment
from meshwright.app.rebuild import Origin, open_origin, rebuild
from meshwright.app.rebuild_part import BuildPart, cannot_build, is_same_part, part_rebuild
from meshwright.app.reports import FileProblem, RepairedVersion, RepairReport, UnrepairedVersion, VerifyReport
from meshwright.app.verify import asked_environments
from meshwright.app.workspace import Workspace, who
from meshwright.crashpoints import CrashPoint, reached
from meshwright.diagnostics import Diagnostic, InputError, InterruptedRun, MeshwrightError, RefusedError, WorldError
from meshwright.files.literals import DURATION_FORM, duration_ms
from meshwright.model import Part, StoredFile, Version
from meshwright.state.records import Lease, LogLine

#: A file that no version and no part lists is taken for waste when nobody wrote it for this long.
ORPHAN_AGE_S = 3600.0


@dataclass(kw_only=True, slots=True)
class _Repair:
    """What one repair works with and has done so far."""

    opened: OpenedMesh
    id: str
    lease: Lease
    damaged: Mapping[str, Version | Part]
    #: Version -> the damaged parts that it lists.
    damaged_parts: Mapping[str, tuple[str, ...]]
    build_part: BuildPart
    #: The run whose files lie open: versions of one run follow each other.
    origins: ExitStack = field(default_factory=ExitStack)
    origin: Origin | None = None
    builds: int = 0
    repaired: list[RepairedVersion] = field(default_factory=list)
    unrepaired: dict[str, UnrepairedVersion] = field(default_factory=dict)
    quarantined: list[tuple[str, str]] = field(default_factory=list)
    #: Paths of files that repaired parts shared with others, which may list them still.
    shared: set[str] = field(default_factory=set)
    readers: list[str] = field(default_factory=list)


def repair(
    workspace: Workspace,
    *,
    environment: str | None = None,
    orphan_age_s: float = ORPHAN_AGE_S,
    build_part: BuildPart = cannot_build,
) -> VerifyReport:
    """Verify everything, rebuild what is damaged, and report how things are then. Raises InputError, WorldError."""
    with open_mesh(workspace, environment or "prod", create_state=True) as opened:
        environments = asked_environments(opened, environment)
        found = examine(opened, environments, deep=True)
        repair_id = f"{utc_now():%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
        if not _has_work(found, orphan_age_s):
            return replace(found.report, repair=RepairReport(repair_id=repair_id))
        lease = take_run_lease(opened.state, repair_id, utc_now())
        work = _Repair(
            opened=opened,
            id=repair_id,
            lease=lease,
            damaged=found.damaged,
            damaged_parts=_parts_by_version(found),
            build_part=build_part,
        )
        try:
            with work.origins:
                for damaged in _inputs_first(work):
                    _repair_one(damaged, work)
            _quarantine_shared(work)
            _quarantine_orphans(found.report.orphans, orphan_age_s, work)
            reached(CrashPoint.REPAIR_DONE)
            _write_readers(environments, found, work)
        finally:
            opened.state.writer.release_lease(lease)
        return replace(examine(opened, environments, deep=True).report, repair=_told(work))


def _has_work(found: Findings, orphan_age_s: float) -> bool:
    return bool(found.report.problems) or any(_is_old(orphan, orphan_age_s) for orphan in found.report.orphans)


def _is_old(orphan: FileProblem, orphan_age_s: float) -> bool:
    return orphan.kind == "orphan" and orphan.age_s is not None and orphan.age_s >= orphan_age_s


def _parts_by_version(found: Findings) -> dict[str, tuple[str, ...]]:
    """Return the damaged parts that each version lists."""
    by_version: dict[str, tuple[str, ...]] = {}
    for part, versions in found.listing.items():
        for version in versions:
            by_version[version.id] = (*by_version.get(version.id, ()), part)
    return by_version


def _inputs_first(work: _Repair) -> Iterator[Version | Part]:
    """Yield what is damaged so that each follows what it is made from; that of one run together as far as that goes."""
    done: set[str] = set()
    for damaged in sorted(work.damaged.values(), key=lambda each: (each.run_id, each.dataset, each.id)):
        stack = [damaged]
        while stack:
            top = stack[-1]
            waits = [work.damaged[id_] for id_ in _read_files(top, work) if id_ in work.damaged and id_ not in done]
            if waits:
                stack.extend(waits)
                continue
            stack.pop()
            if top.id not in done:
                done.add(top.id)
                yield top


def _read_files(owner: Version | Part, work: _Repair) -> Iterator[str]:
    """Yield the ids of the versions and damaged parts whose files a build reads; a view is looked through."""
    if isinstance(owner, Part):
        ids = {id_ for listed in owner.inputs.values() for id_ in listed}
        yield from sorted(ids & work.damaged.keys())
    else:
        ids = set(owner.inputs.values())
    for found in work.opened.state.reader.versions(ids).values():
        if found.files:
            yield found.id
        elif found.manifest is not None:
            yield from work.damaged_parts.get(found.id, ())
        else:
            yield from _read_files(found, work)


def _repair_one(damaged: Version | Part, work: _Repair) -> None:
    """Build a version or a part again and let its row list the new files; where that cannot be, note why."""
    try:
        lost = [id_ for id_ in _read_files(damaged, work) if id_ in work.unrepaired]
        if lost:
            raise _input_lost(damaged, work.unrepaired[lost[0]])
        fresh = _version_again(damaged, work) if isinstance(damaged, Version) else _part_again(damaged, work)
        reached(CrashPoint.REPAIR_REBUILT)
        _point_to(damaged, fresh, work)
    except InterruptedRun:
        raise
    except MeshwrightError as error:
        work.unrepaired[damaged.id] = UnrepairedVersion(
            dataset=damaged.dataset,
            version=damaged.id,
            error=error.first,
            is_retryable=error.retryable,
            is_part=isinstance(damaged, Part),
        )


def _version_again(version: Version, work: _Repair) -> Version:
    """Return the version with its rows in new files. Raises RefusedError (MW-R063) where they are other rows."""
    origin = _origin_of(version, work)
    work.builds += 1
    fresh = rebuild(version, origin, work.builds).version
    is_same = (fresh.id, fresh.content_digest, fresh.columns, fresh.rows) == (
        version.id,
        version.content_digest,
        version.columns,
        version.rows,
    )
    if not is_same:
        _discard(fresh.files, work)
        # An opaque node is not asked again while what led to its version is remembered.
        forgotten = work.opened.state.writer.forget_triggers(version.id) if version.is_opaque else 0
        raise _other_rows(version, fresh, can_run_again=forgotten > 0)
    return fresh


def _part_again(part: Part, work: _Repair) -> Part:
    """Return the part with its rows in new files. Raises RefusedError (MW-R063) where they are other rows."""
    work.builds += 1
    wanted = part_rebuild(part, work.opened.state.reader, work.builds)
    fresh = work.build_part(wanted, lambda: _origin_of(part, work))
    if not is_same_part(part, fresh):
        _discard(fresh.files, work)
        raise _other_rows(part, fresh, can_run_again=False)
    return fresh


def _origin_of(damaged: Version | Part, work: _Repair) -> Origin:
    """Lay out the run that built it, unless that lies open."""
    if work.origin is None or work.origin.run_id != damaged.run_id:
        work.origins.close()
        work.origin = None
        work.origin = work.origins.enter_context(open_origin(work.opened, damaged.run_id, work.id, work.lease))
    return work.origin


def _point_to(damaged: Version | Part, fresh: Version | Part, work: _Repair) -> None:
    """Let the row list the new files, then move the old ones away. Another repair may have been faster."""
    writer = work.opened.state.writer
    if isinstance(damaged, Part):
        is_first = writer.replace_part_files(damaged, fresh.files)
    else:
        is_first = writer.replace_files(damaged, fresh.files)
    if not is_first:
        _discard(fresh.files, work)
        return
    reached(CrashPoint.REPAIR_POINTED)
    for file in damaged.files:
        if file.shared_by is None:
            _quarantine(file.path, work)
        else:
            work.shared.add(file.path)
    files = tuple(file.path for file in fresh.files)
    is_part = isinstance(damaged, Part)
    note = (
        f"repair {work.id} by {who()} built {'part' if is_part else 'version'} {damaged.id} again: {', '.join(files)}"
    )
    writer.record_steps(
        damaged.run_id, (), (LogLine(at=utc_now(), level="info", step=f"build:{damaged.dataset}", text=note),)
    )
    work.repaired.append(
        RepairedVersion(
            dataset=damaged.dataset,
            version=damaged.id,
            rows=fresh.rows,
            files=files,
            seconds=fresh.seconds,
            is_part=is_part,
        )
    )


def _discard(files: Iterable[StoredFile], work: _Repair) -> None:
    store = work.opened.store
    store.discard((store.absolute(file), file.rows) for file in files)


def _quarantine(path: str, work: _Repair) -> None:
    moved = work.opened.store.quarantine(path, work.id)
    if moved is not None:
        work.quarantined.append((path, moved))


def _quarantine_shared(work: _Repair) -> None:
    """Move the files that parts shared, once none of these lists them any more."""
    if work.shared:
        for path in sorted(work.shared - listed_files(work.opened.state.reader)):
            _quarantine(path, work)


def _quarantine_orphans(orphans: Iterable[FileProblem], orphan_age_s: float, work: _Repair) -> None:
    """Move the waste of builds that are over: what is old and of a run that nobody coordinates.

    The runs' leases are taken meanwhile, with new tokens.
    """
    by_run: dict[str, list[FileProblem]] = {}
    for orphan in orphans:
        if orphan.run_id is not None and _is_old(orphan, orphan_age_s):
            by_run.setdefault(orphan.run_id, []).append(orphan)
    with ExitStack() as leases:
        fenced = fence_runs(work.opened.state, by_run, leases)
        # Looked up only now: a run may have committed between the look at the store and the loss of its lease.
        listed = listed_files(work.opened.state.reader)
        for orphan in (orphan for run_id in by_run if run_id in fenced for orphan in by_run[run_id]):
            if orphan.path not in listed:
                _quarantine(orphan.path, work)


def _write_readers(environments: Iterable[str], found: Findings, work: _Repair) -> None:
    """Write the files for plain readers anew where they are out of date, or lead to files that were replaced."""
    outdated = {
        name for problem in found.report.problems if problem.kind == "outdated" for name in problem.environments
    }
    if work.repaired:
        outdated.update(environments)
    for environment in sorted(outdated):
        if export_environment(work.opened, environment, always=True):
            work.readers.append(environment)


def _told(work: _Repair) -> RepairReport:
    return RepairReport(
        repair_id=work.id,
        repaired=tuple(work.repaired),
        unrepaired=tuple(work.unrepaired.values()),
        quarantined=tuple(work.quarantined),
        readers=tuple(work.readers),
    )


def _what(owner: Version | Part) -> str:
    return f"{'part' if isinstance(owner, Part) else 'version'} {owner.id} of {owner.dataset}"


def _input_lost(damaged: Version | Part, lost: UnrepairedVersion) -> MeshwrightError:
    kind = WorldError if lost.is_retryable else RefusedError
    made_from = f"{'part' if lost.is_part else 'version'} {lost.version} of {lost.dataset}"
    return kind(
        Diagnostic(
            code="MW-R064",
            message=f"{_what(damaged)} is made from {made_from}, which could not be repaired",
            fix=lost.error.fix,
            object=damaged.dataset,
        )
    )


def _other_rows(damaged: Version | Part, fresh: Version | Part, *, can_run_again: bool) -> RefusedError:
    rows = f"{fresh.rows} rows instead of {damaged.rows}" if fresh.rows != damaged.rows else "other values"
    change = "change the node (an ORDER BY often makes it repeatable), and mw run makes a new version"
    again = "mw run runs the node again, into a new version" if can_run_again else change
    return RefusedError(
        Diagnostic(
            code="MW-R063",
            message=f"{_what(damaged)} was built again and gave {rows}: its node does not give the same for the same",
            fix=f"{again}; or put the file back from a copy",
            object=damaged.dataset,
        )
    )


def age_s(text: str) -> float:
    """Read an age like ``1h`` or ``30m`` as seconds. Raises InputError (MW-L041)."""
    milliseconds = duration_ms(text)
    if milliseconds is None:
        raise InputError(
            Diagnostic(code="MW-L041", message=f"'{text}' is no duration", fix=f"write {DURATION_FORM}, for example 1h")
        )
    return milliseconds / 1000
