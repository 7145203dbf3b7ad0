"""`policies/<name>.test.yaml`: rows given to a policy, and the violations that it is to find in them.

    examples:
      - name: a port without a freshness objective
        today: 2026-11-30                 # what $today says; only where the policy uses it
        given:                            # every table that the policy reads; [] for no rows
          mesh.ports:
            - {port: sales.orders/orders, product: sales.orders, freshness_s: 3600}
            - {port: sales.orders/returns, product: sales.orders}
        violations:                       # objects, in any order; [] for none
          - sales.orders/returns
          - {object: sales.orders/returns, message: no freshness}    # with a part of the message

A column that a row leaves out is null, an empty list or false.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from types import MappingProxyType

from meshwright.checks.mesh_tables import BY_NAME, Cell, MeshTable, Row, TableColumn
from meshwright.checks.policy_examples import ExpectedViolation, PolicyExample
from meshwright.diagnostics import Diagnostic, known_names_hint
from meshwright.files.exemptions import day_of
from meshwright.files.fields import Fields, Keys, open_fields
from meshwright.files.yaml import YamlEntry, YamlMapping, YamlNode, YamlScalar, YamlSequence, parse_yaml, root_mapping
from meshwright.model import Policy

_DOCUMENT_KEYS = Keys(known=("examples",), required=("examples",))
_KEYS = Keys(known=("name", "today", "given", "violations"), required=("name", "given", "violations"))
_VIOLATION_KEYS = Keys(known=("object", "message"), required=("object",))
_CODE = "MW-L037"
_MOST_ROWS = 10_000
_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?", re.ASCII)


def read_examples(data: bytes, path: str, policy: Policy, findings: list[Diagnostic]) -> tuple[PolicyExample, ...]:
    """Return the sound examples of a file; what is wrong with it is added to `findings`.

    A file without an example, or without one that breaks the policy, is wrong too: it would prove nothing.
    """
    before = len(findings)
    document, found = parse_yaml(data, path)
    findings += found
    mapping = None
    if document is not None:
        mapping, found = root_mapping(document, what="the examples of a policy")
        findings += found
    if mapping is None:
        return ()
    what = f"the examples of '{policy.address}'"
    fields = open_fields(mapping, _DOCUMENT_KEYS, what=what, findings=findings)
    examples = tuple(
        example for item in fields.sequence("examples") or () if (example := _example(item, policy, fields)) is not None
    )
    if len(findings) == before:
        _require_telling(examples, fields)
    return examples


def _require_telling(examples: tuple[PolicyExample, ...], fields: Fields) -> None:
    if not examples:
        fields.find(
            "MW-L038", f"{fields.what} are none", fields.span_of("examples"), "write one that breaks the policy"
        )
    elif not any(example.expected for example in examples):
        fields.find(
            "MW-L038",
            f"no example of {fields.what.removeprefix('the examples of ')} breaks it: a policy that finds nothing would pass",
            fields.span_of("examples"),
            "add an example with an entry under 'violations'",
        )


def _example(item: YamlNode, policy: Policy, document: Fields) -> PolicyExample | None:
    if not isinstance(item, YamlMapping):
        document.wrong_type("examples", item, "a list of mappings")
        return None
    name = item.get("name")
    what = f"example '{name.text[:60]}'" if isinstance(name, YamlScalar) else "an example"
    fields = open_fields(item, _KEYS, what=what, findings=document.findings)
    before = len(document.findings)
    text = fields.text("name")
    today = _today(fields, policy)
    given = {
        entry.key: rows for entry in fields.entries("given") if (rows := _table(fields, entry, policy)) is not None
    }
    _require_tables(fields, policy)
    expected = tuple(_violations(fields))
    if text is None or len(document.findings) > before:
        return None
    return PolicyExample(name=text, given=MappingProxyType(given), expected=expected, today=today, span=item.span)


def _today(fields: Fields, policy: Policy) -> dt.date | None:
    if "today" not in fields:
        if policy.uses_today:
            fields.find(
                _CODE,
                f"{fields.what} does not say what $today is, and the policy uses it",
                fields.mapping.span,
                "add 'today: 2026-11-30'",
            )
        return None
    if not policy.uses_today:
        fields.find(
            _CODE,
            f"{fields.what} says what $today is, and the policy does not use it",
            fields.span_of("today"),
            "remove 'today'",
        )
        return None
    text = fields.text("today")
    day = day_of(text) if text is not None else None
    if text is not None and day is None:
        fields.find(_CODE, f"'{text[:40]}' is no day", fields.span_of("today"), "write a day as 2026-11-30")
    return day


def _require_tables(fields: Fields, policy: Policy) -> None:
    """Every table that is read is given, and no other: what is not said would be guessed."""
    given = fields.nested("given")
    if given is None:
        return
    for table in policy.reads:
        if table not in given:
            fields.find(
                _CODE,
                f"{fields.what} does not give {table}, which '{policy.address}' reads",
                given.span,
                f"give its rows under '{table}:', or '{table}: []' for none",
            )


def _table(fields: Fields, entry: YamlEntry, policy: Policy) -> tuple[Row, ...] | None:
    table = BY_NAME.get(entry.key)
    if table is None or table.full_name not in policy.reads:
        known = policy.reads if table is not None else tuple(BY_NAME)
        said = f"'{policy.address}' does not read {entry.key}" if table else f"there is no table '{entry.key[:60]}'"
        fields.find(_CODE, f"{fields.what}: {said}", entry.key_span, known_names_hint(entry.key, known, what="tables"))
        return None
    if not isinstance(entry.value, YamlSequence):
        fields.find(
            _CODE,
            f"{entry.key} of {fields.what} is {entry.value.kind}, not a list of rows",
            entry.value.span,
            "write a list of mappings, [] for no rows",
        )
        return None
    if len(entry.value) > _MOST_ROWS:
        fields.find(
            _CODE, f"{entry.key} of {fields.what} has more than {_MOST_ROWS:,} rows", entry.value.span, "give fewer"
        )
        return None
    return tuple(row for item in entry.value if (row := _row(fields, table, item)) is not None)


def _row(fields: Fields, table: MeshTable, item: YamlNode) -> Row | None:
    if not isinstance(item, YamlMapping):
        fields.find(
            _CODE,
            f"a row of {table.full_name} is {item.kind}, not a mapping of its columns",
            item.span,
            "write {column: value}",
        )
        return None
    names = [column.name for column in table.columns]
    for entry in item:
        if entry.key not in names:
            fields.find(
                _CODE,
                f"{table.full_name} has no column '{entry.key[:60]}'",
                entry.key_span,
                known_names_hint(entry.key, names, what="columns"),
            )
    return tuple(_cell(fields, table, column, item.get(column.name)) for column in table.columns)


def _cell(fields: Fields, table: MeshTable, column: TableColumn, node: YamlNode | None) -> Cell:
    empty: Cell = () if column.type == "VARCHAR[]" else False if column.type == "BOOLEAN" else None
    if node is None or (isinstance(node, YamlScalar) and node.value is None and empty is None):
        return empty
    fits, value = _value(column.type, node)
    if not fits:
        fields.find(
            _CODE,
            f"'{column.name}' of {table.full_name} is {_WANTED[column.type]}, not {node.kind}",
            node.span,
            f'put it in quotes: "{node.text}"'
            if column.type == "VARCHAR" and isinstance(node, YamlScalar)
            else f"write {_WANTED[column.type]}",
        )
        return empty
    return value


_WANTED = {
    "VARCHAR": "text",
    "BIGINT": "a whole number",
    "BOOLEAN": "true or false",
    "DATE": "a day as 2026-11-30",
    "TIMESTAMP": "a time as 2026-11-30T08:00:00",
    "VARCHAR[]": "a list of texts",
}


def _value(type_text: str, node: YamlNode) -> tuple[bool, Cell]:
    """Return whether a node fits a column's type, and its value."""
    if type_text == "VARCHAR[]":
        items = node.items if isinstance(node, YamlSequence) else ()
        texts = tuple(item.value for item in items if isinstance(item, YamlScalar) and isinstance(item.value, str))
        return isinstance(node, YamlSequence) and len(texts) == len(items), texts
    value = node.value if isinstance(node, YamlScalar) else None
    if type_text == "BOOLEAN":
        return isinstance(value, bool), bool(value)
    if type_text == "BIGINT":
        is_whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
        return is_whole, value if is_whole and isinstance(value, int) else None
    return _of_text(type_text, value) if isinstance(value, str) else (False, None)


def _of_text(type_text: str, text: str) -> tuple[bool, Cell]:
    if type_text == "VARCHAR":
        return True, text
    value = day_of(text) if type_text == "DATE" else _time_of(text)
    return value is not None, value


def _time_of(text: str) -> dt.datetime | None:
    try:
        return dt.datetime.fromisoformat(text) if _TIME.fullmatch(text) else None
    except ValueError:
        return None


def _violations(fields: Fields) -> Iterator[ExpectedViolation]:
    for item in fields.sequence("violations") or ():
        if isinstance(item, YamlScalar) and isinstance(item.value, str) and item.value:
            yield ExpectedViolation(object=item.value, span=item.span)
        elif isinstance(item, YamlMapping):
            inner = open_fields(item, _VIOLATION_KEYS, what=f"a violation of {fields.what}", findings=fields.findings)
            about, message = inner.text("object"), inner.text("message")
            if about is not None:
                yield ExpectedViolation(object=about, message=message, span=item.span)
        else:
            fields.wrong_type("violations", item, "a list of objects")
