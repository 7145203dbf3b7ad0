"""Tables as an ODCS document, and the tables of an ODCS document.

Keys stand in the order in which the standard's own examples have them, and only where they say something.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from meshwright.checks.odcs_3_0 import modern_options
from meshwright.frozen import dataclass
from meshwright.model.rules import Scalar
from meshwright.model.shapes import Relation, Shape, TableShape

Plain = Mapping[str, object]

_API_VERSION: Final = "v3.2.0"
#: A part of ``table.column`` as the standard lets it be written.
_NAMEABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")
_NOT_OF_AN_ID: Final = re.compile(r"[^A-Za-z0-9_-]+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Heading:
    """What a new contract says of itself."""

    id: str
    name: str | None = None
    description: str | None = None
    version: str = "1.0.0"


def contract_document(tables: Sequence[TableShape], heading: Heading) -> dict[str, object]:
    """Return the ODCS 3.2.0 document that promises `tables`; a draft."""
    ids = _Ids(tables)
    document: dict[str, object] = {
        "apiVersion": _API_VERSION,
        "kind": "DataContract",
        "id": heading.id,
        "name": heading.name,
        "version": heading.version,
        "status": "draft",
        "description": {"purpose": heading.description} if heading.description else None,
        "schema": [_object(table, ids) for table in tables],
    }
    return {key: value for key, value in document.items() if value is not None}


class _Ids:
    """Stable ids for what relationships point to and cannot name in the short form: names with spaces, for example."""

    def __init__(self, tables: Sequence[TableShape]) -> None:
        #: (table, column) or (table, "") -> id; only where one is needed.
        self._ids: dict[tuple[str, str], str] = {}
        taken: dict[str, set[str]] = {}
        for relation in (each for table in tables for each in table.relations):
            for column in relation.target_columns:
                if not self._is_short(relation.table, column):
                    self._take((relation.table, ""), taken.setdefault("", set()))
                    self._take((relation.table, column), taken.setdefault(relation.table, set()))
        for table in tables:
            for relation in table.relations:
                if len(relation.columns) > 1:
                    for column in relation.columns:
                        if not self._is_short(table.name, column):
                            self._take((table.name, ""), taken.setdefault("", set()))
                            self._take((table.name, column), taken.setdefault(table.name, set()))

    def _take(self, what: tuple[str, str], taken: set[str]) -> None:
        if what in self._ids:
            return
        plain = _NOT_OF_AN_ID.sub("_", what[1] or what[0]).strip("_") or "it"
        chosen, number = plain, 1
        while chosen in taken:
            number += 1
            chosen = f"{plain}_{number}"
        taken.add(chosen)
        self._ids[what] = chosen

    @staticmethod
    def _is_short(table: str, column: str) -> bool:
        return bool(_NAMEABLE.fullmatch(table) and _NAMEABLE.fullmatch(column))

    def of(self, table: str, column: str = "") -> str | None:
        """Return the id of a table or column; None where it needs none."""
        return self._ids.get((table, column))

    def reference(self, table: str, column: str) -> str:
        """Return how a relationship names a column."""
        if self._is_short(table, column):
            return f"{table}.{column}"
        return f"schema/{self.of(table)}/properties/{self.of(table, column)}"


def _object(table: TableShape, ids: _Ids) -> dict[str, object]:
    rules = [dict(rule) for rule in table.rules]
    rules += [
        {"metric": "duplicateValues", "arguments": {"properties": list(names)}, "mustBe": 0} for names in table.uniques
    ]
    relations = [relation for relation in table.relations if len(relation.columns) > 1]
    return _said(
        {
            "id": ids.of(table.name),
            "name": table.name,
            "physicalName": table.physical_name,
            "businessName": table.title,
            "description": table.description,
            "deprecated": table.is_deprecated or None,
            "tags": list(table.tags) or None,
            "properties": [_property(column, table, ids) for column in table.columns] or None,
            "relationships": [
                {
                    "from": [ids.reference(table.name, column) for column in relation.columns],
                    "to": [ids.reference(relation.table, column) for column in relation.target_columns],
                }
                for relation in relations
            ]
            or None,
            "quality": rules or None,
        }
    )


def _property(shape: Shape, table: TableShape | None, ids: _Ids) -> dict[str, object]:
    key = table.key if table is not None else ()
    relations = [each for each in table.relations if each.columns == (shape.name,)] if table is not None else []
    document = {
        "id": ids.of(table.name, shape.name) if table is not None else None,
        "name": shape.name or None,
        "businessName": shape.title,
        "logicalType": shape.logical,
        "physicalType": shape.physical,
        "description": shape.description,
        "required": shape.is_required or None,
        "unique": shape.is_unique or None,
        "primaryKey": True if shape.name and shape.name in key else None,
        "primaryKeyPosition": key.index(shape.name) + 1 if shape.name in key and len(key) > 1 else None,
        "classification": shape.classification,
        "deprecated": shape.is_deprecated or None,
        "tags": list(shape.tags) or None,
        "examples": list(shape.examples) or None,
        "logicalTypeOptions": dict(shape.options) or None,
        "enum": [{"value": value} for value in shape.enum] or None,
        "relationships": [{"to": ids.reference(each.table, each.target_columns[0])} for each in relations] or None,
        "quality": [dict(rule) for rule in shape.rules] or None,
    }
    if shape.logical == "object" and shape.properties:
        document["properties"] = [_property(each, None, ids) for each in shape.properties]
    if shape.items is not None and shape.logical == "array":
        document["items"] = _property(shape.items, None, ids)
    if shape.logical == "map":
        document["map"] = {
            "key": _property(shape.key or Shape(logical="string"), None, ids),
            "value": _property(shape.value or Shape(), None, ids),
        }
    return _said(document)


def _said(document: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in document.items() if value is not None}


def tables_of(document: Plain) -> tuple[TableShape, ...]:
    """Return the tables that a valid ODCS document promises."""
    is_3_0 = str(document.get("apiVersion") or "").startswith("v3.0.")
    objects = list(_mappings(document.get("schema")))
    names = _names_by_path(objects)
    return tuple(_table(each, names, is_3_0=is_3_0) for each in objects)


def _names_by_path(objects: Sequence[Plain]) -> Mapping[str, tuple[str, str]]:
    """Return ``schema/<id>/properties/<id>`` -> (table, column)."""
    return {
        f"schema/{one['id']}/properties/{each['id']}": (str(one["name"]), str(each["name"]))
        for one in objects
        if isinstance(one.get("id"), str)
        for each in _mappings(one.get("properties"))
        if isinstance(each.get("id"), str)
    }


def _table(node: Plain, names: Mapping[str, tuple[str, str]], *, is_3_0: bool) -> TableShape:
    name = str(node["name"])
    properties = list(_mappings(node.get("properties")))
    uniques, rules = _rules(node)
    relations = [
        relation
        for each in properties
        for one in _mappings(each.get("relationships"))
        if (relation := _relation([f"{name}.{each['name']}"], one.get("to"), name, names, own=[str(each["name"])]))
    ]
    relations += [
        relation
        for one in _mappings(node.get("relationships"))
        if (relation := _relation(one.get("from"), one.get("to"), name, names))
    ]
    return TableShape(
        name=name,
        columns=tuple(_shape(each, place, is_3_0=is_3_0) for place, each in enumerate(properties, 1)),
        physical_name=_text(node, "physicalName"),
        title=_text(node, "businessName"),
        description=_text(node, "description"),
        uniques=tuple(uniques),
        relations=tuple(relations),
        rules=tuple(rules),
        tags=_texts(node, "tags"),
        is_deprecated=node.get("deprecated") is True,
    )


def _rules(node: Plain) -> tuple[list[tuple[str, ...]], list[Plain]]:
    """Part the rules of an object into keys, and others."""
    uniques: list[tuple[str, ...]] = []
    rules: list[Plain] = []
    for rule in _mappings(node.get("quality")):
        arguments = rule.get("arguments")
        columns = arguments.get("properties") if isinstance(arguments, Mapping) else None
        is_key = rule.get("metric") == "duplicateValues" and rule.get("mustBe") == 0 and isinstance(columns, list)
        is_stopping = rule.get("severity") in {None, "error", "stop"}
        if is_key and is_stopping and isinstance(columns, list) and len(columns) > 1:
            uniques.append(tuple(str(column) for column in columns))
        else:
            rules.append(rule)
    return uniques, rules


def _relation(
    source: object, target: object, table: str, names: Mapping[str, tuple[str, str]], own: list[str] | None = None
) -> Relation | None:
    """Read a relationship; None for one whose ends lie in several tables, or elsewhere than this contract can say."""
    sources = own if own is not None else [column for owner, column in _ends(source, names) if owner == table]
    targets = list(_ends(target, names))
    owners = {owner for owner, _ in targets}
    if len(owners) != 1 or len(sources) != len(targets):
        return None
    return Relation(columns=tuple(sources), table=owners.pop(), target_columns=tuple(column for _, column in targets))


def _ends(written: object, names: Mapping[str, tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for each in written if isinstance(written, list) else [written]:
        if not isinstance(each, str):
            continue
        found = names.get(each.lstrip("/").removeprefix("#/"))
        if found is not None:
            yield found
        elif "/" not in each and "." in each:
            owner, _, column = each.rpartition(".")
            yield owner, column


def _shape(node: Plain, place: int = 0, *, is_3_0: bool) -> Shape:
    options = node.get("logicalTypeOptions")
    plain = dict(options) if isinstance(options, Mapping) else {}
    mapped = node.get("map")
    inside = mapped if isinstance(mapped, Mapping) else {}
    position = node.get("primaryKeyPosition")
    is_keyed = node.get("primaryKey") is True
    # Without positions the key's columns stand in the order of the contract.
    known = position if isinstance(position, int) and position > 0 else 1_000_000 + place

    def below(value: object) -> Shape | None:
        return _shape(value, is_3_0=is_3_0) if isinstance(value, Mapping) else None

    return Shape(
        name=_text(node, "name") or "",
        logical=_text(node, "logicalType"),
        physical=_text(node, "physicalType"),
        options=MappingProxyType(modern_options(plain) if is_3_0 else plain),
        title=_text(node, "businessName"),
        description=_text(node, "description"),
        is_required=node.get("required") is True,
        is_unique=node.get("unique") is True,
        key_position=known if is_keyed else None,
        enum=tuple(_values(node.get("enum"))),
        is_deprecated=node.get("deprecated") is True,
        tags=_texts(node, "tags"),
        classification=_text(node, "classification"),
        examples=tuple(examples) if isinstance(examples := node.get("examples"), list) else (),
        rules=tuple(_mappings(node.get("quality"))),
        properties=tuple(_shape(each, is_3_0=is_3_0) for each in _mappings(node.get("properties"))),
        items=below(node.get("items")),
        key=below(inside.get("key")),
        value=below(inside.get("value")),
    )


def _values(written: object) -> Iterator[Scalar]:
    for each in _mappings(written):
        value = each.get("value")
        if value is None or isinstance(value, (str, int, float, bool)):
            yield value


def _mappings(value: object) -> Iterator[Plain]:
    for each in value if isinstance(value, (list, tuple)) else ():
        if isinstance(each, Mapping):
            yield each


def _text(node: Plain, key: str) -> str | None:
    value = node.get(key)
    return value if isinstance(value, str) and value.strip() else None


def _texts(node: Plain, key: str) -> tuple[str, ...]:
    value = node.get(key)
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()
