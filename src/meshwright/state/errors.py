"""The refusals of the state: a pointer that moved, a lease that was lost, a database from the future."""

from __future__ import annotations

from meshwright.diagnostics import Diagnostic, InputError, RefusedError


class Conflict(RefusedError):
    """A publication expected revisions that do not stand: someone published in between. Nothing was changed."""

    def __init__(self, *diagnostics: Diagnostic, objects: tuple[str, ...] = ()) -> None:
        super().__init__(*diagnostics)
        #: Every object whose standing revision is not the expected one, sorted.
        self.objects = objects


class Fenced(RefusedError):
    """The run's lease is not its own any more: taken over, released or expired. Nothing was changed."""


class NewerDatabase(InputError):
    """The database was written by a later release, whose tables this one cannot know. Nothing was changed."""
