"""Publish steps: which products move which pointers, what they wait for, and what holds them back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from meshwright.model import product_of
from meshwright.plan.inputs import Blocker, PlanInputs, evidence_of_blockers, merge_blockers, problem_of_blockers
from meshwright.plan.moves import ProductMoves, Standing, product_moves
from meshwright.plan.nodes import Walk, gate_blockers
from meshwright.plan.reasons import blocked_reasons, rule_change, shortened
from meshwright.plan.values import Desired, Observed, Step, StepAction, StepKind

FILES_CHANGED = "files of the product changed"
_NOTHING = Standing(datasets=MappingProxyType({}), ports=MappingProxyType({}), products=MappingProxyType({}))


def standing_by_product(observed: Observed) -> Mapping[str, Standing]:
    """Group an environment's pointers by product, in one pass."""
    datasets: dict[str, dict[str, str]] = {}
    ports: dict[str, dict[str, str]] = {}
    for dataset, version in observed.datasets.items():
        datasets.setdefault(product_of(dataset), {})[dataset] = version
    for port, revision in observed.ports.items():
        ports.setdefault(port.partition("/")[0], {})[port] = revision
    return {
        product: Standing(
            datasets=datasets.get(product, {}),
            ports=ports.get(product, {}),
            products={product: observed.products[product]} if product in observed.products else {},
        )
        for product in sorted({*datasets, *ports, *observed.products})
    }


def publish_key(products: tuple[str, ...]) -> str:
    """Return the key of the step that publishes these products together."""
    return f"publish:{products[0]}"


def publish_steps(walk: Walk, tests: Mapping[str, tuple[str, ...]]) -> dict[str, Step]:
    """Make the publish steps by key, upstream products first. `tests` is dataset -> keys of its test steps."""
    standing = standing_by_product(walk.inputs.observed)
    desired = walk.inputs.desired
    made: dict[str, Step] = {}
    unit_step: dict[str, Step] = {}
    seen: set[str] = set()
    if desired.is_together:
        touched = [product for unit in desired.graph.units for product in unit if _is_touched(desired, product)]
        products = (*touched, *sorted(desired.whole_products.difference(touched)))
        step = _unit_step(walk, products, standing, tests, unit_step) if products else None
        return {step.key: step} if step is not None else {}
    for unit in desired.graph.units:
        products = tuple(product for product in unit if _is_touched(desired, product))
        seen.update(products)
        if not products:
            continue
        step = _unit_step(walk, products, standing, tests, unit_step)
        if step is not None:
            made[step.key] = step
            unit_step.update(dict.fromkeys(unit, step))
    made = _after_what_rules_read(walk, made, unit_step)
    for product in sorted(desired.whole_products - seen):
        step = _emptied_step(desired, product, standing.get(product, _NOTHING))
        if step is not None:
            made[step.key] = step
    return made


def _after_what_rules_read(walk: Walk, made: dict[str, Step], unit_step: Mapping[str, Step]) -> dict[str, Step]:
    """Let a publication wait for those of the datasets that its rules read: they prove it by the versions that will stand.

    Rules make no order among datasets, and may read in a circle; what would close one is left out.
    """
    nodes = walk.inputs.desired.nodes
    for key in tuple(made):
        datasets = [dataset for product in made[key].products for dataset in _scoped(walk.inputs.desired, product)]
        reads = {read for dataset in datasets for spec in nodes[dataset].checks for read in spec.reads}
        found = {unit_step[product].key for product in map(product_of, reads) if product in unit_step}
        further = tuple(each for each in sorted(found - {key, *made[key].after}) if not _waits_for(made, each, key))
        if further:
            made[key] = replace(made[key], after=(*made[key].after, *further))
    return made


def _waits_for(made: Mapping[str, Step], key: str, other: str) -> bool:
    """Whether the publication `key` waits for `other`, through whatever publications."""
    seen: set[str] = set()
    waiting = [key]
    while waiting:
        each = waiting.pop()
        if each == other:
            return True
        if each not in seen:
            seen.add(each)
            waiting.extend(before for before in made[each].after if before in made)
    return False


def _is_touched(desired: Desired, product: str) -> bool:
    found = desired.mesh.product(product)
    return found is not None and any(dataset in desired.scope for dataset in found.datasets)


def _scoped(desired: Desired, product: str) -> tuple[str, ...]:
    found = desired.mesh.product(product)
    return tuple(dataset for dataset in found.datasets if dataset in desired.scope) if found else ()


def _unit_step(
    walk: Walk,
    products: tuple[str, ...],
    standing: Mapping[str, Standing],
    tests: Mapping[str, tuple[str, ...]],
    unit_step: Mapping[str, Step],
) -> Step | None:
    """The publish step of products that publish together; None where nothing moves and no rule refuses."""
    desired = walk.inputs.desired
    datasets = tuple(dataset for product in products for dataset in _scoped(desired, product))
    refused = _refusals(walk, datasets)
    reasons = tuple(
        reason for product in products for reason in _move_reasons(walk, product, standing.get(product, _NOTHING))
    )
    if not reasons and not refused:
        return None
    upstream = _upstream(walk, products, datasets, unit_step)
    blockers = _publish_blockers(walk, datasets, refused, upstream)
    after = dict.fromkeys(walk.steps[dataset].key for dataset in (*datasets, *_inner_steps(walk, products)))
    after.update(dict.fromkeys(key for dataset in datasets for key in tests.get(dataset, ())))
    after.update(dict.fromkeys(step.key for step, _ in upstream.values()))
    if blockers and not reasons:
        reasons = ("what is published stays",)
    return Step(
        key=publish_key(products),
        kind=StepKind.PUBLISH,
        action=StepAction.BLOCKED if blockers else StepAction.PUBLISH,
        products=products,
        reasons=(*blocked_reasons("", blockers), *reasons) if blockers else reasons,
        after=tuple(after),
        blocked_by=evidence_of_blockers(blockers),
        problem=problem_of_blockers(blockers),
    )


