"""The components that ship with meshwright, by examples on DuckDB: nulls, ties, nothing, and names that nobody would choose."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

import duckdb
import pytest

from meshwright.files.component_folders import library_files
from meshwright.files.component_library import library_records
from meshwright.files.yaml import parse_yaml, root_mapping, to_plain
from meshwright.sql import parse_statement, placed_columns, substitute_tables

HOSTILE = 'a "b"; drop table t --'
OTHER = "rows, $n"


class Rows:
    """A component's statement on made-up rows."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    def give(self, columns: Mapping[str, str], *rows: tuple[object, ...]) -> None:
        named = ", ".join(f"{quoted(name)} {kind}" for name, kind in columns.items())
        self.connection.execute(f"create or replace table given ({named})")
        for row in rows:
            self.connection.execute(f"insert into given values ({', '.join('?' * len(row))})", list(row))

    def get(self, component: str, model: str, **params: object) -> list[tuple[object, ...]]:
        statement, values = statement_of(component, model, params)
        return self.connection.execute(statement, values).fetchall()

    def names(self, component: str, model: str, **params: object) -> list[str]:
        statement, values = statement_of(component, model, params)
        return [str(row[0]) for row in self.connection.execute(f"describe {statement}", values).fetchall()]


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def statement_of(component: str, model: str, params: Mapping[str, object]) -> tuple[str, dict[str, object]]:
    """Return the statement with columns and tables in their places, as a use would have it, and the values that it binds."""
    files = library_files()[f"{component}@1.0.0"]
    declared = next(each for each in library_records() if each.name == f"std.{component}").params
    columns: dict[str, tuple[str, ...]] = {}
    values: dict[str, object] = {}
    for each in declared:
        value = params.get(each.name, each.default)
        assert value is not None, f"{each.name} must be given"
        assert not each.values or value in each.values
        if each.type in {"column", "columns"}:
            columns[each.name] = (value,) if isinstance(value, str) else tuple(value)  # type: ignore[arg-type]
        else:
            values[each.name] = int(value) if each.type == "integer" else value  # type: ignore[call-overload]
    text = files[f"models/{model}.sql"].decode()
    lists = frozenset(each.name for each in declared if each.type == "columns")
    placed = placed_columns(text, "duckdb", columns, lists=lists)
    assert not placed.problems
    statement = substitute_tables(placed.text, "duckdb", {("rows",): "memory.main.given"})
    return statement, {name: values[name] for name in parse_statement(statement).params}


@pytest.fixture
def rows() -> Iterator[Rows]:
    with duckdb.connect() as connection:
        yield Rows(connection)


def test_six_components_ship_and_each_says_what_it_does() -> None:
    records = library_records()
    names = ["anonymise", "date_spine", "deduplicate", "latest_per_key", "surrogate_key", "top_n"]
    assert [each.name for each in records] == [f"std.{name}" for name in names]
    assert all(each.description and all(param.description for param in each.params) for each in records)
    for files in library_files().values():
        tree, findings = parse_yaml(files["component.yaml"], "component.yaml")
        assert tree is not None
        assert not findings
        mapping, _ = root_mapping(tree, what="a component")
        assert mapping is not None
        assert isinstance(to_plain(mapping), dict)


def test_deduplicate_keeps_the_first_row_of_each_key(rows: Rows) -> None:
    rows.give({"id": "integer", "at": "integer", "note": "varchar"}, (1, 2, "late"), (1, 1, "early"), (2, 5, "only"))
    kept = rows.get("deduplicate", "kept", key="id", order="at")
    assert sorted(kept) == [(1, 1, "early"), (2, 5, "only")]
    assert rows.get("deduplicate", "dropped", key="id", order="at") == [(1, 2, "late")]


def test_deduplicate_takes_rows_without_a_key_for_rows_of_one_key_and_nulls_for_the_last(rows: Rows) -> None:
    rows.give({"id": "integer", "at": "integer"}, (None, 3), (None, 1), (1, None), (1, 9))
    assert sorted(rows.get("deduplicate", "kept", key=("id",), order=("at",)), key=str) == [(1, 9), (None, 1)]


