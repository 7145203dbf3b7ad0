"""What is known of columns, and those that no SQL tells: of sources and Python nodes, as last built, declared, or seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from meshwright.app.opened import OpenedMesh
from meshwright.app.typed_python import python_columns
from meshwright.app.typed_sources import SourceTyping, source_columns
from meshwright.diagnostics import Diagnostic
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


@dataclass(frozen=True, kw_only=True, slots=True)
class TypedMesh:
    """What is known of columns before anything runs."""

    #: Dataset -> columns; a dataset whose columns are not known is absent.
    columns: Mapping[str, Columns]
    lineage: ColumnLineage
    diagnostics: tuple[Diagnostic, ...]


def told_columns(opened: OpenedMesh, versions: Mapping[str, Version]) -> ToldColumns:
    """Return the columns that are told; `versions` is dataset -> newest published version."""
    asked = SourceTyping(mesh=opened.mesh, sources=opened.sources, published=versions, broken=opened.broken)
    columns, missing = source_columns(asked, opened.engine, opened.cache)
    called = python_columns(opened.mesh, versions, opened.broken)
    return ToldColumns(
        columns={**columns, **called.columns}, diagnostics=(*missing, *called.warnings), guessed=called.guessed
    )
