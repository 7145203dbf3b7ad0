"""Cells in bulk are what cells one by one are, for every type and wherever a column is cut."""

from __future__ import annotations

import datetime as dt
import decimal
import json

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meshwright.faces.text.cells import json_encoder, text_encoder, values_of
from meshwright.faces.text.columns import csv_texts, json_texts

_INT64 = st.integers(-(2**63), 2**63 - 1)
_FLOATS = st.one_of(
    st.floats(),
    st.integers(-(10**17), 10**17).map(float),
    st.floats(-1e10, 1e10),
    st.sampled_from([0.0, -0.0, 1e-4, 9.999e-5, 1e9, 999_999_999.5, 1e15, 1e16, 1e22, 5e-324, 0.1]),
)
_FLOATS32 = st.one_of(st.floats(width=32), st.integers(-(2**24), 2**24).map(float), st.sampled_from([0.0, 16777216.0]))
#: Half of a pair of code units is no text of a database.
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_QUOTABLE = st.text(st.sampled_from(list("a,\"\r\n\\'\x00\x1f\x7f\u2028\U0001f600 ")), max_size=6)
#: Beyond the years that Python knows, and DuckDB's infinities.
_DAYS = st.one_of(st.integers(-800_000, 3_500_000), st.sampled_from([2**31 - 1, -(2**31) + 1, -719_162, 2_932_896, 0]))
_MICROS = st.one_of(
    st.integers(-(2 * 10**17), 4 * 10**17),
    st.integers(-(10**9), 4 * 10**9).map(lambda second: second * 10**6),
    st.sampled_from([2**63 - 1, -(2**63) + 1, -1, 0, 253_402_300_799_999_999, 253_402_300_800_000_000]),
)
_CASES: dict[str, tuple[pa.DataType, st.SearchStrategy[object]]] = {
    "boolean": (pa.bool_(), st.booleans()),
    "int8": (pa.int8(), st.integers(-128, 127)),
    "uint64": (pa.uint64(), st.integers(0, 2**64 - 1)),
    "int64": (pa.int64(), _INT64),
    "double": (pa.float64(), _FLOATS),
    "float": (pa.float32(), _FLOATS32),
    "whole": (pa.decimal128(38, 0), st.integers(-(10**38) + 1, 10**38 - 1).map(decimal.Decimal)),
    "decimal": (pa.decimal128(18, 6), st.decimals(-(10**11), 10**11, places=6)),
    "deep": (pa.decimal128(38, 20), st.decimals(-(10**4), 10**4, places=20)),
    "text": (pa.string(), st.one_of(_TEXTS, _QUOTABLE)),
    "large text": (pa.large_string(), _QUOTABLE),
    "text view": (pa.string_view(), _QUOTABLE),
    "named": (pa.dictionary(pa.int8(), pa.string()), st.sampled_from(["a", "b,", ""])),
    "bytes": (pa.binary(), st.binary(max_size=4)),
    "date": (pa.date32(), _DAYS),
    "timestamp": (pa.timestamp("us"), _MICROS),
    "instant": (pa.timestamp("us", "UTC"), _MICROS),
    "seconds": (pa.timestamp("s"), st.integers(-(10**9), 10**10)),
    "nanoseconds": (pa.timestamp("ns"), st.integers(-(9 * 10**18), 9 * 10**18)),
    "time": (pa.time64("us"), st.integers(0, 86_400 * 10**6)),
    "whole time": (pa.time64("us"), st.integers(0, 86_400).map(lambda second: second * 10**6)),
    "nothing": (pa.null(), st.none()),
    "length": (
        pa.month_day_nano_interval(),
        st.tuples(st.integers(-9, 9), st.integers(-9, 9), st.integers(-9, 10**12)),
    ),
}


def _nested(kind: pa.DataType, values: st.SearchStrategy[object]) -> dict[str, tuple[pa.DataType, st.SearchStrategy]]:
    some = st.one_of(st.none(), values)
    return {
        "list": (pa.list_(kind), st.lists(some, max_size=3)),
        "lists": (pa.list_(pa.list_(kind)), st.lists(st.one_of(st.none(), st.lists(some, max_size=2)), max_size=3)),
        "fixed": (pa.list_(kind, 2), st.lists(some, min_size=2, max_size=2)),
        "struct": (
            pa.struct([pa.field('a"b', kind), pa.field("l", pa.list_(kind))]),
            st.fixed_dictionaries({'a"b': some, "l": st.one_of(st.none(), st.lists(some, max_size=2))}),
        ),
        "map": (pa.map_(pa.string(), kind), st.lists(st.tuples(_QUOTABLE, some), max_size=2)),
    }


def _array(kind: pa.DataType, values: list[object]) -> pa.Array:
    """Return an array; times by their counts, which Python's own types do not all hold."""
    if (
        pa.types.is_temporal(kind)
        and not pa.types.is_interval(kind)
        and all(value is None or isinstance(value, int) for value in values)
    ):
        bits = pa.int32() if kind.bit_width == 32 else pa.int64()
        return pa.array(values, bits).view(kind)
    return pa.array(values, kind)


def _hold(column: pa.Array) -> None:
    kind = column.type
    as_json, as_text = json_encoder(kind), text_encoder(kind)
    values = list(values_of(column))
    wanted = ["null" if value is None else as_json(value) for value in values]
    assert json_texts(column).to_pylist() == wanted
    for text in wanted:
        json.loads(text)
    cells = ["-" if value is None else _quoted(as_text(value)) for value in values]
    assert csv_texts(column, "-").to_pylist() == cells


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if not text or set(text) & set(',"\r\n') else text


@pytest.mark.parametrize("name", _CASES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_plain_columns_are_written_alike(name: str, data: st.DataObject) -> None:
    kind, values = _CASES[name]
    column = _array(kind, data.draw(st.lists(st.one_of(st.none(), values), max_size=6)))
    start = data.draw(st.integers(0, len(column)))
    _hold(column)
    _hold(column.slice(start))
    _hold(column.slice(0, start))


@pytest.mark.parametrize("shape", ["list", "lists", "fixed", "struct", "map"])
@pytest.mark.parametrize("name", ["int64", "double", "text", "decimal", "boolean"])
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_nested_columns_are_written_alike(name: str, shape: str, data: st.DataObject) -> None:
    kind, values = _nested(*_CASES[name])[shape]
    column = pa.array(data.draw(st.lists(st.one_of(st.none(), values), max_size=5)), kind)
    start = data.draw(st.integers(0, len(column)))
    _hold(column)
    _hold(column.slice(start))
    _hold(column.slice(0, start))


@pytest.mark.parametrize("kind", [pa.date32(), pa.timestamp("us"), pa.timestamp("us", "UTC"), pa.time64("us")])
def test_times_in_nested_columns_are_written_alike(kind: pa.DataType) -> None:
    times = {pa.date32(): dt.date(2013, 1, 31), pa.time64("us"): dt.time(5, 6, 7, 500_000)}
    value = times.get(kind, dt.datetime(2013, 1, 31, 5, 6, 7, tzinfo=dt.UTC if getattr(kind, "tz", None) else None))
    _hold(pa.array([[value, None], None, []], pa.list_(kind)))
    _hold(pa.array([{"x": value}, {"x": None}, None], pa.struct([("x", kind)])))
