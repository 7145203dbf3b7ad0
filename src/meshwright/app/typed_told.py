"""What is known of columns, and those that no SQL tells: of sources and Python nodes, as last built, declared, or seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from meshwright.app.lineage_left import LeftLineage, left_lineage
from meshwright.app.opened import OpenedMesh
from meshwright.app.typed_python import python_columns
from meshwright.app.typed_sources import SourceTyping, source_columns
from meshwright.diagnostics import Diagnostic
from meshwright.frozen import dataclass
from meshwright.graph.lineage import ColumnLineage
from meshwright.model import Columns, Version


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldColumns:
    """All that typing takes from the world; the rest follows from the files."""

    #: Dataset -> columns; a dataset whose columns are not known is absent.
    columns: Mapping[str, Columns]
    diagnostics: tuple[Diagnostic, ...]
    #: Datasets whose columns are only guessed: what does not fit them may be right.
    guessed: frozenset[str] = frozenset()
    #: Sources whose columns are those of their last build: nobody looked whether they still are.
    as_built: frozenset[str] = frozenset()
    #: What jobs left of the lineage of their tables.
    left: LeftLineage | None = field(default=None, compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class TypedMesh:
    """What is known of columns before anything runs."""

    #: Dataset -> columns; a dataset whose columns are not known is absent.
    columns: Mapping[str, Columns]
    lineage: ColumnLineage
    diagnostics: tuple[Diagnostic, ...]
    #: Dataset -> identity of all that its columns depend on; what reads something unknown has none.
    keys: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def told_columns(
    opened: OpenedMesh, versions: Mapping[str, Version], doubted: frozenset[str] = frozenset()
) -> ToldColumns:
    """Return the columns that are told; `versions` is dataset -> newest published version.

    The `doubted` sources are looked at, the others only where no version tells their columns.
    """
    asked = SourceTyping(
        mesh=opened.mesh, sources=opened.sources, published=versions, broken=opened.broken, doubted=doubted
    )
    read = source_columns(asked, opened.engine, opened.cache)
    called = python_columns(opened.mesh, versions, opened.broken)
    return ToldColumns(
        columns={**read.columns, **called.columns},
        diagnostics=(*read.diagnostics, *called.warnings),
        guessed=called.guessed | read.guessed,
        as_built=read.as_built,
        left=left_lineage(opened, versions),
    )
