"""What schedulers have to know of the mesh, as values: its triggers, and by when its datasets are late.

Whoever looks loads the whole mesh for it. `LooksHere` does that in the process that asks, for one that ends soon;
`app.scheduling_apart` in another one, for a worker that lives as long as a server and has no other use for a mesh.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Protocol

from meshwright.app.opened import open_mesh
from meshwright.app.scheduling_late import Lateness, measure_lateness
from meshwright.app.scheduling_mesh import TriggerTable, trigger_table
from meshwright.app.workspace import Workspace
from meshwright.files.seen import SeenFiles, seen_files
from meshwright.frozen import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundTriggers:
    """The triggers of a mesh."""

    table: TriggerTable
    #: For as long as these files look so, and nothing is published, they are the same; None: that cannot be told.
    seen: SeenFiles | None


class Looks(Protocol):
    """Looks at the mesh."""

    def triggers(self, environment: str) -> FoundTriggers:
        """Return the triggers. Raises InputError, RefusedError where there is no such mesh or environment, WorldError."""
        ...

    def lateness(self, environment: str, measured: Mapping[str, str]) -> Lateness:
        """Return what is to be known of late data, but for the versions that were `measured`. Raises MeshwrightError."""
        ...


class LooksHere:
    """Implements `Looks` in this process."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def triggers(self, environment: str) -> FoundTriggers:
        """Load the mesh and return its triggers."""
        with open_mesh(self._workspace, environment) as opened:
            table = trigger_table(opened)
            seen = seen_files(opened.marks, time.time_ns()) if table.is_whole else None
        return FoundTriggers(table=table, seen=seen)

    def lateness(self, environment: str, measured: Mapping[str, str]) -> Lateness:
        """Load the mesh, and measure what is new."""
        return measure_lateness(self._workspace, environment, measured)
