"""The verb `promote`: what stands in a sandbox is to stand in what it lies over, in one generation over any number of products.

A promotion is a plan like any other. What the sandbox built is taken as it is; evidence that the target's rules lack
is gathered; then all pointers move at once, or none.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import replace

from meshwright.app.apply import Order, execute, new_beginning, take_up
from meshwright.app.clock import utc_now
from meshwright.app.desired import Promoted, code_digest
from meshwright.app.environments import find_environment, require_live, use_sandbox
from meshwright.app.lacking import lacking_intervals, lacking_note, made_from
from meshwright.app.observing import Published, read_published
from meshwright.app.opened import OpenedMesh, open_mesh, require_sound
from meshwright.app.planning import PlanOptions, Prepared, govern, prepare_against
from meshwright.app.promoted_jobs import made_otherwise, otherwise_note, read_datasets
from meshwright.app.promotion_answers import Promotion, already_moved, answered, begun_promotion
from meshwright.app.sandboxes import require_sandbox
from meshwright.app.terms import FREE, Terms
from meshwright.app.workspace import Workspace
from meshwright.diagnostics import Diagnostic, InputError, RefusedError
from meshwright.frozen import dataclass
from meshwright.model import canonical_json, domain_of, plain_address, product_of_object
from meshwright.model.causes import Cause, cause_document
from meshwright.run.events import Listener, no_listener
from meshwright.run.world import Publishing
from meshwright.state.protocol import Reader
from meshwright.state.records import Environment, GenerationAction, ObjectKind, Overlaid, Pin, Pointer

#: Objects that a refusal names.
_NAMED = 5


@dataclass(frozen=True, kw_only=True, slots=True)
class PromotionWish:
    """What `promote` is asked for."""

    sandbox: str
    #: The environment to promote to, None for what the sandbox lies over.
    to: str | None = None
    #: Lift the pins of what is promoted.
    unpin: bool = False
    reason: str = ""
    #: `Terms.generation` is that of the sandbox.
    terms: Terms = FREE
    #: The domains whose pointers may move; None: any.
    domains: tuple[str, ...] | None = None
    #: What asked for it, None for a person's command.
    cause: Cause | None = None
    #: The id that its run gets, settled by who asks: given again, it is the same promotion.
    run_id: str | None = None


def promote(workspace: Workspace, wish: PromotionWish, listener: Listener = no_listener) -> Promotion:
    """Let an environment show what a sandbox over it shows.

    Raises InputError for a sandbox or environment that is not there, RefusedError where the sandbox has expired or changed
    nothing (MW-S110), the environment moved on in what was read or written (MW-S111), holds what would move (MW-S112), or the
    files are not those that the sandbox was run with (MW-S113). Nothing is changed then.

    Under a `run_id` that a promotion had which was cut off, it is gone on with: where its pointers had moved already, whatever
    moved them since, they are not moved again.
    """
    beginning = new_beginning(wish.run_id)
    begun = None if wish.run_id is None else begun_promotion(workspace, wish.run_id, wish.sandbox)
    if begun is not None and (ended := already_moved(workspace, begun)) is not None:
        return ended
    target = _target(workspace, wish)
    with open_mesh(workspace, target, create_state=True) as opened:
        sandbox = find_environment(opened.mesh.environments, opened.state.reader, wish.sandbox)
        use_sandbox(sandbox, opened.state.writer, beginning.now)
        prepared, order = _ordered(opened, sandbox, wish)
        base = prepared.plan.generation if begun is None else begun.base_generation
        if begun is None:
            report = execute(opened, prepared, order, beginning, listener)
        else:
            report = take_up(opened, prepared, order, begun, listener)
        seconds = time.monotonic() - beginning.started
        return answered(opened.state.reader, wish.sandbox, report, base, seconds)


def require_promotable(workspace: Workspace, wish: PromotionWish) -> str:
    """Return the environment that a sandbox is promoted to. Raises what `promote` would, as things stand; changes nothing."""
    target = _target(workspace, wish)
    with open_mesh(workspace, target, create_state=True) as opened:
        sandbox = find_environment(opened.mesh.environments, opened.state.reader, wish.sandbox)
        require_live(sandbox, utc_now())
        _ordered(opened, sandbox, wish)
    return target


def _ordered(opened: OpenedMesh, sandbox: Environment, wish: PromotionWish) -> tuple[Prepared, Order]:
    """Plan the promotion, and say what is carried out besides the plan."""
    require_sound(opened.diagnostics)
    target = opened.environment
    prepared = govern(opened, _prepare(opened, sandbox, wish))
    moved = opened.state.reader.overlay(sandbox.name)
    held = _held(opened.state.reader.pins(target), moved)
    asked: dict[str, object] = {"promote": wish.sandbox, "to": target, "unpin": wish.unpin, "reason": wish.reason}
    if wish.cause is not None:
        asked["cause"] = cause_document(wish.cause)
    order = Order(
        options=canonical_json(asked),
        again=lambda: _prepare(opened, sandbox, wish),
        publishing=Publishing(
            action=GenerationAction.PROMOTE,
            reason=wish.reason or f"promoted {wish.sandbox}: {', '.join(sorted(_products(moved)))}",
            unpinned=tuple(sorted(held)) if wish.unpin else (),
        ),
    )
    return prepared, order


def _target(workspace: Workspace, wish: PromotionWish) -> str:
    """Return the environment to promote to; nothing but the sandbox's row is looked at."""
    sandbox = require_sandbox(workspace, wish.sandbox)
    target = wish.to or str(sandbox.base)
    if target != sandbox.base:
        raise InputError(
            Diagnostic(
                code="MW-S114",
                message=f"sandbox '{wish.sandbox}' lies over '{sandbox.base}', and is promoted to that alone",
                fix=f"leave --to away; a sandbox for '{target}' is made with: mw env create NAME --from {target}",
                object=wish.sandbox,
            )
        )
    return target


