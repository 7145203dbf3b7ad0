"""Builds of one interval: its rows alone are stored, and no row is lost silently."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from meshwright.diagnostics import InputError, SourceSpan
from meshwright.engines.protocol import BuiltTable, HandedRead, ModelBuild, Window
from meshwright.model import Column

from ..conftest import Bench, as_relation, failure, rows_of, types_of

DAY = (dt.datetime(2020, 1, 2, tzinfo=dt.UTC), dt.datetime(2020, 1, 3, tzinfo=dt.UTC))


def build(bench: Bench, text: str, column: str = "h", target: str | None = None, **inputs: object) -> BuiltTable:
    """Build what a text gives of 2 January."""
    model = ModelBuild(
        dataset="ops.flights.x",
        text=text,
        dialect="duckdb",
        inputs=inputs.get("inputs", {}),  # type: ignore[arg-type]
        window=Window(column=column, spans=(DAY,)),
        span=SourceSpan(file="x.sql"),
    )
    return bench.session.build_model(model, target or bench.target())


def hand(
    bench: Bench, text: str, column: str = "h", target: str | None = None, declared: str | None = None
) -> BuiltTable:
    """Store what a worker process wrote of 2 January."""
    read = HandedRead(
        dataset="ops.flights.x",
        file=as_relation(bench.model(text)).files[0],
        maker="build()",
        columns=(Column(name=column, type=declared),) if declared else (),
        window=Window(column=column, spans=(DAY,)),
        span=SourceSpan(file="x.py"),
    )
    return bench.session.build_handed(read, target or bench.target())


BUILDERS = pytest.mark.parametrize("make", [build, hand], ids=["model", "handed"])
TYPES = ["DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_NS", "TIMESTAMP_S", "TIMESTAMP_MS"]


@BUILDERS
@pytest.mark.parametrize("type_", TYPES)
def test_the_rows_of_the_interval_are_stored_and_no_other(bench: Bench, make: object, type_: str) -> None:
    text = f"select range as id, (timestamp '2020-01-01' + to_hours(range))::{type_} as h, [1] as l from range(72) order by id desc"
    built = make(bench, text)  # type: ignore[operator]
    assert [row["id"] for row in rows_of(built)] == list(range(47, 23, -1))
    assert built.rows == 24
    assert built.content_digest == bench.session.content_digest(as_relation(built))
    assert built.content_digest == bench.engine.digest_of_sums(built.columns, built.rows, built.sums)


def test_columns_that_are_stored_as_another_type_stand_beside_a_window(bench: Bench) -> None:
    built = build(
        bench,
        "select 1::hugeint as n, timestamp_s '2020-01-02 05:00:00' as H union all select 2, timestamp_s '2020-02-01 00:00:00'",
    )
    assert types_of(built) == {"n": "DECIMAL(38,0)", "H": "TIMESTAMP"}
    assert [int(str(row["n"])) for row in rows_of(built)] == [1]


@BUILDERS
@pytest.mark.parametrize("type_", ["DATE", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_NS"])
@pytest.mark.parametrize(
    ("values", "words"),
    [
        (["null"], "is NULL in 1 row,"),
        (["null", "null"], "is NULL in 2 rows,"),
        (["'infinity'", "'-infinity'"], "infinite or outside of the years 2 to 9998 in 2 rows,"),
        (["null", "null", "'infinity'"], "is NULL in 2 and infinite or outside of the years 2 to 9998 in 1 rows,"),
    ],
)
def test_a_row_without_a_time_is_an_error_and_never_lost(
    bench: Bench, make: object, type_: str, values: list[str], words: str
) -> None:
    listed = ", ".join(f"({value})" for value in ["'2020-01-02'", "'2019-01-01'", *values])
    target = bench.target()
    text = f"select h::{type_} as h from (values {listed}) v(h)"
    error = failure(lambda: make(bench, text, target=target))  # type: ignore[operator]
    assert isinstance(error, InputError)
    assert error.first.code == "MW-E106"
    assert error.first.object == "ops.flights.x"
    assert f"column 'h' of ops.flights.x {words}" in error.first.message.replace(" is infinite", " infinite")
    assert error.first.span is not None
    assert error.first.fix
    assert not list(Path(target).parent.glob(f"{Path(target).name}*"))


def test_years_that_no_calendar_has_are_no_times(bench: Bench) -> None:
    for year in ("0001-12-31", "9999-01-01", "20000-01-01"):
        assert failure(lambda: build(bench, f"select timestamp '{year}' as h")).first.code == "MW-E106"  # noqa: B023
    for year in ("0002-01-01", "9998-12-31"):
        assert build(bench, f"select timestamp '{year}' as h").rows == 0


@BUILDERS
@pytest.mark.parametrize(
    ("column", "words", "fix"),
    [
        ("hour", "has no column 'hour'", "did you mean 'hours'? columns: d, hours, id"),
        ("id", "'id' of ops.flights.x is INTEGER", "columns of time: hours, d"),
    ],
)
def test_a_column_that_no_interval_can_be_cut_by_is_told_by_name(
    bench: Bench, make: object, column: str, words: str, fix: str
) -> None:
    target = bench.target()
    text = "select 1::integer as id, timestamp '2020-01-02' as hours, date '2020-01-02' as d"
    error = failure(lambda: make(bench, text, column=column, target=target))  # type: ignore[operator]
    assert isinstance(error, InputError)
    assert error.first.code == "MW-E107"
    assert words in error.first.message
    assert error.first.fix == fix
    assert not list(Path(target).parent.glob(f"{Path(target).name}*"))


def test_errors_of_the_text_have_its_own_lines(bench: Bench) -> None:
    for text in (
        "select\n  timestamp '2020-01-02' as h,\n  carier",
        "select\n  range::hugeint as n,\n  carier as h\nfrom range(3)",
    ):
        error = failure(lambda: build(bench, text))  # noqa: B023
        assert error.first.span is not None
        assert (error.first.span.line, error.first.span.column) == (3, 3)
    error = failure(
        lambda: build(bench, "select timestamp '2020-01-02' as h,\n  'x'::integer as n,\n  1::hugeint as b\n;")
    )
    assert error.first.span is not None
    assert (error.first.code, error.first.span.line) == ("MW-E101", 2)


def test_a_comment_at_the_end_of_the_text_hides_no_window(bench: Bench) -> None:
    assert build(bench, "select timestamp '2020-01-05' as h -- the end").rows == 0


@pytest.mark.parametrize("declared", TYPES)
def test_a_handed_column_is_cut_by_its_declared_type(bench: Bench, declared: str) -> None:
    text = "select range as id, ('2020-01-0' || range + 1)::varchar as h from range(3)"
    assert [row["id"] for row in rows_of(hand(bench, text, declared=declared))] == [1]
