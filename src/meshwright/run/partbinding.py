"""Binds a step that builds in parts: which parts are there, which are to be built, from what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from meshwright.diagnostics import Diagnostic, InputError, WorldError
from meshwright.frozen import dataclass
from meshwright.model import Restricted, SourceObservation, Version, plain_address
from meshwright.plan.identities import as_recipe, named_as_written
from meshwright.plan.incremental import STANDING, PartsResolution
from meshwright.plan.interval_plans import IntervalPlan, PlannedPart
from meshwright.plan.sights import SeenInputs, restriction, seen_inputs
from meshwright.plan.values import DesiredNode
from meshwright.run.board import Board
from meshwright.run.partsteps import FILES_READ, PartsWork, PartWork, SourceRows, Windowed
from meshwright.run.world import RunWorld

#: Stands before the hash of a file that was read under another name: its rows are those of that one.
RENAMED = "="


@dataclass(frozen=True, kw_only=True, slots=True)
class BoundParts:
    """What the next version of a dataset that is built in parts will be."""

    version: str
    #: Whether it is built from everything, also where something is hidden.
    is_unhidden: bool
    resolution: PartsResolution
    seen: SeenInputs
    hidden: tuple[str, ...]

    def before(self, desired: DesiredNode) -> Version | None:
        """Return the version that a stateful node's next one comes of; None where it begins anew."""
        return self.resolution.before(desired, self.seen)

    def restricted(self, inputs: Mapping[str, Version], board: Board) -> Restricted | None:
        """Return why only sandboxes may point to the version; None where everybody may."""
        if self.is_unhidden:
            return None
        named = {read: plain_address(read) for read in inputs}
        return restriction(board.desired.veil, self.seen, self.hidden, named)


def resolve_parts(desired: DesiredNode, inputs: Mapping[str, Version], board: Board, world: RunWorld) -> BoundParts:
    """Name the next version of a node, now that its inputs are there.

    Raises InputError where it cannot be built, WorldError (MW-R017) where what it comes of is not recorded.
    """
    dataset = desired.node.address
    ids = {read: version.id for read, version in inputs.items()}
    hidden = tuple(read for read, version in inputs.items() if version.is_restricted)
    seen = seen_inputs(board.desired.veil, ids, hidden)
    resolution = PartsResolution(desired=board.desired, published=board.observed.datasets, books=world.books)
    version, is_unhidden = resolution.resolve(desired, ids, seen)
    if world.footprints.found:
        world.writer.remember_footprints(world.footprints.found)
        world.footprints.found.clear()
    if dataset in resolution.problems:
        raise InputError(resolution.problems[dataset])
    if version is None:
        raise WorldError(
            Diagnostic(
                code="MW-R017",
                message=f"what {dataset} is built from is not recorded any more",
                fix="mw verify shows what is lost",
                object=dataset,
            )
        )
    return BoundParts(version=version, is_unhidden=is_unhidden, resolution=resolution, seen=seen, hidden=hidden)


def state_before(desired: DesiredNode, board: Board, world: RunWorld) -> Version | None:
    """Return the version that a stateful node's next one comes of; None where it begins anew."""
    resolution = PartsResolution(desired=board.desired, published=board.observed.datasets, books=world.books)
    return resolution.before(desired)


def bind_intervals(
    desired: DesiredNode, inputs: Mapping[str, Version], bound: BoundParts, board: Board, world: RunWorld
) -> PartsWork:
    """Say which intervals' parts are there already, and what is to be built."""
    dataset = desired.node.address
    plan = bound.resolution.intervals[dataset]
    there = world.parts.parts([part.id for part in plan.changed])
    missing = [part for part in plan.changed if part.id not in there]
    restricted = bound.restricted(inputs, board)
    return PartsWork(
        desired=as_recipe(desired),
        version=plan.version,
        manifest=plan.manifest,
        pages=plan.pages,
        works=_works(desired, plan, missing, inputs, restricted, board, world),
        there=tuple(there.values()),
        base=plan.base,
        gone=world.parts.named(list(plan.gone.values()), dataset),
        inputs=named_as_written(inputs),
        restricted=restricted,
        columns=board.desired.columns.get(desired.node.address, ()),
    )


def _works(
    desired: DesiredNode,
    plan: IntervalPlan,
    missing: list[PlannedPart],
    inputs: Mapping[str, Version],
    restricted: Restricted | None,
    board: Board,
    world: RunWorld,
) -> tuple[PartWork, ...]:
    recipe = as_recipe(desired)
    windowed = {plain_address(read): (inputs[read], column) for read, column in plan.windowed.items()}
    whole = {plain_address(read): version for read, version in inputs.items() if read not in plan.windowed}
    # All at once: what is read is remembered, and each part takes its own.
    world.parts.parts({id_ for part in missing for read in windowed for id_ in part.inputs[read]})
    beneath = board.bound_beneath(inputs.values())
    return tuple(
        PartWork(
            desired=recipe,
            id=part.id,
            number=part.number,
            interval=(part.start, part.end),
            made_of=part.inputs,
            whole=whole,
            windowed={
                read: Windowed(
                    dataset=version.dataset,
                    columns=version.columns,
                    column=column,
                    parts=world.parts.named(part.inputs[read], version.dataset),
                )
                for read, (version, column) in windowed.items()
            },
            bound=beneath,
            restricted=restricted,
            attempt=world.attempt,
        )
        for part in missing
    )


