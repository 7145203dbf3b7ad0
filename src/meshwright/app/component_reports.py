"""What the verbs on components answer."""

from __future__ import annotations

from meshwright.frozen import dataclass
from meshwright.model import Component, ComponentUse
from meshwright.plan.movable import ComponentMove

__all__ = ["Component", "ComponentMove", "ComponentState", "ComponentUse", "ComponentsReport", "LockReport"]


@dataclass(frozen=True, kw_only=True, slots=True)
class ComponentState:
    """A component with all its versions and users."""

    name: str
    #: Oldest first.
    versions: tuple[Component, ...]
    uses: tuple[ComponentUse, ...]

    @property
    def newest(self) -> Component:
        """The version that is newest."""
        return self.versions[-1]


@dataclass(frozen=True, kw_only=True, slots=True)
class ComponentsReport:
    """Answer of `component list` and, with one component, of `component show`."""

    components: tuple[ComponentState, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class LockReport:
    """Answer of `component lock` and `component update`."""

    #: Uses that stand at another version than before, or that the lock file holds for the first time (version empty).
    moves: tuple[ComponentMove, ...]
    #: Uses that the lock file held, and that are gone.
    dropped: tuple[str, ...]
    #: Files written and removed, relative to the mesh root.
    written: tuple[str, ...]
    removed: tuple[str, ...]
    #: Uses that could move, but not in the range that they ask for.
    beyond: tuple[ComponentMove, ...] = ()
    #: Whether nothing was written, because nothing was to be.
    is_dry: bool = False
