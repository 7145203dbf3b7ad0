"""Contracts, and the quality rules of pipelines, with their findings as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any  # decoded JSON: the shape is this module's own and is checked by the records made from it

from meshwright.diagnostics import Diagnostic
from meshwright.files.codecs.findings import pack_findings, pack_span, unpack_findings, unpack_span
from meshwright.model import (
    Action,
    Contract,
    ContractObject,
    ContractProperty,
    Operator,
    QualityRule,
    Relationship,
    SlaProperty,
)

#: Dataset -> its rules and the findings about them.
DatasetRules = Mapping[str, tuple[tuple[QualityRule, ...], tuple[Diagnostic, ...]]]


def encode_contract(read: tuple[Contract | None, tuple[Diagnostic, ...]]) -> str:
    """Write what reading a contract gave."""
    contract, findings = read
    packed = [_pack_contract(contract) if contract else None, pack_findings(findings)]
    return json.dumps(packed, ensure_ascii=False, separators=(",", ":"))


def decode_contract(encoded: str) -> tuple[Contract | None, tuple[Diagnostic, ...]]:
    """Read what `encode_contract` wrote. Raises ValueError or TypeError where it did not."""
    contract, findings = json.loads(encoded)
    return (_unpack_contract(contract) if contract else None, unpack_findings(findings))


def encode_rules(read: DatasetRules) -> str:
    """Write what reading the tests of a pipeline gave."""
    packed = {
        dataset: [[_pack_rule(rule) for rule in rules], pack_findings(findings)]
        for dataset, (rules, findings) in read.items()
    }
    return json.dumps(packed, ensure_ascii=False, separators=(",", ":"))


def decode_rules(encoded: str) -> DatasetRules:
    """Read what `encode_rules` wrote. Raises ValueError or TypeError where it did not."""
    return {
        dataset: (tuple(map(_unpack_rule, rules)), unpack_findings(findings))
        for dataset, (rules, findings) in json.loads(encoded).items()
    }


def _pack_contract(contract: Contract) -> list[object]:
    return [
        contract.id,
        contract.version,
        contract.api_version,
        contract.name,
        contract.status,
        contract.description,
        list(contract.tags),
        [_pack_object(item) for item in contract.objects],
        [_pack_sla(item) for item in contract.sla],
        contract.digest,
        contract.document,
        pack_span(contract.span),
    ]


def _unpack_contract(packed: Any) -> Contract:
    id_, version, api_version, name, status, description, tags, objects, sla, digest, document, span = packed
    return Contract(
        id=id_,
        version=version,
        api_version=api_version,
        name=name,
        status=status,
        description=description,
        tags=tuple(tags),
        objects=tuple(map(_unpack_object, objects)),
        sla=tuple(map(_unpack_sla, sla)),
        digest=digest,
        document=document,
        span=unpack_span(span),
    )


def _pack_object(item: ContractObject) -> list[object]:
    return [
        item.name,
        [_pack_property(inner) for inner in item.properties],
        [_pack_rule(rule) for rule in item.quality],
        item.description,
        list(item.tags),
        item.id,
        [_pack_relationship(each) for each in item.relationships],
        pack_span(item.span),
    ]


def _unpack_object(packed: Any) -> ContractObject:
    name, properties, quality, description, tags, id_, relationships, span = packed
    return ContractObject(
        name=name,
        properties=tuple(map(_unpack_property, properties)),
        quality=tuple(map(_unpack_rule, quality)),
        description=description,
        tags=tuple(tags),
        id=id_,
        relationships=tuple(map(_unpack_relationship, relationships)),
        span=unpack_span(span),
    )


def _pack_relationship(item: Relationship) -> list[object]:
    return [list(item.to), list(item.origin), item.id, pack_span(item.span)]


def _unpack_relationship(packed: Any) -> Relationship:
    to, origin, id_, span = packed
    return Relationship(to=tuple(to), origin=tuple(origin), id=id_, span=unpack_span(span))


def _pack_property(item: ContractProperty) -> list[object]:
    return [
        item.name,
        item.logical_type,
        item.physical_type,
        _thaw(item.logical_type_options),
        item.is_required,
        item.is_unique,
        item.is_primary_key,
        item.primary_key_position,
        item.classification,
        list(item.enum),
        item.description,
        list(item.tags),
        [_pack_rule(rule) for rule in item.quality],
        item.id,
        [_pack_relationship(each) for each in item.relationships],
        [_pack_property(inner) for inner in item.properties],
        *(_pack_property(inner) if inner else None for inner in (item.items, item.key, item.value)),
        pack_span(item.span),
    ]


def _unpack_property(packed: Any) -> ContractProperty:
    (name, logical, physical, options, required, unique, primary, position, classification, enum, description, tags,
     quality, id_, relationships, properties, items, key, value, span) = packed  # fmt: skip
    return ContractProperty(
        name=name,
        logical_type=logical,
        physical_type=physical,
        logical_type_options=_freeze(options),
        is_required=required,
        is_unique=unique,
        is_primary_key=primary,
        primary_key_position=position,
        classification=classification,
        enum=tuple(enum),
        description=description,
        tags=tuple(tags),
        quality=tuple(map(_unpack_rule, quality)),
        id=id_,
        relationships=tuple(map(_unpack_relationship, relationships)),
        properties=tuple(map(_unpack_property, properties)),
        items=_unpack_property(items) if items else None,
        key=_unpack_property(key) if key else None,
        value=_unpack_property(value) if value else None,
        span=unpack_span(span),
    )


def _pack_rule(rule: QualityRule) -> list[object]:
    return [
        rule.type,
        rule.metric,
        rule.column,
        rule.query,
        _thaw(rule.arguments),
        rule.operator.value if rule.operator else None,
        _thaw(rule.bound),
        rule.unit,
        rule.action.value,
        rule.id,
        rule.name,
        rule.description,
        rule.engine,
        [_pack_rule(each) for each in rule.meant],
        list(rule.unknown) if rule.unknown else None,
        rule.schedule,
        rule.scheduler,
        pack_span(rule.span),
    ]


def _unpack_rule(packed: Any) -> QualityRule:
    (type_, metric, column, query, arguments, operator, bound, unit, action, id_, name, description, engine,
     meant, unknown, schedule, scheduler, span) = packed  # fmt: skip
    return QualityRule(
        type=type_,
        metric=metric,
        column=column,
        query=query,
        arguments=_freeze(arguments),
        operator=Operator(operator) if operator else None,
        bound=_freeze(bound),
        unit=unit,
        action=Action(action),
        id=id_,
        name=name,
        description=description,
        engine=engine,
        meant=tuple(map(_unpack_rule, meant)),
        unknown=(unknown[0], unknown[1]) if unknown else None,
        schedule=schedule,
        scheduler=scheduler,
        span=unpack_span(span),
    )


def _pack_sla(item: SlaProperty) -> list[object]:
    return [
        item.property,
        item.value,
        item.unit,
        item.element,
        item.driver,
        item.description,
        item.id,
        item.schedule,
        item.scheduler,
        pack_span(item.span),
    ]


def _unpack_sla(packed: Any) -> SlaProperty:
    property_, value, unit, element, driver, description, id_, schedule, scheduler, span = packed
    return SlaProperty(
        property=property_,
        value=value,
        unit=unit,
        element=element,
        driver=driver,
        description=description,
        id=id_,
        schedule=schedule,
        scheduler=scheduler,
        span=unpack_span(span),
    )


def _thaw(value: object) -> object:
    """Turn read-only maps and tuples into what JSON writes."""
    if isinstance(value, Mapping):
        return {key: _thaw(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_thaw(item) for item in value]
    return value


def _freeze(value: Any) -> Any:
    """Turn JSON's dicts and lists into read-only maps and tuples."""
    if isinstance(value, dict):
        return MappingProxyType({key: _freeze(item) for key, item in value.items()})
    return tuple(map(_freeze, value)) if isinstance(value, list) else value