def _prepare(opened: OpenedMesh, sandbox: Environment, wish: PromotionWish) -> Prepared:
    """Plan the promotion against what stands in the target now. Raises RefusedError where it must not be."""
    reader = opened.state.reader
    moved = reader.overlay(sandbox.name)
    published = read_published(reader, opened.environment)
    beneath = reader.pointers(str(sandbox.base), sandbox.base_generation)
    wish.terms.require(
        sandbox.name, reader.generation(sandbox.name)
    )  # after reading: what was read is of that generation
    wish.terms.require_permit(moved)
    _require_domains(wish, moved)
    _require_changes(sandbox, moved, beneath)
    _require_code(opened, reader, sandbox, moved)
    _require_unmoved(opened, sandbox, moved, published, beneath)
    pins = reader.pins(opened.environment)
    held = _held(pins, moved)
    if held and not wish.unpin:
        raise RefusedError(_pinned(sandbox, held))
    shown = reader.pointers(sandbox.name)
    products = frozenset(_products(moved))
    given = _given(opened, shown, products)
    recorded = reader.versions(given.values())
    restricted = sorted(version.dataset for version in recorded.values() if version.is_restricted)
    offered = {name: recorded[id_] for name, id_ in given.items() if id_ in recorded}
    lacking = lacking_intervals(reader, offered, published.versions)
    otherwise = made_otherwise(opened, offered, products)
    planned = made_from(offered, lacking | otherwise)
    taken = {name: id_ for name, id_ in given.items() if plain_address(name) not in restricted and name not in planned}
    promoted = Promoted(products=products, versions=taken)
    others = {name: pin for name, pin in pins.items() if name not in held}
    options = PlanOptions(environment=opened.environment)
    prepared = prepare_against(opened, options, published, pins=others, promoted=promoted)
    notes = [
        *(
            [f"built anew from everything, for the sandbox saw masked or sampled data: {_some(restricted)}"]
            * bool(restricted)
        ),
        *([lacking_note(opened.environment, lacking)] * bool(lacking)),
        *([otherwise_note(opened.environment, otherwise)] * bool(otherwise)),
    ]
    return replace(prepared, plan=replace(prepared.plan, notes=(*prepared.plan.notes, *notes)))


def _given(opened: OpenedMesh, shown: Mapping[str, Pointer], products: frozenset[str]) -> dict[str, str]:
    """Return what the sandbox shows of the products it changed: taken as it is, unless it is for sandboxes alone."""
    return {
        name: pointer.revision
        for name, pointer in shown.items()
        if pointer.kind is ObjectKind.DATASET and product_of_object(name) in products and opened.mesh.node(name)
    }


def _products(moved: Mapping[str, Overlaid]) -> set[str]:
    return {product_of_object(name) for name in moved}


def _require_domains(wish: PromotionWish, moved: Mapping[str, Overlaid]) -> None:
    """Refuse where a sandbox holds by now what who asked for its promotion may not move."""
    others = sorted({domain_of(name) for name in moved} - set(wish.domains or ())) if wish.domains is not None else []
    if others:
        raise RefusedError(
            Diagnostic(
                code="MW-H313",
                message=f"sandbox '{wish.sandbox}' holds changes of {_some(others)} by now, which were not asked to be promoted; "
                "nothing was changed",
                fix="look at it again, and ask again",
                object=wish.sandbox,
            )
        )


