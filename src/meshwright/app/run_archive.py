"""The verb `runs export`: one archive that holds the whole record of a run, and can be checked by itself.

No data and no secrets: samples of rows that failed are left out, of versions there is what describes them, and secrets were never
recorded. What a node printed is in the log. The same record gives the same bytes.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any  # a recorded document

from meshwright.app.frozen import frozen_workspace, recorded_run
from meshwright.app.opened import open_mesh
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError, MeshwrightError, WorldError
from meshwright.frozen import dataclass
from meshwright.model import Version
from meshwright.state.codec import version_values
from meshwright.state.protocol import Reader
from meshwright.state.records import InnerStepRecord, RunRecord, StepRecord

SCHEMA = "meshwright/archive/1"
_MANIFEST = "manifest.json"
#: Zip knows no time before this one; every member has it.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_CHUNK = 1 << 20
#: What is checked is bounded: a few hundred bytes can stand for any number.
_LARGEST_MANIFEST = 64 << 20
_LARGEST_MEMBER = 1 << 30
#: Columns of a version's row that hold JSON.
_JSON_COLUMNS = ("columns", "files", "inputs", "params", "restricted", "manifest")


@dataclass(frozen=True, kw_only=True, slots=True)
class Archived:
    """Answer of `runs export`."""

    run_id: str
    file: str
    members: int
    size_bytes: int
    #: Of the archive as it was written.
    sha256: str
    #: What could not be put in, and why.
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class ArchiveCheck:
    """Answer of `runs export --check`."""

    file: str
    #: None where the manifest cannot be read.
    run_id: str | None
    members: int
    problems: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether every member is there, and as it was written."""
        return not self.problems


@dataclass(frozen=True, kw_only=True, slots=True)
class Archive:
    """The archive of a run, made."""

    run_id: str
    data: bytes


def export_run(workspace: Workspace, run_id: str, file: Path) -> Archived:
    """Write the archive of a run; what stood at `file` is replaced at once, or stays.

    Raises InputError (MW-R005) for a run that is not there, WorldError (MW-R082) where the file cannot be written.
    """
    return write_archive(archive_of_run(workspace, run_id).data, file)


