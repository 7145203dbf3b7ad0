"""Terms of a move: what its caller knows of the environment, and which domains' products it may move."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from meshwright.diagnostics import Diagnostic, RefusedError
from meshwright.frozen import dataclass
from meshwright.model import domain_of

#: Raises where pointers of these domains may not be moved.
Permit = Callable[[frozenset[str]], object]


def anybody(domains: frozenset[str]) -> None:
    """Let everything be moved: who works where the mesh lies may."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Terms:
    """What must hold for a move to be made."""

    #: The generation that the environment must have; None for any.
    generation: int | None = None
    permit: Permit = anybody

    def require(self, environment: str, generation: int) -> None:
        """Raise RefusedError (MW-U010) where the environment has another generation than the one demanded."""
        if self.generation not in {None, generation}:
            raise RefusedError(
                Diagnostic(
                    code="MW-U010",
                    message=f"{environment} is at generation {generation}, and {self.generation} was demanded; nothing was changed",
                    fix="look at it again, and decide again",
                    object=environment,
                )
            )

    def require_permit(self, objects: Iterable[str]) -> None:
        """Raise what the permit raises where objects may not be moved."""
        self.permit(frozenset(domain_of(name) for name in objects))


#: No terms.
FREE = Terms()
