"""Relationships of contracts as rules: every key that is there is there in the dataset that it refers to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from meshwright.checks.nested import promised_parts
from meshwright.checks.nested_types import inner_types
from meshwright.checks.references import Contracts, Referenced, Unresolved, dataset_of_object
from meshwright.checks.spec import CheckSpec, Into, Metric, PathStep, path_words
from meshwright.checks.types import type_kind
from meshwright.diagnostics import Diagnostic, Severity, SourceSpan, known_names_hint
from meshwright.frozen import dataclass
from meshwright.graph.offers import Offers
from meshwright.model import Columns, ContractObject, Port, Product, Relationship, product_of

_NUMBERS = frozenset(
    {
        "TINYINT",
        "SMALLINT",
        "INTEGER",
        "BIGINT",
        "UTINYINT",
        "USMALLINT",
        "UINTEGER",
        "UBIGINT",
        "FLOAT",
        "DOUBLE",
        "DECIMAL",
    }
)


@dataclass(frozen=True, kw_only=True, slots=True)
class ForeignKey:
    """A relationship whose both ends are known."""

    #: The columns that hold the key, in order.
    columns: tuple[str, ...]
    #: Way into the one column, where the key is inside of it.
    path: tuple[PathStep, ...]
    #: The dataset that it refers to.
    dataset: str
    #: Its columns, each with the fields inside of it.
    key: tuple[tuple[str, ...], ...]
    span: SourceSpan | None

    @property
    def words(self) -> str:
        """The key's name, as in the rule's id."""
        return ",".join(path_words(column, self.path) for column in self.columns)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Broken:
    """A relationship that cannot be tested, and why."""

    message: str
    fix: str
    span: SourceSpan | None
    is_outside: bool = False


def foreign_keys(port: Port, promised: ContractObject, contracts: Contracts) -> tuple[ForeignKey, ...]:
    """Return the foreign keys of an object: of its properties, then its own. What leads nowhere is left out."""
    return tuple(each for each in _relationships(port, promised, contracts) if isinstance(each, ForeignKey))


def _relationships(port: Port, promised: ContractObject, contracts: Contracts) -> Iterator[ForeignKey | _Broken]:
    for part in promised_parts(promised.properties):
        for each in part.promise.relationships:
            yield _joined(each, (part.column,), part.path, port, contracts)
    for each in promised.relationships:
        own = _own_columns(each, port, promised, contracts)
        yield own if isinstance(own, _Broken) else _joined(each, *own, port, contracts)


def _own_columns(
    each: Relationship, port: Port, promised: ContractObject, contracts: Contracts
) -> tuple[tuple[str, ...], tuple[PathStep, ...]] | _Broken:
    """Return the columns under `from`, and the way into the one that the key is inside of."""
    dataset = dataset_of_object(port, promised)
    found: list[Referenced] = []
    for reference in each.origin:
        meant = contracts.resolve(reference, port)
        if isinstance(meant, Unresolved):
            return _Broken(message=f"'from: {reference}': {meant.message}", fix=meant.fix, span=each.span)
        if meant.dataset != dataset:
            message = f"'from: {reference}' is not a property of '{promised.name}', under which it stands"
            return _Broken(message=message, fix="move the relationship to its own object", span=each.span)
        found.append(meant)
    if len(found) == 1:
        return (found[0].path[0],), _field_steps(found[0].path[1:])
    if any(len(each.path) > 1 for each in found):
        message = "a key of several properties must be of whole columns"
        return _Broken(message=message, fix="refer to each by a relationship of its own", span=each.span)
    return tuple(each.path[0] for each in found), ()


def _field_steps(names: tuple[str, ...]) -> tuple[PathStep, ...]:
    return tuple(PathStep(into=Into.FIELD, name=name) for name in names)


def _joined(
    each: Relationship, columns: tuple[str, ...], path: tuple[PathStep, ...], port: Port, contracts: Contracts
) -> ForeignKey | _Broken:
    """Find what the relationship refers to."""
    if len(each.to) != len(columns):
        message = f"a key of {len(columns)} properties refers to one of {len(each.to)}"
        return _Broken(message=message, fix="list as many properties under 'to' as under 'from'", span=each.span)
    found: list[Referenced] = []
    for reference in each.to:
        meant = contracts.resolve(reference, port)
        if isinstance(meant, Unresolved):
            message = f"'to: {reference}': {meant.message}"
            return _Broken(message=message, fix=meant.fix, span=each.span, is_outside=meant.is_outside)
        found.append(meant)
    if len({meant.dataset for meant in found}) > 1:
        message = "the properties of one key lie in several datasets"
        return _Broken(message=message, fix="write one relationship for each", span=each.span)
    return ForeignKey(
        columns=columns,
        path=path,
        dataset=found[0].dataset,
        key=tuple(meant.path for meant in found),
        span=each.span,
    )


def relationship_problems(
    product: Product,
    contracts: Contracts,
    known: Collection[str],
    columns: Mapping[str, Columns],
    offers: Offers | None,
) -> Iterator[Diagnostic]:
    """Yield what is wrong with the relationships of a product's contracts, each at its place."""
    for _, port in sorted(product.ports.items()):
        for promised in port.contract.objects:
            dataset = dataset_of_object(port, promised)
            if dataset not in port.datasets:
                continue
            for each in _relationships(port, promised, contracts):
                if isinstance(each, _Broken):
                    yield _broken(each, dataset)
                else:
                    yield from _key_problems(each, dataset, known, columns, offers)


