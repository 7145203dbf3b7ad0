"""Rows for many readers from kept instances: streamed, in a total order, with nothing left behind."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from meshwright.diagnostics import InputError, InterruptedRun, MeshwrightError
from meshwright.engines.duckdb import rowreader
from meshwright.engines.duckdb.rowreader import RowReader
from meshwright.engines.protocol import Relation, View
from meshwright.engines.reading import ReadingLimits, RowsRequest
from meshwright.model import Column
from meshwright.model.conditions import Comparator, Comparison, Ordering, Reach

ROWS = 300_000
COLUMNS = (Column(name="n", type="BIGINT"), Column(name="k", type="INTEGER"), Column(name='odd "name"', type="VARCHAR"))


@pytest.fixture(scope="module")
def relation(tmp_path_factory: pytest.TempPathFactory) -> Relation:
    """Two files whose rows count up; `k` has three values."""
    folder = tmp_path_factory.mktemp("store [1]")
    files = (str(folder / "b.parquet"), str(folder / "a*.parquet"))
    for at, file in enumerate(files):
        sql = (
            f'SELECT range + {at * ROWS // 2} AS n, (range % 3)::INTEGER AS k, \'x\' || range AS "odd ""name""" '
            f"FROM range({ROWS // 2})"
        )
        duckdb.execute(f"COPY ({sql}) TO '{file}' (FORMAT parquet)")
    return Relation(columns=COLUMNS, files=files, rows=ROWS)


@pytest.fixture
def reader(relation: Relation, tmp_path: Path) -> Iterator[RowReader]:
    folder = str(Path(relation.files[0]).parent)
    limits = ReadingLimits(temp_directory=str(tmp_path / "spill"), readable=(f"{folder}/",))
    made = RowReader(limits)
    yield made
    made.close()
    assert not list(tmp_path.glob("spill*"))


def asked(relation: Relation, **changes: object) -> RowsRequest:
    return RowsRequest(**{"dataset": "a.b.c", "relation": relation, "columns": ("n",), **changes})  # type: ignore[arg-type]


def numbers(reader: RowReader, request: RowsRequest) -> list[int]:
    answer = reader.open(request)
    try:
        return [n for batch in answer.batches() for n in batch.column("n").to_pylist()]
    finally:
        answer.close()


def view_of(relation: Relation, text: str, key: str = "k1") -> Relation:
    view = View(dataset="a.b.v", text=text, dialect="duckdb", inputs={"a.b.c": relation}, key=key, computed=COLUMNS[:2])
    return Relation(columns=COLUMNS[:2], view=view)


def by(name: str, *, is_descending: bool = False) -> Ordering:
    types = {each.name: each.type for each in COLUMNS}
    return Ordering(reach=Reach(path=(name,), type=types[name]), is_descending=is_descending)


def test_rows_come_in_the_order_of_the_files(reader: RowReader, relation: Relation) -> None:
    assert numbers(reader, asked(relation)) == list(range(ROWS))


