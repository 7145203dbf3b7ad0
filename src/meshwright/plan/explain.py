"""`mw explain` of a dataset: why this version, this rebuild, this wait, this refusal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator

from meshwright.checks.spec import Evidence, others_identity
from meshwright.checks.verdict import finding_words, rule_words, value_words, verdict_word
from meshwright.model import ByInterval, ByMerging, plain_address, product_of
from meshwright.plan.inputs import PlanInputs
from meshwright.plan.partdepends import expected_class, input_dependences
from meshwright.plan.partwords import class_words
from meshwright.plan.resolve import known_inputs
from meshwright.plan.values import Desired, DesiredNode, Observed, Plan, Resolution, Step, StepAction

_SHORT = 12

_ACTIONS = {
    StepAction.BUILD: "it is to be built",
    StepAction.REUSE: "it is there and used as it is",
    StepAction.PENDING: "whether it is built is known only during the run",
    StepAction.BLOCKED: "it is blocked",
}


def explain_dataset(
    plan: Plan, desired: Desired, observed: Observed, dataset: str, windowed: Collection[str] | None = None
) -> tuple[str, ...]:
    """Return the lines that explain a dataset: what happens to it and why, its inputs, parameters, rules and publication.

    `windowed` are the inputs of which its intervals look at a window, where the plan tells.
    """
    node = desired.nodes.get(dataset)
    steps = {step.key: step for step in plan.steps}
    step = steps.get(f"build:{dataset}")
    pointed = observed.datasets.get(dataset)
    lines = [f"{dataset} in {observed.environment}"]
    if node is None:
        lines.append("  it is not in the mesh" + (f"; {_short(pointed)} is published still" if pointed else ""))
        return tuple(lines)
    lines.append(f"  published: {_short(pointed) if pointed else 'never'}")
    if step is None:
        lines.append("  it is outside the selection and stays as it is")
        return tuple(lines)
    lines.append(f"  version: {_short(step.version) if step.version else 'not known yet'}; {_ACTIONS[step.action]}")
    lines.extend(f"  because: {reason}" for reason in step.reasons)
    if step.action is StepAction.REUSE and not step.reasons:
        lines.append("  because: its definition, parameters, engine settings and inputs are what they were")
    lines.extend(_node_lines(node, step, observed))
    lines.extend(_part_lines(node, step, desired, windowed))
    lines.extend(_rule_lines(plan, node, step, desired, observed))
    lines.extend(_publication_lines(plan, dataset))
    return tuple(lines)


def _node_lines(node: DesiredNode, step: Step, observed: Observed) -> Iterator[str]:
    """Inputs with their versions, parameters, what was seen of a source."""
    before = observed.versions.get(observed.datasets.get(node.node.address, ""))
    for read, version in sorted(step.inputs.items()):
        shown = _short(version) if version else "not known yet"
        old = before.inputs.get(plain_address(read)) if before else None
        yield f"  input {read}: {shown}" + (f" (was {_short(old)})" if old and old != version else "")
    for name, value in sorted(node.params.items()):
        was = before.params.get(name, value) if before else value
        yield f"  parameter {name}: {value_words(value)}" + (f" (was {value_words(was)})" if was != value else "")
    seen = observed.sources.get(node.node.address)
    if seen is not None and seen.problem is None:
        count = len(seen.files)
        how = seen.strength.name.lower()
        yield f"  source: {count} file{'' if count == 1 else 's'}, {seen.size_bytes} bytes, observed by {how}"


def _part_lines(node: DesiredNode, step: Step, desired: Desired, windowed: Collection[str] | None) -> Iterator[str]:
    """How it is built in parts, what a version equals, and how its intervals depend on each input."""
    incremental = node.node.incremental
    if incremental is None:
        return
    version_class = step.parts.version_class if step.parts is not None else expected_class(desired, node)
    yield f"  class: {class_words(version_class)}"
    if isinstance(incremental, ByInterval):
        yield f"  parts: one for each {incremental.calendar.rule} of '{incremental.by}'{_further_words(incremental)}"
    elif isinstance(incremental, ByMerging):
        yield f"  rows: {incremental.merge.value} by {', '.join(incremental.key)} into the version before"
    else:
        yield "  parts: one for each time that something new came"
    if incremental.is_forward_only:
        yield "  forward only: parts of an earlier definition stay"
    for each in input_dependences(desired, node, windowed):
        yield f"  depends on {each.dataset}: {each.depends.value} ({each.why})"


def _further_words(spec: ByInterval) -> str:
    words = f"; looks back {_duration_words(spec.lookback)}" if spec.lookback else ""
    return words + (f"; the last {_duration_words(spec.keep)} are kept" if spec.keep is not None else "")


def _duration_words(duration: dt.timedelta) -> str:
    """Return ``2 days``, ``1 day 6:00:00``."""
    days, rest = duration.days, duration - dt.timedelta(days=duration.days)
    words = [f"{days} day{'' if days == 1 else 's'}"] if days else []
    return " ".join([*words, str(rest)] if rest or not words else words)


def _rule_lines(plan: Plan, node: DesiredNode, step: Step, desired: Desired, observed: Observed) -> Iterator[str]:
    """What is known of each rule on the version."""
    resolution = Resolution(
        versions={one.dataset: one.version for one in plan.steps if one.dataset and one.key.startswith("build:")},
        triggers={},
        unknown_triggers=frozenset(),
    )
    inputs = PlanInputs(desired=desired, observed=observed, resolution=resolution)
    for spec in node.checks:
        others = known_inputs({read: inputs.resolved(read) for read in spec.reads})
        evidence: Evidence | None = None
        if step.version is not None and others is not None:
            evidence = observed.evidence.get((step.version, spec.fingerprint, others_identity(others)))
        if evidence is None:
            yield f"  rule {spec.id} ({spec.action.value}): no evidence yet: {rule_words(spec)}"
        else:
            yield f"  rule {spec.id} ({spec.action.value}): {verdict_word(spec, evidence)}: {finding_words(spec, evidence)}"


def _publication_lines(plan: Plan, dataset: str) -> Iterator[str]:
    product = product_of(dataset)
    for step in plan.steps:
        if product in step.products:
            what = "is blocked" if step.action is StepAction.BLOCKED else "is planned"
            yield f"  publication of {', '.join(step.products)} {what}: {'; '.join(step.reasons)}"


def _short(version: str) -> str:
    return version[:_SHORT]
