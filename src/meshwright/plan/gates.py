"""Gates: which rules stand between a dataset and its readers, and what recorded evidence says of them.

A rule that reads only its own dataset, or others that do not depend on it, is *early*: readers wait for it.
One that reads what is built from its dataset is *late*: it gates the publication alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import field

from meshwright.checks.spec import CheckSpec, Evidence, Outcome, others_identity
from meshwright.checks.verdict import is_blocking
from meshwright.frozen import dataclass
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


_NO_RULES = Gate()


def order_gates(desired: Desired) -> GateOrder:
    """Sort the rules of every dataset in scope into early and late. No set of rules can make a circle."""
    graph, scope = desired.graph, desired.scope
    position = {dataset: index for index, dataset in enumerate(graph.order)}
    scoped = tuple(dataset for dataset in graph.order if dataset in scope)
    waits = _Waits(graph=graph, position=position)
    early: dict[str, tuple[CheckSpec, ...]] = {}
    late: dict[str, tuple[CheckSpec, ...]] = {}
    for dataset in scoped:
        checks = desired.nodes[dataset].checks
        if not any(spec.reads for spec in checks):
            early[dataset] = checks
            continue
        children = graph.children.get(dataset, ())
        first: list[CheckSpec] = []
        last: list[CheckSpec] = []
        for spec in checks:
            reads = [read for read in spec.reads if read in scope and read != dataset]
            if any(waits.is_below(read, children) for read in reads):
                last.append(spec)
                continue
            first.append(spec)
            for read in reads:
                waits.add(read, children)
        early[dataset], late[dataset] = tuple(first), tuple(last)
    return GateOrder(early=early, late=late, order=scoped if waits.is_in_order else _order(scoped, waits))


@dataclass(kw_only=True, slots=True)
class _Waits:
    """Who must wait for whom: the graph, and what the early rules accepted so far add to it.

    Sets of datasets are whole numbers, one bit a dataset, so that a question costs no walk through the graph.
    """

    graph: Graph
    position: Mapping[str, int]
    #: Dataset that an early rule reads -> datasets that wait for that rule.
    extra: dict[str, set[str]] = field(default_factory=dict)
    #: Whether the graph's own order respects `extra`.
    is_in_order: bool = True
    #: Dataset -> itself and all below it in the graph; made when first needed.
    _below: dict[str, int] = field(default_factory=dict)

    def add(self, read: str, children: tuple[str, ...]) -> None:
        """Let `children` wait for `read`."""
        if children:
            self.extra.setdefault(read, set()).update(children)
            self.is_in_order = self.is_in_order and self._is_before(read, children)

    def is_below(self, dataset: str, tops: tuple[str, ...]) -> bool:
        """Whether `dataset` is one of `tops` or must wait for one."""
        if not tops or (self.is_in_order and self._is_before(dataset, tops)):
            return False
        reached = self._closure(tops)
        wanted = 1 << self.position[dataset]
        used: set[str] = set()
        is_growing = True
        while is_growing and not reached & wanted:
            is_growing = False
            for read, children in self.extra.items():
                if read not in used and reached >> self.position[read] & 1:
                    used.add(read)
                    reached |= self._closure(children)
                    is_growing = True
        return bool(reached & wanted)

    def _is_before(self, dataset: str, others: Collection[str]) -> bool:
        return self.position[dataset] < min(self.position[other] for other in others)

    def _closure(self, tops: Iterable[str]) -> int:
        if not self._below:
            for dataset in reversed(self.graph.order):
                found = 1 << self.position[dataset]
                for child in self.graph.children.get(dataset, ()):
                    found |= self._below[child]
                self._below[dataset] = found
        reached = 0
        for top in tops:
            reached |= self._below[top]
        return reached


def _order(scoped: tuple[str, ...], waits: _Waits) -> tuple[str, ...]:
    """The graph's own order, moved only as far as early rules demand."""
    inside = set(scoped)
    before = {dataset: inside.intersection(waits.graph.parents.get(dataset, ())) for dataset in scoped}
    for read, children in waits.extra.items():
        for child in inside.intersection(children):
            before[child].add(read)
    return topological(before, waits.position)


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
    if not specs:
        return _NO_RULES
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
