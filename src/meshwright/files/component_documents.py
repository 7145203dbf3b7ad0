"""`component.yaml`: what a component asks for, gives and is made of."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from meshwright.diagnostics import Diagnostic, SourceSpan, known_names_hint
from meshwright.files.fields import Fields, Keys, check_name, open_fields
from meshwright.files.literals import OWNER_FORM, PARAMETER_TYPES, column_type, fits_type, is_owner
from meshwright.files.parameters import FORMS
from meshwright.files.yaml import YamlEntry, YamlMapping, YamlNode, YamlScalar, YamlSequence
from meshwright.frozen import dataclass
from meshwright.model import Column, Columns, Scalar
from meshwright.model.parameters import SECRET_TYPE
from meshwright.model.references import is_secret_reference

COMPONENT_FILE = "component.yaml"
FORMAT_VERSION = 1
#: Types of parameters that are names of columns.
COLUMN_TYPES = ("column", "columns")
#: Admits every type.
ANY_TYPE = "ANY"
VERSION = re.compile(r"(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})", re.ASCII)

_KEYS = Keys(
    known=(
        "meshwright", "name", "version", "description", "owners", "inputs", "outputs", "params", "nodes", "undo", "tests",
        "tags",
    ),
    required=("name", "version"),
)  # fmt: skip
_PARAMETER_KEYS = Keys(known=("type", "default", "enum", "of", "description"), required=("type",))
#: Most characters of a column's name.
_LONGEST_COLUMN = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class InputDeclared:
    """An input of a component."""

    name: str
    required: Columns
    span: SourceSpan


@dataclass(frozen=True, kw_only=True, slots=True)
class ParameterDeclared:
    """A parameter of a component."""

    name: str
    #: A type of parameters, or one of `COLUMN_TYPES`.
    type: str
    #: None where it must be given; names of columns as a tuple.
    default: Scalar | tuple[str, ...]
    #: The values that it may have; empty for all of its type.
    values: tuple[Scalar, ...]
    #: The input whose columns it names, None for names of new columns.
    of: str | None
    description: str | None
    span: SourceSpan

    @property
    def names_columns(self) -> bool:
        """Whether its value is names of columns, which are put into texts, and not bound."""
        return self.type in COLUMN_TYPES


@dataclass(frozen=True, kw_only=True, slots=True)
class ComponentDocument:
    """`component.yaml` as it was read; what was wrong or absent is empty."""

    name: str
    version: str
    description: str | None
    owners: tuple[str, ...]
    inputs: Mapping[str, InputDeclared]
    #: Output -> node inside, and where it is written; the first is the default. Empty where it provisions sandboxes alone.
    outputs: Mapping[str, tuple[str, SourceSpan]]
    params: Mapping[str, ParameterDeclared]
    nodes: YamlMapping | None
    #: Node -> how what it did is undone; None where the component does not say.
    undo: YamlMapping | None
    tests: YamlMapping | None
    span: SourceSpan


def read_component(mapping: YamlMapping, findings: list[Diagnostic]) -> ComponentDocument | None:
    """Return what the document says; None, with findings, where it does not say which component and version it is."""
    fields = open_fields(mapping, _KEYS, what="the component", findings=findings)
    if "outputs" not in mapping and "undo" not in mapping:
        fix = "add 'outputs:'; or 'undo:', for a component that provisions sandboxes"
        fields.find("MW-M102", "the component lacks 'outputs'", mapping.span, fix)
    form = mapping.get("meshwright")
    if form is not None and (not isinstance(form, YamlScalar) or form.value != FORMAT_VERSION):
        fields.wrong_value("meshwright", form, f"the format's version, {FORMAT_VERSION}", f"write {FORMAT_VERSION}")
    name, version = fields.text("name"), _version(fields)
    inputs = {
        entry.key: _input(fields, entry)
        for entry in fields.entries("inputs")
        if check_name(entry.key, entry.key_span, what="an input", findings=findings)
    }
    params = {}
    for entry in fields.entries("params"):
        if check_name(entry.key, entry.key_span, what="a parameter", findings=findings):
            # A wrong parameter stays declared, so that what uses it is not reported as well.
            params[entry.key] = _parameter(fields, entry, inputs) or _unreadable(entry)
    owners = fields.texts("owners") or ()
    for owner in owners:
        if not is_owner(owner):
            fields.wrong_value("owners", mapping.by_key["owners"].value, OWNER_FORM)
    fields.texts("tags")
    if name is None or version is None:
        return None
    return ComponentDocument(
        name=name,
        version=version,
        description=fields.text("description"),
        owners=owners,
        inputs=MappingProxyType(inputs),
        outputs=MappingProxyType(_outputs(fields)),
        params=MappingProxyType(params),
        nodes=fields.nested("nodes"),
        undo=fields.nested("undo"),
        tests=fields.nested("tests"),
        span=SourceSpan(file=mapping.file),
    )


def _version(fields: Fields) -> str | None:
    node = fields.mapping.get("version")
    if node is None:
        return None
    if not isinstance(node, YamlScalar) or not VERSION.fullmatch(node.text):
        fields.wrong_value("version", node, "a semantic version", "write three numbers, for example 1.0.0")
        return None
    return node.text


def _input(fields: Fields, entry: YamlEntry) -> InputDeclared:
    required: dict[str, Column] = {}
    node = entry.value
    if isinstance(node, YamlMapping):
        for column in node:
            text = column.value.text if isinstance(column.value, YamlScalar) else ""
            kind = ANY_TYPE if text.casefold() == "any" else column_type(text)
            if kind is None:
                shown = f"'{text}'" if text else column.value.kind
                fields.find(
                    "MW-M206",
                    f"{shown} is no type of a column ('{column.key}' of input '{entry.key}')",
                    column.value.span,
                    "write a DuckDB type such as INTEGER or VARCHAR, or any",
                )
            else:
                required[column.key.casefold()] = Column(name=column.key, type=kind)
    elif not (isinstance(node, YamlScalar) and (node.value is None or node.text == "any")):
        fields.wrong_type(entry.key, node, "a mapping of columns to types, or nothing for any columns")
    return InputDeclared(name=entry.key, required=tuple(required.values()), span=entry.key_span)


def _outputs(fields: Fields) -> dict[str, tuple[str, SourceSpan]]:
    """Return the outputs: ``ranked``, ``[ranked, rest]`` or ``{result: ranked, rest: rest}``."""
    node = fields.mapping.get("outputs")
    written: list[tuple[str, YamlNode, SourceSpan]] = []
    if isinstance(node, YamlMapping):
        written += [(entry.key, entry.value, entry.key_span) for entry in node]
    elif isinstance(node, YamlSequence):
        written += [(item.text, item, item.span) for item in node if isinstance(item, YamlScalar)]
    elif isinstance(node, YamlScalar) and isinstance(node.value, str):
        written.append((node.text, node, node.span))
    found: dict[str, tuple[str, SourceSpan]] = {}
    for name, inner, span in written:
        if not isinstance(inner, YamlScalar) or not isinstance(inner.value, str):
            fields.wrong_type(name, inner, "the name of a node of the component")
        elif name in found:
            fields.wrong_value("outputs", inner, "a list of different names", f"keep '{name}' once")
        elif check_name(name, span, what="an output", findings=fields.findings):
            found[name] = inner.text, inner.span
    if node is not None and not written:
        fields.wrong_type("outputs", node, "names of nodes, the default output first, such as {ranked: ranked}")
    return found


def _parameter(fields: Fields, entry: YamlEntry, inputs: Mapping[str, InputDeclared]) -> ParameterDeclared | None:
    what = f"parameter '{entry.key}'"
    if not isinstance(entry.value, YamlMapping):
        fields.find(
            "MW-M210",
            f"{what} of a component is {entry.value.kind}, and needs a type",
            entry.value.span,
            "write name: {type: integer, default: 1}; without a default it must be given",
        )
        return None
    inner = open_fields(entry.value, _PARAMETER_KEYS, what=what, findings=fields.findings)
    kind = inner.choice("type", (*PARAMETER_TYPES, SECRET_TYPE, *COLUMN_TYPES))
    description, of = inner.text("description"), inner.text("of")
    if kind is None:
        return None
    if of is not None and (kind not in COLUMN_TYPES or of not in inputs):
        hint = known_names_hint(of, inputs, what="inputs") if kind in COLUMN_TYPES else "remove 'of'"
        message = (
            f"'of' of {what} names '{of}', which is no input" if kind in COLUMN_TYPES else f"'of' of {what} has no use"
        )
        fields.find("MW-K006", message, inner.span_of("of"), hint)
        of = None
    if kind == SECRET_TYPE:
        for key in ("default", "enum"):
            if key in inner.mapping:
                message = f"{what} is a secret, which has no '{key}': who uses the component says where it is kept"
                fields.find("MW-J080", message, inner.mapping.span_of(key), f"remove '{key}'")
        return ParameterDeclared(
            name=entry.key, type=kind, default=None, values=(), of=of, description=description, span=entry.key_span
        )
    values = _values(inner, kind, what)
    default: Scalar | tuple[str, ...] = None
    node = entry.value.get("default")
    if node is not None:
        default = parameter_value(node, kind)
        if default is None:
            fields.find("MW-M210", f"the default of {what} is not of type {kind}", node.span, form_of(kind))
            return None
        if values and default not in values:
            listed = ", ".join(map(str, values))
            fields.find("MW-M210", f"the default of {what} is not one of {listed}", node.span, "take one of them")
    return ParameterDeclared(
        name=entry.key, type=kind, default=default, values=values, of=of, description=description, span=entry.key_span
    )


def _unreadable(entry: YamlEntry) -> ParameterDeclared:
    kind = entry.value.get("type") if isinstance(entry.value, YamlMapping) else None
    text = kind.text if isinstance(kind, YamlScalar) else ""
    return ParameterDeclared(
        name=entry.key,
        type=text if text in {*PARAMETER_TYPES, SECRET_TYPE, *COLUMN_TYPES} else "string",
        default=None,
        values=(),
        of=None,
        description=None,
        span=entry.key_span,
    )


def _values(inner: Fields, kind: str, what: str) -> tuple[Scalar, ...]:
    """Return the values that a parameter may have."""
    found: list[Scalar] = []
    for item in inner.sequence("enum") or ():
        value = parameter_value(item, kind) if kind not in COLUMN_TYPES else None
        if value is None or isinstance(value, tuple):
            inner.find("MW-M210", f"a value under 'enum' of {what} is not of type {kind}", item.span, form_of(kind))
        else:
            found.append(value)
    return tuple(found)


def parameter_value(node: YamlNode, kind: str) -> Scalar | tuple[str, ...]:
    """Return a value of type `kind`; None where the node holds none. Columns are a tuple of names."""
    if kind in COLUMN_TYPES:
        items: Sequence[YamlNode] = node.items if isinstance(node, YamlSequence) else (node,)
        names = [item.value for item in items if isinstance(item, YamlScalar) and isinstance(item.value, str)]
        folded = {name.casefold() for name in names}
        if len(names) != len(items) or not names or len(folded) != len(names):
            return None
        if (kind == "column" and len(names) > 1) or not all(map(_is_column_name, names)):
            return None
        return tuple(names)
    if kind == SECRET_TYPE:
        is_reference = isinstance(node, YamlScalar) and isinstance(node.value, str) and is_secret_reference(node.value)
        return node.value if is_reference and isinstance(node, YamlScalar) else None
    if not isinstance(node, YamlScalar) or node.value is None or not fits_type(node.value, kind):
        return None
    # A number always is a float, so that 1 and 1.0 mean the same version.
    return float(node.value) if kind == "number" and isinstance(node.value, int) else node.value


def _is_column_name(name: str) -> bool:
    """Whether a text can stand for a column's name in SQL: control characters cannot, and would move a text's lines."""
    return 0 < len(name) <= _LONGEST_COLUMN and all(unicodedata.category(sign) not in {"Cc", "Cs"} for sign in name)


def form_of(kind: str) -> str:
    """Say how a value of type `kind` is written."""
    if kind == "column":
        return "write the name of one column, in quotes where it looks like a number"
    if kind == "columns":
        return "write a list of different names of columns, [a, b]"
    if kind == SECRET_TYPE:
        return "write where it is kept, and nothing else: '${env:NAME}', '${vault:kv/path#key}' or another reference"
    return FORMS[kind]
