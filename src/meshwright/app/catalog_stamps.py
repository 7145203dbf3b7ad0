"""What an answer of the catalog was made from, as a value: equal, and the answer is the same. Cheaper than any answer.

What counts of an environment, and of what a sandbox lies over, is in `state.lookups.stamp`: 0.02 ms on SQLite. Without what
a server keeps there are no stamps.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from meshwright.app.opened import open_mesh
from meshwright.app.workspace import Workspace
from meshwright.model import plain_address


def shown_stamp(workspace: Workspace, environment: str) -> Hashable | None:
    """Return what changes with files, and with what an environment shows (pointers, manifests, contracts), and with what
    outside tools tell.

    Raises InputError (MW-R013) for an unknown environment.
    """
    if workspace.kept is None:
        return None
    with open_mesh(workspace, environment) as opened:
        state = opened.state
        return (opened.files_identity, replace(state.lookups.stamp(environment), verdict=0), state.outside.stamp())


def evidence_stamp(workspace: Workspace, environment: str, dataset: str) -> Hashable | None:
    """Return what changes with that, with any evidence, and with the versions of a dataset.

    None where more goes into what is said of it: of what a tool makes, its newest job; of what was never published, what
    the place looks like that it is read from. Raises InputError (MW-R013) for an unknown environment.
    """
    if workspace.kept is None:
        return None
    with open_mesh(workspace, environment) as opened:
        node, lookups = opened.mesh.node(dataset), opened.state.lookups
        if node is None or node.outside is not None or node.table_of is not None:
            return None
        stamp = lookups.stamp(environment)
        if dataset not in lookups.pointers_of(environment, [dataset]):
            return None
        newest = lookups.newest_versions(plain_address(dataset))
        return (opened.files_identity, stamp, newest, opened.state.outside.stamp())
