"""Queries of readers: one SELECT over named relations, in an instance that can reach nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import duckdb

from meshwright.diagnostics import InputError, SourceSpan, known_names_hint
from meshwright.engines.duckdb.build import describe
from meshwright.engines.duckdb.errors import Statement, arrow_error, engine_errors, words_of
from meshwright.engines.duckdb.instance import open_instance
from meshwright.engines.duckdb.names import address, glob_safe, literals
from meshwright.engines.duckdb.namespaces import Namespace
from meshwright.engines.duckdb.text import checked_select
from meshwright.engines.duckdb.types import select_stored, stored_columns
from meshwright.engines.duckdb.views import files_of
from meshwright.engines.protocol import Limits, Relation
from meshwright.model import Columns

if TYPE_CHECKING:
    import pyarrow as pa

_BATCH_ROWS = 16_384


class DuckDBAnswer:
    """Implements `engines.protocol.QueryAnswer`."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        relation: duckdb.DuckDBPyRelation,
        columns: Columns,
        statement: Statement,
        limit: int | None,
    ) -> None:
        self._connection = connection
        self._relation = relation
        self._columns = columns
        self._statement = statement
        self._limit = limit

    @property
    def columns(self) -> Columns:
        """Columns in order, with the types they would be stored as."""
        return self._columns

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows, at most `limit` of them; at least one batch, empty where there are none. Can be walked once."""
        left = self._limit
        is_empty = True
        with engine_errors(self._statement):
            reader = self._relation.to_arrow_reader(_BATCH_ROWS)
            while left is None or left > 0:
                try:
                    batch = reader.read_next_batch()
                except StopIteration:
                    break
                except OSError as error:
                    # Arrow wraps what DuckDB raises between two batches.
                    raise arrow_error(error) from error
                if left is not None:
                    batch = batch.slice(0, left)
                    left -= batch.num_rows
                is_empty = False
                yield batch
            if is_empty:
                yield _no_rows(reader)

    def interrupt(self) -> None:
        """Stop the running statement."""
        self._connection.interrupt()

    def close(self) -> None:
        """Release the instance."""
        self._connection.close()


def _no_rows(reader: pa.RecordBatchReader) -> pa.RecordBatch:
    """Return a batch that carries the types only."""
    import pyarrow as pa  # lazy: arrived with the reader

    return pa.RecordBatch.from_pylist([], schema=reader.schema)


def open_query(
    limits: Limits, text: str, relations: Mapping[str, Relation], *, product: str | None, limit: int | None
) -> DuckDBAnswer:
    """Run `text` and return its answer. Raises InputError (MW-E...), WorldError."""
    statement = Statement(dataset=product or "", text=text, lines_before=1, span=SourceSpan(file="query"))
    bare = Statement(dataset=product or "", text=text, span=SourceSpan(file="query"))
    connection = open_instance(limits)
    try:
        with engine_errors(bare):
            _show_and_lock(connection, relations, product)
            select = checked_select(connection, text)
        with _known_names(relations, product), engine_errors(statement):
            described = describe(connection, select, {})
            converted = select_stored(described)
            # A relation streams; a statement that is executed would keep all rows first.
            relation = connection.sql(f"SELECT {converted} FROM (\n{select.text}\n)" if converted else select.text)
    except BaseException:
        connection.close()
        raise
    return DuckDBAnswer(connection, relation, stored_columns(described), statement, limit)


def _show_and_lock(
    connection: duckdb.DuckDBPyConnection, relations: Mapping[str, Relation], product: str | None
) -> None:
    """Name the relations, then shut every other way to data."""
    namespace = Namespace(connection)
    namespace.show(relations)
    if product:
        namespace.ensure_product(product)
        connection.execute(f"USE {address(product)}")
    files = sorted(files_of(relations))
    # A path is looked up twice: as the text of the scan, and as the file that is found.
    allowed = dict.fromkeys(path for file in files for path in (file, glob_safe(file)))
    connection.execute(f"SET allowed_paths = {literals(allowed)}")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


@contextmanager
def _known_names(relations: Mapping[str, Relation], product: str | None) -> Iterator[None]:
    """Add the nearest dataset to an error about an unknown table."""
    try:
        yield
    except InputError as error:
        words = words_of(error.__cause__) if isinstance(error.__cause__, duckdb.CatalogException) else None
        if words is None or not words.unknown or "Table" not in words.message:
            raise
        bare = [name.rpartition(".")[2] for name in relations if name.rpartition(".")[0] == product]
        fix = known_names_hint(words.unknown, [*relations, *bare], what="datasets")
        if words.unknown in relations:  # as one name in quotes, which SQL takes for the name of a table
            fix = f"write its parts apart: {address(words.unknown)}"
        raise InputError(replace(error.first, fix=fix)) from error.__cause__
