"""A mesh in which every command has something to do, and the command line called as from a shell."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from meshwright.faces.cli.main import main

MODEL = "domains/sales/totals/models/per_customer.sql"
#: What makes the shop one in which every command has something to do.
MORE: Mapping[str, str] = {
    MODEL: """
        select customer, sum(amount) as total, count(*) as orders
        from sales.orders.orders
        where amount >= $least
        group by customer
        """,
    "domains/sales/totals/pipeline.yaml": """
        params:
          least: 0  # of an order
        variations:
          big: {params: {least: 8}}
          nightly: {schedule: {cron: "0 5 * * *", timezone: Europe/Berlin}}
        triggers:
          - {event: org.example.closed}
        """,
    "domains/sales/totals/tests/sums.unit.yaml": """
        dataset: per_customer
        given:
          sales.orders.orders: [{customer: ana, amount: 1.0}, {customer: ana, amount: 2.0}]
        expect: [{customer: ana, total: 3.0, orders: 2}]
        """,
    "policies/every_product_described.sql": """
        -- level: warn
        -- why: Products are found by their descriptions.
        -- fix: Add one.
        select product, file, line, 'no description' as message from mesh.products where description is null
        """,
    "policies/every_product_described.test.yaml": """
        examples:
          - name: one without
            given: {mesh.products: [{product: a.b, domain: a}, {product: a.c, domain: a, description: C.}]}
            violations: [a.b]
        """,
}


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    capsys.readouterr()
    status = main(list(words))
    found = capsys.readouterr()
    return status, found.out, found.err
