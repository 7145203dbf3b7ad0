"""Promised columns against real ones: what `check` says before a run, and the `schema` rule of the gate after a build."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from meshwright.checks.inside import Difference, inner_differences
from meshwright.checks.nested import promised_parts
from meshwright.checks.references import dataset_of_object
from meshwright.checks.spec import CheckSpec, Measurement
from meshwright.checks.types import LOGICAL_TYPES, belongs_to, stored_form, type_kind
from meshwright.diagnostics import Diagnostic, Severity, SourceSpan, known_names_hint, nearest_name
from meshwright.model import Column, Columns, Contract, ContractObject, ContractProperty, Port, Product, QualityRule

_SAMPLED = 10


#: Options of an object that say something of its fields.
_FIELD_OPTIONS = ("required", "minProperties", "maxProperties")


def promised_columns(contract: Contract, promised: ContractObject) -> list[dict[str, object]]:
    """Return the promised columns of an object as plain JSON values: what a `schema` CheckSpec carries.

    ``logical`` is left out where a physical type binds; ``date`` of ODCS 3.0 is given as ``date 3.0``. What is promised
    inside a column stands in its ``properties``, ``items``, ``key`` and ``value``, and is left out where nothing is.
    """
    is_old = contract.api_version.removeprefix("v").startswith("3.0")
    return [_promise(column, is_old=is_old) for column in promised.properties]


def _promise(column: ContractProperty, *, is_old: bool) -> dict[str, object]:
    found: dict[str, object] = {
        "name": column.name,
        "physical": None if column.physical_type is None else stored_form(column.physical_type),
        "logical": None if column.physical_type is not None else _logical(column, is_old=is_old),
    }
    if column.properties:
        found["properties"] = [_promise(field, is_old=is_old) for field in column.properties]
    for key, inner in (("items", column.items), ("key", column.key), ("value", column.value)):
        if inner is not None:
            found[key] = _promise(inner, is_old=is_old)
    options = column.logical_type_options
    if isinstance(options.get("timezone"), bool) and column.logical_type in {"timestamp", "time"}:
        found["timezone"] = options["timezone"]
    fields = {name: _plain(options[name]) for name in _FIELD_OPTIONS if options.get(name) is not None}
    if fields and column.logical_type == "object":
        found["fields"] = fields
    return found


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _logical(column: ContractProperty, *, is_old: bool) -> str | None:
    return "date 3.0" if is_old and column.logical_type == "date" else column.logical_type


def schema_measurement(columns: Columns, spec: CheckSpec) -> Measurement:
    """Answer a `schema` rule from a version's columns alone: the value is the number of differences."""
    found = differences(columns, _promised(spec.arguments))
    return Measurement(
        fingerprint=spec.fingerprint,
        value=len(found),
        sample=tuple({"column": one.column, "difference": one.words} for one in found[:_SAMPLED]),
    )


def _promised(arguments: Mapping[str, object]) -> list[Mapping[str, object]]:
    columns = arguments.get("columns")
    assert isinstance(columns, Sequence)  # `checks.compile` put it there
    return list(columns)


def differences(columns: Columns, promised: Sequence[Mapping[str, object]]) -> tuple[Difference, ...]:
    """Compare real columns with promised ones (as `promised_columns` gives them): missing, then types, then extra."""
    real = {column.name: column for column in columns}
    names = {str(one["name"]) for one in promised}
    beside = tuple(real)
    missing = [
        Difference(kind="missing", column=name, words=_missing_words(name, real), beside=beside)
        for one in promised
        if (name := str(one["name"])) not in real
    ]
    types = [
        difference
        for one in promised
        if (name := str(one["name"])) in real
        for difference in _column_differences(real[name], one)
    ]
    extra = [
        Difference(kind="extra", column=name, words=f"column '{name}' is not promised")
        for name in real
        if name not in names
    ]
    return (*missing, *types, *extra)


def _column_differences(column: Column, promised: Mapping[str, object]) -> Iterator[Difference]:
    words = _type_words(column, promised)
    if words is not None:
        yield Difference(kind="type", column=column.name, words=words)
    else:
        yield from inner_differences(column, promised, _type_words)


def _missing_words(name: str, real: Mapping[str, Column]) -> str:
    nearest = nearest_name(name, real)
    return f"column '{name}' is missing" + (f" (there is '{nearest}')" if nearest else "")


