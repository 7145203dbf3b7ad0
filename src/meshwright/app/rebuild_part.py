"""Builds a recorded part again: from its run's files, of its recorded inputs, through the same steps as a run.

A part is small and has no definition of its own: the text is remembered beside its fingerprint, and its inputs are parts, or
one version for each input that it sees whole. Its interval and parameters stand in its row. What comes out counts only if it
is what was recorded; see `app.repair`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from meshwright.app.rebuild import Origin, kept_alive
from meshwright.diagnostics import Diagnostic, RefusedError, WorldError
from meshwright.frozen import dataclass
from meshwright.model import ByInterval, Columns, Part, Version, canonical_json, plain_address
from meshwright.plan.identities import as_recipe
from meshwright.plan.incremental import STANDING
from meshwright.plan.timelines import time_column
from meshwright.plan.values import DesiredNode
from meshwright.run.partbinding import RENAMED
from meshwright.run.partsteps import FILES_READ, PartWork, SourceRows, Windowed, write_part
from meshwright.run.relations import bound_versions
from meshwright.run.steps import seal
from meshwright.run.world import RunWorld
from meshwright.state.protocol import Reader
from meshwright.state.records import Definition


@dataclass(frozen=True, kw_only=True, slots=True)
class PartRebuild:
    """A part to be built again, with everything that goes into it."""

    part: Part
    #: How the node that made it was written; None where only its fingerprint is recorded.
    definition: Definition | None
    #: Input -> the parts that the build was shown, or the one version that it saw whole.
    inputs: Mapping[str, tuple[Part, ...] | Version]
    #: Input -> the version of it that the parts were shown as, where one that lists the part still tells.
    shown_as: Mapping[str, Version]
    #: Tells the builds of a repair apart: names of new files begin with it.
    number: int


def part_rebuild(part: Part, listing: Sequence[Version], reader: Reader, number: int) -> PartRebuild:
    """Find what a part was made of; `listing` are versions that list it.

    Raises RefusedError (MW-R061) where some of it is not recorded any more.
    """
    named = {read: listed for read, listed in part.inputs.items() if read not in {FILES_READ, STANDING}}
    ids = {id_ for listed in named.values() for id_ in listed}
    parts = reader.parts(ids)
    versions = reader.versions(ids - parts.keys())
    inputs: dict[str, tuple[Part, ...] | Version] = {}
    for dataset, listed in named.items():
        missing = [id_ for id_ in listed if id_ not in parts and id_ not in versions]
        if missing:
            raise _not_as_recorded(part, f"its input {dataset} is not recorded any more, {missing[0]} is gone")
        seen = [versions[id_] for id_ in listed if id_ in versions]
        inputs[dataset] = seen[0] if seen else tuple(parts[id_] for id_ in listed)
    return PartRebuild(
        part=part,
        definition=reader.definitions([part.fingerprint]).get(part.fingerprint),
        inputs=inputs,
        shown_as=_shown_as(part, listing, reader),
        number=number,
    )


def rebuild_part(wanted: PartRebuild, origin: Origin) -> Part:
    """Build a part again into new, durable files that no row lists yet, and return it as it came out.

    Raises RefusedError where what was recorded cannot be had any more (MW-R061, MW-R062), else what a build raises.
    """
    world = replace(origin.world, attempt=f"{origin.world.attempt}-{wanted.number}")
    work = _work(wanted, _recorded_node(wanted, origin), origin, world)
    return kept_alive(lambda: _sealed(work, world), world)


def is_same_part(part: Part, fresh: Part) -> bool:
    """Whether a build gave the recorded rows: by their sums, not by the files' bytes."""
    return (fresh.id, fresh.columns, fresh.rows, fresh.sums) == (part.id, part.columns, part.rows, part.sums)


def _shown_as(part: Part, listing: Sequence[Version], reader: Reader) -> dict[str, Version]:
    """Return the inputs' versions of the version that the part was built for: it says which columns they showed."""
    made_for = next((version for version in listing if version.run_id == part.run_id), None)
    made_for = made_for or next(iter(listing), None)
    if made_for is None:
        return {}
    found = reader.versions(set(made_for.inputs.values()))
    return {read: found[id_] for read, id_ in made_for.inputs.items() if id_ in found}


def _sealed(work: PartWork, world: RunWorld) -> Part:
    (result,) = seal((write_part(work, world),), world)
    if isinstance(result, WorldError):
        raise result
    assert isinstance(result, Part)
    return result


def _recorded_node(wanted: PartRebuild, origin: Origin) -> DesiredNode:
    """Return the node as it was when the part was built; where a run built a variation, the one with its recipe."""
    part = wanted.part
    why = f"the files of run {origin.run_id} have no such dataset"
    for address, node in origin.desired.nodes.items():
        if plain_address(address) != part.dataset:
            continue
        difference = _difference(wanted, node, origin)
        if difference is None:
            return replace(as_recipe(node), fingerprint=part.fingerprint)
        why = difference
    raise _not_as_recorded(part, why)


