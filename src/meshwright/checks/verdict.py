"""Verdicts: a measurement against its rule's bound, and what follows for the gate. Also the words for both."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from meshwright.checks.durations import duration_words
from meshwright.checks.spec import CheckSpec, Evidence, Measurement, Metric, Outcome, holds, path_words
from meshwright.model import Action, Operator, Scalar

_OPERATOR_WORDS: Mapping[Operator, str] = MappingProxyType(
    {
        Operator.MUST_BE: "must be {}",
        Operator.MUST_NOT_BE: "must not be {}",
        Operator.MUST_BE_GREATER_THAN: "must be greater than {}",
        Operator.MUST_BE_GREATER_OR_EQUAL_TO: "must be at least {}",
        Operator.MUST_BE_LESS_THAN: "must be less than {}",
        Operator.MUST_BE_LESS_OR_EQUAL_TO: "must be at most {}",
        Operator.MUST_BE_BETWEEN: "must be between {} and {}",
        Operator.MUST_NOT_BE_BETWEEN: "must not be between {} and {}",
    }
)


def evidence_of(spec: CheckSpec, measurement: Measurement, *, version: str, others: str, run_id: str) -> Evidence:
    """Return the verdict of `spec` on `version`. What could not be measured or compared is an `error`, never a pass."""
    error = measurement.error or (None if _is_comparable(spec, measurement.value) else _incomparable(spec, measurement))
    if error is not None:
        outcome = Outcome.ERROR
    else:
        outcome = Outcome.PASS if _is_kept(spec, measurement.value) else Outcome.FAIL
    return Evidence(
        version=version,
        check=spec.fingerprint,
        others=others,
        outcome=outcome,
        value=_plain(measurement.value),
        failing_rows=measurement.failing_rows,
        sample=measurement.sample,
        error=error,
        run_id=run_id,
        seconds=measurement.seconds,
    )


def verdict_word(spec: CheckSpec, evidence: Evidence) -> str:
    """Return ``pass``, ``error``, or for data that breaks the rule its action: ``log``, ``warn``, ``stop``."""
    if evidence.outcome is Outcome.FAIL:
        return spec.action.value
    return evidence.outcome.value


def is_blocking(spec: CheckSpec, evidence: Evidence) -> bool:
    """Whether the gate stays shut: a stop rule that is broken, or that could not be measured."""
    return spec.action is Action.STOP and evidence.outcome is not Outcome.PASS


def unique_measurements(specs: Sequence[CheckSpec]) -> tuple[CheckSpec, ...]:
    """Return one spec for each fingerprint, in order: what must be measured to answer all of `specs`."""
    first: dict[str, CheckSpec] = {}
    for spec in specs:
        first.setdefault(spec.fingerprint, spec)
    return tuple(first.values())


def rule_words(spec: CheckSpec) -> str:
    """Say the rule in words: ``required on `carrier```, ``rowCount must be greater than 300000``."""
    where = ", ".join(f"`{path_words(column, spec.path)}`" for column in spec.columns)
    kind = _kind(spec.id)
    if spec.metric is Metric.SCHEMA:
        return "columns as promised"
    if spec.metric is Metric.FOREIGN_KEY:
        return f"{where} is in {spec.reads[0] if spec.reads else spec.dataset}"
    if spec.is_timed:
        return f"{_TIMED_WORDS[spec.metric]} of {where} {demand_words(spec)}"
    if spec.origin == "contract" and kind in _SHORT_WORDS:
        return f"{_SHORT_WORDS[kind]} on {where}"
    if spec.metric is Metric.VIOLATIONS:
        subject = f"rows of test `{_kind(spec.id)}`"
    elif spec.metric is Metric.SQL:
        subject = f"query `{spec.id}`"
    else:
        subject = f"{spec.metric.value} of {where}" if where else spec.metric.value
    return f"{subject} {demand_words(spec)}"


#: First part of a contract rule's id -> words; see `checks.compile`.
_SHORT_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "required": "required",
        "unique": "unique",
        "primary_key": "primary key",
        "enum": "allowed values",
        "options": "format and range",
        "format": "format",
        "dimensions": "number of dimensions",
    }
)
_TIMED_WORDS: Mapping[Metric, str] = MappingProxyType(
    {
        Metric.LATEST_AGE: "age of the latest moment",
        Metric.EARLIEST_AGE: "age of the earliest moment",
        Metric.GREATEST_GAP: "greatest gap between moments",
    }
)


def demand_words(spec: CheckSpec) -> str:
    """Say the bound in words: ``must be between 1 and 5 percent``."""
    bounds = spec.bound if isinstance(spec.bound, tuple) else (spec.bound,)
    places = _OPERATOR_WORDS[spec.operator].count("{}")
    shown = [_measure_words(spec, bound) for bound in bounds][:places]
    words = _OPERATOR_WORDS[spec.operator].format(*shown, *["?"] * (places - len(shown)))
    return f"{words} percent" if spec.unit == "percent" else words


def bound_words(spec: CheckSpec) -> dict[str, object]:
    """Return the bound as JSON: ``{"mustBeLessThan": 5, "unit": "percent"}``; `unit` only where it is percent."""
    bound: object = list(spec.bound) if isinstance(spec.bound, tuple) else spec.bound
    words: dict[str, object] = {spec.operator.value: bound}
    if spec.unit == "percent":
        words["unit"] = spec.unit
    return words


def finding_words(spec: CheckSpec, evidence: Evidence) -> str:
    """Say in one line what the rule found: ``required on `carrier`: 12 rows``."""
    if evidence.outcome is Outcome.ERROR:
        return f"{rule_words(spec)}: could not be measured: {evidence.error or 'no reason was recorded'}"
    if spec.metric is Metric.SCHEMA:
        differences = "; ".join(str(row.get("difference", "")) for row in evidence.sample[:3])
        return f"{rule_words(spec)}: {differences or value_words(evidence.value)}"
    if evidence.failing_rows is not None and spec.unit != "percent":
        return f"{rule_words(spec)}: {evidence.failing_rows} row{'' if evidence.failing_rows == 1 else 's'}"
    return f"{rule_words(spec)}: it is {_measure_words(spec, evidence.value)}"


def _measure_words(spec: CheckSpec, value: Scalar) -> str:
    """Write what was measured, or its bound; seconds as durations."""
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return duration_words(value) if spec.is_timed and is_number else value_words(value)  # type: ignore[arg-type]


def value_words(value: Scalar) -> str:
    """Write a value as people read it."""
    if value is None:
        return "no value"
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, str) else str(value)


def _kind(check_id: str) -> str:
    """``contract:required(carrier)`` -> ``required``; ``file:late_flights`` -> ``late_flights``."""
    return check_id.partition(":")[2].partition("(")[0]


def _is_kept(spec: CheckSpec, value: Scalar) -> bool:
    """Whether the value keeps the demand; no value keeps none but that there be none."""
    if value is None and spec.operator is not Operator.MUST_BE:
        return False
    return holds(spec.operator, spec.bound, value)


def _is_comparable(spec: CheckSpec, value: Scalar) -> bool:
    """Whether an ordered demand can be decided: both are numbers, or both texts. No value is decided: it breaks it."""
    if value is None or spec.operator in {Operator.MUST_BE, Operator.MUST_NOT_BE}:
        return not (isinstance(value, float) and math.isnan(value))
    bounds = spec.bound if isinstance(spec.bound, tuple) else (spec.bound,)
    return all(
        holds(Operator.MUST_BE_LESS_OR_EQUAL_TO, bound, value)
        or holds(Operator.MUST_BE_GREATER_OR_EQUAL_TO, bound, value)
        for bound in bounds
    )


def _incomparable(spec: CheckSpec, measurement: Measurement) -> str:
    return f"the value {value_words(measurement.value)} cannot be compared: it {demand_words(spec)}"


def _plain(value: Scalar) -> Scalar:
    """A value that JSON can hold."""
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value
