"""Twins: datasets of one plan with the same recipe. The first is built, the others take what it makes.

They come of variations that change nothing for a node: its plain dataset and the variation's, or those of two variations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from meshwright.model import identity, plain_address, variation_of
from meshwright.plan.inputs import PlanInputs
from meshwright.plan.values import Desired, DesiredNode, Step, StepAction

_MADE = frozenset({StepAction.BUILD, StepAction.PENDING})


@dataclass(kw_only=True, slots=True)
class Twins:
    """What of a plan has been seen so far, by recipe; filled while the datasets are walked in order."""

    #: Whether there can be any: only variations make them.
    is_possible: bool
    #: Recipe -> the first dataset of it that this plan builds.
    first: dict[str, str] = field(default_factory=dict)
    #: Dataset -> the first one of the same recipe.
    of: dict[str, str] = field(default_factory=dict)

    def settle(self, inputs: PlanInputs, node: DesiredNode, step: Step) -> Step:
        """Return the step of a dataset: as it is where it is the first of its recipe, else one that takes what is made."""
        if not self.is_possible or step.action not in _MADE:
            return step
        dataset = node.node.address
        first = self.first.setdefault(self._recipe(inputs, node, step), dataset)
        if first == dataset:
            return step
        self.of[dataset] = first
        action = StepAction.REUSE if step.version is not None else StepAction.PENDING
        return replace(step, action=action, reasons=(f"the same as {first}, which this plan builds",))

    def _recipe(self, inputs: PlanInputs, node: DesiredNode, step: Step) -> str:
        """The version's id or trigger where known; else what they will be made of, inputs by their first twin."""
        known = step.version or inputs.resolution.triggers.get(node.node.address)
        if known is not None:
            return known
        return identity(
            "mwtwin1",
            plain_address(node.node.address),
            node.fingerprint,
            dict(node.params),
            node.engine,
            self._inputs(step.inputs),
        )

    def _inputs(self, found: Mapping[str, str | None]) -> dict[str, str]:
        return {plain_address(read): version or self.of.get(read, read) for read, version in found.items()}


def new_twins(desired: Desired) -> Twins:
    """Start looking for twins."""
    return Twins(is_possible=any(variation_of(dataset) for dataset in desired.scope))
