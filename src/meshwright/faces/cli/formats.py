"""Where a query's answer goes: to standard output or whole into a file, as a table or in one of the forms of `faces.rows`."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from meshwright.diagnostics import Diagnostic, InputError, WorldError
from meshwright.faces.cli.options import RowFormat
from meshwright.faces.rows import Form, Rows, encoded
from meshwright.faces.rows.tables import table_pieces
from meshwright.faces.rows.texts import json_pieces
from meshwright.faces.text.terminal import Look


def write_rows(rows: Rows, form: RowFormat, target: IO[bytes], *, look: Look, limit: int | None) -> None:
    """Write every row in `form`. A table shows `limit` rows (40 where it is None) and says if there are more."""
    pieces = table_pieces(rows, look, limit) if form is RowFormat.TABLE else encoded(rows, Form(form.value))
    for piece in pieces:
        target.write(piece)


def write_query_document(rows: Rows, target: IO[bytes]) -> None:
    """Write ``meshwright/query/1``: columns with their types, then the rows as `--format json` does."""
    columns = [{"name": column.name, "type": column.type} for column in rows.columns]
    target.write(
        f'{{"schema": "meshwright/query/1", "columns": {json.dumps(columns, ensure_ascii=False)}, "rows": '.encode()
    )
    for piece in json_pieces(rows, end="}\n"):
        target.write(piece)


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
