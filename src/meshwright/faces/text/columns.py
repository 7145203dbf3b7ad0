"""Columns of cells as text, all cells of a column at once: what `cells` says for each value, made by Arrow's own kernels.

`cells` is the definition, value by value. Here the same text is made in bulk wherever Arrow's kernels can be brought to give
exactly it; the few values that they write otherwise (very large and small floats, texts with what JSON escapes, years of more or
fewer than four digits) are written by `cells`, and so are the types that have no kernel. A test holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any  # Arrow's arrays and types: see `Cells`

from meshwright.faces.text.cells import Encoder, is_list, json_encoder, text_encoder, values_of

#: An Arrow array. Its stubs tell neither which kernels take arrays of what, nor what these give.
Cells = Any
#: What JSON escapes in a text; what makes a cell of CSV need quotes (an empty text does, to be told from a missing one).
_ESCAPED = r'["\\\x00-\x1f]'
_TO_QUOTE = r'[",\r\n]|^$'
#: Floats from here to there are written by Arrow without an exponent, with the same digits as Python's.
_PLAIN_FROM, _PLAIN_BELOW = 1e-4, 1e9
#: A decimal with more places may be written with an exponent by Arrow.
_MOST_PLACES = 6
_PER_DAY_S = 86_400
#: Days and seconds of the years 1 to 9999, from 1970 on.
_FIRST_DAY, _LAST_DAY = -719_162, 2_932_896
_SECOND_WIDTH = {"date": 19, "time": 8}


def json_texts(column: Cells) -> Cells:
    """Return every cell of `column` as JSON, missing ones as ``null``."""
    return _filled(_json(_plain(column)), "null")


def csv_texts(column: Cells, missing: str) -> Cells:
    """Return every cell of `column` as one of CSV, quoted where it has to be; `missing` for missing ones."""
    pc = _kernels()

    text = _text(_plain(column))
    if not _needs_no_quotes(column.type):
        to_quote = pc.fill_null(pc.match_substring_regex(text, _TO_QUOTE), False)
        if pc.any(to_quote).as_py():
            quoted = pc.binary_join_element_wise('"', pc.replace_substring(text, '"', '""'), '"', "")
            text = pc.if_else(to_quote, quoted, text)
    return _filled(text, missing)


def joined(*parts: Cells | str) -> Cells:
    """Put texts together, row by row."""
    pc = _kernels()

    return pc.binary_join_element_wise(*parts, "")


def _plain(column: Cells) -> Cells:
    """Return a column without what only wraps its values."""
    import pyarrow as pa  # heavy, needed only where there are rows

    if pa.types.is_dictionary(column.type):
        return column.dictionary_decode()
    if isinstance(column.type, pa.BaseExtensionType) and _is_text(column.type.storage_type):
        return column.storage
    return column


def _json(column: Cells) -> Cells:
    """Return cells as JSON; missing ones stay missing."""
    import pyarrow as pa  # heavy, needed only where there are rows

    pc = _kernels()

    kind, types = column.type, pa.types
    if types.is_floating(kind):
        return pc.if_else(pc.is_finite(column), _float(column), "null")
    if types.is_boolean(kind) or types.is_integer(kind) or types.is_decimal(kind) or types.is_nested(kind):
        return _text(column)
    text = _text(column)
    if _is_text(kind):
        text = _rewritten(text, pc.match_substring_regex(text, _ESCAPED), lambda value: json_encoder(kind)(value)[1:-1])
    return joined('"', text, '"')


def _text(column: Cells) -> Cells:  # noqa: PLR0911 - one return for each kind of type
    """Return cells as plain text, nested ones as JSON; missing ones stay missing."""
    import pyarrow as pa  # heavy, needed only where there are rows

    kind, types = column.type, pa.types
    if _is_text(kind):
        return column.cast(pa.string())
    if types.is_boolean(kind) or types.is_integer(kind) or types.is_null(kind):
        return column.cast(pa.string())
    if types.is_decimal(kind) and 0 <= kind.scale <= _MOST_PLACES:
        return column.cast(pa.string())
    if types.is_floating(kind) and not types.is_float16(kind):
        return _float(column)
    if types.is_date32(kind) and _is_within(column.cast(pa.int32()), _FIRST_DAY, _LAST_DAY):
        return column.cast(pa.string())
    if types.is_timestamp(kind) and kind.unit == "us" and kind.tz in {None, "UTC"}:
        return _moment(column)
    if types.is_time64(kind) and kind.unit == "us" and _is_within(column.cast(pa.int64()), 0, _PER_DAY_S * 10**6 - 1):
        return _seconds(column, column, "time")
    if types.is_struct(kind):
        return _object(column)
    if is_list(kind) and not types.is_list_view(kind):
        return _list(column)
    return _one_by_one(column, text_encoder(kind))


def _float(column: Cells) -> Cells:
    """Return floats as Python writes them: the fewest digits that mean the same number, and never as a whole number."""
    import pyarrow as pa  # heavy, needed only where there are rows

    pc = _kernels()

    text, size = column.cast(pa.string()), pc.abs(column)
    whole = pc.if_else(pc.equal(pc.trunc(column), column), ".0", "")
    is_plain = pc.or_(pc.and_(pc.greater_equal(size, _PLAIN_FROM), pc.less(size, _PLAIN_BELOW)), pc.equal(column, 0))
    return _rewritten(joined(text, whole), pc.invert(is_plain), text_encoder(column.type), of=column)


def _moment(column: Cells) -> Cells:
    """Return timestamps in microseconds as ISO 8601."""
    import pyarrow as pa  # heavy, needed only where there are rows

    pc = _kernels()

    per_second = 10**6
    if not _is_within(
        column.cast(pa.int64()), _FIRST_DAY * _PER_DAY_S * per_second, (_LAST_DAY + 1) * _PER_DAY_S * per_second - 1
    ):
        return _one_by_one(column, text_encoder(column.type))
    text = pc.binary_replace_slice(_seconds(column, column.cast(pa.timestamp("us")), "date"), 10, 11, "T")
    return text if column.type.tz is None else joined(text, "+00:00")


def _seconds(column: Cells, naive: Cells, what: str) -> Cells:
    """Return times of microseconds as text, without a fraction where that is none."""
    import pyarrow as pa  # heavy, needed only where there are rows

    pc = _kernels()

    count = column.cast(pa.int64())
    is_whole = pc.equal(pc.multiply(pc.divide(count, 10**6), 10**6), count)
    text = naive.cast(pa.string())
    return pc.if_else(is_whole, pc.binary_slice(text.cast(pa.binary()), 0, _SECOND_WIDTH[what]).cast(pa.string()), text)


def _object(column: Cells) -> Cells:
    """Return structs as JSON objects."""
    pc = _kernels()

    parts: list[Cells | str] = []
    for place, (field, values) in enumerate(zip(column.type, column.flatten(), strict=True)):
        key = json_encoder_of_text(field.name)
        parts += [f"{', ' if place else '{'}{key}: ", json_texts(values)]
    return (
        pc.if_else(column.is_valid(), joined(*parts, "}"), None)
        if parts
        else _one_by_one(column, text_encoder(column.type))
    )


def _list(column: Cells) -> Cells:
    """Return lists as JSON arrays."""
    import pyarrow as pa  # heavy, needed only where there are rows

    pc = _kernels()

    lengths = pc.fill_null(pc.list_value_length(column), 0).cast(pa.int32())
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), pc.cumulative_sum(lengths)])
    items = pa.ListArray.from_arrays(offsets, json_texts(column.flatten()))
    text = joined("[", pc.binary_join(items, ", "), "]")
    return pc.if_else(column.is_valid(), text, None)


def json_encoder_of_text(text: str) -> str:
    """Return a text as JSON."""
    import pyarrow as pa  # heavy, needed only where there are rows

    return json_encoder(pa.string())(text)


def _rewritten(text: Cells, where: Cells, encode: Encoder, of: Cells | None = None) -> Cells:
    """Return `text` with the cells that `where` names written anew: from themselves, or from the values `of` a column."""
    import pyarrow as pa  # heavy, needed only where there are rows

    pc = _kernels()

    mask = pc.fill_null(where, False)
    if not pc.any(mask).as_py():
        return text
    values = (text if of is None else of).filter(mask).to_pylist()
    return pc.replace_with_mask(text, mask, pa.array(map(encode, values), pa.string()))


def _one_by_one(column: Cells, encode: Callable[[Any], str]) -> Cells:
    import pyarrow as pa  # heavy, needed only where there are rows

    return pa.array((None if value is None else encode(value) for value in values_of(column)), pa.string())


def _filled(text: Cells, missing: str) -> Cells:
    pc = _kernels()

    return pc.fill_null(text, missing) if text.null_count else text


def _is_within(numbers: Cells, first: int, last: int) -> bool:
    pc = _kernels()

    found = pc.min_max(numbers)
    least, most = found["min"].as_py(), found["max"].as_py()
    return least is None or (first <= least and most <= last)


def _is_text(kind: Any) -> bool:
    import pyarrow as pa  # heavy, needed only where there are rows

    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def _needs_no_quotes(kind: Any) -> bool:
    """Whether no value of a type has anything of what needs quotes in CSV."""
    import pyarrow as pa  # heavy, needed only where there are rows

    types = pa.types
    return types.is_primitive(kind) or types.is_decimal(kind) or types.is_boolean(kind)


def _kernels() -> Any:
    """Return Arrow's kernels, of whose types the stubs know too little."""
    import pyarrow.compute as pc  # heavy, needed only where there are rows

    return pc
