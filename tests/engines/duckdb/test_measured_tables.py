"""Shortcuts of measuring: that they are taken, that what a footer says wrongly costs no right answer, and that nothing stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import duckdb
import pytest

from meshwright.checks.spec import CheckSpec, Metric
from meshwright.engines.duckdb import measuredtable
from meshwright.engines.duckdb.footers import read_footers
from meshwright.engines.duckdb.known import KnownStatements
from meshwright.engines.duckdb.measuredtable import MeasuredTable
from meshwright.engines.duckdb.session import DuckDBSession
from meshwright.engines.protocol import Limits, Relation
from meshwright.model import Column

ROWS = 50_000
COLUMNS = (Column(name="id", type="BIGINT"), Column(name="kind", type="VARCHAR"), Column(name="far", type="BIGINT"))


def rule(metric: Metric, column: str, **arguments: object) -> CheckSpec:
    return CheckSpec(id="r", dataset="ops.flights.t", metric=metric, columns=(column,), arguments=arguments)


@pytest.fixture(scope="module")
def relation(tmp_path_factory: pytest.TempPathFactory) -> Relation:
    file = str(tmp_path_factory.mktemp("measured") / "t.parquet")
    duckdb.execute(
        f"COPY (SELECT range AS id, 'k' || range % 5 AS kind, range * 1000000 AS far FROM range({ROWS})) TO '{file}'"
    )
    return Relation(columns=COLUMNS, files=(file,), rows=ROWS)


class Seen:
    """A cursor that remembers what it was asked."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._cursor = cursor
        self.statements: list[str] = []

    def execute(self, statement: str, params: object = None) -> duckdb.DuckDBPyConnection:
        self.statements.append(statement)
        return self._cursor.execute(statement, params)


@pytest.fixture
def seen(relation: Relation) -> Iterator[Seen]:
    with duckdb.connect() as connection:
        connection.execute("ATTACH ':memory:' AS ops; CREATE SCHEMA ops.flights")
        connection.execute(f"CREATE VIEW ops.flights.t AS FROM '{relation.files[0]}'")
        yield Seen(connection)


def table(seen: Seen, relation: Relation, *specs: CheckSpec) -> MeasuredTable:
    return MeasuredTable(seen, relation, specs, KnownStatements())  # type: ignore[arg-type]


def test_numbers_close_together_are_told_apart_by_bits_and_others_by_hashing(seen: Seen, relation: Relation) -> None:
    measured = table(seen, relation, rule(Metric.DUPLICATE_VALUES, "id"))
    assert (measured.repeated("id"), measured.repeated("far"), measured.repeated("kind")) == (0, 0, ROWS - 5)
    assert ["bitstring_agg" in each for each in seen.statements if "count(" in each] == [True, False, False]


def test_bounds_of_a_footer_that_values_lie_outside_of_are_not_believed(
    seen: Seen, relation: Relation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(cursor: duckdb.DuckDBPyConnection, each: Relation) -> object:
        return replace(read_footers(cursor, each), bounds={"id": (10, 20)})

    monkeypatch.setattr(measuredtable, "read_footers", wrong)
    assert table(seen, relation, rule(Metric.DUPLICATE_VALUES, "id")).repeated("id") == 0


def test_values_of_a_column_of_few_are_counted_once_for_all_its_rules(seen: Seen, relation: Relation) -> None:
    measured = table(seen, relation, rule(Metric.INVALID_VALUES, "kind", pattern="x"))
    assert measured.rows_where("kind", "\"kind\" = 'k1'") == ROWS // 5
    assert measured.rows_where("kind", "NOT regexp_matches(\"kind\", '[01]$')") == ROWS * 3 // 5
    assert sum('FROM "ops"."flights"."t"' in each for each in seen.statements) == 1


def test_a_column_of_many_values_is_not_grouped(seen: Seen, relation: Relation) -> None:
    measured = table(seen, relation, rule(Metric.INVALID_VALUES, "far", pattern="x"))
    assert measured.rows_where("far", '"far" = 1000000') == 1
    assert not any("CREATE" in each for each in seen.statements)


def test_a_small_table_is_asked_once(seen: Seen, relation: Relation) -> None:
    small = replace(relation, rows=1000)
    measured = table(seen, small, rule(Metric.INVALID_VALUES, "kind", pattern="x"))
    measured.ask_together(["\"kind\" = 'k1'", '"id" IS NULL'], ["id", "far"])
    assert (measured.nulls("id"), measured.repeated("id"), measured.rows_where("kind", "\"kind\" = 'k1'")) == (
        0,
        0,
        ROWS // 5,
    )
    assert len(seen.statements) == 1


def test_nothing_that_was_counted_stays_on_the_cursor(relation: Relation) -> None:
    with DuckDBSession(Limits(threads=1), KnownStatements()) as session:
        session.measure(relation, [rule(Metric.INVALID_VALUES, "kind", pattern="x")], {})
        with session._names.cursor({}, "ops.flights") as cursor:
            assert cursor.execute("SELECT count(*) FROM duckdb_tables()").fetchone() == (0,)
