"""SQL: CREATE TABLE statements into tables, and tables into statements that can be run."""

from __future__ import annotations

from typing import Final

from meshwright.diagnostics import Diagnostic, SourceSpan
from meshwright.files.standards.exchange.outcome import Read, Subject, Written, read_failure
from meshwright.files.standards.exchange.unsaid import Says, unsaid
from meshwright.sql.ddl import WRITTEN_DIALECTS, read_tables, write_tables

#: What the writer says itself, or tells where a dialect cannot.
_SAID: Final = frozenset(
    {
        Says.REQUIRED, Says.UNIQUE, Says.KEY, Says.RELATIONS, Says.ENUM, Says.RANGES, Says.TEMPORAL_RANGES, Says.STEPS,
        Says.LENGTHS, Says.PATTERNS, Says.DESCRIPTIONS,
    }
)  # fmt: skip


def read_sql(data: bytes, file: str, dialect: str) -> Read:
    """Read the tables that a text of a dialect creates."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        span = SourceSpan(file=file, line=line)
        return read_failure(
            Diagnostic(code="MW-C233", message="the file is not text in UTF-8", span=span, fix="save it as UTF-8")
        )
    found = read_tables(text, file, dialect)
    return Read(tables=found.tables, notes=found.notes, problems=found.problems)


def write_sql(subject: Subject) -> Written:
    """Write the statements in the subject's dialect."""
    dialect = WRITTEN_DIALECTS[subject.dialect]
    written = write_tables(subject.tables, dialect)
    return Written(text=written.text, notes=(*written.notes, *unsaid(subject, "DDL", _SAID)))
