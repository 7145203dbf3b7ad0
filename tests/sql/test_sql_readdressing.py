"""Queries of rules with other text for the tables that they read."""

from __future__ import annotations

import pytest

from meshwright.sql import readdressed_tables

NAMES = {("crm", "orders"): '"c"."o"."orders"', ("a.b",): '"c"."o"."object_2"'}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("select count(*) from CRM.Orders", 'select count(*) from "c"."o"."orders" AS "Orders"'),
        ("select o.x from crm.orders o", 'select o.x from "c"."o"."orders" o'),
        ("select crm.orders.x from crm.orders", 'select "orders".x from "c"."o"."orders" AS "orders"'),
        ('select "a.b".x from "a.b"', 'select "a.b".x from "c"."o"."object_2" AS "a.b"'),
        (
            "select {property} from {object} join crm.orders using (x)",
            'select {property} from {object} join "c"."o"."orders" AS "orders" using (x)',
        ),
        ("with t as (select 1) select * from t, other", "with t as (select 1) select * from t, other"),
        ("select 'crm.orders' from", "select 'crm.orders' from"),
    ],
)
def test_only_the_tables_that_are_named_are_replaced(text: str, expected: str) -> None:
    assert readdressed_tables(text, NAMES) == expected
