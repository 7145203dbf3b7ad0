"""The manifest of a dbt project (`target/manifest.json`) into tables: each model is one, with what its tests promise.

A test that stops (severity error) and holds for all rows is a promise of the contract; one that warns becomes a quality
rule that warns; what else it may be is a note.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from meshwright.diagnostics import Diagnostic
from meshwright.files.standards.exchange.jsontext import JsonPath, JsonText, read_json
from meshwright.files.standards.exchange.outcome import Read, read_failure
from meshwright.model.rules import Scalar
from meshwright.model.shapes import Note, Relation, Shape, TableShape
from meshwright.sql.ddl import ColumnDraft, TableDraft, read_condition, read_type

Node = Mapping[str, object]

#: First version of the manifest that has contracts and constraints.
_FIRST_VERSION: Final = 9
_VERSION: Final = re.compile(r"/manifest/v(\d+)\.json$")
_REF: Final = re.compile(r"(?:ref|source)\((.*)\)", re.DOTALL)
_NAME: Final = re.compile(r"""['"]([^'"]+)['"]""")
_ESCAPED: Final = re.compile(r"\{\{ '(\{[{%#])' \}\}")
_KINDS: Final = ("model", "seed", "snapshot")
#: Adapter -> dialect, where they are not called the same.
_DIALECTS: Final[Mapping[str, str]] = {"sqlserver": "tsql", "athena": "trino", "fabric": "tsql", "glue": "spark"}
_MOST_PLACED: Final = 50


def read_dbt_manifest(data: bytes, file: str) -> Read:
    """Read a manifest. Never raises for bad input."""
    document = read_json(data, file)
    if isinstance(document, Diagnostic):
        return read_failure(document)
    problem = _problem(document)
    if problem is not None:
        return read_failure(problem)
    return _Reader(document=document).read()


def _problem(document: JsonText) -> Diagnostic | None:
    root = document.value
    metadata = root.get("metadata") if isinstance(root, Mapping) else None
    version = metadata.get("dbt_schema_version") if isinstance(metadata, Mapping) else None
    fix = "name target/manifest.json of a dbt project; 'dbt parse' writes it"
    if not isinstance(root, Mapping) or not isinstance(metadata, Mapping):
        what = "it has no 'metadata'" if isinstance(root, Mapping) else "it is no object"
        return Diagnostic(
            code="MW-C236", message=f"the file is no manifest of dbt: {what}", span=document.span(), fix=fix
        )
    found = _VERSION.search(version) if isinstance(version, str) else None
    if found is None or not isinstance(root.get("nodes"), Mapping):
        what = f"its 'dbt_schema_version' is {version!r}" if found is None else "it has no 'nodes'"
        span = document.span(("metadata", "dbt_schema_version"))
        return Diagnostic(code="MW-C236", message=f"the file is no manifest of dbt: {what}", span=span, fix=fix)
    if int(found[1]) < _FIRST_VERSION:
        message = f"version {found[1]} of the manifest is not read; versions read: {_FIRST_VERSION} and later (dbt 1.5)"
        span = document.span(("metadata", "dbt_schema_version"))
        return Diagnostic(code="MW-C236", message=message, span=span, fix="write it again with a newer dbt")
    return None


@dataclass(kw_only=True, slots=True)
class _Reader:
    document: JsonText
    drafts: dict[str, TableDraft] = field(default_factory=dict)
    tables: dict[str, TableShape] = field(default_factory=dict)
    extras: dict[str, tuple[tuple[str, ...], str | None]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    dialect: str = "duckdb"

    def read(self) -> Read:
        """Read models, then the tests on them."""
        root = self.document.value
        assert isinstance(root, Mapping)
        metadata, nodes = root["metadata"], root["nodes"]
        assert isinstance(metadata, Mapping) and isinstance(nodes, Mapping)  # noqa: PT018 - `_problem` looked
        adapter = str(metadata.get("adapter_type") or "duckdb")
        self.dialect = _DIALECTS.get(adapter, adapter)
        for key, node in nodes.items():
            if isinstance(node, Mapping) and node.get("resource_type") in _KINDS:
                self._model(str(key), node)
        for key, node in nodes.items():
            if isinstance(node, Mapping) and node.get("resource_type") == "test":
                self._test(str(key), node)
        if root.get("unit_tests"):
            self._note("unit tests are not carried over: they test code, not data", "", ("unit_tests",))
        notes = [*self.notes, *(note for draft in self.drafts.values() for note in draft.notes)]
        tables = tuple(self._done(key, draft) for key, draft in self.drafts.items())
        return Read(tables=tables, notes=tuple(notes), name=_text(metadata, "project_name"))

    def _done(self, key: str, draft: TableDraft) -> TableShape:
        tags, physical = self.extras[key]
        return replace(draft.done, tags=tags, physical_name=physical)

    def _note(self, what: str, about: str, path: JsonPath) -> None:
        span = self.document.span(path) if len(self.notes) < _MOST_PLACED else None
        self.notes.append(Note(what=what, about=about, span=span))

    def _model(self, key: str, node: Node) -> None:
        name = _text(node, "name") or key.rpartition(".")[2]
        version = node.get("version")
        if version is not None and not isinstance(version, (Mapping, list)):
            name = f"{name}_v{version}"
        alias = _text(node, "alias")
        span = self.document.span(("nodes", key)) if len(self.drafts) < _MOST_PLACED else None
        draft = TableDraft(name=name, schema=_text(node, "schema"), description=_text(node, "description"), span=span)
        self.drafts[key] = draft
        self.extras[key] = (_texts(node, "tags"), alias if alias != name else None)
        columns = node.get("columns")
        for place, column in columns.items() if isinstance(columns, Mapping) else ():
            if isinstance(column, Mapping):
                self._column(draft, key, str(place), column)
        if not draft.columns:
            draft.note("the model lists no columns, so the contract promises none of them")
        for constraint in _mappings(node.get("constraints")):
            self._constraint(draft, constraint, [str(each) for each in _list(constraint.get("columns"))])

    def _column(self, draft: TableDraft, key: str, place: str, node: Node) -> None:
        name = _text(node, "name") or place
        written = _text(node, "data_type")
        shape = read_type(written, self.dialect) if written else None
        if written and shape is None:
            self._note(
                f"type {written} is not known in dialect {self.dialect}: the column has no type in the contract",
                f"{draft.name}.{name}", ("nodes", key, "columns", place),
            )  # fmt: skip
        meta = node.get("meta")
        classification = meta.get("classification") if isinstance(meta, Mapping) else None
        column = ColumnDraft(
            shape=replace(
                shape or Shape(),
                name=name,
                description=_text(node, "description"),
                tags=_texts(node, "tags"),
                classification=classification if isinstance(classification, str) else None,
            )
        )
        draft.add(column)
        others = sorted(set(meta) - {"classification"}) if isinstance(meta, Mapping) else []
        if others:
            draft.note(f"'meta' is not carried over ({', '.join(map(str, others[:5]))})", name)
        for constraint in _mappings(node.get("constraints")):
            self._constraint(draft, constraint, [name])

    def _constraint(self, draft: TableDraft, node: Node, names: list[str]) -> None:
        kind = node.get("type")
        expression = _text(node, "expression")
        columns = [column for name in names if (column := draft.column(name)) is not None]
        if kind == "not_null":
            for column in columns:
                column.set(is_required=True)
        elif kind == "unique":
            draft.add_unique(names)
        elif kind == "primary_key":
            draft.set_key(names)
        elif kind == "check" and expression:
            read_condition(draft, expression, _text(node, "name"), self.dialect)
        elif kind == "foreign_key":
            self._foreign_key(draft, node, names)
        else:
            draft.note(f"a constraint of type {kind} is not carried over", ", ".join(names))

    def _foreign_key(self, draft: TableDraft, node: Node, names: list[str]) -> None:
        target, columns = _text(node, "to"), [str(each) for each in _list(node.get("to_columns"))]
        table = _referred(target) or (target or "").rpartition(".")[2].strip('"`')
        if table and len(columns) == len(names):
            draft.relations.append(Relation(columns=tuple(names), table=table, target_columns=tuple(columns)))
        else:
            draft.note("a foreign key is not carried over: it does not say which columns it names", ", ".join(names))

    def _test(self, key: str, node: Node) -> None:
        metadata = node.get("test_metadata")
        draft = self.drafts.get(self._attached(node))
        if draft is None:
            what = "a test of a source, or of several models, is not carried over"
            self._note(what, _text(node, "name") or key, ("nodes", key))
            return
        if not isinstance(metadata, Mapping):
            self._note("a test that is SQL of its own is not carried over", draft.name, ("nodes", key))
            return
        arguments = metadata.get("kwargs")
        arguments = arguments if isinstance(arguments, Mapping) else {}
        name = str(metadata.get("name") or "?")
        package = metadata.get("namespace")
        config = node.get("config")
        config = config if isinstance(config, Mapping) else {}
        column = _unquoted(_text(node, "column_name") or _text(arguments, "column_name"))
        about = f"{draft.name}.{column}" if column else draft.name
        if config.get("enabled") is False:
            return
        if config.get("where") is not None:
            self._note(f"the test '{name}' of some of the rows (where) is not carried over", about, ("nodes", key))
            return
        is_loose = str(config.get("error_if") or "!= 0") != "!= 0" or config.get("limit") is not None
        if is_loose:
            self._note(f"the test '{name}' with a threshold of its own is not carried over", about, ("nodes", key))
            return
        is_warning = str(config.get("severity") or "ERROR").lower() == "warn"
        full = f"{package}.{name}" if package else name
        if not self._promise(draft, full, arguments, column, is_warning=is_warning):
            self._note(f"the test '{full}' is not carried over: its meaning is not known", about, ("nodes", key))

    def _attached(self, node: Node) -> str:
        attached = _text(node, "attached_node")
        if attached:
            return attached
        depends = node.get("depends_on")
        models = [str(each) for each in _list(depends.get("nodes"))] if isinstance(depends, Mapping) else []
        return models[0] if len(models) == 1 else ""

    def _promise(self, draft: TableDraft, name: str, arguments: Node, column: str | None, *, is_warning: bool) -> bool:  # noqa: PLR0911 - a table of cases
        """Carry over one test; whether its meaning is known."""
        found = draft.column(column) if column else None
        if column and found is None:
            found = ColumnDraft(shape=Shape(name=column))
            draft.add(found)
        if name == "dbt_utils.unique_combination_of_columns":
            columns = [str(each) for each in _list(arguments.get("combination_of_columns"))]
            return self._combination(draft, columns, is_warning=is_warning)
        if found is None:
            return False
        if name in {"not_null", "unique"}:
            metric = "nullValues" if name == "not_null" else "duplicateValues"
            if is_warning:
                _add_rule(found, {"metric": metric, "mustBe": 0, "severity": "warning"})
            elif name == "not_null":
                found.set(is_required=True)
            else:
                found.set(is_unique=True)
            return True
        if name == "accepted_values":
            return _accepted(found, arguments, is_warning=is_warning)
        if name == "relationships":
            target, to = _referred(_text(arguments, "to")), _text(arguments, "field")
            if target is None or to is None or is_warning:
                return False
            draft.relations.append(Relation(columns=(found.shape.name,), table=target, target_columns=(to,)))
            return True
        if name == "dbt_utils.accepted_range" and not is_warning:
            return _range(found, arguments)
        return False

    @staticmethod
    def _combination(draft: TableDraft, columns: list[str], *, is_warning: bool) -> bool:
        if not columns or any(draft.column(each) is None for each in columns):
            return False
        if is_warning:
            rule = {
                "metric": "duplicateValues",
                "arguments": {"properties": columns},
                "mustBe": 0,
                "severity": "warning",
            }
            draft.rules.append(rule)
        else:
            draft.add_unique(columns)
        return True


def _accepted(column: ColumnDraft, arguments: Node, *, is_warning: bool) -> bool:
    written = [value for value in _list(arguments.get("values")) if isinstance(value, (str, int, float, bool))]
    if not written or len(written) < len(_list(arguments.get("values"))) or any(map(_has_jinja, written)):
        return False
    values = [_rendered(value) for value in written]
    fitting: list[Scalar] = list(dict.fromkeys(_as_written(value, column, arguments) for value in values))
    if is_warning or column.shape.enum:
        severity = {"severity": "warning"} if is_warning else {}
        _add_rule(column, {"metric": "invalidValues", "arguments": {"validValues": fitting}, "mustBe": 0, **severity})
    else:
        column.set(enum=tuple(fitting))
    return True


def _rendered(value: Scalar) -> Scalar:
    """Return a value whose marks of Jinja were written as texts, as `dbt_writing` does; it stands unrendered in a manifest."""
    return _ESCAPED.sub(r"\1", value) if isinstance(value, str) else value


def _has_jinja(value: Scalar) -> bool:
    """Whether a value is made by Jinja when the test runs: nobody knows it before."""
    return isinstance(value, str) and ("{{" in _ESCAPED.sub("", value) or "{%" in _ESCAPED.sub("", value))


def _unquoted(name: str | None) -> str | None:
    """Return a column's name without the quotes of the database, which a test of a quoted column has."""
    if name is None or len(name) < 3 or name[0] + name[-1] not in {'""', "``", "[]"}:
        return name
    return name[1:-1].replace(name[-1] * 2, name[-1])


