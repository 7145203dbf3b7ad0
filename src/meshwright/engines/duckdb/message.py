"""Small tables of plain types that worker processes tell as Arrow messages: read, and written as the store has files.

A statement of DuckDB's that copies one row takes ten times as long as writing its file. Types come to DuckDB by no other way
than those of large tables: the columns are those that it reads in such a file.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from meshwright.diagnostics import Diagnostic, WorldError

if TYPE_CHECKING:
    import pyarrow as pa


def table_of(message: bytes, dataset: str) -> pa.Table:
    """Return the table. Raises WorldError (MW-E203) where the message is none: the user's code could write to its socket."""
    import pyarrow as pa  # lazy, as below: it starts a thread, beside which a launcher of runs could not fork

    try:
        with pa.ipc.open_stream(message) as stream:
            table = stream.read_all()
        table.validate(full=True)
    except (pa.ArrowException, OSError) as error:  # of the system's errors only the end of a message that is cut off
        found = f"what the process of {dataset} handed over is no table: {error}"
        raise WorldError(Diagnostic(code="MW-E203", message=found, fix="run again", object=dataset)) from error
    return table


def schema_text(table: pa.Table) -> str:
    """Return a text that is the same for tables of equal columns."""
    return str(table.schema.serialize().to_pybytes().hex())


def write_table(table: pa.Table, file: str) -> None:
    """Write the table's file. Raises OSError."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    # Of floats DuckDB believes bounds that leave NaN out, as the format asks: there are none (`floats`).
    counted = [field.name for field in table.schema if not pa.types.is_floating(field.type)]
    sink = pa.BufferOutputStream()
    pq.write_table(
        table,
        sink,
        compression="snappy",
        use_dictionary=False,
        write_statistics=counted or False,
        store_schema=False,
        store_decimal_as_integer=True,
    )
    Path(file).write_bytes(sink.getvalue())
