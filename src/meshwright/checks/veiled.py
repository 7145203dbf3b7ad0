"""Evidence as a sandbox shows it: rules are measured on what there is, and what they found is told without hidden values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from meshwright.checks.spec import CheckSpec, Evidence, Metric, path_words
from meshwright.model import Veil

#: Stands where a value is hidden.
MASKED = "(masked)"
#: What an engine's words quote may be a value.
_QUOTED = re.compile(r"""'[^']*'|"[^"]*\"""")


def veiled_evidence(spec: CheckSpec, evidence: Evidence, veil: Veil | None) -> Evidence:
    """Return evidence without the values that a veil hides; verdict and counts stay.

    Of a query nobody knows what its columns are made from, so nothing of its rows, or of its one value, is told.
    """
    sights = [veil.sight(dataset) for dataset in (spec.dataset, *spec.reads)] if veil is not None else []
    if not any(sight is not None and sight.method for sight in sights) or spec.metric is Metric.SCHEMA:
        return evidence
    error = evidence.error and _QUOTED.sub(MASKED, evidence.error)
    if spec.query is not None:
        value = MASKED if spec.metric is Metric.SQL and evidence.value is not None else evidence.value
        sample = tuple(dict.fromkeys(row, MASKED) for row in evidence.sample)
        return replace(evidence, value=value, sample=sample, error=error)
    sight = sights[0]
    if sight is None:  # only what a foreign key refers to is hidden
        return replace(evidence, error=error)
    hides = _hides(spec, sight.hides)
    return replace(evidence, sample=tuple(_veiled(row, hides) for row in evidence.sample), error=error)


def _hides(spec: CheckSpec, hides: Callable[[str], bool]) -> Callable[[str], bool]:
    """Return what is hidden of a sample's row: of values inside of a column it is named by their path."""
    if not spec.path:
        return hides
    column = spec.columns[0]
    inside = path_words(column, spec.path)
    return lambda name: hides(name) or (name.startswith(inside) and hides(column))


def _veiled(row: Mapping[str, object], hides: Callable[[str], bool]) -> dict[str, object]:
    return {column: MASKED if hides(column) and value is not None else value for column, value in row.items()}
