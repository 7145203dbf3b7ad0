"""Gates: which rules stand between a dataset and its readers, and what recorded evidence says of them.

A rule that reads only its own dataset, or others that do not depend on it, is *early*: readers wait for it.
One that reads what is built from its dataset is *late*: it gates the publication alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from meshwright.checks.spec import CheckSpec, Evidence, Outcome, others_identity
from meshwright.checks.verdict import is_blocking
from meshwright.graph.dag import Graph
from meshwright.plan.inputs import PlanInputs
from meshwright.plan.ordering import topological
from meshwright.plan.values import Desired


@dataclass(frozen=True, kw_only=True, slots=True)
class GateOrder:
    """The rules of each dataset by when they gate, and an order of datasets that respects the early ones."""

    early: Mapping[str, tuple[CheckSpec, ...]]
    late: Mapping[str, tuple[CheckSpec, ...]]
    #: Datasets in scope; whatever an early rule reads stands before the readers of the rule's dataset.
    order: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Gate:
    """What is known of some rules on one version."""

    #: Broken stop rules with their evidence.
    stops: tuple[tuple[CheckSpec, Evidence], ...] = ()
    #: Rules that must be measured.
    missing: tuple[CheckSpec, ...] = ()
    #: Rules that cannot be measured, with the dataset that is not there.
    unmeasurable: tuple[tuple[CheckSpec, str], ...] = ()


def order_gates(desired: Desired) -> GateOrder:
    """Sort the rules of every dataset in scope into early and late. No set of rules can make a circle."""
    graph, scope = desired.graph, desired.scope
    position = {dataset: index for index, dataset in enumerate(graph.order)}
    scoped = tuple(dataset for dataset in graph.order if dataset in scope)
    extra: dict[str, set[str]] = {}
    early: dict[str, tuple[CheckSpec, ...]] = {}
    late: dict[str, tuple[CheckSpec, ...]] = {}
    is_in_order = True
    for dataset in scoped:
        if not desired.nodes[dataset].checks:
            continue
        children = graph.children.get(dataset, ())
        first_child = min((position[child] for child in children), default=len(position))
        first: list[CheckSpec] = []
        last: list[CheckSpec] = []
        for spec in desired.nodes[dataset].checks:
            reads = [read for read in spec.reads if read in scope and read != dataset]
            ahead = [read for read in reads if not (is_in_order and position[read] < first_child)]
            if any(_is_below(read, children, graph, extra) for read in ahead):
                last.append(spec)
                continue
            first.append(spec)
            for read in reads if children else ():
                extra.setdefault(read, set()).update(children)
                is_in_order = is_in_order and position[read] < first_child
        early[dataset], late[dataset] = tuple(first), tuple(last)
    order = scoped if is_in_order else _order(scoped, graph, extra, position)
    return GateOrder(early=early, late=late, order=order)


def _is_below(dataset: str, tops: tuple[str, ...], graph: Graph, extra: Mapping[str, set[str]]) -> bool:
    """Whether `dataset` is one of `tops` or waits for one, by the graph or by early rules already accepted."""
    seen: set[str] = set(tops)
    if dataset in seen:
        return True
    children = tops
    waiting = list(children)
    while waiting:
        found = waiting.pop()
        if found == dataset:
            return True
        for child in (*graph.children.get(found, ()), *extra.get(found, ())):
            if child not in seen:
                seen.add(child)
                waiting.append(child)
    return False


def _order(
    scoped: tuple[str, ...], graph: Graph, extra: Mapping[str, set[str]], position: Mapping[str, int]
) -> tuple[str, ...]:
    """The graph's own order, moved only as far as early rules demand."""
    inside = set(scoped)
    before: dict[str, set[str]] = {dataset: inside.intersection(graph.parents.get(dataset, ())) for dataset in scoped}
    for read, children in extra.items():
        for child in inside.intersection(children):
            before[child].add(read)
    return topological(before, position)


def judge(
    inputs: PlanInputs,
    version: str | None,
    specs: tuple[CheckSpec, ...],
    *,
    will_stand: Callable[[str], bool],
    standing: Callable[[str], str | None],
) -> Gate:
    """Look at recorded evidence for `specs` on `version` (None: not known yet, so there can be none).

    `will_stand` says whether another dataset has or will have a version, `standing` which one as far as
    it is known. A recorded error counts as no evidence: it is tried again.
    """
    stops: list[tuple[CheckSpec, Evidence]] = []
    missing: list[CheckSpec] = []
    unmeasurable: list[tuple[CheckSpec, str]] = []
    for spec in specs:
        absent = next((read for read in spec.reads if not will_stand(read)), None)
        if absent is not None:
            unmeasurable.append((spec, absent))
            continue
        evidence = None if inputs.retest or version is None else recorded(inputs, version, spec, standing)
        if evidence is None or evidence.outcome is Outcome.ERROR:
            missing.append(spec)
        elif is_blocking(spec, evidence):
            stops.append((spec, evidence))
    return Gate(stops=tuple(stops), missing=tuple(missing), unmeasurable=tuple(unmeasurable))


def recorded(
    inputs: PlanInputs, version: str, spec: CheckSpec, standing: Callable[[str], str | None]
) -> Evidence | None:
    """Return the evidence of a rule on a version and on what its query reads besides; None where there is none."""
    others = {read: standing(read) for read in spec.reads}
    known = {read: found for read, found in others.items() if found is not None}
    if len(known) != len(others):
        return None
    return inputs.observed.evidence.get((version, spec.fingerprint, others_identity(known)))
