"""Tables of a statement under other names: the rest of the text stays, and the statement means the same on the other table."""

from __future__ import annotations

import duckdb
import pytest

from meshwright.model.texts import column_written
from meshwright.sql import blank_placeholders, parse_statement, substitute_tables

NAMES = {("sales", "orders", "orders"): "sales.orders.orders_v2"}

#: As written, as it becomes.
CASES = (
    ("select * from sales.orders.orders", 'select * from sales.orders.orders_v2 as "orders"'),
    ("select o.id from sales.orders.orders o", "select o.id from sales.orders.orders_v2 o"),
    ("select o.id from sales.orders.orders as o", "select o.id from sales.orders.orders_v2 as o"),
    ("select orders.id from sales.orders.orders", 'select orders.id from sales.orders.orders_v2 as "orders"'),
    (
        "select sales.orders.orders.id from sales.orders.orders",
        'select "orders".id from sales.orders.orders_v2 as "orders"',
    ),
    ("select orders.orders.id from sales.orders.orders", 'select "orders".id from sales.orders.orders_v2 as "orders"'),
    ("FROM Sales.Orders.ORDERS", 'FROM Sales.Orders.orders_v2 as "ORDERS"'),
    (
        'select * from "sales" . "orders"\n  /* from sales.orders.orders */ . "orders" -- sales.orders.orders\nwhere id > 0',
        'select * from "sales" . "orders"\n  /* from sales.orders.orders */ . orders_v2 as "orders" -- sales.orders.orders\n'
        "where id > 0",
    ),
    (
        "select 'sales.orders.orders' as t from sales.orders.orders",
        "select 'sales.orders.orders' as t from sales.orders.orders_v2 as \"orders\"",
    ),
    (
        "with orders as (select * from sales.orders.orders) select * from orders",
        'with orders as (select * from sales.orders.orders_v2 as "orders") select * from orders',
    ),
    (
        "select a.id from sales.orders.orders a join sales.orders.orders b using (id) "
        "where a.id in (select id from sales.orders.orders)",
        "select a.id from sales.orders.orders_v2 a join sales.orders.orders_v2 b using (id) "
        'where a.id in (select id from sales.orders.orders_v2 as "orders")',
    ),
    (
        "pivot sales.orders.orders on kind in ('a', 'b') using sum(id)",
        "pivot sales.orders.orders_v2 as \"orders\" on kind in ('a', 'b') using sum(id)",
    ),
    (
        "select * from sales.orders.orders tablesample 100 percent",
        'select * from sales.orders.orders_v2 as "orders" tablesample 100 percent',
    ),
    ("select * from sales.orders.orders t(x, y)", "select * from sales.orders.orders_v2 t(x, y)"),
    ("select * from sales.orders.others", "select * from sales.orders.others"),
    ("select * from orders", "select * from orders"),
    ("select * from sales.orders.orders where (", "select * from sales.orders.orders where ("),
)


@pytest.mark.parametrize(("written", "renamed"), CASES)
def test_only_the_names_that_are_meant_are_renamed(written: str, renamed: str) -> None:
    assert substitute_tables(written, "duckdb", NAMES) == renamed


@pytest.mark.parametrize("written", [written for written, _ in CASES if "where (" not in written])
def test_a_renamed_statement_answers_as_the_written_one_on_the_other_table(written: str) -> None:
    con = duckdb.connect()
    con.execute("attach ':memory:' as sales")
    con.execute("create schema sales.orders")
    con.execute("use sales.orders")
    for name in ("orders", "others"):
        con.execute(f"create table sales.orders.{name} as select range as id, 'a' as kind from range(3)")
    expected = con.execute(written).fetchall()
    is_read = "sales" in parse_statement(written).tables[0].parts and "others" not in written
    if is_read:
        con.execute("alter table sales.orders.orders rename to orders_v2")
    assert con.execute(substitute_tables(written, "duckdb", NAMES)).fetchall() == expected


def test_placeholders_of_rules_stay_where_they_are() -> None:
    query = "select count(*) from {object} as t join sales.orders.orders on t.${property} = orders.id"
    renamed = substitute_tables(query, "duckdb", NAMES, as_read=blank_placeholders(query))
    assert renamed == query.replace("sales.orders.orders", 'sales.orders.orders_v2 as "orders"')
    assert substitute_tables(query, "duckdb", NAMES) == query  # cannot be read with its placeholders


def test_a_place_in_the_renamed_text_is_told_as_it_is_written() -> None:
    written = "select a, orders.b\nfrom x join sales.orders.orders on x.a = orders.c where d"
    renamed = substitute_tables(written, "duckdb", NAMES)
    line, before = renamed.split("\n")[1], written.split("\n")[1]
    for word in ("from x", "on x.a", "orders.c where", "where d"):
        assert column_written(renamed, written, 2, line.index(word) + 1) == before.index(word) + 1
    assert column_written(renamed, written, 2, line.index("orders_v2") + 1) == before.index("sales.orders.orders") + 14
    assert column_written(renamed, written, 1, 8) == 8
    assert column_written(renamed, written, 2, len(line) + 1) == len(before) + 1


#: Objects of a contract that is tested without a mesh, which may be called anything.
ELSEWHERE = {("crm", "orders"): "c.o.orders", ("a.b",): "c.o.object_2"}


@pytest.mark.parametrize(
    ("written", "renamed"),
    [
        ("select count(*) from CRM.Orders", 'select count(*) from c.o.orders as "Orders"'),
        ("select o.x from crm.orders o", "select o.x from c.o.orders o"),
        ("select crm.orders.x from crm.orders", 'select "orders".x from c.o.orders as "orders"'),
        ('select "a.b".x from "a.b"', 'select "a.b".x from c.o.object_2 as "a.b"'),
        (
            "select {property} from {object} join crm.orders using (x)",
            'select {property} from {object} join c.o.orders as "orders" using (x)',
        ),
        ("with t as (select 1) select * from t, other", "with t as (select 1) select * from t, other"),
        ("select 'crm.orders' from", "select 'crm.orders' from"),
    ],
)
def test_a_table_elsewhere_takes_the_place_of_the_whole_name(written: str, renamed: str) -> None:
    assert substitute_tables(written, "duckdb", ELSEWHERE, as_read=blank_placeholders(written)) == renamed
