"""The answers of `variation ...` and of `plan --resolved` as JSON documents."""

from __future__ import annotations

from typing import TYPE_CHECKING

from meshwright.checks.verdict import bound_words, rule_words
from meshwright.faces.documents.diff import dataset_document
from meshwright.faces.documents.explain import setting_document
from meshwright.faces.documents.plainvalues import plain

if TYPE_CHECKING:  # a document is drawn from values that are there
    from meshwright.app.values import ColumnDistribution, Distribution
    from meshwright.app.varied_diff import VariationDiff
    from meshwright.app.varied_drop import VariationListing
    from meshwright.app.varied_promotion import VariationPromotion
    from meshwright.app.varied_resolved import NodeAsRun, PipelineAsRun, ResolvedMesh, Sourced
    from meshwright.checks.spec import CheckSpec
    from meshwright.diagnostics import SourceSpan
    from meshwright.faces.documents.shapes import differences, plans


def variation_list_document(listing: VariationListing) -> differences.Variations:
    """`variation list`."""
    return {
        "schema": "meshwright/variations/1",
        "environment": listing.environment,
        "generation": listing.generation,
        "variations": [
            {
                "variation": one.address,
                "declared": one.is_declared,
                "params": {name: plain(value) for name, value in one.params.items()},
                "nodes": list(one.nodes),
                "published": list(one.published),
                **_place(one.span),
            }
            for one in listing.variations
        ],
    }


def variation_diff_document(diff: VariationDiff) -> differences.VariationDiff:
    """`variation diff`."""
    datasets: list[differences.VariedDataset] = []
    for one in diff.datasets:
        document = dataset_document(one)
        rows = one.rows
        distributions = [
            _distribution(column.name, column.distribution)
            for column in (rows.columns if rows is not None else ())
            if column.distribution is not None
        ]
        datasets.append({**document, "distributions": distributions})
    return {
        "schema": "meshwright/variation-diff/1",
        "variation": diff.variation.address,
        "with": diff.other,
        "environment": diff.environment,
        "generation": diff.generation,
        "datasets": datasets,
        "notes": list(diff.notes),
        "seconds": diff.seconds,
    }


def _distribution(column: str, found: ColumnDistribution) -> differences.ColumnDistribution:
    return {
        "column": column,
        "distance": found.distance,
        "measured_by": found.measured_by.value,
        "before": _side(found.before),
        "after": _side(found.after),
    }


def _side(found: Distribution) -> differences.Distribution:
    return {
        "quantiles": [plain(value) for value in found.quantiles],
        "top": [{"value": plain(value), "rows": rows} for value, rows in found.top],
    }


def variation_promotion_document(made: VariationPromotion) -> differences.VariationPromotion:
    """`variation promote`."""
    return {
        "schema": "meshwright/variation-promotion/1",
        "variation": made.variation.address,
        "environment": made.environment,
        "file": made.file,
        "written": made.is_written,
        "changes": [
            {
                "parameter": change.parameter,
                "before": plain(change.before),
                "after": plain(change.after),
                "level": change.level,
                **_place(change.span),
            }
            for change in made.changes
        ],
        "counts": dict(made.counts),
        "unbuilt": list(made.unbuilt),
        "seconds": made.seconds,
    }


def resolved_document(found: ResolvedMesh) -> plans.Resolved:
    """`plan --resolved`."""
    return {
        "schema": "meshwright/resolved/1",
        "environment": found.environment,
        "variation": found.variation,
        "engines": {
            name: {"type": engine.type, "memory_bytes": engine.memory_bytes, "threads": engine.threads}
            for name, engine in found.engines.items()
        },
        "pipelines": [_pipeline(pipeline) for pipeline in found.pipelines],
    }


def _pipeline(found: PipelineAsRun) -> plans.ResolvedPipeline:
    return {
        "product": found.product.address,
        "nodes": [_node(node) for node in found.nodes],
        "left_out": list(found.left_out),
        "settings": {key: _sourced(value) for key, value in found.settings.items()},
        "parameters": [
            {
                "name": parameter.name,
                "type": parameter.type,
                "used_by": list(parameter.users),
                **setting_document(parameter.settings[0]),
            }
            for parameter in found.parameters
        ],
    }


def _node(found: NodeAsRun) -> plans.ResolvedNode:
    node = found.node
    return {
        "dataset": node.address,
        "kind": node.kind,
        "code": list(found.code),
        "reads": list(node.reads),
        "after": list(node.after),
        "engine": _sourced(found.engine),
        "settings": {key: _sourced(value) for key, value in found.settings.items()},
        "params": {name: setting_document(setting) for name, setting in found.params.items()},
        "tests": [_test(spec) for spec in found.tests],
        **_place(node.span),
    }


def _test(spec: CheckSpec) -> plans.ResolvedTest:
    return {
        "id": spec.id,
        "rule": rule_words(spec),
        "action": spec.action.value,
        "bound": bound_words(spec),
        "level": spec.origin,
        **_place(spec.span),
    }


def _sourced(found: Sourced) -> plans.Sourced:
    return {"value": plain(found.value), "level": found.level, **_place(found.span)}


def _place(span: SourceSpan | None) -> plans.Written:
    return {
        "file": span.file if span else None,
        "line": span.line if span else None,
        "column": span.column if span else None,
    }