def bind_appended(
    desired: DesiredNode, inputs: Mapping[str, Version], bound: BoundParts, board: Board, world: RunWorld
) -> PartsWork:
    """Say what is to be appended to the version that stands: one part, of the inputs as they are now."""
    restricted = bound.restricted(inputs, board)
    recipe = as_recipe(desired)
    work = PartWork(
        desired=recipe,
        id=bound.version,
        number=0,
        interval=None,
        made_of={plain_address(read): (version.id,) for read, version in inputs.items()},
        whole=named_as_written(inputs),
        bound=board.bound_beneath(inputs.values()),
        restricted=restricted,
        attempt=world.attempt,
    )
    there = tuple(world.parts.parts((work.id,)).values())
    return PartsWork(
        desired=recipe,
        version=bound.version,
        works=() if there else (work,),
        there=there,
        base=bound.before(desired),
        inputs=named_as_written(inputs),
        restricted=restricted,
        columns=board.desired.columns.get(desired.node.address, ()),
    )


def bind_new_files(
    desired: DesiredNode,
    observation: SourceObservation,
    before: Version | None,
    world: RunWorld,
    *,
    is_run_anyway: bool,
) -> PartsWork:
    """Say which files of an appended source were not read before. Raises InputError (MW-R075) where one was changed since."""
    recipe = _with_standing_types(as_recipe(desired), before)
    names = {path: _shown(path, world) for path in observation.files}
    seen = {names[path]: world.files[path].hash for path in observation.files if path in world.files}
    files = _files_of(seen, _files_read(before, world))
    if files.changed:
        raise InputError(_changed(desired, files.changed))
    new = [path for path in observation.files if names[path] not in files.read and names[path] not in files.renamed]
    words = [f"{seen.get(names[path], '')} {names[path]}" for path in new]
    words += [f"{RENAMED}{seen[name]} {name}" for name in files.renamed]
    made_of = {FILES_READ: tuple(words)}
    if before is not None:
        made_of[STANDING] = (before.id,)
    work = PartWork(
        desired=recipe,
        id=f"pending-{world.attempt}",
        number=0,
        interval=None,
        made_of=made_of,
        whole={},
        attempt=world.attempt,
        rows=SourceRows(observation=observation, files=tuple(new)),
    )
    return PartsWork(
        desired=recipe,
        version=None,
        works=(work,) if new else (),
        base=before,
        inputs={},
        observation=observation,
        is_run_anyway=is_run_anyway,
    )


def _with_standing_types(desired: DesiredNode, before: Version | None) -> DesiredNode:
    """Return the source as further files are read: what stands says the types, which values of a few rows would only guess."""
    if before is None or before.fingerprint != desired.fingerprint or not before.columns:
        return desired
    return replace(desired, node=replace(desired.node, columns=before.columns))


@dataclass(frozen=True, kw_only=True, slots=True)
class _Files:
    """The files of an appended source, by what is known of them."""

    #: Names under which files were read, or seen later.
    read: frozenset[str]
    #: New names of files that were read, in order.
    renamed: tuple[str, ...]
    #: Names whose file has other bytes now, in order.
    changed: tuple[str, ...]


def _files_of(seen: Mapping[str, str], recorded: Sequence[str]) -> _Files:
    """Tell files apart; `seen` is name -> hash, `recorded` what parts say was read.

    A file under a new name is the one that was read, if that one's rows have no other file now: it has the same bytes.
    """
    read: dict[str, str] = {}
    without_file: Counter[str] = Counter()
    for word in recorded:
        hash_, _, name = word.removeprefix(RENAMED).partition(" ")
        read[name] = hash_
        without_file[hash_] += not word.startswith(RENAMED)
    without_file.subtract(read[name] for name in seen if name in read)
    renamed: list[str] = []
    for name, hash_ in sorted(seen.items()):
        if name not in read and without_file[hash_] > 0:
            without_file[hash_] -= 1
            renamed.append(name)
    changed = sorted(name for name, hash_ in seen.items() if read.get(name, hash_) != hash_)
    return _Files(read=frozenset(read), renamed=tuple(renamed), changed=tuple(changed))


def _files_read(before: Version | None, world: RunWorld) -> tuple[str, ...]:
    """Return what a source's parts say of the files that were read."""
    parts = world.parts.of(before) if before is not None else ()
    return tuple(word for part in parts for word in part.inputs.get(FILES_READ, ()))


def _shown(path: str, world: RunWorld) -> str:
    """Return a file's path, from the mesh's root where it lies in there. Asked of every file of a source, so of text alone."""
    return path.removeprefix(f"{world.root}/")


def _changed(desired: DesiredNode, paths: Sequence[str]) -> Diagnostic:
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return Diagnostic(
        code="MW-R075",
        message=(
            f"{paths[0]}{more} changed since {desired.node.address} read it, and what is appended is never read twice: "
            "the source does not only grow"
        ),
        span=desired.node.span,
        fix=f"put new rows into new files; or read everything anew: mw run {desired.node.address} --refresh",
        object=desired.node.address,
    )
