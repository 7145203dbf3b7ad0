"""Writing what a source gives, batch by batch, into a Parquet file that an engine reads: memory stays bounded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from meshwright.diagnostics import Diagnostic, WorldError
from meshwright.model import Node
from meshwright.sources.context import Context

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

#: Rows that are put together at once; wide rows make smaller batches, see `rows_at_once`.
_ROWS = 20_000
_CELLS = 400_000


def rows_at_once(columns: int) -> int:
    """Return how many rows to hold at once: fewer of wide ones."""
    return max(200, min(_ROWS, _CELLS // max(columns, 1)))


@contextmanager
def parquet_writer(path: Path, schema: pa.Schema, node: Node) -> Iterator[pq.ParquetWriter]:
    """Yield a writer of `schema`; a file without batches still says its columns. Raises WorldError where the disk fails."""
    import pyarrow.parquet as pq  # lazy: only sources of other formats need it

    try:
        with pq.ParquetWriter(path, schema, compression="snappy", store_schema=False) as writer:
            yield writer
    except OSError as error:
        raise WorldError(
            Diagnostic(
                code="MW-X609",
                message=f"the rows of {node.address} cannot be written to {path.parent}: {error.strerror or error}",
                span=node.span,
                fix="make room on the disk",
                object=node.address,
            )
        ) from error


def write_batches(
    path: Path, batches: Iterable[pa.RecordBatch], schema: pa.Schema, node: Node, context: Context
) -> None:
    """Write batches of a library, their types made plain: views, large and dictionary types are other forms of the same."""
    plain = plain_schema(schema)
    with parquet_writer(path, plain, node) as writer:
        for batch in batches:
            context.check_stop(node)
            writer.write_batch(batch.cast(plain) if batch.schema != plain else batch)


def plain_schema(schema: pa.Schema) -> pa.Schema:
    """Return a schema with plain types and without metadata."""
    import pyarrow as pa  # lazy: only sources of other formats need it

    return pa.schema([pa.field(field.name, _plain(field.type), field.nullable) for field in schema])


def _plain(type_: pa.DataType) -> pa.DataType:
    import pyarrow as pa  # lazy: only sources of other formats need it

    is_ = pa.types
    plain = type_
    if is_.is_dictionary(type_):
        plain = _plain(type_.value_type)
    elif is_.is_large_string(type_) or is_.is_string_view(type_):
        plain = pa.string()
    elif is_.is_large_binary(type_) or is_.is_binary_view(type_) or is_.is_fixed_size_binary(type_):
        plain = pa.binary()
    elif is_.is_map(type_):
        plain = pa.map_(_plain(type_.key_type), _plain(type_.item_type))
    elif is_.is_list(type_) or is_.is_large_list(type_):
        plain = pa.list_(_plain(type_.value_type))
    elif is_.is_struct(type_):
        plain = pa.struct([pa.field(each.name, _plain(each.type), each.nullable) for each in type_])
    elif is_.is_timestamp(type_) and type_.tz is not None:
        plain = pa.timestamp(type_.unit, "UTC")
    return plain