def archive_of_run(workspace: Workspace, run_id: str) -> Archive:
    """Make the archive of a run. Raises InputError (MW-R005) for a run that is not there."""
    record = recorded_run(workspace, run_id)
    notes: list[str] = []
    with open_mesh(workspace, "prod") as opened:
        members = _members(record, opened.state.reader)
        members |= _frozen_files(record, opened.state.reader, notes)
    try:
        members["openlineage.ndjson"] = _events(workspace, record)
    except MeshwrightError as error:  # files of an earlier release may not load any more
        notes.append(f"openlineage.ndjson is left out: {error.first.message}")
    manifest = {
        "schema": SCHEMA,
        "run_id": record.id,
        "meshwright": record.meshwright,
        "notes": notes,
        "members": {
            name: {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
            for name, data in sorted(members.items())
        },
    }
    return Archive(run_id=record.id, data=_zipped({_MANIFEST: _json(manifest), **dict(sorted(members.items()))}))


def write_archive(data: bytes, file: Path) -> Archived:
    """Write an archive that was made, and tell what it holds.

    Raises InputError (MW-R082) for what is no archive of a run, WorldError (MW-R082) where the file cannot be written.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            manifest = _manifest(archive, file)
    except zipfile.BadZipFile as error:
        raise InputError(_no_archive(file, "it is no zip file that can be read")) from error
    _write(file, data)
    return Archived(
        run_id=str(manifest["run_id"]),
        file=str(file),
        members=len(manifest["members"]),
        size_bytes=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        notes=tuple(map(str, manifest["notes"])),
    )


def _no_archive(file: Path, why: str) -> Diagnostic:
    return Diagnostic(
        code="MW-R082", message=f"{file} is no archive of a run: {why}", fix="name a file of mw runs export"
    )


def check_archive(file: Path) -> ArchiveCheck:
    """Hold an archive against its own manifest. Needs no mesh. Raises InputError (MW-R082) for what is no archive of a run."""
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = _manifest(archive, file)
            problems = tuple(_problems(archive, manifest["members"]))
            return ArchiveCheck(
                file=str(file), run_id=str(manifest["run_id"]), members=len(manifest["members"]), problems=problems
            )
    except (OSError, zipfile.BadZipFile, NotImplementedError, zlib.error, EOFError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "it is no zip file that can be read"
        raise InputError(_no_archive(file, why)) from error


def _manifest(archive: zipfile.ZipFile, file: Path) -> dict[str, Any]:
    """Read the manifest. Raises InputError (MW-R082) where it is none."""
    found: object = None
    with suppress(KeyError, ValueError, RecursionError):
        if archive.getinfo(_MANIFEST).file_size <= _LARGEST_MANIFEST:
            found = json.loads(archive.read(_MANIFEST))
    if (
        not isinstance(found, dict)
        or found.get("schema") != SCHEMA
        or not isinstance(found.get("members"), dict)
        or not isinstance(found.get("run_id"), str)
        or not all(isinstance(entry, dict) for entry in found["members"].values())
    ):
        raise InputError(_no_archive(file, f"it has no manifest of {SCHEMA}"))
    return found


def _problems(archive: zipfile.ZipFile, members: Mapping[str, Mapping[str, object]]) -> Iterable[str]:
    names = [name for name in archive.namelist() if name != _MANIFEST]
    for name in sorted({*names, *members}):
        if name not in members:
            yield f"{name} is not in the manifest"
        elif names.count(name) != 1:
            yield f"{name} is missing" if name not in names else f"{name} is there {names.count(name)} times"
        elif (problem := _problem(archive, name, members[name])) is not None:
            yield f"{name} {problem}"


def _problem(archive: zipfile.ZipFile, name: str, entry: Mapping[str, object]) -> str | None:
    """Say what is wrong with a member, reading no more of it than the manifest says that there is."""
    if archive.getinfo(name).file_size != entry.get("size") or archive.getinfo(name).file_size > _LARGEST_MEMBER:
        return "has another size"
    digest = hashlib.sha256()
    try:
        with archive.open(name) as member:
            while data := member.read(_CHUNK):
                digest.update(data)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
        return "is damaged"
    return None if digest.hexdigest() == entry.get("sha256") else "is not what was written"


def _members(record: RunRecord, reader: Reader) -> dict[str, bytes]:
    """Return what is recorded of a run, by the name of the member."""
    steps, inner = reader.steps(record.id), reader.inner_steps(record.id)
    report = json.loads(record.report)
    ids = {step.version for step in steps if step.version} | {v for step in steps for v in step.inputs.values()}
    versions = reader.versions(ids)
    return {
        "run.json": _json(_run_values(record, [child.id for child in reader.runs_started_by({record.id})])),
        "plan/planned.json": _json(json.loads(record.planned)),
        "plan/bound.json": _json(json.loads(record.bound)),
        "steps.json": _json([_step_values(step, inner.get(step.key, ())) for step in steps]),
        "tests.json": _json([{**test, "sample": []} for test in report.get("tests", ())]),
        "report.json": _json({name: value for name, value in report.items() if name not in {"tests", "steps"}}),
        "log.ndjson": b"".join(
            _line({"at": line.at.isoformat(), "level": line.level, "step": line.step, "text": line.text})
            for line in reader.logs(record.id)
        ),
        "versions.json": _json([_version_values(versions[id_]) for id_ in sorted(versions)]),
    }


def _frozen_files(record: RunRecord, reader: Reader, notes: list[str]) -> dict[str, bytes]:
    """Return the files that a run was made from, as they were."""
    blobs = reader.blobs(set(record.files.values()))
    missing = sorted(path for path, digest in record.files.items() if digest not in blobs)
    notes += [f"files/{path} is left out: it is not in the state" for path in missing]
    return {f"files/{path}": blobs[digest] for path, digest in record.files.items() if digest in blobs}


def _events(workspace: Workspace, record: RunRecord) -> bytes:
    from meshwright.app.openlineage import past_events  # lazy: as is all of OpenLineage
    from meshwright.app.run_openlineage import lineage_then

    with frozen_workspace(workspace, record) as frozen, open_mesh(frozen, record.environment) as opened:
        return b"".join(map(_line, past_events(opened, record, lineage_then(opened, record))))


def _run_values(record: RunRecord, children: list[str]) -> dict[str, object]:
    return {
        "run_id": record.id,
        "environment": record.environment,
        "state": record.state.value,
        "by": record.by,
        "started_at": record.started_at.isoformat(),
        "finished_at": record.finished_at.isoformat() if record.finished_at else None,
        "base_generation": record.base_generation,
        "generation": record.generation,
        "parent": record.parent,
        "parent_step": record.parent_step,
        "children": children,
        "options": json.loads(record.options),
        "infrastructure": json.loads(record.infrastructure),
        "costs": json.loads(record.costs),
        "meshwright": record.meshwright,
        "files": dict(sorted(record.files.items())),
    }


def _step_values(step: StepRecord, inner: Iterable[InnerStepRecord]) -> dict[str, object]:
    return {
        "key": step.key,
        "dataset": step.dataset,
        "action": step.action,
        "state": step.state,
        "version": step.version,
        "rows": step.rows,
        "seconds": step.seconds,
        "attempts": step.attempts,
        "error": step.error,
        "started_at": step.started_at.isoformat() if step.started_at else None,
        "ended_at": step.ended_at.isoformat() if step.ended_at else None,
        "inputs": dict(step.inputs),
        "costs": dict(step.costs),
        "inner": [
            {
                "name": each.name,
                "kind": each.kind,
                "state": each.state,
                "after": list(each.after),
                "started_at": each.started_at.isoformat() if each.started_at else None,
                "ended_at": each.ended_at.isoformat() if each.ended_at else None,
                "error": each.error,
                "dataset": each.dataset,
            }
            for each in inner
        ],
    }


def _version_values(version: Version) -> dict[str, object]:
    """Return a version's row, its JSON columns as values."""
    row = dict(version_values(version))
    return row | {name: json.loads(str(row[name])) for name in _JSON_COLUMNS if row.get(name) is not None}


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode("utf-8", "backslashreplace")


def _line(value: Mapping[str, object]) -> bytes:
    return (json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n").encode(
        "utf-8", "backslashreplace"
    )


def _zipped(members: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, _EPOCH)
            info.create_system = 3  # as on Unix, wherever it is written
            info.external_attr = 0o100644 << 16
            archive.writestr(info, data, zipfile.ZIP_DEFLATED, 6)
    return made.getvalue()


def _write(file: Path, data: bytes) -> None:
    """Write the archive beside its place, and put it there when it is whole."""
    try:
        with tempfile.NamedTemporaryFile(dir=file.parent, prefix=f".{file.name}-", delete=False) as beside:
            try:
                beside.write(data)
                beside.flush()
                os.fsync(beside.fileno())
                Path(beside.name).chmod(0o644)
                Path(beside.name).replace(file)
            except BaseException:
                Path(beside.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise WorldError(
            Diagnostic(
                code="MW-R082",
                message=f"{file} cannot be written: {error.strerror or error}",
                fix="name a file in a folder that is there and has room",
            )
        ) from error
