"""The JSON document of `show --intervals`; `docs/reference/json.md` describes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from meshwright.app.interval_listing import IntervalListing, ListedPart, span_of
from meshwright.faces.documents.plainvalues import moment
from meshwright.model import Calendar, Ranges
from meshwright.plan.documents import moment_text

if TYPE_CHECKING:
    from meshwright.faces.documents.shapes import intervals
    from meshwright.plan.shapes import TimeSpan


def intervals_document(listing: IntervalListing) -> intervals.Intervals:
    """`show DATASET --intervals`."""
    manifest, calendar, outlook = listing.manifest, listing.calendar, listing.outlook
    return {
        "schema": "meshwright/intervals/1",
        "dataset": listing.dataset,
        "environment": listing.environment,
        "version": listing.version.id,
        "class": manifest.version_class.value,
        "by": manifest.by,
        "grain": calendar.grain.value if calendar is not None else None,
        "timezone": calendar.timezone if calendar is not None else None,
        "range": _range(listing),
        "count": manifest.count,
        "rows": listing.version.rows,
        "size_bytes": manifest.size_bytes,
        "gaps": _ranges(calendar, listing.gaps),
        "missing": _ranges(calendar, outlook.missing),
        "due": _ranges(calendar, outlook.due),
        "unknown": outlook.unknown,
        "parts": [_part(each) for each in listing.parts],
    }


def _range(listing: IntervalListing) -> TimeSpan | None:
    manifest = listing.manifest
    if manifest.calendar is None or manifest.first is None or manifest.last is None:
        return None
    start, end = span_of(manifest.calendar, manifest.first, manifest.last)
    return {"start": moment_text(start), "end": moment_text(end)}


def _ranges(calendar: Calendar | None, ranges: Ranges) -> list[intervals.CountedSpan]:
    """Runs of intervals by their moments; of appended parts, which have none, nothing can be missing."""
    if calendar is None:
        return []
    found: list[intervals.CountedSpan] = []
    for first, last in ranges:
        start, end = span_of(calendar, first, last)
        found.append({"start": moment_text(start), "end": moment_text(end), "count": last - first + 1})
    return found


def _part(listed: ListedPart) -> intervals.Part:
    part = listed.part
    return {
        "number": listed.number,
        "id": part.id,
        "start": moment_text(part.start) if part.start is not None else None,
        "end": moment_text(part.end) if part.end is not None else None,
        "rows": part.rows,
        "size_bytes": part.size_bytes,
        "built_at": moment(part.created_at),
        "run_id": part.run_id,
        "definition": "present" if listed.is_present else "earlier",
        "restricted": list(part.restricted.reasons) if part.restricted is not None else [],
        "files_read": list(listed.files_read),
    }
