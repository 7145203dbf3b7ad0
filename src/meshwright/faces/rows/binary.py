"""Rows as Parquet and as an Arrow stream, written into memory a piece at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any, cast

from meshwright.faces.rows.answered import Piece, Rows
from meshwright.faces.text.cells import unique_names

if TYPE_CHECKING:
    import io

    import pyarrow as pa

#: What makes a row group, whichever comes first. Small ones make a file slow to read, large ones have to be held.
_GROUP_ROWS = 122_880
_GROUP_BYTES = 8_000_000


class _Pieces:
    """A file to write into, whose content is taken away as it grows. Arrow hands it buffers, which are not copied."""

    def __init__(self) -> None:
        self.closed = False
        self._written: list[bytes | memoryview] = []
        self._position = 0

    def write(self, data: bytes | pa.Buffer) -> int:
        piece = data if isinstance(data, bytes) else memoryview(data).cast("B")
        self._written.append(piece)
        self._position += len(piece)
        return len(piece)

    def take(self) -> Piece:
        """Return what was written since the last time."""
        import pyarrow as pa  # heavy, needed only for these formats

        # Arrow keeps the pages of what was taken before; those of large bytes come from the system, one by one, each time.
        taken = memoryview(pa.allocate_buffer(sum(map(len, self._written)))).cast("B")
        position = 0
        for piece in self._written:
            taken[position : position + len(piece)] = piece
            position += len(piece)
        self._written.clear()
        return taken

    def tell(self) -> int:
        return self._position

    def flush(self) -> None:
        return

    def close(self) -> None:
        self.closed = True

    def readable(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return False


def parquet_pieces(rows: Rows) -> Iterator[Piece]:
    """A Parquet file, compressed with zstd; memory holds one row group."""
    import pyarrow as pa  # heavy, needed only for this format
    import pyarrow.parquet as pq

    pieces = _Pieces()
    schema, batches = _arrow(rows)
    # Dictionaries of numbers cost twice the time of all the rest, and make files larger where few values repeat.
    texts: Any = [field.name for field in schema if pa.types.is_string(field.type)] or False
    with pq.ParquetWriter(cast("IO[bytes]", pieces), schema, compression="zstd", use_dictionary=texts) as writer:
        for group in _groups(batches):
            writer.write_table(pa.Table.from_batches(group, schema=schema))
            yield pieces.take()
    yield pieces.take()


def arrow_pieces(rows: Rows) -> Iterator[Piece]:
    """An Arrow IPC stream (``application/vnd.apache.arrow.stream``), a piece for each batch, the end mark last."""
    import pyarrow as pa  # heavy, needed only for this format

    pieces = _Pieces()
    schema, batches = _arrow(rows)
    with pa.ipc.new_stream(pa.PythonFile(cast("io.IOBase", pieces), mode="w"), schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
            yield pieces.take()
    yield pieces.take()


def _groups(batches: Iterator[pa.RecordBatch]) -> Iterator[list[pa.RecordBatch]]:
    """Yield batches together that make a row group."""
    group: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        if not batch.num_rows:
            continue
        group.append(batch)
        rows, size = rows + batch.num_rows, size + batch.nbytes
        if rows >= _GROUP_ROWS or size >= _GROUP_BYTES:
            yield group
            group, rows, size = [], 0, 0
    if group:
        yield group


def _arrow(rows: Rows) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    """Return the schema and all batches; repeated column names are made distinct, as Parquet wants them."""
    import pyarrow as pa  # heavy, needed only for these formats

    batches = rows.batches
    first = next(batches, None)
    if first is None:
        raise ValueError("an answer gives at least one batch, which may be empty")
    names = unique_names(first.schema.names)
    schema = pa.schema([field.with_name(name) for field, name in zip(first.schema, names, strict=True)])

    def renamed() -> Iterator[pa.RecordBatch]:
        yield pa.RecordBatch.from_arrays(first.columns, schema=schema)
        for batch in batches:
            yield pa.RecordBatch.from_arrays(batch.columns, schema=schema)

    return schema, renamed()
