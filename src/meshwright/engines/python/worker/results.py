"""What a function returns, as one stream of record batches: a scratch Parquet file, or a message where it is small.

A process that was just forked pays for every page that it touches, and writing Parquet touches many. So a small table of plain
types is told as Arrow messages, and whoever stores it writes the very file that would have been written here.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from .values import Wrong, name_of

#: A row group is written when this many rows or bytes are at hand.
_GROUP_ROWS = 122_880
_GROUP_BYTES = 16 << 20
#: Rows of a slice of a table that is given whole.
_SLICE_ROWS = 65_536
#: A table of more bytes than this is no message: one on the socket holds so many without waiting for who reads.
_MESSAGE_BYTES = 1 << 15
_KINDS = "a pyarrow Table, a DuckDB relation, a Polars or pandas frame, or an iterator of those or of record batches"


def hand_over(result: Any, file: str) -> tuple[int, str, bytes]:
    """Hand over what the function returned; return its number of rows, and what is told of it.

    That is a text that is the same for equal columns, of a file that was written; or, of a table for which none was, the table,
    as the messages of an Arrow stream. Raises Wrong, and what the user's code raises.
    """
    writer = _Writer(file)
    try:
        for number, batch in _numbered(_batches(result)):
            writer.write(batch, number)
        return writer.finish()
    finally:
        writer.close()


def _numbered(batches: Iterator[pa.RecordBatch]) -> Iterator[tuple[int, pa.RecordBatch]]:
    return enumerate(batches, 1)


class _Writer:
    """Gathers small batches to row groups."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._writer: pq.ParquetWriter | None = None
        self._schema: pa.Schema | None = None
        self._held: list[pa.RecordBatch] = []
        self._held_rows = 0
        self._held_bytes = 0
        self._rows = 0

    def write(self, batch: pa.RecordBatch, number: int) -> None:
        if self._schema is None:
            self._open(batch.schema)
        assert self._schema is not None
        batch = _as_stored(batch, self._schema, number)
        if batch.num_rows == 0:
            return
        self._held.append(batch)
        self._held_rows += batch.num_rows
        self._held_bytes += batch.nbytes
        if self._held_rows >= _GROUP_ROWS or self._held_bytes >= _GROUP_BYTES:
            self._flush()

    def _open(self, schema: pa.Schema) -> None:
        self._schema = _stored_schema(schema)
        if not all(map(is_plain, self._schema.types)):
            self._open_file(self._schema)

    def _open_file(self, schema: pa.Schema) -> None:
        """Begin the file. Raises Wrong for a type that it cannot hold, before anything is gathered."""
        try:
            self._writer = pq.ParquetWriter(self._file, schema, compression="snappy", use_dictionary=False)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowTypeError) as error:
            raise Wrong("type", f"a column cannot be stored in Parquet: {error}", _TYPE_FIX) from None

    def _flush(self) -> None:
        assert self._schema is not None
        if self._writer is None:
            self._open_file(self._schema)
        assert self._writer is not None
        if self._held:
            self._writer.write_table(pa.Table.from_batches(self._held, self._schema), row_group_size=_GROUP_ROWS)
            self._rows += self._held_rows
        self._held, self._held_rows, self._held_bytes = [], 0, 0

    def finish(self) -> tuple[int, str, bytes]:
        if self._schema is None:
            raise Wrong(
                "nothing",
                "it yielded nothing, so its columns are not known",
                "yield at least one batch, an empty one where there are no rows",
            )
        if self._writer is None and self._held_bytes <= _MESSAGE_BYTES:
            message = b"".join(
                [self._schema.serialize().to_pybytes(), *(each.serialize().to_pybytes() for each in self._held)]
            )
            if len(message) <= _MESSAGE_BYTES:
                return self._held_rows, "", message
        self._flush()
        return self._rows, self._schema.serialize().to_pybytes().hex(), b""

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None


