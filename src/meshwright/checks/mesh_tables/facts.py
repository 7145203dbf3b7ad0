"""What the tables are made from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from meshwright.checks.spec import CheckSpec
from meshwright.diagnostics import SourceSpan
from meshwright.frozen import dataclass
from meshwright.graph.lineage import ColumnLineage
from meshwright.model import Columns, Mesh, Version

#: A value of a table: times are UTC without a zone.
Cell = str | int | bool | dt.date | dt.datetime | tuple[str, ...] | None
Row = tuple[Cell, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class MeshFacts:
    """The mesh as it is written, with what is known about it without reading data."""

    mesh: Mesh
    #: Dataset -> columns, where they are known.
    columns: Mapping[str, Columns] = field(default_factory=lambda: MappingProxyType({}))
    lineage: ColumnLineage = field(default_factory=ColumnLineage)
    #: Dataset -> rules that gate it.
    checks: Mapping[str, tuple[CheckSpec, ...]] = field(default_factory=lambda: MappingProxyType({}))
    #: The environment that is checked.
    environment: str = "prod"
    #: Dataset -> version published in that environment.
    versions: Mapping[str, Version] = field(default_factory=lambda: MappingProxyType({}))
    #: Environment -> number of its newest publication.
    generations: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


def place(span: SourceSpan | None, instead: SourceSpan | None = None) -> tuple[str | None, int | None]:
    """Return file and line of `span`, or of `instead` where there is none."""
    found = span or instead
    return (found.file, found.line) if found is not None else (None, None)
