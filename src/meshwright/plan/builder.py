"""The one builder of plans: `plan` prints what it returns, `run` does it.

Read in this order: `gates` (which rules gate what), `nodes` (what happens to each dataset), here (tests and
the order of all steps), `publish` (which pointers move).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from meshwright.checks.spec import CheckSpec
from meshwright.diagnostics import Diagnostic
from meshwright.model import Action, Strength, product_of
from meshwright.plan.affected import find_affected
from meshwright.plan.changes import find_changes
from meshwright.plan.gates import Gate, order_gates
from meshwright.plan.inputs import PlanInputs, evidence_of_blockers, problem_of_blockers
from meshwright.plan.nodes import Walk, gate_blockers, node_key, walk_nodes
from meshwright.plan.ordering import topological
from meshwright.plan.publish import publish_steps
from meshwright.plan.reasons import blocked_reasons, test_reasons
from meshwright.plan.values import (
    Affected,
    Desired,
    Observed,
    Plan,
    Resolution,
    Step,
    StepAction,
    StepKind,
)

#: What a weak observation may miss.
_WEAK_WORDS = {
    Strength.UNSEEN: "tells nothing before it is read: every run reads it",
    Strength.HIGH_WATER_MARK: "is observed by a high-water mark alone: a change that keeps it goes unseen",
    Strength.SIZE_AND_TIME: "is observed by size and time alone: a change that keeps it goes unseen",
}


def build_plan(desired: Desired, observed: Observed, resolution: Resolution, *, retest: bool = False) -> Plan:
    """Return the ordered steps that take the environment from observed to desired.

    `observed` must hold every version pointed to and every resolved one that exists, and the evidence of
    `evidence_keys`. With `retest` recorded evidence does not count: every rule is measured again.
    """
    inputs = PlanInputs(desired=desired, observed=observed, resolution=resolution, retest=retest)
    walk = walk_nodes(inputs, order_gates(desired))
    tests, notes = _test_steps(walk)
    keys: dict[str, tuple[str, ...]] = {}
    for key, step in tests.items():
        keys[str(step.dataset)] = (*keys.get(str(step.dataset), ()), key)
    publishes = publish_steps(walk, keys)
    nodes = {
        step.key: replace(step, after=_node_after(walk, dataset, tests, publishes))
        for dataset, step in walk.steps.items()
    }
    return Plan(
        environment=observed.environment,
        generation=observed.generation,
        steps=_in_order(walk, {**nodes, **tests, **publishes}),
        affected=_affected(walk, publishes.values()),
        changes=find_changes(inputs),
        notes=(*notes, *_weak_sources(inputs)),
    )


def _test_steps(walk: Walk) -> tuple[dict[str, Step], list[str]]:
    """Make the test steps by key, and notes on rules that cannot be measured and stop nothing."""
    made: dict[str, Step] = {}
    notes: list[str] = []
    for dataset in walk.order.order:
        if dataset in walk.blocked:
            continue
        for prefix, gate in (("test", walk.gate(dataset)), ("late-test", walk.late_gate(dataset))):
            step = _test_step(walk, f"{prefix}:{dataset}", dataset, gate)
            if step is not None:
                made[step.key] = step
            notes.extend(
                f"rule `{spec.id}` of {dataset} is not measured: {read} was never published"
                for spec, read in gate.unmeasurable
                if spec.action is not Action.STOP
            )
    return made, notes


def _test_step(walk: Walk, key: str, dataset: str, gate: Gate) -> Step | None:
    """The step that measures what has no evidence; None where there is nothing to measure or a stop is on record."""
    if gate.stops:
        return None
    inputs = walk.inputs
    shut = gate_blockers(dataset, gate)
    if shut:
        return Step(
            key=key,
            kind=StepKind.TEST,
            action=StepAction.BLOCKED,
            dataset=dataset,
            version=inputs.resolution.versions.get(dataset),
            reasons=blocked_reasons(dataset, shut),
            after=(node_key(dataset),),
            checks=tuple(spec for spec, _ in gate.unmeasurable),
            blocked_by=evidence_of_blockers(shut),
            problem=problem_of_blockers(shut),
        )
    if not gate.missing:
        return None
    is_new = walk.steps[dataset].action in {StepAction.BUILD, StepAction.PENDING}
    return Step(
        key=key,
        kind=StepKind.TEST,
        action=StepAction.TEST,
        dataset=dataset,
        version=inputs.resolution.versions.get(dataset),
        reasons=test_reasons(inputs, gate.missing, is_new=is_new),
        after=_test_after(walk, dataset, gate.missing),
        checks=gate.missing,
    )


def _test_after(walk: Walk, dataset: str, specs: Iterable[CheckSpec]) -> tuple[str, ...]:
    """A test waits for its dataset and for what its rules read besides, where this plan brings that about."""
    reads = {read for spec in specs for read in spec.reads if read in walk.steps and read not in walk.blocked}
    return tuple(dict.fromkeys((node_key(dataset), *(node_key(read) for read in sorted(reads)))))


def _node_after(walk: Walk, dataset: str, tests: Mapping[str, Step], publishes: Mapping[str, Step]) -> tuple[str, ...]:
    """A node waits for the nodes it reads or comes after, and for their early tests; an external one for publication."""
    after: list[str] = [node_key(walk.twins.of[dataset])] if dataset in walk.twins.of else []
    for parent in walk.inputs.desired.graph.parents.get(dataset, ()):
        if parent in walk.steps:
            after.append(node_key(parent))
        if f"test:{parent}" in tests:
            after.append(f"test:{parent}")
    if walk.inputs.desired.nodes[dataset].node.is_external:
        product = product_of(dataset)
        after += [key for key, step in publishes.items() if product in step.products]
    return tuple(after)


def _in_order(walk: Walk, steps: dict[str, Step]) -> tuple[Step, ...]:
    """List the steps so that each follows what it waits for, as near to the order of datasets as that allows."""
    place = {dataset: index for index, dataset in enumerate(walk.order.order)}
    products = walk.inputs.desired.mesh.product
    rank: dict[str, tuple[int, int, str]] = {}
    for key, step in steps.items():
        if step.dataset is not None:
            late = 2 if key.startswith("late-") else int(step.kind is StepKind.TEST)
            rank[key] = (place[step.dataset], late, key)
            continue
        members = [
            place[name]
            for found in map(products, step.products)
            if found
            for name, node in ((node.address, node) for node in found.nodes.values())
            if name in place and not node.is_external
        ]
        rank[key] = (max(members, default=len(place)), 3, key)
    order = topological({key: step.after for key, step in steps.items()}, rank)
    return tuple(steps[key] for key in order)


def _affected(walk: Walk, publishes: Iterable[Step]) -> tuple[Affected, ...]:
    """Who sees what this plan builds, may build, or points to anew."""
    observed = walk.inputs.observed
    changed = {
        dataset
        for dataset, step in walk.steps.items()
        if step.action in {StepAction.BUILD, StepAction.PENDING}
        or (step.action is StepAction.REUSE and step.version != observed.datasets.get(dataset))
    }
    for step in publishes:
        if step.action is StepAction.PUBLISH:
            changed.update(_port_changes(walk.inputs, step))
    return find_affected(walk.inputs.desired, changed, observed.outside)


def _port_changes(inputs: PlanInputs, step: Step) -> Iterable[str]:
    """Datasets of ports whose standing contract changes with a publish step."""
    for product in step.products:
        found = inputs.desired.mesh.product(product)
        if found is None or product not in inputs.desired.whole_products:
            continue
        for port in found.ports.values():
            desired, standing = inputs.desired.ports.get(port.address), inputs.observed.ports.get(port.address)
            if desired is not None and standing is not None and desired.revision != standing:
                yield from port.datasets


def _weak_sources(inputs: PlanInputs) -> Iterable[str]:
    """Name the sources whose observation may miss a change."""
    for dataset in sorted(inputs.desired.scope):
        seen = inputs.observed.sources.get(dataset)
        if seen is not None and seen.problem is None and seen.strength < Strength.SNAPSHOT:
            yield f"{dataset} {_WEAK_WORDS[seen.strength]}"


def plan_problems(plan: Plan) -> tuple[Diagnostic, ...]:
    """Return the diagnostics that block steps of a plan, each once, in step order."""
    return tuple(dict.fromkeys(step.problem for step in plan.steps if step.problem is not None))