def _batches(result: Any) -> Iterator[pa.RecordBatch]:
    """Yield record batches of whatever the function may return."""
    whole = _whole(result)
    if whole is not None:
        yield from whole
        return
    is_column = _is_of(result, "pandas", "Series") or _is_of(result, "pandas", "Index")
    if is_column or isinstance(result, (str, bytes, dict, type)) or not isinstance(result, Iterable):
        raise Wrong("returned", f"it returned {name_of(result)}", f"return {_KINDS}")
    for place, item in enumerate(result, 1):
        part = _whole(item)
        if part is None:
            said = "yielded" if isinstance(result, Iterator) else "returned"
            raise Wrong("returned", f"item {place} that it {said} is {name_of(item)}", f"return or yield {_KINDS}")
        yield from part


def _whole(value: Any) -> Iterator[pa.RecordBatch] | None:
    """Return the batches of a table, frame or stream; None for anything else."""
    if isinstance(value, pa.RecordBatch):
        return iter((value,))
    if isinstance(value, pa.Table):
        return _table_batches(value)
    if isinstance(value, pa.RecordBatchReader):
        return iter(value)
    if _is_of(value, "pandas", "DataFrame"):
        return _table_batches(_pandas_table(value))
    if _is_of(value, "polars", "LazyFrame"):
        value = value.collect()
    if hasattr(value, "__arrow_c_stream__") and not _is_of(value, "pandas", "Series"):
        return _stream(value)
    return None


def _stream(value: Any) -> Iterator[pa.RecordBatch]:
    """Return the batches of what speaks Arrow's C stream: DuckDB relations, Polars frames."""
    if _is_of(value, "duckdb", "DuckDBPyRelation") or type(value).__name__ == "DuckDBPyRelation":
        reader = value.to_arrow_reader(_SLICE_ROWS) if hasattr(value, "to_arrow_reader") else value.fetch_arrow_reader()
        return iter(reader)
    try:
        return iter(pa.RecordBatchReader.from_stream(value))
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        raise Wrong("returned", f"it returned {name_of(value)}, which is no table", f"return {_KINDS}") from None


def _table_batches(table: pa.Table) -> Iterator[pa.RecordBatch]:
    batches = table.to_batches(max_chunksize=_SLICE_ROWS)
    yield from batches or [pa.RecordBatch.from_pylist([], schema=table.schema)]


def _pandas_table(frame: Any) -> pa.Table:
    import pandas as pd

    index = frame.index
    if not isinstance(index, pd.RangeIndex) and (index.nlevels > 1 or index.name is not None):
        named = ", ".join(repr(name) for name in index.names)
        raise Wrong("index", f"its frame has an index ({named}), which is no column", "return frame.reset_index()")
    wrong = [name for name in frame.columns if not isinstance(name, str)]
    if wrong:
        raise Wrong("columns", f"the name of a column is {wrong[0]!r}, not text", "name every column with text")
    _check_names(list(frame.columns))
    try:
        return pa.Table.from_pandas(frame, preserve_index=False).replace_schema_metadata(None)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise Wrong("type", f"its frame is no table of typed columns: {_one_line(error)}", _TYPE_FIX) from None


_TYPE_FIX = "give every column one type that Parquet knows: numbers, text, days, times, lists, structs"


def _stored_schema(schema: pa.Schema) -> pa.Schema:
    """Return the schema of the file. Raises Wrong for names and types that no table can have."""
    if not len(schema):
        raise Wrong("columns", "its result has no columns", "return at least one column")
    _check_names(schema.names)
    return pa.schema([pa.field(field.name, _stored_type(field.type, field.name)) for field in schema])


def _check_names(names: list[str]) -> None:
    seen: dict[str, str] = {}
    for name in names:
        if not name.strip():
            raise Wrong("columns", "a column has no name", "name every column")
        if name.casefold() in seen:
            raise Wrong(
                "columns",
                f"two columns are named '{seen[name.casefold()]}' and '{name}'"
                if seen[name.casefold()] != name
                else f"two columns are named '{name}'",
                "name each column once; engines compare names without letter case",
            )
        seen[name.casefold()] = name


