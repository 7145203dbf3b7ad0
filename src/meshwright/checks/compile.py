"""From contracts, `tests:` and test files to CheckSpecs: the one place that knows both grammars.

Arguments by metric, plain JSON values only:

| metric | arguments |
|---|---|
| schema | ``columns``: list of ``{name, physical, logical}`` |
| missingValues | ``missingValues``: list of texts and numbers; null in it counts nulls |
| foreignKey | ``key``: list of columns of the dataset read, each a list of its name and the fields inside of it |
| latestAge, earliestAge | ``now``: ISO 8601, see `checks.service_levels` |
| invalidValues | ``validValues``: list; ``pattern``; ``minLength``, ``maxLength``; ``minimum``, ``maximum``, ``exclusiveMinimum``, ``exclusiveMaximum``, ``multipleOf``; ``minItems``, ``maxItems``, ``uniqueItems``; ``format`` |
| sql, violations | ``meaning``: the query's semantic fingerprint |
"""  # noqa: E501  a table row does not wrap

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from meshwright.checks.conform import promised_columns, schema_measurement
from meshwright.checks.formats import checked_format
from meshwright.checks.nested import PromisedPart, promised_parts
from meshwright.checks.queries import Parse, ReadQuery, read_query
from meshwright.checks.references import Contracts, dataset_of_object
from meshwright.checks.relationships import ForeignKey, foreign_keys
from meshwright.checks.spec import CheckSpec, Metric, PathStep, path_words
from meshwright.diagnostics import SourceSpan
from meshwright.frozen import dataclass
from meshwright.model import (
    Action,
    ContractObject,
    ContractProperty,
    Operator,
    Port,
    Product,
    QualityRule,
    Scalar,
    SqlTest,
)
from meshwright.sql import parse_statement

__all__ = ["compile_checks", "schema_measurement"]