def test_deduplicate_tells_ties_apart_by_all_columns_whatever_the_order_of_rows(rows: Rows) -> None:
    tied = [(1, 1, "b"), (1, 1, "a"), (1, 1, None), (1, 1, "c")]
    for turn in range(len(tied)):
        rows.give({"id": "integer", "at": "integer", "note": "varchar"}, *tied[turn:], *tied[:turn])
        assert rows.get("deduplicate", "kept", key="id", order="at") == [(1, 1, "a")]
        assert len(rows.get("deduplicate", "dropped", key="id", order="at")) == 3


def test_deduplicate_keeps_one_of_rows_that_are_the_same(rows: Rows) -> None:
    rows.give({"id": "integer", "at": "integer"}, (1, 1), (1, 1), (1, 1))
    assert rows.get("deduplicate", "kept", key=("id", "at"), order="at") == [(1, 1)]


def test_latest_per_key_takes_the_greatest_and_nulls_for_the_oldest(rows: Rows) -> None:
    rows.give({"id": "integer", "at": "timestamp"}, (1, None), (1, "2020-01-02"), (1, "2020-01-01"), (2, None))
    found = rows.get("latest_per_key", "latest", key="id", by="at")
    assert sorted((key, str(at)) for key, at in found) == [(1, "2020-01-02 00:00:00"), (2, "None")]


def test_latest_per_key_takes_the_same_of_tied_rows_whatever_their_order(rows: Rows) -> None:
    tied = [(1, 5, "b"), (1, 5, "a"), (1, 4, "0")]
    for turn in range(len(tied)):
        rows.give({"id": "integer", "at": "integer", "note": "varchar"}, *tied[turn:], *tied[:turn])
        assert rows.get("latest_per_key", "latest", key="id", by="at") == [(1, 5, "a")]


def test_top_n_breaks_ties_or_keeps_them(rows: Rows) -> None:
    rows.give({"g": "varchar", "v": "integer", "w": "integer"}, ("x", 3, 1), ("x", 2, 2), ("x", 2, 1), ("x", 1, 1))
    assert sorted(rows.get("top_n", "top", key="g", by="v", n=2)) == [("x", 2, 1), ("x", 3, 1)]
    assert sorted(rows.get("top_n", "top", key="g", by="v", n=2, ties="keep")) == [
        ("x", 2, 1),
        ("x", 2, 2),
        ("x", 3, 1),
    ]


def test_top_n_counts_in_each_group_from_either_end_and_puts_nulls_last(rows: Rows) -> None:
    rows.give({"g": "varchar", "v": "integer"}, ("x", 3), ("x", None), ("x", 1), (None, 7), (None, None))
    assert sorted(rows.get("top_n", "top", key="g", by="v", n=1), key=str) == [("x", 3), (None, 7)]
    assert sorted(rows.get("top_n", "top", key="g", by="v", n=1, order="smallest"), key=str) == [("x", 1), (None, 7)]
    assert ("x", None) not in rows.get("top_n", "top", key="g", by="v", n=2)
    assert len(rows.get("top_n", "top", key="g", by="v", n=3)) == 5
    assert rows.get("top_n", "top", key="g", by="v", n=0) == []


def test_surrogate_keys_are_the_same_for_the_same_values_and_different_for_all_others(rows: Rows) -> None:
    values = [(1, "a"), (1, None), (1, ""), (1, "null"), (None, "a"), (None, None), (12, "a"), (1, '2","a'), (1, "a")]
    rows.give({"n": "integer", "t": "varchar"}, *values)
    keys = [row[-1] for row in rows.get("surrogate_key", "keyed", key=("n", "t"))]
    assert len(set(keys)) == len(values) - 1
    assert keys[0] == keys[-1] == hashlib.md5(b'[1,"a"]').hexdigest(), "other programs can make it"


def test_surrogate_keys_do_not_run_columns_together(rows: Rows) -> None:
    rows.give({"a": "varchar", "b": "varchar"}, ("x", "yz"), ("xy", "z"), ("x,y", "z"), ("x", "y,z"))
    assert len({row[-1] for row in rows.get("surrogate_key", "keyed", key=("a", "b"))}) == 4