def _stored_type(kind: pa.DataType, column: str) -> pa.DataType:
    """Return what a type is handed over as: encodings are undone. Raises Wrong for what would be stored as something else."""
    types = pa.types
    if types.is_dictionary(kind) or types.is_run_end_encoded(kind):
        return _stored_type(kind.value_type, column)
    if types.is_large_string(kind) or types.is_string_view(kind):
        return pa.string()
    if types.is_large_binary(kind) or types.is_binary_view(kind):
        return pa.binary()
    if types.is_large_list(kind) or types.is_list(kind) or types.is_fixed_size_list(kind):
        return pa.list_(_stored_type(kind.value_type, column))
    if types.is_struct(kind):
        fields = [kind.field(place) for place in range(kind.num_fields)]
        if not fields:
            raise Wrong("type", f"column '{column}' is a struct without fields", _TYPE_FIX)
        return pa.struct([pa.field(field.name, _stored_type(field.type, column)) for field in fields])
    _refuse(kind, column)
    return kind


def _refuse(kind: pa.DataType, column: str) -> None:
    """Raise Wrong for a type that no table has."""
    types = pa.types
    if types.is_duration(kind) or types.is_interval(kind):
        raise Wrong("type", f"column '{column}' is {kind}, which no table stores", "return the seconds as a number")
    if types.is_decimal256(kind) and kind.precision > 38:
        raise Wrong("type", f"column '{column}' is {kind}: decimals have at most 38 digits", "round it, or return text")
    if types.is_union(kind):
        raise Wrong("type", f"column '{column}' is {kind}, which Parquet does not know", _TYPE_FIX)


def is_plain(kind: pa.DataType) -> bool:
    """Whether columns of a type are the same to every reader and writer of Parquet: only those are told as a message."""
    return kind in _PLAIN or pa.types.is_decimal128(kind)


_PLAIN = frozenset(
    {
        pa.bool_(),
        *(pa.int8(), pa.int16(), pa.int32(), pa.int64()),
        *(pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()),
        *(pa.float32(), pa.float64()),
        *(pa.string(), pa.binary()),
        *(pa.date32(), pa.timestamp("us"), pa.timestamp("us", "UTC")),
    }
)


def _as_stored(batch: pa.RecordBatch, schema: pa.Schema, number: int) -> pa.RecordBatch:
    """Return the batch under the file's schema. Raises Wrong where its columns are not those of the first."""
    if batch.schema.names != schema.names:
        if sorted(batch.schema.names) != sorted(schema.names):
            raise Wrong("batches", f"batch {number} {_difference(schema, batch.schema)}", _BATCH_FIX)
        batch = batch.select(schema.names)
    columns = []
    for place, field in enumerate(schema):
        column = batch.column(place)
        if column.type != field.type:
            kind = _stored_type(column.type, field.name)
            if kind != field.type and not pa.types.is_null(kind):
                found = f"column '{field.name}' is {field.type} in the first batch and {kind} in batch {number}"
                raise Wrong("batches", found, _BATCH_FIX)
            column = column.cast(field.type)
        columns.append(column)
    return pa.RecordBatch.from_arrays(columns, schema=schema)


_BATCH_FIX = "give every batch the same columns with the same types, for example pa.record_batch(..., schema=...)"


def _difference(first: pa.Schema, other: pa.Schema) -> str:
    lacking = [name for name in first.names if name not in other.names]
    if lacking:
        return f"lacks column '{lacking[0]}', which the first one has"
    return f"has a column '{next(name for name in other.names if name not in first.names)}', which the first one lacks"


def _is_of(value: Any, package: str, name: str) -> bool:
    """Whether `value` is an instance of a class of `package`, without importing it."""
    module = sys.modules.get(package)
    kind = getattr(module, name, None) if module is not None else None
    return isinstance(kind, type) and isinstance(value, kind)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())
