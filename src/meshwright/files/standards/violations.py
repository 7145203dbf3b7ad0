"""From what a JSON schema says to findings that a person can act on: code, place, words, nearest name."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from jsonschema_rs import ValidationError
from jsonschema_rs import ValidationErrorKind as Kind

from meshwright.diagnostics import Diagnostic, SourceSpan, known_names_hint, nearest_name
from meshwright.files.yaml import YamlMapping, YamlNode, YamlScalar, node_at, shown, span_at

if TYPE_CHECKING:
    from meshwright.files.standards.schemas import StandardSchema
    from meshwright.files.yaml import PlainValue

#: Most errors taken from a validator; more would not be read.
_MOST: Final = 200
_TYPE_WORDS: Final = {
    "object": "a mapping",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "nothing",
}
_TYPE_FIXES: Final = {
    "boolean": "write true or false, without quotes",
    "number": "write a number, without quotes",
    "integer": "write a whole number, without quotes",
    "array": "write a list: each item on a line of its own, after '- '",
    "object": "write 'key: value' lines below the key",
}
Path = tuple[str | int, ...]


def schema_findings(schema: StandardSchema, plain: PlainValue, root: YamlNode) -> tuple[tuple[Path, Diagnostic], ...]:
    """Validate `plain`, the plain form of `root`, and return each finding with the path that it is about."""
    translation = _Translation(schema, root)
    unevaluated: list[tuple[Path, list[str], frozenset[str]]] = []
    for error in itertools.islice(schema.errors(plain), _MOST):
        if isinstance(error.kind, Kind.UnevaluatedProperties):
            known = schema.keys_at(list(error.schema_path)[:-1])
            unevaluated.append((tuple(error.instance_path), error.kind.unexpected, known))
        else:
            translation.take(error)
    for path, keys, known in unevaluated:
        translation.take_unknown_keys(path, [key for key in keys if key not in known], known)
    for path, keys, known in sorted(unevaluated, key=lambda entry: -len(entry[0])):
        translation.take_misplaced_keys(path, [key for key in keys if key in known])
    return translation.findings()


@dataclass(slots=True)
class _Translation:
    """The findings so far; `taken` keeps each once."""

    schema: StandardSchema
    root: YamlNode
    taken: dict[tuple[Path, str], Diagnostic] = field(default_factory=dict)
    #: Keys reported as unknown that stand for a known one: path of the mapping and the key that was meant.
    meant: set[tuple[Path, str]] = field(default_factory=set)
    missing: list[tuple[Path, str]] = field(default_factory=list)

    def findings(self) -> tuple[tuple[Path, Diagnostic], ...]:
        """Return all findings, but one cause once: no missing key beside its misspelt form, no bad value of a bad type."""
        for path, key in self.missing:
            if (path, key) not in self.meant:
                self._missing(path, key)
        mistyped = {path for (path, _), finding in self.taken.items() if finding.code == "MW-C006"}
        return tuple(
            (path, finding)
            for (path, _), finding in self.taken.items()
            if path not in mistyped or finding.code not in {"MW-C007", "MW-C008"}
        )

    def take(self, error: ValidationError) -> None:
        """Translate one error."""
        path = tuple(error.instance_path)
        match error.kind:
            case Kind.Required(property=key):
                self.missing.append((path, key))
            case Kind.AdditionalProperties(unexpected=keys):
                self.take_unknown_keys(path, keys, self.schema.keys_at(list(error.schema_path)[:-1]))
            case Kind.Type(types=types):
                self._wrong_type(path, types)
            case Kind.Enum(options=options) if isinstance(options, list):
                self._not_listed(path, [str(option) for option in options])
            case Kind.Constant(expected_value=value):
                self._not_listed(path, [str(value)])
            case Kind.OneOfNotValid(context=context) | Kind.AnyOf(context=context):
                self._best_branch(path, context)
            case _:
                self._misfit(path, error)

    def take_unknown_keys(self, path: Path, unexpected: Iterable[str], known: frozenset[str]) -> None:
        """Report keys that the schema does not know at all, each with the key that was probably meant."""
        mapping = node_at(self.root, path)
        owner = described(path, self.root, self.schema.noun)
        written = set(mapping.keys) if isinstance(mapping, YamlMapping) else set()
        for name in unexpected:
            if len(self.taken) >= _MOST:
                return
            key = shown(name)
            meant = nearest_name(key, known)
            if meant is not None:
                self.meant.add((path, meant))
            span = mapping.span_of(name) if isinstance(mapping, YamlMapping) else self._span(path)
            fix = known_names_hint(key, (known - written) or known, what="keys")
            self._add((*path, name), "MW-C005", f"unknown key '{key}' in {owner}", fix, span)

    def take_misplaced_keys(self, path: Path, keys: Iterable[str]) -> None:
        """Report keys that the schema knows, but not beside what else is written.

        A key is also "unevaluated" when anything under it or beside it is wrong: then the other finding
        says it all. So call this last, deepest paths first.
        """
        about = itertools.chain((taken for taken, _ in self.taken), (missing for missing, _ in self.missing))
        if any(found[: len(path)] == path for found in about):
            return
        for key in keys:
            self._misplaced(path, key)

    def _add(self, path: Path, code: str, message: str, fix: str | None, span: SourceSpan | None = None) -> None:
        self.taken.setdefault(
            (path, message),
            Diagnostic(code=code, message=message, span=span or self._span(path), fix=fix),
        )

    def _span(self, path: Path) -> SourceSpan:
        """Return the place of a value; a finding about the whole document stands at 1:1."""
        if not path:
            return SourceSpan(file=self.root.span.file)
        return span_at(self.root, path)

    def _missing(self, path: Path, key: str) -> None:
        owner = described(path, self.root, self.schema.noun)
        self._add((*path, key), "MW-C004", f"'{key}' is missing in {owner}", f"add '{key}: ...'", self._span(path))

    def _misplaced(self, path: Path, key: str) -> None:
        mapping = node_at(self.root, path)
        span = mapping.span_of(key) if isinstance(mapping, YamlMapping) else self._span(path)
        owner = described(path, self.root, self.schema.noun)
        needs = {"properties": "object", "items": "array", "map": "map"}.get(key)
        fix = f"write 'logicalType: {needs}' beside it, or remove the key" if needs else "remove the key"
        message = f"key '{key}' does not belong to {owner} as it is written"
        self._add((*path, key), "MW-C009", message, fix, span)

    def _wrong_type(self, path: Path, types: Sequence[str]) -> None:
        node = node_at(self.root, path)
        wanted = " or ".join(_TYPE_WORDS.get(name, name) for name in types)
        found = node.kind if node is not None else "nothing"
        what = "the " + self.schema.noun if not path else f"'{key_of(path)}'"
        self._add(path, "MW-C006", f"{what} must be {wanted}, not {found}", _type_fix(path, types, node))

    def _not_listed(self, path: Path, options: Sequence[str]) -> None:
        node = node_at(self.root, path)
        value = shown(node.text) if isinstance(node, YamlScalar) else "a collection"
        fix = known_names_hint(value, options, what="values")
        self._add(path, "MW-C007", f"'{value}' is not a value of '{key_of(path)}'", fix)

    def _best_branch(self, path: Path, context: Sequence[Sequence[ValidationError]]) -> None:
        """Take the errors of the alternative that the writer meant: the one whose shape fits."""
        fitting = [branch for branch in context if branch and not any(_is_shape(error, path) for error in branch)]
        if fitting:
            for error in min(fitting, key=len):
                self.take(error)
            return
        types = [
            name
            for branch in context
            for error in branch
            if isinstance(error.kind, Kind.Type) and _is_shape(error, path)
            for name in error.kind.types
        ]
        self._wrong_type(path, list(dict.fromkeys(types)) or ["value"])

    def _misfit(self, path: Path, error: ValidationError) -> None:
        what = f"'{key_of(path)}'" if path else f"the {self.schema.noun}"
        node = node_at(self.root, path)
        value = f" '{shown(node.text)}'" if isinstance(node, YamlScalar) else ""
        match error.kind:
            case Kind.Pattern(pattern="^[A-Za-z0-9_-]+$"):
                message = f"{what}{value} holds characters that it may not"
                fix = "use letters, digits, '-' and '_' only"
            case Kind.Pattern(pattern=pattern):
                message, fix = f"{what}{value} has not the form that it needs", f"write it to match {pattern}"
            case Kind.UniqueItems():
                message, fix = f"{what} repeats an item", "keep each item once"
            case Kind.Not(schema=schema) if "from" in str(schema):
                message, fix = "a property's relationship has no 'from': it is the property itself", "remove 'from'"
            case Kind.OneOfMultipleValid():
                message, fix = f"{what} fits several forms of which only one may be used", "keep one of them"
            case Kind.MinItems(limit=limit):
                message, fix = f"{what} needs at least {limit} items", "add what is missing, or remove the key"
            case Kind.MaxItems(limit=limit):
                message, fix = f"{what} has more than {limit} items", "remove what is too much"
            case Kind.Minimum(limit=bound):
                message, fix = f"{what}{value} is less than {bound}", f"write {bound} or more"
            case Kind.ExclusiveMinimum(limit=bound):
                message, fix = f"{what}{value} is not more than {bound}", f"write more than {bound}"
            case _:
                message, fix = f"{what} breaks the standard's schema: {error.message[:200]}", "correct the value"
        self._add(path, "MW-C008", message, fix)


def key_of(path: Path) -> str:
    """Return the last key of a path, with the position of a list item: ``tags[2]``, counted from 1."""
    keys = [step for step in path if isinstance(step, str)]
    last = shown(keys[-1]) if keys else "document"
    return f"{last}[{path[-1] + 1}]" if path and isinstance(path[-1], int) else last


def described(path: Path, root: YamlNode, noun: str) -> str:
    """Say which mapping stands at `path`: ``the contract``, ``property 'carrier'``, ``'team'``."""
    if not path:
        return f"the {noun}"
    node = node_at(root, path)
    kinds = {"properties": "property", "schema": "object", "outputPorts": "output port", "inputPorts": "input port"}
    if len(path) > 1 and isinstance(path[-1], int) and isinstance(node, YamlMapping):
        kind = kinds.get(str(path[-2]))
        name = node.get("name")
        if kind and isinstance(name, YamlScalar) and name.text:
            return f"{kind} '{shown(name.text)}'"
        if kind:
            return f"{kind} {path[-1] + 1}"
    return f"'{key_of(path)}'"


def _is_shape(error: ValidationError, path: Path) -> bool:
    """Whether the error says that the value itself is of another type."""
    return isinstance(error.kind, Kind.Type) and tuple(error.instance_path) == path


def _type_fix(path: Path, types: Sequence[str], node: YamlNode | None) -> str:
    """Say how to write a value of another type."""
    scalar = node if isinstance(node, YamlScalar) else None
    if scalar and scalar.value is None:
        return "write a value, or remove the key"
    if scalar and "string" in types:
        return f'write it in quotes: "{shown(scalar.text)}"'
    if scalar and path[-2:-1] == ("enum",):
        return f"write each entry as '- value: {shown(scalar.text)}'"
    for name, fix in _TYPE_FIXES.items():
        if name in types:
            return fix
    return "correct the value"