def _difference(wanted: PartRebuild, node: DesiredNode, origin: Origin) -> str | None:
    """Say in what a node of the run's files is not what the part was built by; None where it is."""
    part = wanted.part
    if node.engine != part.engine:
        return f"it was built by {part.engine}, and the engine here is {node.engine}"
    if canonical_json(node.params) != canonical_json(part.params):
        return f"the files of run {origin.run_id} give it other parameters"
    # A later release may read the same text into another fingerprint.
    text = wanted.definition.text if wanted.definition is not None else None
    if part.fingerprint != node.fingerprint and text != node.definition:
        return f"the files of run {origin.run_id} give it another definition"
    if (node.node.intervals is None) != (part.start is None):
        return f"the files of run {origin.run_id} cut it otherwise"
    return None


def _work(wanted: PartRebuild, desired: DesiredNode, origin: Origin, world: RunWorld) -> PartWork:
    part = wanted.part
    whole = {read: found for read, found in wanted.inputs.items() if isinstance(found, Version)}
    parts = {read: found for read, found in wanted.inputs.items() if not isinstance(found, Version)}
    return PartWork(
        desired=desired,
        id=part.id,
        number=0,
        interval=None if part.start is None or part.end is None else (part.start, part.end),
        made_of=part.inputs,
        whole=whole,
        windowed={read: _windowed(wanted, read, found, desired, origin) for read, found in parts.items()},
        bound=bound_versions(whole.values(), world.reader.versions),
        restricted=part.restricted,
        attempt=world.attempt,
        rows=_rows(part, desired, world) if desired.node.source is not None else None,
    )


def _windowed(
    wanted: PartRebuild, read: str, parts: tuple[Part, ...], desired: DesiredNode, origin: Origin
) -> Windowed:
    columns, by = _columns(wanted, read, parts, origin)
    spec = desired.node.intervals
    column = by or (time_column(spec, read, columns) if isinstance(spec, ByInterval) else None)
    if column is None:
        raise _not_as_recorded(wanted.part, f"which column of {read} says when its rows are is not recorded any more")
    return Windowed(dataset=read, columns=columns, column=column, parts=parts)


def _columns(wanted: PartRebuild, read: str, parts: tuple[Part, ...], origin: Origin) -> tuple[Columns, str | None]:
    """Return the columns that an input was shown with, and the one that cuts it, where its version tells."""
    version = wanted.shown_as.get(read)
    if version is not None:
        return version.columns, version.manifest.by if version.manifest is not None else None
    node = next((node for name, node in origin.desired.nodes.items() if plain_address(name) == read), None)
    by = node.node.intervals.by if node is not None and node.node.intervals is not None else None
    if parts:
        return parts[-1].columns, by
    return origin.desired.columns.get(read, ()), by


def _rows(part: Part, desired: DesiredNode, world: RunWorld) -> SourceRows:
    """Find the files that a source's part was read from, by their hashes; one may have another name by now."""
    now_ns = int(world.now().timestamp() * 1e9)
    seen = world.sources.observe([desired.node], world.files, now_ns)
    observation = seen.sources[desired.node.address]
    if observation.problem is not None:
        raise _source_differs(part, desired, observation.problem.message)
    by_hash: dict[str, list[str]] = {}
    for path in observation.files:
        if path in seen.files:
            by_hash.setdefault(seen.files[path].hash, []).append(path)
    files: list[str] = []
    for word in part.inputs.get(FILES_READ, ()):
        if word.startswith(RENAMED):  # of another part's rows
            continue
        hash_, _, shown = word.partition(" ")
        there = by_hash.get(hash_, [])
        if not there:
            raise _source_differs(part, desired, f"{shown} is gone, or is not what it was")
        named = str(world.root / shown)
        files.append(named if named in there else there[0])
        there.remove(files[-1])
    return SourceRows(observation=observation, files=tuple(files))


def _source_differs(part: Part, desired: DesiredNode, why: str) -> RefusedError:
    return RefusedError(
        Diagnostic(
            code="MW-R062",
            message=f"part {part.id} of {part.dataset} cannot be read again: {why}",
            span=desired.node.span,
            fix="put the source's file, or the stored one, back from a copy; "
            f"or read everything that there is anew: mw run {part.dataset} --refresh",
            object=part.dataset,
        )
    )


def _not_as_recorded(part: Part, why: str) -> RefusedError:
    return RefusedError(
        Diagnostic(
            code="MW-R061",
            message=f"part {part.id} of {part.dataset} cannot be built as it was: {why}",
            fix="put the file back from a copy; or change the node, and mw run makes new parts",
            object=part.dataset,
        )
    )
