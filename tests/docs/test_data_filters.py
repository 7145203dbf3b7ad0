"""What the page on filters shows is read as it says."""

from __future__ import annotations

import html
import re
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from meshwright.app.data_columns import chosen_columns, read_order
from meshwright.app.data_filters import DEEPEST, MOST_CONDITIONS, MOST_VALUES, read_filter
from meshwright.app.data_words import LONGEST
from meshwright.diagnostics import InputError
from meshwright.model import Column
from tests.docs.pages import examples, page, sections, tables

PAGE = page("data-filters.md")
COLUMNS = tuple(
    Column(name=name, type=type_)
    for name, type_ in {
        "order_id": "INTEGER",
        "customer": "VARCHAR",
        "amount": "DECIMAL(18,2)",
        "placed": "DATE",
        "seen": "TIMESTAMP WITH TIME ZONE",
        "address": "STRUCT(city VARCHAR)",
        "Customer name": "VARCHAR",
        "is_late": "BOOLEAN",
    }.items()
)
#: Kind of column in the table of values -> the types that it stands for.
TYPES = {
    "whole numbers": "INTEGER",
    "`DECIMAL(p,s)`": "DECIMAL(18,2)",
    "`DOUBLE`, `FLOAT`": "DOUBLE",
    "text": "VARCHAR",
    "`BOOLEAN`": "BOOLEAN",
    "`DATE`": "DATE",
    "`TIMESTAMP`": "TIMESTAMP",
    "`TIMESTAMP WITH TIME ZONE`": "TIMESTAMP WITH TIME ZONE",
    "`TIME`": "TIME",
    "`UUID`": "UUID",
}


def _rows(section: str) -> list[list[str]]:
    (found,) = tables(sections(PAGE)[section])
    return found[1]


@pytest.mark.parametrize("shown", [row[0] for row in _rows("Filter")])
def test_every_filter_that_is_shown_can_be_read(shown: str) -> None:
    assert read_filter(html.unescape(shown.strip("`")), COLUMNS, "orders") is not None


@pytest.mark.parametrize(("column", "shown"), [(row[0], row[1]) for row in _rows("Values") if row[0] in TYPES])
def test_every_value_that_is_shown_is_one_of_its_column(column: str, shown: str) -> None:
    columns = (Column(name="c", type=TYPES[column]), Column(name="is_late", type="BOOLEAN"))
    for value in re.findall(r"`([^`]+)`", shown):
        if value == "Z":
            continue
        text = value if " = " in value else f"c = {value}"
        assert read_filter(text, columns, "x") is not None


def test_every_type_of_the_table_is_shown() -> None:
    assert {row[0] for row in _rows("Values")} >= set(TYPES)


def test_the_first_example_can_be_read() -> None:
    asked = dict(parse_qsl(examples(PAGE)[0].text.strip()))
    assert chosen_columns(asked["columns"], COLUMNS, "x")
    assert read_filter(asked["filter"], COLUMNS, "x")
    assert read_order(asked["order"], COLUMNS, "x")
    assert read_order("placed desc, amount nulls first", COLUMNS, "x")
    assert chosen_columns('order_id,"Customer name"', COLUMNS, "x")


def test_the_bounds_are_those_of_the_code() -> None:
    shown = {row[0]: int(row[1].replace(",", "")) for row in _rows("Bounds")}
    assert shown == {
        "characters of each of the three": LONGEST,
        "conditions in a filter": MOST_CONDITIONS,
        "values in a filter": MOST_VALUES,
        "depth of parentheses and `not`": DEEPEST,
        "columns in `order`": 16,
    }
    with pytest.raises(InputError, match="MW-H104"):
        read_order(",".join(["order_id"] * 17), COLUMNS, "x")


def test_the_keywords_of_the_grammar_are_those_of_the_reader() -> None:
    grammar = examples(PAGE)[1].text
    reader = (Path(__file__).parents[2] / "src/meshwright/app/data_filters.py").read_text(encoding="utf-8")
    for keyword in re.findall(r'"([a-z]+)"', grammar):
        assert f'"{keyword}"' in reader