def _type_words(column: Column, promised: Mapping[str, object]) -> str | None:
    """Say how a column's type differs from the promised one; None where it does not."""
    physical, logical, has_zone = promised.get("physical"), promised.get("logical"), promised.get("timezone")
    kind = type_kind(column.type)
    if isinstance(has_zone, bool) and kind.startswith("TIME") and kind.endswith("TIME ZONE") is not has_zone:
        return (
            f"column '{column.name}' is {column.type}, promised is a time {'with' if has_zone else 'without'} time zone"
        )
    if isinstance(physical, str):
        if stored_form(physical) == stored_form(column.type):
            return None
        return f"column '{column.name}' is {column.type}, promised is {physical}"
    if not isinstance(logical, str):
        return None
    name, _, api_version = logical.partition(" ")
    fits = belongs_to(column.type, name, api_version=api_version)
    if fits is None:
        return f"column '{column.name}' is promised as '{name}', which is no logical type ({', '.join(LOGICAL_TYPES)})"
    return None if fits else f"column '{column.name}' is {column.type}, promised is logical type {name}"


def contract_problems(product: Product, columns: Mapping[str, Columns]) -> tuple[Diagnostic, ...]:
    """Hold every contract of a product against the bound columns of its datasets, before anything is built.

    Datasets without bound columns are passed over: the gate compares them when they are built. Rules that
    meshwright does not execute are named as warnings.
    """
    found: list[Diagnostic] = []
    for _, port in sorted(product.ports.items()):
        for promised in port.contract.objects:
            dataset = dataset_of_object(port, promised)
            found.extend(unexecuted_rules(promised, dataset))
            if promised.properties and dataset in columns and dataset in port.datasets:
                found.extend(_object_problems(port, promised, dataset, columns[dataset]))
    for tests in product.tests:
        found.extend(_custom_warnings(tests.rules, tests.dataset))
    return tuple(found)


def _object_problems(port: Port, promised: ContractObject, dataset: str, columns: Columns) -> list[Diagnostic]:
    spans = {part.words: part.promise.span for part in promised_parts(promised.properties)}
    return [
        _problem(difference, dataset, port, span=spans.get(difference.column) or promised.span or port.span)
        for difference in differences(columns, promised_columns(port.contract, promised))
    ]


def _problem(difference: Difference, dataset: str, port: Port, *, span: SourceSpan | None) -> Diagnostic:
    if difference.kind == "missing":
        return Diagnostic(
            code="MW-C104",
            message=f"column '{difference.column}' is not in dataset {dataset}",
            span=span,
            fix=known_names_hint(difference.column.rpartition(".")[2], difference.beside, what="columns"),
            object=dataset,
        )
    if difference.kind == "extra":
        return Diagnostic(
            code="MW-C105",
            message=f"column '{difference.column}' of dataset {dataset} is not in the contract of port {port.address}",
            span=span,
            fix=f"add a property named '{difference.column}', or leave the column out of the dataset",
            object=dataset,
        )
    return Diagnostic(
        code="MW-C106",
        message=f"{difference.words} (dataset {dataset})",
        span=span,
        fix="change the type in the contract, or cast the column in the model",
        object=dataset,
    )


def unexecuted_rules(promised: ContractObject, dataset: str) -> list[Diagnostic]:
    """Name the rules of an object that are written for another tool and whose meaning is not known."""
    rules = [
        *promised.quality,
        *(rule for part in promised_parts(promised.properties) for rule in part.promise.quality),
    ]
    return _custom_warnings(rules, dataset)


def _custom_warnings(rules: Iterable[QualityRule], dataset: str) -> list[Diagnostic]:
    return [_custom_warning(rule, dataset) for rule in rules if rule.type == "custom" and not rule.meant]


def _custom_warning(rule: QualityRule, dataset: str) -> Diagnostic:
    name = rule.id or rule.name
    named = f"rule '{name}'" if name else "a rule"
    engine = f"for engine '{rule.engine}' " if rule.engine else ""
    why, fix = rule.unknown or ("it means nothing", "say in 'implementation' what is to be tested")
    return Diagnostic(
        code="MW-C108",
        message=f"{named} {engine}on {dataset} is of type custom and is not executed: {why}",
        span=rule.span,
        fix=f"{fix}; or write it as a library or sql rule",
        severity=Severity.WARNING,
        object=dataset,
    )
