"""Spreadsheets: what a sheet must be to be a table, and what its cells become."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from meshwright.model import FileSource
from tests.sources.bench import Bench, failure, rows_of, types_of

# openpyxl and xlwt write the workbooks; the library that reads them is another one.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


def workbook(path: Path, fill: Callable[[Any], None]) -> None:
    book = openpyxl.Workbook()
    fill(book.active)
    book.save(path)


def table(*rows: list[Any]) -> Callable[[Any], None]:
    def fill(sheet: Any) -> None:
        for row in rows:
            sheet.append(row)

    return fill


def source(**settings: Any) -> FileSource:
    return FileSource(path="data/book.xlsx", format="excel", **settings)


@pytest.fixture(autouse=True)
def data(bench: Bench) -> Path:
    (bench.root / "data").mkdir()
    return bench.root / "data" / "book.xlsx"


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        ([1, 2, None], "BIGINT", [1, 2, None]),
        ([1, 2.5], "DOUBLE", [1.0, 2.5]),
        ([True, False], "BOOLEAN", [True, False]),
        (["a", "", "007"], "VARCHAR", ["a", None, "007"]),
        ([dt.date(2026, 1, 31), None], "DATE", [dt.date(2026, 1, 31), None]),
        (
            [dt.datetime(2026, 1, 31, 10, 30), dt.datetime(2026, 2, 1)],
            "TIMESTAMP",
            [dt.datetime(2026, 1, 31, 10, 30), dt.datetime(2026, 2, 1)],
        ),
        ([dt.time(10, 30)], "TIME", [dt.time(10, 30)]),
        ([dt.timedelta(hours=30, minutes=5)], "VARCHAR", ["30:05:00"]),
        ([None, None], "VARCHAR", [None, None]),
    ],
)
def test_a_column_has_the_type_of_its_cells(
    bench: Bench, data: Path, cells: list[Any], kind: str, values: list[Any]
) -> None:
    workbook(data, table(["n", "x"], *([number, cell] for number, cell in enumerate(cells))))
    read = bench.read(bench.node(source()))
    assert types_of(read.table.columns)["x"] == kind
    assert [row["x"] for row in rows_of(read)] == values


@pytest.mark.parametrize(
    ("cells", "declared", "words"),
    [
        ([1, "two"], None, "a whole number in B2 and a text in B3"),
        ([1, True], None, "a whole number in B2 and a true or false in B3"),
        ([1.5, "1.5"], "DECIMAL(10,2)", "cell B3 in column 'x' is a text, and the column is declared DECIMAL(10,2)"),
        ([dt.date(2026, 1, 1), 5], "DATE", "cell B3 in column 'x' is a whole number"),
    ],
)
def test_cells_that_do_not_agree_are_named(
    bench: Bench, data: Path, cells: list[Any], declared: str | None, words: str
) -> None:
    workbook(data, table(["n", "x"], *([number, cell] for number, cell in enumerate(cells))))
    error = failure(lambda: bench.read(bench.node(source(), {"x": declared} if declared else None)))
    assert error.first.code == "MW-X613"
    assert words in error.first.message
    assert str(error.first.span).startswith("data/book.xlsx:")


def test_a_column_declared_as_text_takes_every_cell(bench: Bench, data: Path) -> None:
    workbook(data, table(["x", "n"], [1, 1], ["two", 2], [2.5, 3], [dt.date(2026, 1, 2), 4], [True, 5]))
    read = bench.read(bench.node(source(), {"x": "VARCHAR"}))
    assert [row["x"] for row in rows_of(read)] == ["1", "two", "2.5", "2026-01-02", "true"]


def test_declared_numbers_are_exact(bench: Bench, data: Path) -> None:
    workbook(data, table(["x"], [10.1], [3]))
    read = bench.read(bench.node(source(), {"x": "DECIMAL(10,2)"}))
    assert [str(row["x"]) for row in rows_of(read)] == ["10.10", "3.00"]


def _merged(sheet: Any) -> None:
    table(["a", "b"], [1, 2], [None, 3])(sheet)
    sheet.merge_cells("A2:A3")


def _two_sheets(sheet: Any) -> None:
    table(["a"], [1])(sheet)
    sheet.parent.create_sheet("Notes").append(["b"])


@pytest.mark.parametrize(
    ("fill", "code", "words"),
    [
        (table(["a", "b"], [1, 2], [], [3, 4]), "MW-X204", "row 3 is empty"),
        (table(["a", None], [1, 2]), "MW-X303", "cell B2 holds a value, and its column has no name"),
        (table(["a", None, "c"], [1, 2, 3]), "MW-X303", "cell B1 names no column"),
        (table(["a", "A"], [1, 2]), "MW-X303", "'A' in B1 and 'a' are the same"),
        (table(["a", 2024], [1, 2]), "MW-X304", "row 1 does not look like names"),
        (table(), "MW-X207", "no cell with a value"),
        (table(["a"], ["#N/A"], [1]), "MW-X614", "cell A2 holds the error #N/A"),
        (table(["a"], ["=1+1"]), "MW-X614", "the formula in cell A2 has no value"),
        (_merged, "MW-X614", "cells A2:A3 are merged"),
        (_two_sheets, "MW-X612", "'Sheet', 'Notes'"),
    ],
    ids=lambda value: value if isinstance(value, str) and value.startswith("MW") else "",
)
def test_a_sheet_that_is_no_table_is_refused_with_the_cell(
    bench: Bench, data: Path, fill: Callable[[Any], None], code: str, words: str
) -> None:
    workbook(data, fill)
    error = failure(lambda: bench.read(bench.node(source())))
    assert error.first.code == code
    assert words in error.first.message
    assert error.first.fix


def test_a_range_leaves_out_what_stands_around_the_table(bench: Bench, data: Path) -> None:
    def fill(sheet: Any) -> None:
        sheet["A1"] = "Prices of May"
        sheet.merge_cells("A1:D1")
        for row, values in enumerate([["id", "price"], [1, 2.5], [2, 3.5]], 3):
            sheet[f"B{row}"], sheet[f"C{row}"] = values
        sheet["B9"] = "total"

    workbook(data, fill)
    assert rows_of(bench.read(bench.node(source(range="B3:C5")))) == [{"id": 1, "price": 2.5}, {"id": 2, "price": 3.5}]


def test_a_sheet_is_chosen_by_name_and_a_wrong_name_is_helped(bench: Bench, data: Path) -> None:
    workbook(data, _two_sheets)
    assert rows_of(bench.read(bench.node(source(sheet="Sheet")))) == [{"a": 1}]
    error = failure(lambda: bench.read(bench.node(source(sheet="Note"))))
    assert error.first.code == "MW-X612"
    assert "Notes" in (error.first.fix or "")


def test_without_a_header_columns_are_numbered_or_declared(bench: Bench, data: Path) -> None:
    workbook(data, table([1, "a"], [2, "b"]))
    assert rows_of(bench.read(bench.node(source(has_header=False))))[0] == {"column1": 1, "column2": "a"}
    named = bench.node(source(has_header=False), {"id": "INTEGER", "name": "VARCHAR"})
    assert rows_of(bench.read(named))[0] == {"id": 1, "name": "a"}


def test_texts_that_mean_no_value_may_be_errors_too(bench: Bench, data: Path) -> None:
    workbook(data, table(["a", "b"], ["#N/A", 1], [5, 2], ["n/a", 3]))
    assert [row["a"] for row in rows_of(bench.read(bench.node(source(nulls=("", "#N/A", "n/a")))))] == [None, 5, None]


def test_older_and_open_formats_are_read(bench: Bench) -> None:
    import xlwt

    book = xlwt.Workbook()
    sheet = book.add_sheet("S")
    for row, values in enumerate([["a", "b"], [1, "x"], [2, "y"]]):
        for column, value in enumerate(values):
            sheet.write(row, column, value)
    book.save(str(bench.root / "data/old.xls"))
    node = bench.node(FileSource(path="data/old.xls", format="excel"))
    assert rows_of(bench.read(node)) == [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]


def test_several_workbooks_are_one_table_with_one_type(bench: Bench) -> None:
    workbook(bench.root / "data/1.xlsx", table(["x"], [1]))
    workbook(bench.root / "data/2.xlsx", table(["x"], [1.5]))
    read = bench.read(bench.node(FileSource(path="data/*.xlsx", format="excel")))
    assert types_of(read.table.columns) == {"x": "DOUBLE"}
    assert sorted(row["x"] for row in rows_of(read)) == [1.0, 1.5]


def test_a_workbook_that_unpacks_to_far_more_than_its_size_is_not_opened(
    bench: Bench, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("meshwright.sources.xlsx._UNPACKED_FLOOR", 1 << 20)
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/sheet.xml", "w") as part:
        for _ in range(8):
            part.write(bytes(1 << 20))
    error = failure(lambda: bench.read(bench.node(source())))
    assert error.first.code == "MW-X611"
