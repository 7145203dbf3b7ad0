"""The verbs `variation list` and `variation drop`: which variations there are, and taking one out of an environment."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

from meshwright.app.clock import utc_now
from meshwright.app.environments import find_environment, open_state_alone, require_live
from meshwright.app.idempotency import settles
from meshwright.app.opened import open_mesh
from meshwright.app.rollback import export_notes, moved_answer
from meshwright.app.sandboxes import EnvironmentAnswer
from meshwright.app.varied_named import read_name, standing_variations
from meshwright.app.workspace import Workspace, who
from meshwright.crashpoints import CrashPoint, reached
from meshwright.diagnostics import Diagnostic, InputError, SourceSpan, known_names_hint
from meshwright.frozen import dataclass
from meshwright.model import Scalar, plain_address, product_of_object, variation_of
from meshwright.state.records import GenerationAction, Publication


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedVariation:
    """A variation of a product."""

    #: ``domain.product@variation``.
    address: str
    #: Whether the files declare it; what was removed there stands until the next run, or until it is dropped.
    is_declared: bool
    #: Parameter -> value that it sets.
    params: Mapping[str, Scalar]
    #: Names of the nodes that it builds.
    nodes: tuple[str, ...]
    #: Datasets that stand in the environment.
    published: tuple[str, ...]
    span: SourceSpan | None


@dataclass(frozen=True, kw_only=True, slots=True)
class VariationListing:
    """Answer of `variation list`."""

    environment: str
    generation: int
    variations: tuple[ListedVariation, ...]


def list_variations(workspace: Workspace, environment: str = "prod") -> VariationListing:
    """Return every variation that is declared or stands in an environment. Raises InputError for an unknown environment."""
    with open_mesh(workspace, environment) as opened:
        pointers = opened.state.reader.pointers(environment)
        standing = standing_variations(pointers)
        found = []
        for address in sorted({*opened.mesh.varied, *standing}):
            product = opened.mesh.product(plain_address(address))
            declared = product.variations.get(variation_of(address) or "") if product else None
            published = (
                name for name in pointers if "/" not in name and name != address and product_of_object(name) == address
            )
            found.append(
                ListedVariation(
                    address=address,
                    is_declared=declared is not None,
                    params={name: one.value for name, one in declared.params.items()} if declared else {},
                    nodes=declared.nodes if declared else (),
                    published=tuple(sorted(published)),
                    span=declared.span if declared else None,
                )
            )
        return VariationListing(
            environment=environment,
            generation=opened.state.reader.generation(environment),
            variations=tuple(found),
        )


def drop_variation(
    workspace: Workspace, variation: str, environment: str = "prod", reason: str = ""
) -> EnvironmentAnswer:
    """Take a variation's datasets out of an environment, in a generation of its own; its versions are left to `mw gc`.

    Its declaration stays: `mw run --variation` publishes it again, and builds nothing while the versions are there. Pins that
    hold any of it go with it. Raises InputError (MW-V002) for what does not stand, RefusedError (MW-D201) where somebody
    published it meanwhile. Repeated, it is refused as what does not stand any more.
    """
    started = time.monotonic()
    with open_state_alone(workspace, create=True) as opened:
        found = find_environment(opened.settings.environments, opened.state.reader, environment)
        if found.is_sandbox:
            require_live(found, utc_now())
        pointers = opened.state.reader.pointers(environment)
        standing = standing_variations(pointers)
        dropped = read_name(variation, standing)
        if dropped.address not in standing:
            raise InputError(
                Diagnostic(
                    code="MW-V002",
                    message=f"{dropped.address} is not published in {environment}",
                    fix=known_names_hint(dropped.address, standing, what=f"variations in {environment}"),
                    object=dropped.address,
                )
            )
        if dropped.dataset is not None:
            raise InputError(
                Diagnostic(
                    code="MW-V001",
                    message=f"a variation is dropped as a whole, and '{variation}' is a dataset of one",
                    fix=f"mw variation drop {dropped.address}",
                )
            )
        gone = {name: pointer for name, pointer in pointers.items() if product_of_object(name) == dropped.address}
        pins = opened.state.reader.pins(environment)
        reached(CrashPoint.MOVE_READY)
        publication = Publication(
            environment=environment,
            base=found.base,
            by=who(),
            reason=reason or f"dropped variation {dropped.address}",
            action=GenerationAction.DROP,
            expected={name: pointer.revision for name, pointer in gone.items()},
            moves={name: (pointer.kind, None) for name, pointer in gone.items()},
            unpinned=tuple(sorted(gone.keys() & pins.keys())),
        )
        with settles(lambda made: moved_answer(found, made, gone)):
            generation = opened.state.writer.publish(publication, utc_now())
        reached(CrashPoint.MOVE_COMMITTED)
        answer = moved_answer(found, generation, gone)
        return replace(answer, notes=export_notes(opened, found), seconds=time.monotonic() - started)
