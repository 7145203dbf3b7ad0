"""Unit tests: ``tests/<name>.unit.yaml``, rows given to a node and rows expected of it.

dataset: departures                     # the node under test; the file's name where absent
description: Cancelled flights do not depart.
params: {min_distance: 100}             # instead of the declared values
now: 2013-01-31T12:00:00Z               # what now() and current_date say
interval: 2013-01-01..2013-01-02        # what $start and $end say, where the node is cut into intervals
given:                                  # every dataset that the node reads; [] for no rows
  raw_flights:
    - {flight: 1, dep_time: 517}        # a column that is left out is null
    - {flight: 2, dep_time: null}
  weather.observations.hourly: []
expect:                                 # in any order; columns that no row names are not compared
  - {flight: 1}
tolerance: 1e-6                         # distance at which floats are equal
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from types import MappingProxyType

from meshwright.diagnostics import Diagnostic, SourceSpan, known_names_hint
from meshwright.files.discovery import FoundFile
from meshwright.files.fields import Fields, Keys, check_name, open_fields
from meshwright.files.literals import fits_type
from meshwright.files.moments import moment_of
from meshwright.files.parameters import Parameters, merge
from meshwright.files.yaml import YamlEntry, YamlMapping, YamlNode, YamlScalar, YamlSequence
from meshwright.files.yaml_nodes import to_plain
from meshwright.model import (
    ExampleRow,
    ExampleValue,
    GivenRows,
    Node,
    Scalar,
    UnitTest,
    canonical_json,
    dataset_name,
)
from meshwright.model.unittests import DEFAULT_TOLERANCE

_KEYS = Keys(
    known=("dataset", "description", "params", "now", "interval", "given", "expect", "tolerance"),
    required=("given", "expect"),
)
_MOST_ROWS = 10_000


def build_unit_test(
    file: FoundFile,
    mapping: YamlMapping,
    *,
    product: str,
    nodes: Mapping[str, Node],
    params: Parameters,
    broken: frozenset[str] = frozenset(),
    findings: list[Diagnostic],
) -> UnitTest | None:
    """Return the test; None where its name is bad or it is about no node that can be tested.

    `nodes` are the product's by name, `params` what its levels above declare. What follows from `incremental` is not
    looked at for nodes that are `broken` (by name): theirs may be what could not be read.
    """
    span = SourceSpan(file=file.path)
    if not check_name(file.name, span, what="a unit test", findings=findings, address=product):
        return None
    fields = open_fields(mapping, _KEYS, what=f"unit test '{file.name}'", findings=findings, address=product)
    given = _given(fields, product)
    expected = _rows(fields, "expect", mapping.get("expect"))
    now, tolerance = _now(fields), _tolerance(fields)
    node = _node(fields, file, product, nodes)
    if node is None:
        return None
    if now is not None and node.python is not None:
        fields.find(
            "MW-M245",
            f"'now' cannot be set for {node.address}, a Python node",
            fields.span_of("now"),
            "give the function its time as a parameter",
        )
    _check_inputs(fields, node, given)
    return UnitTest(
        name=file.name,
        dataset=node.address,
        given=given,
        expected=expected,
        params=_params(fields, node, merge(params, node.params)),
        interval=_interval(fields, node) if dataset_name(node.address) not in broken else None,
        now=now,
        tolerance=tolerance,
        description=fields.text("description"),
        span=span,
    )


def _node(fields: Fields, file: FoundFile, product: str, nodes: Mapping[str, Node]) -> Node | None:
    written = fields.text("dataset")
    if "dataset" in fields and written is None:
        return None
    name = (written or file.name).removeprefix(f"{product}.")
    node = nodes.get(name)
    span = fields.span_of("dataset") if written else SourceSpan(file=file.path)
    testable = [each for each, found in nodes.items() if _is_testable(found)]
    if node is None:
        fields.find(
            "MW-M240",
            f"unit test '{file.name}' is about '{name}', which is no node of {product}",
            span,
            f"name the node with 'dataset:'; {known_names_hint(name, testable, what='nodes')}",
        )
    elif not _is_testable(node):
        what = "a source" if node.kind == "source" else "a node that runs outside or yields no dataset"
        fields.find(
            "MW-M240",
            f"unit test '{file.name}' is about '{name}', {what}: there is no code to test",
            span,
            "test the node that reads it; a rule under 'tests' of pipeline.yaml tests its data",
        )
        return None
    return node


def _is_testable(node: Node) -> bool:
    """Whether a node is code that can be tried on rows that are given."""
    return (node.sql is not None or node.python is not None) and node.has_dataset


def _given(fields: Fields, product: str) -> tuple[GivenRows, ...]:
    found: dict[str, GivenRows] = {}
    for entry in fields.entries("given"):
        address = entry.key if entry.key.count(".") == 2 else f"{product}.{entry.key}"
        if address in found:
            fields.find("MW-M241", f"'given' names {address} twice", entry.key_span, "keep one of the two")
            continue
        rows = _rows(fields, f"given.{entry.key}", entry.value)
        found[address] = GivenRows(dataset=address, rows=rows, span=entry.key_span)
    return tuple(found.values())


def _check_inputs(fields: Fields, node: Node, given: tuple[GivenRows, ...]) -> None:
    """Every input is given, and nothing else: what is not said would be guessed."""
    named = {each.dataset for each in given}
    for each in given:
        if each.dataset not in node.reads:
            fields.find(
                "MW-M241",
                f"'given' names {each.dataset}, which {node.address} does not read",
                each.span,
                known_names_hint(each.dataset, node.reads, what="inputs"),
            )
    for read in node.reads:
        if read not in named and "given" in fields:
            own = node.address.rpartition(".")[0] == read.rpartition(".")[0]
            fields.find(
                "MW-M242",
                f"{node.address} reads {read}, and 'given' holds no rows for it",
                fields.span_of("given"),
                f"add '{dataset_name(read) if own else read}: []' under 'given', or rows",
            )


def _rows(fields: Fields, what: str, node: YamlNode | None) -> tuple[ExampleRow, ...]:
    if node is None:
        return ()
    if not isinstance(node, YamlSequence):
        fields.find("MW-M243", f"'{what}' is {node.kind}, not a list of rows", node.span, "write [] for no rows")
        return ()
    if len(node) > _MOST_ROWS:
        fields.find(
            "MW-M243",
            f"'{what}' holds {len(node):,} rows; a unit test takes {_MOST_ROWS:,} at most",
            node.span,
            "keep the rows that matter; a rule under 'tests' tests real data",
        )
        return ()
    rows = []
    for item in node:
        if isinstance(item, YamlMapping):
            rows.append(ExampleRow(values=_values(fields, what, item), span=item.span))
        else:
            fields.find(
                "MW-M243",
                f"a row of '{what}' is {item.kind}, not a mapping of columns",
                item.span,
                "write {column: value, ...}",
            )
    return tuple(rows)


def _values(fields: Fields, what: str, row: YamlMapping) -> Mapping[str, ExampleValue]:
    found: dict[str, ExampleValue] = {}
    folded: set[str] = set()
    for entry in row:
        if entry.key.casefold() in folded:
            fields.find(
                "MW-M243",
                f"a row of '{what}' names column '{entry.key}' twice: letter case does not count",
                entry.key_span,
                "keep one of the two",
            )
        folded.add(entry.key.casefold())
        found[entry.key] = _value(entry)
    return MappingProxyType(found)


def _value(entry: YamlEntry) -> ExampleValue:
    node = entry.value
    if not isinstance(node, YamlScalar):
        return ExampleValue(canonical_json(to_plain(node)), is_nested=True)
    match node.value:
        case None:
            return ExampleValue(None)
        case bool():
            return ExampleValue(str(node.value).lower())
        case float() if not math.isfinite(node.value):
            return ExampleValue(str(node.value))
        case str():
            return ExampleValue(node.value)
    return ExampleValue(node.text)


def _params(fields: Fields, node: Node, declared: Parameters) -> Mapping[str, Scalar]:
    found: dict[str, Scalar] = {}
    for entry in fields.entries("params"):
        parameter = declared.get(entry.key)
        value = entry.value
        if parameter is None or entry.key not in node.param_names:
            fields.find(
                "MW-M244",
                f"{node.address} takes no parameter '{entry.key}'",
                entry.key_span,
                known_names_hint(entry.key, node.param_names, what="parameters"),
            )
        elif not isinstance(value, YamlScalar) or not fits_type(value.value, parameter.type):
            fields.find(
                "MW-M244",
                f"the value of parameter '{entry.key}' is not of type {parameter.type}",
                value.span,
                f"write a value of type {parameter.type}",
            )
        else:
            is_number = parameter.type == "number" and isinstance(value.value, int)
            found[entry.key] = float(value.value or 0) if is_number else value.value
    return MappingProxyType(found)


def _interval(fields: Fields, node: Node) -> tuple[dt.datetime, dt.datetime] | None:
    """Return the interval that the node is told; it must be given exactly where the node's code asks for it."""
    text = fields.text("interval")
    used = " and ".join(f"${name}" for name in node.interval_param_names)
    if node.intervals is None or not used:
        if "interval" in fields:
            fields.find(
                "MW-M248",
                f"'interval' has no use: {node.address} asks for no interval",
                fields.mapping.span_of("interval"),
                "remove 'interval'",
            )
        return None
    if text is None:
        if "interval" not in fields:
            fields.find(
                "MW-M248",
                f"{node.address} uses {used}, and the test says no interval",
                fields.mapping.span,
                "add 'interval: 2013-01-01..2013-01-02'",
            )
        return None
    start, dots, end = text.partition("..")
    moments = [moment_of(part.strip(), node.intervals.calendar.timezone) for part in (start, end)]
    first, last = moments
    if not dots or first is None or last is None or first >= last:
        fields.find(
            "MW-M248",
            f"'interval: {text}' is no interval: two moments, the first before the second",
            fields.span_of("interval"),
            "write it as 2013-01-01..2013-01-02, or with times as 2013-01-01T05:00:00Z..2013-01-01T06:00:00Z",
        )
        return None
    return first, last


def _now(fields: Fields) -> str | None:
    text = fields.text("now")
    if text is None:
        return None
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        fields.find("MW-M245", f"'now: {text}' is no time", fields.span_of("now"), "write it as 2013-01-31T12:00:00Z")
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return aware.astimezone(dt.UTC).isoformat()


def _tolerance(fields: Fields) -> float:
    node = fields.mapping.get("tolerance")
    if node is None:
        return DEFAULT_TOLERANCE
    value = node.value if isinstance(node, YamlScalar) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
        fields.find("MW-M245", "'tolerance' is no distance", node.span, "write a number such as 0.001, or 0 for exact")
        return DEFAULT_TOLERANCE
    return float(value)
