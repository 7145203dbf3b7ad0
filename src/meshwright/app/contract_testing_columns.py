"""Columns under other names: a contract whose properties are called in the data as their `physicalName` says.

Which of the two names the data has is seen in the data: a table of a warehouse has the physical ones, an export of it often those
of the contract.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import replace
from types import MappingProxyType

from meshwright.model import Contract, ContractObject, ContractProperty, QualityRule, Relationship, SlaProperty

#: Object -> property -> what its column is called.
Columns = Mapping[str, Mapping[str, str]]
_NONE: Mapping[str, str] = MappingProxyType({})


def with_physical_columns(contract: Contract, held: Mapping[str, Collection[str]]) -> Contract:
    """Return the contract with the names that properties have in the data; the very same where none has another.

    `held` are the columns of each object that there is data of. A property is renamed where its own name is no column and its
    `physicalName` is one that no property is called. Rules, relationships and service levels that name it name the column
    then; queries stay as they are.
    """
    renaming = {
        name: found
        for name, written in _written(contract).items()
        if name in held and (found := _found(written, held[name]))
    }
    if not renaming:
        return contract
    return replace(
        contract,
        objects=tuple(_object(each, renaming) for each in contract.objects),
        sla=tuple(_service_level(each, renaming) for each in contract.sla),
    )


def _written(contract: Contract) -> Mapping[str, Mapping[str, str]]:
    """Return object -> property -> `physicalName`, None of them empty; the model does not keep it."""
    found: dict[str, dict[str, str]] = {}
    for item in json.loads(contract.document).get("schema") or ():
        properties = item.get("properties") or ()
        found[str(item.get("name"))] = {
            str(each.get("name")): str(each["physicalName"]) if each.get("physicalName") else "" for each in properties
        }
    return found


def _found(written: Mapping[str, str], held: Collection[str]) -> Mapping[str, str]:
    return {
        name: physical
        for name, physical in written.items()
        if physical and name not in held and physical in held and physical not in written
    }


def _object(promised: ContractObject, renaming: Columns) -> ContractObject:
    own = renaming.get(promised.name, _NONE)
    return replace(
        promised,
        properties=tuple(_property(each, own, renaming) for each in promised.properties),
        quality=tuple(_rule(each, own) for each in promised.quality),
        relationships=tuple(_relationship(each, promised.name, renaming) for each in promised.relationships),
    )


def _property(promised: ContractProperty, own: Mapping[str, str], renaming: Columns) -> ContractProperty:
    return replace(
        promised,
        name=own.get(promised.name, promised.name),
        quality=tuple(_rule(each, own) for each in promised.quality),
        relationships=tuple(_relationship(each, "", renaming) for each in promised.relationships),
    )


def _rule(rule: QualityRule, own: Mapping[str, str]) -> QualityRule:
    """Return a rule about columns, and what a custom one means, under the columns' names."""
    arguments = {
        key: tuple(own.get(str(name), name) for name in value)
        if key in {"properties", "columns"} and isinstance(value, (list, tuple))
        else value
        for key, value in rule.arguments.items()
    }
    return replace(
        rule,
        column=None if rule.column is None else own.get(rule.column, rule.column),
        arguments=MappingProxyType(arguments),
        meant=tuple(_rule(each, own) for each in rule.meant),
    )


def _relationship(each: Relationship, holder: str, renaming: Columns) -> Relationship:
    own = renaming.get(holder, _NONE)
    return replace(
        each,
        to=tuple(_reference(written, renaming) for written in each.to),
        origin=tuple(own.get(written, _reference(written, renaming)) for written in each.origin),
    )


def _reference(written: str, renaming: Columns) -> str:
    """Return ``object.property`` with the column's name; references of other forms as they are."""
    name, dot, rest = written.partition(".")
    first, *inner = rest.split(".")
    return f"{name}{dot}{'.'.join((renaming.get(name, _NONE).get(first, first), *inner))}" if dot else written


def _service_level(each: SlaProperty, renaming: Columns) -> SlaProperty:
    if each.element is None:
        return each
    elements = (written.strip() for written in each.element.split(","))
    return replace(each, element=", ".join(_element(written, renaming) for written in elements))


def _element(written: str, renaming: Columns) -> str:
    if "." in written:
        return _reference(written, renaming)
    return next((own[written] for own in renaming.values() if written in own), written)
