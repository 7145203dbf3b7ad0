"""What a sandbox is provisioned with, as it is shown: components, parameters, how far each node is, what it left."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any  # values of others

from meshwright.frozen import dataclass
from meshwright.model import Scalar
from meshwright.model.outside import outcome_of
from meshwright.model.provisions import progress_at, progress_of, provisions_of
from meshwright.state.records import Provisioning


@dataclass(frozen=True, kw_only=True, slots=True)
class ProvisionedNode:
    """A node of a component, and what came of it."""

    name: str
    tool: str
    #: ``waiting``, ``begun``, ``done``, ``undoing``, ``undone`` or ``left``.
    state: str
    has_undo: bool
    values: Mapping[str, Any]
    #: Where the tool itself shows the job.
    url: str | None
    error: str | None
    #: The run that did it, or tried last: its log tells more.
    run_id: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ProvisionedWith:
    """A component that a sandbox is provisioned with."""

    name: str
    #: Name and version.
    component: str
    params: Mapping[str, Scalar]
    nodes: tuple[ProvisionedNode, ...]


def provisioned_with(record: Provisioning | None) -> tuple[ProvisionedWith, ...]:
    """Return what a sandbox is provisioned with, in the order in which it is done."""
    if record is None:
        return ()
    progress = progress_of(record.progress)
    found = []
    for provision in provisions_of(record.document):
        nodes = []
        for node in provision.nodes:
            each = progress_at(progress, provision, node)
            outcome = outcome_of(each.outcome) if each.outcome is not None else None
            nodes.append(
                ProvisionedNode(
                    name=node.name,
                    tool=node.job.tool,
                    state=each.state.value,
                    has_undo=node.undo is not None,
                    values=outcome.values if outcome is not None else {},
                    url=outcome.url if outcome is not None else None,
                    error=each.error,
                    run_id=each.run_id,
                )
            )
        found.append(
            ProvisionedWith(
                name=provision.name, component=provision.component, params=provision.params, nodes=tuple(nodes)
            )
        )
    return tuple(found)
