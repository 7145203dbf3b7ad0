"""When an opaque node runs although its code, parameters and inputs are as before: `refresh`, and being asked to.

The trigger key holds what was observed. A node on a schedule looks at nothing outside, so its key has no observation; one
that must run in this run is looked up under the run alone, so that neither a resume nor a second plan runs it twice.
"""

from __future__ import annotations

from meshwright.model import Node, Refresh
from meshwright.plan.values import Desired


def runs_anyway(desired: Desired, dataset: str) -> str | None:
    """Say why an opaque node runs whatever came of it before; None where that decides."""
    node = desired.nodes[dataset].node
    if not node.is_opaque:
        return None
    if dataset in desired.refreshed:
        return "asked to run again"
    if desired.is_together and not node.is_external:
        return None  # a promotion takes what the sandbox made
    return "refresh: always" if node.refresh is Refresh.ALWAYS else None


def standing_observation(node: Node, seen: str, environment: str) -> str:
    """Return what stands in the trigger key for what was seen of the node's outside.

    Effects outside happen once in each environment: what was told there was not told here.
    """
    if node.is_external:
        return f"environment {environment}"
    return "" if node.refresh is Refresh.SCHEDULE else seen


def run_observation(run_id: str) -> str:
    """Return what stands in the trigger key of a node that runs anyway."""
    return f"run {run_id}"
