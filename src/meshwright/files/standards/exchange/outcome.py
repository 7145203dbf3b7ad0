"""What reading and writing a format give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from meshwright.diagnostics import Diagnostic
from meshwright.frozen import dataclass
from meshwright.model.shapes import Note, TableShape


@dataclass(frozen=True, kw_only=True, slots=True)
class Read:
    """Tables that a document of another format describes; problems where it cannot be read."""

    tables: tuple[TableShape, ...] = ()
    notes: tuple[Note, ...] = ()
    problems: tuple[Diagnostic, ...] = ()
    #: What the document calls itself, where it does.
    name: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Subject:
    """A contract to be written in another format."""

    #: The whole ODCS document, valid.
    document: Mapping[str, object]
    #: The tables to write: all of the document's, or those selected.
    tables: tuple[TableShape, ...]
    #: The SQL dialect of types, for the formats that have one.
    dialect: str = "duckdb"

    def text(self, key: str) -> str | None:
        """Return a text of the document's first level."""
        value = self.document.get(key)
        return value if isinstance(value, str) and value.strip() else None


@dataclass(frozen=True, kw_only=True, slots=True)
class Written:
    """Text of another format, and what it does not say."""

    text: str
    notes: tuple[Note, ...] = ()


def read_failure(problems: Sequence[Diagnostic] | Diagnostic) -> Read:
    """Return the outcome of a document that cannot be read."""
    return Read(problems=(problems,) if isinstance(problems, Diagnostic) else tuple(problems))
