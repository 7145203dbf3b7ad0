"""The answer of `env diff` as a JSON document."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from meshwright.faces.documents.plainvalues import plain
from meshwright.plan.documents import change_document

if TYPE_CHECKING:  # a document is drawn from values that are there
    from meshwright.app.differences import (
        CodeState,
        DatasetDifference,
        EnvironmentDiff,
        ProductDifference,
        RuleAnswer,
        RuleDifference,
    )
    from meshwright.app.values import ColumnSummary, Comparison
    from meshwright.faces.documents.shapes import differences


def environment_diff_document(diff: EnvironmentDiff) -> differences.EnvironmentDiff:
    """`env diff`."""
    sandbox = diff.sandbox
    return {
        "schema": "meshwright/environment-diff/1",
        "environment": sandbox.name,
        "generation": sandbox.generation,
        "base": sandbox.base,
        "base_generation": sandbox.base_generation,
        "datasets": [dataset_document(one) for one in diff.datasets],
        "products": [_product(one) for one in diff.products],
        "policies": [
            {"policy": one.policy, "level": one.level, "object": one.object, "message": one.message}
            for one in diff.policies
        ],
        "notes": list(diff.notes),
        "seconds": diff.seconds,
    }


def dataset_document(one: DatasetDifference) -> differences.DatasetDifference:
    """One dataset of `env diff`, or of `variation diff`."""
    return {
        "dataset": one.dataset,
        "change": one.change.value,
        "before": one.before,
        "after": one.after,
        "code": {
            "reasons": list(one.making.reasons),
            "parameters": [
                {"name": name, "before": plain(before), "after": plain(after)}
                for name, (before, after) in one.making.parameters.items()
            ],
            "inputs": [
                {"dataset": name, "before": before, "after": after}
                for name, (before, after) in one.making.inputs.items()
            ],
        },
        "schema": {
            "level": one.level.value,
            "columns": [change_document(change) for change in one.columns],
            "contract": [change_document(change) for change in one.contract],
        },
        "rows": None if one.rows is None else _rows(one.rows, is_read=one.is_read),
        "tests": [_rule(rule) for rule in one.tests],
    }


def _rows(found: Comparison, *, is_read: bool) -> differences.RowsDifference:
    return {
        "before": found.rows_before,
        "after": found.rows_after,
        "added": found.added,
        "removed": found.removed,
        "changed": found.changed,
        "unchanged": found.unchanged,
        "key": list(found.key),
        "key_problem": found.key_problem,
        "read": is_read,
        "columns": [
            {
                "name": column.name,
                "changed": column.changed,
                "change_rate": column.change_rate,
                "before": _summary(column.before),
                "after": _summary(column.after),
            }
            for column in found.columns
        ],
        "sample": list(_sample(found)),
    }


def _summary(summary: ColumnSummary | None) -> differences.ColumnSummary | None:
    if summary is None:
        return None
    return {
        "nulls": summary.nulls,
        "distinct": summary.distinct,
        "distinct_exact": summary.is_distinct_exact,
        "min": plain(summary.min),
        "max": plain(summary.max),
        "mean": plain(summary.mean),
    }


def _sample(found: Comparison) -> Iterator[differences.DifferingRow]:
    for row in found.sample:
        change = "added" if row.before is None else "removed" if row.after is None else "changed"
        yield {"change": change, "before": plain(row.before), "after": plain(row.after), "times": row.times}


def _rule(rule: RuleDifference) -> differences.RuleDifference:
    return {"id": rule.id, "change": rule.change, "before": _answer(rule.before), "after": _answer(rule.after)}


def _answer(answer: RuleAnswer | None) -> differences.RuleAnswer | None:
    if answer is None:
        return None
    return {
        "rule": answer.rule,
        "action": answer.action,
        "verdict": answer.verdict,
        "value": plain(answer.value),
        "failing_rows": answer.failing_rows,
    }


def _product(one: ProductDifference) -> differences.ProductDifference:
    return {
        "product": one.product,
        "change": one.change.value,
        "code": {"before": _code(one.before), "after": _code(one.after)},
        "datasets": list(one.datasets),
        "ports": [
            {
                "port": port.port,
                "change": port.change.value,
                "level": port.level.value,
                "changes": [change_document(change) for change in port.changes],
            }
            for port in one.ports
        ],
    }


def _code(state: CodeState | None) -> differences.CodeState | None:
    return None if state is None else {"code": state.code, "commit": state.commit}
