"""Parameters as the levels of a mesh declare them: mesh, domain, pipeline, node; the lower level wins.

A parameter is written ``name: value`` or ``name: {type, default, description}``. Its type holds on every level.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from meshwright.files.fields import Fields, Keys, check_name, open_fields
from meshwright.files.literals import PARAMETER_TYPES, fits_type, inferred_type
from meshwright.files.yaml import YamlEntry, YamlMapping, YamlScalar
from meshwright.model import Parameter, Scalar

Parameters = Mapping[str, Parameter]

NO_PARAMETERS: Parameters = MappingProxyType({})

_KEYS = Keys(known=("type", "default", "description"), required=("type", "default"))


def read_parameters(fields: Fields, inherited: Parameters) -> Parameters:
    """Return the parameters under ``params``; `inherited` are those of the levels above, nearest first merged."""
    found = {}
    for entry in fields.entries("params"):
        if not check_name(
            entry.key, entry.key_span, what="a parameter", findings=fields.findings, address=fields.address
        ):
            continue
        above = inherited.get(entry.key)
        parameter = _parameter(fields, entry, above if above and above.value is not None else None)
        # A wrong parameter stays declared, without a value, so that what uses it is not reported as well.
        found[entry.key] = parameter or Parameter(name=entry.key, value=None, type="string", span=entry.key_span)
    return MappingProxyType(found)


def merge(inherited: Parameters, declared: Parameters) -> Parameters:
    """Return what is visible below a level that declares `declared`."""
    return MappingProxyType({**inherited, **declared}) if declared else inherited


def _parameter(fields: Fields, entry: YamlEntry, above: Parameter | None) -> Parameter | None:
    node = entry.value
    if isinstance(node, YamlScalar):
        return _plain(fields, entry, node, above)
    if isinstance(node, YamlMapping):
        return _typed(fields, entry, node, above)
    fields.find(
        "MW-M210",
        f"parameter '{entry.key}' is {node.kind}: a parameter holds one value",
        node.span,
        "write 'name: value' or 'name: {type, default, description}'",
    )
    return None


def _plain(fields: Fields, entry: YamlEntry, node: YamlScalar, above: Parameter | None) -> Parameter | None:
    """A bare value takes the type that a level above declares, where it fits, else its own."""
    kind = above.type if above and fits_type(node.value, above.type) else inferred_type(node.value)
    if kind is None:
        fields.find(
            "MW-M210",
            f"parameter '{entry.key}' has {'no value' if node.value is None else f'the value {node.text}'}, "
            "which no parameter type can hold",
            node.span,
            "write a finite number, text in quotes, true or false",
        )
        return None
    if above and above.type != kind:
        _retyped(fields, entry, kind, above)
        return None
    return Parameter(name=entry.key, value=_held(node.value, kind), type=kind, span=entry.key_span)


def _typed(fields: Fields, entry: YamlEntry, node: YamlMapping, above: Parameter | None) -> Parameter | None:
    inner = open_fields(node, _KEYS, what=f"parameter '{entry.key}'", findings=fields.findings, address=fields.address)
    kind = inner.choice("type", PARAMETER_TYPES)
    description = inner.text("description")
    default = node.get("default")
    if kind is None or default is None:
        return None
    if not isinstance(default, YamlScalar) or not fits_type(default.value, kind):
        shown = f"'{default.text}'" if isinstance(default, YamlScalar) else default.kind
        fields.find(
            "MW-M210",
            f"the default {shown} of parameter '{entry.key}' is not of type {kind}",
            default.span,
            FORMS[kind],
        )
        return None
    if above and above.type != kind:
        _retyped(fields, entry, kind, above)
        return None
    return Parameter(
        name=entry.key, value=_held(default.value, kind), type=kind, description=description, span=entry.key_span
    )


#: Type -> how to write a value of it.
FORMS = MappingProxyType(
    {
        "integer": "write a whole number without quotes",
        "number": "write a finite number without quotes",
        "string": "write text, in quotes where it looks like a number",
        "boolean": "write true or false",
        "date": "write a day as 2013-01-31",
        "timestamp": "write a time as 2013-01-31T12:00:00Z",
    }
)


def _retyped(fields: Fields, entry: YamlEntry, kind: str, above: Parameter) -> None:
    where = f" at {above.span}" if above.span else ""
    fields.find(
        "MW-M211",
        f"parameter '{entry.key}' is of type {kind} here, but of type {above.type}{where}",
        entry.key_span,
        f"give a value of type {above.type}, or take another name",
    )


def _held(value: Scalar, kind: str) -> Scalar:
    """A number parameter always holds a float, so that 1 and 1.0 mean the same version."""
    return float(value) if kind == "number" and isinstance(value, int) else value
