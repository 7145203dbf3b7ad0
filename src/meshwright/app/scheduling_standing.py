"""Whether files that arrived long ago are still there: forgotten, they would arrive again."""

from __future__ import annotations

from meshwright.app.environments import OpenedState
from meshwright.app.scheduling_files import seen_file
from meshwright.diagnostics import Diagnostic
from meshwright.state.records import OldEvent


class FilesStanding:
    """Looks at files by the events that tell of them."""

    def __init__(self, opened: OpenedState) -> None:
        self._root = opened.workspace.root
        self._failed: dict[str, Diagnostic] = {}

    @property
    def failed(self) -> tuple[Diagnostic, ...]:
        """What could not be looked at; its events are kept."""
        return tuple(self._failed.values())

    def is_there(self, event: OldEvent) -> bool:
        """Whether the file of an event is there as it was, or nobody can tell."""
        path = event.id.rsplit(" ", 2)[0]
        seen = seen_file(self._root, path)
        return seen is not None and seen.id == event.id
