"""Rules that cannot be executed as written: unknown columns, datasets, metrics, bounds that nothing can keep."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace

from meshwright.checks.compile import LIBRARY, rule_columns
from meshwright.checks.nested import promised_parts
from meshwright.checks.queries import Parse, read_query, resolve_reference
from meshwright.checks.references import Contracts, dataset_of_object
from meshwright.checks.relationships import relationship_problems
from meshwright.checks.spec import Metric, PathStep
from meshwright.diagnostics import Diagnostic, SourceSpan, known_names_hint
from meshwright.frozen import dataclass
from meshwright.graph.offers import Offers
from meshwright.model import Columns, Operator, Product, QualityRule, product_of
from meshwright.sql import parse_statement

#: Metric -> the arguments it understands.
_ARGUMENTS: Mapping[Metric, frozenset[str]] = {
    Metric.NULL_VALUES: frozenset(),
    Metric.ROW_COUNT: frozenset(),
    Metric.MISSING_VALUES: frozenset({"missingValues"}),
    Metric.DUPLICATE_VALUES: frozenset({"properties", "columns"}),
    Metric.INVALID_VALUES: frozenset(
        {
            "validValues",
            "pattern",
            "minLength",
            "maxLength",
            "minimum",
            "maximum",
            "exclusiveMinimum",
            "exclusiveMaximum",
            "multipleOf",
            "format",
        }
    ),
}
_BETWEEN = frozenset({Operator.MUST_BE_BETWEEN, Operator.MUST_NOT_BE_BETWEEN})


def rule_problems(
    product: Product,
    known_datasets: Collection[str],
    columns: Mapping[str, Columns],
    *,
    params: Collection[str] | None = None,
    offers: Offers | None = None,
    parse: Callable[[str, str], object] | None = None,
    contracts: Contracts | None = None,
) -> tuple[Diagnostic, ...]:
    """Return what is wrong with the product's rules (contracts' quality and `tests:`), each at its place.

    `known_datasets` are the addresses that queries may read, `columns` the bound columns as far as they are
    known, `params` the names of the product's parameters, `offers` what ports hold (None: not checked), `contracts` what
    relationships may refer to (None: the product's own). Test files are checked where they are loaded.
    """
    chosen: Parse = parse_statement if parse is None else parse  # type: ignore[assignment]
    found: list[Diagnostic] = []
    readable = _Readable(known=frozenset(known_datasets), offers=offers, params=params)
    for rule, dataset, path, span in _rules(product):
        problems = (
            _query_problems(rule, dataset, path, chosen, readable)
            if rule.type == "sql"
            else _library_problems(rule, columns.get(dataset))
            if rule.type == "library"
            else iter(())
        )
        for code, message, fix in problems:
            found.append(Diagnostic(code=code, message=message, span=rule.span or span, fix=fix, object=dataset))
    known = contracts or Contracts.of_product(product)
    found.extend(relationship_problems(product, known, readable.known, columns, offers))
    return tuple(found)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Readable:
    """What the query of a rule may use."""

    #: Addresses of the datasets of the mesh.
    known: frozenset[str]
    offers: Offers | None
    params: Collection[str] | None


#: A finding without its place: code, message, fix.
_Finding = tuple[str, str, str | None]


def _rules(
    product: Product,
) -> Iterator[tuple[QualityRule, str, tuple[PathStep, ...], SourceSpan | None]]:
    """Every rule with its dataset, the way into its column, and the place to name where the rule has none of its own."""
    for _, port in sorted(product.ports.items()):
        for promised in port.contract.objects:
            dataset = dataset_of_object(port, promised)
            span = promised.span or port.span
            for rule in _written(promised.quality):
                yield rule, dataset, (), span
            for part in promised_parts(promised.properties):
                for rule in _written(part.promise.quality):
                    yield replace(rule, column=part.column), dataset, part.path, part.promise.span or span
    for tests in product.tests:
        for rule in _written(tests.rules):
            yield rule, tests.dataset, (), product.span


def _written(rules: tuple[QualityRule, ...]) -> Iterator[QualityRule]:
    """Yield rules, and what custom ones mean in their place."""
    for rule in rules:
        if rule.type != "custom":
            yield rule
        for meant in rule.meant:
            column = rule.column or meant.column
            yield replace(meant, column=column, id=rule.id, name=rule.name, span=rule.span)


def _name(rule: QualityRule) -> str:
    own = rule.id or rule.name or rule.metric or rule.type
    return f"rule '{own}'"


def _library_problems(rule: QualityRule, columns: Columns | None) -> Iterator[_Finding]:
    """What is wrong with a rule of the ODCS library."""
    metric = LIBRARY.get(rule.metric or "")
    if metric is None:
        named = f"unknown metric '{rule.metric}'" if rule.metric else "a library rule without a metric"
        yield "MW-C112", named, known_names_hint(rule.metric or "", LIBRARY, what="metrics")
        return
    names = rule_columns(rule)
    if metric is not Metric.ROW_COUNT and not names:
        fix = "put the rule under a property, or give 'column: NAME'"
        if metric is Metric.DUPLICATE_VALUES:
            fix = "list the columns of the key: 'arguments: {properties: [a, b]}'"
        yield "MW-C113", f"{_name(rule)} does not say which column it is about", fix
    for name in names if columns is not None else ():
        known = [column.name for column in columns or ()]
        if name not in known:
            yield (
                "MW-C114",
                f"{_name(rule)} is about column '{name}', which the dataset does not have",
                known_names_hint(name, known, what="columns"),
            )
    understood = _ARGUMENTS[metric]
    for argument in rule.arguments:
        if argument not in understood:
            fix = known_names_hint(argument, understood, what="arguments") if understood else "leave it out"
            yield "MW-C119", f"{_name(rule)} has argument '{argument}', which {metric.value} does not know", fix
    if metric is Metric.INVALID_VALUES and not understood.intersection(rule.arguments):
        fix = "say what is valid: 'arguments: {validValues: [...]}' or 'arguments: {pattern: ...}'"
        yield "MW-C118", f"{_name(rule)} does not say which values are valid", fix
    if metric is Metric.ROW_COUNT and rule.unit == "percent":
        yield "MW-C117", f"{_name(rule)} counts all rows: that is always 100 percent", "leave 'unit' out"
    yield from _bound_problems(rule, is_counted=True, needs_operator=metric is Metric.ROW_COUNT)


def _bound_problems(rule: QualityRule, *, is_counted: bool, needs_operator: bool) -> Iterator[_Finding]:
    """What is wrong with a rule's operator and bound."""
    if rule.operator is None:
        if needs_operator:
            listed = ", ".join(operator.value for operator in Operator)
            yield "MW-C115", f"{_name(rule)} does not say what the value must be", f"give one of: {listed}"
        return
    bounds = rule.bound if isinstance(rule.bound, tuple) else (rule.bound,)
    is_pair = isinstance(rule.bound, tuple) and len(rule.bound) == 2
    if rule.operator in _BETWEEN and not is_pair:
        yield "MW-C116", f"'{rule.operator.value}' of {_name(rule)} needs two numbers", "write [lowest, highest]"
        return
    if rule.operator not in _BETWEEN and isinstance(rule.bound, tuple):
        yield "MW-C116", f"'{rule.operator.value}' of {_name(rule)} needs one value", "give one value, not a list"
        return
    is_ordered = rule.operator not in {Operator.MUST_BE, Operator.MUST_NOT_BE}
    numbers = [bound for bound in bounds if isinstance(bound, (int, float)) and not isinstance(bound, bool)]
    if len(numbers) < len(bounds) and (is_counted or (is_ordered and None in bounds)):
        yield "MW-C116", f"'{rule.operator.value}' of {_name(rule)} needs a number", "write the number without quotes"
    elif is_pair and len(numbers) == 2 and numbers[0] > numbers[1]:
        fix = f"write [{numbers[1]}, {numbers[0]}]"
        yield "MW-C116", f"no value lies between {numbers[0]} and {numbers[1]} ({_name(rule)})", fix
    if rule.unit == "percent" and any(not 0 <= number <= 100 for number in numbers):
        yield "MW-C116", f"{_name(rule)} is in percent, its bound is not between 0 and 100", "write 5 for five percent"


def _query_problems(
    rule: QualityRule, dataset: str, path: tuple[PathStep, ...], parse: Parse, readable: _Readable
) -> Iterator[_Finding]:
    """What is wrong with a rule of type sql."""
    if not (rule.query or "").strip():
        yield "MW-C110", f"{_name(rule)} has no query", "give 'query:' a SELECT that returns one value"
        return
    read = read_query(rule, dataset, parse, path)
    if read.problem is not None:
        yield "MW-C110", f"{_name(rule)}: {read.problem.message}", read.problem.fix
        return
    parsed = read.parsed
    assert parsed is not None  # without a problem the query was parsed
    for problem in parsed.problems:
        place = f" (line {problem.line} of the query)" if "\n" in (rule.query or "").strip() else ""
        yield "MW-C110", f"the query of {_name(rule)} cannot be used: {problem.message}{place}", problem.fix
    product = product_of(dataset)
    for reference in parsed.tables:
        address = resolve_reference(reference, product)
        if address not in readable.known:
            fix = known_names_hint(address, readable.known, what="datasets")
            yield "MW-C111", f"the query of {_name(rule)} reads '{reference}', which is no dataset of the mesh", fix
        elif readable.offers is not None and not readable.offers.admits(product, address):
            message, fix = readable.offers.refusal(f"the query of {_name(rule)}", address)
            yield "MW-C122", message, fix
    for use in parsed.impure:
        fix = "pass the value as a parameter ($name)"
        yield "MW-C120", f"the query of {_name(rule)} calls {use.name}(), which gives another result at every run", fix
    declared = readable.params
    for name in parsed.params if declared is not None else ():
        if name not in (declared or ()):
            fix = known_names_hint(name, declared or (), what="parameters")
            yield "MW-C121", f"the query of {_name(rule)} uses parameter '{name}', which is declared nowhere", fix
    yield from _bound_problems(rule, is_counted=False, needs_operator=True)
