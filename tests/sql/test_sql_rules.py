"""Placeholders of quality rules."""

from __future__ import annotations

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from meshwright.diagnostics import InputError
from meshwright.sql import quote_identifier, render_rule_query


@pytest.mark.parametrize(
    ("query", "rendered"),
    [
        ("select count(*) from {object}", 'select count(*) from "t"'),
        ("select count(*) from ${object} where ${property} is null", 'select count(*) from "t" where "c" is null'),
        ("select {column} from {table}", 'select "c" from "t"'),
        ("select { Property } from {model}", 'select "c" from "t"'),
        ("select 1", "select 1"),
        ("select {'a': 1} from {object}", "select {'a': 1} from \"t\""),
    ],
)
def test_placeholders_become_names(query: str, rendered: str) -> None:
    assert render_rule_query(query, object_name='"t"', column='"c"') == rendered


def test_an_unknown_placeholder_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError) as caught:
        render_rule_query("select {objekt}", object_name="t", column=None)
    assert caught.value.first.code == "MW-Q401"
    assert "{object}" in (caught.value.first.fix or "")


def test_a_column_placeholder_needs_a_column() -> None:
    with pytest.raises(InputError, match="needs a column"):
        render_rule_query("select {property} from {object}", object_name="t", column=None)


ENGINE = duckdb.connect()


@settings(deadline=None, max_examples=30)
@given(st.text(min_size=1, max_size=20).filter(lambda name: "\x00" not in name and name.isprintable()))
def test_a_quoted_identifier_is_one_name_for_the_engine(name: str) -> None:
    found = ENGINE.execute(f"select 1 as {quote_identifier(name)}").description
    assert found is not None
    assert found[0][0] == name
