"""What one engine learned of statements: their shape and their columns are found once in a process, not at every use.

Binding a mesh describes every model over empty tables; building it a moment later asks the same of the same text over
inputs with the same columns. Kept in memory, for as long as the engine lives; the oldest answers go when there are many.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from contextlib import suppress
from typing import TypeVar

import duckdb

from meshwright.engines.duckdb.text import Select, checked_select
from meshwright.frozen import dataclass
from meshwright.model import Column, Columns, Scalar

#: Answers of a kind that are kept.
_MOST = 50_000
#: Statements that are kept as parsed; each takes some 30 KB.
_MOST_PARSED = 200
_Key = TypeVar("_Key", bound=Hashable)
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, kw_only=True, slots=True)
class Question:
    """All that the columns of a model depend on, besides the engine and its settings."""

    #: Bare names are looked up there.
    product: str
    text: str
    params: Mapping[str, Scalar]
    param_types: Mapping[str, str]
    #: Dataset address -> its columns, exactly what the text reads.
    inputs: Mapping[str, Columns]

    @property
    def key(self) -> Hashable:
        """The question as a key: equal keys have the same answer."""
        # A value stands beside its type: 1, 1.0 and True are equal to Python, and not to SQL.
        params = sorted((name, type(value), value) for name, value in self.params.items())
        types = sorted(self.param_types.items())
        return self.product, self.text, tuple(params), tuple(types), tuple(sorted(self.inputs.items(), key=_name))


def _name(item: tuple[str, Columns]) -> str:
    return item[0]


class KnownStatements:
    """The statements that an engine has read. Safe for threads: what two of them find at once is the same."""

    def __init__(self) -> None:
        self._selects: dict[str, Select] = {}
        self._described: dict[Hashable, Columns] = {}
        self._parsed: dict[str, duckdb.Statement] = {}
        self._constants: dict[str, object] = {}
        self._spellings: dict[str, str] = {}
        self._of_files: dict[str, Columns] = {}

    def select(self, connection: duckdb.DuckDBPyConnection, text: str) -> Select:
        """Return the one SELECT that `text` is. Raises as `checked_select`."""
        found = self._selects.get(text)
        if found is None:
            found = checked_select(connection, text)
            _keep(self._selects, text, found, _MOST)
        return found

    def remember_select(self, text: str, select: Select) -> None:
        """Keep the SELECT that `text` is."""
        _keep(self._selects, text, select, _MOST)

    def parsed(self, connection: duckdb.DuckDBPyConnection, text: str) -> duckdb.Statement:
        """Return one of the engine's own statements as parsed; executing it copies it, so threads may share it.

        Parsing takes as long as binding and holds Python's lock meanwhile.
        """
        found = self._parsed.get(text)
        if found is None:
            (found,) = connection.extract_statements(text)
            _keep(self._parsed, text, found, _MOST_PARSED)
        return found

    def constant(self, connection: duckdb.DuckDBPyConnection, expression: str) -> object:
        """Return the value of an expression that reads nothing. Raises DuckDB's errors where it has none."""
        if expression not in self._constants:
            row = connection.execute(f"SELECT {expression}").fetchone()
            assert row is not None
            _keep(self._constants, expression, row[0], _MOST)
        return self._constants[expression]

    def spelling(self, connection: duckdb.DuckDBPyConnection, declared: str) -> str:
        """Return a type as the engine spells it. Raises DuckDB's errors where it is none."""
        found = self._spellings.get(declared)
        if found is None:
            row = connection.execute(f"DESCRIBE SELECT CAST(NULL AS {declared}) AS x").fetchone()
            assert row is not None
            found = str(row[1])
            _keep(self._spellings, declared, found, _MOST)
        return found

    def file_columns(self, connection: duckdb.DuckDBPyConnection, scan: str, schema: str) -> Columns:
        """Return the columns of a scan of files; `schema` is the same for files of the same columns, empty if not known."""
        found = self._of_files.get(schema) if schema else None
        if found is None:
            rows = connection.execute(f"DESCRIBE FROM {scan}").fetchall()
            found = tuple(Column(name=row[0], type=row[1]) for row in rows)
            _keep(self._of_files, schema, found, _MOST)
        return found

    def columns_of_files(self, schema: str) -> Columns | None:
        """Return the columns of files with a schema; None where none of them was looked at yet."""
        return self._of_files.get(schema)

    def columns(self, question: Question) -> Columns | None:
        """Return the columns as the engine computes them; None where they were not described yet."""
        return self._described.get(question.key)

    def remember(self, question: Question, described: Columns) -> None:
        """Keep the columns that a model has."""
        _keep(self._described, question.key, described, _MOST)


def _keep(answers: dict[_Key, _Answer], key: _Key, answer: _Answer, most: int) -> None:
    answers[key] = answer
    if len(answers) > most:
        with suppress(StopIteration, KeyError):  # another thread made room
            del answers[next(iter(answers))]
