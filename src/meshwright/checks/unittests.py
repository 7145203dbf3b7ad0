"""Unit tests against the columns that are known: a misspelt column is found without running anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from meshwright.diagnostics import Diagnostic, known_names_hint
from meshwright.model import Columns, ExampleRow, Product


def unit_problems(product: Product, columns: Mapping[str, Columns]) -> Iterator[Diagnostic]:
    """Yield a finding for each column that an example row names and its dataset has not."""
    for test in product.unit_tests:
        for given in test.given:
            if given.dataset in columns:
                yield from _unknown(given.dataset, given.rows, columns[given.dataset], test.dataset)
        if test.dataset in columns:
            yield from _unknown(test.dataset, test.expected, columns[test.dataset], test.dataset)


def _unknown(dataset: str, rows: tuple[ExampleRow, ...], columns: Columns, tested: str) -> Iterator[Diagnostic]:
    known = {column.name.casefold() for column in columns}
    told: set[str] = set()
    for row in rows:
        for name in row.values:
            if name.casefold() not in known and name not in told:
                told.add(name)
                yield Diagnostic(
                    code="MW-M246",
                    message=f"{dataset} has no column '{name}'",
                    span=row.span,
                    fix=known_names_hint(name, [column.name for column in columns], what="columns"),
                    object=tested,
                )
