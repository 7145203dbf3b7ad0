"""Foreign files that are measured: what is asked, what is found, and the words for what does not fit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType

from meshwright.checks.types import belongs_to, type_kind
from meshwright.diagnostics import Diagnostic
from meshwright.engines.protocol import Relation, SourceRead
from meshwright.frozen import dataclass

#: Logical types of ODCS -> the type that texts of a file are read with where they do not show one of the family.
_READ_AS = MappingProxyType(
    {
        "string": "VARCHAR",
        "integer": "BIGINT",
        "number": "DOUBLE",
        "boolean": "BOOLEAN",
        "date": "DATE",
        "timestamp": "TIMESTAMP",
        "time": "TIME",
    }
)
NUMBERS = frozenset(
    {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "FLOAT", "DOUBLE"}
)


@dataclass(frozen=True, kw_only=True, slots=True)
class PromisedType:
    """The type that a contract promises of a column; without either, whatever is found is kept."""

    #: A type in DuckDB's spelling that texts can be read as.
    physical: str | None = None
    logical: str | None = None
    #: Version of the standard, for what a logical type means there.
    api_version: str = ""

    def admits(self, type_text: str) -> bool:
        """Whether values that were found to be of a type need no other one."""
        if self.physical is not None:
            return self.physical == type_text
        return self.logical is None or belongs_to(type_text, self.logical, api_version=self.api_version) is not False

    @property
    def read_as(self) -> str | None:
        """The type to read texts with."""
        return self.physical or _READ_AS.get(self.logical or "")


@dataclass(frozen=True, kw_only=True, slots=True)
class ForeignRead:
    """Files to be read for measuring."""

    #: Without declared columns.
    source: SourceRead
    promised: Mapping[str, PromisedType] = field(default_factory=lambda: MappingProxyType({}))
    #: Whether Parquet files lie in folders ``column=value``, which are columns then.
    is_partitioned: bool = False
    #: Whether the Parquet files hold cells of a spreadsheet, which knows one kind of number: promised types are read out of it.
    is_of_cells: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class ForeignTable:
    """Data as it can be measured."""

    relation: Relation
    #: Column -> what in it is not of its promised type, with the place.
    misfits: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def is_number(type_text: str) -> bool:
    """Whether a type is one of numbers."""
    return type_text in NUMBERS or type_kind(type_text) == "DECIMAL"


def words_with_place(problem: Diagnostic, read: ForeignRead) -> str:
    """Return what a finding says about a file, with its place; only CSV knows the line."""
    span = problem.span
    if span is None:
        return problem.message
    place = f"{span.file}:{span.line}" if read.source.source.format == "csv" else span.file
    return f"{place}: {problem.message}"