def test_surrogate_keys_are_made_of_floats_that_are_no_numbers(rows: Rows) -> None:
    rows.give({"a": "double"}, (float("nan"),), (float("inf"),), (1.0,), (None,))
    assert len({row[-1] for row in rows.get("surrogate_key", "keyed", key="a")}) == 4


def test_date_spines_begin_with_the_start_and_end_before_the_end(rows: Rows) -> None:
    days = rows.get("date_spine", "dates", start="2020-02-28", end="2020-03-02")
    assert [str(day) for (day,) in days] == ["2020-02-28", "2020-02-29", "2020-03-01"]
    assert rows.get("date_spine", "dates", start="2020-02-28", end="2020-02-28") == []
    assert rows.get("date_spine", "dates", start="2020-02-28", end="2019-02-28") == []


@pytest.mark.parametrize(
    ("grain", "expected"),
    [
        ("week", ["2020-01-31", "2020-02-07"]),
        ("month", ["2020-01-31"]),
        ("quarter", ["2020-01-31"]),
        ("year", ["2020-01-31"]),
    ],
)
def test_date_spines_step_by_their_grain(rows: Rows, grain: str, expected: list[str]) -> None:
    days = rows.get("date_spine", "dates", start="2020-01-31", end="2020-02-10", grain=grain)
    assert [str(day) for (day,) in days] == expected


def test_date_spines_of_months_do_not_creep(rows: Rows) -> None:
    days = rows.get("date_spine", "dates", start="2019-11-01", end="2020-03-01", grain="month", name="month")
    assert [str(day) for (day,) in days] == ["2019-11-01", "2019-12-01", "2020-01-01", "2020-02-01"]
    assert rows.names("date_spine", "dates", start="2019-11-01", end="2020-03-01", name="first day") == ["first day"]


def test_anonymise_hashes_values_and_leaves_nulls(rows: Rows) -> None:
    rows.give({"id": "integer", "mail": "varchar", "age": "integer"}, (1, "a@b.c", 30), (2, "a@b.c", None))
    found = rows.get("anonymise", "anonymous", columns=("mail", "age"), salt="pepper")
    hashed = hashlib.sha256(b"pepper:a@b.c").hexdigest()
    assert found == [(1, hashed, hashlib.sha256(b"pepper:30").hexdigest()), (2, hashed, None)]
    assert rows.names("anonymise", "anonymous", columns=("mail", "age"), salt="pepper") == ["id", "mail", "age"]
    other = rows.get("anonymise", "anonymous", columns=("mail", "age"), salt="salt")
    assert other[0][1] != hashed


def test_anonymise_removes_values(rows: Rows) -> None:
    rows.give({"id": "integer", "mail": "varchar"}, (1, "a@b.c"))
    assert rows.get("anonymise", "anonymous", columns="mail", salt="x", method="remove") == [(1, None)]


@pytest.mark.parametrize(
    ("component", "model", "params"),
    [
        ("deduplicate", "kept", {"key": HOSTILE, "order": OTHER}),
        ("deduplicate", "dropped", {"key": (HOSTILE, OTHER), "order": (OTHER, HOSTILE)}),
        ("latest_per_key", "latest", {"key": HOSTILE, "by": OTHER}),
        ("top_n", "top", {"key": HOSTILE, "by": OTHER, "ties": "keep"}),
        ("surrogate_key", "keyed", {"key": (HOSTILE, OTHER), "name": "' or 1=1 --"}),
        ("anonymise", "anonymous", {"columns": (HOSTILE, OTHER), "salt": "' || x"}),
    ],
)
def test_components_take_hostile_names_and_nothing_at_all(
    rows: Rows, component: str, model: str, params: Mapping[str, object]
) -> None:
    columns = {HOSTILE: "integer", OTHER: "integer", "rows": "integer"}
    rows.give(columns)
    assert rows.get(component, model, **params) == []
    rows.give(columns, (1, 2, 3))
    assert len(rows.get(component, model, **params)) == (0 if model == "dropped" else 1)
    names = rows.names(component, model, **params)
    assert sorted(names)[: len(columns)] == sorted(names) or set(columns) < set(names)
