"""What an answer of the catalog was made from, as a value: equal, and the answer is the same. Cheaper than any answer.

What is taken together of a sandbox, of its base and of the mesh's files is in `state.lookups.stamp` and the loaded mesh's
identity: 0.02 ms on SQLite. Without what a server keeps there are no stamps.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace

from meshwright.app.workspace import Workspace
from meshwright.model import plain_address


def shown_stamp(workspace: Workspace, environment: str) -> Hashable | None:
    """Return what changes with files, and with what an environment shows: pointers, manifests, contracts."""
    kept = workspace.kept
    if kept is None:
        return None
    stamp = kept.state().lookups.stamp(environment)
    return (kept.loaded().identity, replace(stamp, verdict=0))


def evidence_stamp(workspace: Workspace, environment: str, dataset: str) -> Hashable | None:
    """Return what changes with that, with any evidence, and with the versions of a dataset.

    None where more goes into what is said of it: of what a tool makes, its newest job; of what was never published, what
    the place looks like that it is read from.
    """
    kept = workspace.kept
    if kept is None:
        return None
    loaded, state = kept.loaded(), kept.state()
    node = loaded.mesh.node(dataset) if loaded.mesh is not None else None
    if node is None or node.outside is not None or node.table_of is not None:
        return None
    stamp = state.lookups.stamp(environment)
    if dataset not in state.lookups.pointers_of(environment, [dataset]):
        return None
    return (loaded.identity, stamp, state.lookups.newest_versions(plain_address(dataset)))
