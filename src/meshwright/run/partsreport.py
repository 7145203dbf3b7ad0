"""What a step did in parts, as its report tells: what was bound and built, not what was planned."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from meshwright.model import Node, Version, VersionClass
from meshwright.run.partsteps import PartsWork
from meshwright.run.report import PartsReport


def worked_parts(work: PartsWork, built: int) -> PartsReport:
    """Return what a step made of its parts, `built` of which it has built."""
    if work.manifest is None:
        standing = work.base.manifest if work.base is not None else None
        return PartsReport(
            version_class=VersionClass.STATEFUL,
            planned=len(work.works),
            built=built,
            reused=len(work.there),
            kept=standing.count if standing is not None else 0,
        )
    listed = [each.interval for each in work.works if each.interval is not None]
    listed += [(part.start, part.end) for part in work.there if part.start is not None and part.end is not None]
    begins = {start for start, _ in listed}
    return PartsReport(
        version_class=work.manifest.version_class,
        build=joined_spans(listed),
        planned=len(work.works),
        built=built,
        reused=len(work.there),
        kept=work.manifest.count - len(listed),
        dropped=sum(part.start not in begins for part in work.gone),
    )


def standing_parts(node: Node, version: Version | None) -> PartsReport | None:
    """Return what a step made that took a version as a whole, there or new; None for a node that has no parts."""
    if node.incremental is None:
        return None
    manifest = version.manifest if version is not None else None
    if manifest is None:
        return PartsReport(version_class=VersionClass.STATEFUL) if node.is_stateful else None
    return PartsReport(version_class=manifest.version_class, kept=manifest.count)


def joined_spans(spans: Iterable[tuple[dt.datetime, dt.datetime]]) -> tuple[tuple[dt.datetime, dt.datetime], ...]:
    """Return stretches of time, in any order, with those that touch made one; ascending."""
    found: list[tuple[dt.datetime, dt.datetime]] = []
    for start, end in sorted(spans):
        if found and found[-1][1] == start:
            found[-1] = (found[-1][0], end)
        else:
            found.append((start, end))
    return tuple(found)
