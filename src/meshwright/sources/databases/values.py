"""Rows of a database as typed batches: each column has one type, and a value that it cannot hold is named."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any  # drivers give values of any type

from meshwright.diagnostics import InputError
from meshwright.frozen import dataclass
from meshwright.model import Columns, FileSource, Node, SourceObservation
from meshwright.sources.context import Context, source_error
from meshwright.sources.parquetfiles import parquet_writer
from meshwright.sources.protocol import Fetched

if TYPE_CHECKING:
    import pyarrow as pa

_SHOWN = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class ColumnType:
    """A column as it is written: its Arrow type, and what turns the driver's value into one of it."""

    name: str
    type: pa.DataType
    #: The type in words, for messages.
    shown: str
    #: None where Arrow takes the driver's values as they are. Raises ValueError for a value that has no place.
    convert: Callable[[Any], Any] | None = None


def write_rows(
    node: Node,
    columns: Sequence[ColumnType],
    batches: Iterable[Sequence[Sequence[Any]]],
    context: Context,
    folder: Path,
) -> Path:
    """Write batches of rows as one Parquet file. Raises InputError (MW-X642) for a value that its type cannot hold."""
    import pyarrow as pa  # lazy: only sources of other formats need it

    schema = pa.schema([(column.name, column.type) for column in columns])
    target = folder / "rows.parquet"
    with parquet_writer(target, schema, node) as writer:
        for rows in batches:
            context.check_stop(node)
            arrays = [_array(node, column, [row[place] for row in rows]) for place, column in enumerate(columns)]
            writer.write_batch(pa.record_batch(arrays, schema=schema))
    return target


def as_fetched(file: Path, name: str, seen: SourceObservation | None) -> Fetched:
    """Return the written file as what an engine reads."""
    source = FileSource(path=name, format="parquet")
    return Fetched(source=source, files=(str(file),), names={str(file): name}, seen=seen)


def check_column_names(node: Node, names: Sequence[str]) -> None:
    """Raise InputError (MW-X303) unless every column has a name of its own, letter case aside."""
    seen: dict[str, str] = {}
    for place, name in enumerate(names, 1):
        if not name.strip() or name == "?column?":
            message = f"column {place} of the query has no name"
        elif name.casefold() in seen:
            message = f"columns '{seen[name.casefold()]}' and '{name}' are the same"
        else:
            seen[name.casefold()] = name
            continue
        raise source_error("MW-X303", node, message, fix="name each column of the query with AS, each once")


def declared_types(columns: Columns) -> dict[str, str]:
    """Return the declared types by column, in capitals."""
    return {column.name: column.type.upper().strip() for column in columns}


def is_text_type(type_: str | None) -> bool:
    """Whether a declared type is text."""
    return type_ is not None and type_.partition("(")[0].strip() in {"VARCHAR", "TEXT", "STRING", "CHAR", "BPCHAR"}


def decimal_type(type_: str | None) -> tuple[int, int] | None:
    """Return precision and scale of a declared DECIMAL; None for another type."""
    import re

    match = re.fullmatch(r"(?:DECIMAL|NUMERIC)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?", type_ or "")
    if match is None:
        return None
    precision, scale = int(match[1] or 18), int(match[2] or (0 if match[1] else 3))
    return (precision, scale) if scale <= precision <= 38 else None


def _array(node: Node, column: ColumnType, values: list[Any]) -> pa.Array[Any]:
    import pyarrow as pa  # lazy: only sources of other formats need it

    try:
        if column.convert is not None:
            values = [None if value is None else column.convert(value) for value in values]
        return pa.array(values, type=column.type)
    except (pa.ArrowException, ValueError, TypeError, OverflowError, ArithmeticError) as error:
        raise _misfit(node, column, values) or source_error(
            "MW-X642", node, f"column '{column.name}' cannot be stored as {column.shown}: {error}"
        ) from error


def _misfit(node: Node, column: ColumnType, values: Sequence[Any]) -> InputError | None:
    """Return the error that shows the first value that the column cannot hold."""
    import pyarrow as pa  # lazy: only sources of other formats need it

    for value in values:
        if value is None:
            continue
        try:
            pa.array([column.convert(value) if column.convert else value], type=column.type)
        except (pa.ArrowException, ValueError, TypeError, OverflowError, ArithmeticError):
            text = str(value)
            shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
            error = source_error(
                "MW-X642",
                node,
                f"column '{column.name}' holds {shown!r}, which {column.shown} cannot",
                fix="cast or filter it in `query`, or declare the column with a type that holds it",
            )
            assert isinstance(error, InputError)
            return error
    return None
