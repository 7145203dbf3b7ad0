"""How many bytes a step has to do with: the files of what it is given, of which an engine may read less."""

from __future__ import annotations

from collections.abc import Iterable

from meshwright.model import Version
from meshwright.run.joboutcomes import JobWork
from meshwright.run.partsteps import PartWork
from meshwright.run.steps import BuildWork, TestWork


def bytes_given(work: BuildWork | TestWork | PartWork | JobWork) -> int:
    """Return the size of the files of everything that a step reads: of versions, of parts, of a source as it was seen.

    Of a view those that it stands on. It is what there is to read: columns that are not asked for are skipped, and many rules are
    answered from the footers of files.
    """
    if isinstance(work, PartWork):
        whole = sum(version.size_bytes for version in {**_by_id(work.whole.values()), **work.bound}.values())
        parts = sum(part.size_bytes for windowed in work.windowed.values() for part in windowed.parts)
        return whole + parts
    if isinstance(work, TestWork):
        return sum(each.size_bytes for each in {**_by_id((work.version, *work.others.values())), **work.bound}.values())
    if isinstance(work, JobWork):
        return sum(each.size_bytes for each in {**_by_id(work.inputs.values()), **work.bound}.values())
    before = (work.before,) if work.before is not None else ()
    versions = {**_by_id((*work.inputs.values(), *before)), **work.bound}
    observed = work.observation.size_bytes if work.observation is not None else 0
    return observed + sum(version.size_bytes for version in versions.values())


def _by_id(versions: Iterable[Version]) -> dict[str, Version]:
    return {version.id: version for version in versions}
