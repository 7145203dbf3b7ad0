"""The JSON documents of `gc` and `compact`; `docs/reference/json.md` describes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from meshwright.faces.documents.findings import diagnostic_document
from meshwright.faces.documents.plainvalues import Document, plain

if TYPE_CHECKING:
    from meshwright.app.collection import CollectionReport, NeedlessVersion
    from meshwright.app.compaction import CompactionReport
    from meshwright.app.keepers import ExplainedVersion


def collection_document(report: CollectionReport) -> Document:
    """`gc`."""
    return {
        "schema": "meshwright/gc/1",
        "dry_run": report.is_dry_run,
        "grace_s": report.grace_s,
        "deleted": [_needless(each) for each in report.deleted],
        "orphans": [
            {"path": each.path, "size_bytes": each.size_bytes, "age_s": each.age_s, "run_id": each.run_id}
            for each in report.orphans
        ],
        "bytes_deleted": report.bytes_deleted,
        "expired": list(report.expired),
        "generations": report.generations,
        "condemned": [_needless(each) for each in report.condemned],
        "kept": [
            {
                "environment": each.environment,
                "by": each.by.value,
                "versions": each.versions,
                "parts": each.parts,
                "bytes": each.bytes,
            }
            for each in report.kept
        ],
        "versions_kept": sum(each.versions for each in report.kept),
        "parts_kept": sum(each.parts for each in report.kept),
        "bytes_kept": sum(each.bytes for each in report.kept),
        "records": {
            "jobs": list(report.records.jobs),
            "folders": [{"job": each.job, "size_bytes": each.size_bytes} for each in report.records.folders],
            "firings": report.records.firings,
            "events": report.records.events,
            "calls": report.records.calls,
            "outside_runs": report.records.told.runs,
            "outside_notes": report.records.told.notes,
            "outside_edges": report.records.told.edges,
            "outside_jobs": report.records.told.jobs,
            "outside_datasets": report.records.told.datasets,
            "kept": [{"what": each.what, "by": each.by, "count": each.count} for each in report.records.kept],
        },
        "failed": [diagnostic_document(each) for each in report.failed],
        "seconds": report.seconds,
    }


def _needless(version: NeedlessVersion) -> Document:
    return {
        "version": version.version,
        "is_part": version.is_part,
        "dataset": version.dataset,
        "bytes": version.bytes,
        "since": plain(version.since),
        "goes_at": plain(version.goes_at),
    }


def keepers_document(versions: Sequence[ExplainedVersion]) -> Document:
    """`gc --explain`."""
    return {
        "schema": "meshwright/gc-explain/1",
        "versions": [
            {
                "version": each.version,
                "is_part": each.is_part,
                "dataset": each.dataset,
                "bytes": each.bytes,
                "created_at": plain(each.created_at),
                "kept": [
                    {
                        "by": kept.by.value,
                        "environment": kept.environment,
                        "generation": kept.generation,
                        "name": kept.name,
                        "over": kept.over,
                        "until": plain(kept.until),
                        "words": kept.words,
                    }
                    for kept in each.kept
                ],
                "since": plain(each.since),
                "goes_at": plain(each.goes_at),
            }
            for each in versions
        ],
    }


def compaction_document(report: CompactionReport) -> Document:
    """`compact`."""
    return {
        "schema": "meshwright/compact/1",
        "environment": report.environment,
        "dry_run": report.is_dry_run,
        "compacted": [
            {
                "dataset": each.dataset,
                "first": each.first,
                "last": each.last,
                "parts": each.parts,
                "rows": each.rows,
                "files_before": each.files_before,
                "bytes_before": each.bytes_before,
                "path": each.path,
                "bytes": each.bytes,
            }
            for each in report.compacted
        ],
        "files_before": sum(each.files_before for each in report.compacted),
        "bytes_before": sum(each.bytes_before for each in report.compacted),
        "overtaken": report.overtaken,
        "readers": list(report.readers),
        "failed": [diagnostic_document(each) for each in report.failed],
        "seconds": report.seconds,
    }
