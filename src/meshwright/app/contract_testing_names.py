"""A contract by itself, as a product that nobody published: its objects get addresses, so that rules compile as in a mesh.

An object may have any name; an address may not. What cannot be part of one gets a stand-in, which no message shows.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from meshwright.checks.compile import compile_checks
from meshwright.checks.conform import contract_problems
from meshwright.checks.queries import quoted_address
from meshwright.checks.references import Contracts
from meshwright.checks.relationships import relationship_problems
from meshwright.checks.service_levels import compile_service_levels
from meshwright.checks.spec import CheckSpec
from meshwright.checks.types import is_known_type
from meshwright.diagnostics import Diagnostic, Severity
from meshwright.frozen import dataclass
from meshwright.model import (
    Contract,
    ContractObject,
    ContractProperty,
    FileSource,
    Node,
    Port,
    Product,
    QualityRule,
    Relationship,
    SlaProperty,
)
from meshwright.sql import quote_identifier, readdressed_tables
from meshwright.sql.names import fold

#: Stands for the product of the contract's objects.
PRODUCT = "contract.objects"
#: What an address or its writing gives a meaning to.
_MEANINGFUL = frozenset(".@/\n")


@dataclass(frozen=True, kw_only=True, slots=True)
class TestedObject:
    """One object of the contract."""

    #: Keeps pytest from taking the class for a test case.
    __test__ = False

    #: As the contract writes it.
    name: str
    address: str
    #: ODCS `physicalName`, None where there is none.
    physical_name: str | None
    properties: tuple[ContractProperty, ...]
    checks: tuple[CheckSpec, ...]
    #: Rules that nothing can measure: id, and why with the place.
    unexecuted: tuple[tuple[str, Diagnostic], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Names:
    """The addresses of objects, and the way back."""

    #: Name as written -> address.
    addresses: Mapping[str, str]

    def plain(self, text: str) -> str:
        """Return `text` with the contract's own names for its objects."""
        for name, address in sorted(self.addresses.items(), key=lambda each: len(each[1]), reverse=True):
            text = text.replace(quoted_address(address), quote_identifier(name)).replace(address, name)
        return text.replace(f"{PRODUCT}.", "")


def name_objects(contract: Contract) -> Names:
    """Give each object an address: its own name in lower case where that can be part of one, else a stand-in."""
    addresses: dict[str, str] = {}
    written = {fold(promised.name) for promised in contract.objects}
    taken: set[str] = set()
    for number, promised in enumerate(contract.objects, 1):
        last = fold(promised.name)
        if last in taken or not _MEANINGFUL.isdisjoint(last):
            last = f"object_{number}"
            while last in written | taken:  # another object may really be called that
                last += "_"
        taken.add(last)
        addresses[promised.name] = f"{PRODUCT}.{last}"
    return Names(addresses=MappingProxyType(addresses))


@dataclass(frozen=True, kw_only=True, slots=True)
class CompiledContract:
    """A contract whose rules can be measured."""

    #: In the contract's order.
    objects: tuple[TestedObject, ...]
    #: Warnings about rules that lead out of the contract, and so are left out.
    left_out: tuple[Diagnostic, ...]
    #: Service levels that no data can answer, in words.
    notes: tuple[str, ...]


def compile_contract(contract: Contract, names: Names, now: dt.datetime) -> CompiledContract:
    """Return the contract's objects with their rules; those that depend on the clock are measured as of `now`."""
    physical = _physical_names(contract)
    renaming = _renaming(names, physical)
    objects = tuple(_renamed(promised, names, renaming) for promised in contract.objects)
    port = Port(
        address=f"{PRODUCT}/contract",
        name="contract",
        contract=replace(contract, objects=objects, sla=_with_elements(contract.sla, names)),
        datasets=tuple(names.addresses.values()),
        span=contract.span,
    )
    product = Product(
        address=PRODUCT,
        nodes={_last(address): _node(address) for address in names.addresses.values()},
        ports={port.name: port},
    )
    checks = compile_checks(product, {})
    levels = compile_service_levels(product, now)
    broken, outside = _left_out(product)
    tested = tuple(
        TestedObject(
            name=promised.name,
            address=(address := names.addresses[promised.name]),
            physical_name=physical.get(promised.name),
            properties=promised.properties,
            checks=(*checks[address], *levels.specs.get(address, ())),
            unexecuted=_named(promised, [each for each in broken if each.object == address]),
        )
        for promised in contract.objects
    )
    return CompiledContract(
        objects=tested,
        left_out=tuple(replace(each, message=names.plain(each.message), object=None) for each in outside),
        notes=tuple(names.plain(each.words) for each in levels.notes),
    )


def _left_out(product: Product) -> tuple[list[Diagnostic], list[Diagnostic]]:
    """Return why rules were not compiled: those that nobody can measure as they are, and those that lead to other contracts."""
    custom = [each for each in contract_problems(product, {}) if each.code == "MW-C108"]
    keys = list(relationship_problems(product, Contracts.of_product(product), product.datasets, {}, None))
    broken = [each for each in keys if each.severity is Severity.ERROR]
    return [*custom, *broken], [each for each in keys if each.severity is not Severity.ERROR]


def _named(promised: ContractObject, findings: Iterable[Diagnostic]) -> tuple[tuple[str, Diagnostic], ...]:
    """Return findings about rules with the id of each rule: the writer's own, else its number among them."""
    rules = [*promised.quality, *(rule for part in _parts(promised.properties) for rule in part.quality)]
    own = {rule.span: rule.id or rule.name for rule in rules}
    kinds = {"MW-C108": "custom"}
    return tuple(
        (own.get(each.span) or f"contract:{kinds.get(each.code, 'foreign_key')}-{number}", each)
        for number, each in enumerate(findings, 1)
    )


