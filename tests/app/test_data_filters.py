"""Filters, orders and lists of columns: read as the grammar says, refused with a place, true of the rows that they ought to be."""

from __future__ import annotations

import datetime as dt
import decimal
import functools
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meshwright.app.data_columns import chosen_columns, read_order
from meshwright.app.data_filters import DEEPEST, MOST_CONDITIONS, MOST_VALUES, read_filter
from meshwright.app.data_times import date_text, moment_text
from meshwright.app.data_words import LONGEST
from meshwright.diagnostics import InputError
from meshwright.engines.duckdb.rowreader import RowReader
from meshwright.engines.protocol import Relation
from meshwright.engines.reading import ReadingLimits, RowsRequest
from meshwright.faces.text.times import time_text
from meshwright.model import Column, Columns
from meshwright.model.conditions import (
    Among,
    Comparator,
    Comparison,
    Condition,
    Every,
    Like,
    Missing,
    Not,
    Ordering,
    Reach,
    Some,
)

COLUMNS: Columns = tuple(
    Column(name=name, type=type_)
    for name, type_ in {
        "i": "INTEGER",
        "d": "DECIMAL(9,2)",
        "t": "VARCHAR",
        "b": "BOOLEAN",
        "day": "DATE",
        "at": "TIMESTAMP",
        "tz": "TIMESTAMP WITH TIME ZONE",
        "f": "DOUBLE",
        "Odd name": "VARCHAR",
        "home": 'STRUCT(city VARCHAR, "Zip code" INTEGER)',
        "tags": "VARCHAR[]",
        "u": "UUID",
        "clock": "TIME",
        "small": "FLOAT",
        "ns": "TIMESTAMP_NS",
        "raw": "BLOB",
        "zoned": "TIME WITH TIME ZONE",
    }.items()
)
NUMBER, TEXT, DAY = (
    Reach(path=(name,), type=type_) for name, type_ in (("i", "INTEGER"), ("t", "VARCHAR"), ("day", "DATE"))
)


def read(text: str) -> Condition | None:
    return read_filter(text, COLUMNS, "a dataset")


def equals(reach: Reach, value: str) -> Comparison:
    return Comparison(reach=reach, comparator=Comparator.EQUAL, value=value)


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("i = 3", equals(NUMBER, "3")),
        ("I=3", equals(NUMBER, "3")),
        ("i != -3", Comparison(reach=NUMBER, comparator=Comparator.UNEQUAL, value="-3")),
        ("t = 'it''s'", equals(TEXT, "it's")),
        ("\"Odd name\" = ''", equals(Reach(path=("Odd name",), type="VARCHAR"), "")),
        ("i is null", Missing(reach=NUMBER)),
        ("tags IS NOT NULL", Not(condition=Missing(reach=Reach(path=("tags",), type="VARCHAR[]")))),
        ("i in (1, 2)", Among(reach=NUMBER, values=("1", "2"))),
        ("i not in (1)", Not(condition=Among(reach=NUMBER, values=("1",)))),
        ("t ilike 'a!%' escape '!'", Like(reach=TEXT, pattern="a!%", escape="!", is_blind_to_case=True)),
        ("home.city = 'x'", equals(Reach(path=("home", "city"), type="VARCHAR"), "x")),
        ('home."zip CODE" = 1', equals(Reach(path=("home", "Zip code"), type="INTEGER"), "1")),
        ("day = date '2013-01-31'", equals(DAY, "2013-01-31")),
        (
            "i = 1 or i = 2 and not t = 'x'",
            Some(
                conditions=(
                    equals(NUMBER, "1"),
                    Every(conditions=(equals(NUMBER, "2"), Not(condition=equals(TEXT, "x")))),
                )
            ),
        ),
        (
            "(i = 1 or i = 2) and i = 3",
            Every(conditions=(Some(conditions=(equals(NUMBER, "1"), equals(NUMBER, "2"))), equals(NUMBER, "3"))),
        ),
    ],
)
def test_a_filter_is_read_as_the_grammar_says(text: str, condition: Condition) -> None:
    assert read(text) == condition


