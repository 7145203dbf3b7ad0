"""Column lineage never names too little: DuckDB is asked which inputs an output really depends on."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from meshwright.model import Column, Columns
from meshwright.sql import statement_lineage

GOLDENS = sorted(Path(__file__).with_name("lineage_goldens").glob("*.sql"))
INPUTS = {
    ("t",): ("d.p.t", "a b c d s l"),
    ("u",): ("d.p.u", "a b e f"),
    ("x", "y", "z"): ("x.y.z", "a g"),
}
ROWS = 9
#: Golden files that DuckDB cannot answer: tables that do not exist, recursion without an end.
LEFT_OUT = {"unknown_inputs", "recursive"}

MORE = [
    "select a, sum(b) over (order by c, d) as r from t where exists (from u where u.a = t.a)",
    "with m as (select a, max(c) as top from t group by a) select u.e, m.top from m join u using (a) where u.f > 0",
    "select b, count(*) as n from (select b from t where c > 1 union all select b from u where f > 1) group by b",
    "select t.a, u.e from t left join u on t.a = u.a and u.f > 1 and t.d > 0",
    "select a, case when b > (select avg(f) from u) then c else d end as x from t",
    "select a from t where a not in (select a from u where e > 1)",
    "select a, rank() over (partition by b order by c desc) as r from t qualify r = 1",
    "select max(a) filter (where b > 1) - min(c) as span from t group by d having count(*) > 0",
    "select coalesce(x.a, y.e) as k from t x full join u y on x.a = y.a",
    "select a, (select count(*) from u where u.b >= t.b) as n from t",
    "select * exclude (s, l) from t join (select a, max(e) as e from u group by all) using (a)",
    "select distinct on (a) a, b from t order by a, c",
    "with recursive r(n, a, b) as (select 0, a, b from t union all select n + 1, u.e, r.b from r join u on u.a = r.b where n < 2) "
    "select a, b from r",
    "with recursive r(n, k) as (select a, b from t union select n + 1, k from r where n < 5) "
    "select k, max(n) as m from r group by k",
]


def statements() -> Iterator[str]:
    yield from MORE
    for file in GOLDENS:
        if file.stem not in LEFT_OUT:
            for block in file.read_text().strip().split("\n\n"):
                yield "\n".join(line for line in block.split("\n") if not line.startswith("-- "))


def value(chance: random.Random, column: str) -> str:
    if column == "s":
        numbers = [chance.randrange(3) for _ in range(4)]
        return "{{'f': {{'g': {}}}, 'k': {}, 'x': {}, 'y': {}}}".format(*numbers)
    if column == "l":
        return str([chance.randrange(1, 4) for _ in range(chance.randrange(1, 3))])
    return str(chance.randrange(4))


def create(connection: duckdb.DuckDBPyConnection, seeds: dict[tuple[str, str], int]) -> None:
    """Make the input tables; each column's values depend on its own seed alone."""
    connection.execute("attach if not exists ':memory:' as x; create schema if not exists x.y")
    for parts, (address, names) in INPUTS.items():
        chances = {name: random.Random(seeds[address, name]) for name in names.split()}
        rows = ", ".join(
            "(" + ", ".join(value(chance, name) for name, chance in chances.items()) + ")" for _ in range(ROWS)
        )
        connection.execute(f"create or replace table {'.'.join(parts)} as from (values {rows}) v({', '.join(chances)})")


def answer(connection: duckdb.DuckDBPyConnection, text: str) -> list[tuple[str, Counter[str]]]:
    """Each output with the multiset of its values."""
    cursor = connection.execute(text)
    names = [str(found[0]) for found in cursor.description or ()]
    rows = cursor.fetchall()
    return [(name, Counter(repr(row[index]) for row in rows)) for index, name in enumerate(names)]


COLUMNS = [(address, name) for address, names in INPUTS.values() for name in names.split()]
TABLES: dict[tuple[str, ...], tuple[str, Columns]] = {
    parts: (address, tuple(Column(name=name, type="INTEGER") for name in names.split()))
    for parts, (address, names) in INPUTS.items()
}
#: Statement -> (answer before, the column that was changed, answer after)
Changes = dict[str, list[tuple[list[tuple[str, Counter[str]]], tuple[str, str], list[tuple[str, Counter[str]]]]]]


@pytest.fixture(scope="module")
def changes() -> Changes:
    """Run every statement on changed inputs, one column changed at a time."""
    found: Changes = {text: [] for text in statements()}
    with duckdb.connect(config={"memory_limit": "200MB", "threads": 1}) as connection:
        for seed in range(1):
            seeds = {column: seed * 100 + index for index, column in enumerate(COLUMNS)}
            create(connection, seeds)
            before = {text: answer(connection, text) for text in found}
            for column in COLUMNS:
                create(connection, seeds | {column: 9_000 + seed})
                for text, seen in found.items():
                    seen.append((before[text], column, answer(connection, text)))
    return found


@pytest.mark.parametrize("text", list(statements()))
def test_an_output_changes_only_with_the_columns_that_its_lineage_names(changes: Changes, text: str) -> None:
    for before, column, after in changes[text]:
        if [name for name, _ in after] != [name for name, _ in before]:
            continue  # a pivot whose columns come from the data
        output = tuple(Column(name=name, type="INTEGER") for name, _ in before)
        found = statement_lineage(text, "duckdb", tables=TABLES, output=output)
        for (name, old), (_, new) in zip(before, after, strict=True):
            if old != new:
                assert any((s.output, s.table, s.column) == (name, *column) for s in found), (name, column)


def test_the_oracle_sees_changes(changes: Changes) -> None:
    moved = sum(before != after for seen in changes.values() for before, _, after in seen)
    assert moved > 250