def test_ties_are_broken_by_the_position_in_the_version(reader: RowReader, relation: Relation) -> None:
    wanted = [n for k in (2, 1, 0) for n in range(ROWS) if (n % (ROWS // 2)) % 3 == k]
    ordered = asked(relation, order=(by("k", is_descending=True),))
    assert numbers(reader, ordered) == wanted
    size = 70_001
    pages = [numbers(reader, replace(ordered, offset=start, limit=size)) for start in range(0, ROWS, size)]
    assert [n for page in pages for n in page] == wanted


def test_a_page_of_many_rows_in_is_those_rows(reader: RowReader, relation: Relation) -> None:
    assert numbers(reader, asked(relation, offset=ROWS - 3, limit=10)) == [ROWS - 3, ROWS - 2, ROWS - 1]
    assert numbers(reader, asked(relation, offset=ROWS, limit=10)) == []
    assert numbers(reader, asked(relation, offset=ROWS // 2 - 1, limit=2)) == [ROWS // 2 - 1, ROWS // 2]


@pytest.mark.parametrize(
    ("limit", "offset", "more"), [(10, 0, True), (10, ROWS - 10, False), (0, 0, False), (None, 0, False)]
)
def test_whether_there_are_more_is_known_before_any_row_is_read(
    reader: RowReader, relation: Relation, limit: int | None, offset: int, more: bool
) -> None:
    condition = Comparison(reach=Reach(path=("n",), type="BIGINT"), comparator=Comparator.AT_LEAST, value="0")
    for changes in ({}, {"condition": condition}):
        answer = reader.open(asked(relation, limit=limit, offset=offset, **changes))
        assert answer.has_more() is more
        assert sum(batch.num_rows for batch in answer.batches()) == (ROWS if limit is None else limit)
        answer.close()


def test_a_value_is_a_value_whatever_it_looks_like(reader: RowReader, relation: Relation) -> None:
    for value in ("x1' OR 1=1 --", "x1", 'x1"', "$1", "?", "'; DROP TABLE x", "\\"):
        reach = Reach(path=('odd "name"',), type="VARCHAR")
        condition = Comparison(reach=reach, comparator=Comparator.EQUAL, value=value)
        assert numbers(reader, asked(relation, condition=condition)) == ([1, ROWS // 2 + 1] if value == "x1" else [])


def test_pages_of_a_view_are_ordered_by_what_is_shown(reader: RowReader, relation: Relation) -> None:
    view = view_of(relation, "select n, k from a.b.c where n % 1000 = 0 order by hash(n)")
    whole = numbers(reader, asked(view))
    assert sorted(whole) == list(range(0, ROWS, 1000))
    pages = [numbers(reader, asked(view, offset=start, limit=77)) for start in range(0, 300, 77)]
    assert [n for page in pages for n in page] == sorted(whole)


def test_nothing_but_the_store_can_be_read(reader: RowReader, relation: Relation, tmp_path: Path) -> None:
    outside = tmp_path / "outside.parquet"
    duckdb.execute(f"COPY (SELECT 1::BIGINT AS n) TO '{outside}' (FORMAT parquet)")
    with pytest.raises(MeshwrightError):
        reader.open(asked(replace(relation, files=(str(outside),))))
    with pytest.raises(MeshwrightError):
        reader.open(asked(view_of(relation, f"select n, 1 as k from '{outside}'", key="k2")))
    assert numbers(reader, asked(relation, limit=1)) == [0]


def test_a_statement_that_is_stopped_ends_and_others_go_on(reader: RowReader, relation: Relation) -> None:
    endless = view_of(relation, "select sum(a.n * b.n)::bigint as n, 1 as k from a.b.c as a, a.b.c as b", key="k3")
    answer = reader.open(asked(endless))
    is_over = threading.Event()

    def stop() -> None:
        while not is_over.wait(0.02):
            answer.interrupt()

    stopping = threading.Thread(target=stop)
    stopping.start()
    try:
        with pytest.raises(InterruptedRun):
            list(answer.batches())
    finally:
        is_over.set()
        stopping.join()
        answer.close()
    answer.interrupt()  # too late, and no harm
    answer.close()
    assert numbers(reader, asked(relation, limit=2)) == [0, 1]


def test_an_answer_that_is_left_half_read_gives_its_instance_back(reader: RowReader, relation: Relation) -> None:
    for _ in range(3):
        answer = reader.open(asked(relation))
        assert next(answer.batches()).num_rows
        answer.close()
    (instance,) = reader._kept.values()
    assert instance._users == 1


def test_an_instance_with_too_many_views_is_replaced_and_closed(
    reader: RowReader, relation: Relation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rowreader, "_MOST_VIEWS", 3)
    open_answer = reader.open(asked(view_of(relation, "select n, k from a.b.c", key="first")))
    (first,) = reader._kept.values()
    for at in range(6):
        assert (
            len(numbers(reader, asked(view_of(relation, f"select n, k from a.b.c where n < {at}", key=f"v{at}")))) == at
        )
    assert first not in reader._kept.values()
    assert sum(batch.num_rows for batch in open_answer.batches()) == ROWS
    open_answer.close()
    assert first._users == 0
    with pytest.raises(duckdb.ConnectionException):
        first.connection.execute("SELECT 1")


def test_many_read_at_the_same_time(reader: RowReader, relation: Relation) -> None:
    found: list[object] = []

    def read(at: int) -> None:
        view = view_of(relation, f"select n, k from a.b.c where n < {at * 1000}", key=f"same{at % 3}x{at}")
        found.append(len(numbers(reader, asked(view))) == at * 1000)
        found.append(numbers(reader, asked(relation, offset=at, limit=1)) == [at])

    threads = [threading.Thread(target=read, args=(at,)) for at in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 24


def test_a_view_that_fails_is_an_error_and_not_the_end_of_the_instance(reader: RowReader, relation: Relation) -> None:
    failing = view_of(relation, "select n, cast('x' || n as integer) as k from a.b.c", key="failing")
    answer = reader.open(asked(failing, columns=("n", "k")))
    with pytest.raises(InputError):
        list(answer.batches())
    answer.close()
    assert numbers(reader, asked(relation, limit=1)) == [0]
