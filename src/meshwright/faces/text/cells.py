"""Cells of a query's answer as JSON text and as plain text, exact: an encoder for each Arrow type.

Integers and decimals keep all their digits (scale 0 without a point), not-a-number and infinity are null in JSON (it
has no word for them), times are ISO 8601 (with offset where they have a zone), bytes are hexadecimal, lists, structs
and maps nest. pyarrow is imported by the caller's data already; here only lazily, so that help does not pay for it.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import struct
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from meshwright.faces.text.times import time_text

if TYPE_CHECKING:
    import pyarrow as pa

#: Encodes one Python value that Arrow gave; None never reaches it.
Encoder = Callable[[Any], str]

#: The end of a day, which Arrow's and DuckDB's times have and Python's have not.
_MIDNIGHT = {"us": 86_400 * 10**6, "ns": 86_400 * 10**9}
_JSON_STRING = json.JSONEncoder(ensure_ascii=False).encode


def text_columns(batch: pa.RecordBatch, null: str | None) -> list[list[str | None]]:
    """Return every cell of `batch` as plain text, column by column; nested values as JSON; `null` for missing ones."""
    return [_encoded(column, text_encoder(column.type), null) for column in batch.columns]


def unique_names(names: Sequence[str]) -> list[str]:
    """Make repeated names distinct (``id``, ``id_1``), so that no column of an object is lost."""
    taken = set(names)
    seen: set[str] = set()
    unique = []
    for name in names:
        candidate, number = name, 0
        while candidate in seen or (number and candidate in taken):
            number += 1
            candidate = f"{name}_{number}"
        seen.add(candidate)
        unique.append(candidate)
    return unique


def json_encoder(kind: Any) -> Encoder:  # noqa: PLR0911 - one return for each kind of type
    """Return the function that writes a value of Arrow type `kind` as JSON."""
    import pyarrow as pa  # heavy, needed only where there are rows

    types = pa.types
    if types.is_dictionary(kind):
        return json_encoder(kind.value_type)
    if types.is_boolean(kind):
        return lambda value: "true" if value else "false"
    if types.is_integer(kind):
        return str
    if types.is_floating(kind):
        return _json_float if types.is_float64(kind) else lambda value: _json_float(_shortest_float32(value))
    if types.is_decimal(kind):
        return lambda value: format(value, "f")
    if types.is_map(kind):
        return _map_encoder(kind)
    if types.is_struct(kind):
        return _struct_encoder(kind)
    if is_list(kind):
        item = _or_null(json_encoder(kind.value_type))
        return lambda value: f"[{', '.join(map(item, value))}]"
    text = _scalar_text_encoder(kind)
    return lambda value: _JSON_STRING(text(value))


def text_encoder(kind: Any) -> Encoder:
    """Return the function that writes a value of Arrow type `kind` as plain text (CSV, tables)."""
    import pyarrow as pa  # heavy, needed only where there are rows

    types = pa.types
    if types.is_dictionary(kind):
        return text_encoder(kind.value_type)
    if types.is_floating(kind):
        return repr if types.is_float64(kind) else lambda value: repr(_shortest_float32(value))
    is_json = types.is_boolean(kind) or types.is_integer(kind) or types.is_decimal(kind) or types.is_nested(kind)
    return json_encoder(kind) if is_json else _scalar_text_encoder(kind)


def _encoded(column: pa.Array[Any], encode: Encoder, null: Any) -> list[Any]:
    return [null if value is None else encode(value) for value in values_of(column)]


def values_of(column: pa.Array[Any]) -> Iterator[Any]:
    """Give Python values; times that Python cannot hold (nanoseconds, years beyond 9999, infinity) come as text."""
    import pyarrow as pa  # heavy, needed only where there are rows

    if pa.types.is_time64(column.type):
        yield from map(_value_or_text, column)
        return
    if pa.types.is_timestamp(column.type) and column.type.unit == "ns":
        # Where pandas is installed Arrow gives its timestamps, elsewhere an error: neither decides here.
        yield from map(_value_or_text, column)
        return
    try:
        yield from column.to_pylist()
    except (ValueError, OverflowError, pa.ArrowException):
        yield from map(_value_or_text, column)


def _value_or_text(scalar: Any) -> Any:  # noqa: PLR0911 - one return for each kind of type
    """Return one scalar's Python value, times that do not fit as text, at any depth."""
    import pyarrow as pa  # heavy, needed only where there are rows

    kind, types = scalar.type, pa.types
    if not scalar.is_valid:
        return None
    if types.is_timestamp(kind) or types.is_date32(kind):
        try:
            return scalar.as_py() if not types.is_timestamp(kind) or kind.unit != "ns" else time_text(scalar)
        except (ValueError, OverflowError, pa.ArrowException):
            return time_text(scalar)
    if types.is_time64(kind) and scalar.value == _MIDNIGHT[kind.unit]:
        return "24:00:00"
    if types.is_struct(kind):
        return {name: _value_or_text(scalar[name]) for name in scalar}
    if types.is_map(kind):
        return [(_value_or_text(pair["key"]), _value_or_text(pair["value"])) for pair in scalar.values]
    if is_list(kind):
        return [_value_or_text(item) for item in scalar.values]
    return scalar.as_py()


