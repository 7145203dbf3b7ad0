"""A contract by itself, as a product that nobody published: its objects get addresses, so that rules compile as in a mesh.

An object may have any name; an address may not. What cannot be part of one gets a stand-in, which no message shows.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from meshwright.checks.compile import compile_checks
from meshwright.checks.conform import contract_problems
from meshwright.checks.queries import quoted_address
from meshwright.checks.spec import CheckSpec
from meshwright.checks.types import is_known_type
from meshwright.diagnostics import Diagnostic, InputError, Severity
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
)
from meshwright.sql import quote_identifier, renamed_tables, render_rule_query
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


def compile_contract(contract: Contract, names: Names) -> tuple[TestedObject, ...]:
    """Return the contract's objects with their rules, in the contract's order."""
    physical = _physical_names(contract)
    renaming = _renaming(names, physical)
    objects = tuple(_renamed(promised, names.addresses[promised.name], renaming) for promised in contract.objects)
    port = Port(
        address=f"{PRODUCT}/contract",
        name="contract",
        contract=replace(contract, objects=objects),
        datasets=tuple(names.addresses.values()),
        span=contract.span,
    )
    product = Product(
        address=PRODUCT,
        nodes={address.removeprefix(f"{PRODUCT}."): _node(address) for address in names.addresses.values()},
        ports={port.name: port},
    )
    checks = compile_checks(product, {})
    unexecuted = [each for each in contract_problems(product, {}) if each.code == "MW-C108"]
    return tuple(
        TestedObject(
            name=promised.name,
            address=names.addresses[promised.name],
            physical_name=physical.get(promised.name),
            properties=promised.properties,
            checks=checks[names.addresses[promised.name]],
            unexecuted=_named(promised, (each for each in unexecuted if each.object == names.addresses[promised.name])),
        )
        for promised in contract.objects
    )


def _named(promised: ContractObject, findings: Iterable[Diagnostic]) -> tuple[tuple[str, Diagnostic], ...]:
    """Return findings about rules with the id of each rule: the writer's own, else its number among them."""
    rules = [*promised.quality, *(rule for column in promised.properties for rule in column.quality)]
    own = {rule.span: rule.id or rule.name for rule in rules}
    return tuple((own.get(each.span) or f"contract:custom-{number}", each) for number, each in enumerate(findings, 1))


def without_foreign_types(contract: Contract) -> tuple[Contract, tuple[Diagnostic, ...]]:
    """Return the contract with physical types of other systems left out where a logical type says what is promised."""
    found: list[Diagnostic] = []
    objects = []
    for promised in contract.objects:
        properties = []
        for each in promised.properties:
            kept = each
            if (
                each.physical_type is not None
                and each.logical_type is not None
                and not is_known_type(each.physical_type)
            ):
                kept = replace(each, physical_type=None)
                found.append(_foreign_type(promised.name, each))
            properties.append(kept)
        objects.append(replace(promised, properties=tuple(properties)))
    return replace(contract, objects=tuple(objects)), tuple(found)


def _foreign_type(name: str, column: ContractProperty) -> Diagnostic:
    return Diagnostic(
        code="MW-C220",
        message=f"physicalType '{column.physical_type}' of '{column.name}' is no type of DuckDB: "
        f"its logicalType '{column.logical_type}' is tested",
        span=column.span,
        fix="write a physicalType that the data can have, such as DECIMAL(18,2), or leave it out",
        severity=Severity.WARNING,
        object=name,
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
    own = {address.removeprefix(f"{PRODUCT}.") for address in names.addresses.values()}
    for name, written in physical.items():
        parts = tuple(fold(part.strip('"')) for part in written.split("."))
        if parts != (fold(name),):
            found[parts] = quoted_address(names.addresses[name])
    for name, address in names.addresses.items():
        if fold(name) != address.removeprefix(f"{PRODUCT}.") and fold(name) not in own:
            found[(fold(name),)] = quoted_address(address)
    return {parts: address for parts, address in found.items() if len(parts) > 1 or parts[0] not in own}


def _renamed(promised: ContractObject, address: str, renaming: Mapping[tuple[str, ...], str]) -> ContractObject:
    """Return an object under the name of its address, with queries that name objects by it."""
    return replace(
        promised,
        name=address.removeprefix(f"{PRODUCT}."),
        quality=tuple(_readdressed(rule, address, renaming) for rule in promised.quality),
        properties=tuple(
            replace(
                column,
                quality=tuple(
                    _readdressed(replace(rule, column=rule.column or column.name), address, renaming)
                    for rule in column.quality
                ),
            )
            for column in promised.properties
        ),
    )


def _readdressed(rule: QualityRule, address: str, renaming: Mapping[tuple[str, ...], str]) -> QualityRule:
    if rule.type != "sql" or rule.query is None or not renaming:
        return rule
    column = quote_identifier(rule.column) if rule.column is not None else None
    try:
        text = render_rule_query(rule.query, object_name=quoted_address(address), column=column)
    except InputError:
        return rule  # told when it is measured
    return replace(rule, query=renamed_tables(text, renaming))