@pytest.mark.parametrize(
    ("column", "written", "value"),
    [
        ("i", "2147483647", "2147483647"),
        ("i", "1e2", "100"),
        ("i", "3.0", "3"),
        ("d", "1.5", "1.5"),
        ("d", "-9999999.99", "-9999999.99"),
        ("d", "decimal '1.50'", "1.5"),
        ("f", "1", "1.0"),
        ("f", "'NaN'", "NaN"),
        ("f", "'-infinity'", "-Infinity"),
        ("small", "0.1", "0.1"),
        ("b", "TRUE", "true"),
        ("at", "'2013-01-31'", "2013-01-31 00:00:00"),
        ("at", "timestamp '2013-01-31T05:06:07.120'", "2013-01-31 05:06:07.12"),
        ("at", "'2013-01-31 05:06'", "2013-01-31 05:06:00"),
        ("tz", "'2013-01-31T05:06:07+02:00'", "2013-01-31 03:06:07+00"),
        ("tz", "'2013-01-31T05:06:07Z'", "2013-01-31 05:06:07+00"),
        ("tz", "'2013-01-31 05:06:07'", "2013-01-31 05:06:07+00"),
        ("ns", "'2013-01-31 05:06:07.123456789'", "2013-01-31 05:06:07.123456789"),
        ("clock", "time '05:06:07.5'", "05:06:07.5"),
        ("clock", "'24:00:00'", "24:00:00"),
        ("zoned", "'05:06:07+02'", "03:06:07+00"),
        ("zoned", "time '01:00-05:30'", "06:30:00+00"),
        ("zoned", "'23:00'", "23:00:00+00"),
        ("day", "'infinity'", "infinity"),
        ("day", "'+12013-02-28'", "12013-02-28"),
        ("day", "'0000-02-29'", "0001-02-29 (BC)"),
        ("day", "date '-0043-03-15'", "0044-03-15 (BC)"),
        ("at", "'-Infinity'", "-infinity"),
        ("at", "'+290000-01-01T00:00:00.5'", "290000-01-01 00:00:00.5"),
        ("tz", "'0001-01-01T00:00:00+05:00'", "0001-12-31 (BC) 19:00:00+00"),
        ("ns", "'1677-09-22'", "1677-09-22 00:00:00"),
        ("ns", "'2262-04-11 23:47:16.854775806'", "2262-04-11 23:47:16.854775806"),
        ("raw", "'00fF'", "\\x00\\xFF"),
        ("raw", "''", ""),
        ("t", "'a\0b'", "a\0b"),
        ("u", "'123E4567-e89b-12d3-a456-426614174000'", "123e4567-e89b-12d3-a456-426614174000"),
    ],
)
def test_a_value_is_given_on_as_one_of_its_columns_type(column: str, written: str, value: str) -> None:
    found = read(f"{column} = {written}")
    assert isinstance(found, Comparison)
    assert found.value == value
    with duckdb.connect() as connection:  # of its own: a result that is not read to its end keeps the shared one
        assert connection.execute(f"SELECT CAST($1 AS {found.reach.type})", [value]).fetchone() is not None


@given(st.integers(-2_147_483_646, 2_147_483_646))
@settings(max_examples=100, deadline=None)
def test_days_of_every_year_are_those_that_rows_show(days: int) -> None:
    shown = time_text(pa.scalar(days, pa.int32()).cast(pa.date32()))
    assert _read_as("DATE", date_text(shown)) == days


@given(st.integers(-9_223_372_022_400_000_000, 2**63 - 2))
@settings(max_examples=100, deadline=None)
def test_moments_of_every_year_are_those_that_rows_show(count: int) -> None:
    shown = time_text(pa.scalar(count, pa.int64()).cast(pa.timestamp("us", "UTC")))
    assert _read_as("TIMESTAMPTZ", moment_text(shown, "TIMESTAMP WITH TIME ZONE")) == count


def _read_as(kind: str, text: str) -> int:
    """Return what the engine counts when it reads a text."""
    with duckdb.connect() as connection:
        counted = f"epoch_us(CAST($1 AS {kind}))" if kind != "DATE" else "CAST($1 AS DATE) - DATE '1970-01-01'"
        found = connection.execute(f"SELECT {counted}", [text]).fetchone()
    assert found is not None
    return int(found[0])


