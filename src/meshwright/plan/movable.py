"""Uses of components that could move to a newer version, as values."""

from __future__ import annotations

from meshwright.frozen import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class ComponentMove:
    """A use that could move."""

    #: Address of the using node.
    node: str
    component: str
    version: str
    #: The version that it could move to.
    newest: str
    #: Whether its ``name@1`` admits that version; otherwise the pipeline has to be edited first.
    is_in_range: bool
    #: Datasets that would be built anew, come or go, sorted; empty where it is not in range.
    datasets: tuple[str, ...] = ()
    #: Why it would not fit; None where it would.
    problem: str | None = None
