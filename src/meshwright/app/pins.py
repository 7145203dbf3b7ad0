"""The verbs `pin` and `unpin`, and what plans say of pins: a pointer is held on purpose, with who and why."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import replace

from meshwright.app.clock import utc_now
from meshwright.app.environments import OpenedState, find_environment, open_state_alone, require_live
from meshwright.app.idempotency import settles
from meshwright.app.rollback import datasets_of, export_notes, moved_answer, require_files, standing_versions
from meshwright.app.sandboxes import EnvironmentAnswer
from meshwright.app.standing import require_generation
from meshwright.app.workspace import Workspace, who
from meshwright.crashpoints import CrashPoint, reached
from meshwright.diagnostics import Diagnostic, InputError, RefusedError, known_names_hint
from meshwright.frozen import dataclass
from meshwright.model import canonical_json, product_of_object
from meshwright.plan.identities import product_revision
from meshwright.state.records import (
    Environment,
    GenerationAction,
    ObjectKind,
    Pin,
    Pointer,
    Publication,
    Revision,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class PinWish:
    """What `pin` is asked for."""

    object: str
    reason: str
    environment: str = "prod"
    #: A generation or, for a dataset, a version that stood in the environment; None for what stands.
    to: str | None = None


def pin(workspace: Workspace, wish: PinWish) -> EnvironmentAnswer:
    """Hold a dataset or product of an environment where it stands, or where `to` says; runs leave it alone from then on.

    Raises InputError for what is not there, WorldError (MW-R017) where a version to be shown has lost its files.
    """
    started = time.monotonic()
    with open_state_alone(workspace, create=True) as opened:
        environment = _environment(opened, wish.environment)
        shown = opened.state.reader.pointers(wish.environment)
        moves, revisions = _moves(opened, wish, shown)
        held = moves[wish.object][1] if wish.object in moves else _standing(wish, shown).revision
        made = Pin(
            environment=wish.environment,
            object=wish.object,
            revision=held,
            previous=shown[wish.object].revision if wish.object in moves and wish.object in shown else None,
            at=utc_now(),
            by=who(),
            reason=wish.reason,
        )
        if not moves:
            with settles(lambda _: EnvironmentAnswer(environment=environment)):
                opened.state.writer.set_pins(wish.environment, (made,), ())
            return EnvironmentAnswer(
                environment=environment,
                notes=export_notes(opened, environment),  # who was killed after the move left them behind
                seconds=time.monotonic() - started,
            )
        require_files(opened, datasets_of(moves), standing_versions(shown))
        reached(CrashPoint.MOVE_READY)
        publication = Publication(
            environment=environment.name,
            base=environment.base,
            by=who(),
            reason=wish.reason,
            action=GenerationAction.PIN,
            expected={name: shown[name].revision if name in shown else None for name in moves},
            moves=moves,
            revisions=revisions,
            pins=(made,),
        )
        with settles(lambda made: moved_answer(environment, made, moves)):
            generation = opened.state.writer.publish(publication, utc_now())
        reached(CrashPoint.MOVE_COMMITTED)
        answer = moved_answer(environment, generation, moves)
        return replace(answer, notes=export_notes(opened, environment), seconds=time.monotonic() - started)


def unpin(workspace: Workspace, name: str, environment: str = "prod") -> EnvironmentAnswer:
    """Let a pinned object go; the next run brings it to where the files want it.

    In a sandbox a pin of its base is lifted for the sandbox alone. Raises InputError (MW-S205) where nothing is pinned.
    """
    started = time.monotonic()
    with open_state_alone(workspace, create=True) as opened:
        found = _environment(opened, environment)
        pins = opened.state.reader.pins(environment)
        standing = pins.get(name)
        if standing is None:
            raise InputError(
                Diagnostic(
                    code="MW-S205",
                    message=f"'{name}' is not pinned in {environment}",
                    fix=known_names_hint(name, pins, what="pinned") if pins else "nothing is pinned there",
                    object=name,
                )
            )
        own = (name,) if standing.environment == environment else ()
        is_pinned_beneath = found.is_sandbox and _is_pinned_beneath(opened, found, name)
        lifted = replace(standing, environment=environment, is_lifted=True, at=utc_now(), by=who())
        answer = EnvironmentAnswer(environment=found, changed=(name,))
        with settles(lambda _: answer):
            opened.state.writer.set_pins(environment, (lifted,) if is_pinned_beneath else (), own)
        return replace(answer, seconds=time.monotonic() - started)


def _environment(opened: OpenedState, name: str) -> Environment:
    found = find_environment(opened.settings.environments, opened.state.reader, name)
    if found.is_sandbox:
        require_live(found, utc_now())
        return found
    return opened.state.reader.environment(name) or found


def _is_pinned_beneath(opened: OpenedState, sandbox: Environment, name: str) -> bool:
    return name in opened.state.reader.pins(str(sandbox.base))


def _standing(wish: PinWish, shown: Mapping[str, Pointer]) -> Pointer:
    found = shown.get(wish.object)
    if found is not None and found.kind is not ObjectKind.PORT:
        return found
    names = [name for name, pointer in shown.items() if pointer.kind is not ObjectKind.PORT]
    raise InputError(
        Diagnostic(
            code="MW-S204",
            message=f"no dataset or product '{wish.object}' stands in {wish.environment}",
            fix=known_names_hint(wish.object, names, what="names") if names else "nothing was published there yet",
            object=wish.object,
        )
    )


def _moves(
    opened: OpenedState, wish: PinWish, shown: Mapping[str, Pointer]
) -> tuple[dict[str, tuple[ObjectKind, str | None]], tuple[Revision, ...]]:
    """Return the pointers that move where the object is to be held elsewhere than where it stands."""
    if wish.to is None:
        return {}, ()
    generation = _generation(opened, wish)
    require_generation(opened.state.reader, wish.environment, generation)
    then_shown = opened.state.reader.pointers(wish.environment, generation)
    found = _standing(wish, then_shown)
    if found.kind is ObjectKind.PRODUCT:
        names = {name for name in {*shown, *then_shown} if product_of_object(name) == wish.object}
        pointers = {name: then_shown.get(name) for name in names}
        return {
            name: ((pointer or shown[name]).kind, pointer.revision if pointer else None)
            for name, pointer in sorted(pointers.items())
            if (shown[name].revision if name in shown else None) != (pointer.revision if pointer else None)
        }, ()
    before = shown.get(wish.object)
    if before is not None and before.revision == found.revision:
        return {}, ()
    revision = _changed_manifest(opened, wish.object, found.revision, shown, then_shown)
    moves: dict[str, tuple[ObjectKind, str | None]] = {wish.object: (ObjectKind.DATASET, found.revision)}
    moves[revision.object] = (ObjectKind.PRODUCT, revision.id)
    return moves, (revision,)


def _generation(opened: OpenedState, wish: PinWish) -> int:
    """Return the generation that `to` names, or the newest one that showed the version that it names."""
    to = str(wish.to)
    if to.isascii() and to.isdigit() and len(to) < 10:
        return int(to)
    newest = opened.state.reader.generation(wish.environment)
    for made in opened.state.reader.generations(wish.environment, newest):
        _, after = made.changed.get(wish.object, (None, None))
        if after is not None and after.startswith(to) and len(to) >= 6:
            return made.number
    raise InputError(
        Diagnostic(
            code="MW-S206",
            message=f"no version {to} of {wish.object} was ever published in {wish.environment}",
            fix="name a generation, or a version that was published: "
            f"mw env show {wish.environment} --history lists them; a candidate is published by a run",
            object=wish.object,
        )
    )


def _changed_manifest(
    opened: OpenedState, dataset: str, version: str, shown: Mapping[str, Pointer], then_shown: Mapping[str, Pointer]
) -> Revision:
    """Return the product's revision with another version of one of its datasets, as the manifest of that time tells it."""
    product = product_of_object(dataset)
    if product not in shown or product not in then_shown:
        raise RefusedError(
            Diagnostic(
                code="MW-S207",
                message=f"product {product} is not published now, or was not then, so {dataset} cannot move alone",
                fix=f"move the product: mw pin {product} --to GENERATION",
                object=dataset,
            )
        )
    found = opened.state.reader.revisions({shown[product].revision, then_shown[product].revision})
    manifest = json.loads(found[shown[product].revision].document)
    manifest["datasets"][dataset] = json.loads(found[then_shown[product].revision].document)["datasets"][dataset]
    own = {name: pointer for name, pointer in shown.items() if product_of_object(name) == product}
    datasets = {name: pointer.revision for name, pointer in own.items() if pointer.kind is ObjectKind.DATASET}
    ports = {name: pointer.revision for name, pointer in own.items() if pointer.kind is ObjectKind.PORT}
    return Revision(
        id=product_revision(product, manifest["code"], datasets | {dataset: version}, ports),
        kind=ObjectKind.PRODUCT,
        object=product,
        document=canonical_json(manifest),
    )