def _broken(each: _Broken, dataset: str) -> Diagnostic:
    if each.is_outside:
        return Diagnostic(
            code="MW-C133",
            message=f"the relationship is not tested: {each.message}",
            span=each.span,
            fix=each.fix,
            severity=Severity.WARNING,
            object=dataset,
        )
    return Diagnostic(code="MW-C130", message=each.message, span=each.span, fix=each.fix, object=dataset)


def _key_problems(
    each: ForeignKey,
    dataset: str,
    known: Collection[str],
    columns: Mapping[str, Columns],
    offers: Offers | None,
) -> Iterator[Diagnostic]:
    """Check that what a key refers to is there, may be read, and can be equal to it."""
    if each.dataset not in known:
        fix = known_names_hint(each.dataset, known, what="datasets")
        message = f"the relationship of '{each.words}' refers to '{each.dataset}', which is no dataset of the mesh"
        yield Diagnostic(code="MW-C130", message=message, span=each.span, fix=fix, object=dataset)
        return
    if offers is not None and not offers.admits(product_of(dataset), each.dataset):
        message, fix = offers.refusal(f"the relationship of '{each.words}'", each.dataset)
        yield Diagnostic(code="MW-C131", message=message, span=each.span, fix=fix, object=dataset)
        return
    for place, path in enumerate(each.key):
        found = _type_of(path, columns.get(each.dataset))
        if found is None:
            continue
        if isinstance(found, Unresolved):
            message = f"the relationship of '{each.words}' refers to {each.dataset}: {found.message}"
            yield Diagnostic(code="MW-C130", message=message, span=each.span, fix=found.fix, object=dataset)
            continue
        own = None if each.path else _type_of((each.columns[place],), columns.get(dataset))
        if isinstance(own, str) and not _can_be_equal(own, found):
            message = f"'{each.columns[place]}' is {own}, and what it refers to, '{'.'.join(path)}' of {each.dataset}, is {found}"
            fix = "cast one of them in its model, so that the key and what it refers to are of one kind"
            yield Diagnostic(code="MW-C132", message=message, span=each.span, fix=fix, object=dataset)


def _type_of(path: tuple[str, ...], columns: Columns | None) -> str | Unresolved | None:
    """Return the type of a column, or of a field inside of it; None where the columns are not known."""
    if columns is None:
        return None
    fields = {column.name: column.type for column in columns}
    for place, name in enumerate(path):
        if name not in fields:
            what = "column" if place == 0 else f"field of '{'.'.join(path[:place])}'"
            return Unresolved(
                message=f"'{name}' is no {what}",
                fix=known_names_hint(name, fields, what="columns" if place == 0 else "fields"),
            )
        found = fields[name]
        fields = dict(inner_types(found).fields)
    return found


def _can_be_equal(one: str, other: str) -> bool:
    """Whether values of two types can be compared without a cast that may fail."""
    kinds = {type_kind(one), type_kind(other)}
    if len(kinds) == 1 or kinds <= _NUMBERS:
        return True
    return all(kind.startswith(("TIMESTAMP", "DATE")) for kind in kinds) or kinds <= {"VARCHAR", "UUID", "JSON"}


def circle_problems(
    units: Iterable[tuple[str, ...]], reads: Mapping[str, Collection[str]], checks: Mapping[str, tuple[CheckSpec, ...]]
) -> tuple[Diagnostic, ...]:
    """Return the relationships by which products wait for each other: none of them could be published first.

    `units` are the products that publish together, `reads` the datasets that each dataset is built from.
    """
    keys = [spec for specs in checks.values() for spec in specs if spec.metric is Metric.FOREIGN_KEY and spec.reads]
    if not keys:
        return ()
    unit_of = {product: unit for unit in units for product in unit}
    before: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
    edges = [(dataset, read) for dataset, read_ones in reads.items() for read in read_ones]
    edges += [(spec.dataset, read) for specs in checks.values() for spec in specs for read in spec.reads]
    for dataset, read in edges:
        one, other = unit_of.get(product_of(dataset)), unit_of.get(product_of(read))
        if one is not None and other is not None and one != other:
            before.setdefault(one, set()).add(other)
    found = []
    for spec in keys:
        one, other = unit_of.get(product_of(spec.dataset)), unit_of.get(product_of(spec.reads[0]))
        if one is None or other is None or one == other or one not in _all_before(other, before):
            continue
        message = (
            f"the relationship of '{', '.join(spec.columns)}' makes {product_of(spec.dataset)} wait for "
            f"{product_of(spec.reads[0])}, which waits for it: none of them can be published first"
        )
        fix = "leave one direction out, or put the datasets into one product"
        found.append(Diagnostic(code="MW-C134", message=message, span=spec.span, fix=fix, object=spec.dataset))
    return tuple(found)


def _all_before(
    unit: tuple[str, ...], before: Mapping[tuple[str, ...], Collection[tuple[str, ...]]]
) -> set[tuple[str, ...]]:
    """Return the units that one waits for, through whatever others, itself among them."""
    seen: set[tuple[str, ...]] = set()
    waiting = [unit]
    while waiting:
        each = waiting.pop()
        if each not in seen:
            seen.add(each)
            waiting.extend(before.get(each, ()))
    return seen
