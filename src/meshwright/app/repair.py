"""The verb `verify --repair`: damaged versions are built again, and what nobody lists is moved out of the way.

A file is never modified: a repair is a new attempt of the same version, and its row lists the new files only if they
hold exactly the rows that were recorded (by content digest), in one transaction. Nothing is deleted: what a row no
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
from meshwright.app.orphans import fence_runs
from meshwright.app.readers import export_environment
from meshwright.app.rebuild import Origin, open_origin, rebuild
from meshwright.app.reports import FileProblem, RepairedVersion, RepairReport, UnrepairedVersion, VerifyReport
from meshwright.app.verify import asked_environments
from meshwright.app.workspace import Workspace, who
from meshwright.crashpoints import CrashPoint, reached
from meshwright.diagnostics import Diagnostic, InputError, InterruptedRun, MeshwrightError, RefusedError, WorldError
from meshwright.files.literals import DURATION_FORM, duration_ms
from meshwright.model import StoredFile, Version
from meshwright.run.steps import Built
from meshwright.state.records import Lease, LogLine

#: A file that no version lists is taken for waste when nobody wrote it for this long.
ORPHAN_AGE_S = 3600.0


@dataclass(kw_only=True, slots=True)
class _Repair:
    """What one repair works with and has done so far."""

    opened: OpenedMesh
    id: str
    lease: Lease
    damaged: Mapping[str, Version]
    #: The run whose files lie open: versions of one run follow each other.
    origins: ExitStack = field(default_factory=ExitStack)
    origin: Origin | None = None
    builds: int = 0
    repaired: list[RepairedVersion] = field(default_factory=list)
    unrepaired: dict[str, UnrepairedVersion] = field(default_factory=dict)
    quarantined: list[tuple[str, str]] = field(default_factory=list)
    readers: list[str] = field(default_factory=list)


def repair(workspace: Workspace, *, environment: str | None = None, orphan_age_s: float = ORPHAN_AGE_S) -> VerifyReport:
    """Verify everything, rebuild what is damaged, and report how things are then. Raises InputError, WorldError."""
    with open_mesh(workspace, environment or "prod", create_state=True) as opened:
        environments = asked_environments(opened, environment)
        found = examine(opened, environments, deep=True)
        repair_id = f"{utc_now():%Y%m%dT%H%M%S}-{secrets.token_hex(3)}"
        if not _has_work(found, orphan_age_s):
            return replace(found.report, repair=RepairReport(repair_id=repair_id))
        lease = take_run_lease(opened.state, repair_id, utc_now())
        work = _Repair(opened=opened, id=repair_id, lease=lease, damaged=found.damaged)
        try:
            with work.origins:
                for version in _inputs_first(found.damaged, opened):
                    _repair_version(version, work)
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


def _inputs_first(damaged: Mapping[str, Version], opened: OpenedMesh) -> Iterator[Version]:
    """Yield damaged versions so that each follows what it is made from; those of one run together as far as that goes."""
    done: set[str] = set()
    for version in sorted(damaged.values(), key=lambda version: (version.run_id, version.dataset, version.id)):
        stack = [version]
        while stack:
            top = stack[-1]
            waits = [damaged[name] for name in _read_files(top, opened) if name in damaged and name not in done]
            if waits:
                stack.extend(waits)
                continue
            stack.pop()
            if top.id not in done:
                done.add(top.id)
                yield top


def _read_files(version: Version, opened: OpenedMesh) -> Iterator[str]:
    """Yield the ids of the versions whose files a build of `version` reads; a version without files is looked through."""
    for found in opened.state.reader.versions(set(version.inputs.values())).values():
        if found.files:
            yield found.id
        else:
            yield from _read_files(found, opened)


def _repair_version(version: Version, work: _Repair) -> None:
    """Build a version again and let its row list the new files; where that cannot be, note why."""
    try:
        lost = [name for name in _read_files(version, work.opened) if name in work.unrepaired]
        if lost:
            raise _input_lost(version, work.unrepaired[lost[0]])
        built = _built_again(version, work)
        reached(CrashPoint.REPAIR_REBUILT)
        _point_to(version, built, work)
    except InterruptedRun:
        raise
    except MeshwrightError as error:
        work.unrepaired[version.id] = UnrepairedVersion(
            dataset=version.dataset, version=version.id, error=error.first, is_retryable=error.retryable
        )


def _built_again(version: Version, work: _Repair) -> Built:
    """Return the version's rows in new files. Raises RefusedError (MW-R063) where they are other rows."""
    if work.origin is None or work.origin.run_id != version.run_id:
        work.origins.close()
        work.origin = None
        work.origin = work.origins.enter_context(open_origin(work.opened, version.run_id, work.id, work.lease))
    work.builds += 1
    built = rebuild(version, work.origin, work.builds)
    fresh = built.version
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
    return built


def _point_to(version: Version, built: Built, work: _Repair) -> None:
    """Let the row list the new files, then move the old ones away. Another repair may have been faster."""
    opened, fresh = work.opened, built.version
    if not opened.state.writer.replace_files(version, fresh.files):
        _discard(fresh.files, work)
        return
    reached(CrashPoint.REPAIR_POINTED)
    for file in version.files:
        _quarantine(file.path, work)
    files = tuple(file.path for file in fresh.files)
    note = f"repair {work.id} by {who()} built version {version.id} again: {', '.join(files)}"
    opened.state.writer.record_steps(
        version.run_id, (), (LogLine(at=utc_now(), level="info", step=f"build:{version.dataset}", text=note),)
    )
    work.repaired.append(
        RepairedVersion(
            dataset=version.dataset, version=version.id, rows=fresh.rows, files=files, seconds=fresh.seconds
        )
    )


def _discard(files: Iterable[StoredFile], work: _Repair) -> None:
    store = work.opened.store
    store.discard((store.absolute(file), file.rows) for file in files)


def _quarantine(path: str, work: _Repair) -> None:
    moved = work.opened.store.quarantine(path, work.id)
    if moved is not None:
        work.quarantined.append((path, moved))


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
        listed = {file.path for version in work.opened.state.reader.all_versions() for file in version.files}
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


def _input_lost(version: Version, lost: UnrepairedVersion) -> MeshwrightError:
    kind = WorldError if lost.is_retryable else RefusedError
    return kind(
        Diagnostic(
            code="MW-R064",
            message=f"version {version.id} of {version.dataset} is made from version {lost.version} of {lost.dataset}, "
            "which could not be repaired",
            fix=lost.error.fix,
            object=version.dataset,
        )
    )


def _other_rows(version: Version, fresh: Version, *, can_run_again: bool) -> RefusedError:
    rows = f"{fresh.rows} rows instead of {version.rows}" if fresh.rows != version.rows else "other values"
    change = "change the node (an ORDER BY often makes it repeatable), and mw run makes a new version"
    again = "mw run runs the node again, into a new version" if can_run_again else change
    return RefusedError(
        Diagnostic(
            code="MW-R063",
            message=f"version {version.id} of {version.dataset} was built again and gave {rows}: its node does not give "
            "the same for the same",
            fix=f"{again}; or put the file back from a copy",
            object=version.dataset,
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
