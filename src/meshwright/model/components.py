"""Components: reusable, versioned sub-pipelines; where they are used, and where the nodes that they became come from.

`files` expands every use into ordinary nodes, so that plans, runs and lineage know nothing of components. What is here is
the record of that: for errors, for `explain` and `show`, and to tell who could move to a newer version.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from meshwright.diagnostics import SourceSpan
from meshwright.frozen import dataclass
from meshwright.model.columns import Columns


@dataclass(frozen=True, kw_only=True, slots=True)
class ComponentOrigin:
    """Where a node comes from that a component's use became."""

    #: The component's name in full: ``top_n`` of the mesh, ``operations.top_n`` of a domain, ``std.top_n``.
    component: str
    version: str
    #: Address of the node that uses it, as a person wrote it: for nested components that of the outermost.
    node: str
    #: Its name inside the component, with those of the nodes around it in nested ones: ``ranked``, ``clean.ranked``.
    inner: str
    #: Whether others may read it: it is an output of what a person wrote.
    is_output: bool
    #: Parameter of the component -> the product's parameter that it is bound to.
    references: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    #: Names of the parameters that the use gives; the others have the component's default.
    given: tuple[str, ...] = ()
    #: Dataset that comes in from outside -> where the use names it.
    places: Mapping[str, SourceSpan] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def label(self) -> str:
        """What people call it: ``top_n 1.0.0``."""
        return f"{self.component} {self.version}"


@dataclass(frozen=True, kw_only=True, slots=True)
class UsedInput:
    """What a use gives to an input of a component."""

    name: str
    #: Address of the dataset.
    dataset: str
    #: Columns that it must have; a type of ``ANY`` admits every type.
    required: Columns
    span: SourceSpan


@dataclass(frozen=True, kw_only=True, slots=True)
class UsedColumns:
    """Columns of an input that a use names as a parameter."""

    param: str
    input: str
    dataset: str
    columns: tuple[str, ...]
    span: SourceSpan


@dataclass(frozen=True, kw_only=True, slots=True)
class ComponentUse:
    """A node that is a component, and what it became."""

    #: Address of the using node; inside a component that of the node that it stands for.
    node: str
    #: As written: ``top_n@1``.
    asked: str
    #: The component's name in full and its version; empty where none was found.
    component: str = ""
    version: str = ""
    #: Whether the lock file says so.
    is_locked: bool = False
    inputs: tuple[UsedInput, ...] = ()
    columns: tuple[UsedColumns, ...] = ()
    #: Addresses of the nodes that it became, sorted.
    nodes: tuple[str, ...] = ()
    #: The use in which this one stands, None where a person's pipeline holds it.
    outer: str | None = None
    #: Parameters of the mesh whose values it is given; of a component that provisions sandboxes alone.
    params: tuple[str, ...] = ()
    span: SourceSpan


@dataclass(frozen=True, kw_only=True, slots=True)
class ComponentParameter:
    """A parameter that a component declares."""

    name: str
    type: str
    #: As text; None where it must be given.
    default: str | None
    #: The values that it may have; empty for all of its type.
    values: tuple[str, ...] = ()
    #: The input whose columns it names.
    of: str | None = None
    description: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Component:
    """A version of a component that the mesh has."""

    #: In full, as in `ComponentOrigin`.
    name: str
    version: str
    description: str | None
    owners: tuple[str, ...]
    #: Input -> columns that it must have.
    inputs: Mapping[str, Columns]
    #: Output -> node inside; the first is the default.
    outputs: Mapping[str, str]
    params: tuple[ComponentParameter, ...]
    #: Identity of its files.
    digest: str
    #: Where it lies: ``mesh``, ``domain <name>``, ``kept`` (a version that the lock file holds), ``meshwright``.
    source: str
    folder: str
    #: Its files, relative to the mesh root.
    files: tuple[str, ...]
    span: SourceSpan

    @property
    def reference(self) -> str:
        """Name and version: ``top_n@1.0.0``."""
        return f"{self.name}@{self.version}"


def version_parts(text: str) -> tuple[int, ...]:
    """Return a version's numbers, to compare versions by: ``1.10.0`` is newer than ``1.9.2``."""
    return tuple(int(part) for part in text.split("."))


def admits(asked: str, version: str) -> bool:
    """Whether what is asked for (``1``, ``1.2``, ``1.2.0``) admits a version."""
    parts = version_parts(asked)
    return version_parts(version)[: len(parts)] == parts
