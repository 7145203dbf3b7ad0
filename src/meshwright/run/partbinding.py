"""Binds a step that builds in parts: which parts are there, which are to be built, from what."""

from __future__ import annotations

from collections.abc import Mapping

from meshwright.diagnostics import Diagnostic, InputError, WorldError
from meshwright.frozen import dataclass
from meshwright.model import Manifest, Page, Part, Restricted, Version, VersionClass, plain_address
from meshwright.model.parts import page_number
from meshwright.plan.identities import as_recipe, named_as_written
from meshwright.plan.incremental import PartsResolution
from meshwright.plan.intervals import IntervalPlan, PlannedPart
from meshwright.plan.manifests import Entries, revised_pages
from meshwright.plan.sights import SeenInputs, restriction, seen_inputs
from meshwright.plan.values import DesiredNode
from meshwright.run.board import Board
from meshwright.run.partsteps import PartsWork, PartWork, Windowed
from meshwright.run.world import RunWorld


@dataclass(frozen=True, kw_only=True, slots=True)
class BoundParts:
    """What the next version of a dataset that is built in parts will be."""

    version: str
    #: Whether it is built from everything, also where something is hidden.
    is_unhidden: bool
    resolution: PartsResolution
    seen: SeenInputs
    hidden: tuple[str, ...]

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
    looked_at = {id_ for part in missing for read in windowed for id_ in part.inputs[read]}
    parts = world.parts.parts(looked_at)
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
                read: Windowed(version=version, column=column, parts=_found(parts, part.inputs[read], version))
                for read, (version, column) in windowed.items()
            },
            bound=beneath,
            restricted=restricted,
            attempt=world.attempt,
        )
        for part in missing
    )


def _found(parts: Mapping[str, Part], ids: tuple[str, ...], version: Version) -> tuple[Part, ...]:
    lost = next((id_ for id_ in ids if id_ not in parts), None)
    if lost is not None:
        raise WorldError(
            Diagnostic(
                code="MW-R017",
                message=f"part {lost} of {version.dataset} is not recorded any more",
                fix="mw verify shows what is damaged",
                object=version.dataset,
            )
        )
    return tuple(parts[id_] for id_ in ids)


def bind_appended(
    desired: DesiredNode, inputs: Mapping[str, Version], bound: BoundParts, board: Board, world: RunWorld
) -> PartsWork:
    """Say what is to be appended to the version that stands: one part, of the inputs as they are now."""
    before = bound.resolution.before(desired)
    restricted = bound.restricted(inputs, board)
    recipe = as_recipe(desired)
    number = next_number(before)
    work = PartWork(
        desired=recipe,
        id=bound.version,
        number=number,
        interval=None,
        made_of={plain_address(read): (version.id,) for read, version in inputs.items()},
        whole=named_as_written(inputs),
        bound=board.bound_beneath(inputs.values()),
        restricted=restricted,
        attempt=world.attempt,
    )
    there = tuple(world.parts.parts((work.id,)).values())
    manifest, pages = appended_manifest(desired, before, number, work.id, world)
    return PartsWork(
        desired=recipe,
        version=bound.version,
        manifest=manifest,
        pages=pages,
        works=() if there else (work,),
        there=there,
        base=before,
        inputs=named_as_written(inputs),
        restricted=restricted,
    )


def next_number(before: Version | None) -> int:
    """Return the number of the next part that is appended to a version."""
    manifest = before.manifest if before is not None else None
    return 0 if manifest is None or manifest.last is None else manifest.last + 1


def appended_manifest(
    desired: DesiredNode, before: Version | None, number: int, part: str, world: RunWorld
) -> tuple[Manifest, tuple[Page, ...]]:
    """Return the manifest of a version with one part more than `before`, and its pages that are new."""
    standing = before.manifest if before is not None else None
    entries = Entries(manifest=standing, pages=world.books.pages) if standing is not None else None
    pages, made = revised_pages(plain_address(desired.node.address), entries, {number: part})
    assert page_number(number) in dict(pages)
    manifest = Manifest(
        version_class=VersionClass.STATEFUL,
        pages=pages,
        first=standing.first if standing is not None and standing.first is not None else number,
        last=number,
        count=(standing.count if standing is not None else 0) + 1,
    )
    return manifest, made