#: Metrics of the ODCS library. Without an operator the first four demand that there are none.
LIBRARY: Mapping[str, Metric] = MappingProxyType(
    {
        metric.value: metric
        for metric in (
            Metric.NULL_VALUES,
            Metric.MISSING_VALUES,
            Metric.INVALID_VALUES,
            Metric.DUPLICATE_VALUES,
            Metric.ROW_COUNT,
        )
    }
)
#: logicalTypeOptions that the gate enforces; the others (format, timezone, ...) describe.
ENFORCED_OPTIONS = (
    "minLength",
    "maxLength",
    "pattern",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Place:
    """Where rules are written and what they may use."""

    product: str
    dataset: str
    origin: str
    params: Mapping[str, Scalar]
    param_types: Mapping[str, str]
    parse: Parse
    port: str | None = None


def compile_checks(
    product: Product,
    params: Mapping[str, Scalar],
    *,
    param_types: Mapping[str, str] | None = None,
    parse: Callable[[str, str], object] | None = None,
    contracts: Contracts | None = None,
) -> Mapping[str, tuple[CheckSpec, ...]]:
    """Return the gate rules of each of the product's datasets: contracts first, then `tests:`, then test files.

    `params` are the product's resolved parameters and `param_types` their declared types, for queries. `parse` stands in for
    `meshwright.sql.parse_statement`, for callers that remember what they parsed; `contracts` are those that relationships may
    refer to, by default the product's own. Rules that cannot be
    understood are found by `rule_problems`; a query among them is still compiled, and fails when measured.
    """
    types = param_types or {}
    known = contracts or Contracts.of_product(product)
    chosen: Parse = parse_statement if parse is None else parse  # type: ignore[assignment]
    found: dict[str, list[CheckSpec]] = {address: [] for address in product.datasets}
    for _, port in sorted(product.ports.items()):
        for promised in port.contract.objects:
            address = dataset_of_object(port, promised)
            if address not in found or address not in port.datasets:
                continue
            place = _Place(
                product=product.address,
                dataset=address,
                origin="contract",
                params=params,
                param_types=types,
                parse=chosen,
                port=port.address,
            )
            found[address].extend(_contract_specs(place, port, promised, known))
    for tests in product.tests:
        if tests.dataset in found:
            place = _Place(
                product=product.address,
                dataset=tests.dataset,
                origin="pipeline",
                params=params,
                param_types=types,
                parse=chosen,
            )
            found[tests.dataset].extend(_rule_specs(place, tests.rules))
    for test in product.sql_tests:
        if test.dataset in found:
            found[test.dataset].append(_file_spec(test, params, types))
    return MappingProxyType({address: _unique_ids(specs) for address, specs in found.items()})


def _contract_specs(place: _Place, port: Port, promised: ContractObject, contracts: Contracts) -> Iterator[CheckSpec]:
    """The rules of one contract object, in the order in which they are enforced."""
    span = promised.span or port.span
    columns = promised.properties
    if columns:
        yield _structural(place, "schema", (), span, {"columns": promised_columns(port.contract, promised)})
    key = _primary_key(columns)
    parts = tuple(promised_parts(columns))
    for part in parts:
        if part.promise.is_required or part.promise in key:
            yield _part_rule(place, "required", part, span)
    for part in parts:
        if part.promise.is_unique:
            yield _part_rule(place, "unique", part, span)
    if key:
        yield _structural(place, "primary_key", tuple(column.name for column in key), key[0].span or span)
    for rule in ("enum", "options", "format", "dimensions"):
        for part in parts:
            if arguments := _VALID[rule](part.promise):
                yield _part_rule(place, rule, part, span, arguments)
    for each in foreign_keys(port, promised, contracts):
        yield _foreign_key_spec(place, each, span)
    yield from _rule_specs(place, promised.quality)
    for part in parts:
        yield from _rule_specs(place, (_under(rule, part) for rule in part.promise.quality), part.path)


#: Kinds of rules that a contract's schema implies, as they appear in ids.
_STRUCTURAL: Mapping[str, Metric] = MappingProxyType(
    {
        "schema": Metric.SCHEMA,
        "required": Metric.NULL_VALUES,
        "unique": Metric.DUPLICATE_VALUES,
        "primary_key": Metric.DUPLICATE_VALUES,
        "enum": Metric.INVALID_VALUES,
        "options": Metric.INVALID_VALUES,
        "format": Metric.INVALID_VALUES,
        "dimensions": Metric.INVALID_VALUES,
    }
)


def _structural(
    place: _Place,
    kind: str,
    columns: tuple[str, ...],
    span: SourceSpan | None,
    arguments: Mapping[str, object] = MappingProxyType({}),
    path: tuple[PathStep, ...] = (),
) -> CheckSpec:
    """A rule that a contract's schema implies: there must be none, and one stops."""
    named = ",".join(path_words(column, path) for column in columns)
    return CheckSpec(
        id=f"contract:{kind}({named})" if columns else f"contract:{kind}",
        dataset=place.dataset,
        metric=_STRUCTURAL[kind],
        columns=columns,
        path=path,
        arguments=MappingProxyType(dict(arguments)),
        action=Action.STOP,
        origin="contract",
        port=place.port,
        span=span,
    )


def _part_rule(
    place: _Place,
    kind: str,
    part: PromisedPart,
    span: SourceSpan | None,
    arguments: Mapping[str, object] = MappingProxyType({}),
) -> CheckSpec:
    return _structural(place, kind, (part.column,), part.promise.span or span, arguments, part.path)


def _foreign_key_spec(place: _Place, each: ForeignKey, span: SourceSpan | None) -> CheckSpec:
    return CheckSpec(
        id=f"contract:foreign_key({each.words})",
        dataset=place.dataset,
        metric=Metric.FOREIGN_KEY,
        columns=each.columns,
        path=each.path,
        arguments=MappingProxyType({"key": [list(path) for path in each.key]}),
        action=Action.STOP,
        reads=() if each.dataset == place.dataset else (each.dataset,),
        origin="contract",
        port=place.port,
        span=each.span or span,
    )


def _primary_key(columns: Iterable[ContractProperty]) -> tuple[ContractProperty, ...]:
    """The key's columns in key order; those without a position keep the document's order, after the others."""
    key = [column for column in columns if column.is_primary_key]
    return tuple(
        sorted(key, key=lambda column: (column.primary_key_position is None, column.primary_key_position or 0))
    )


def _options(column: ContractProperty) -> dict[str, object]:
    given = column.logical_type_options
    return {
        name: given[name]
        for name in ENFORCED_OPTIONS
        if given.get(name) is not None and not (name == "uniqueItems" and given[name] is False)
    }


def _dimensions(column: ContractProperty) -> dict[str, object]:
    """How many numbers each vector has."""
    found = column.logical_type_options.get("dimensions") if column.logical_type == "vector" else None
    return {"minItems": found, "maxItems": found} if isinstance(found, int) else {}


def _format(column: ContractProperty) -> dict[str, object]:
    named = checked_format(column)
    return {"format": named} if named else {}


#: Kind of rule -> the arguments that say which values are valid; none where a property says nothing of it.
_VALID: Mapping[str, Callable[[ContractProperty], dict[str, object]]] = MappingProxyType(
    {
        "enum": lambda column: {"validValues": list(column.enum)} if column.enum else {},
        "options": _options,
        "format": _format,
        "dimensions": _dimensions,
    }
)


def _under(rule: QualityRule, part: PromisedPart) -> QualityRule:
    """A rule with the column that it is about, or inside of."""
    return rule if rule.column == part.column else replace(rule, column=part.column)


def _rule_specs(place: _Place, rules: Iterable[QualityRule], path: tuple[PathStep, ...] = ()) -> Iterator[CheckSpec]:
    for rule in rules:
        if rule.type == "sql" and rule.query is not None:
            yield _sql_spec(place, rule, path)
        elif rule.type == "library" and rule.metric is not None and rule.metric in LIBRARY:
            yield _library_spec(place, rule, LIBRARY[rule.metric], path)
        elif rule.type == "custom":
            yield from _meant_specs(place, rule, path)


def _meant_specs(place: _Place, rule: QualityRule, path: tuple[PathStep, ...]) -> Iterator[CheckSpec]:
    """The rules that a custom one means: all under its name, with its action."""
    for meant in rule.meant:
        column = rule.column or meant.column
        yield from _rule_specs(
            place,
            (
                replace(
                    meant,
                    column=column,
                    id=rule.id,
                    name=rule.name,
                    action=rule.action,
                    description=rule.description,
                    span=rule.span,
                ),
            ),
            path,
        )


def rule_columns(rule: QualityRule) -> tuple[str, ...]:
    """The columns that a library rule is about: its own property, or ``arguments.properties`` of an object's rule."""
    if rule.column is not None:
        return (rule.column,)
    listed = rule.arguments.get("properties", rule.arguments.get("columns"))
    return tuple(str(name) for name in listed) if isinstance(listed, (list, tuple)) else ()


def _library_spec(place: _Place, rule: QualityRule, metric: Metric, path: tuple[PathStep, ...]) -> CheckSpec:
    columns = rule_columns(rule)
    named = {"properties", "columns"}
    arguments = {name: _plain(value) for name, value in rule.arguments.items() if name not in named}
    return CheckSpec(
        id=_rule_id(place, rule, metric.value, tuple(path_words(column, path) for column in columns)),
        dataset=place.dataset,
        metric=metric,
        columns=columns,
        path=path,
        arguments=MappingProxyType(arguments),
        operator=rule.operator or Operator.MUST_BE,
        bound=rule.bound if rule.operator else 0,
        unit="percent" if rule.unit == "percent" else "rows",
        action=rule.action,
        origin=place.origin,
        port=place.port,
        description=rule.description,
        span=rule.span,
    )


def _sql_spec(place: _Place, rule: QualityRule, path: tuple[PathStep, ...]) -> CheckSpec:
    read: ReadQuery = read_query(rule, place.dataset, place.parse, path)
    columns = (rule.column,) if rule.column is not None else ()
    return CheckSpec(
        id=_rule_id(place, rule, "sql", tuple(path_words(column, path) for column in columns)),
        dataset=place.dataset,
        metric=Metric.SQL,
        columns=columns,
        path=path,
        arguments=MappingProxyType({"meaning": read.meaning} if read.meaning else {}),
        operator=rule.operator or Operator.MUST_BE,
        bound=rule.bound if rule.operator else 0,
        action=rule.action,
        query=read.text,
        reads=tuple(address for address in read.reads if address != place.dataset),
        params=MappingProxyType({name: place.params[name] for name in read.params if name in place.params}),
        param_types=MappingProxyType({name: kind for name, kind in place.param_types.items() if name in read.params}),
        origin=place.origin,
        port=place.port,
        description=rule.description,
        span=rule.span,
    )


def _file_spec(test: SqlTest, params: Mapping[str, Scalar], types: Mapping[str, str]) -> CheckSpec:
    return CheckSpec(
        id=f"file:{test.name}",
        dataset=test.dataset,
        metric=Metric.VIOLATIONS,
        arguments=MappingProxyType({"meaning": test.fingerprint} if test.fingerprint else {}),
        action=test.action,
        query=test.text,
        reads=tuple(sorted({address for address in test.reads if address != test.dataset})),
        params=MappingProxyType({name: params[name] for name in test.params if name in params}),
        param_types=MappingProxyType({name: kind for name, kind in types.items() if name in test.params}),
        origin="file",
        description=test.description,
        span=test.span,
    )


def _rule_id(place: _Place, rule: QualityRule, kind: str, columns: tuple[str, ...]) -> str:
    """The writer's own id or name, else what the rule is about: ``test:rowCount``, ``contract:sql(carrier)``."""
    own = (rule.id or rule.name or "").strip()
    if own:
        return own
    prefix = "contract" if place.origin == "contract" else "test"
    return f"{prefix}:{kind}({','.join(columns)})" if columns else f"{prefix}:{kind}"


def _unique_ids(specs: Iterable[CheckSpec]) -> tuple[CheckSpec, ...]:
    """Give later rules of one id a number: ``-2``, ``-3``, in order."""
    taken: set[str] = set()
    unique: list[CheckSpec] = []
    for spec in specs:
        name, number = spec.id, 1
        while name in taken:
            number += 1
            name = f"{spec.id}-{number}"
        taken.add(name)
        unique.append(spec if name == spec.id else replace(spec, id=name))
    return tuple(unique)


def _plain(value: object) -> object:
    """A value of a document as plain JSON: tuples and read-only maps become lists and dicts."""
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    return value