def is_list(kind: pa.DataType) -> bool:
    """Whether values of a type are lists, of whatever layout."""
    import pyarrow as pa  # heavy, needed only where there are rows

    types = pa.types
    return (
        types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind) or types.is_list_view(kind)
    )


def _scalar_text_encoder(kind: pa.DataType) -> Encoder:
    import pyarrow as pa  # heavy, needed only where there are rows

    types = pa.types
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return str
    return _temporal_or_binary_text


def _temporal_or_binary_text(value: object) -> str:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return _duration(0, value.days, value.seconds * 10**9 + value.microseconds * 1000)
    if isinstance(value, tuple) and hasattr(value, "months"):
        months, days, nanoseconds = value
        return _duration(months, days, nanoseconds)
    return str(value)


def _duration(months: int, days: int, nanoseconds: int) -> str:
    """ISO 8601: ``P1M2DT3.5S``."""
    seconds, rest = divmod(abs(nanoseconds), 10**9)
    sign = "-" if nanoseconds < 0 else ""
    fraction = f".{rest:09d}".rstrip("0").rstrip(".") if rest else ""
    parts = [f"{months}M" if months else "", f"{days}D" if days else ""]
    if nanoseconds or not (months or days):
        parts.append(f"T{sign}{seconds}{fraction}S")
    return "P" + "".join(parts)


def _json_float(value: float) -> str:
    return repr(value) if math.isfinite(value) else "null"


def _shortest_float32(value: float) -> float:
    """Return the shortest decimal that is the same 32-bit float: 0.1, not 0.10000000149011612."""
    if not math.isfinite(value):
        return value
    for digits in range(6, 9):
        candidate = float(f"{value:.{digits}g}")
        if struct.unpack("f", struct.pack("f", candidate))[0] == value:
            return candidate
    return float(f"{value:.9g}")


def _or_null(encode: Encoder) -> Encoder:
    return lambda value: "null" if value is None else encode(value)


def _struct_encoder(kind: pa.DataType) -> Encoder:
    fields = [kind.field(index) for index in range(kind.num_fields)]
    encoders = [(field.name, _JSON_STRING(field.name), _or_null(json_encoder(field.type))) for field in fields]

    def encode(value: dict[str, object]) -> str:
        return "{" + ", ".join(f"{key}: {encoder(value[name])}" for name, key, encoder in encoders) + "}"

    return encode


def _map_encoder(kind: Any) -> Encoder:
    key_text, item = text_encoder(kind.key_type), _or_null(json_encoder(kind.item_type))

    def encode(value: Sequence[tuple[object, object]]) -> str:
        return "{" + ", ".join(f"{_JSON_STRING(key_text(key))}: {item(content)}" for key, content in value) + "}"

    return encode
