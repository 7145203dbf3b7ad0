"""What it takes to build a recorded part again, and whether what came of it is what was recorded; see `app.repair`.

A part is small and has no definition of its own: the text is remembered beside its fingerprint, and its inputs are parts, or
one version for each input that it sees whole. Its interval and parameters stand in its row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from meshwright.app.rebuild import Origin
from meshwright.diagnostics import Diagnostic, RefusedError
from meshwright.frozen import dataclass
from meshwright.model import Part, Version
from meshwright.state.protocol import Reader
from meshwright.state.records import Definition


@dataclass(frozen=True, kw_only=True, slots=True)
class PartRebuild:
    """A part to be built again, with everything that goes into it."""

    part: Part
    #: How the node that made it was written.
    definition: Definition
    #: Input -> the parts that the build was shown, or the one version that it saw whole.
    inputs: Mapping[str, tuple[Part, ...] | Version]
    #: Tells the builds of a repair apart: names of new files begin with it.
    number: int


#: Builds a part again into new, durable files that no row lists yet, and returns it as it came out: with these files, and
#: the columns, rows and sums that were measured. The second argument lays out the run that built it, for whoever needs that.
BuildPart: TypeAlias = Callable[[PartRebuild, Callable[[], Origin]], Part]


def part_rebuild(part: Part, reader: Reader, number: int) -> PartRebuild:
    """Find what a part was made of. Raises RefusedError (MW-R061) where some of it is not recorded any more."""
    definition = reader.definitions([part.fingerprint]).get(part.fingerprint)
    if definition is None:
        raise not_as_recorded(part, "how its node was written is not recorded")
    ids = {id_ for listed in part.inputs.values() for id_ in listed}
    parts = reader.parts(ids)
    versions = reader.versions(ids - parts.keys())
    inputs: dict[str, tuple[Part, ...] | Version] = {}
    for dataset, listed in part.inputs.items():
        missing = [id_ for id_ in listed if id_ not in parts and id_ not in versions]
        if missing:
            raise not_as_recorded(part, f"its input {dataset} is not recorded any more, {missing[0]} is gone")
        seen = [versions[id_] for id_ in listed if id_ in versions]
        inputs[dataset] = seen[0] if seen else tuple(parts[id_] for id_ in listed)
    return PartRebuild(part=part, definition=definition, inputs=inputs, number=number)


def is_same_part(part: Part, fresh: Part) -> bool:
    """Whether a build gave the recorded rows: by their sums, not by the files' bytes."""
    return (fresh.id, fresh.columns, fresh.rows, fresh.sums) == (part.id, part.columns, part.rows, part.sums)


def not_as_recorded(part: Part, why: str) -> RefusedError:
    """Return the error of a part that cannot be built as it was."""
    return RefusedError(
        Diagnostic(
            code="MW-R061",
            message=f"part {part.id} of {part.dataset} cannot be built as it was: {why}",
            fix="put the file back from a copy; or change the node, and mw run makes new parts",
            object=part.dataset,
        )
    )


def cannot_build(work: PartRebuild, _origin: Callable[[], Origin]) -> Part:
    """A `BuildPart` for whoever has none: it refuses every part."""
    raise not_as_recorded(work.part, "this release builds no part again")
