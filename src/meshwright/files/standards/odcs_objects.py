"""The `schema` of an ODCS contract: objects and properties, with the checks that a JSON schema cannot make."""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from meshwright.checks.odcs_3_0 import modern_options
from meshwright.diagnostics import Diagnostic, Severity, known_names_hint
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
from meshwright.files.yaml import YamlMapping, YamlNode, YamlScalar, YamlSequence, shown, to_plain
from meshwright.model import ContractObject, ContractProperty, QualityRule, Relationship, Scalar

#: Most unknown names reported for one object, and names that each is compared with: comparing is slow.
_MOST_UNKNOWN: Final = 20
_MOST_COMPARED: Final = 2_000
#: Deeper than this no engine's types go, and reading goes by recursion.
_MOST_DEEP: Final = 40
#: Logical type -> what can read a bound of it. Of 3.0, dates are times as well.
_READ_TIMES: Final[Mapping[str, tuple[Callable[[str], object], ...]]] = {
    "date": (dt.datetime.fromisoformat, dt.time.fromisoformat),
    "timestamp": (dt.datetime.fromisoformat,),
    "time": (dt.time.fromisoformat,),
}
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
            properties=properties,
            quality=rules,
            description=description(node),
            tags=texts(node, "tags"),
            id=text(node, "id"),
            relationships=self._relationships(node),
            span=node.span,
        )

    def _property(
        self, node: YamlMapping, *, depth: int = 0, is_named: bool = True, is_in_list: bool = False
    ) -> ContractProperty | None:
        """Read a property, or what is in one (`depth`); items, keys and values of collections need no name."""
        name = self._name(node, "a property") if is_named else text(node, "name") or ""
        rules = self.quality.read(node.get("quality"), name or "?")
        self.findings += _option_findings(node)
        if depth:
            self.findings += _inner_key_findings(node, name or "the items")
        if is_in_list:
            self.findings += _list_query_findings(node)
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
            id=text(node, "id"),
            relationships=self._relationships(node),
            properties=self._fields(node, name, depth, is_in_list=is_in_list),
            items=self._inner(node.get("items"), depth),
            key=self._inner(_under_map(node, "key"), depth),
            value=self._inner(_under_map(node, "value"), depth),
            span=node.span,
        )

    def _fields(self, node: YamlMapping, name: str, depth: int, *, is_in_list: bool) -> tuple[ContractProperty, ...]:
        if depth >= _MOST_DEEP:
            return ()
        fields = tuple(
            found
            for below in mappings(node, "properties")
            if (found := self._property(below, depth=depth + 1, is_in_list=is_in_list))
        )
        names = ((one.name, one.span) for one in fields if one.span)
        fix = "give each property a name of its own"
        of = f" of '{shown(name)}'" if name else ""
        self.findings += repeated_findings(names, code="MW-C012", what="property", fix=fix, of=of)
        return fields

    def _inner(self, node: YamlNode | None, depth: int) -> ContractProperty | None:
        if not isinstance(node, YamlMapping) or depth >= _MOST_DEEP:
            return None
        return self._property(node, depth=depth + 1, is_named=False, is_in_list=True)

    def _relationships(self, node: YamlMapping) -> tuple[Relationship, ...]:
        found = []
        for each in mappings(node, "relationships"):
            to, origin = _references(each, "to"), _references(each, "from")
            if not to:
                continue  # the schema says so
            if origin and len(origin) != len(to):
                message = f"a key of {len(origin)} properties refers to one of {len(to)}"
                fix = "list as many properties under 'to' as under 'from', in the same order"
                self.findings.append(Diagnostic(code="MW-C040", message=message, span=each.span_of("to"), fix=fix))
                continue
            span = each.span_of("to")
            found.append(Relationship(to=to, origin=origin, id=text(each, "id"), span=span))
        return tuple(found)

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


def _under_map(node: YamlMapping, key: str) -> YamlNode | None:
    """Return what a map promises of its keys, or of its values."""
    value = node.get("map")
    return value.get(key) if isinstance(value, YamlMapping) else None


def _references(node: YamlMapping, key: str) -> tuple[str, ...]:
    """Return one reference, or the list of them, of a relationship."""
    value = node.get(key)
    if isinstance(value, YamlScalar):
        return (value.value,) if isinstance(value.value, str) else ()
    return texts(node, key)


def _inner_key_findings(node: YamlMapping, name: str) -> Iterator[Diagnostic]:
    """Warn of a key inside a nested value: rows have keys, silence would read as a test."""
    if flag(node, "primaryKey"):
        yield Diagnostic(
            code="MW-C016",
            message=f"'primaryKey' of '{shown(name)}' inside a nested value is not tested: a key is of whole columns",
            span=node.span_of("primaryKey"),
            fix="write 'required: true' and 'unique: true', which are tested inside as well",
            severity=Severity.WARNING,
        )


def _list_query_findings(node: YamlMapping) -> Iterator[Diagnostic]:
    """Check that no query asks for the one value of a list's items."""
    for rule in mappings(node, "quality"):
        query = rule.get("query")
        if isinstance(query, YamlScalar) and "{property}" in query.text:
            yield Diagnostic(
                code="MW-C045",
                message="the query uses {property}, but a row holds several of what is inside of an array or a map",
                span=query.span,
                fix="unnest the column in the query, without {property}",
            )


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
    yield from _time_bound_findings(options, text(node, "logicalType"))
    pattern = options.get("pattern")
    if isinstance(pattern, YamlScalar) and isinstance(pattern.value, str):
        finding = pattern_finding(pattern.value, pattern)
        if finding:
            yield finding


def _time_bound_findings(options: YamlMapping, kind: str | None) -> Iterator[Diagnostic]:
    """Check that bounds of dates and times are some: engines compare with nothing else."""
    readers = _READ_TIMES.get(kind or "", ())
    for key in ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum") if readers else ():
        value = options.get(key)
        if not isinstance(value, YamlScalar) or not isinstance(value.value, str):
            continue
        if not any(_is_read(read, value.value.strip()) for read in readers):
            message = f"'{key}' '{shown(value.value)}' is no {kind}"
            fix = "write it in the form of ISO 8601: 2026-01-31, 2026-01-31T08:00:00, 08:00:00"
            yield Diagnostic(code="MW-C044", message=message, span=value.span, fix=fix)


def _is_read(read: Callable[[str], object], written: str) -> bool:
    try:
        read(written)
    except ValueError:
        return False
    return True


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
