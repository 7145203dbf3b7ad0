"""What the catalogs of databases share: tables under construction, and errors about files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

from meshwright.diagnostics import Diagnostic, InputError, SourceSpan, WorldError
from meshwright.model.shapes import Relation, Shape
from meshwright.sql.ddl import ColumnDraft, TableDraft


def add_column(draft: TableDraft, shape: Shape, name: str, *, is_required: bool, comment: str | None) -> ColumnDraft:
    """Add a column to a table."""
    column = ColumnDraft(
        shape=replace(
            shape, name=name, is_required=is_required, description=comment or None, options=MappingProxyType({})
        )
    )
    column.options.update(shape.options)
    draft.add(column)
    return column


def add_foreign_key(draft: TableDraft, columns: Sequence[str], table: str, targets: Sequence[str]) -> None:
    """Add a foreign key."""
    if columns and len(columns) == len(targets):
        draft.relations.append(Relation(columns=tuple(columns), table=table, target_columns=tuple(targets)))
    else:
        draft.note(f"the foreign key to '{table}' is not carried over: its key is not known", ", ".join(columns))


def file_error(shown: str, message: str, fix: str, *, world: bool = False) -> InputError | WorldError:
    """Return the error about a database file."""
    diagnostic = Diagnostic(code="MW-C240", message=message, span=SourceSpan(file=shown), fix=fix)
    return WorldError(diagnostic) if world else InputError(diagnostic)
