"""The quality grammar of ODCS, read from contracts and from `tests:` in pipeline.yaml alike.

Reading says everything about operators, metrics, arguments, units and severities in its own words; the
standard's schema is asked for the rest (`quality_schema`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from meshwright.diagnostics import Diagnostic, SourceSpan, known_names_hint
from meshwright.files.standards.custom_rules import NO_CUSTOM, read_custom
from meshwright.files.standards.quality_arguments import METRIC_LEVELS, read_arguments
from meshwright.files.standards.rules_of_3_0 import metric_of_rule
from meshwright.files.standards.schedules import schedule_findings
from meshwright.files.yaml import PlainValue, YamlMapping, YamlNode, YamlScalar, YamlSequence, shown, to_plain
from meshwright.model import Action, Operator, QualityRule, Scalar

#: Most findings of one document: the rest would not be read.
_MOST: Final = 200
_MANY: Final = 50
_OPERATORS: Final = frozenset(Operator)
_BASE_KEYS: Final = frozenset(
    {
        "id", "authoritativeDefinitions", "businessImpact", "customProperties", "description", "dimension", "method",
        "name", "schedule", "scheduler", "severity", "tags", "type", "unit",
    }
)  # fmt: skip
_KEYS: Final[Mapping[str, frozenset[str]]] = {
    "library": _OPERATORS | {"metric", "rule", "arguments"},
    "sql": _OPERATORS | {"query"},
    "custom": frozenset({"engine", "implementation"}),
    "text": frozenset(),
}
_ALL_KEYS: Final = _BASE_KEYS.union(*_KEYS.values())
#: Keys of a rule that this module checks itself; the schema's word on them is not needed after a finding.
OWN_KEYS: Final = _OPERATORS | {"metric", "rule", "arguments", "query", "engine", "implementation", "type", "unit"}
#: How foreign severities map where no mesh says otherwise.
DEFAULT_SEVERITIES: Final[Mapping[str, Action]] = MappingProxyType(
    {"info": Action.LOG, "warning": Action.WARN, "error": Action.STOP}
)


def read_quality_rules(
    node: YamlNode,
    file: str,
    severities: Mapping[str, Action],
    column: str | None = None,
) -> tuple[tuple[QualityRule, ...], tuple[Diagnostic, ...]]:
    """Read a list of quality rules outside of a contract: on a dataset, or on its `column`.

    In a contract a rule about one column stands under its property. Here it names it: ``column: amount``. Gives
    the rules that are sound and the findings on the others. `severities` maps foreign severity words; log, warn and stop
    are always known. Lists among arguments become tuples.
    """
    reader = QualityReader(file=file, severities=severities, names_columns=column is None)
    rules = reader.read(node, column)
    if not isinstance(node, YamlSequence) or reader.is_flooded:
        return rules, tuple(reader.findings)
    # Validating pulls in jsonschema_rs, which a verb that reads everything from the parse cache does without.
    from meshwright.files.standards.schemas import quality_schema
    from meshwright.files.standards.violations import schema_findings

    further = [
        finding
        for path, finding in schema_findings(quality_schema(), _without_columns(to_plain(node)), node)
        if not reader.has_said(node, path)
    ]
    return rules, (*reader.findings, *further)


def _without_columns(rules: PlainValue) -> PlainValue:
    """Leave out what the standard has no key for."""
    items = rules if isinstance(rules, list) else []
    return [
        {key: value for key, value in item.items() if key != "column"} if isinstance(item, dict) else item
        for item in items
    ]


@dataclass(kw_only=True, slots=True)
class QualityReader:
    """Reads lists of rules and keeps the findings of all of them."""

    file: str
    severities: Mapping[str, Action]
    #: Whether the document is ODCS 3.0.x, where a library metric is named by `rule`.
    is_3_0: bool = False
    #: Whether a rule may say which column it is about.
    names_columns: bool = False
    findings: list[Diagnostic] = field(default_factory=list)
    #: Identities of the rule nodes with findings; the nodes outlive the reader's use.
    faulty: set[int] = field(default_factory=set)

    @property
    def is_flooded(self) -> bool:
        """Whether so much is wrong that the schema's word on the rules would only be slow."""
        return len(self.findings) >= _MANY

    def read(self, node: YamlNode | None, column: str | None) -> tuple[QualityRule, ...]:
        """Read one list; rules with findings are left out."""
        if node is None:
            return ()
        if not isinstance(node, YamlSequence):
            self._find("MW-C006", f"quality rules are a list, not {node.kind}", node.span, "start each rule with '- '")
            return ()
        rules = []
        for item in node.items:
            if len(self.findings) >= _MOST:
                break
            before = len(self.findings)
            rule = self._rule(item, column)
            if len(self.findings) > before:
                self.faulty.add(id(item))
            elif rule:
                rules.append(rule)
            if isinstance(item, YamlMapping):
                self.findings.extend(schedule_findings(item))
        return tuple(rules)

    def has_said(self, rules: YamlSequence, path: tuple[str | int, ...]) -> bool:
        """Whether a finding of the schema at `path` below a list of rules is covered by findings made here."""
        if not path or not isinstance(path[0], int) or path[0] >= len(rules.items):
            return False
        if id(rules.items[path[0]]) not in self.faulty:
            return False
        return len(path) == 1 or path[1] in OWN_KEYS or path[1] not in _ALL_KEYS

    def _find(self, code: str, message: str, span: SourceSpan, fix: str) -> None:
        self.findings.append(Diagnostic(code=code, message=message, span=span, fix=fix))

    def _rule(self, node: YamlNode, column: str | None) -> QualityRule | None:
        if not isinstance(node, YamlMapping):
            self._find("MW-C006", f"a quality rule is a mapping, not {node.kind}", node.span, "write 'metric: ...'")
            return None
        kind = self._kind(node)
        if kind is None:
            return None
        self._check_keys(node, kind)
        if self.names_columns and column is None:
            column = self._column(node)
        metric = self._metric(node, column) if kind == "library" else None
        operator, bound = self._comparison(node, kind, metric)
        arguments: Mapping[str, object] = MappingProxyType({})
        if metric is not None:
            arguments, findings = read_arguments(node, metric, column, is_3_0=self.is_3_0)
            self.findings.extend(findings)
        custom = read_custom(node, column) if kind == "custom" else NO_CUSTOM
        return QualityRule(
            type=kind,
            metric=metric,
            column=column,
            query=self._query(node, column) if kind == "sql" else None,
            arguments=arguments,
            operator=operator,
            bound=bound,
            unit=self._unit(node, metric) if kind == "library" else "rows",
            action=self._action(node),
            id=_text(node, "id"),
            name=_text(node, "name"),
            description=_text(node, "description"),
            engine=self._engine(node) if kind == "custom" else None,
            meant=custom.meant,
            unknown=custom.unknown,
            schedule=_text(node, "schedule"),
            scheduler=_text(node, "scheduler"),
            span=node.span,
        )

    def _column(self, node: YamlMapping) -> str | None:
        """Return the column that a rule names."""
        written = node.get("column")
        if written is None:
            return None
        if not isinstance(written, YamlScalar) or not isinstance(written.value, str) or not written.value.strip():
            self._find("MW-C006", "'column' must be the name of a column", written.span, "write 'column: amount'")
            return None
        return written.value

    def _kind(self, node: YamlMapping) -> str | None:
        """Return the rule's type: as written, else what its keys say."""
        written = node.get("type")
        if isinstance(written, YamlScalar) and isinstance(written.value, str):
            if written.value in _KEYS:
                return written.value
            name = shown(written.value)
            fix = known_names_hint(name, _KEYS, what="types")
            self._find("MW-C007", f"'{name}' is no type of quality rule", written.span, fix)
            return None
        if written is not None:
            message = f"'type' must be text, not {written.kind}"
            self._find("MW-C006", message, written.span, f"types: {', '.join(sorted(_KEYS))}")
            return None
        if "metric" in node or "rule" in node:
            return "library"
        if "query" in node:
            self._find("MW-C004", "a rule with a query needs its type", node.span, "add 'type: sql'")
            return None
        fix = "name what is measured: 'metric: rowCount', or 'type: sql' with a query"
        unknown = [entry for entry in node if entry.key not in _ALL_KEYS]
        for entry in unknown:
            name = shown(entry.key)
            hint = known_names_hint(name, _ALL_KEYS, what="keys")
            self._find("MW-C005", f"unknown key '{name}' in a quality rule", entry.key_span, hint)
        if not unknown:
            self._find("MW-C020", "the rule has neither a metric nor a type", node.span, fix)
        return None

    def _check_keys(self, node: YamlMapping, kind: str) -> None:
        allowed = _BASE_KEYS | _KEYS[kind]
        if kind == "library" and self.is_3_0:
            allowed |= {"validValues"}
        if self.names_columns:
            allowed |= {"column"}
        for entry in node:
            if entry.key in allowed:
                continue
            if entry.key in _ALL_KEYS:
                message = f"key '{entry.key}' does not belong to a quality rule of type {kind}"
                fix = "remove it, or change the rule's type"
                self._find("MW-C009", message, entry.key_span, fix)
            elif kind == "library" and entry.key in {"validValues", "pattern", "missingValues", "properties"}:
                message = f"'{entry.key}' stands beside the metric, but it is one of its arguments"
                self._find("MW-C009", message, entry.key_span, f"move it below 'arguments:': {entry.key} ...")
            else:
                name = shown(entry.key)
                fix = known_names_hint(name, allowed - set(node.keys), what="keys")
                self._find("MW-C005", f"unknown key '{name}' in a quality rule", entry.key_span, fix)

    def _metric(self, node: YamlMapping, column: str | None) -> str | None:
        written = node.get("metric")
        if written is None:
            metric, finding = metric_of_rule(node, is_3_0=self.is_3_0)
            if finding:
                self.findings.append(finding)
        elif isinstance(written, YamlScalar) and isinstance(written.value, str):
            metric = written.value
        else:
            self._find("MW-C006", f"'metric' must be text, not {written.kind}", written.span, "name a library metric")
            return None
        if metric is None:
            return None
        if metric not in METRIC_LEVELS:
            name = shown(metric)
            fix = known_names_hint(name, METRIC_LEVELS, what="metrics")
            self._find("MW-C021", f"there is no metric '{name}'", written.span if written else node.span, fix)
            return None
        on_property, on_object = METRIC_LEVELS[metric]
        span = node.span_of("metric" if "metric" in node else "rule")
        if column is None and not on_object:
            message = f"metric '{metric}' is about one property, but the rule stands on the whole dataset"
            fix = "add 'column: NAME'" if self.names_columns else "move the rule to the 'quality' of a property"
            self._find("MW-C027", message, span, fix)
            return None
        if column is not None and not on_property:
            message = f"metric '{metric}' is about the whole dataset, but the rule stands on property '{column}'"
            fix = "leave 'column' out" if self.names_columns else "move the rule to the 'quality' of the object"
            self._find("MW-C027", message, span, fix)
            return None
        return metric

    def _comparison(
        self, node: YamlMapping, kind: str, metric: str | None
    ) -> tuple[Operator | None, Scalar | tuple[Scalar, ...]]:
        if kind not in {"library", "sql"}:
            return None, None
        written = [entry for entry in node if entry.key in _OPERATORS]
        if not written:
            return self._unwritten_comparison(node, kind, metric)
        if len(written) > 1:
            names = " and ".join(f"'{entry.key}'" for entry in written)
            fix = "keep one, or write two rules; a range is 'mustBeBetween: [low, high]'"
            self._find("MW-C023", f"the rule has several operators: {names}", written[1].key_span, fix)
            return None, None
        operator = Operator(written[0].key)
        if operator in {Operator.MUST_BE_BETWEEN, Operator.MUST_NOT_BE_BETWEEN}:
            return operator, self._pair(operator, written[0].value)
        return operator, self._bound(operator, written[0].value, kind)

    def _unwritten_comparison(self, node: YamlMapping, kind: str, metric: str | None) -> tuple[Operator | None, Scalar]:
        if kind == "library" and metric is None:
            return None, None  # what is wrong with the metric is said
        if "rule" in node and self.is_3_0 and metric in {"nullValues", "invalidValues"}:
            return Operator.MUST_BE, 0  # ODCS 3.0 writes nullCheck and validValues without an operator
        fix = "add one, for example 'mustBe: 0'; operators: " + ", ".join(Operator)
        what = f"metric '{metric}'" if metric else "the rule"
        self._find("MW-C022", f"{what} is compared with nothing: it has no operator", node.span, fix)
        return None, None

    def _bound(self, operator: Operator, node: YamlNode, kind: str) -> Scalar:
        is_equality = operator in {Operator.MUST_BE, Operator.MUST_NOT_BE}
        wanted = "a number, text, true or false" if kind == "sql" and is_equality else "a number"
        if not isinstance(node, YamlScalar) or node.value is None:
            found = "nothing" if isinstance(node, YamlScalar) else node.kind
            self._find("MW-C024", f"'{operator}' needs {wanted}, not {found}", node.span, f"write '{operator}: 0'")
            return None
        if isinstance(node.value, float) and not math.isfinite(node.value):
            self._find("MW-C010", f"'{operator}' needs a finite number", node.span, "write a finite number")
            return None
        if _is_number(node) or wanted != "a number":
            return node.value
        fix = "write a number, without quotes"
        self._find("MW-C024", f"'{operator}' needs a number, not {node.kind}", node.span, fix)
        return None

    def _pair(self, operator: Operator, node: YamlNode) -> tuple[Scalar, ...] | None:
        fix = f"write '{operator}: [low, high]'"
        if not isinstance(node, YamlSequence) or len(node.items) != 2:
            found = f"{len(node.items)} values" if isinstance(node, YamlSequence) else node.kind
            self._find("MW-C025", f"'{operator}' needs a list of two numbers, not {found}", node.span, fix)
            return None
        numbers: list[int | float] = []
        for item in node.items:
            if not _is_number(item):
                self._find("MW-C025", f"'{operator}' needs two finite numbers, not {item.kind}", item.span, fix)
                return None
            assert isinstance(item, YamlScalar)
            assert isinstance(item.value, int | float)
            numbers.append(item.value)
        low, high = numbers
        if low >= high:
            message = f"'{operator}' needs the smaller number first and two that differ: {low} is not below {high}"
            self._find("MW-C025", message, node.span, f"write '{operator}: [{high}, {low}]'" if low > high else fix)
            return None
        return low, high

    def _query(self, node: YamlMapping, column: str | None) -> str | None:
        written = node.get("query")
        if written is None:
            fix = "add 'query: SELECT count(*) FROM {object} WHERE ...'"
            self._find("MW-C004", "'query' is missing in a quality rule of type sql", node.span, fix)
            return None
        if not isinstance(written, YamlScalar) or not isinstance(written.value, str):
            self._find("MW-C006", f"'query' must be text, not {written.kind}", written.span, "write a SELECT")
            return None
        if not written.value.strip():
            self._find("MW-C019", "the query is empty", written.span, "write a SELECT that gives one value")
        if column is None and "{property}" in written.value:
            message = "the query uses {property}, but the rule stands on the whole dataset"
            self._find("MW-C034", message, written.span, "name the column, or move the rule to a property's 'quality'")
        return written.value

    def _engine(self, node: YamlMapping) -> str | None:
        for key in ("engine", "implementation"):
            if key not in node:
                self._find("MW-C004", f"'{key}' is missing in a quality rule of type custom", node.span, f"add '{key}'")
        return _text(node, "engine")

    def _unit(self, node: YamlMapping, metric: str | None) -> str:
        written = node.get("unit")
        if written is None:
            return "rows"
        value = written.value if isinstance(written, YamlScalar) else None
        if not isinstance(value, str) or value not in {"rows", "percent"}:
            name = shown(written.text) if isinstance(written, YamlScalar) else written.kind
            fix = known_names_hint(name, ("rows", "percent"), what="units")
            self._find("MW-C029", f"unit '{name}' is not known", written.span, fix)
            return "rows"
        if value == "percent" and metric == "rowCount":
            message = "rowCount counts rows; there is nothing that it could be a percentage of"
            self._find("MW-C029", message, written.span, "remove 'unit: percent'")
        return value

    def _action(self, node: YamlMapping) -> Action:
        written = node.get("severity")
        if written is None:
            return Action.STOP
        name = shown(written.text) if isinstance(written, YamlScalar) else written.kind
        action, hint = read_severity(name, self.severities)
        if action is None:
            self._find("MW-C030", f"severity '{name}' is not known", written.span, hint)
        return action or Action.STOP


def read_severity(word: str, severities: Mapping[str, Action]) -> tuple[Action | None, str]:
    """Return what a severity means, letter case aside; None, and the known words as a fix, where nothing says it."""
    known = {foreign.casefold(): action for foreign, action in severities.items()}
    known |= {action.value: action for action in Action}
    return known.get(word.casefold()), known_names_hint(word, known, what="severities")


def _text(node: YamlMapping, key: str) -> str | None:
    value = node.get(key)
    return value.value if isinstance(value, YamlScalar) and isinstance(value.value, str) else None


def _is_number(node: YamlNode) -> bool:
    """Whether the node is a finite number; true and false are none."""
    if not isinstance(node, YamlScalar) or isinstance(node.value, bool):
        return False
    return isinstance(node.value, int) or (isinstance(node.value, float) and math.isfinite(node.value))
