"""The JSON document of `verify`; `docs/reference/json.md` describes it."""

from __future__ import annotations

from meshwright.app.reports import FileProblem, RepairReport, VerifyReport
from meshwright.faces.documents.findings import diagnostic_document
from meshwright.faces.documents.plainvalues import Document


def verify_document(report: VerifyReport) -> Document:
    """`verify`."""
    return {
        "schema": "meshwright/verify/1",
        "ok": report.ok,
        "deep": report.is_deep,
        "versions": report.versions,
        "parts": report.parts,
        "files": report.files,
        "bytes": report.bytes,
        "problems": [{**_file(problem), "environments": list(problem.environments)} for problem in report.problems],
        "orphans": [{**_file(orphan), "age_s": orphan.age_s, "run_id": orphan.run_id} for orphan in report.orphans],
        "repair": _repair(report.repair) if report.repair is not None else None,
    }


def _file(problem: FileProblem) -> Document:
    return {
        "path": problem.path,
        "kind": problem.kind,
        "dataset": problem.dataset,
        "version": problem.version,
        "part": problem.part,
        "detail": problem.detail,
        "size_bytes": problem.size_bytes,
    }


def _repair(repair: RepairReport) -> Document:
    return {
        "repair_id": repair.repair_id,
        "repaired": [
            {
                "dataset": found.dataset,
                "version": found.version,
                "is_part": found.is_part,
                "rows": found.rows,
                "files": list(found.files),
                "seconds": found.seconds,
            }
            for found in repair.repaired
        ],
        "unrepaired": [
            {
                "dataset": found.dataset,
                "version": found.version,
                "is_part": found.is_part,
                "error": diagnostic_document(found.error),
                "retryable": found.is_retryable,
            }
            for found in repair.unrepaired
        ],
        "quarantined": [{"path": before, "to": after} for before, after in repair.quarantined],
        "readers": list(repair.readers),
    }
