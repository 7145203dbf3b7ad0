"""Node steps: for each dataset in scope, whether its version is there, must be built, waits or is blocked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from meshwright.checks.verdict import finding_words, rule_words
from meshwright.diagnostics import Diagnostic
from meshwright.model import Action, Node
from meshwright.model.outside import RunIf
from meshwright.plan.gates import Gate, GateOrder, judge
from meshwright.plan.inputs import (
    Blocker,
    PlanInputs,
    evidence_of_blockers,
    merge_blockers,
    problem_of_blockers,
)
from meshwright.plan.partwords import part_reasons, step_parts
from meshwright.plan.reasons import blocked_reasons, build_reasons, pending_reasons, reuse_reasons
from meshwright.plan.resolve import input_versions
from meshwright.plan.twins import Twins, new_twins
from meshwright.plan.values import DesiredNode, Step, StepAction, StepKind

_MADE = frozenset({StepAction.BUILD, StepAction.PENDING, StepAction.TOOL})


@dataclass(kw_only=True, slots=True)
class Walk:
    """What walking the datasets in order has found so far; `walk_nodes` fills it, later parts read it."""

    inputs: PlanInputs
    order: GateOrder
    twins: Twins
    #: Dataset -> its node step.
    steps: dict[str, Step] = field(default_factory=dict)
    #: Blocked dataset -> why.
    blocked: dict[str, tuple[Blocker, ...]] = field(default_factory=dict)
    #: Dataset -> what is known of its early rules.
    gates: dict[str, Gate] = field(default_factory=dict)
    #: Pending dataset -> the opaque datasets that will tell.
    waits_for: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def will_stand(self, dataset: str) -> bool:
        """Whether the dataset has, or gets by this plan, a version to read."""
        if self.inputs.in_scope(dataset) and dataset not in self.blocked:
            return True
        return dataset in self.inputs.observed.datasets

    def standing(self, dataset: str) -> str | None:
        """The version that rules on other datasets read of it; None while unknown."""
        if self.inputs.in_scope(dataset) and dataset not in self.blocked:
            return self.inputs.resolution.versions.get(dataset)
        return self.inputs.observed.datasets.get(dataset)

    def gate(self, dataset: str) -> Gate:
        """What is known of the dataset's early rules (looked up once, when the first reader or its test asks)."""
        if dataset not in self.gates:
            self.gates[dataset] = judge(
                self.inputs,
                self.inputs.resolution.versions.get(dataset),
                self.order.early.get(dataset, ()),
                will_stand=self.will_stand,
                standing=self.standing,
            )
        return self.gates[dataset]

    def late_gate(self, dataset: str) -> Gate:
        """What is known of the rules that gate only the dataset's publication."""
        return judge(
            self.inputs,
            self.inputs.resolution.versions.get(dataset),
            self.order.late.get(dataset, ()),
            will_stand=self.will_stand,
            standing=self.standing,
        )


def walk_nodes(inputs: PlanInputs, order: GateOrder) -> Walk:
    """Make the node step of every dataset in scope, inputs first."""
    walk = Walk(inputs=inputs, order=order, twins=new_twins(inputs.desired))
    for dataset in order.order:
        node = inputs.desired.nodes[dataset]
        found = input_versions(inputs.desired, node, inputs.resolution.versions, inputs.observed.standing)
        if dataset in inputs.desired.skipped:
            walk.steps[dataset] = _skipped_step(dataset, found)
            continue
        blockers = () if is_as_it_stands(inputs, dataset) else _blockers(walk, node, found)
        if blockers:
            walk.blocked[dataset] = blockers
            walk.steps[dataset] = _blocked_step(dataset, inputs.resolution.versions.get(dataset), found, blockers)
        else:
            walk.steps[dataset] = walk.twins.settle(inputs, node, _open_step(walk, node, found))
    return walk


def is_as_it_stands(inputs: PlanInputs, dataset: str) -> bool:
    """Whether the dataset's version is there and pointed to: nothing is built or moved, so nothing can hold it up.

    A rule that was tightened and fails on an input that is published refuses the input's new contract, not its readers.
    """
    version = inputs.resolution.versions.get(dataset)
    return (
        version is not None and version in inputs.observed.versions and version == inputs.observed.datasets.get(dataset)
    )


def node_key(dataset: str) -> str:
    """Return the key of a dataset's node step."""
    return f"build:{dataset}"


def gate_blockers(dataset: str, gate: Gate) -> tuple[Blocker, ...]:
    """Say why a gate stays shut whatever is measured; empty where it may still open."""
    stops = [
        Blocker(dataset=dataset, words=finding_words(spec, evidence), evidence=(evidence,))
        for spec, evidence in gate.stops
    ]
    absent = [
        Blocker(
            dataset=dataset,
            words=f"{rule_words(spec)} cannot be measured",
            problem=_absent_read(dataset, spec.id, read),
        )
        for spec, read in gate.unmeasurable
        if spec.action is Action.STOP
    ]
    return (*stops, *absent)


def _absent_read(dataset: str, check: str, read: str) -> Diagnostic:
    return Diagnostic(
        code="MW-P102",
        message=f"rule '{check}' of {dataset} reads {read}, which was never published in this environment",
        fix=f"run it too: select '{dataset} {read}'",
        object=dataset,
    )


