"""Whether files that arrived long ago are still there: forgotten, they would arrive again."""

from __future__ import annotations

from meshwright.app.environments import OpenedState
from meshwright.app.opened import open_mesh
from meshwright.app.scheduling_files import seen_file
from meshwright.app.scheduling_mesh import trigger_table
from meshwright.app.scheduling_remote import list_elsewhere
from meshwright.diagnostics import Diagnostic, MeshwrightError
from meshwright.model.triggers import OnFile, Trigger
from meshwright.state.records import OldEvent


class FilesStanding:
    """Looks at files by the events that tell of them; a store elsewhere is listed once for each trigger."""

    def __init__(self, opened: OpenedState) -> None:
        self._workspace = opened.workspace
        self._lister = list_elsewhere(opened.workspace.root)
        self._failed: dict[str, Diagnostic] = {}
        #: Source of events -> ids of what is there; None where nobody can tell.
        self._there: dict[str, frozenset[str] | None] = {}
        #: Triggers by address; None where the mesh cannot be read whole.
        self._triggers: dict[str, Trigger] | None = None
        self._is_read = False

    @property
    def failed(self) -> tuple[Diagnostic, ...]:
        """What could not be looked at; its events are kept."""
        return tuple(self._failed.values())

    def is_there(self, event: OldEvent) -> bool:
        """Whether the file of an event is there as it was, or nobody can tell."""
        path = event.id.rsplit(" ", 2)[0]
        if "://" in path:
            there = self._elsewhere(event.source)
            return there is None or event.id in there
        seen = seen_file(self._workspace.root, path)
        return seen is not None and seen.id == event.id

    def _elsewhere(self, source: str) -> frozenset[str] | None:
        if source not in self._there:
            self._there[source] = self._listed(source)
        return self._there[source]

    def _listed(self, source: str) -> frozenset[str] | None:
        """List what is there for the trigger that events are for; nothing for one that is gone."""
        try:
            triggers = self._table()
            if triggers is None:
                return None
            trigger = triggers.get(source.rpartition("/")[2])
            if trigger is None or not isinstance(trigger.fires, OnFile) or not trigger.fires.is_elsewhere:
                return frozenset()
            return frozenset(seen.id for seen in self._lister(trigger))
        except MeshwrightError as error:
            self._failed[source] = error.first
            return None

    def _table(self) -> dict[str, Trigger] | None:
        if not self._is_read:
            self._is_read = True
            with open_mesh(self._workspace, "prod") as opened:
                table = trigger_table(opened)
                self._triggers = table.triggers if table.is_whole else None
        return self._triggers
