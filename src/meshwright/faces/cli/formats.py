"""Writers of a query's answer: batch by batch in bounded memory, to standard output or whole into a file."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

from meshwright.diagnostics import Diagnostic, InputError, WorldError
from meshwright.faces.cli.options import RowFormat
from meshwright.faces.text.cells import json_columns, text_columns, unique_names
from meshwright.faces.text.tables import Heading, table_lines
from meshwright.faces.text.terminal import Look
from meshwright.faces.text.words import count_words
from meshwright.frozen import dataclass
from meshwright.model import Columns

if TYPE_CHECKING:
    import io

    import pyarrow as pa

    from meshwright.app.values import QueryAnswer


#: Rows that a table shows unless `--limit` says otherwise.
TABLE_ROWS = 40
_CELL_WIDTH = 48
_NUMBER = re.compile(r"(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DECIMAL.*|DOUBLE|FLOAT|REAL|NUMERIC.*)$(?<!\])")
_CSV_SPECIAL = frozenset(',"\r\n')


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """An answer whose first batch is there already: errors at the start come before anything is written."""

    columns: Columns
    batches: Iterator[pa.RecordBatch]

    @classmethod
    def of(cls, answer: QueryAnswer) -> Rows:
        """Fetch the first batch of `answer`."""
        batches = iter(answer.batches())
        first = next(batches, None)
        return cls(columns=answer.columns, batches=itertools.chain(() if first is None else (first,), batches))


def table_limit(limit: int | None) -> int:
    """Return how many rows to ask for: one more than a table shows, to know whether there are more."""
    return (TABLE_ROWS if limit is None else limit) + 1


def write_rows(rows: Rows, form: RowFormat, target: IO[bytes], *, look: Look, limit: int | None) -> None:
    """Write every row in `form`. A table shows `limit` rows (40 where it is None) and says if there are more."""
    if form is RowFormat.TABLE:
        for line in _table(rows, look, TABLE_ROWS if limit is None else limit):
            target.write(f"{line}\n".encode(errors="backslashreplace"))
        return
    writers: dict[RowFormat, Callable[[Rows, IO[bytes]], None]] = {
        RowFormat.CSV: _write_csv,
        RowFormat.JSON: _write_json,
        RowFormat.PARQUET: _write_parquet,
        RowFormat.ARROW: _write_arrow,
    }
    writers[form](rows, target)


def write_query_document(rows: Rows, target: IO[bytes]) -> None:
    """Write ``meshwright/query/1``: columns with their types, then the rows as `--format json` does."""
    columns = [{"name": column.name, "type": column.type} for column in rows.columns]
    target.write(
        f'{{"schema": "meshwright/query/1", "columns": {json.dumps(columns, ensure_ascii=False)}, "rows": '.encode()
    )
    _write_json(rows, target, end="}\n")


def check_target(form: RowFormat, output: Path | None, look: Look) -> None:
    """Raise InputError (MW-L020) where a binary format would go to a terminal."""
    if form in {RowFormat.PARQUET, RowFormat.ARROW} and output is None and look.is_terminal:
        raise InputError(
            Diagnostic(
                code="MW-L020",
                message=f"format '{form.value}' is binary and standard output is a terminal",
                fix=f"write into a file with --output rows.{form.value}, or pipe the command into another program",
            )
        )


@contextlib.contextmanager
def open_target(output: Path | None) -> Iterator[IO[bytes]]:
    """Give standard output, or a file that takes the name `output` only when it is whole.

    Raises WorldError (MW-L021) where the file cannot be written; an older file then stays.
    """
    if output is None:
        sys.stdout.flush()
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{output.name}.", dir=output.parent)
    except OSError as problem:
        raise _cannot_write(output, problem) from problem
    unfinished = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        unfinished.chmod(0o666 & ~_umask())
        unfinished.replace(output)
    except OSError as problem:
        raise _cannot_write(output, problem) from problem
    finally:
        unfinished.unlink(missing_ok=True)


def _cannot_write(output: Path, problem: OSError) -> WorldError:
    return WorldError(
        Diagnostic(
            code="MW-L021",
            message=f"cannot write '{output}': {problem.strerror or problem}",
            fix="check that the folder exists, that you may write to it and that the disk has room",
        )
    )


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _write_json(rows: Rows, target: IO[bytes], end: str = "\n") -> None:
    """An array of objects, one a line."""
    names = unique_names([column.name for column in rows.columns])
    keys = [json.dumps(name, ensure_ascii=False) + ": " for name in names]
    separator = "[\n"
    for batch in rows.batches:
        lines = []
        for row in zip(*json_columns(batch), strict=True):
            lines.append(separator + "{" + ", ".join(map(str.__add__, keys, row)) + "}")
            separator = ",\n"
        target.write("".join(lines).encode(errors="backslashreplace"))
    target.write(("[]" if separator == "[\n" else "\n]").encode() + end.encode())


def _write_csv(rows: Rows, target: IO[bytes]) -> None:
    """RFC 4180 with line feeds; a missing value is empty, an empty text is quoted."""
    target.write((",".join(_csv_cell(column.name) for column in rows.columns) + "\n").encode())
    for batch in rows.batches:
        columns = [[_csv_cell(cell) for cell in column] for column in text_columns(batch, None)]
        # A single column's missing value would be a blank line, which many readers skip: it is written as "".
        blank = '""' if len(columns) == 1 else ""
        lines = [(",".join(row) or blank) + "\n" for row in zip(*columns, strict=True)]
        target.write("".join(lines).encode(errors="backslashreplace"))


def _csv_cell(cell: str | None) -> str:
    if cell is None:
        return ""
    if not cell or not _CSV_SPECIAL.isdisjoint(cell):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def _write_parquet(rows: Rows, target: IO[bytes]) -> None:
    import pyarrow.parquet as pq  # heavy, needed only for this format

    schema, batches = _arrow(rows)
    with pq.ParquetWriter(target, schema, compression="zstd") as writer:
        for batch in batches:
            if batch.num_rows:
                writer.write_batch(batch)


def _write_arrow(rows: Rows, target: IO[bytes]) -> None:
    import pyarrow as pa  # heavy, needed only for this format

    schema, batches = _arrow(rows)
    with pa.ipc.new_stream(cast("io.IOBase", target), schema) as writer:
        for batch in batches:
            writer.write_batch(batch)


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


def _table(rows: Rows, look: Look, limit: int) -> list[str]:
    """Aligned text of the first `limit` rows."""
    null = "NULL"
    cells: list[tuple[str, ...]] = []
    for batch in rows.batches:
        columns = text_columns(batch.slice(0, limit + 1 - len(cells)), null)
        cells += zip(*([cell or "" for cell in column] for column in columns), strict=True)
        if len(cells) > limit:
            break
    headings = [
        Heading(title=column.name, is_right=bool(_NUMBER.match(column.type.upper()))) for column in rows.columns
    ]
    shown = cells[:limit]
    lines = table_lines(headings, shown, look, cell_width=_CELL_WIDTH)
    if len(cells) > limit:
        note = f"(first {count_words(limit, 'row')}; there are more: --limit N, or --format csv for all)"
    else:
        note = f"({count_words(len(shown), 'row')})"
    return [*lines, look.paint(note, "dim")]
