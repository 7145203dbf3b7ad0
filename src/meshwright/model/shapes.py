"""What tables look like, apart from any format: what contracts, DDL, schemas and catalogs of databases say in common.

A format that is imported becomes tables, and tables become a contract; a contract that is exported becomes tables, and
tables become the format. `model.contracts` holds what is enforced, this what is told: nested values and keys as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from types import MappingProxyType

from meshwright.diagnostics import SourceSpan
from meshwright.frozen import dataclass
from meshwright.model.rules import Scalar


@dataclass(frozen=True, kw_only=True, slots=True)
class Note:
    """Something that one side says and the other cannot: told, never dropped in silence."""

    #: What is lost, as a sentence without a place; equal sentences are told together.
    what: str
    #: What it is about: ``orders.order_id``; empty for the whole.
    about: str = ""
    span: SourceSpan | None = None


def columns_of(table: str, names: Sequence[str]) -> str:
    """Return what notes call some columns of a table: ``orders.id``, ``orders.(day, number)``."""
    return f"{table}.{names[0]}" if len(names) == 1 else f"{table}.({', '.join(names)})"


@dataclass(frozen=True, kw_only=True, slots=True)
class Shape:
    """A column, or a value inside one."""

    #: Empty for the items of an array, and for keys and values of a map.
    name: str = ""
    #: Logical type of ODCS; None where nobody knows it.
    logical: str | None = None
    #: The type in DuckDB's spelling; None where only the logical one is known.
    physical: str | None = None
    #: Options of the logical type, under their ODCS names (``maxLength``, ``minimum``).
    options: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
    title: str | None = None
    description: str | None = None
    is_required: bool = False
    is_unique: bool = False
    #: Position in the primary key, from 1; None where it is not in it.
    key_position: int | None = None
    #: Allowed values; empty where none are listed.
    enum: tuple[Scalar, ...] = ()
    is_deprecated: bool = False
    tags: tuple[str, ...] = ()
    classification: str | None = None
    examples: tuple[object, ...] = ()
    #: Quality rules in the grammar of ODCS, as plain JSON values.
    rules: tuple[Mapping[str, object], ...] = ()
    #: Fields of an object.
    properties: tuple[Shape, ...] = ()
    #: What an array holds.
    items: Shape | None = None
    #: What a map holds.
    key: Shape | None = None
    value: Shape | None = None

    @property
    def inner(self) -> Iterator[Shape]:
        """What lies directly inside."""
        yield from self.properties
        yield from (each for each in (self.items, self.key, self.value) if each is not None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Relation:
    """Columns whose values are found in those of a table."""

    columns: tuple[str, ...]
    table: str
    target_columns: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class TableShape:
    """A table: one ODCS object."""

    name: str
    columns: tuple[Shape, ...] = ()
    physical_name: str | None = None
    #: The schema of the database in which it was found; no part of a contract.
    schema: str | None = None
    title: str | None = None
    description: str | None = None
    #: Sets of two columns and more of which no combination is there twice.
    uniques: tuple[tuple[str, ...], ...] = ()
    relations: tuple[Relation, ...] = ()
    rules: tuple[Mapping[str, object], ...] = ()
    tags: tuple[str, ...] = ()
    is_deprecated: bool = False
    #: Where it was written.
    span: SourceSpan | None = None

    @property
    def key(self) -> tuple[str, ...]:
        """Names of the primary key's columns, in its order."""
        keyed = [column for column in self.columns if column.key_position is not None]
        return tuple(column.name for column in sorted(keyed, key=lambda column: column.key_position or 0))

    def column(self, name: str) -> Shape | None:
        """Return the column of that name."""
        return next((column for column in self.columns if column.name == name), None)
