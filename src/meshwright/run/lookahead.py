"""Asks the state once for what binding the steps that became ready would ask for one by one."""

from __future__ import annotations

from collections.abc import Iterable

from meshwright.checks.spec import EvidenceKey
from meshwright.plan.identities import version_id
from meshwright.plan.sights import recipe_inputs
from meshwright.plan.values import Step, StepAction, StepKind
from meshwright.run.board import Board


def look_ahead(ready: Iterable[Step], board: Board) -> set[str]:
    """Put the versions and the evidence that `ready` steps may reuse on the board, with what is not recorded.

    Returns the versions that are there.

    What another run commits between this and the binding is not seen; the commit finds it (insert if absent).
    """
    versions: set[str] = set()
    keys: set[EvidenceKey] = set()
    for step in ready:
        is_settled = step.action is StepAction.BLOCKED or step.version in board.known
        if step.dataset is None or (is_settled and step.kind is StepKind.NODE):
            continue
        if step.kind is StepKind.NODE:
            desired = board.desired.nodes[step.dataset]
            inputs = board.inputs_of(step.dataset)
            is_plain = not desired.node.is_opaque and desired.node.incremental is None
            if is_plain and len(inputs) == len(set(desired.node.reads)):
                ids = {dataset: version.id for dataset, version in inputs.items()}
                hidden = [dataset for dataset, version in inputs.items() if version.is_restricted]
                versions.add(version_id(desired, recipe_inputs(board.desired.veil, desired, ids, hidden).ids))
        elif step.kind is StepKind.TEST:
            keys.update(key for spec in step.checks if (key := board.evidence_key(spec)) is not None)
    board.look_up(versions, keys)
    return versions & board.known.keys()
