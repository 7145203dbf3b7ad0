"""The tests of a component as rules of the datasets that its nodes became."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from meshwright.diagnostics import Diagnostic
from meshwright.files.component_binding import Bound
from meshwright.files.component_catalog import Definition
from meshwright.files.component_inside import DIALECT, column_lists
from meshwright.files.component_uses import with_values
from meshwright.files.standards import read_quality_rules
from meshwright.model import Action, QualityRule
from meshwright.model.parameters import SECRET_TYPE
from meshwright.sql import blank_placeholders, placed_columns, substitute_tables


def component_rules(
    definition: Definition,
    bound: Bound,
    severity: Mapping[str, Action],
    names: Mapping[str, str],
    findings: list[Diagnostic],
) -> Iterator[tuple[str, tuple[QualityRule, ...]]]:
    """Yield the rules of each input and node that the component tests.

    ``$name`` as a whole value is the parameter's value, or its columns; in a query it is columns. `names` is what
    stands in queries -> address.
    """
    tests = definition.document.tests
    if tests is None:
        return
    values: dict[str, tuple[object, ...]] = dict(bound.columns)
    values |= {
        name: (each.value,)
        for name, each in bound.values.items()
        if name not in bound.references and each.type != SECRET_TYPE
    }
    for entry in tests:
        if entry.key not in names:
            continue  # told with the component
        rules, found = read_quality_rules(with_values(entry.value, values), entry.file, severity)
        findings.extend(each for each in found if each not in findings)  # of each use the same
        yield entry.key, tuple(_placed(rule, definition, bound, names) for rule in rules)


def _placed(rule: QualityRule, definition: Definition, bound: Bound, names: Mapping[str, str]) -> QualityRule:
    if rule.query is None:
        return rule
    lists = column_lists(definition.document.params)
    # A query may hold {object}, which is no SQL: read with something else in its place, of the same length.
    placed = placed_columns(rule.query, DIALECT, bound.columns, lists=lists).text
    parts: dict[tuple[str, ...], str] = {(name,): dataset for name, dataset in names.items()}
    return replace(rule, query=substitute_tables(placed, DIALECT, parts, as_read=blank_placeholders(placed)))