@pytest.mark.parametrize(
    ("text", "code", "at", "words"),
    [
        ("", "MW-H101", 1, "the end"),
        ("i", "MW-H101", 2, "the end"),
        ("i =", "MW-H101", 4, "a value is missing"),
        ("i = 1 i = 2", "MW-H101", 7, "'i' cannot follow"),
        ("(i = 1", "MW-H101", 7, "')' is missing"),
        ("i = 1)", "MW-H101", 6, "')' cannot follow"),
        ("i in ()", "MW-H101", 7, "a value is missing"),
        ("i not = 1", "MW-H101", 7, "'=' says nothing of i"),
        ("i = null", "MW-H101", 5, "nothing equals null"),
        ("i == 1", "MW-H101", 4, "'==' is no comparison here"),
        ("i = t", "MW-H101", 5, "a value is missing, and 't'"),
        ('t = "x"', "MW-H101", 5, "texts stand in single quotes"),
        ("t = 'x", "MW-H101", 5, "quote at 5"),
        ("i = 1; drop table x", "MW-H101", 6, "';' means nothing"),
        ("i = 1 -- x", "MW-H101", 7, "is no number"),
        ("i = 1.2.3", "MW-H101", 5, "is no number"),
        ("lower(t) = 'x'", "MW-H102", 1, "no column 'lower'"),
        ("t like 'a%' escape '!!'", "MW-H101", 20, "one character"),
        ("t like '!a' escape '!'", "MW-H101", 8, "escapes nothing"),
        ("tt = 1", "MW-H102", 1, "no column 'tt' in a dataset"),
        ("home.town = 'x'", "MW-H102", 6, "no field 'town' in home"),
        ("i.x = 1", "MW-H102", 3, "has no fields"),
        ("i = 1.5", "MW-H103", 5, "which is INTEGER"),
        ("i = 2147483648", "MW-H103", 5, "which is INTEGER"),
        ("i = 1e999999999", "MW-H103", 5, "which is INTEGER"),
        ("i = '1'", "MW-H103", 5, "which is INTEGER"),
        ("d = 1.005", "MW-H103", 5, "which is DECIMAL(9,2)"),
        ("d = 10000000", "MW-H103", 5, "which is DECIMAL(9,2)"),
        ("f = 1e400", "MW-H103", 5, "which is DOUBLE"),
        ("small = 1e39", "MW-H103", 9, "which is FLOAT"),
        ("t = 1", "MW-H103", 5, "which is VARCHAR"),
        ("b = 'true'", "MW-H103", 5, "which is BOOLEAN"),
        ("day = '2013-02-30'", "MW-H103", 7, "which is DATE"),
        ("day = timestamp '2013-02-03'", "MW-H103", 7, "which is DATE"),
        ("at = '2013-01-31 05:06:07Z'", "MW-H103", 6, "which is TIMESTAMP"),
        ("at = '2013-01-31 05:06:07.1234567'", "MW-H103", 6, "which is TIMESTAMP"),
        ("at = date '2013-01-31 05:06:07'", "MW-H103", 11, "is no date"),
        ("tz = '2013-01-31T05:06:07+25:00'", "MW-H103", 6, "TIME ZONE"),
        ("tz = '294247-01-11T00:00:00Z'", "MW-H103", 6, "TIME ZONE"),
        ("at = '+294247-01-11'", "MW-H103", 6, "which is TIMESTAMP"),
        ("day = '+5881580-07-11'", "MW-H103", 7, "which is DATE"),
        ("day = '2100-02-29'", "MW-H103", 7, "which is DATE"),
        ("day = '12013-02-28'", "MW-H103", 7, "which is DATE"),
        ("clock = '24:00:01'", "MW-H103", 9, "which is TIME"),
        ("clock = '05:06:07+01'", "MW-H103", 9, "which is TIME"),
        ("raw = '0g'", "MW-H103", 7, "hexadecimal"),
        ("raw = '0'", "MW-H103", 7, "hexadecimal"),
        ("ns = '2500-01-01'", "MW-H103", 6, "TIMESTAMP_NS"),
        ("u = 'x'", "MW-H103", 5, "which is UUID"),
        ("tags = 'x'", "MW-H103", 6, "is null"),
        ("i like 'x'", "MW-H103", 8, "only texts"),
        ("home is 3", "MW-H101", 9, "'null' is missing"),
        ("t = '\ud800'", "MW-H101", 5, ""),
        ("(" * 40 + "i = 1" + ")" * 40, "MW-H104", DEEPEST + 2, "deep"),
        ("not " * 5000 + "i = 1", "MW-H104", 1, "characters"),
        ("not " * 100 + "i = 1", "MW-H104", 4 * (DEEPEST + 1) + 1, "deep"),
        (" or ".join(["i = 1"] * (MOST_CONDITIONS + 1)), "MW-H104", 9 * MOST_CONDITIONS + 1, "at most 200 conditions"),
        (f"i in ({', '.join(['1'] * (MOST_VALUES + 1))})", "MW-H104", 7 + 3 * MOST_VALUES, "at most 1,000 values"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, code: str, at: int, words: str) -> None:
    with pytest.raises(InputError) as refused:
        read(text)
    found = refused.value.first
    assert (found.code, words in f"{found.message} {found.fix}") == (code, True), found
    assert found.fix
    if found.span is not None:
        assert (found.span.file, found.span.line, found.span.column) == ("filter", 1, at)
    else:
        assert len(text) > LONGEST


def test_an_unknown_column_comes_with_the_nearest_name() -> None:
    with pytest.raises(InputError) as refused:
        read("clok = time '05:06'")
    assert "did you mean 'clock'?" in str(refused.value.first.fix)


def test_columns_are_chosen_in_the_order_asked_for() -> None:
    assert [each.name for each in chosen_columns('d, "Odd name",I', COLUMNS, "x")] == ["d", "Odd name", "i"]
    assert chosen_columns(None, COLUMNS, "x") == COLUMNS


@pytest.mark.parametrize("text", ["", "i,", "i i", "i,i", "i,I", "*", "x", "i;", "home.city"])
def test_a_list_of_columns_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        chosen_columns(text, COLUMNS, "x")


def test_an_order_says_which_way_and_where_nulls_stand() -> None:
    assert read_order("i desc, t asc nulls first,home.city NULLS LAST", COLUMNS, "x") == (
        Ordering(reach=NUMBER, is_descending=True),
        Ordering(reach=TEXT, is_missing_last=False),
        Ordering(reach=Reach(path=("home", "city"), type="VARCHAR")),
    )
    assert read_order(None, COLUMNS, "x") == ()


@pytest.mark.parametrize("text", ["", "i downwards", "i,,t", "tags", "x", "i nulls", "1", ",".join(["i"] * 17)])
def test_an_order_that_cannot_be_kept_is_refused(text: str) -> None:
    with pytest.raises(InputError):
        read_order(text, COLUMNS, "x")


# What a filter is true of, beside a naive evaluation.

_Row = dict[str, object]
_ROWS: list[_Row] = [
    {
        "i": [None, -5, 0, 3, 7][n % 5],
        "d": [None, decimal.Decimal("-1.50"), decimal.Decimal("0.00"), decimal.Decimal("2.25")][n % 4],
        "t": [None, "", "a", "Ab", "b%", "a_b", "ä", "\U0001f600"][n % 8],
        "b": [None, True, False][n % 3],
        "day": [None, dt.date(2013, 1, 1), dt.date(2013, 2, 28)][n % 3],
        "at": [None, dt.datetime(2013, 1, 1, 5), dt.datetime(2013, 1, 1, 5, 0, 0, 1), dt.datetime(1969, 12, 31)][n % 4],
        "f": [None, math.nan, math.inf, -math.inf, 0.1, -0.0, 2.0][n % 7],
        "home": [None, {"city": "x", "Zip code": 1}, {"city": None, "Zip code": 2}][n % 3],
    }
    for n in range(120)
]
_LITERALS: dict[str, list[tuple[str, object]]] = {
    "i": [("-5", -5), ("0", 0), ("3", 3), ("4", 4), ("2147483647", 2147483647)],
    "d": [("-1.5", decimal.Decimal("-1.5")), ("0", decimal.Decimal(0)), ("2.25", decimal.Decimal("2.25"))],
    "t": [("''", ""), ("'a'", "a"), ("'Ab'", "Ab"), ("'b%'", "b%"), ("'ä'", "ä"), ("'O''K'", "O'K")],
    "b": [("true", True), ("false", False)],
    "day": [("date '2013-01-01'", dt.date(2013, 1, 1)), ("'2013-01-15'", dt.date(2013, 1, 15))],
    "at": [
        ("'2013-01-01'", dt.datetime(2013, 1, 1)),
        ("timestamp '2013-01-01T05:00:00.000001'", dt.datetime(2013, 1, 1, 5, 0, 0, 1)),
        ("date '1970-01-01'", dt.datetime(1970, 1, 1)),
    ],
    "f": [("0.1", 0.1), ("0", 0.0), ("'NaN'", math.nan), ("'Infinity'", math.inf), ("-1e3", -1000.0)],
    "home.city": [("'x'", "x"), ("'y'", "y")],
    'home."Zip code"': [("1", 1), ("2", 2)],
}
_PATTERNS = ["", "%", "a", "a%", "_", "%b", "A%", "b!%", "a!_b", "!!", "__", "%_%"]
_COMPARED: dict[str, Callable[[object, object], bool]] = {
    "=": lambda a, b: _key(a) == _key(b),
    "!=": lambda a, b: _key(a) != _key(b),
    "<>": lambda a, b: _key(a) != _key(b),
    "<": lambda a, b: _key(a) < _key(b),
    "<=": lambda a, b: _key(a) <= _key(b),
    ">": lambda a, b: _key(a) > _key(b),
    ">=": lambda a, b: _key(a) >= _key(b),
}


def _key(value: object) -> tuple[int, object]:
    """Order values as the engine does: texts by their bytes, not-a-number after all numbers and equal to itself."""
    if isinstance(value, str):
        return (0, value.encode())
    if isinstance(value, float):
        return (1, 0.0) if math.isnan(value) else (0, value)
    return (0, value)


@dataclass(frozen=True)
class Case:
    """A filter's text, and what it is of a row: true, false or neither."""

    text: str
    holds: Callable[[_Row], bool | None]


def _value(row: _Row, name: str) -> object:
    outer, dot, inner = name.partition(".")
    value = row[outer]
    if not dot:
        return value
    assert value is None or isinstance(value, dict)
    return None if value is None else value[inner.strip('"')]


def _of(name: str, test: Callable[[object], bool]) -> Callable[[_Row], bool | None]:
    return lambda row: None if (value := _value(row, name)) is None else test(value)


def _negated(held: bool | None) -> bool | None:
    return None if held is None else not held


def _both(left: bool | None, right: bool | None) -> bool | None:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def _either(left: bool | None, right: bool | None) -> bool | None:
    return _negated(_both(_negated(left), _negated(right)))


def _is_like(value: str, pattern: str, *, is_blind: bool) -> bool:
    written = ""
    position = 0
    while position < len(pattern):
        letter = pattern[position]
        if letter == "!":
            position += 1
            written += re.escape(pattern[position])
        else:
            written += {"%": ".*", "_": "."}.get(letter, re.escape(letter))
        position += 1
    flags = re.DOTALL | (re.IGNORECASE if is_blind else 0)
    return re.fullmatch(written, value, flags) is not None


@st.composite
def _tests(draw: st.DrawFn) -> Case:
    name = draw(st.sampled_from(sorted(_LITERALS)))
    kind = draw(st.sampled_from(["compare", "in", "between", "null", "like" if name == "t" else "compare"]))
    literals = st.sampled_from(_LITERALS[name])
    negation = draw(st.sampled_from(["", "not "]))
    turn = _negated if negation else (lambda held: held)
    if kind == "null":
        is_there = negation != ""
        return Case(f"{name} is {negation}null", lambda row: (_value(row, name) is None) is not is_there)
    if kind == "in":
        values = draw(st.lists(literals, min_size=1, max_size=4))
        keys = [_key(value) for _, value in values]
        among = _of(name, lambda value: _key(value) in keys)
        return Case(f"{name} {negation}in ({','.join(text for text, _ in values)})", lambda row: turn(among(row)))
    if kind == "between":
        (low_text, low), (high_text, high) = draw(literals), draw(literals)
        between = _of(name, lambda value: _key(low) <= _key(value) <= _key(high))
        return Case(f"{name} {negation}between {low_text} and {high_text}", lambda row: turn(between(row)))
    if kind == "like":
        pattern, is_blind = draw(st.sampled_from(_PATTERNS)), draw(st.booleans())
        like = _of(name, lambda value: _is_like(str(value), pattern, is_blind=is_blind))
        word = "ilike" if is_blind else "like"
        return Case(f"t {negation}{word} '{pattern}' escape '!'", lambda row: turn(like(row)))
    sign, (text, other) = draw(st.sampled_from(sorted(_COMPARED))), draw(literals)
    compared = _of(name, lambda value: _COMPARED[sign](value, other))
    return Case(f"{name} {sign} {text}", compared)


def _joined(inner: st.SearchStrategy[Case]) -> st.SearchStrategy[Case]:
    def join(cases: list[Case], word: str) -> Case:
        with_both = _both if word == "and" else _either
        text = f" {word} ".join(f"({each.text})" for each in cases)
        return Case(text, lambda row: functools.reduce(with_both, (each.holds(row) for each in cases)))

    several = st.builds(join, st.lists(inner, min_size=2, max_size=3), st.sampled_from(["and", "or"]))
    return several | st.builds(lambda case: Case(f"not ({case.text})", lambda row: _negated(case.holds(row))), inner)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], list[int]]]:
    """What gives the numbers of the rows of which a filter is true."""
    folder = tmp_path_factory.mktemp("rows")
    columns = _write(folder / "rows.parquet")
    relation = Relation(columns=columns, files=(str(folder / "rows.parquet"),), rows=len(_ROWS))
    reader = RowReader(ReadingLimits(readable=(f"{folder}/",)))

    def ask(text: str) -> list[int]:
        condition = read_filter(text, columns, "rows")
        answer = reader.open(RowsRequest(dataset="a.b.rows", relation=relation, columns=("n",), condition=condition))
        try:
            return [n for batch in answer.batches() for n in batch.column(0).to_pylist()]
        finally:
            answer.close()

    yield ask
    reader.close()


