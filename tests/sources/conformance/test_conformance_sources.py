"""One suite for every kind of source: what is promised of any of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from meshwright.diagnostics import InputError, MeshwrightError, WorldError
from meshwright.model import Strength
from tests.sources.bench import Bench, failure, rows_of, types_of
from tests.sources.conformance.kinds import FURTHER_KINDS, KINDS, Kind, Row, Services

# Libraries of formats and of the S3 stand-in use what newer Python versions deprecate.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore:.*:UserWarning:pyiceberg"),
]

ROWS: list[Row] = [
    {"id": 1, "name": "Zoë ✈ 日本", "price": Decimal("1.50"), "day": dt.date(2026, 1, 1)},
    {"id": 2, "name": 'says "a, b"', "price": Decimal("-20.25"), "day": dt.date(1969, 12, 31)},
    {"id": 3, "name": None, "price": None, "day": None},
    {"id": 2**40, "name": "x", "price": Decimal("0.00"), "day": dt.date(2026, 2, 28)},
]
MORE: Row = {"id": 2**41, "name": "new", "price": Decimal("9.99"), "day": dt.date(2026, 3, 1)}


PARAMS = (*KINDS, *(pytest.param(kind, marks=pytest.mark.slow) for kind in FURTHER_KINDS))


@pytest.fixture(params=PARAMS, ids=lambda kind: kind.__name__)
def kind(request: pytest.FixtureRequest, bench: Bench) -> Kind:
    """A source of each kind, that holds the standard rows."""

    def of(name: str) -> Callable[[], Any]:
        return lambda: request.getfixturevalue(name)

    made: Kind = request.param(bench, Services(of("postgres"), of("web"), of("s3_endpoint")))
    made.write(ROWS)
    return made


def expected(kind: Kind, rows: list[Row]) -> list[Row]:
    if kind.types["price"] == "DOUBLE":
        rows = [{**row, "price": None if row["price"] is None else float(row["price"])} for row in rows]
    return sorted(rows, key=lambda row: row["id"])


def found(bench: Bench, kind: Kind) -> list[Row]:
    return sorted(rows_of(bench.read(bench.node(kind.source))), key=lambda row: row["id"])


def test_all_rows_and_types_are_read(bench: Bench, kind: Kind) -> None:
    read = bench.read(bench.node(kind.source))
    assert sorted(rows_of(read), key=lambda row: row["id"]) == expected(kind, ROWS)
    assert types_of(read.table.columns) == dict(kind.types)
    assert bench.leftovers() == []


def test_the_head_shows_the_columns_that_the_build_gives(bench: Bench, kind: Kind) -> None:
    assert types_of(bench.head(bench.node(kind.source))) == dict(kind.types)
    assert bench.leftovers() == []


def test_a_declared_type_binds(bench: Bench, kind: Kind) -> None:
    node = bench.node(kind.source, {"id": "VARCHAR", "price": "DECIMAL(18,3)"})
    read = bench.read(node)
    assert {name: types_of(read.table.columns)[name] for name in ("id", "price")} == {
        "id": "VARCHAR",
        "price": "DECIMAL(18,3)",
    }
    assert {row["id"]: row["price"] for row in rows_of(read)}["2"] == Decimal("-20.250")
    assert types_of(bench.head(node)) == types_of(read.table.columns)


def test_looking_twice_sees_the_same(bench: Bench, kind: Kind) -> None:
    one, other = bench.observe(bench.node(kind.source)), bench.observe(bench.node(kind.source))
    assert one.problem is None
    assert one.strength is kind.strength
    assert (one.key == other.key) is (kind.strength is not Strength.UNSEEN)


def test_what_was_read_is_what_was_seen(bench: Bench, kind: Kind) -> None:
    seen = bench.observe(bench.node(kind.source))
    one = bench.read(bench.node(kind.source), seen)
    again = bench.read(bench.node(kind.source))
    assert one.seen.key == again.seen.key
    assert kind.strength is Strength.UNSEEN or one.seen.key == seen.key
    assert one.table.content_digest == again.table.content_digest
    assert one.attempts == 1


def test_a_change_is_seen(bench: Bench, kind: Kind) -> None:
    before = bench.read(bench.node(kind.source)).seen.key
    kind.write([*ROWS, MORE])
    after = bench.read(bench.node(kind.source))
    assert after.seen.key != before
    assert len(rows_of(after)) == len(ROWS) + 1


def test_what_is_read_does_not_change_under_the_reading(bench: Bench, kind: Kind) -> None:
    changes = iter([[*ROWS, MORE]])

    def change() -> None:
        if (rows := next(changes, None)) is not None:
            kind.write(rows)

    seen = bench.observe(bench.node(kind.source))
    read = bench.read(bench.node(kind.source), seen, meanwhile=change)
    later = bench.read(bench.node(kind.source))
    if kind.is_snapshot:
        assert (read.attempts, read.table.rows) == (1, len(ROWS))
        assert later.seen.key != read.seen.key
    else:
        assert (read.attempts, read.table.rows) == (2, len(ROWS) + 1)
        assert later.seen.key == read.seen.key
    assert later.table.rows == len(ROWS) + 1


def test_a_source_that_keeps_changing_is_an_error(bench: Bench, kind: Kind) -> None:
    number = iter(range(1, 100))

    def change() -> None:
        kind.write([*ROWS, *({**MORE, "id": MORE["id"] + each} for each in range(next(number)))])

    node = bench.node(kind.source)
    seen = bench.observe(node)
    if kind.is_snapshot:
        assert bench.read(node, seen, meanwhile=change).table.rows == len(ROWS)
        return
    error = failure(lambda: bench.read(node, seen, meanwhile=change))
    assert isinstance(error, WorldError)
    assert error.first.code == "MW-R003"
    assert not list(bench.built[-1].parent.glob(f"{bench.built[-1].name}-*"))


def test_a_change_between_planning_and_reading_is_taken_whole(bench: Bench, kind: Kind) -> None:
    seen = bench.observe(bench.node(kind.source))
    kind.write([*ROWS, MORE])
    read = bench.read(bench.node(kind.source), seen)
    later = bench.observe(bench.node(kind.source))
    pinned = "Delta" in type(kind).__name__ or "Iceberg" in type(kind).__name__
    assert read.table.rows == len(ROWS) + (not pinned)
    assert (read.seen.key == later.key) is (not pinned and kind.strength is not Strength.UNSEEN)


def test_an_absent_source_is_a_problem_of_that_source(bench: Bench, kind: Kind) -> None:
    kind.remove()
    problem = bench.observe(bench.node(kind.source)).problem
    assert problem is not None
    assert problem.code in kind.absent
    assert problem.fix
    assert problem.object == "sales.orders.raw"


def test_a_damaged_source_is_told_and_leaves_nothing(bench: Bench, kind: Kind) -> None:
    if not kind.can_be_damaged:
        pytest.skip("a server keeps its own files")
    node = bench.node(kind.source)
    kind.damage()
    seen = bench.observe(node)
    error: MeshwrightError = InputError(seen.problem) if seen.problem else failure(lambda: bench.read(node, seen))
    assert error.first.code.startswith("MW-X")
    assert "Traceback" not in str(error)
    assert bench.leftovers() == []


def test_a_source_without_rows_keeps_its_columns(bench: Bench, kind: Kind) -> None:
    kind.write([])
    read = bench.read(bench.node(kind.source))
    assert read.table.rows == 0
    assert types_of(read.table.columns) == dict(kind.empty_types or kind.types)


def test_names_of_columns_may_be_of_any_letters(bench: Bench, kind: Kind) -> None:
    row = {"id": 1, "größe": 1, "数量": 2, "select": 4}
    kind.write([row])
    assert rows_of(bench.read(bench.node(kind.source))) == [row]


def test_a_stopped_run_stops_reading(bench: Bench, kind: Kind) -> None:
    import threading

    node = bench.node(kind.source)
    seen = bench.observe(node)
    stop = threading.Event()
    stop.set()
    try:
        with bench.readers.fetch(node, seen, stop):
            pass  # a local file needs no bringing
    except MeshwrightError as error:
        assert error.exit_status == 130  # noqa: PT017  both ends are fine
    assert bench.leftovers() == []