def _require_changes(sandbox: Environment, moved: Mapping[str, Overlaid], beneath: Mapping[str, Pointer]) -> None:
    is_changed = any(
        own.revision != (beneath[name].revision if name in beneath else None) for name, own in moved.items()
    )
    if not is_changed:
        raise RefusedError(
            Diagnostic(
                code="MW-S110",
                message=f"sandbox '{sandbox.name}' shows what {sandbox.base} showed: there is nothing to promote",
                fix=f"mw run --env {sandbox.name} builds what the files change",
                object=sandbox.name,
            )
        )


def _require_code(opened: OpenedMesh, reader: Reader, sandbox: Environment, moved: Mapping[str, Overlaid]) -> None:
    """Refuse where the files are not those that the sandbox's products were published from."""
    revisions = {
        name: own.revision for name, own in moved.items() if own.kind is ObjectKind.PRODUCT and own.revision is not None
    }
    found = reader.revisions(set(revisions.values()))
    manifests = {
        name: json.loads(found[revision].document) for name, revision in revisions.items() if revision in found
    }
    code = {product.address: code_digest(product) for product in opened.mesh.all_products()}
    other = [name for name, manifest in manifests.items() if manifest.get("code") != code.get(name)]
    gone = [
        name for name, own in moved.items() if own.kind is ObjectKind.PRODUCT and own.revision is None and name in code
    ]
    if other or gone:
        names = sorted([*other, *gone])
        raise RefusedError(
            Diagnostic(
                code="MW-S113",
                message=f"files of {_some(names)} are not those that sandbox '{sandbox.name}' was run with",
                fix=f"run them into it first: mw run --env {sandbox.name}; or check out what it was run with",
                object=names[0],
            )
        )


def _require_unmoved(
    opened: OpenedMesh,
    sandbox: Environment,
    moved: Mapping[str, Overlaid],
    published: Published,
    beneath: Mapping[str, Pointer],
) -> None:
    """Refuse where the target moved on in what the sandbox replaces, or in what it was built from."""
    stands = {name: pointer.revision for name, pointer in published.pointers.items()}
    wanted = {name: own.revision for name, own in moved.items()}
    written = [
        name
        for name, revision in wanted.items()
        if stands.get(name) != (beneath[name].revision if name in beneath else None) and stands.get(name) != revision
    ]
    after = {**stands, **wanted}
    shown: dict[str, set[str]] = {}
    for name, revision in after.items():
        if revision is not None:
            shown.setdefault(plain_address(name), set()).add(revision)
    ids = {own.revision for own in moved.values() if own.kind is ObjectKind.DATASET and own.revision is not None}
    # Restricted ones are built anew, from what stands.
    built = [version for version in opened.state.reader.versions(ids).values() if not version.is_restricted]
    read = sorted(
        {
            name
            for name, revision in read_datasets(opened, built)
            if revision not in shown.get(plain_address(name), set())
        }
    )
    if not written and not read:
        return
    causes = [
        *([f"it replaced {_some(written)}"] if written else []),
        *([f"it has another version of {_some(read)}, which the sandbox was built from"] if read else []),
    ]
    raise RefusedError(
        Diagnostic(
            code="MW-S111",
            message=f"{opened.environment} moved on since generation {sandbox.base_generation}, which sandbox "
            f"'{sandbox.name}' lies over: {' and '.join(causes)}; nothing was changed",
            fix=f"mw env rebase {sandbox.name}, then mw run --env {sandbox.name}, then promote again",
            object=(*written, *read)[0],
        )
    )


def _held(pins: Mapping[str, Pin], moved: Mapping[str, Overlaid]) -> dict[str, Pin]:
    """Return the pins that hold what is to move."""
    concerned = {*moved, *_products(moved)}
    return {name: pin for name, pin in pins.items() if name in concerned or product_of_object(name) in _whole(moved)}


def _whole(moved: Mapping[str, Overlaid]) -> set[str]:
    return {name for name, own in moved.items() if own.kind is ObjectKind.PRODUCT}


def _pinned(sandbox: Environment, held: Mapping[str, Pin]) -> Diagnostic:
    name, pin = next(iter(held.items()))
    return Diagnostic(
        code="MW-S112",
        message=f"{_some(sorted(held))} {'is' if len(held) == 1 else 'are'} pinned in {pin.environment} "
        f"by {pin.by} since {pin.at:%Y-%m-%d %H:%M} UTC: {pin.reason}; nothing was changed",
        fix=f"promote and lift what is pinned: mw promote {sandbox.name} --unpin; or first: mw unpin {name}",
        object=name,
    )


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"