def _as_written(value: Scalar, column: ColumnDraft, arguments: Node) -> Scalar:
    """Return a value in the type of its column: dbt quotes what is compared unless it is told otherwise."""
    kind = column.shape.logical
    if isinstance(value, str) and kind in {"integer", "number"}:
        try:
            number = float(value)
        except ValueError:
            return value
        return int(number) if number.is_integer() else number
    is_text = kind == "string" or (kind is None and arguments.get("quote", True) is not False)
    if is_text and not isinstance(value, str):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return value


def _range(column: ColumnDraft, arguments: Node) -> bool:
    is_inclusive = arguments.get("inclusive", True) is not False
    names = ("minimum", "maximum") if is_inclusive else ("exclusiveMinimum", "exclusiveMaximum")
    limits = [arguments.get("min_value"), arguments.get("max_value")]
    if column.shape.logical not in {"integer", "number"}:
        return False
    if not any(limit is not None for limit in limits):
        return False
    if not all(limit is None or (isinstance(limit, (int, float)) and not isinstance(limit, bool)) for limit in limits):
        return False
    column.options.update({name: limit for name, limit in zip(names, limits, strict=True) if limit is not None})
    return True


def _add_rule(column: ColumnDraft, rule: Node) -> None:
    column.set(rules=(*column.shape.rules, rule))


def _referred(written: str | None) -> str | None:
    """Return the model of ``ref('package', 'model', v=2)``, or the table of ``source('schema', 'table')``."""
    found = _REF.search(written or "")
    if found is None:
        return None
    plain = re.sub(r",\s*v(?:ersion)?\s*=.*", "", found[1])
    names = _NAME.findall(plain)
    version = re.search(r"v(?:ersion)?\s*=\s*['\"]?([\w.]+)", found[1])
    if not names:
        return None
    return f"{names[-1]}_v{version[1]}" if version else names[-1]


def _mappings(value: object) -> Iterator[Node]:
    yield from (each for each in _list(value) if isinstance(each, Mapping))


def _list(value: object) -> list[object]:
    return list(value) if isinstance(value, (list, tuple)) else []


def _text(node: Node, key: str) -> str | None:
    value = node.get(key)
    return value if isinstance(value, str) and value.strip() else None


def _texts(node: Node, key: str) -> tuple[str, ...]:
    return tuple(each for each in _list(node.get(key)) if isinstance(each, str))