def _inner_steps(walk: Walk, products: tuple[str, ...]) -> tuple[str, ...]:
    """Return the nodes in scope of some products that yield no dataset and must go well before these are published."""
    found = (walk.inputs.desired.mesh.product(product) for product in products)
    return tuple(
        node.address
        for product in found
        if product is not None
        for node in product.nodes.values()
        if not node.has_dataset and not node.is_external and node.address in walk.steps
    )


def _refusals(walk: Walk, datasets: tuple[str, ...]) -> dict[str, tuple[Blocker, ...]]:
    """Recorded stops (and stop rules that cannot be measured) on the datasets that a unit publishes."""
    refused: dict[str, tuple[Blocker, ...]] = {}
    for dataset in datasets:
        if dataset in walk.blocked:
            continue
        found = (*gate_blockers(dataset, walk.gate(dataset)), *gate_blockers(dataset, walk.late_gate(dataset)))
        if found:
            refused[dataset] = found
    return refused


def _upstream(
    walk: Walk, products: tuple[str, ...], datasets: tuple[str, ...], unit_step: Mapping[str, Step]
) -> dict[str, tuple[Step, list[str]]]:
    """Publish steps of other products that these read, by key, with the datasets read that get a new version."""
    found: dict[str, tuple[Step, list[str]]] = {}
    inputs = walk.inputs
    for dataset in datasets:
        moves = _moves(inputs, dataset)
        for read in inputs.desired.nodes[dataset].node.reads:
            step = unit_step.get(product_of(read))
            if step is None or product_of(read) in products:
                continue
            news = found.setdefault(step.key, (step, []))[1]
            if moves and inputs.in_scope(read) and _moves(inputs, read):
                news.append(read)
    return found


def _moves(inputs: PlanInputs, dataset: str) -> bool:
    """Whether the dataset's pointer moves, as far as it is known: an unknown version may."""
    version = inputs.resolved(dataset)
    return version is None or version != inputs.observed.datasets.get(dataset)


def _publish_blockers(
    walk: Walk,
    datasets: tuple[str, ...],
    refused: Mapping[str, tuple[Blocker, ...]],
    upstream: Mapping[str, tuple[Step, list[str]]],
) -> tuple[Blocker, ...]:
    groups = dict(refused)
    groups.update({dataset: walk.blocked[dataset] for dataset in datasets if dataset in walk.blocked})
    for step, news in upstream.values():
        if news and step.action is StepAction.BLOCKED:
            named = shortened(sorted(set(news)))
            words = f"publication of {shortened(step.products)} is blocked, and with it the new {named}"
            groups[step.key] = (
                Blocker(dataset=step.products[0], words=words, evidence=step.blocked_by, problem=step.problem),
            )
    return merge_blockers(groups) if groups else ()


def _move_reasons(walk: Walk, product: str, before: Standing) -> tuple[str, ...]:
    """Why a product must be published, in words; empty where nothing moves."""
    inputs = walk.inputs
    scoped = _scoped(inputs.desired, product)
    versions = {dataset: inputs.resolution.versions.get(dataset) for dataset in scoped}
    unknown = [dataset for dataset in scoped if versions[dataset] is None]
    moves = product_moves(inputs.desired, product, before, versions)
    if moves.is_empty and not unknown:
        return ()
    is_new = product not in before.products
    reasons: list[str] = ["never published here"] if is_new else []
    moved = [dataset for dataset in scoped if moves.datasets.get(dataset) is not None]
    if moved and not is_new:
        reasons.append(f"new version of {shortened(moved)}")
    if unknown and not is_new:
        reasons.append(f"perhaps a new version of {shortened(unknown)}")
    reasons.extend(_port_reasons(walk, moves, before, is_new=is_new))
    reasons.extend(_removals(moves))
    return tuple(reasons) or (FILES_CHANGED,)


def _removals(moves: ProductMoves) -> list[str]:
    gone = [
        address for pointers in (moves.datasets, moves.ports) for address, found in pointers.items() if found is None
    ]
    return [f"{address} was removed from the mesh" for address in gone]


def _port_reasons(walk: Walk, moves: ProductMoves, before: Standing, *, is_new: bool) -> list[str]:
    """Words for ports that are new or whose contract changed."""
    inputs = walk.inputs
    reasons: list[str] = []
    for address, revision in moves.ports.items():
        if revision is None:
            continue
        if address not in before.ports:
            reasons.extend(() if is_new else (f"port {address} is new",))
            continue
        specs = [
            spec
            for dataset in inputs.desired.ports[address].datasets
            if dataset in inputs.desired.nodes
            for spec in inputs.desired.nodes[dataset].checks
            if spec.port == address
        ]
        changes = [change for spec in specs if (change := rule_change(inputs, spec)) is not None]
        reasons.extend(dict.fromkeys(changes) if changes else (f"contract of {address} changed",))
    return reasons


def _emptied_step(desired: Desired, product: str, before: Standing) -> Step | None:
    """The publish step of a product that lost all its datasets, or is gone from the mesh; it waits for nothing."""
    is_known = bool(before.products or before.datasets or before.ports)
    moves = product_moves(desired, product, before, {})
    if not is_known or moves.is_empty:
        return None
    is_gone = desired.mesh.product(product) is None
    return Step(
        key=publish_key((product,)),
        kind=StepKind.PUBLISH,
        action=StepAction.PUBLISH,
        products=(product,),
        reasons=(("product removed",) if is_gone else tuple(_removals(moves))) or (FILES_CHANGED,),
    )