def _write(file: Path) -> Columns:
    types = {"n": "INTEGER", **{each.name: each.type for each in COLUMNS if each.name in _ROWS[0]}}
    listed = ", ".join(f'"{name}" {type_}' for name, type_ in types.items())
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TABLE r ({listed})")
        marks = ", ".join("?" * len(types))
        connection.executemany(f"INSERT INTO r VALUES ({marks})", [[n, *row.values()] for n, row in enumerate(_ROWS)])
        connection.execute(f"COPY r TO '{file}' (FORMAT parquet)")
    return tuple(Column(name=name, type=type_) for name, type_ in types.items())


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(case=st.recursive(_tests(), _joined, max_leaves=6))
def test_a_filter_gives_the_rows_of_which_it_is_true(found: Callable[[str], list[int]], case: Case) -> None:
    assert found(case.text) == [n for n, row in enumerate(_ROWS) if case.holds(row) is True]


@settings(max_examples=400, deadline=None)
@given(text=st.text(max_size=40) | st.text(alphabet="itd ()=<>'\",.and or not in like12-\\;", max_size=60))
def test_any_text_is_a_condition_or_a_finding(text: str) -> None:
    for reading in (read, lambda each: read_order(each, COLUMNS, "x"), lambda each: chosen_columns(each, COLUMNS, "x")):
        try:
            reading(text)
        except InputError as refused:
            if refused.first.code not in {"MW-H101", "MW-H102", "MW-H103", "MW-H104"}:
                raise