def _blockers(walk: Walk, node: DesiredNode, found: Mapping[str, str | None]) -> tuple[Blocker, ...]:
    """Collect why the node cannot be built; empty where it can, or need not be."""
    inputs, dataset = walk.inputs, node.node.address
    groups: dict[str, tuple[Blocker, ...]] = {}
    for read, version in found.items():
        if version is None and not inputs.in_scope(read):
            groups[read] = (_never_published(node, read),)
    parents = inputs.desired.graph.parents.get(dataset, ()) if node.node.run_if is RunIf.SUCCESS else ()
    for parent in parents:
        if parent in walk.blocked:
            groups[parent] = walk.blocked[parent]
        elif parent in walk.steps and (shut := gate_blockers(parent, walk.gate(parent))):
            groups[parent] = shut
    own = _own_blockers(walk, node)
    if own:
        groups[dataset] = own
    return merge_blockers(groups) if groups else ()


def _never_published(node: DesiredNode, read: str) -> Blocker:
    problem = Diagnostic(
        code="MW-P101",
        message=f"{node.node.address} reads {read}, which was never published in this environment",
        span=node.node.span,
        fix=f"run it too: select '+{node.node.address}'",
        object=node.node.address,
    )
    return Blocker(dataset=read, words=f"input {read} was never published; run it too", problem=problem)


def _own_blockers(walk: Walk, node: DesiredNode) -> tuple[Blocker, ...]:
    """Why a node itself cannot go on: it is built in parts and cannot be, its source cannot be read, or a stop is recorded.

    The stop is one on a version that is gone: it would be built only to be refused again.
    """
    inputs, dataset = walk.inputs, node.node.address
    problem = inputs.resolution.problems.get(dataset)
    if problem is not None:
        return (Blocker(dataset=dataset, words=problem.message, problem=problem),)
    is_waiting = any(walk.steps[each].action in _MADE for each in node.node.after if each in walk.steps)
    is_source_open = node.node.source is not None and not is_waiting
    if is_source_open and inputs.resolution.versions.get(dataset) not in inputs.observed.versions:
        seen = inputs.observed.sources.get(dataset)
        if seen is None:
            return (Blocker(dataset=dataset, words="the source was not looked at", problem=_unseen(node)),)
        if seen.problem is not None:
            return (Blocker(dataset=dataset, words=seen.problem.message, problem=seen.problem),)
    version = inputs.resolution.versions.get(dataset)
    if version is None or version in inputs.observed.versions:
        return ()
    alone = tuple(spec for spec in walk.order.early.get(dataset, ()) if not spec.reads)
    gate = judge(inputs, version, alone, will_stand=walk.will_stand, standing=walk.standing)
    return gate_blockers(dataset, gate)


def _unseen(node: DesiredNode) -> Diagnostic:
    return Diagnostic(
        code="MW-P103",
        message=f"source {node.node.address} was not observed before planning",
        span=node.node.span,
        fix="run the command again; if it happens again, report it as a defect of meshwright",
        object=node.node.address,
    )


def _blocked_step(
    dataset: str, version: str | None, found: Mapping[str, str | None], blockers: tuple[Blocker, ...]
) -> Step:
    return Step(
        key=node_key(dataset),
        kind=StepKind.NODE,
        action=StepAction.BLOCKED,
        dataset=dataset,
        version=version,
        reasons=blocked_reasons(dataset, blockers),
        inputs=found,
        blocked_by=evidence_of_blockers(blockers),
        problem=problem_of_blockers(blockers),
    )


def _skipped_step(dataset: str, found: Mapping[str, str | None]) -> Step:
    """A node that a sandbox leaves out."""
    return Step(
        key=node_key(dataset),
        kind=StepKind.NODE,
        action=StepAction.SKIP,
        dataset=dataset,
        reasons=("left out in sandboxes ('sandbox: run' would run it)",),
        inputs=found,
    )


def _open_step(walk: Walk, node: DesiredNode, found: Mapping[str, str | None]) -> Step:
    """A node that nothing blocks: reuse what exists, build what is missing, wait for what is unknown."""
    inputs, dataset = walk.inputs, node.node.address
    version = inputs.resolution.versions.get(dataset)
    if version is not None and version in inputs.observed.versions:
        action, reasons = StepAction.REUSE, reuse_reasons(inputs, node, version)
    elif version is not None or dataset in inputs.resolution.triggers:
        action, reasons = StepAction.BUILD, build_reasons(inputs, node, version, found)
    else:
        waits = walk.waits_for[dataset] = _told_by(walk, node.node, found)
        action, reasons = StepAction.PENDING, pending_reasons(inputs, node, waits, found)
    if action is StepAction.BUILD and not node.node.has_dataset:
        action = StepAction.TOOL
    if node.node.when is not None and action is not StepAction.REUSE:
        reasons = (*reasons, f"when {node.node.when.text}")
    return Step(
        key=node_key(dataset),
        kind=StepKind.NODE,
        action=action,
        dataset=dataset,
        version=version,
        reasons=reasons if action is StepAction.REUSE else (*reasons, *part_reasons(inputs, node)),
        inputs=found,
        parts=step_parts(inputs, node, inputs.observed.versions.get(version) if version else None),
    )


def _told_by(walk: Walk, node: Node, found: Mapping[str, str | None]) -> tuple[str, ...]:
    """The opaque datasets whose builds make a pending version known."""
    told: dict[str, None] = {}
    for read, version in found.items():
        if version is None:
            told.update(dict.fromkeys(walk.waits_for.get(read, (read,))))
    # Where everything has a name, what is built first tells which intervals there are, or what a source holds.
    before = (*found, *node.after)
    return tuple(told) or tuple(each for each in before if each in walk.steps and walk.steps[each].action in _MADE)