def _parts(properties: Iterable[ContractProperty]) -> Iterator[ContractProperty]:
    """Yield properties and everything that is promised inside of them."""
    for each in properties:
        yield each
        yield from _parts(_inner(each))


def _inner(each: ContractProperty) -> tuple[ContractProperty, ...]:
    return (*each.properties, *filter(None, (each.items, each.key, each.value)))


def without_foreign_types(contract: Contract) -> tuple[Contract, tuple[Diagnostic, ...]]:
    """Return the contract with physical types of other systems left out where a logical type says what is promised."""
    found: list[Diagnostic] = []

    def kept(each: ContractProperty) -> ContractProperty:
        if each.physical_type is None or each.logical_type is None or is_known_type(each.physical_type):
            return each
        found.append(_foreign_type(each))
        return replace(each, physical_type=None)

    objects = tuple(
        replace(promised, properties=tuple(_mapped(each, kept) for each in promised.properties))
        for promised in contract.objects
    )
    return replace(contract, objects=objects), tuple(found)


def _mapped(each: ContractProperty, change: Callable[[ContractProperty], ContractProperty]) -> ContractProperty:
    """Return a property with a change made to it and to everything that is promised inside of it."""
    return change(
        replace(
            each,
            properties=tuple(_mapped(inner, change) for inner in each.properties),
            items=_mapped(each.items, change) if each.items is not None else None,
            key=_mapped(each.key, change) if each.key is not None else None,
            value=_mapped(each.value, change) if each.value is not None else None,
        )
    )


def _foreign_type(column: ContractProperty) -> Diagnostic:
    of = f" of '{column.name}'" if column.name else ""
    return Diagnostic(
        code="MW-C220",
        message=f"physicalType '{column.physical_type}'{of} is no type of DuckDB: "
        f"its logicalType '{column.logical_type}' is tested",
        span=column.span,
        fix="write a physicalType that the data can have, such as DECIMAL(18,2), or leave it out",
        severity=Severity.WARNING,
    )


def _node(address: str) -> Node:
    return Node(address=address, kind="source", source=FileSource(path="", format="parquet"))


def _physical_names(contract: Contract) -> dict[str, str]:
    """Return object -> `physicalName`, which the model does not keep."""
    found = {}
    for each in json.loads(contract.document).get("schema") or ():
        name, physical = each.get("name"), each.get("physicalName")
        if isinstance(name, str) and isinstance(physical, str) and physical:
            found[name] = physical
    return found


def _renaming(names: Names, physical: Mapping[str, str]) -> dict[tuple[str, ...], str]:
    """Return what queries may call an object besides its address's own last part -> its address, quoted."""
    found: dict[tuple[str, ...], str] = {}
    own = {_last(address) for address in names.addresses.values()}
    for name, written in physical.items():
        parts = tuple(fold(part.strip('"')) for part in written.split("."))
        if parts != (fold(name),):
            found[parts] = quoted_address(names.addresses[name])
    for name, address in names.addresses.items():
        if fold(name) != _last(address) and fold(name) not in own:
            found[(fold(name),)] = quoted_address(address)
    return {parts: address for parts, address in found.items() if len(parts) > 1 or parts[0] not in own}


def _renamed(promised: ContractObject, names: Names, renaming: Mapping[tuple[str, ...], str]) -> ContractObject:
    """Return an object under the name of its address, with queries and relationships that name objects by theirs."""

    def readdressed(each: ContractProperty) -> ContractProperty:
        return replace(
            each,
            quality=_with_queries(each.quality, renaming),
            relationships=_with_references(each.relationships, names),
        )

    return replace(
        promised,
        name=_last(names.addresses[promised.name]),
        quality=_with_queries(promised.quality, renaming),
        relationships=_with_references(promised.relationships, names),
        properties=tuple(_mapped(each, readdressed) for each in promised.properties),
    )


def _with_queries(rules: tuple[QualityRule, ...], renaming: Mapping[tuple[str, ...], str]) -> tuple[QualityRule, ...]:
    if not renaming:
        return rules
    return tuple(
        replace(rule, query=readdressed_tables(rule.query, renaming))
        if rule.type == "sql" and rule.query is not None
        else rule
        for rule in rules
    )


def _with_references(each: tuple[Relationship, ...], names: Names) -> tuple[Relationship, ...]:
    return tuple(
        replace(
            relationship,
            to=tuple(_reference(written, names) for written in relationship.to),
            origin=tuple(_reference(written, names) for written in relationship.origin),
        )
        for relationship in each
    )


def _with_elements(levels: tuple[SlaProperty, ...], names: Names) -> tuple[SlaProperty, ...]:
    """Return service levels whose elements, ``OBJECT.PROPERTY`` or several by commas, name objects by their addresses."""
    return tuple(
        replace(level, element=",".join(_reference(each.strip(), names) for each in level.element.split(",")))
        if level.element
        else level
        for level in levels
    )


def _reference(written: str, names: Names) -> str:
    """Return a reference to a property, ``OBJECT.PROPERTY`` or ``schema/OBJECT/properties/PROPERTY``, with the object's new name.

    One that leads to another contract, and an object's id, stay.
    """
    if "#" in written.lstrip("#"):
        return written
    start = "/schema/" if written.lstrip("#").startswith("/") else "schema/"
    item = written.lstrip("#")
    is_path = item.startswith(start)
    opening, end = (start, "/") if is_path else ("", ".")
    for name in sorted(names.addresses, key=len, reverse=True):
        if item.startswith(f"{opening}{name}{end}"):
            return f"{opening}{_last(names.addresses[name])}{item[len(opening) + len(name) :]}"
    return written


def _last(address: str) -> str:
    return address.removeprefix(f"{PRODUCT}.")
