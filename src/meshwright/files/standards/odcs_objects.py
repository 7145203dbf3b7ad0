"""The `schema` of an ODCS contract: objects and properties, with the checks that a JSON schema cannot make."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from meshwright.checks.odcs_3_0 import modern_options
from meshwright.diagnostics import Diagnostic, Severity, SourceSpan, known_names_hint
from meshwright.files.standards.document import (
    description,
    empty_text_finding,
    flag,
    mappings,
    repeated_findings,
    text,
    texts,
)
from meshwright.files.standards.quality import QualityReader
from meshwright.files.standards.quality_arguments import pattern_finding
from meshwright.files.yaml import YamlMapping, YamlScalar, YamlSequence, shown, to_plain
from meshwright.model import ContractObject, ContractProperty, QualityRule, Scalar

#: Most unknown names reported for one object, and names that each is compared with: comparing is slow.
_MOST_UNKNOWN: Final = 20
_MOST_COMPARED: Final = 2_000
#: Keys of a nested property that promise something about its values.
_PROMISES: Final = ("required", "unique", "enum", "quality", "logicalTypeOptions")
_ORDERED_OPTIONS: Final = (("minimum", "maximum"), ("minLength", "maxLength"), ("minItems", "maxItems"))


@dataclass(kw_only=True, slots=True)
class ObjectReader:
    """Reads all objects of a contract and keeps the findings."""

    quality: QualityReader
    findings: list[Diagnostic] = field(default_factory=list)
    #: Whether every object and property could be named.
    is_whole: bool = True

    def read(self, root: YamlMapping) -> tuple[ContractObject, ...]:
        """Return the objects under `schema`."""
        objects = tuple(found for node in self._nodes(root, "schema") if (found := self._object(node)))
        names = ((one.name, one.span) for one in objects if one.span)
        fix = "give each object a name of its own"
        self.findings += repeated_findings(names, code="MW-C011", what="object", fix=fix)
        return objects

    def _nodes(self, node: YamlMapping, key: str) -> list[YamlMapping]:
        value = node.get(key)
        if value is None:
            return []
        found = list(mappings(node, key))
        if not isinstance(value, YamlSequence) or len(found) < len(value.items):
            self.is_whole = False
        return found

    def _name(self, node: YamlMapping, what: str) -> str | None:
        name = text(node, "name")
        empty = empty_text_finding(node, "name", what=what)
        if empty:
            self.findings.append(empty)
        if name is None or empty:
            self.is_whole = False
            return None
        return name

    def _object(self, node: YamlMapping) -> ContractObject | None:
        name = self._name(node, "an object")
        properties = tuple(
            found for below in self._nodes(node, "properties") if (found := self._property(below)) is not None
        )
        rules = self.quality.read(node.get("quality"), None)
        if name is None:
            return None
        names = ((one.name, one.span) for one in properties if one.span)
        fix = "give each property a name of its own"
        self.findings += repeated_findings(names, code="MW-C012", what="property", fix=fix, of=f" of '{shown(name)}'")
        self.findings += _key_findings(node)
        self.findings += _rule_findings(rules, properties)
        return ContractObject(
            name=name,
            physical_name=text(node, "physicalName"),
            properties=properties,
            quality=rules,
            description=description(node),
            tags=texts(node, "tags"),
            span=node.span,
        )

    def _property(self, node: YamlMapping) -> ContractProperty | None:
        name = self._name(node, "a property")
        rules = self.quality.read(node.get("quality"), name or "?")
        self._read_nested_rules(node)
        self.findings += _nested_findings(node, name or "?")
        self.findings += _option_findings(node)
        enum = self._enum(node)
        if name is None:
            return None
        options = node.get("logicalTypeOptions")
        plain = to_plain(options) if isinstance(options, YamlMapping) else {}
        if self.quality.is_3_0 and isinstance(plain, dict):
            plain = modern_options(plain)
        position = _integer(node, "primaryKeyPosition")
        return ContractProperty(
            name=name,
            logical_type=text(node, "logicalType"),
            physical_type=text(node, "physicalType"),
            logical_type_options=MappingProxyType(plain if isinstance(plain, dict) else {}),
            is_required=flag(node, "required"),
            is_unique=flag(node, "unique"),
            is_primary_key=flag(node, "primaryKey"),
            primary_key_position=position if position is not None and position > 0 else None,
            classification=text(node, "classification"),
            enum=enum,
            description=description(node),
            tags=texts(node, "tags"),
            quality=rules,
            span=node.span,
        )

    def _read_nested_rules(self, node: YamlMapping) -> None:
        """Read the rules of nested properties for their findings; nothing can test them yet."""
        for inner in _nested(node):
            self.quality.read(inner.get("quality"), text(inner, "name") or "?")
            self._read_nested_rules(inner)

    def _enum(self, node: YamlMapping) -> tuple[Scalar, ...]:
        values: dict[tuple[type, Scalar], Scalar] = {}
        for entry in mappings(node, "enum"):
            value = entry.get("value")
            if not isinstance(value, YamlScalar):
                continue
            key = (type(value.value), value.value)
            if key in values:
                message = f"enum lists '{value.text}' twice"
                finding = Diagnostic(code="MW-C014", message=message, span=value.span, fix="keep each value once")
                self.findings.append(finding)
            values[key] = value.value
        return tuple(values.values())


def _key_findings(node: YamlMapping) -> Iterator[Diagnostic]:
    """Check the positions of a primary key: each from 1, none twice, none without `primaryKey`."""
    taken: dict[int, str] = {}
    for below in mappings(node, "properties"):
        position = _integer(below, "primaryKeyPosition")
        name = text(below, "name") or "?"
        if position is None or position == -1:
            continue
        span = below.span_of("primaryKeyPosition")
        if not flag(below, "primaryKey"):
            message = f"property '{name}' has a primary key position but is not in the primary key"
            yield Diagnostic(code="MW-C013", message=message, span=span, fix="add 'primaryKey: true', or remove it")
        elif position < 1:
            message = f"primary key position {position} of property '{name}' is not 1 or more"
            yield Diagnostic(code="MW-C013", message=message, span=span, fix="count positions from 1")
        elif position in taken:
            message = f"properties '{taken[position]}' and '{name}' both have primary key position {position}"
            yield Diagnostic(code="MW-C013", message=message, span=span, fix="give each its own position, from 1")
        else:
            taken[position] = name


def _rule_findings(rules: tuple[QualityRule, ...], properties: tuple[ContractProperty, ...]) -> Iterator[Diagnostic]:
    """Check that the properties that a rule names are promised by its object."""
    names = {one.name for one in properties}
    unknown = (
        (rule, shown(str(name)))
        for rule in rules
        for name in (rule.arguments.get("properties") or () if properties else ())  # type: ignore[attr-defined]
        if name not in names
    )
    for rule, name in itertools.islice(unknown, _MOST_UNKNOWN):
        message = f"the rule is about property '{name}', which the object does not have"
        fix = known_names_hint(name, itertools.islice(names, _MOST_COMPARED), what="properties")
        yield Diagnostic(code="MW-C015", message=message, span=rule.span, fix=fix)


def _nested_findings(node: YamlMapping, name: str) -> Iterator[Diagnostic]:
    """Warn of promises inside a nested value, which nothing tests yet: silence would read as a pass."""
    found = next(_nested_promises(node), None)
    if found:
        key, span = found
        yield Diagnostic(
            code="MW-C016",
            message=f"'{key}' inside property '{name}' is not tested yet: only whole columns are",
            span=span,
            fix="test it with a quality rule of type sql on the object",
            severity=Severity.WARNING,
        )


def _nested(node: YamlMapping) -> Iterator[YamlMapping]:
    """Yield the properties directly inside a property: of an object, and the items of an array."""
    yield from mappings(node, "properties")
    items = node.get("items")
    if isinstance(items, YamlMapping):
        yield items


def _nested_promises(node: YamlMapping) -> Iterator[tuple[str, SourceSpan]]:
    for inner in _nested(node):
        for key in _PROMISES:
            value = inner.get(key)
            if value is not None and not (isinstance(value, YamlScalar) and not value.value):
                yield key, inner.span_of(key)
        yield from _nested_promises(inner)


def _option_findings(node: YamlMapping) -> Iterator[Diagnostic]:
    """Check `logicalTypeOptions` against themselves: bounds in order, a pattern that engines can match."""
    options = node.get("logicalTypeOptions")
    if not isinstance(options, YamlMapping):
        return
    for low, high in _ORDERED_OPTIONS:
        least, most = _comparable(options, low), _comparable(options, high)
        if least is not None and most is not None and type(least) is type(most) and least > most:  # type: ignore[operator]
            message = f"'{low}' {least} is more than '{high}' {most}: no value can be valid"
            yield Diagnostic(code="MW-C017", message=message, span=options.span_of(low), fix="exchange the two")
    pattern = options.get("pattern")
    if isinstance(pattern, YamlScalar) and isinstance(pattern.value, str):
        finding = pattern_finding(pattern.value, pattern)
        if finding:
            yield finding


def _comparable(options: Mapping[str, object] | YamlMapping, key: str) -> float | str | None:
    value = options.get(key)
    scalar = value.value if isinstance(value, YamlScalar) else None
    if isinstance(scalar, bool) or scalar is None:
        return None
    if isinstance(scalar, str):
        return scalar
    return float(scalar) if math.isfinite(scalar) else None


def _integer(node: YamlMapping, key: str) -> int | None:
    value = node.get(key)
    scalar = value.value if isinstance(value, YamlScalar) else None
    return scalar if isinstance(scalar, int) and not isinstance(scalar, bool) else None
