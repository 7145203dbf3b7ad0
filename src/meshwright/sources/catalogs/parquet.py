"""What a Parquet file declares beside its types: which values must be there, at every depth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from meshwright.diagnostics import Diagnostic, InputError, SourceSpan
from meshwright.model.shapes import Shape

if TYPE_CHECKING:
    import pyarrow as pa

_MAGIC: Final = b"PAR1"
_ENCRYPTED: Final = b"PARE"


def check_readable(path: Path, shown: str) -> None:
    """Raise InputError (MW-C241) for a file that is no Parquet, is cut off, or whose footer is encrypted."""
    with path.open("rb") as stream:
        head = stream.read(4)
        size = stream.seek(0, 2)
        stream.seek(max(size - 4, 0))
        tail = stream.read(4)
    if _ENCRYPTED in (head, tail):
        fix = "write its schema without encryption, or describe the table as DDL"
        raise _error(shown, f"the footer of '{shown}' is encrypted: nothing tells its columns", fix)
    if head != _MAGIC:
        raise _error(shown, f"'{shown}' is no Parquet file", "name its format with --from")
    if tail != _MAGIC or size < 12:
        raise _error(shown, f"'{shown}' is cut off: it does not end as a Parquet file does", "get the file again")


def with_nullability(columns: Sequence[Shape], path: Path, shown: str) -> tuple[Shape, ...]:
    """Return the columns with what the file's schema says of them: required or not, at every depth."""
    import pyarrow as pa  # lazy: only Parquet needs it
    import pyarrow.parquet as pq  # lazy, as above

    try:
        schema = pq.read_schema(path)
    except (pa.ArrowException, OSError) as error:
        words = " ".join(str(error).split())[:300]
        raise _error(shown, f"the schema of '{shown}' cannot be read: {words}", "get the file again") from None
    fields = {field.name: field for field in schema}
    return tuple(_with(column, fields[column.name]) if column.name in fields else column for column in columns)


def _with(shape: Shape, field: pa.Field[pa.DataType]) -> Shape:
    import pyarrow as pa  # lazy, as above

    kind = field.type
    shape = replace(shape, is_required=not field.nullable)
    if pa.types.is_struct(kind) and shape.properties:
        inner = tuple(_with(each, kind.field(place)) for place, each in enumerate(shape.properties))
        return replace(shape, properties=inner)
    if (pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)) and shape.items:
        return replace(shape, items=_with(shape.items, kind.value_field))
    if pa.types.is_map(kind) and shape.key and shape.value:
        return replace(shape, key=_with(shape.key, kind.key_field), value=_with(shape.value, kind.item_field))
    return shape


def _error(shown: str, message: str, fix: str) -> InputError:
    return InputError(Diagnostic(code="MW-C241", message=message, span=SourceSpan(file=shown), fix=fix))
