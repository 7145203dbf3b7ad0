"""Versions of a sandbox that lack intervals which stand where they would be promoted to: they are not taken as they are.

In a sandbox a few intervals may be tried alone. Where such a version replaced a whole one, the other intervals were lost;
so the target plans the dataset itself: it takes the parts that there are, and builds those that are missing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping

from meshwright.model import Manifest, Version, plain_address
from meshwright.model.intervals import ranges_of
from meshwright.state.manifests import changed_pages, entries_of
from meshwright.state.protocol import Reader

_Spans = list[tuple[dt.datetime, dt.datetime]]


def lacking_intervals(
    reader: Reader, offered: Mapping[str, Version], standing: Mapping[str, Version]
) -> frozenset[str]:
    """Return the datasets whose offered version has not every interval of the one that stands. Reads pages that differ alone.

    Of a table that is not cut into intervals nobody knows which it holds: what is offered in its place counts as lacking some.
    """
    return frozenset(
        name
        for name, version in offered.items()
        if version.manifest is not None
        and version.manifest.calendar is not None
        and name in standing
        and standing[name].id != version.id
        and _is_lacking(reader, version, standing[name])
    )


def made_from(offered: Mapping[str, Version], datasets: Collection[str]) -> frozenset[str]:
    """Return `datasets`, and what among the offered versions was made from theirs, however far down."""
    lacking = {offered[name].id for name in datasets}
    found = set(datasets)
    while True:
        more = {
            name
            for name, version in offered.items()
            if name not in found and not lacking.isdisjoint(version.inputs.values())
        }
        if not more:
            return frozenset(found)
        found |= more
        lacking |= {offered[name].id for name in more}


def lacking_note(environment: str, datasets: Iterable[str]) -> str:
    """Say that datasets were planned in the target, and why."""
    named = ", ".join(sorted({plain_address(name) for name in datasets}))
    return (
        f"planned in {environment}, for the sandbox's version lacks intervals that stand there (parts that the sandbox "
        f"built are taken, the others are built): {named}"
    )


def _is_lacking(reader: Reader, version: Version, standing: Version) -> bool:
    assert version.manifest is not None
    if standing.manifest is None or standing.manifest.calendar is None:
        return True
    if standing.manifest.calendar == version.manifest.calendar:
        return not _numbers(reader, standing, version.manifest) <= _numbers(reader, version, standing.manifest)
    covered = _moments(reader, version)
    return any(
        not any(start <= begin and end <= stop for start, stop in covered) for begin, end in _moments(reader, standing)
    )


def _numbers(reader: Reader, version: Version, other: Manifest) -> set[int]:
    """Return the numbers of a version's parts, but for pages that it shares with another one."""
    assert version.manifest is not None
    pages = reader.pages(changed_pages(version.manifest, (other,)))
    return {number for page in pages.values() for number, _ in page.entries}


def _moments(reader: Reader, version: Version) -> _Spans:
    """Return the stretches of time that a version's parts cover without a gap."""
    assert version.manifest is not None
    calendar = version.manifest.calendar
    assert calendar is not None
    numbers = (number for number, _ in entries_of(reader, (version,))[version.id])
    return [(calendar.start(first), calendar.start(last + 1)) for first, last in ranges_of(numbers)]
